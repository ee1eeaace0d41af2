"""The history, replayed: every step once, many steps a commit, and resumable after a stop at any moment.

A step and its key in the command log are written in one transaction, so a step has happened exactly when its key is
there. A second run reads the keys at once and does only what is missing.
"""

import hashlib
import lzma
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from domain import appends
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.idempotency import service as idempotency
from domain.idempotency.service import Command
from gateway.imports.online_retail import planning, setting_up, store
from gateway.imports.online_retail.applying import Orders, Reply, apply
from gateway.imports.online_retail.model import Cancellation, Refusal, Sale, Step, StockChange
from gateway.imports.online_retail.reading import UnreadableFile
from gateway.imports.online_retail.reconciliation import DatabaseTotals
from gateway.imports.online_retail.setting_up import Shop
from gateway.imports.online_retail.survey import Survey, survey
from gateway.imports.online_retail.tallies import FileTotals
from gateway.imports.online_retail.terms import AS_IT_WAS, Terms
from gateway.jobs import act_at

SCOPE = "IMPORT"
OPERATION = "online-retail"
STEPS_PER_COMMIT = 100

_SET_UP = "set-up"
_BLOCK_BYTES = 1 << 20
_DIGEST_LENGTH = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OtherHistory(Exception):
    """Another file, or this one under other terms, was imported before; two histories would mix in one channel."""


@dataclass(frozen=True, slots=True)
class History:
    """A file that was looked through once: its digest, what it needs, the time of its first invoice (1970 without any), and
    the terms under which it is replayed."""

    path: Path
    digest: str
    survey: Survey
    opens_at: datetime
    terms: Terms = AS_IT_WAS


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the replay is, counted over the whole file. `done` steps were there before this run."""

    rows: int
    orders: int
    returns: int
    done: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """Both sides of the reconciliation."""

    file: FileTotals
    database: DatabaseTotals


Watch = Callable[[Progress], None]


def look_through(path: Path, terms: Terms = AS_IT_WAS) -> History:
    """Survey a file; seconds for half a million rows.

    Raises:
        UnreadableFile: as `reading.read`.
    """
    first = next((step.at for step in planning.steps(path) if step.at is not None), _EPOCH)
    return History(path, digest(path), survey(planning.steps(path)), first, terms)


def digest(path: Path) -> str:
    """What names the file's contents, packed or not: the beginning of their SHA-256 in hex.

    Raises:
        UnreadableFile: the packed file is cut short.
    """
    summed = hashlib.sha256()
    try:
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as data:
            while block := data.read(_BLOCK_BYTES):
                summed.update(block)
    except (lzma.LZMAError, EOFError) as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from error
    return summed.hexdigest()[:_DIGEST_LENGTH]


def replay(connection: sa.Connection, history: History, watch: Watch) -> Replayed:
    """Do every step that is not done yet and count both sides. `watch` is called after each commit.

    Raises:
        OtherHistory: the database holds another file's history.
        UnreadableFile: the file changed meanwhile.
    """
    conn = WriteConnection(ReadConnection(connection))
    prefix = f"{OPERATION}:{history.digest}{history.terms.name}:"
    with connection.begin():
        _set_up(conn, history, prefix)
    with connection.begin():
        shop = setting_up.find(conn, history.survey, history.terms)
        done = idempotency.replies(conn, SCOPE, prefix)
    journey = _Journey(shop, prefix, done, history.terms)
    for batch in _batches(enumerate(planning.steps(history.path))):
        if all(journey.is_done(number, step) for number, step in batch):
            for number, step in batch:
                journey.recall(number, step)
        else:
            with connection.begin(), appends.gathered(conn):
                for number, step in batch:
                    journey.take(conn, number, step)
        watch(journey.progress)
    with connection.begin():
        return Replayed(journey.file, store.totals(conn, shop.channel_id))


def _set_up(conn: WriteConnection, history: History, prefix: str) -> None:
    others = [key for key in idempotency.replies(conn, SCOPE, f"{OPERATION}:") if not key.startswith(prefix)]
    if others:
        raise OtherHistory(
            f"This database holds the history of another file, or of this one under other terms ({others[0].split(':')[1]})."
        )

    def effect() -> str:
        setting_up.set_up(conn, history.survey, history.opens_at, history.terms)
        return history.digest

    idempotency.once(
        conn,
        Command(SCOPE, prefix + _SET_UP, OPERATION, _SET_UP),
        act_at(history.opens_at),
        effect=effect,
        reference=str,
        reload=lambda _conn, text: text,
    )


def _batches(steps: Iterable[tuple[int, Step]]) -> Iterator[list[tuple[int, Step]]]:
    rest = iter(steps)
    while batch := list(islice(rest, STEPS_PER_COMMIT)):
        yield batch


class _Journey:
    """One run over the steps in file order: what is done, what the orders are called, and the file's totals."""

    def __init__(self, shop: Shop, prefix: str, done: Mapping[str, str], terms: Terms) -> None:
        self.file = FileTotals(terms)
        self.progress = Progress(0, 0, 0, 0)
        self._shop = shop
        self._prefix = prefix
        self._done = done
        self._orders = Orders()

    def _key(self, number: int) -> str:
        return f"{self._prefix}{number}"

    def is_done(self, number: int, step: Step) -> bool:
        """Whether nothing is left to do of a step; the rows of a refusal never do anything."""
        return isinstance(step, Refusal) or self._key(number) in self._done

    def recall(self, number: int, step: Step) -> None:
        """Count a step that is done."""
        text = self._done.get(self._key(number))
        self._count(step, Reply() if text is None else Reply.read(text), done=1)

    def take(self, conn: WriteConnection, number: int, step: Step) -> None:
        """Do a step, unless it is done, and count it."""
        if self.is_done(number, step) or not isinstance(step, Sale | Cancellation | StockChange):
            self.recall(number, step)
            return
        try:
            reply = self._once(conn, number, step, lambda: apply(conn, self._shop, self._orders, step, act_at(step.at)))
        except Refused as refused:
            refusal = Reply(refused={step.invoice: refused.code.value})
            reply = self._once(conn, number, step, lambda: refusal)
        self._count(step, reply, done=0)

    def _once(
        self, conn: WriteConnection, number: int, step: Sale | Cancellation | StockChange, effect: Callable[[], Reply]
    ) -> Reply:
        command = Command(SCOPE, self._key(number), OPERATION, step.invoice)
        with appends.savepoint(conn):
            return idempotency.once(
                conn,
                command,
                act_at(step.at),
                effect=effect,
                reference=Reply.written,
                reload=lambda _conn, text: Reply.read(text),
            ).value

    def _count(self, step: Step, reply: Reply, *, done: int) -> None:
        if isinstance(step, Sale):
            self._orders.learn(step, reply)
        self.file.count(step, reply.refused)
        before = self.progress
        self.progress = Progress(
            rows=before.rows + len(step.lines),
            orders=before.orders + isinstance(step, Sale),
            returns=before.returns + (len(step.by_order()) if isinstance(step, Cancellation) else 0),
            done=before.done + done,
        )
