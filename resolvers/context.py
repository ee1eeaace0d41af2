"""What a resolver may reach: the caller, the moment, the database through loaders, and one command at a time.

One `Context` lives for one HTTP request, or for one payload of a subscription. Each loader batch reads on a connection
of its own; after every write the loaders forget what they knew.
"""

import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader
from strawberry.types import Info
from uuid_utils.compat import uuid7

from domain.acts import Act, Actor, ActorKind, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Change, Topic
from domain.idempotency import service as idempotency
from domain.idempotency.service import Command, Done
from domain.locations.model import LocationId
from resolvers.documents import DocumentCache, Recent
from resolvers.errors import Forbidden, Unauthenticated
from resolvers.loading import Loader
from resolvers.services import Services

if TYPE_CHECKING:
    from resolvers.locations_types import Location

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class Database(Protocol):
    """The part of the port that resolvers use."""

    async def read(self, query: Callable[[ReadConnection], T]) -> T: ...

    async def load(
        self, batch: Callable[..., Mapping[K, V]], keys: Sequence[K], now: datetime | None = None
    ) -> Mapping[K, V]: ...

    async def write(self, command: Callable[[WriteConnection], T]) -> T: ...


class ChangeFeed(Protocol):
    """Where subscriptions listen."""

    def listen(self, topic: Topic, keys: Sequence[str]) -> AsyncIterator[Change]:
        """Changes of these keys from now on.

        First comes one change of version 0 per key, once listening has begun: read the present state then, and nothing
        is missed. A change may come twice or be stale, so compare versions. A slow listener's iteration ends.
        """
        ...


