"""A small market for cart tests: a web channel with tax on top, two stores, a warehouse, a customer and ways to ship."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.carts import service
from domain.carts.model import CartAt, NewCart, QuotedCart, WantedLine
from domain.catalog import service as catalog
from domain.catalog import store as catalog_store
from domain.catalog.model import (
    NewChannel,
    NewPrice,
    NewProduct,
    NewVariant,
    SalesChannel,
    SalesChannelKind,
    VariantId,
)
from domain.connections import WriteConnection
from domain.customers import service as customers
from domain.customers.model import Customer, CustomerId, SignUp
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import service as locations
from domain.locations.model import Address, Coordinates, Location, LocationKind, NewLocation
from domain.money import Currency
from domain.pricing import service as pricing
from domain.pricing.model import TaxRate
from domain.shipping import service as shipping
from domain.shipping.model import Band, NewShippingOption, ShippingOption, Zone

HOME = Address("US", "CA", "Los Angeles", "90001", "1 Palm Drive", name="Ada Byron")
ABROAD = Address("JP", None, "Tokyo", "100-0001", "1-1 Chiyoda")


@dataclass(frozen=True, slots=True)
class Market:
    """Everything a cart may meet.

    The shirt costs 20.00 and the socks 5.00; 10 of each are in the warehouse (which ships), 3 shirts in Soho (which
    ships and offers pickup) and nothing in the outlet (which does neither). California takes 10 %, on shipping too.
    """

    channel: SalesChannel
    shirt: VariantId
    socks: VariantId
    wrap: VariantId
    warehouse: Location
    soho: Location
    outlet: Location
    parcel: ShippingOption
    express: ShippingOption
    ada: Customer

    @property
    def guest(self) -> Actor:
        return Actor(GUEST.kind, GUEST.id, sales_channel_id=self.channel.id)

    @property
    def customer(self) -> Actor:
        return Actor(ActorKind.CUSTOMER, str(self.ada.id), self.channel.id, self.ada.id)

    @property
    def associate(self) -> Actor:
        return Actor(
            ActorKind.ASSOCIATE,
            "a1",
            self.channel.id,
            location_ids=frozenset({self.soho.id}),
            terminal_id=UUID(int=900),
            scopes=frozenset({Scope.POS_SESSION}),
        )


def opened(conn: WriteConnection, act: Act) -> Market:
    """Open the market."""
    channel = catalog.create_channel(
        conn, NewChannel("web", "Web", SalesChannelKind.ONLINE, Currency("USD"), False, "US", "CA"), act
    )
    warehouse = _location(conn, act, "WAREHOUSE", LocationKind.WAREHOUSE, (False, True, 1))
    soho = _location(conn, act, "SOHO", LocationKind.STORE, (True, True, 2))
    outlet = _location(conn, act, "OUTLET", LocationKind.STORE, (False, False, 3))
    shirt, socks = (variant(conn, act, channel, title, price) for title, price in (("Shirt", 2000), ("Socks", 500)))
    wrap = variant(conn, act, channel, "Wrap", 300, tracked=False)
    takes = [Take(shirt, warehouse.id, 10), Take(socks, warehouse.id, 10), Take(shirt, soho.id, 3)]
    inventory.receive_many(conn, takes, act)
    pricing.import_rates(conn, [TaxRate("US", "CALIFORNIA", 100_000, datetime(2020, 1, 1, tzinfo=UTC), "CA")])
    parcel = NewShippingOption(channel.id, "Parcel", (Band(0, 595),), (Zone("US"),), free_from_minor=10_000)
    express = NewShippingOption(channel.id, "Express", (Band(0, 1495),), (Zone("US"),), days_min=1, days_max=1)
    ada = customers.sign_up(conn, SignUp("ada@example.com", None, "Ada", "Byron", None), act)
    return Market(
        channel,
        shirt,
        socks,
        wrap,
        warehouse,
        soho,
        outlet,
        shipping.create(conn, parcel, act),
        shipping.create(conn, express, act),
        ada,
    )


def variant(
    conn: WriteConnection, act: Act, channel: SalesChannel, title: str, price_minor: int, *, tracked: bool = True
) -> VariantId:
    """A published product's only variant; untracked ones are services that travel with nothing."""
    return variants(conn, act, channel, [title], price_minor, tracked=tracked)[0]


def variants(
    conn: WriteConnection,
    act: Act,
    channel: SalesChannel,
    titles: Sequence[str],
    price_minor: int,
    *,
    tracked: bool = True,
) -> list[VariantId]:
    """The variants of several such products, in the order of their titles."""
    one = NewVariant(prices=(NewPrice(channel.id, price_minor),), tracks_inventory=tracked, requires_shipping=tracked)
    news = [NewProduct(title.lower().replace(" ", "-"), title, (one,), published_in=(channel.id,)) for title in titles]
    products = catalog.create_products(conn, news, act)
    found = catalog_store.variants_of_products(conn, [product.id for product in products])
    return [found[product.id][0].id for product in products]


def guest_cart(
    conn: WriteConnection, act: Act, market: Market, *lines: tuple[VariantId, int]
) -> tuple[QuotedCart, CartAt]:
    """A guest cart with (variant, quantity) lines, and how to open it again."""
    wanted = tuple(WantedLine(variant_id, quantity) for variant_id, quantity in lines)
    quoted, token = service.create(conn, NewCart(market.channel.id, lines=wanted), act.by(market.guest))
    return quoted, CartAt(quoted.cart.id, token)


def customer_cart(
    conn: WriteConnection, act: Act, market: Market, *lines: tuple[VariantId, int]
) -> tuple[QuotedCart, CartAt]:
    """Ada's universal cart with (variant, quantity) lines, and how she opens it again."""
    wanted = tuple(WantedLine(variant_id, quantity) for variant_id, quantity in lines)
    new = NewCart(market.channel.id, CustomerId(market.ada.id), wanted)
    quoted, _ = service.create(conn, new, act.by(market.customer))
    return quoted, CartAt(quoted.cart.id)


def _location(
    conn: WriteConnection, act: Act, code: str, kind: LocationKind, terms: tuple[bool, bool, int]
) -> Location:
    """A Californian location; `terms` are whether it offers pickup, whether it ships, and its priority."""
    offers_pickup, ships, priority = terms
    address = Address("US", "CA", "Oakland", "94601", f"1 {code.title()} Street")
    return locations.create(
        conn,
        NewLocation(
            code,
            code.title(),
            kind,
            address,
            Coordinates(37_800_000, -122_200_000),
            "America/Los_Angeles",
            offers_pickup=offers_pickup,
            ships=ships,
            priority=priority,
        ),
        act,
    )
