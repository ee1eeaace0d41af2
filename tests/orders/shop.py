"""A small shop for order tests: two channels, two stores and a warehouse, three products, one customer with points."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.acts import Act, Actor, ActorKind, Scope
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
from domain.connections import WriteConnection
from domain.customers import service as customers
from domain.customers.model import CustomerId, SignUp
from domain.inventory import service as inventory
from domain.inventory.model import Take
from domain.locations import service as locations
from domain.locations.model import Address, Coordinates, LocationId, LocationKind, NewLocation
from domain.loyalty import service as loyalty
from domain.money import Currency, Money
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrderId,
    FulfillmentStatus,
    LineTax,
    OrderId,
    OrderLineId,
    OrderSource,
    ShippingChargeId,
)
from domain.orders.placement import PlacedCharge, PlacedGroup, PlacedLine, Placement
from domain.payments import service as payments
from domain.payments.model import NewPayment, Tender
from domain.payments.provider import ProviderResult, ProviderStatus
from tests.registers.tills import drawer

GBP = Currency("GBP")
TILL = UUID(int=0x7111)
HOME = Address("GB", None, "London", "N1 9GU", "1 Home Street", name="Ada Lovelace")


@dataclass(frozen=True, slots=True)
class Shop:
    """What `open_shop` made. Prices include 20 % tax: shirt 12.00, socks 6.00, mug 9.99."""

    web: ChannelId
    tills: ChannelId
    market: ChannelId
    soho: LocationId
    york: LocationId
    shirt: VariantId
    socks: VariantId
    mug: VariantId
    customer: CustomerId
    wallet: UUID

    @property
    def buyer(self) -> Actor:
        return Actor(ActorKind.CUSTOMER, str(self.customer), self.web, self.customer)

    @property
    def guest(self) -> Actor:
        return Actor(ActorKind.GUEST, "guest", self.web)

    @property
    def associate(self) -> Actor:
        return Actor(
            ActorKind.ASSOCIATE,
            "associate-1",
            self.tills,
            location_ids=frozenset({self.soho}),
            terminal_id=TILL,
            scopes=frozenset(
                {Scope.POS_SESSION, Scope.READ_ORDERS, Scope.WRITE_ORDERS, Scope.WRITE_FULFILLMENT, Scope.READ_RETURNS}
            ),
        )

    @property
    def partner(self) -> Actor:
        return Actor(
            ActorKind.PARTNER,
            "partner-1",
            self.market,
            scopes=frozenset({Scope.IMPORT_ORDERS, Scope.READ_ORDERS, Scope.WRITE_ORDERS}),
        )


def open_shop(conn: WriteConnection, act: Act, *, stock: int = 10, points: int = 0) -> Shop:
    """Everything an order needs, with `stock` of each variant in Soho, a drawer there, and `points` spendable points."""
    web, tills, market = (
        catalog.create_channel(conn, NewChannel(handle, handle, kind, GBP, True, "GB"), act).id
        for handle, kind in (
            ("web-gb", SalesChannelKind.ONLINE),
            ("tills-gb", SalesChannelKind.POS),
            ("market-gb", SalesChannelKind.MARKETPLACE),
        )
    )
    soho, york = (
        locations.create(
            conn,
            NewLocation(
                code,
                name,
                LocationKind.STORE,
                Address("GB", None, name, postal, "1 High Street"),
                Coordinates(51_500_000, -120_000),
                "Europe/London",
                priority=priority,
            ),
            act,
        ).id
        for code, name, postal, priority in (("SOHO", "London", "W1D 3QF", 1), ("YORK", "York", "YO1 7HH", 2))
    )
    drawer(conn, act, TILL, soho)
    channels = (web, tills, market)
    for sku, title, price in (("SHIRT", "Shirt", 1200), ("SOCKS", "Socks", 600), ("MUG", "Mug", 999)):
        new = NewProduct(
            sku.lower(),
            title,
            (NewVariant(sku=sku, prices=tuple(NewPrice(channel, price) for channel in channels)),),
            published_in=channels,
        )
        catalog.create_product(conn, new, act)
    found = catalog_store.variants_by_sku(conn, ["SHIRT", "SOCKS", "MUG"])
    shirt, socks, mug = (found[sku].id for sku in ("SHIRT", "SOCKS", "MUG"))
    if stock:
        inventory.receive_many(conn, [Take(variant, soho, stock) for variant in (shirt, socks, mug)], act)
    ada = customers.sign_up(conn, SignUp("ada@example.com", None, "Ada", "Lovelace", None), act)
    wallet = loyalty.enroll(conn, ada.id, act).id
    if points:
        loyalty.bonus(conn, wallet, points, act, reference="welcome")
    return Shop(web, tills, market, soho, york, shirt, socks, mug, ada.id, wallet)


def many_variants(conn: WriteConnection, shop: Shop, act: Act, count: int) -> list[VariantId]:
    """Variants of one product at 10.00, ten of each in Soho."""
    skus = [f"MANY-{n:03}" for n in range(count)]
    prices = tuple(NewPrice(channel, 1000) for channel in (shop.web, shop.tills, shop.market))
    new = tuple(NewVariant(sku, (("Number", sku),), prices) for sku in skus)
    channels = (shop.web, shop.tills, shop.market)
    catalog.create_product(conn, NewProduct("many", "Many", new, published_in=channels), act)
    found = catalog_store.variants_by_sku(conn, skus)
    inventory.receive_many(conn, [Take(found[sku].id, shop.soho, 10) for sku in skus], act)
    return [found[sku].id for sku in skus]


def placed_line(
    act: Act,
    variant: VariantId,
    *,
    quantity: int = 1,
    total: int = 1200,
    tax: int = 200,
    group: int = 0,
    points: int = 0,
) -> PlacedLine:
    """A line whose prices include its tax."""
    return PlacedLine(
        id=OrderLineId(act.new_id()),
        group=group,
        variant_id=variant,
        product_id=None,
        sku="SKU",
        title="Shirt",
        variant_title="M",
        tax_code="standard",
        image_url=None,
        quantity=quantity,
        unit_price_minor=total // quantity,
        gross_minor=total // quantity * quantity,
        line_discount_minor=0,
        order_discount_minor=0,
        net_minor=total - tax,
        taxes=(LineTax("GB VAT", 200_000, tax),) if tax else (),
        points=points,
        points_value_minor=points,
    )


def shipping(act: Act, total: int = 495) -> PlacedCharge:
    """A standard delivery without tax."""
    return PlacedCharge(ShippingChargeId(act.new_id()), "Standard", total, 0, total, ())


def placement(
    shop: Shop,
    act: Act,
    lines: Sequence[PlacedLine],
    *,
    charges: Sequence[PlacedCharge] = (),
    method: FulfillmentMethod = FulfillmentMethod.SHIPPING,
    places: Sequence[LocationId] = (),
    status: FulfillmentStatus = FulfillmentStatus.OPEN,
    member: bool = False,
    hold_id: UUID | None = None,
) -> Placement:
    """An order to be written, with one group per place (Soho when none is named)."""
    return Placement(
        order_id=OrderId(act.new_id()),
        source=OrderSource.ONLINE,
        sales_channel_id=shop.web,
        currency=GBP,
        prices_include_tax=True,
        placed_at=act.now,
        lines=tuple(lines),
        groups=tuple(
            PlacedGroup(
                FulfillmentOrderId(act.new_id()),
                method,
                place,
                status,
                HOME if method is FulfillmentMethod.SHIPPING else None,
                0 if charges else None,
            )
            for place in (places or (shop.soho,))
        ),
        charges=tuple(charges),
        customer_id=shop.customer if member else None,
        email="guest@example.com",
        wallet_id=shop.wallet if member else None,
        hold_id=hold_id,
    )


def promise(amount_minor: int, reference: str = "pi_1") -> ProviderResult:
    """The provider's word that money is there."""
    return ProviderResult(
        ProviderStatus.AUTHORIZED,
        reference,
        amount_minor=amount_minor,
        authorized_minor=amount_minor,
        currency=GBP,
    )


def pay_by_card(conn: WriteConnection, act: Act, order_id: OrderId, amount_minor: int) -> None:
    """An authorized card payment of an order."""
    started = payments.start(conn, NewPayment(f"checkout-{order_id}", Tender.CARD, Money(amount_minor, GBP), "pm"), act)
    payments.record_authorization(conn, started.id, promise(amount_minor, f"pi_{order_id}"), act)
    payments.bind(conn, started.id, order_id, act)
