"""What pays for an order beside points and the card, agreed before it is asked for: all of it together or none of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from domain.connections import ReadConnection
from domain.ledger import stored_value
from domain.ledger.errors import InsufficientFunds
from domain.ledger.model import WalletId
from domain.money import Currency
from domain.orders.checkout_model import TendersInvalid
from domain.orders.placement import Placement
from domain.payments import store_terms
from domain.payments.model import PlacedTender, Tender

PARTS_MAX = 10
_LABEL_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True)
class TenderPart:
    """One part of a payment as somebody wishes it.

    Attributes:
        amount_minor: how much of what is due; None for as much as there is, of stored value only.
        wallet_id: whose stored value it is.
        label: the last four characters of a gift card's code, or who holds EXTERNAL money.
    """

    tender: Tender
    amount_minor: int | None = None
    wallet_id: WalletId | None = None
    label: str = ""


def with_tenders(
    conn: ReadConnection, placement: Placement, parts: Sequence[TenderPart], country: str, now: datetime
) -> Placement:
    """The placement with these parts of its payment, in their order; the rest is left to the card or the drawer.

    Raises:
        TendersInvalid: a part is impossible, named twice, or more than is left to pay.
        InsufficientFunds: a gift card or store credit has nothing, or less than the part says.
    """
    if not parts:
        return placement
    agreed = agreed_parts(conn, placement.due_minor, placement.currency, parts, country, now)
    return replace(placement, tenders=agreed)


def agreed_parts(
    conn: ReadConnection, due_minor: int, currency: Currency, parts: Sequence[TenderPart], country: str, now: datetime
) -> tuple[PlacedTender, ...]:
    """What each part pays of something due, in their order.

    Raises:
        TendersInvalid, InsufficientFunds: as `with_tenders`.
    """
    if len(parts) > PARTS_MAX:
        raise TendersInvalid(f"Pay with at most {PARTS_MAX} tenders beside the last one.")
    named = [part.wallet_id for part in parts if part.wallet_id is not None]
    if len(set(named)) != len(named):
        raise TendersInvalid("Name each gift card and the store credit once.")
    has = stored_value.spendable(conn, named, now) if named else {}
    terms = store_terms.terms(conn, country, currency)
    left, agreed = due_minor, []
    for part in parts:
        has_minor = 0 if part.wallet_id is None else has.get(part.wallet_id, 0)
        amount = _amount(part, left, has_minor, currency)
        left -= amount
        step = terms.cash_step_minor if part.tender is Tender.CASH else None
        agreed.append(PlacedTender(part.tender, amount, part.wallet_id, None, part.label, terms.refund_order, step))
    return tuple(agreed)


def _amount(part: TenderPart, left_minor: int, has_minor: int, currency: Currency) -> int:
    if left_minor <= 0:
        raise TendersInvalid("Nothing is left to pay with this tender. Leave it out.")
    match part.tender:
        case Tender.GIFT_CARD | Tender.STORE_CREDIT:
            amount = min(left_minor, has_minor) if part.amount_minor is None else part.amount_minor
            if amount > has_minor or has_minor == 0:
                raise InsufficientFunds(has_minor, currency)
        case Tender.EXTERNAL | Tender.CASH:
            if part.amount_minor is None:
                raise TendersInvalid("Say how much of what is due this tender pays.", left_minor, currency)
            if part.tender is Tender.EXTERNAL and not 0 < len(part.label.strip()) <= _LABEL_LENGTH_MAX:
                raise TendersInvalid(f"Say who holds the money, in 1 to {_LABEL_LENGTH_MAX} characters.")
            amount = part.amount_minor
        case Tender.CARD | Tender.BALANCE:
            raise TendersInvalid("The card pays the rest: name it as the last tender.")
        case _:
            assert_never(part.tender)
    if not 0 < amount <= left_minor:
        raise TendersInvalid(
            "A part is above zero and at most what is left to pay, which is `maximumAmount`.", left_minor, currency
        )
    return amount


def with_drawer(conn: ReadConnection, placement: Placement, country: str, tendered_minor: int | None) -> Placement:
    """The placement whose rest is paid in cash, rounded as the market's coins ask for."""
    if not placement.asked_minor:
        return placement
    terms = store_terms.terms(conn, country, placement.currency)
    rest = PlacedTender(
        Tender.CASH,
        placement.asked_minor,
        refund_order=terms.refund_order if placement.tenders else None,
        cash_step_minor=terms.cash_step_minor,
        tendered_minor=tendered_minor,
    )
    return replace(placement, tenders=(*placement.tenders, rest))
