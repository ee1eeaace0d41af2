"""Prove that the ledger still adds up: every cached number is folded again from the transfers and moves behind it.

Set checks are one statement each; the chains are read page by page, so memory stays flat whatever the ledger's size.
I1 all accounts of a unit sum to zero. I2 a wallet is the sum of its lots. I3 a lot's parts are what was issued, and the
sums of its moves. I4 nothing is negative, and nobody owes who could pay. I5 awards are what orders earned. I6 a hold
resolves once, by what it holds. I7 a budget is its funder's account. I8 chains have no gap and every hash fits. I9 no
more comes back than was bought or spent. I10 nothing is half written. I5, I7 and I9 are in `domain.loyalty.verify`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.ledger import verify_chains
from domain.ledger.model import TRANSIT, Bucket, Hold, HoldId, HoldState, LotId, Phase, Pick, WalletId
from domain.ledger.store import hold_table, lot_table, transfer_table, wallet_table
from domain.ledger.tables import LotMoveRow
from domain.tables import table_of

_move = table_of(LotMoveRow)
_SYSTEM_DEBIT = sa.not_(transfer_table.c.debit.startswith("wallet:"))
_SYSTEM_CREDIT = sa.not_(transfer_table.c.credit.startswith("wallet:"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not add up. `invariant` is "I1" to "I10", `subject` names the row."""

    invariant: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """How many rows each invariant was checked on, and what was found wrong."""

    checked: Mapping[str, int]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Notes:
    """What a verification has seen so far."""

    checked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    findings: list[Finding] = field(default_factory=list)

    def wrong(self, invariant: str, subject: object, message: str) -> None:
        """Write down a finding."""
        self.findings.append(Finding(invariant, str(subject), message))

    def report(self) -> VerifyReport:
        """Everything so far."""
        return VerifyReport(dict(self.checked), tuple(self.findings))


def verify(conn: ReadConnection) -> VerifyReport:
    """Check the invariants that need no programme: I1 to I4, I6, I8 and I10."""
    notes = Notes()
    check(conn, notes)
    return notes.report()


def check(conn: ReadConnection, notes: Notes) -> None:
    """`verify` into existing notes."""
    _units_sum_to_zero(conn, notes)
    _wallets_equal_lots(conn, notes)
    _lots_are_whole(conn, notes)
    _lots_equal_moves(conn, notes)
    _nobody_owes_and_has(conn, notes)
    _holds_resolve_once(conn, notes)
    verify_chains.check(conn, notes.checked, notes.wrong)
    _nothing_is_half_written(conn, notes)


def count(conn: ReadConnection, table: sa.FromClause) -> int:
    """Rows of a table."""
    return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _units_sum_to_zero(conn: ReadConnection, notes: Notes) -> None:
    sums: dict[str, int] = defaultdict(int)
    wallet = wallet_table.c
    net = sa.func.sum(wallet.available + wallet.pending - wallet.debt)
    for unit, amount in conn.execute(sa.select(wallet.unit, net).group_by(wallet.unit)):
        sums[unit] += int(amount)
    for clause, sign in ((_SYSTEM_CREDIT, 1), (_SYSTEM_DEBIT, -1)):
        system = (
            sa.select(transfer_table.c.unit, sa.func.sum(transfer_table.c.amount))
            .where(clause, transfer_table.c.phase == Phase.POSTED)
            .group_by(transfer_table.c.unit)
        )
        for unit, amount in conn.execute(system):
            sums[unit] += sign * int(amount)
    for unit, amount in sums.items():
        notes.checked["I1"] += 1
        if amount:
            notes.wrong("I1", unit, f"all accounts together stand at {amount} instead of 0")
    _transit_is_empty(conn, notes)


def _transit_is_empty(conn: ReadConnection, notes: Notes) -> None:
    signed = sa.case((transfer_table.c.credit == TRANSIT, transfer_table.c.amount), else_=-transfer_table.c.amount)
    passing = sa.or_(transfer_table.c.credit == TRANSIT, transfer_table.c.debit == TRANSIT)
    moved = sa.select(transfer_table.c.unit, sa.func.sum(signed)).where(passing).group_by(transfer_table.c.unit)
    for unit, amount in conn.execute(moved):
        if amount:
            notes.wrong("I1", unit, f"{amount} units were lost between two wallets")


def _wallets_equal_lots(conn: ReadConnection, notes: Notes) -> None:
    names = ("pending", "available", "held")
    sums = [sa.func.sum(lot_table.c[name]).label(name) for name in names]
    lots = sa.select(lot_table.c.wallet_id, *sums).group_by(lot_table.c.wallet_id).subquery()
    differs = sa.or_(*(wallet_table.c[name] != sa.func.coalesce(lots.c[name], 0) for name in names))
    joined = wallet_table.outerjoin(lots, lots.c.wallet_id == wallet_table.c.id)
    for wallet_id in conn.execute(sa.select(wallet_table.c.id).select_from(joined).where(differs)).scalars():
        notes.wrong("I2", wallet_id, "the wallet's balances are not the sums of its lots")
    notes.checked["I2"] += count(conn, wallet_table)


def _lots_are_whole(conn: ReadConnection, notes: Notes) -> None:
    lot = lot_table.c
    counters = (lot.pending, lot.available, lot.spent, lot.expired, lot.clawed, lot.moved)
    parts: sa.ColumnElement[int] = sum(counters[1:], counters[0])
    broken = sa.or_(
        parts != lot.original,
        lot.held > lot.available,
        lot.absorbed > lot.expired,
        *(counter < 0 for counter in (*counters, lot.held)),
    )
    for lot_id in conn.execute(sa.select(lot.id).where(broken)).scalars():
        notes.wrong("I3", lot_id, "the lot's parts are not what was issued")
    notes.checked["I3"] += count(conn, lot_table)


