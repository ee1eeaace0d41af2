"""What papers say, from the frozen facts of orders and returns. Pure: nothing is read here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from domain.orders.model import LineTax, Order, OrderLine, OrderLineId, ShippingCharge
from domain.papers.model import Content, LegalEntity, PaperLine, TaxSum
from domain.payments.model import Payment, PaymentStatus
from domain.returns.model import Return, Settlement

_GIVEN_UP = frozenset({PaymentStatus.VOID_REQUESTED, PaymentStatus.VOIDED, PaymentStatus.FAILED})
"""States of payments that paid nothing, such as a balance that others have brought."""


@dataclass(frozen=True, slots=True)
class Sold:
    """An order with all that its papers say; times in the zone of the place that sold."""

    order: Order
    lines: Sequence[OrderLine]
    taxes: Mapping[OrderLineId, Sequence[LineTax]]
    charges: Sequence[ShippingCharge]
    payments: Sequence[Payment]
    place: str
    time_zone: str


def sale(seller: LegalEntity, sold: Sold, buyer: tuple[str, ...]) -> Content:
    """A receipt, or an invoice when a buyer is named; both say the whole sale."""
    order = sold.order
    return Content(
        currency=order.currency,
        parties=_parties(seller),
        buyer=buyer,
        facts=_facts(sold),
        lines=tuple(_line(line) for line in sold.lines) + tuple(_charge(charge) for charge in sold.charges),
        sums=_sums(order),
        taxes=tax_sums(sold),
        tenders=_tenders(sold),
        footer=seller.footer,
        code=order.receipt_number,
    )


def gift(seller: LegalEntity, sold: Sold, line_ids: Sequence[OrderLineId]) -> Content:
    """What was bought, and not a price anywhere."""
    wanted = [line for line in sold.lines if not line_ids or line.id in line_ids]
    return Content(
        currency=sold.order.currency,
        parties=_parties(seller),
        facts=_facts(sold),
        lines=tuple(PaperLine(_title(line), line.sku, line.quantity) for line in wanted),
        footer=seller.footer,
        code=sold.order.receipt_number,
    )


def credit(
    seller: LegalEntity, sold: Sold, back: Return, settlement: Settlement, invoice: str | None, *, is_whole: bool
) -> Content:
    """What goes back by one settlement of a return: the reverse of a part of the sale.

    A return that was settled in parts keeps no record of which units were in which, so only a whole one lists them.
    """
    by_id = {line.id: line for line in sold.lines}
    returned = [(by_id[line.order_line_id], line.settled) for line in back.lines if line.settled and is_whole]
    goods_net = settlement.net_minor
    taxes = tuple(TaxSum(one.jurisdiction, one.rate_ppm, 0, one.amount_minor) for one in settlement.taxes)
    tax = sum(one.tax_minor for one in taxes)
    sums = [("Net", goods_net), ("Tax", tax)]
    points = goods_net + tax - settlement.refund_minor
    if points:
        sums.append(("Paid with points", -points))
    return Content(
        currency=settlement.currency,
        parties=_parties(seller),
        facts=(
            *_facts(sold),
            ("Return", back.number),
            *((("Invoice", invoice),) if invoice is not None else ()),
        ),
        lines=tuple(PaperLine(_title(line), line.sku, units) for line, units in returned)
        or (PaperLine(f"Part of return {back.number}", "", 1),),
        sums=(*sums, ("Refund", settlement.refund_minor)),
        taxes=taxes,
        footer=seller.footer,
        code=sold.order.receipt_number,
    )


def tax_sums(sold: Sold) -> tuple[TaxSum, ...]:
    """Net and tax of every jurisdiction and rate, by name and rate; the taxes sum to the order's tax."""
    shares = [
        (tax.jurisdiction, tax.rate_ppm, line.net_minor, tax.amount_minor)
        for line in sold.lines
        for tax in sold.taxes.get(line.id, ())
    ]
    shares += [
        (tax.jurisdiction, tax.rate_ppm, charge.net_minor, tax.amount_minor)
        for charge in sold.charges
        for tax in charge.taxes
    ]
    shares.sort(key=lambda share: share[:2])
    return tuple(
        TaxSum(jurisdiction, rate, sum(one[2] for one in parts), sum(one[3] for one in parts))
        for (jurisdiction, rate), parts in (
            (key, list(group)) for key, group in groupby(shares, key=lambda share: share[:2])
        )
    )


def _parties(seller: LegalEntity) -> tuple[str, ...]:
    return (seller.name, *seller.address, *seller.tax_numbers)


def _facts(sold: Sold) -> tuple[tuple[str, str], ...]:
    order = sold.order
    place = (("Store", sold.place),) if sold.place else ()
    return (
        ("Order", order.number),
        ("Receipt", order.receipt_number),
        ("Date", f"{order.placed_at.astimezone(ZoneInfo(sold.time_zone)):%Y-%m-%d %H:%M %Z}"),
        *place,
    )


def _title(line: OrderLine) -> str:
    return f"{line.title} {line.variant_title}".rstrip()


def _line(line: OrderLine) -> PaperLine:
    notes = tuple((share.title, -share.amount_minor) for share in line.discounts)
    if line.price_override is not None:
        notes = (("Price changed by staff", 0), *notes)
    after = line.gross_minor - line.line_discount_minor - line.order_discount_minor
    return PaperLine(_title(line), line.sku, line.quantity, line.unit_price_minor, after, notes)


def _charge(charge: ShippingCharge) -> PaperLine:
    after = charge.gross_minor - charge.discount_minor
    notes = (("Discount", -charge.discount_minor),) if charge.discount_minor else ()
    return PaperLine(charge.title, "", 1, charge.gross_minor, after, notes)


def _sums(order: Order) -> tuple[tuple[str, int], ...]:
    return (("Net", order.total_minor - order.tax_minor), ("Tax", order.tax_minor), ("Total", order.total_minor))


def _tenders(sold: Sold) -> tuple[tuple[str, int], ...]:
    order = sold.order
    paid = [payment for payment in sold.payments if payment.status not in _GIVEN_UP]
    tenders = [(payment.tender.value.replace("_", " ").capitalize(), payment.amount_minor) for payment in paid]
    cash = [one for payment in paid if payment.tendered_minor is not None for one in _cash(payment)]
    points = [(f"{order.points} points", order.points_value_minor)] if order.points else []
    return (*points, *tenders, *cash)


def _cash(payment: Payment) -> tuple[tuple[str, int], ...]:
    tendered = payment.tendered_minor or 0
    rounding = payment.captured_minor - payment.amount_minor
    rounded = (("Rounding", rounding),) if rounding else ()
    return (*rounded, ("Given", tendered), ("Change", tendered - payment.captured_minor))
