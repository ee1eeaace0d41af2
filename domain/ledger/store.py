"""All SQL of the ledger: rows in, values out, and `save`, which writes what a book has collected."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.acts import Act
from domain.appends import append
from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Topic, publish
from domain.joining import Write, write_together
from domain.ledger.book import Book
from domain.ledger.chain import GENESIS
from domain.ledger.model import (
    Hold,
    Lot,
    LotId,
    LotMove,
    Phase,
    Pick,
    Transfer,
    Wallet,
    WalletId,
    WalletStatus,
)
from domain.ledger.tables import HoldRow, LotMoveRow, LotRow, TransferRow, WalletRow
from domain.paging import Page, Slice, SortColumn, fetch_slice
from domain.statements import Row, Statement, inserting, one_of
from domain.tables import table_of

wallet_table = table_of(WalletRow)
lot_table = table_of(LotRow)
transfer_table = table_of(TransferRow)
hold_table = table_of(HoldRow)
_move = table_of(LotMoveRow)

_WALLET = [wallet_table.c[name] for name in Wallet.__slots__]
_LOT = [lot_table.c[name] for name in Lot.__slots__]
_HOLD = [hold_table.c[name] for name in Hold.__slots__]
WALLET_COLUMNS: Sequence[sa.ColumnElement[Any]] = _WALLET
"""What `built_wallet` takes, in its order."""
HOLD_COLUMNS: Sequence[sa.ColumnElement[Any]] = _HOLD
"""What `built_hold` takes, in its order."""

# Written out and not bound, so that both planners see that the partial indexes apply.
_NOTHING = sa.literal_column("0", sa.BigInteger)
_LIVING = sa.or_(lot_table.c.pending > _NOTHING, lot_table.c.available > _NOTHING)
HELD_OPEN = hold_table.c.state == sa.literal_column("'PENDING'", sa.String)
WAITING = lot_table.c.pending > _NOTHING


def _changing(table: sa.Table, *columns: str) -> Statement:
    """An UPDATE of the row with an id, whose other parameters are named like the columns it sets."""
    changes: dict[str, sa.BindParameter[Any]] = {name: sa.bindparam(name) for name in columns}
    return Statement(sa.update(table).where(table.c.id == sa.bindparam("key")).values(changes))


_WALLET_CHANGES = ("pending", "available", "held", "debt", "version", "last_hash")
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
_HOLD_CHANGES = ("state", "owner", "order_id", "until", "posted", "released", "recredited")
_UPDATE_WALLET = _changing(wallet_table, *_WALLET_CHANGES)
_UPDATE_LOT = _changing(lot_table, *_LOT_CHANGES)
_UPDATE_HOLD = _changing(hold_table, *_HOLD_CHANGES)
_INSERT_LOT = Statement(inserting(lot_table))
_INSERT_HOLD = Statement(inserting(hold_table))
_TRANSFERS = Statement(inserting(transfer_table))
_MOVES = Statement(inserting(_move))

_WALLETS = sa.select(*_WALLET).where(one_of(wallet_table.c.id, "ids"))
_BY_ID = Statement(_WALLETS)
_LOCK = Statement(_WALLETS.order_by(wallet_table.c.id).with_for_update())
_OWNED = sa.select(*_WALLET).where(
    wallet_table.c.unit == sa.bindparam("unit"), wallet_table.c.owner == sa.bindparam("owner")
)
_OF_OWNER = Statement(_OWNED)
_LOCK_OWNER = Statement(_OWNED.with_for_update())
_IN_WALLETS = sa.and_(one_of(lot_table.c.wallet_id, "wallet_ids"), _LIVING)
_LIVING_LOTS = Statement(sa.select(*_LOT).where(_IN_WALLETS))
_WITH_FAMILIES = Statement(
    sa.select(*_LOT).where(sa.or_(_IN_WALLETS, one_of(lot_table.c.id, "ids"), one_of(lot_table.c.origin_id, "ids")))
)
_LOTS_BY_ID = Statement(sa.select(*_LOT).where(one_of(lot_table.c.id, "ids")))
_PENDING_LOTS = Statement(
    sa.select(*_LOT).where(
        lot_table.c.wallet_id == sa.bindparam("wallet_id"),
        WAITING,
        _LIVING,
        lot_table.c.order_id == sa.bindparam("order_id"),
    )
)
_OPEN_HOLDS = Statement(sa.select(*_HOLD).where(one_of(hold_table.c.wallet_id, "wallet_ids"), HELD_OPEN))
_HOLDS_BY_ID = Statement(sa.select(*_HOLD).where(one_of(hold_table.c.id, "ids")))


def built_wallet(values: Sequence[Any]) -> Wallet:
    """The wallet of the values of `WALLET_COLUMNS`."""
    return Wallet(*values)


def built_hold(values: Sequence[Any]) -> Hold:
    """The hold of the values of `HOLD_COLUMNS`."""
    fields = dict(zip(Hold.__slots__, values, strict=True))
    fields["picks"] = tuple(Pick(LotId(UUID(hex=lot_id)), points) for lot_id, points in fields["picks"])
    return Hold(**fields)


def _lots(rows: Iterable[Row]) -> list[Lot]:
    return [Lot(*row[:]) for row in rows]


def _fields(value: Wallet | Lot | Transfer | LotMove) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


def open_wallet(conn: WriteConnection, wallet: Wallet) -> None:
    """Write a new wallet; when its owner has one already, nothing is written."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    conn.execute(insert(wallet_table).values(_fields(wallet)).on_conflict_do_nothing(index_elements=["unit", "owner"]))


