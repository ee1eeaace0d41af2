"""What the ledger keeps: wallets, lots, holds and the transfers between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

WalletId = NewType("WalletId", UUID)
LotId = NewType("LotId", UUID)
HoldId = NewType("HoldId", UUID)
TransferId = NewType("TransferId", UUID)

REDEEMED = "redeemed:tender"
EXPIRED = "expired"
WRITE_OFF = "writeoff"
ADJUSTMENT = "funding:adjustment"
TRANSIT = "transit"
"""Where points are between two wallets; zero whenever no transaction is open."""


class WalletStatus(StrEnum):
    """Whether a wallet may be used."""

    OPEN = "OPEN"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"


class TransferCode(StrEnum):
    """Why a transfer was made."""

    EARN = "EARN"
    RELEASE = "RELEASE"
    BONUS = "BONUS"
    CARRY = "CARRY"
    HOLD = "HOLD"
    VOID = "VOID"
    REDEEM = "REDEEM"
    OFFLINE_REDEEM = "OFFLINE_REDEEM"
    RECREDIT = "RECREDIT"
    CLAWBACK = "CLAWBACK"
    WRITE_OFF = "WRITE_OFF"
    DEBT_REPAY = "DEBT_REPAY"
    EXPIRE = "EXPIRE"
    ADJUST = "ADJUST"
    MOVE = "MOVE"
    FUND = "FUND"
    STORE_CREDIT = "STORE_CREDIT"
    GIFT_CARD = "GIFT_CARD"
    CASH_ROUNDING = "CASH_ROUNDING"


class Phase(StrEnum):
    """What a transfer does to its wallet: PENDING reserves, VOIDED frees what was reserved, POSTED moves."""

    PENDING = "PENDING"
    POSTED = "POSTED"
    VOIDED = "VOIDED"


class Bucket(StrEnum):
    """A lot's counters. HELD is the reserved part of AVAILABLE; the others partition what was issued."""

    PENDING = "PENDING"
    AVAILABLE = "AVAILABLE"
    HELD = "HELD"
    SPENT = "SPENT"
    EXPIRED = "EXPIRED"
    CLAWED = "CLAWED"
    MOVED = "MOVED"


class HoldState(StrEnum):
    """A hold resolves once."""

    PENDING = "PENDING"
    POSTED = "POSTED"
    VOIDED = "VOIDED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Wallet:
    """The lock row: cached balances and the head of the chain.

    Attributes:
        unit: what is counted: a programme's unit, or an ISO 4217 code whose minor units are counted.
        owner: who it was opened for, as an opaque text such as "customer:<uuid>"; never a name or an address.
        available: spendable and held together, lots past their time included until the sweep books them.
        version: number of transfers in the chain; `last_hash` seals the newest.
    """

    id: WalletId
    unit: str
    owner: str
    status: WalletStatus
    pending: int
    available: int
    held: int
    debt: int
    version: int
    last_hash: str
    opened_at: datetime

    @property
    def net(self) -> int:
        """Everything the holder has, less what is owed."""
        return self.pending + self.available - self.debt


@dataclass(frozen=True, slots=True)
class Lot:
    """Units issued together.

    Attributes:
        origin_id: the lot this one descends from by moves between wallets; itself when it was issued.
        component: what issued it: "base", "tier", a rule's name, "bonus".
        vesting_key: which event releases its pending units; empty when any event of the order does.
        absorbed: how much of `expired` a later return has already counted as given back.
        vests_at: when pending units are released by themselves; None until that is known.
        expires_at: from this instant on nothing of it can be spent; None while pending or without expiry.
        slides: whether activity moves the expiry.
        contributor_id: the member's own wallet when the lot lies in a shared one.
    """

    id: LotId
    wallet_id: WalletId
    unit: str
    origin_id: LotId
    funder: str
    component: str
    order_id: UUID | None
    vesting_key: str
    rule_version: int
    original: int
    earned_at: datetime
    pending: int = 0
    available: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    absorbed: int = 0
    clawed: int = 0
    moved: int = 0
    vests_at: datetime | None = None
    expires_at: datetime | None = None
    slides: bool = False
    contributor_id: WalletId | None = None

    @property
    def free(self) -> int:
        """Released and not held, whatever the date."""
        return self.available - self.held

    def alive(self, now: datetime) -> bool:
        """Whether its units can still be spent."""
        return self.expires_at is None or self.expires_at > now

    def shifted(self, changes: Mapping[Bucket, int]) -> "Lot":
        """The lot after these changes of its counters."""
        return replace(
            self,
            pending=self.pending + changes.get(Bucket.PENDING, 0),
            available=self.available + changes.get(Bucket.AVAILABLE, 0),
            held=self.held + changes.get(Bucket.HELD, 0),
            spent=self.spent + changes.get(Bucket.SPENT, 0),
            expired=self.expired + changes.get(Bucket.EXPIRED, 0),
            clawed=self.clawed + changes.get(Bucket.CLAWED, 0),
            moved=self.moved + changes.get(Bucket.MOVED, 0),
        )


