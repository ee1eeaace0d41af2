"""The values of the registers room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.money import Currency

RegisterSessionId = NewType("RegisterSessionId", UUID)
RegisterEntryId = NewType("RegisterEntryId", UUID)

MOVEMENTS_MAX = 200
COUNTS_MAX = 20
REASON_LENGTH_MAX = 200
AMOUNT_MAX = 10**12


class EntryKind(StrEnum):
    """Why cash went into or out of a drawer."""

    SALE = "SALE"
    REFUND = "REFUND"
    PAID_IN = "PAID_IN"
    PAID_OUT = "PAID_OUT"
    DROP = "DROP"


INWARD = frozenset({EntryKind.SALE, EntryKind.PAID_IN})
MOVEMENTS = frozenset({EntryKind.PAID_IN, EntryKind.PAID_OUT, EntryKind.DROP})
"""What a person moves by hand."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a session ended. `counted_minor - expected_minor` is what the drawer had over (or, below zero, short)."""

    at: datetime
    by: str
    counted_minor: int
    expected_minor: int
    note: str


@dataclass(frozen=True, slots=True)
class RegisterSession:
    """One till's drawer from open to close.

    Attributes:
        number: 1 for the till's first session, then without a gap.
        float_minor: what was in the drawer at the opening.
        opened_by: the id of the actor who opened it.
    """

    id: RegisterSessionId
    terminal_id: UUID
    location_id: UUID
    number: int
    currency: Currency
    float_minor: int
    opened_at: datetime
    opened_by: str
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """Cash that went in (above zero) or out (below). `source_id` is the payment, refund leg or movement it was."""

    id: RegisterEntryId
    session_id: RegisterSessionId
    kind: EntryKind
    amount_minor: int
    source_id: UUID
    reason: str
    actor_id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CashCount:
    """What somebody found in a drawer, and what should have been there at that moment, after so many entries."""

    id: UUID
    session_id: RegisterSessionId
    counted_minor: int
    expected_minor: int
    entries: int
    actor_id: str
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a session's entries come to. `sums` are signed and by kind; kinds without an entry are left out."""

    float_minor: int
    sums: dict[EntryKind, int]
    entries: int

    @property
    def expected_minor(self) -> int:
        """What should be in the drawer."""
        return self.float_minor + sum(self.sums.values())
