"""Pure decisions about gift cards."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

from domain.gift_cards.errors import AmountInvalid, BalanceTooLarge, QuantityInvalid
from domain.gift_cards.model import BATCH_MAX, Terms


def expires_at(terms: Terms, issued_at: datetime) -> datetime | None:
    """The first instant at which value issued now can no longer be spent, at a day's end in UTC; None never.

    >>> from domain.money import Currency
    >>> bought = datetime(2026, 8, 31, 15, tzinfo=UTC)
    >>> expires_at(Terms("GB", Currency("GBP"), 6), bought).isoformat()
    '2027-03-01T00:00:00+00:00'
    >>> expires_at(Terms("DE", Currency("EUR"), 36, to_year_end=True), bought).isoformat()
    '2030-01-01T00:00:00+00:00'
    """
    if terms.validity_months is None:
        return None
    months = issued_at.month - 1 + terms.validity_months
    year, month = issued_at.year + months // 12, months % 12 + 1
    if terms.to_year_end:
        return datetime(year + 1, 1, 1, tzinfo=UTC)
    day = min(issued_at.day, monthrange(year, month)[1])
    return datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)


def check_amount(terms: Terms, amount_minor: int) -> None:
    """Refuse an amount that the market's terms do not admit.

    Raises:
        AmountInvalid: it is below the minimum or above the maximum.
    """
    if not terms.minimum_minor <= amount_minor <= terms.maximum_minor:
        raise AmountInvalid(terms.minimum_minor, terms.maximum_minor)


def check_quantity(quantity: int) -> None:
    """Refuse a batch that is empty or too large.

    Raises:
        QuantityInvalid: it is not 1 to 500.
    """
    if not 1 <= quantity <= BATCH_MAX:
        raise QuantityInvalid(BATCH_MAX)


def check_top_up(terms: Terms, balance_minor: int, amount_minor: int) -> None:
    """Refuse a top-up that the terms do not admit, or that would put too much on one card.

    Raises:
        AmountInvalid, BalanceTooLarge: see their words.
    """
    check_amount(terms, amount_minor)
    check_balance(terms, balance_minor, amount_minor)


def check_balance(terms: Terms, balance_minor: int, amount_minor: int) -> None:
    """Refuse what would put too much on one card.

    Raises:
        BalanceTooLarge: see its words.
    """
    if balance_minor + amount_minor > terms.maximum_minor:
        raise BalanceTooLarge(max(0, terms.maximum_minor - balance_minor))
