"""All SQL of members and programmes; earned orders are in `store_orders`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.connections import ReadConnection, WriteConnection
from domain.customers.store import customers
from domain.ledger import store as ledger
from domain.ledger.book import Book
from domain.ledger.model import Lot, Transfer, WalletId
from domain.ledger.model import Wallet as LedgerWallet
from domain.ledger.store import WALLET_COLUMNS, built_wallet, hold_table, wallet_table
from domain.loyalty import terms, views
from domain.loyalty.model import Account, AccountKind, Wallet
from domain.loyalty.program import Program
from domain.loyalty.tables import AccountRow, EarnedOrderRow, ProgramRow, ProgramVersionRow, TenderRow
from domain.paging import Page, Slice
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

program_table = table_of(ProgramRow)
version_table = table_of(ProgramVersionRow)
account_table = table_of(AccountRow)

_order = table_of(EarnedOrderRow)
_tender = table_of(TenderRow)


@dataclass(frozen=True, slots=True)
class Standing:
    """A member as commands need it: the root account, the wallet its points are in, and the programme in force."""

    account: Account
    wallet: LedgerWallet
    program: Program


_ACCOUNT = [account_table.c[name] for name in Account.__slots__]
_PROGRAM = [program_table.c[name] for name in Program.__slots__ if name != "terms"] + [version_table.c.terms]
_TO_WALLET = len(_ACCOUNT)
_TO_PROGRAM = _TO_WALLET + len(WALLET_COLUMNS)
_TO_REST = _TO_PROGRAM + len(_PROGRAM)

_named = account_table.alias("named")
_in_force = sa.and_(
    version_table.c.program_id == program_table.c.id, version_table.c.version == program_table.c.version
)


def _standings(*more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Members as commands need them, with further columns at the end; `_named` says who was asked for."""
    return (
        sa.select(*_ACCOUNT, *WALLET_COLUMNS, *_PROGRAM, *more)
        .select_from(_named)
        .join(account_table, account_table.c.wallet_id == _named.c.root_id)
        .join(wallet_table, wallet_table.c.id == account_table.c.effective_id)
        .join(program_table, program_table.c.id == account_table.c.program_id)
        .join(version_table, _in_force)
    )


def _built_standing(row: Row) -> Standing:
    account, wallet = Account(*row[:_TO_WALLET]), built_wallet(row[_TO_WALLET:_TO_PROGRAM])
    return Standing(account, wallet, _built_program(row[_TO_PROGRAM:_TO_REST]))


def _built_program(values: Sequence[Any]) -> Program:
    program_id, handle, name, unit, currency, version, written = values
    return Program(program_id, handle, name, unit, currency, version, terms.read(written))


class _Members:
    """Reads the members that a condition names, and locks their accounts and wallets when asked to.

    The answer's further columns are the public names of everybody the condition means.
    """

    def __init__(self, which: sa.ColumnElement[bool], *expected: sa.ColumnElement[Any]) -> None:
        every = _standings(_named.c.wallet_id, *expected).where(which).order_by(_named.c.wallet_id)
        self._read = Statement(every)
        self._lock = Statement(every.with_for_update(of=[_named, account_table, wallet_table]))

    def read(self, conn: ReadConnection, **values: object) -> tuple[Mapping[UUID, Standing], Sequence[UUID]]:
        """The members by public name, and whom the condition means."""
        return _by_name(self._read.all(conn, **values))

    def lock(self, conn: WriteConnection, **values: object) -> tuple[Mapping[UUID, Standing], Sequence[UUID]]:
        """Like `read`, with accounts and wallets locked in the order of public names.

        A merge or a pool that moves the points while we wait for the lock makes a row vanish from the answer; the next
        try sees where they went.
        """
        found, meant = _by_name(self._lock.all(conn, **values))
        for _ in range(2):
            if found and found.keys() >= {*meant} - {None}:
                break
            if not found and not self.read(conn, **values)[0]:
                break
            found, meant = _by_name(self._lock.all(conn, **values))
        return found, meant


def _by_name(rows: Sequence[Row]) -> tuple[Mapping[UUID, Standing], Sequence[UUID]]:
    found = {row[_TO_REST]: _built_standing(row) for row in rows}
    return found, rows[0][_TO_REST + 1 :] if rows else ()


_earner = sa.select(_order.c.wallet_id).where(_order.c.order_id == sa.bindparam("order_id")).scalar_subquery()
_payer = (
    sa.select(hold_table.c.wallet_id)
    .join(_tender, _tender.c.hold_id == hold_table.c.id)
    .where(_tender.c.order_id == sa.bindparam("order_id"))
    .limit(1)
    .scalar_subquery()
)
_holder = sa.select(hold_table.c.wallet_id).where(hold_table.c.id == sa.bindparam("hold_id")).scalar_subquery()
_NAMED = _Members(_named.c.wallet_id == sa.bindparam("wallet_id"))
_EARNER = _Members(_named.c.wallet_id == _earner)
_HOLDER = _Members(_named.c.wallet_id == _holder)
_OF_ORDER = _Members(_named.c.wallet_id.in_([_earner, _payer]), _earner.label("earner_id"), _payer.label("payer_id"))


