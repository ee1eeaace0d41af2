"""Gift cards that a till's customer has put value on: which line goes on which card, agreed before anything is paid."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.catalog.model import VariantId
from domain.connections import ReadConnection
from domain.gift_cards import service as gift_cards
from domain.gift_cards.model import TAX_CODE, GiftCardId
from domain.money import Currency, Money
from domain.orders.checkout_model import TopUpInvalid
from domain.orders.model import OrderLineId
from domain.orders.placement import PlacedLine

Wishes = Sequence[tuple[VariantId, GiftCardId | None]]
"""What was scanned, and the card that its value goes on; None for a card of its own."""


def agreed(
    conn: ReadConnection, wishes: Wishes, lines: Mapping[VariantId, PlacedLine], currency: Currency, now: datetime
) -> tuple[tuple[OrderLineId, GiftCardId], ...]:
    """The lines that put value on cards, and the cards.

    Raises:
        TopUpInvalid: units of a variant go on several cards, or goods are no gift card.
        GiftCardBlocked, CurrencyMismatch, BalanceTooLarge: a card does not take the value.
    """
    cards: dict[VariantId, set[GiftCardId | None]] = defaultdict(set)
    for variant_id, card_id in wishes:
        cards[variant_id].add(card_id)
    found: list[tuple[OrderLineId, GiftCardId]] = []
    worth: dict[GiftCardId, int] = defaultdict(int)
    for variant_id, of_variant in cards.items():
        if of_variant == {None}:
            continue
        card_id, line = next(iter(of_variant)), lines[variant_id]
        if card_id is None or len(of_variant) > 1:
            raise TopUpInvalid("All units of a variant in one sale go on one gift card.")
        if line.tax_code != TAX_CODE:
            raise TopUpInvalid("Only goods that are gift cards put value on one.")
        found.append((line.id, card_id))
        worth[card_id] += line.quantity * line.unit_price_minor
    for card_id, amount in worth.items():
        gift_cards.check_sold_top_up(conn, card_id, Money(amount, currency), now)
    return tuple(found)