def _lots_equal_moves(conn: ReadConnection, notes: Notes) -> None:
    folded = [
        sa.func.sum(sa.case((_move.c.bucket == bucket, _move.c.delta), else_=0)).label(bucket.value.lower())
        for bucket in Bucket
    ]
    moves = sa.select(_move.c.lot_id, *folded).group_by(_move.c.lot_id).subquery()
    names = [bucket.value.lower() for bucket in Bucket]
    differs = sa.or_(*(lot_table.c[name] != sa.func.coalesce(moves.c[name], 0) for name in names))
    joined = lot_table.outerjoin(moves, moves.c.lot_id == lot_table.c.id)
    for lot_id in conn.execute(sa.select(lot_table.c.id).select_from(joined).where(differs)).scalars():
        notes.wrong("I3", lot_id, "the lot's counters are not the sums of its moves")


def _nobody_owes_and_has(conn: ReadConnection, notes: Notes) -> None:
    """A lot that outlives the newest transfer was alive all the time, so its free units would have paid the debt."""
    newest = sa.select(sa.func.max(transfer_table.c.recorded_at)).scalar_subquery()
    alive = sa.or_(lot_table.c.expires_at.is_(None), lot_table.c.expires_at > newest)
    both = (
        sa.select(wallet_table.c.id)
        .join(lot_table, lot_table.c.wallet_id == wallet_table.c.id)
        .where(wallet_table.c.debt > 0, lot_table.c.available > lot_table.c.held, alive)
        .distinct()
    )
    for wallet_id in conn.execute(both).scalars():
        notes.wrong("I4", wallet_id, "the wallet owes points while it has some to spend")
    wallet = wallet_table.c
    broken = sa.or_(wallet.available < wallet.held, wallet.held < 0, wallet.debt < 0, wallet.pending < 0)
    for wallet_id in conn.execute(sa.select(wallet.id).where(broken)).scalars():
        notes.wrong("I4", wallet_id, "a balance is negative")
    notes.checked["I4"] += count(conn, wallet_table)


def _holds_resolve_once(conn: ReadConnection, notes: Notes) -> None:
    hold = hold_table.c
    open_still = hold.state == HoldState.PENDING
    broken = sa.or_(
        hold.recredited > hold.posted,
        hold.posted + hold.released > hold.points,
        sa.and_(open_still, hold.posted != 0),
        sa.and_(hold.state == HoldState.POSTED, hold.posted + hold.released != hold.points),
        sa.and_(hold.state.in_([HoldState.VOIDED, HoldState.EXPIRED]), hold.released != hold.points),
    )
    for hold_id in conn.execute(sa.select(hold.id).where(broken)).scalars():
        notes.wrong("I6", hold_id, "the hold is resolved by another number than it holds")
    reserved = _reserved(conn)
    lots = conn.execute(sa.select(lot_table.c.id, lot_table.c.held).where(lot_table.c.held > 0))
    held = {row.id: row.held for row in lots}
    for lot_id in sorted(reserved.keys() | held.keys()):
        if reserved.get(lot_id, 0) != held.get(lot_id, 0):
            notes.wrong("I6", lot_id, "the lot's held units are not those of its open holds")
    notes.checked["I6"] += count(conn, hold_table)


def _reserved(conn: ReadConnection) -> Mapping[UUID, int]:
    """Units per lot that open holds reserve."""
    sums: dict[UUID, int] = defaultdict(int)
    rows = conn.execute(sa.select(hold_table).where(hold_table.c.state == HoldState.PENDING))
    for row in rows:
        picks = tuple(Pick(LotId(UUID(hex=str(lot_id))), int(points)) for lot_id, points in row.picks)
        hold = Hold(
            id=HoldId(row.id),
            wallet_id=WalletId(row.wallet_id),
            points=row.points,
            state=row.state,
            owner=row.owner,
            picks=picks,
            created_at=row.created_at,
            released=row.released,
        )
        for pick in hold.consumed(0, hold.open_points):
            sums[pick.lot_id] += pick.points
    return sums


def _nothing_is_half_written(conn: ReadConnection, notes: Notes) -> None:
    """A refused command leaves nothing: every lot, hold and wallet version has the transfer that made it."""
    issued = sa.exists().where(_move.c.lot_id == lot_table.c.id, _move.c.delta > 0)
    for lot_id in conn.execute(sa.select(lot_table.c.id).where(~issued)).scalars():
        notes.wrong("I10", lot_id, "no transfer issued the lot")
    reserved = sa.exists().where(
        transfer_table.c.wallet_id == hold_table.c.wallet_id,
        transfer_table.c.hold_id == hold_table.c.id,
        transfer_table.c.phase == Phase.PENDING,
    )
    for hold_id in conn.execute(sa.select(hold_table.c.id).where(~reserved)).scalars():
        notes.wrong("I10", hold_id, "no transfer reserved what the hold holds")
    written = sa.exists().where(
        transfer_table.c.wallet_id == wallet_table.c.id, transfer_table.c.wallet_version == wallet_table.c.version
    )
    silent = sa.and_(wallet_table.c.version > 0, ~written)
    for wallet_id in conn.execute(sa.select(wallet_table.c.id).where(silent)).scalars():
        notes.wrong("I10", wallet_id, "the wallet's newest version has no transfer")
    notes.checked["I10"] += count(conn, lot_table) + count(conn, hold_table) + count(conn, wallet_table)
