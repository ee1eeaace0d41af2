"""All SQL of the ledger: rows in, values out, and `save`, which writes what a book has collected."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Topic, publish
from domain.ledger.book import Book
from domain.ledger.chain import GENESIS
from domain.ledger.model import (
    Hold,
    Lot,
    LotId,
    Phase,
    Pick,
    Transfer,
    Wallet,
    WalletId,
    WalletStatus,
)
from domain.ledger.tables import HoldRow, LotMoveRow, LotRow, TransferRow, WalletRow
from domain.paging import Page, Slice, SortColumn, fetch_slice
from domain.tables import table_of

wallet_table = table_of(WalletRow)
lot_table = table_of(LotRow)
transfer_table = table_of(TransferRow)
hold_table = table_of(HoldRow)
_move = table_of(LotMoveRow)

_Columns = sa.Row[*tuple[object, ...]]
# Written out and not bound, so that both planners see that the partial indexes apply.
_NOTHING = sa.literal_column("0", sa.BigInteger)
_LIVING = sa.or_(lot_table.c.pending > _NOTHING, lot_table.c.available > _NOTHING)
HELD_OPEN = hold_table.c.state == sa.literal_column("'PENDING'", sa.String)
WAITING = lot_table.c.pending > _NOTHING

_WALLET_CHANGES = ("pending", "available", "held", "debt", "version", "last_hash")
_UPDATE_WALLET = (
    sa.update(wallet_table)
    .where(wallet_table.c.id == sa.bindparam("key"))
    .values({name: sa.bindparam(name) for name in _WALLET_CHANGES})
)
_LOT_CHANGES = (
    "pending",
    "available",
    "held",
    "spent",
    "expired",
    "absorbed",
    "clawed",
    "moved",
    "vests_at",
    "expires_at",
)
_UPDATE_LOT = (
    sa.update(lot_table)
    .where(lot_table.c.id == sa.bindparam("key"))
    .values({name: sa.bindparam(name) for name in _LOT_CHANGES})
)
_HOLD_CHANGES = ("state", "owner", "order_id", "until", "posted", "released", "recredited")
_UPDATE_HOLD = (
    sa.update(hold_table)
    .where(hold_table.c.id == sa.bindparam("key"))
    .values({name: sa.bindparam(name) for name in _HOLD_CHANGES})
)


def built_wallet(row: _Columns) -> Wallet:
    """The wallet of a row that has the wallet's columns."""
    return Wallet(**{column.name: row._mapping[column] for column in wallet_table.c})  # noqa: SLF001


def _built_lot(row: _Columns) -> Lot:
    return Lot(**row._mapping)  # noqa: SLF001 - the columns are the dataclass's fields


def _built_hold(row: _Columns) -> Hold:
    fields = dict(row._mapping)  # noqa: SLF001
    fields["picks"] = tuple(Pick(LotId(UUID(hex=lot_id)), points) for lot_id, points in fields["picks"])
    return Hold(**fields)


def _fields(value: Wallet | Lot | Transfer) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


