"""The demo retailer's taxes, transports, promotions and stock."""

from datetime import UTC, datetime
from importlib.resources import files

from domain.acts import Act
from domain.catalog import store as catalog
from domain.connections import WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import store as locations
from domain.money import Currency
from domain.pricing import rate_file
from domain.pricing import service as pricing
from domain.promotions import service as promotions
from domain.promotions.model import AmountOff, Conditions, Definition, PercentageOff, Target, Trigger
from domain.shipping import service as shipping
from domain.shipping.model import Band, NewShippingOption, Zone

STOCK_OF_STORE = 12
STOCK_OF_WAREHOUSE = 60
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def load_demo_prices(conn: WriteConnection, act: Act) -> None:
    """Write tax rates, transports, two promotions and the opening stock of every location."""
    rates = (files("gateway") / "demo" / "sales_tax_rates.json").read_text()
    pricing.import_rates(conn, rate_file.read(rates))
    for handle, country, amount, free_from in (("web", "GB", 395, 5000), ("web-eu", "", 695, 8000)):
        channel = catalog.channel_by_handle(conn, handle)
        assert channel is not None, "the demo catalog was loaded before"
        zone = (Zone(country),)
        standard = NewShippingOption(
            channel.id,
            "Standard",
            (Band(0, amount), Band(2_000, amount + 200)),
            zone,
            per_kilogram_minor=50,
            weight_max_grams=30_000,
            free_from_minor=free_from,
            days_min=2,
            days_max=4,
        )
        express = NewShippingOption(channel.id, "Express", (Band(0, amount + 600),), zone, days_max=1)
        shipping.create(conn, standard, act)
        shipping.create(conn, express, act)
    welcome = Definition(
        "10 % for new customers",
        PercentageOff(100_000, Target.ORDER),
        _SINCE,
        trigger=Trigger.CODE,
        usage_limit_per_customer=1,
    )
    hundred = Definition(
        "5.00 off from 100.00",
        AmountOff(500),
        _SINCE,
        conditions=Conditions(minimum_subtotal_minor=10_000),
        currency=Currency("GBP"),
    )
    for definition, codes in ((welcome, ["WELCOME10"]), (hundred, [])):
        made = promotions.create(conn, definition, codes, act)
        promotions.activate(conn, made.id, None, act)
    _load_stock(conn, act)


def _load_stock(conn: WriteConnection, act: Act) -> None:
    variants = catalog.tracked_variant_ids(conn)
    for place in locations.all_active(conn):
        units = STOCK_OF_STORE if place.sells else STOCK_OF_WAREHOUSE
        inventory.receive_many(conn, [Take(variant, place.id, units) for variant in variants], act)
