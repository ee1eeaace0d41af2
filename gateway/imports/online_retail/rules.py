"""Which outcome a row has, by code, invoice, price, sign and customer, in one fixed order of precedence."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from gateway.imports.online_retail.model import Invoice, LineKind, Outcome, Row

_GOODS = re.compile(r"[0-9]{5}[A-Z]{0,2}|DCGS[0-9A-Z]{4,5}|PADS")
_VOUCHER = re.compile(r"GIFT_[0-9]{4}_[0-9]{2}")
_CHARGES = {
    "POST": LineKind.SHIPPING,
    "DOT": LineKind.SHIPPING,
    "C2": LineKind.SHIPPING,
    "M": LineKind.CHARGE,
    "BANK CHARGES": LineKind.CHARGE,
    "S": LineKind.CHARGE,
}
_EXPENSES = frozenset({"AMAZONFEE", "CRUK"})
_DISCOUNT = "D"
_BAD_DEBT = "B"

STATED: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.SOLD: "goods bought by a known customer become an order line",
        Outcome.SOLD_TO_GUEST: "goods bought without a customer number become a line of a guest's order",
        Outcome.GIVEN_FREE: "goods at price zero, to a customer or on an invoice with prices, become a free order line",
        Outcome.VOUCHER_SOLD: "a gift voucher becomes an order line without stock",
        Outcome.SHIPPING_CHARGED: "postage and carriage (POST, DOT, C2) become an order line without stock",
        Outcome.SERVICE_CHARGED: "manual, bank and sample charges (M, BANK CHARGES, S) become a line without stock",
        Outcome.STOCK_FOUND: "units at price zero, no customer, on an invoice without any price, enter the stock",
        Outcome.STOCK_WRITTEN_OFF: "units below zero at price zero on an invoice that cancels nothing leave the stock",
        Outcome.RETURNED: "all units of a cancellation line go back to sales that this customer bought before",
        Outcome.PARTLY_RETURNED: "units of a cancellation line that earlier sales cover go back; the rest is refused",
        Outcome.RETURN_NOT_COVERED: "refused: no earlier sale to this customer has such units left",
        Outcome.CREDIT_WITHOUT_GOODS: "refused: a discount after the sale (D) names no goods and no invoice",
        Outcome.MERCHANT_EXPENSE: "refused: marketplace fees and charity commission are the merchant's own costs",
        Outcome.EMPTY_CHARGE: "refused: a charge or voucher at price zero charges nothing",
        Outcome.UNKNOWN_CODE: "refused: the stock code is neither goods, voucher nor a known charge",
        Outcome.WRONG_SIGN: "refused: a cancellation above zero, or a sale below zero that has a price",
        Outcome.SUB_PENNY_PRICE: "refused: the price has parts of a penny",
        Outcome.NEGATIVE_PRICE: "refused: the price is below zero",
        Outcome.BAD_DEBT: "refused: an adjustment of bad debt (A invoices, code B) moves no goods",
        Outcome.UNREADABLE: "refused: the line could not be read",
    }
)
"""The rule of each outcome, in one sentence."""


def kind_of(code: str) -> LineKind | None:
    """What a code in capitals stands for; None when nothing can be sold under it.

    >>> [kind_of(code) for code in ("85123A", "POST", "GIFT_0001_20", "AMAZONFEE")]
    [<LineKind.GOODS: 'GOODS'>, <LineKind.SHIPPING: 'SHIPPING'>, <LineKind.VOUCHER: 'VOUCHER'>, None]
    """
    if _GOODS.fullmatch(code):
        return LineKind.GOODS
    if _VOUCHER.fullmatch(code):
        return LineKind.VOUCHER
    return _CHARGES.get(code)


def is_cancellation(number: str) -> bool:
    """Cancellations are numbered C and six digits."""
    return number.startswith("C")


def is_priced(invoice: Invoice) -> bool:
    """Whether any row of the invoice has a price above zero."""
    return any(row.unit_price > 0 for row in invoice.rows)


def classify(row: Row, *, priced: bool) -> Outcome:
    """The row's outcome, before any sale is looked for; RETURNED then means that it asks for units back.

    `priced` is `is_priced` of the row's invoice. Precedence: bad debt, negative price, parts of a penny, codes that
    cannot be sold, the sign, then a cancellation, a write-off, and last the sale by price, code and customer.
    """
    if (fault := _fault(row)) is not None:
        return fault
    kind = kind_of(row.code)
    if kind is None:
        return _unsellable(row.code)
    if is_cancellation(row.invoice):
        return Outcome.RETURNED if row.quantity < 0 else Outcome.WRONG_SIGN
    if row.quantity < 0:
        return _below_zero(row, kind)
    return _sale(row, kind, priced=priced)


def _fault(row: Row) -> Outcome | None:
    if row.invoice.startswith("A") or row.code == _BAD_DEBT:
        return Outcome.BAD_DEBT
    if row.unit_price < 0:
        return Outcome.NEGATIVE_PRICE
    return Outcome.SUB_PENNY_PRICE if row.unit_price_minor is None else None


def _unsellable(code: str) -> Outcome:
    if code in _EXPENSES:
        return Outcome.MERCHANT_EXPENSE
    return Outcome.CREDIT_WITHOUT_GOODS if code == _DISCOUNT else Outcome.UNKNOWN_CODE


def _below_zero(row: Row, kind: LineKind) -> Outcome:
    written_off = row.unit_price_minor == 0 and kind is LineKind.GOODS
    return Outcome.STOCK_WRITTEN_OFF if written_off else Outcome.WRONG_SIGN


def _sale(row: Row, kind: LineKind, *, priced: bool) -> Outcome:
    free = row.unit_price_minor == 0
    match kind:
        case LineKind.GOODS if free:
            given = priced or row.customer is not None
            return Outcome.GIVEN_FREE if given else Outcome.STOCK_FOUND
        case LineKind.GOODS:
            return Outcome.SOLD if row.customer else Outcome.SOLD_TO_GUEST
        case _ if free:
            return Outcome.EMPTY_CHARGE
        case LineKind.VOUCHER:
            return Outcome.VOUCHER_SOLD
        case LineKind.SHIPPING:
            return Outcome.SHIPPING_CHARGED
        case LineKind.CHARGE:
            return Outcome.SERVICE_CHARGED