def standing(conn: ReadConnection, wallet_id: UUID) -> Standing | None:
    """The member behind an account's public name, wherever the points are."""
    return _only(_NAMED.read(conn, wallet_id=wallet_id)[0].values())


def lock_standing(conn: WriteConnection, wallet_id: UUID) -> Standing | None:
    """Like `standing`, with the account and the wallet locked."""
    return _only(_NAMED.lock(conn, wallet_id=wallet_id)[0].values())


def lock_earner(conn: WriteConnection, order_id: UUID) -> Standing | None:
    """The locked member who earned by an order; None when it has earned nothing."""
    return _only(_EARNER.lock(conn, order_id=order_id)[0].values())


def lock_holder(conn: WriteConnection, hold_id: UUID) -> Standing | None:
    """The locked member whose points a hold reserves; None when there is no such hold."""
    return _only(_HOLDER.lock(conn, hold_id=hold_id)[0].values())


def standings_of_order(conn: ReadConnection, order_id: UUID) -> tuple[Standing | None, Standing | None]:
    """(who earned by the order, whose points paid for it); None for what the order has not."""
    return _earner_and_payer(*_OF_ORDER.read(conn, order_id=order_id))


def lock_standings_of_order(conn: WriteConnection, order_id: UUID) -> tuple[Standing | None, Standing | None]:
    """Like `standings_of_order`, with accounts and wallets locked."""
    return _earner_and_payer(*_OF_ORDER.lock(conn, order_id=order_id))


def _earner_and_payer(found: Mapping[UUID, Standing], meant: Sequence[UUID]) -> tuple[Standing | None, Standing | None]:
    if not meant:
        return None, None
    earner_id, payer_id = meant
    return found.get(earner_id), found.get(payer_id)


def _only(found: Iterable[Standing]) -> Standing | None:
    return next(iter(found), None)


def insert_program(conn: WriteConnection, program: Program, now: datetime) -> None:
    """Write a new programme and its first version; when its handle exists already, nothing is written."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    row = {name: getattr(program, name) for name in ("id", "handle", "name", "unit", "currency", "version")}
    written = conn.execute(insert(program_table).values(row).on_conflict_do_nothing(index_elements=["handle"]))
    if written.rowcount == 1:
        _insert_version(conn, program, now)


def publish_version(conn: WriteConnection, program: Program, now: datetime) -> None:
    """Write a programme's next version and put it in force."""
    _insert_version(conn, program, now)
    conn.execute(
        sa.update(program_table)
        .where(program_table.c.id == program.id)
        .values(version=program.version, name=program.name)
    )


def _insert_version(conn: WriteConnection, program: Program, now: datetime) -> None:
    row = {
        "program_id": program.id,
        "version": program.version,
        "terms": terms.written(program.terms),
        "published_at": now,
    }
    conn.execute(sa.insert(version_table), [row])


_PROGRAMS = sa.select(*_PROGRAM).join(version_table, _in_force)
_BY_HANDLE = Statement(_PROGRAMS.where(program_table.c.handle == sa.bindparam("handle")))
_BY_ID = Statement(_PROGRAMS.where(one_of(program_table.c.id, "ids")))


def program_by_handle(conn: ReadConnection, handle: str) -> Program | None:
    """A programme with the version in force."""
    row = _BY_HANDLE.first(conn, handle=handle)
    return None if row is None else _built_program(row[:])


def programs(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Program]:
    """Programmes by id with the versions in force; absent ids are absent."""
    found = (_built_program(row[:]) for row in _BY_ID.all(conn, ids=list(ids)))
    return {program.id: program for program in found}


def insert_account(conn: WriteConnection, account: Account) -> None:
    """Write a new account; when its customer has one already, nothing is written."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    row = {name: getattr(account, name) for name in account.__slots__}
    conn.execute(insert(account_table).values(row).on_conflict_do_nothing(index_elements=["customer_id"]))


def customer_exists(conn: ReadConnection, customer_id: UUID) -> bool:
    """Whether there is such a customer."""
    return customer_id in customers(conn, [customer_id])


_OF_CUSTOMER = Statement(
    sa.select(account_table.c.wallet_id).where(account_table.c.customer_id == sa.bindparam("customer_id"))
)
_TIER = ("tier", "tier_credits", "period", "period_ends_at")
_SET_TIER = Statement(
    sa.update(account_table)
    .where(account_table.c.wallet_id == sa.bindparam("key"))
    .values({name: sa.bindparam(name) for name in _TIER})
)


def wallet_id_of_customer(conn: ReadConnection, customer_id: UUID) -> WalletId | None:
    """The public name of a customer's account."""
    row = _OF_CUSTOMER.first(conn, customer_id=customer_id)
    return None if row is None else WalletId(row.wallet_id)