def open_wallet(conn: WriteConnection, wallet: Wallet) -> None:
    """Write a new wallet; when its owner has one already, nothing is written."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    conn.execute(insert(wallet_table).values(_fields(wallet)).on_conflict_do_nothing(index_elements=["unit", "owner"]))


def lock_owner(conn: WriteConnection, unit: str, owner: str) -> Wallet | None:
    """Lock and read the wallet of one owner in one unit."""
    row = conn.execute(
        sa.select(wallet_table).where(wallet_table.c.unit == unit, wallet_table.c.owner == owner).with_for_update()
    ).one_or_none()
    return None if row is None else built_wallet(row)


def wallets(conn: ReadConnection, ids: Iterable[WalletId]) -> Mapping[WalletId, Wallet]:
    """Wallets by id; absent ids are absent."""
    rows = conn.execute(sa.select(wallet_table).where(wallet_table.c.id.in_(list(ids))))
    return {wallet.id: wallet for wallet in map(built_wallet, rows)}


def lock(conn: WriteConnection, ids: Iterable[WalletId]) -> Mapping[WalletId, Wallet]:
    """Lock wallets in id order and read them."""
    rows = conn.execute(
        sa.select(wallet_table).where(wallet_table.c.id.in_(list(ids))).order_by(wallet_table.c.id).with_for_update()
    )
    return {wallet.id: wallet for wallet in map(built_wallet, rows)}


def set_status(conn: WriteConnection, wallet_id: WalletId, status: WalletStatus) -> None:
    """Freeze, open or close a wallet that is locked."""
    conn.execute(sa.update(wallet_table).where(wallet_table.c.id == wallet_id).values(status=status))


def living_lots(conn: ReadConnection, wallet_ids: Iterable[WalletId]) -> Mapping[WalletId, Sequence[Lot]]:
    """Lots with something pending or available, by wallet."""
    clause = sa.and_(lot_table.c.wallet_id.in_(list(wallet_ids)), _LIVING)
    found: dict[WalletId, list[Lot]] = {}
    for lot in map(_built_lot, conn.execute(sa.select(lot_table).where(clause))):
        found.setdefault(lot.wallet_id, []).append(lot)
    return found


def with_families(conn: ReadConnection, living: Iterable[Lot], ids: Iterable[LotId]) -> Sequence[Lot]:
    """The living lots, the lots of `ids`, and what descends from those that were moved, wherever it lies now."""
    found = {lot.id: lot for lot in living}
    elsewhere = [lot_id for lot_id in ids if lot_id not in found or found[lot_id].moved]
    if elsewhere:
        family = sa.or_(lot_table.c.id.in_(elsewhere), lot_table.c.origin_id.in_(elsewhere))
        found |= {lot.id: lot for lot in map(_built_lot, conn.execute(sa.select(lot_table).where(family)))}
    return list(found.values())


def pending_lots(conn: ReadConnection, wallet_id: WalletId, order_id: UUID) -> Sequence[Lot]:
    """An order's lots in a wallet that still wait to be released."""
    lots = sa.select(lot_table).where(
        lot_table.c.wallet_id == wallet_id, WAITING, _LIVING, lot_table.c.order_id == order_id
    )
    return [_built_lot(row) for row in conn.execute(lots)]


def open_holds(conn: ReadConnection, wallet_ids: Iterable[WalletId]) -> Mapping[WalletId, Sequence[Hold]]:
    """Unresolved holds by wallet, timed-out ones included."""
    rows = conn.execute(sa.select(hold_table).where(hold_table.c.wallet_id.in_(list(wallet_ids)), HELD_OPEN))
    found: dict[WalletId, list[Hold]] = {}
    for hold in map(_built_hold, rows):
        found.setdefault(hold.wallet_id, []).append(hold)
    return found


def transactions(conn: ReadConnection, wallet_id: WalletId, page: Page) -> Slice[Transfer]:
    """A page of a wallet's chain, newest first."""
    return fetch_slice(
        conn,
        sa.select(transfer_table).where(transfer_table.c.wallet_id == wallet_id),
        [SortColumn(transfer_table.c.wallet_version, descending=True)],
        page,
        lambda row: Transfer(**row._mapping),  # noqa: SLF001
    )


def transfers(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Transfer]:
    """Transfers by id; absent ids are absent."""
    rows = conn.execute(sa.select(transfer_table).where(transfer_table.c.id.in_(ids)))
    return {row.id: Transfer(**row._mapping) for row in rows}  # noqa: SLF001


def lots_by_id(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Lot]:
    """Lots by id; absent ids are absent."""
    return {lot.id: lot for lot in map(_built_lot, conn.execute(sa.select(lot_table).where(lot_table.c.id.in_(ids))))}


def holds(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Hold]:
    """Holds by id; absent ids are absent."""
    rows = conn.execute(sa.select(hold_table).where(hold_table.c.id.in_(ids)))
    return {hold.id: hold for hold in map(_built_hold, rows)}


def lots(conn: ReadConnection, wallet_id: WalletId, page: Page) -> Slice[Lot]:
    """A page of a wallet's lots, newest first, spent and expired ones included."""
    return fetch_slice(
        conn,
        sa.select(lot_table).where(lot_table.c.wallet_id == wallet_id),
        [SortColumn(lot_table.c.id, descending=True, bind=lambda text: UUID(hex=str(text)))],
        page,
        _built_lot,
    )


