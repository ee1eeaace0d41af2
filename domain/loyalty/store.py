"""All SQL of members and programmes; earned orders are in `store_orders`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from domain.ledger.store import built_wallet, wallet_table
from domain.loyalty import terms, views
from domain.loyalty.model import Account, AccountKind, Wallet
from domain.loyalty.program import Program
from domain.loyalty.tables import AccountRow, ProgramRow, ProgramVersionRow
from domain.paging import Page, Slice
from domain.tables import table_of

program_table = table_of(ProgramRow)
version_table = table_of(ProgramVersionRow)
account_table = table_of(AccountRow)

_Columns = sa.Row[*tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """A member as commands need it: the root account, the wallet its points are in, and the programme in force."""

    account: Account
    wallet: LedgerWallet
    program: Program


def _built(row: _Columns, table: sa.FromClause) -> dict[str, object]:
    return {column.name: row._mapping[column] for column in table.c}  # noqa: SLF001


def built_account(row: _Columns, table: sa.FromClause = account_table) -> Account:
    """The account of a row that has the account's columns."""
    return Account(**_built(row, table))  # type: ignore[arg-type]  # the columns are the dataclass's fields


def built_program(row: _Columns) -> Program:
    """The programme of a row that has the programme's columns and its terms."""
    fields = _built(row, program_table)
    return Program(**fields, terms=terms.read(row._mapping[version_table.c.terms]))  # type: ignore[arg-type]  # noqa: SLF001


def with_program(statement: sa.Select[*tuple[object, ...]], account: sa.FromClause) -> sa.Select[*tuple[object, ...]]:
    """The statement joined to the account's programme and the version in force."""
    in_force = sa.and_(
        version_table.c.program_id == program_table.c.id, version_table.c.version == program_table.c.version
    )
    return statement.join(program_table, program_table.c.id == account.c.program_id).join(version_table, in_force)


_named = account_table.alias("named")
_STANDING = with_program(
    sa.select(account_table, wallet_table, program_table, version_table.c.terms)
    .select_from(_named)
    .join(account_table, account_table.c.wallet_id == _named.c.root_id)
    .join(wallet_table, wallet_table.c.id == account_table.c.effective_id),
    account_table,
).where(_named.c.wallet_id == sa.bindparam("wallet_id"))
_LOCKED_STANDING = _STANDING.with_for_update(of=[_named, account_table, wallet_table])


def standing(conn: ReadConnection, wallet_id: UUID) -> Standing | None:
    """The member behind an account's public name, wherever the points are."""
    return _built_standing(conn.execute(_STANDING, {"wallet_id": wallet_id}).one_or_none())


def lock_standing(conn: WriteConnection, wallet_id: UUID) -> Standing | None:
    """Like `standing`, with the account and the wallet locked.

    A merge or a pool that moves the points while we wait for the lock makes the row vanish from the answer; the second
    try sees where they went.
    """
    for _ in range(3):
        found = _built_standing(conn.execute(_LOCKED_STANDING, {"wallet_id": wallet_id}).one_or_none())
        if found is not None or standing(conn, wallet_id) is None:
            return found
    return None


def _built_standing(row: _Columns | None) -> Standing | None:
    return None if row is None else Standing(built_account(row), built_wallet(row), built_program(row))


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


_PROGRAM = sa.select(program_table, version_table.c.terms).join(
    version_table,
    sa.and_(version_table.c.program_id == program_table.c.id, version_table.c.version == program_table.c.version),
)


def program_by_handle(conn: ReadConnection, handle: str) -> Program | None:
    """A programme with the version in force."""
    row = conn.execute(_PROGRAM.where(program_table.c.handle == handle)).one_or_none()
    return None if row is None else built_program(row)


def programs(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Program]:
    """Programmes by id with the versions in force; absent ids are absent."""
    found = map(built_program, conn.execute(_PROGRAM.where(program_table.c.id.in_(ids))))
    return {program.id: program for program in found}


def insert_account(conn: WriteConnection, account: Account) -> None:
    """Write a new account; when its customer has one already, nothing is written."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    row = {name: getattr(account, name) for name in account.__slots__}
    conn.execute(insert(account_table).values(row).on_conflict_do_nothing(index_elements=["customer_id"]))


def customer_exists(conn: ReadConnection, customer_id: UUID) -> bool:
    """Whether there is such a customer."""
    return customer_id in customers(conn, [customer_id])


def wallet_id_of_customer(conn: ReadConnection, customer_id: UUID) -> WalletId | None:
    """The public name of a customer's account."""
    found = conn.execute(sa.select(account_table.c.wallet_id).where(account_table.c.customer_id == customer_id))
    wallet_id = found.scalar_one_or_none()
    return None if wallet_id is None else WalletId(wallet_id)


def set_tier(conn: WriteConnection, account: Account) -> None:
    """Save a locked account's tier, credits and period."""
    conn.execute(
        sa.update(account_table)
        .where(account_table.c.wallet_id == account.wallet_id)
        .values(
            tier=account.tier,
            tier_credits=account.tier_credits,
            period=account.period,
            period_ends_at=account.period_ends_at,
        )
    )


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


_VIEWED = with_program(
    sa.select(
        _named.c.wallet_id.label("named_id"),
        _named.c.customer_id.label("named_customer_id"),
        account_table,
        wallet_table,
        program_table,
        version_table.c.terms,
    )
    .select_from(_named)
    .join(account_table, account_table.c.wallet_id == _named.c.root_id)
    .join(wallet_table, wallet_table.c.id == account_table.c.effective_id),
    account_table,
)


def wallets(conn: ReadConnection, ids: Sequence[UUID], now: datetime) -> Mapping[UUID, Wallet]:
    """What members see of their points, by public name; two or three statements, however many."""
    return {wallet.id: wallet for wallet in _viewed(conn, _named.c.wallet_id.in_(ids), now)}


def wallets_by_customers(conn: ReadConnection, ids: Sequence[UUID], now: datetime) -> Mapping[UUID, Wallet]:
    """What customers see of their points; customers who have not enrolled are absent."""
    found = _viewed(conn, _named.c.customer_id.in_(ids), now)
    return {wallet.customer_id: wallet for wallet in found if wallet.customer_id is not None}


def _viewed(conn: ReadConnection, which: sa.ColumnElement[bool], now: datetime) -> list[Wallet]:
    rows = conn.execute(_VIEWED.where(which)).all()
    if not rows:
        return []
    standings = [Standing(built_account(row), built_wallet(row), built_program(row)) for row in rows]
    lots = ledger.living_lots(conn, {standing.wallet.id for standing in standings})
    held = {standing.wallet.id for standing in standings if standing.wallet.held}
    holds = ledger.open_holds(conn, held) if held else {}
    return [
        views.view(
            views.Named(row.named_id, row.named_customer_id),
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
