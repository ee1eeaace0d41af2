"""What the history needs before its first step: a channel, a warehouse, products with stock, members of a programme."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from domain.catalog import service as catalog
from domain.catalog import store as catalog_store
from domain.catalog.model import (
    ChannelId,
    NewChannel,
    NewPrice,
    NewProduct,
    NewVariant,
    SalesChannelKind,
    VariantId,
)
from domain.connections import ReadConnection, WriteConnection
from domain.customers import service as customers
from domain.customers import store as customer_store
from domain.customers.model import CustomerId
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.ledger.model import WalletId
from domain.locations import service as locations
from domain.locations import store as location_store
from domain.locations.model import Address, Coordinates, LocationId, LocationKind, NewLocation
from domain.loyalty import service as loyalty
from domain.loyalty import store as loyalty_store
from domain.loyalty.program import Program, Terms, Tier
from domain.money import Currency
from gateway.imports.online_retail import pricing
from gateway.imports.online_retail.model import LineKind
from gateway.imports.online_retail.pricing import Pricing
from gateway.imports.online_retail.survey import Survey, SurveyedProduct
from gateway.imports.online_retail.terms import Terms as SaleTerms
from gateway.jobs import act_at

CURRENCY = Currency("GBP")
CHANNEL = "history"
LOCATION = "HISTORY"
PROGRAM = "history"

_SHOP_ZONE = "Europe/London"
_PROGRAM_UNIT = "HISTORY_POINTS"
_REFERENCE = "online-retail:"
_CHUNK = 500
_FLAT = Terms(time_zone=_SHOP_ZONE, tiers=(Tier("BASE", 0, Fraction(1)),))
"""One point per pound for everybody: the file knows no tiers, so none may multiply what it earns."""


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of the file with the account that earns."""

    customer_id: CustomerId
    wallet_id: WalletId


@dataclass(frozen=True, slots=True)
class Shop:
    """Ids of what was set up: variants by stock code, members by customer number; what prices a sale under terms."""

    channel_id: ChannelId
    location_id: LocationId
    variants: Mapping[str, VariantId]
    members: Mapping[str, Member]
    pricing: Pricing | None = None


def set_up(conn: WriteConnection, found: Survey, opens_at: datetime, terms: SaleTerms) -> None:
    """Make everything that the survey names and that is missing, as of `opens_at`; customers as of their first order.

    Raises:
        Refused: the catalog does not take a product.
    """
    act = act_at(opens_at)
    channel_id, location_id = _channel(conn, opens_at), _location(conn, opens_at)
    known = catalog_store.variants_by_sku(conn, [product.code for product in found.products])
    missing = [product for product in found.products if product.code not in known]
    for start in range(0, len(missing), _CHUNK):
        news = [_product(product, channel_id) for product in missing[start : start + _CHUNK]]
        catalog.create_products(conn, news, act)
    variants = _variants(conn, found)
    stock = [
        Take(variants[product.code], location_id, product.opening_units)
        for product in found.products
        if product.opening_units
    ]
    inventory.receive_many(conn, stock, act, reference="opening stock of the history")
    _enroll(conn, found, opens_at)
    if terms.promotion_percent:
        pricing.promote(conn, channel_id, terms, act)


def _channel(conn: WriteConnection, opens_at: datetime) -> ChannelId:
    found = catalog_store.channel_by_handle(conn, CHANNEL)
    if found is None:
        # A marketplace channel is never the default of a guest or a till.
        new = NewChannel(CHANNEL, "History", SalesChannelKind.MARKETPLACE, CURRENCY, True, "GB")
        found = catalog.create_channel(conn, new, act_at(opens_at))
    return found.id


def _location(conn: WriteConnection, opens_at: datetime) -> LocationId:
    found = location_store.by_codes(conn, [LOCATION]).get(LOCATION)
    if found is None:
        new = NewLocation(
            code=LOCATION,
            name="History",
            kind=LocationKind.WAREHOUSE,
            address=Address(
                country="GB",
                region=None,
                city="London",
                postal_code=None,
                line1="Goods of the imported history",
                line2=None,
                name=None,
                phone=None,
            ),
            coordinates=Coordinates(51_507_222, -127_500),
            time_zone=_SHOP_ZONE,
            # Its stock is what the history left over; nothing that is sold today may be promised from it.
            sells=False,
            offers_pickup=False,
            ships=False,
            receives_returns=True,
        )
        found = locations.create(conn, new, act_at(opens_at))
    return found.id


def _product(product: SurveyedProduct, channel_id: ChannelId) -> NewProduct:
    goods = product.kind is LineKind.GOODS
    variant = NewVariant(
        sku=product.code,
        prices=(NewPrice(channel_id, product.unit_price_minor),),
        requires_shipping=goods,
        tracks_inventory=goods,
    )
    return NewProduct(
        handle=f"online-retail-{product.code.lower().replace(' ', '-')}",
        title=product.title,
        variants=(variant,),
        product_type=product.kind.value.lower(),
        published_in=(channel_id,),
    )


def _enroll(conn: WriteConnection, found: Survey, opens_at: datetime) -> None:
    program = _program(conn, opens_at)
    for surveyed in found.customers:
        act = act_at(surveyed.first_at)
        (customer,) = customers.import_customers(conn, [_REFERENCE + surveyed.number], act).values()
        if loyalty_store.wallet_id_of_customer(conn, customer.id) is None:
            loyalty.open_account(conn, program, f"customer:{customer.id}", act, customer_id=customer.id)


def _program(conn: WriteConnection, opens_at: datetime) -> Program:
    found = loyalty_store.program_by_handle(conn, PROGRAM)
    if found is not None:
        return found
    return loyalty.create_program(conn, PROGRAM, "Points", _PROGRAM_UNIT, CURRENCY, _FLAT, act_at(opens_at))


def _variants(conn: ReadConnection, found: Survey) -> dict[str, VariantId]:
    codes = [product.code for product in found.products]
    return {code: variant.id for code, variant in catalog_store.variants_by_sku(conn, codes).items()}


def find(conn: ReadConnection, found: Survey, terms: SaleTerms) -> Shop:
    """The ids of what `set_up` has made for this survey."""
    channel = catalog_store.channel_by_handle(conn, CHANNEL)
    assert channel is not None, "the history was set up"
    references = [_REFERENCE + surveyed.number for surveyed in found.customers]
    members = {}
    for reference, customer in customer_store.customers_by_reference(conn, references).items():
        wallet_id = loyalty_store.wallet_id_of_customer(conn, customer.id)
        assert wallet_id is not None, "every customer of the history was enrolled"
        members[reference.removeprefix(_REFERENCE)] = Member(customer.id, wallet_id)
    return Shop(
        channel_id=channel.id,
        location_id=location_store.by_codes(conn, [LOCATION])[LOCATION].id,
        variants=_variants(conn, found),
        members=members,
        pricing=pricing.under(conn, channel.id, terms) if terms.name else None,
    )