def save(conn: WriteConnection, books: Iterable[Book], act: Act) -> None:
    """Write what the books have collected: at most one statement per table and kind, however many lots and transfers."""
    changed = [book for book in books if book.wallet != book.opened or _touched_lots(book) or _touched_holds(book)]
    fresh = [lot for book in changed for lot in book.lots.values() if lot.id not in book.loaded_lots]
    lots_now = [lot for book in changed for lot in _touched_lots(book)]
    booked = [transfer for book in changed for transfer in book.transfers]
    moves = [move for book in changed for move in book.moves]
    moved = [book.wallet for book in changed if book.wallet != book.opened]
    if moved:
        conn.execute(_UPDATE_WALLET, [_change(wallet, _WALLET_CHANGES) for wallet in moved])
    if fresh:
        conn.execute(sa.insert(lot_table), [_fields(lot) for lot in fresh])
    if lots_now:
        conn.execute(_UPDATE_LOT, [_change(lot, _LOT_CHANGES) for lot in lots_now])
    _save_holds(conn, changed)
    if booked:
        conn.execute(sa.insert(transfer_table), [_fields(transfer) for transfer in booked])
    if moves:
        rows = [{"transfer_id": m.transfer_id, "lot_id": m.lot_id, "bucket": m.bucket, "delta": m.delta} for m in moves]
        conn.execute(sa.insert(_move), rows)
    publish(conn, act, Topic.WALLET, [(wallet.id, wallet.version) for wallet in moved])


def _change(value: Wallet | Lot | Hold, names: Iterable[str]) -> dict[str, object]:
    """The parameters of an update. Only these: SQLAlchemy would also set any other column a parameter is named for."""
    return {"key": value.id, **{name: getattr(value, name) for name in names}}


def _touched_lots(book: Book) -> list[Lot]:
    return [book.lots[key] for key, lot in book.loaded_lots.items() if book.lots[key] is not lot]


def _touched_holds(book: Book) -> list[Hold]:
    return [hold for key, hold in book.holds.items() if book.loaded_holds.get(key) != hold]


def _save_holds(conn: WriteConnection, books: Sequence[Book]) -> None:
    touched = [hold for book in books for hold in _touched_holds(book)]
    known = {key for book in books for key in book.loaded_holds}
    fresh = [hold for hold in touched if hold.id not in known]
    if fresh:
        conn.execute(sa.insert(hold_table), [_hold_row(hold) for hold in fresh])
    update = [hold for hold in touched if hold.id in known]
    if update:
        conn.execute(_UPDATE_HOLD, [_change(hold, _HOLD_CHANGES) for hold in update])


def _hold_row(hold: Hold) -> dict[str, object]:
    row = {name: getattr(hold, name) for name in hold.__slots__}
    row["picks"] = [[pick.lot_id.hex, pick.points] for pick in hold.picks]
    return row


def insert_transfers(conn: WriteConnection, new: Sequence[Transfer]) -> None:
    """Write transfers between system accounts, which are in no wallet's chain."""
    conn.execute(sa.insert(transfer_table), [_fields(transfer) for transfer in new])


def account_balances(conn: ReadConnection, unit: str, accounts: Sequence[str]) -> Mapping[str, int]:
    """What system accounts stand at, by name; credit-normal. Accounts without a transfer are absent."""
    found: dict[str, int] = {}
    for column, sign in ((transfer_table.c.credit, 1), (transfer_table.c.debit, -1)):
        sums = (
            sa.select(column, sa.func.sum(transfer_table.c.amount))
            .where(transfer_table.c.unit == unit, transfer_table.c.phase == Phase.POSTED, column.in_(accounts))
            .group_by(column)
        )
        for account, amount in conn.execute(sums):
            found[account] = found.get(account, 0) + sign * int(amount)
    return found


def fresh_wallet(wallet_id: WalletId, unit: str, owner: str, act: Act) -> Wallet:
    """An empty wallet that is about to be opened."""
    return Wallet(wallet_id, unit, owner, WalletStatus.OPEN, 0, 0, 0, 0, 0, GENESIS, act.now)
