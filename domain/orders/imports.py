"""Orders that were agreed elsewhere: a marketplace's, or history. Their prices and taxes are given, never computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.catalog import store as catalog
from domain.catalog.model import ChannelId, ProductVariant, VariantId
from domain.connections import ReadConnection, WriteConnection
from domain.inventory import service as inventory
from domain.locations.model import Address, LocationId
from domain.money import Currency, Money
from domain.orders import store, store_pages
from domain.orders.errors import (
    CurrencyMismatch,
    ExternalReferenceTaken,
    LinesInvalid,
    QuantityInvalid,
    TotalsDoNotAddUp,
    VariantNotFound,
)
from domain.orders.from_cart import wants_of
from domain.orders.model import (
    ENDED,
    LINES_MAX,
    FulfillmentMethod,
    FulfillmentOrderId,
    FulfillmentStatus,
    LineDiscount,
    LineTax,
    Order,
    OrderId,
    OrderLineId,
    OrderSource,
    ShippingChargeId,
)
from domain.orders.placement import PlacedCharge, PlacedGroup, PlacedLine, Placement
from domain.orders.placing import place
from domain.payments import service as payments
from domain.pricing.model import TaxSource
from domain.promotions.outcomes import Frozen

_OF_STOCK = frozenset({FulfillmentMethod.SHIPPING, FulfillmentMethod.PICK_UP})


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """A line as it was agreed elsewhere. Amounts are for the whole quantity, in minor units.

    Attributes:
        sku: finds the variant, and is kept whether or not there is one.
        variant_id: given when the caller knows it; saves the look-up.
        discount_minor: everything taken off `unit_price_minor * quantity`.
        discounts: what that is made of; empty for one that has no name.
        total_minor: what the buyer pays for the line, with tax; checked against its parts.
        earns: whether the line may earn points; charges and vouchers do not.
    """

    sku: str
    title: str
    quantity: int
    unit_price_minor: int
    total_minor: int
    discount_minor: int = 0
    discounts: tuple[LineDiscount, ...] = ()
    taxes: tuple[LineTax, ...] = ()
    variant_id: VariantId | None = None
    variant_title: str = ""
    tax_code: str = ""
    earns: bool = True


@dataclass(frozen=True, slots=True)
class ImportedShipping:
    """What the delivery cost, in minor units; `total_minor` with tax."""

    title: str
    gross_minor: int
    total_minor: int
    taxes: tuple[LineTax, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedOrder:
    """An order agreed elsewhere.

    Attributes:
        payer: who holds the buyer's money; refunds stay there too.
        total_minor: what the buyer pays in all, with tax; checked against lines and shipping.
        method, location_id, address: how and from where the goods leave.
        fulfilled: the goods have left already; then no stock is touched.
        wallet_id: earns points; None earns none.
        promotions: what promotions of ours did to it; they are not claimed again.
    """

    source: OrderSource
    sales_channel_id: ChannelId
    external_reference: str | None
    currency: Currency
    prices_include_tax: bool
    placed_at: datetime
    payer: str
    total_minor: int
    lines: tuple[ImportedLine, ...]
    shipping: ImportedShipping | None = None
    method: FulfillmentMethod = FulfillmentMethod.SHIPPING
    location_id: LocationId | None = None
    place_of_sale_id: LocationId | None = None
    address: Address | None = None
    fulfilled: bool = False
    customer_id: UUID | None = None
    email: str | None = None
    wallet_id: UUID | None = None
    promotions: Frozen = Frozen()


@dataclass(frozen=True, slots=True)
class Imported:
    """The order, and whether it was there already."""

    order: Order
    replayed: bool


def import_order(conn: WriteConnection, given: ImportedOrder, act: Act) -> Imported:
    """Write an order that was agreed elsewhere. The same reference with the same contents answers the earlier order.

    The number of statements does not depend on the number of lines.

    Raises:
        ExternalReferenceTaken: the channel has another order of this reference.
        LinesInvalid, QuantityInvalid, TotalsDoNotAddUp, CurrencyMismatch: the order contradicts itself.
        VariantNotFound: goods of ours are to leave, and no variant has this SKU.
        OutOfStock: they are not there.
    """
    check(given)
    known = _known(conn, given)
    if known is not None:
        return Imported(known, replayed=True)
    placement = _placement(conn, given, act)
    if not given.fulfilled and given.method in _OF_STOCK and given.location_id is not None:
        inventory.commit_now(conn, wants_of(placement), placement.order_id, act)
    order = place(conn, placement, act)
    if order.due_minor:
        payments.record_external(conn, order.id, Money(order.due_minor, order.currency), given.payer, act)
    return Imported(order, replayed=False)


def check(given: ImportedOrder) -> None:
    """Whether every amount follows from the ones it is made of.

    Raises:
        LinesInvalid, QuantityInvalid, TotalsDoNotAddUp: it does not.
    """
    if not 1 <= len(given.lines) <= LINES_MAX:
        raise LinesInvalid(LINES_MAX)
    for position, line in enumerate(given.lines):
        if line.quantity < 1 or line.unit_price_minor < 0:
            raise QuantityInvalid
        gross = line.quantity * line.unit_price_minor
        if not 0 <= line.discount_minor <= gross:
            raise TotalsDoNotAddUp("discount", position, gross, line.discount_minor)
        _check_total(given, gross - line.discount_minor, line.taxes, line.total_minor, position)
    shipping_minor = 0
    if given.shipping is not None:
        shipping_minor = given.shipping.total_minor
        _check_total(given, given.shipping.gross_minor, given.shipping.taxes, shipping_minor, None)
    total = sum(line.total_minor for line in given.lines) + shipping_minor
    if total != given.total_minor:
        raise TotalsDoNotAddUp("total", None, total, given.total_minor)


def _check_total(
    given: ImportedOrder, price_minor: int, taxes: Sequence[LineTax], total_minor: int, position: int | None
) -> None:
    tax = sum(share.amount_minor for share in taxes)
    expected = price_minor if given.prices_include_tax else price_minor + tax
    if total_minor != expected or not 0 <= tax <= max(0, total_minor):
        raise TotalsDoNotAddUp("total", position, expected, total_minor)


def _known(conn: ReadConnection, given: ImportedOrder) -> Order | None:
    if given.external_reference is None:
        return None
    found = store_pages.by_external_reference(conn, given.sales_channel_id, given.external_reference)
    if found is None:
        return None
    lines = store.lines_of_orders(conn, [found.id])[found.id]
    same = (found.currency, found.total_minor, found.source, found.payer_of_record) == (
        given.currency,
        given.total_minor,
        given.source,
        given.payer,
    ) and [(line.sku, line.quantity, line.unit_price_minor, line.total_minor) for line in lines] == [
        (line.sku, line.quantity, line.unit_price_minor, line.total_minor) for line in given.lines
    ]
    if not same:
        raise ExternalReferenceTaken
    return found


def _placement(conn: ReadConnection, given: ImportedOrder, act: Act) -> Placement:
    channel = catalog.channels(conn, [given.sales_channel_id])[given.sales_channel_id]
    if channel.currency != given.currency:
        raise CurrencyMismatch(channel.currency)
    variants = _variants(conn, given)
    method, status = given.method, FulfillmentStatus.OPEN
    if given.fulfilled:
        in_person = method in (FulfillmentMethod.IN_STORE, FulfillmentMethod.PICK_UP)
        status = FulfillmentStatus.PICKED_UP if in_person else FulfillmentStatus.DELIVERED
        assert status in ENDED
    group = PlacedGroup(
        id=FulfillmentOrderId(act.new_id()),
        method=method,
        location_id=given.location_id,
        status=status,
        address=given.address,
        charge=None if given.shipping is None else 0,
    )
    return Placement(
        order_id=OrderId(act.new_id()),
        source=given.source,
        sales_channel_id=given.sales_channel_id,
        currency=given.currency,
        prices_include_tax=given.prices_include_tax,
        placed_at=given.placed_at,
        lines=tuple(_line(given, line, variants.get(line.sku), act) for line in given.lines),
        groups=(group,),
        charges=() if given.shipping is None else (_charge(given.shipping, act),),
        customer_id=given.customer_id,
        email=given.email,
        wallet_id=given.wallet_id,
        location_id=given.place_of_sale_id,
        external_reference=given.external_reference,
        payer_of_record=given.payer,
        capture_requested=True,
        promotions=given.promotions,
        tax_source=TaxSource.GIVEN,
    )


def _variants(conn: ReadConnection, given: ImportedOrder) -> Mapping[str, ProductVariant]:
    wanted = list(dict.fromkeys(line.sku for line in given.lines if line.variant_id is None))
    found = catalog.variants_by_sku(conn, wanted) if wanted else {}
    if not given.fulfilled and given.method in _OF_STOCK:
        for sku in wanted:
            if sku not in found:
                raise VariantNotFound(sku)
    return found


def _line(given: ImportedOrder, line: ImportedLine, variant: ProductVariant | None, act: Act) -> PlacedLine:
    tax = sum(share.amount_minor for share in line.taxes)
    discount = line.discount_minor
    placed = PlacedLine(
        id=OrderLineId(act.new_id()),
        group=0,
        variant_id=line.variant_id,
        product_id=None,
        sku=line.sku,
        title=line.title,
        variant_title=line.variant_title,
        tax_code=line.tax_code,
        image_url=None,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        gross_minor=line.unit_price_minor * line.quantity,
        line_discount_minor=discount,
        order_discount_minor=0,
        net_minor=line.total_minor - tax,
        taxes=line.taxes,
        discounts=line.discounts or ((LineDiscount("", "Discount", None, discount),) if discount else ()),
        earns=line.earns and given.wallet_id is not None,
    )
    if variant is None:
        return placed
    return replace(
        placed,
        variant_id=variant.id,
        product_id=variant.product_id,
        variant_title=line.variant_title or variant.title,
        tax_code=line.tax_code or variant.tax_code,
    )


def _charge(shipping: ImportedShipping, act: Act) -> PlacedCharge:
    tax = sum(share.amount_minor for share in shipping.taxes)
    return PlacedCharge(
        id=ShippingChargeId(act.new_id()),
        title=shipping.title,
        gross_minor=shipping.gross_minor,
        discount_minor=0,
        net_minor=shipping.total_minor - tax,
        taxes=shipping.taxes,
    )
