"""Pure decisions: which list's price is paid, and until when that is so."""

from collections.abc import Iterable
from datetime import datetime

from domain.price_lists.errors import PriceListInvalid
from domain.price_lists.model import AMOUNT_MINOR_MAX, Buyer, Listed, Price, Terms

TITLE_LENGTH_MAX = 120
PRIORITY_MAX = 1_000
QUANTITY_MAX = 1_000_000


def check_terms(terms: Terms) -> None:
    """Refuse terms that could never be right.

    Raises:
        PriceListInvalid: a title, country, tier, priority or period that makes no sense.
    """
    if not 1 <= len(terms.title.strip()) <= TITLE_LENGTH_MAX:
        raise PriceListInvalid(f"A title has 1 to {TITLE_LENGTH_MAX} characters.", "title")
    if terms.country and not (len(terms.country) == 2 and terms.country.isascii() and terms.country.isupper()):
        raise PriceListInvalid("A country is two capital letters, such as GB (ISO 3166-1).", "country")
    if abs(terms.priority) > PRIORITY_MAX:
        raise PriceListInvalid(f"A priority is between -{PRIORITY_MAX} and {PRIORITY_MAX}.", "priority")
    if len(terms.tier) > TITLE_LENGTH_MAX:
        raise PriceListInvalid("There is no tier of such a long name.", "tier")
    if terms.valid_to is not None and terms.valid_to <= terms.valid_from:
        raise PriceListInvalid("The list ends after it begins.", "validTo")


def check_price(price: Price) -> None:
    """Refuse a price that could never be right.

    Raises:
        PriceListInvalid: a quantity below 1, a negative or absurd amount, or one that is not below what it is compared with.
    """
    if not 1 <= price.quantity_min <= QUANTITY_MAX:
        raise PriceListInvalid(f"A price begins at 1 to {QUANTITY_MAX} units.", "quantityMin")
    if not 0 <= price.amount_minor <= AMOUNT_MINOR_MAX:
        raise PriceListInvalid("A price is 0 or more, and within bounds.", "price")
    if price.compare_at_minor is not None and not price.amount_minor < price.compare_at_minor <= AMOUNT_MINOR_MAX:
        raise PriceListInvalid("What a price is compared with is higher than the price.", "compareAtPrice")


def holds_for(listed: Listed, buyer: Buyer) -> bool:
    """Whether an open list's price is one of a buyer's channel and market, whenever it is."""
    return (
        listed.channel_id in (None, buyer.channel_id)
        and listed.country in ("", buyer.country)
        and listed.currency == buyer.currency
    )


def best(prices: Iterable[Listed], quantity: int, now: datetime) -> Listed | None:
    """The price that is paid for one variant now; None when no list has one. All of them hold for the buyer.

    >>> best((), 1, datetime.min) is None
    True
    """
    reached: dict[object, Listed] = {}
    for one in prices:
        if one.quantity_min <= quantity and one.valid_from <= now and (one.valid_to is None or now < one.valid_to):
            other = reached.get(one.list_id)
            if other is None or other.quantity_min < one.quantity_min:
                reached[one.list_id] = one
    return min(reached.values(), key=lambda one: (-one.priority, one.amount_minor, one.list_id), default=None)


def changes_at(prices: Iterable[Listed], now: datetime) -> datetime | None:
    """The next moment at which one of the prices begins or ends; None when none will."""
    edges = (edge for one in prices for edge in (one.valid_from, one.valid_to))
    return min((edge for edge in edges if edge is not None and edge > now), default=None)