def set_tier(conn: WriteConnection, account: Account) -> None:
    """Save a locked account's tier, credits and period."""
    _SET_TIER.many(conn, [{"key": account.wallet_id, **{name: getattr(account, name) for name in _TIER}}])


def point_roots(conn: WriteConnection, source: WalletId, target: WalletId) -> None:
    """Let everything that was merged into `source`, and `source` itself, lead to `target`."""
    conn.execute(
        sa.update(account_table).where(account_table.c.root_id == source).values(root_id=target, effective_id=target)
    )


def point_effective(conn: WriteConnection, root: WalletId, wallet: WalletId) -> None:
    """Say where a root account's points lie from now on."""
    conn.execute(sa.update(account_table).where(account_table.c.root_id == root).values(effective_id=wallet))


def lapsed_periods(conn: ReadConnection, now: datetime, limit: int) -> Sequence[WalletId]:
    """Members whose qualification period has ended."""
    rows = conn.execute(
        sa.select(account_table.c.wallet_id)
        .where(account_table.c.period_ends_at <= now, account_table.c.root_id == account_table.c.wallet_id)
        .where(account_table.c.kind == AccountKind.MEMBER)
        .order_by(account_table.c.period_ends_at)
        .limit(limit)
    )
    return [WalletId(wallet_id) for wallet_id in rows.scalars()]


_VIEWED = _standings(_named.c.wallet_id, _named.c.customer_id)
_VIEWED_BY_ID = Statement(_VIEWED.where(one_of(_named.c.wallet_id, "ids")))
_VIEWED_BY_CUSTOMER = Statement(_VIEWED.where(one_of(_named.c.customer_id, "ids")))


def wallets(conn: ReadConnection, ids: Sequence[UUID], now: datetime) -> Mapping[UUID, Wallet]:
    """What members see of their points, by public name; two or three statements, however many."""
    return {wallet.id: wallet for wallet in _viewed(conn, _VIEWED_BY_ID.all(conn, ids=list(ids)), now)}


def wallets_by_customers(conn: ReadConnection, ids: Sequence[UUID], now: datetime) -> Mapping[UUID, Wallet]:
    """What customers see of their points; customers who have not enrolled are absent."""
    found = _viewed(conn, _VIEWED_BY_CUSTOMER.all(conn, ids=list(ids)), now)
    return {wallet.customer_id: wallet for wallet in found if wallet.customer_id is not None}


def _viewed(conn: ReadConnection, rows: Sequence[Row], now: datetime) -> list[Wallet]:
    if not rows:
        return []
    standings = [_built_standing(row) for row in rows]
    lots = ledger.living_lots(conn, {standing.wallet.id for standing in standings})
    held = {standing.wallet.id for standing in standings if standing.wallet.held}
    holds = ledger.open_holds(conn, held) if held else {}
    return [
        views.view(
            views.Named(*row[_TO_REST:]),
            standing.account,
            standing.program,
            Book(
                standing.wallet,
                views.preview_act(now),
                lots.get(standing.wallet.id, ()),
                holds.get(standing.wallet.id, ()),
            ),
        )
        for row, standing in zip(rows, standings, strict=True)
    ]


def customers_of_ledger_wallets(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """The customers whose points are, or once were, in these wallets."""
    here = sa.select(account_table.c.wallet_id.label("ledger_id"), account_table.c.customer_id)
    pooled = sa.select(account_table.c.effective_id.label("ledger_id"), account_table.c.customer_id)
    found: dict[UUID, list[UUID]] = {}
    for statement, column in ((here, account_table.c.wallet_id), (pooled, account_table.c.effective_id)):
        for row in conn.execute(statement.where(column.in_(ids), account_table.c.customer_id.is_not(None))):
            found.setdefault(row.ledger_id, []).append(row.customer_id)
    return found


def ledger_ids(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, WalletId]:
    """The wallets that hold the points of these accounts, by public name."""
    root = account_table.alias("root")
    rows = conn.execute(
        sa.select(account_table.c.wallet_id, root.c.effective_id)
        .join(root, root.c.wallet_id == account_table.c.root_id)
        .where(account_table.c.wallet_id.in_(ids))
    )
    return {row.wallet_id: WalletId(row.effective_id) for row in rows}


def transactions(conn: ReadConnection, wallet_id: UUID, page: Page) -> Slice[Transfer]:
    """A page of the statement behind an account's public name, newest first; empty when there is no such account."""
    ledger_id = ledger_ids(conn, [wallet_id]).get(wallet_id)
    return (
        Slice((), has_next=False, has_previous=False)
        if ledger_id is None
        else ledger.transactions(conn, ledger_id, page)
    )


def lots(conn: ReadConnection, wallet_id: UUID, page: Page) -> Slice[Lot]:
    """A page of the lots behind an account's public name, newest first."""
    ledger_id = ledger_ids(conn, [wallet_id]).get(wallet_id)
    return Slice((), has_next=False, has_previous=False) if ledger_id is None else ledger.lots(conn, ledger_id, page)
