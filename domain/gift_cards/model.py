"""Values of the gift cards room."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.ledger.model import WalletId
from domain.money import Currency, Money

GiftCardId = NewType("GiftCardId", UUID)
CodeOf = Callable[[GiftCardId], str]
"""Tells the code of a card; see `codes.code_of`."""

BATCH_MAX = 500
NOTE_LENGTH_MAX = 200
GRANT_NOTE_LENGTH_MAX = 150
"""A grant's note is part of its transfer's reference."""
FUNDER = "gift_card"
TAX_CODE = "gift_card"
"""What makes a variant a gift card: it is not taxed at its sale, and a code worth its price is issued for each unit."""


class GiftCardSource(StrEnum):
    """How a card came into the world."""

    SOLD = "SOLD"
    GRANTED = "GRANTED"


class GiftCardEventKind(StrEnum):
    """What happened to a card beside payments."""

    ISSUED = "ISSUED"
    TOPPED_UP = "TOPPED_UP"
    BLOCKED = "BLOCKED"
    UNBLOCKED = "UNBLOCKED"


@dataclass(frozen=True, slots=True)
class Terms:
    """A market's rules.

    Attributes:
        country: ISO 3166-1 alpha-2, or empty for every country without terms of its own in this currency.
        validity_months: how long value lives after it was issued; None for ever.
        to_year_end: whether it then lives on to the end of that calendar year, as a limitation period does.
        minimum_minor, maximum_minor: what a card may be issued or topped up with, and the most it may hold.
    """

    country: str
    currency: Currency
    validity_months: int | None = None
    to_year_end: bool = False
    minimum_minor: int = 1
    maximum_minor: int = 100_000_000


@dataclass(frozen=True, slots=True)
class GiftCard:
    """A card. What it can pay now is its wallet's.

    Attributes:
        last_characters: the last four of its code, for people to tell cards apart.
        initial_minor: what it was issued with.
        country: whose terms apply to it.
        batch_id: the command that issued it together with others; None for a sold one.
        order_id, order_line_id: the sale that issued it; None for a granted one.
        expires_at: when the value that was put on last dies; None never.
        blocked_at: since when it pays nothing; None while it does.
    """

    id: GiftCardId
    wallet_id: WalletId
    currency: Currency
    country: str
    last_characters: str
    source: GiftCardSource
    initial_minor: int
    batch_id: UUID | None
    order_id: UUID | None
    order_line_id: UUID | None
    expires_at: datetime | None
    blocked_at: datetime | None
    issued_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class TopUp:
    """The card that an order line puts value on, and how many units' worth it has received."""

    gift_card_id: GiftCardId
    units: int


@dataclass(frozen=True, slots=True)
class NewCards:
    """Cards to issue, each with `amount`.

    Attributes:
        country: whose terms apply.
        batch_id: names the cards together.
        order_line_id: the order line that sold them.
    """

    amount: Money
    quantity: int
    country: str
    source: GiftCardSource
    batch_id: UUID | None = None
    order_id: UUID | None = None
    order_line_id: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardEvent:
    """Something that happened to a card, and who did it."""

    gift_card_id: GiftCardId
    kind: GiftCardEventKind
    actor_kind: str
    actor_id: str
    note: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold: which, and for which card."""

    invariant: str
    subject: UUID
    detail: str