@dataclass(frozen=True, slots=True)
class Pick:
    """Some units of one lot."""

    lot_id: LotId
    points: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Units reserved for a checkout.

    Attributes:
        picks: the lots it reserves, in the order they will be consumed: earliest expiry first. Freed units come off
            the end, and so do units given back after the capture.
        until: from this instant on it holds nothing; None for a hold that an order owns.
        released: freed again, by a void, a time-out, a smaller capture or a return before the capture.
        posted: captured.
        recredited: of `posted`, given back by returns.
    """

    id: HoldId
    wallet_id: WalletId
    points: int
    state: HoldState
    owner: str
    picks: tuple[Pick, ...]
    created_at: datetime
    until: datetime | None = None
    order_id: UUID | None = None
    posted: int = 0
    released: int = 0
    recredited: int = 0

    @property
    def open_points(self) -> int:
        """What it reserves now."""
        return self.points - self.released if self.state is HoldState.PENDING else 0

    def consumed(self, start: int, count: int) -> tuple[Pick, ...]:
        """Units `start` to `start + count` in the order of consumption, by lot.

        >>> lot = LotId(UUID(int=1)), LotId(UUID(int=2))
        >>> picks = (Pick(lot[0], 100), Pick(lot[1], 50))
        >>> now = datetime(2026, 1, 1)
        >>> hold = Hold(HoldId(UUID(int=3)), WalletId(UUID(int=4)), 150, HoldState.PENDING, "", picks, now)
        >>> [pick.points for pick in hold.consumed(80, 40)]
        [20, 20]
        """
        parts: list[Pick] = []
        for pick in self.picks:
            part = min(pick.points - min(start, pick.points), count)
            start = max(0, start - pick.points)
            if part:
                parts.append(Pick(pick.lot_id, part))
                count -= part
        return tuple(parts)

    def timed_out(self, now: datetime) -> bool:
        """Whether its time has come, exactly at `until`."""
        return self.state is HoldState.PENDING and self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class Transfer:
    """One line of the ledger, never changed.

    Attributes:
        wallet_id: whose chain it is in; None for a transfer between system accounts.
        amount: positive, from the debited to the credited account.
        reference: why in particular: a rule, a return, a reason code.
        actor: kind and id of who acted.
        effective_at: when it counts; `recorded_at` is when it was written, which may be later.
        balance_after: the wallet's net after it.
        hash: SHA-256 over the predecessor's hash and this transfer's fields, in hex.
    """

    id: TransferId
    unit: str
    wallet_id: WalletId | None
    debit: str
    credit: str
    amount: int
    code: TransferCode
    phase: Phase
    order_id: UUID | None
    hold_id: HoldId | None
    reference: str
    actor: str
    effective_at: datetime
    recorded_at: datetime
    wallet_version: int
    balance_after: int
    prev_hash: str
    hash: str

    @property
    def change(self) -> int:
        """Its signed effect on the wallet's net: zero for a release, a hold and a void."""
        if self.phase is not Phase.POSTED:
            return 0
        own = f"wallet:{self.wallet_id}:"
        return self.amount * (self.credit.startswith(own) - self.debit.startswith(own))


@dataclass(frozen=True, slots=True)
class LotMove:
    """What a transfer did to one counter of one lot; lots can be rebuilt from these."""

    transfer_id: TransferId
    lot_id: LotId
    bucket: Bucket
    delta: int