def open_wallets(conn: WriteConnection, wallets: Sequence[Wallet]) -> None:
    """Write wallets whose owners are new, in one round trip."""
    conn.execute(sa.insert(wallet_table), [_fields(wallet) for wallet in wallets])


def lock_owner(conn: WriteConnection, unit: str, owner: str) -> Wallet | None:
    """Lock and read the wallet of one owner in one unit."""
    row = _LOCK_OWNER.first(conn, unit=unit, owner=owner)
    return None if row is None else built_wallet(row[:])


def of_owner(conn: ReadConnection, unit: str, owner: str) -> Wallet | None:
    """The wallet of one owner in one unit, without a lock; None when it was never opened."""
    row = _OF_OWNER.first(conn, unit=unit, owner=owner)
    return None if row is None else built_wallet(row[:])


def wallets(conn: ReadConnection, ids: Iterable[WalletId]) -> Mapping[WalletId, Wallet]:
    """Wallets by id; absent ids are absent."""
    found = (built_wallet(row[:]) for row in _BY_ID.all(conn, ids=list(ids)))
    return {wallet.id: wallet for wallet in found}


def lock(conn: WriteConnection, ids: Iterable[WalletId]) -> Mapping[WalletId, Wallet]:
    """Lock wallets in id order and read them."""
    found = (built_wallet(row[:]) for row in _LOCK.all(conn, ids=list(ids)))
    return {wallet.id: wallet for wallet in found}


def set_status(conn: WriteConnection, wallet_id: WalletId, status: WalletStatus) -> None:
    """Freeze, open or close a wallet that is locked."""
    conn.execute(sa.update(wallet_table).where(wallet_table.c.id == wallet_id).values(status=status))


def living_lots(conn: ReadConnection, wallet_ids: Iterable[WalletId]) -> Mapping[WalletId, Sequence[Lot]]:
    """Lots with something pending or available, by wallet."""
    found: dict[WalletId, list[Lot]] = {}
    for lot in _lots(_LIVING_LOTS.all(conn, wallet_ids=list(wallet_ids))):
        found.setdefault(lot.wallet_id, []).append(lot)
    return found


def lots_with_families(conn: ReadConnection, wallet_ids: Iterable[WalletId], ids: Iterable[LotId]) -> Sequence[Lot]:
    """The living lots of these wallets, the lots of `ids`, and what descends from those, wherever it lies now."""
    return _lots(_WITH_FAMILIES.all(conn, wallet_ids=list(wallet_ids), ids=list(ids)))