@dataclass(slots=True)
class Context:
    """One request's view of the world.

    Attributes:
        actor: the proven caller.
        clock: gives the aware UTC time; the request's `now` is read once per command.
        services: what the gateway wires in beside the database (payments, tokens, secrets), by protocol.
        request_id: also in every log line and error of this request.
        expires_at: when the caller's credential stops being good, and with it every open connection; None for guests.
        documents, locations: what the process remembers from one request to the next.
        loaders: of batch fields outside the compiled executor, by field and arguments; emptied after each write.
        client: the application that asks, as it names itself; empty when it does not.
        touched: what a public answer was made from, by part and id, as far as resolvers say it exactly.
        good_until: when an answer will be another although nothing is written, such as where a price list begins; None
            when no resolver told of such a moment.
    """

    database: Database
    actor: Actor
    clock: Callable[[], datetime]
    services: Services
    feed: ChangeFeed
    request_id: str
    expires_at: datetime | None = None
    client: str = ""
    new_id: Callable[[], UUID] = uuid7
    new_secret: Callable[[int], bytes] = secrets.token_bytes
    documents: DocumentCache = field(default_factory=DocumentCache)
    locations: "Recent[tuple[LocationId, int], Location]" = field(default_factory=Recent)
    loaders: dict[object, DataLoader[Any, Any]] = field(default_factory=dict)  # each has types of its own
    _known: dict[object, Loader[Any, Any]] = field(default_factory=dict)
    touched: list[tuple[str, UUID]] = field(default_factory=list)
    good_until: datetime | None = None

    def changes_at(self, moment: datetime) -> None:
        """Note that the answer is good until a moment at most."""
        self.good_until = moment if self.good_until is None else min(moment, self.good_until)

    def act(self) -> Act:
        """The circumstances of a command that starts now."""
        return Act(self.actor, self.clock(), self.new_id, self.new_secret)

    async def read(self, query: Callable[[ReadConnection], T]) -> T:
        """Run one query."""
        return await self.database.read(query)

    async def load(self, batch: Callable[[ReadConnection, Sequence[K]], Mapping[K, V]], key: K) -> V | None:
        """The value `batch` finds for `key`, None when it finds none; all keys asked for in one tick share one call.

        `batch` is a store function and serves as the loader's name, so pass the function itself, never a lambda.
        """
        return (await self._loader(batch).load((key,)))[key]

    async def load_many(
        self, batch: Callable[[ReadConnection, Sequence[K]], Mapping[K, V]], keys: Sequence[K]
    ) -> Mapping[K, V]:
        """The values `batch` finds for a whole level's keys; absent where it finds none. Shares calls with `load`."""
        return _found(await self._loader(batch).load(keys), keys)

    async def load_at(
        self, batch: Callable[[ReadConnection, Sequence[K], datetime], Mapping[K, V]], key: K
    ) -> V | None:
        """Like `load` for a batch that needs the time: the request's, or that of one read together with it."""
        return (await self._loader(batch, timed=True).load((key,)))[key]

    async def load_many_at(
        self, batch: Callable[[ReadConnection, Sequence[K], datetime], Mapping[K, V]], keys: Sequence[K]
    ) -> Mapping[K, V]:
        """Like `load_many` for a batch that needs the time, as `load_at`."""
        return _found(await self._loader(batch, timed=True).load(keys), keys)

    async def load_list(
        self, batch: Callable[[ReadConnection, Sequence[K]], Mapping[K, Sequence[V]]], key: K
    ) -> Sequence[V]:
        """Like `load` for children: an empty sequence when there are none."""
        return await self.load(batch, key) or ()

    def _loader(self, batch: Callable[..., Mapping[K, V]], *, timed: bool = False) -> Loader[K, V]:
        found = self._known.get(batch)
        if found is None:
            now = self.clock() if timed else None
            found = self._known[batch] = Loader(lambda keys: self.database.load(batch, keys, now))
        return found

    def know(self, batch: Callable[[ReadConnection, Sequence[K]], Mapping[K, V]], key: K, value: V) -> None:
        """What `batch` would find for `key`, as a command of this request has just returned it; until the next write."""
        self._loader(batch).know({key: value})

    def know_all(
        self, batch: Callable[[ReadConnection, Sequence[K]], Mapping[K, V]], values: Mapping[K, V | None]
    ) -> None:
        """Like `know`, for what another statement of this request has read beside its own rows."""
        self._loader(batch).know(values)

    async def write(self, command: Callable[[WriteConnection, Act], T]) -> T:
        """Run one command in one transaction, and let the loaders forget."""
        act = self.act()
        try:
            return await self.database.write(lambda conn: command(conn, act))
        finally:
            self.loaders.clear()
            self._known.clear()

    async def command(
        self,
        operation: str,
        key: str,
        body: object,
        *,
        effect: Callable[[WriteConnection, Act], T],
        reference: Callable[[T], str],
        reload: Callable[[ReadConnection, str], T],
        expected: str | None = None,
    ) -> Done[T]:
        """Run an idempotent command: `effect` once per key, its answer again on replay.

        `body` is everything the client asked except the key, as JSON-serialisable values. `reference` names the answer
        in the log (an id, or several as JSON text) and `reload` finds it again. `expected` is that reference, where it is
        known beforehand.
        """
        text = json.dumps(body, sort_keys=True, default=str)
        intent = Command(self.caller_scope(), key, operation, text)
        return await self.write(
            lambda conn, act: idempotency.once(
                conn,
                intent,
                act,
                effect=lambda: effect(conn, act),
                reference=reference,
                reload=reload,
                expected=expected,
            )
        )

    def caller_scope(self) -> str:
        """Whose idempotency keys these are: the person, partner or till; guests share one scope of unguessable keys."""
        if self.actor.kind is ActorKind.ASSOCIATE and self.actor.terminal_id is not None:
            return f"TERMINAL:{self.actor.terminal_id}"
        return f"{self.actor.kind}:{self.actor.id}"

    def require(self, scope: Scope) -> Actor:
        """The caller, if it holds `scope`.

        Raises:
            Unauthenticated: nobody is signed in.
            Forbidden: somebody is, without the scope.
        """
        if self.actor.may(scope):
            return self.actor
        if self.actor.kind is ActorKind.GUEST:
            raise Unauthenticated
        raise Forbidden(scope)

    def require_customer(self) -> UUID:
        """The signed-in customer's id.

        Raises:
            Unauthenticated: the caller is not a customer.
        """
        if self.actor.customer_id is None:
            raise Unauthenticated
        return self.actor.customer_id


def _found(known: Mapping[K, V | None], keys: Sequence[K]) -> Mapping[K, V]:
    return {key: value for key in keys if (value := known[key]) is not None}


ContextInfo = Info[Context, None]
