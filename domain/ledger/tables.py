"""The ledger's tables."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.ledger.model import Bucket, HoldState, Phase, TransferCode, WalletStatus
from domain.tables import Integer64, Json, UtcDateTime, enum_column


class WalletRow(SQLModel, table=True):
    """The lock row of one unit of one owner; its balances are caches of its transfers."""

    __tablename__ = "ledger_wallet"
    __table_args__ = (
        sa.UniqueConstraint("unit", "owner", name="uq_ledger_wallet_unit"),
        sa.CheckConstraint("available >= 0 AND held >= 0 AND held <= available", name="available"),
        sa.CheckConstraint("pending >= 0 AND debt >= 0", name="pending"),
    )

    id: UUID = Field(primary_key=True)
    unit: str = Field(max_length=20)
    owner: str = Field(max_length=80)
    status: WalletStatus = Field(sa_type=enum_column(WalletStatus, "status"))
    pending: int = Field(default=0, sa_type=Integer64)
    available: int = Field(default=0, sa_type=Integer64)
    held: int = Field(default=0, sa_type=Integer64)
    debt: int = Field(default=0, sa_type=Integer64)
    version: int = Field(default=0, sa_type=Integer64)
    last_hash: str = Field(max_length=64)
    opened_at: datetime = Field(sa_type=UtcDateTime)


class TransferRow(SQLModel, table=True):
    """One line of the ledger. No code path updates or deletes it."""

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        sa.UniqueConstraint("wallet_id", "wallet_version", name="uq_ledger_transfer_wallet_id"),
        sa.Index("ix_ledger_transfer_order_id", "order_id"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("debit <> credit", name="two_sides"),
    )

    id: UUID = Field(primary_key=True)
    unit: str = Field(max_length=20)
    wallet_id: UUID | None = Field(default=None, foreign_key="ledger_wallet.id")
    debit: str = Field(max_length=80)
    credit: str = Field(max_length=80)
    amount: int = Field(sa_type=Integer64)
    code: TransferCode = Field(sa_type=enum_column(TransferCode, "code"))
    phase: Phase = Field(sa_type=enum_column(Phase, "phase"))
    order_id: UUID | None = Field(default=None)
    hold_id: UUID | None = Field(default=None)
    reference: str = Field(max_length=200)
    actor: str = Field(max_length=80)
    effective_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    wallet_version: int = Field(sa_type=Integer64)
    balance_after: int = Field(sa_type=Integer64)
    prev_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


_LIVING = "pending > 0 OR available > 0"


class LotRow(SQLModel, table=True):
    """Units issued together; its counters are caches of its moves."""

    __tablename__ = "ledger_lot"
    __table_args__ = (
        sa.Index(
            "ix_ledger_lot_living",
            "wallet_id",
            "expires_at",
            sqlite_where=sa.text(_LIVING),
            postgresql_where=sa.text(_LIVING),
        ),
        sa.Index(
            "ix_ledger_lot_expires_at",
            "expires_at",
            sqlite_where=sa.text("available > held"),
            postgresql_where=sa.text("available > held"),
        ),
        sa.Index(
            "ix_ledger_lot_vests_at",
            "vests_at",
            sqlite_where=sa.text("pending > 0"),
            postgresql_where=sa.text("pending > 0"),
        ),
        sa.Index("ix_ledger_lot_wallet_id", "wallet_id"),
        sa.Index("ix_ledger_lot_origin_id", "origin_id"),
        sa.CheckConstraint(
            "pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0 AND clawed >= 0"
            " AND moved >= 0 AND held <= available AND absorbed >= 0 AND absorbed <= expired",
            name="counters",
        ),
        sa.CheckConstraint("pending + available + spent + expired + clawed + moved = original", name="original"),
    )

    id: UUID = Field(primary_key=True)
    wallet_id: UUID = Field(foreign_key="ledger_wallet.id")
    unit: str = Field(max_length=20)
    origin_id: UUID
    funder: str = Field(max_length=80)
    component: str = Field(max_length=80)
    order_id: UUID | None = Field(default=None)
    vesting_key: str = Field(max_length=80)
    rule_version: int = Field(sa_type=Integer64)
    original: int = Field(sa_type=Integer64)
    pending: int = Field(sa_type=Integer64)
    available: int = Field(sa_type=Integer64)
    held: int = Field(sa_type=Integer64)
    spent: int = Field(sa_type=Integer64)
    expired: int = Field(sa_type=Integer64)
    absorbed: int = Field(sa_type=Integer64)
    clawed: int = Field(sa_type=Integer64)
    moved: int = Field(sa_type=Integer64)
    earned_at: datetime = Field(sa_type=UtcDateTime)
    vests_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    slides: bool
    contributor_id: UUID | None = Field(default=None)


class LotMoveRow(SQLModel, table=True):
    """What a transfer did to one counter of one lot."""

    __tablename__ = "ledger_lot_move"
    __table_args__ = (
        sa.Index("ix_ledger_lot_move_lot_id", "lot_id"),
        sa.CheckConstraint("delta <> 0", name="delta"),
    )

    transfer_id: UUID = Field(primary_key=True, foreign_key="ledger_transfer.id")
    lot_id: UUID = Field(primary_key=True, foreign_key="ledger_lot.id")
    bucket: Bucket = Field(primary_key=True, sa_type=enum_column(Bucket, "bucket"))
    delta: int = Field(sa_type=Integer64)


class HoldRow(SQLModel, table=True):
    """Units reserved for a checkout; `picks` are [lot id, points] pairs in the order of consumption."""

    __tablename__ = "ledger_hold"
    __table_args__ = (
        sa.Index(
            "ix_ledger_hold_open",
            "wallet_id",
            "until",
            sqlite_where=sa.text("state = 'PENDING'"),
            postgresql_where=sa.text("state = 'PENDING'"),
        ),
        sa.Index("ix_ledger_hold_order_id", "order_id"),
        sa.CheckConstraint("points > 0", name="points"),
        sa.CheckConstraint("recredited >= 0 AND recredited <= posted", name="recredited"),
        sa.CheckConstraint("posted >= 0 AND released >= 0 AND posted + released <= points", name="resolved"),
    )

    id: UUID = Field(primary_key=True)
    wallet_id: UUID = Field(foreign_key="ledger_wallet.id")
    points: int = Field(sa_type=Integer64)
    state: HoldState = Field(sa_type=enum_column(HoldState, "state"))
    owner: str = Field(max_length=120)
    order_id: UUID | None = Field(default=None)
    picks: list[list[str | int]] = Field(sa_type=Json)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    posted: int = Field(default=0, sa_type=Integer64)
    released: int = Field(default=0, sa_type=Integer64)
    recredited: int = Field(default=0, sa_type=Integer64)
    created_at: datetime = Field(sa_type=UtcDateTime)