def pending_lots(conn: ReadConnection, wallet_id: WalletId, order_id: UUID) -> Sequence[Lot]:
    """An order's lots in a wallet that still wait to be released."""
    return _lots(_PENDING_LOTS.all(conn, wallet_id=wallet_id, order_id=order_id))


def open_holds(conn: ReadConnection, wallet_ids: Iterable[WalletId]) -> Mapping[WalletId, Sequence[Hold]]:
    """Unresolved holds by wallet, timed-out ones included."""
    found: dict[WalletId, list[Hold]] = {}
    for row in _OPEN_HOLDS.all(conn, wallet_ids=list(wallet_ids)):
        hold = built_hold(row[:])
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
    return {lot.id: lot for lot in _lots(_LOTS_BY_ID.all(conn, ids=list(ids)))}


def holds(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Hold]:
    """Holds by id; absent ids are absent."""
    found = (built_hold(row[:]) for row in _HOLDS_BY_ID.all(conn, ids=list(ids)))
    return {hold.id: hold for hold in found}


def lots(conn: ReadConnection, wallet_id: WalletId, page: Page) -> Slice[Lot]:
    """A page of a wallet's lots, newest first, spent and expired ones included."""
    return fetch_slice(
        conn,
        sa.select(*_LOT).where(lot_table.c.wallet_id == wallet_id),
        [SortColumn(lot_table.c.id, descending=True, bind=lambda text: UUID(hex=str(text)))],
        page,
        lambda row: Lot(**row._mapping),  # noqa: SLF001
    )


def save(conn: WriteConnection, books: Iterable[Book], act: Act) -> None:
    """Write what the books have collected: at most one statement per table and kind, however many lots and transfers.

    Transfers and their moves are appended: nothing reads them before the command ends.
    """
    changed = [book for book in books if book.wallet != book.opened or _touched_lots(book) or _touched_holds(book)]
    fresh = [lot for book in changed for lot in book.lots.values() if lot.id not in book.loaded_lots]
    touched = [lot for book in changed for lot in _touched_lots(book)]
    moved = [book.wallet for book in changed if book.wallet != book.opened]
    write_together(
        conn,
        [
            (_UPDATE_WALLET, [_change(wallet, _WALLET_CHANGES) for wallet in moved]),
            (_INSERT_LOT, [_fields(lot) for lot in fresh]),
            (_UPDATE_LOT, [_change(lot, _LOT_CHANGES) for lot in touched]),
            *_hold_writes(changed),
        ],
    )
    append(conn, _TRANSFERS, [_fields(transfer) for book in changed for transfer in book.transfers])
    append(conn, _MOVES, [_fields(move) for book in changed for move in book.moves])
    publish(conn, act, Topic.WALLET, [(wallet.id, wallet.version) for wallet in moved])


def _change(value: Wallet | Lot | Hold, names: Iterable[str]) -> dict[str, object]:
    return {"key": value.id, **{name: getattr(value, name) for name in names}}


def _touched_lots(book: Book) -> list[Lot]:
    return [book.lots[key] for key, lot in book.loaded_lots.items() if book.lots[key] is not lot]


def _touched_holds(book: Book) -> list[Hold]:
    return [hold for key, hold in book.holds.items() if book.loaded_holds.get(key) != hold]


def _hold_writes(books: Sequence[Book]) -> Sequence[Write]:
    touched = [hold for book in books for hold in _touched_holds(book)]
    known = {key for book in books for key in book.loaded_holds}
    return (
        (_INSERT_HOLD, [_hold_row(hold) for hold in touched if hold.id not in known]),
        (_UPDATE_HOLD, [_change(hold, _HOLD_CHANGES) for hold in touched if hold.id in known]),
    )


def _hold_row(hold: Hold) -> dict[str, object]:
    row = {name: getattr(hold, name) for name in hold.__slots__}
    row["picks"] = [[pick.lot_id.hex, pick.points] for pick in hold.picks]
    return row


def insert_transfers(conn: WriteConnection, new: Sequence[Transfer]) -> None:
    """Write transfers between system accounts, which are in no wallet's chain."""
    append(conn, _TRANSFERS, [_fields(transfer) for transfer in new])


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
