"""I8: every wallet's chain, folded from its first transfer: versions without gaps, each balance and each hash from its
predecessor, and the wallet's cached numbers equal to the end."""

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.ledger import chain
from domain.ledger.model import Phase, WalletId
from domain.ledger.store import transfer_table, wallet_table, wallets

_PAGE = 5000
_WALLETS = 500
_READ = (
    "id",
    "unit",
    "wallet_id",
    "debit",
    "credit",
    "amount",
    "code",
    "phase",
    "order_id",
    "hold_id",
    "reference",
    "effective_at",
    "wallet_version",
    "balance_after",
    "prev_hash",
    "hash",
)
_COLUMNS = [transfer_table.c[name] for name in _READ]
_Columns = sa.Row[*tuple[object, ...]]
_Wrong = Callable[[str, object, str], None]


@dataclass(slots=True)
class _Fold:
    """A wallet's balances, folded from its chain so far."""

    wallet_id: WalletId
    version: int = 0
    last_hash: str = chain.GENESIS
    pending: int = 0
    available: int = 0
    held: int = 0
    debt: int = 0

    @property
    def net(self) -> int:
        return self.pending + self.available - self.debt

    def add(self, debit: str, credit: str, amount: int, phase: Phase, *, of_hold: bool) -> None:
        """Apply one transfer."""
        if phase is not Phase.POSTED:
            self.held += amount if phase is Phase.PENDING else -amount
            return
        own = f"wallet:{self.wallet_id}:"
        for account, signed in ((debit, -amount), (credit, amount)):
            if account.startswith(own):
                self._move(account[len(own) :], signed)
        if of_hold and debit == f"{own}available":
            self.held -= amount

    def _move(self, bucket: str, signed: int) -> None:
        match bucket:
            case "pending":
                self.pending += signed
            case "available":
                self.available += signed
            case "debt":
                self.debt -= signed


def check(conn: ReadConnection, checked: MutableMapping[str, int], wrong: _Wrong) -> None:
    """Check every chain; `checked` counts transfers, `wrong` receives (invariant, subject, message)."""
    done: list[_Fold] = []
    fold: _Fold | None = None
    for row in _links(conn):
        if fold is None or fold.wallet_id != row.wallet_id:
            fold = _Fold(WalletId(row.wallet_id))
            done.append(fold)
            if len(done) > _WALLETS:
                _compare(conn, done[:-1], wrong)
                done = [fold]
        _check_link(row, fold, wrong)
        checked["I8"] = checked.get("I8", 0) + 1
    _compare(conn, done, wrong)
    _check_unchained(conn, wrong)


def _links(conn: ReadConnection) -> Iterator[_Columns]:
    """Every chained transfer by wallet and version, a page at a time."""
    position = (transfer_table.c.wallet_id, transfer_table.c.wallet_version)
    statement = sa.select(*_COLUMNS).where(transfer_table.c.wallet_id.is_not(None)).order_by(*position).limit(_PAGE)
    rows = conn.execute(statement).all()
    while rows:
        yield from rows
        last: tuple[UUID, int] = (rows[-1].wallet_id, rows[-1].wallet_version)
        rows = conn.execute(statement.where(sa.tuple_(*position) > last)).all()


def _check_link(row: _Columns, fold: _Fold, wrong: _Wrong) -> None:
    fold.add(row.debit, row.credit, row.amount, row.phase, of_hold=row.hold_id is not None)
    name = f"{row.wallet_id} version {row.wallet_version}"
    if row.wallet_version != fold.version + 1:
        wrong("I8", name, f"version {fold.version + 1} is missing")
    if row.balance_after != fold.net:
        wrong("I8", name, f"the balance after it is {row.balance_after} instead of {fold.net}")
    if row.prev_hash != fold.last_hash:
        wrong("I8", name, "it does not continue its predecessor's hash")
    if row.hash != _seal(row):
        wrong("I8", name, "its hash is not that of its fields")
    fold.version, fold.last_hash = row.wallet_version, row.hash


def _seal(row: _Columns) -> str:
    return chain.seal(
        row.prev_hash,
        transfer_id=row.id,
        unit=row.unit,
        debit=row.debit,
        credit=row.credit,
        amount=row.amount,
        code=row.code.value,
        phase=row.phase.value,
        order_id=row.order_id,
        hold_id=row.hold_id,
        reference=row.reference,
        effective_at=row.effective_at,
        version=row.wallet_version,
        balance_after=row.balance_after,
    )


def _compare(conn: ReadConnection, folds: list[_Fold], wrong: _Wrong) -> None:
    """The cached numbers of these wallets are the ends of their chains."""
    found = wallets(conn, [fold.wallet_id for fold in folds]) if folds else {}
    for fold in folds:
        wallet = found[fold.wallet_id]
        cached = (wallet.pending, wallet.available, wallet.held, wallet.debt, wallet.version, wallet.last_hash)
        if cached != (fold.pending, fold.available, fold.held, fold.debt, fold.version, fold.last_hash):
            wrong("I8", wallet.id, "the wallet's balances are not those of its chain")


def _check_unchained(conn: ReadConnection, wrong: _Wrong) -> None:
    wallet = wallet_table.c
    numbers = sa.or_(wallet.version != 0, wallet.available != 0, wallet.pending != 0, wallet.debt != 0)
    chained = sa.exists().where(transfer_table.c.wallet_id == wallet.id)
    for wallet_id in conn.execute(sa.select(wallet.id).where(numbers, ~chained)).scalars():
        wrong("I8", wallet_id, "the wallet has balances and no chain")
