"""How much of one caller may be open at the same time, over all replicas together.

What a process admits on its own is counted here and nowhere else. With replicas, most of a maximum is common: a process
takes leases of it, a few at a time, renews them while they are used and gives them back when they are not. The leases of
a killed process run out. While Redis is away each process admits the whole maximum by itself.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from gateway.callers import Caller
from gateway.sharing.model import Holding, SharedAway
from resolvers.errors import PublicError

if TYPE_CHECKING:
    from gateway.sharing.replicas import Replicas

LEASE_SECONDS = 30.0
RENEW_SECONDS = 10.0
_HOLDINGS_PER_CALL_MAX = 200


class TooManyAtOnce(PublicError):
    """One caller has as many of these open as it may; when one ends, the next is admitted."""

    code = "TOO_MANY_AT_ONCE"

    def __init__(self, what: str, maximum: int) -> None:
        super().__init__(f"You have {maximum} {what} open; more are admitted when some end.", maximum=maximum)


@dataclass(slots=True)
class _Open:
    """What one caller has open in this process.

    Attributes:
        used: slots in use, or about to be.
        own: slots this process may give without a lease.
        leased: slots of the common ones that are this process's until `until`.
        waiting: calls that wait for a lease.
        asking: held while the lease is being changed, so that of two calls the later one counts.
    """

    maximum: int
    own: int
    used: int = 0
    leased: int = 0
    until: float = 0.0
    waiting: int = 0
    _asking: asyncio.Lock | None = None

    @property
    def asking(self) -> asyncio.Lock:
        # Made when it is first asked for, which is never in a process without replicas.
        if self._asking is None:
            self._asking = asyncio.Lock()
        return self._asking

    def room(self, now: float) -> int:
        return self.own + (self.leased if self.until > now else 0)

    @property
    def needed(self) -> int:
        return max(self.used - self.own, 0)


class Slots:
    """Counts what each caller has open. Only callers with something open, or a lease, are kept.

    `own_part` lets each process give one part in so many of a maximum without asking the others, for what is opened often
    and briefly: that much more may then be open for each further replica. Without it everything is leased, one by one.
    """

    def __init__(
        self,
        what: str,
        replicas: "Replicas | None" = None,
        *,
        own_part: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._replicas = replicas
        self._own_part = own_part
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._idle: set[str] = set()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def open_of(self, caller: str) -> int:
        """How many a caller has open in this process."""
        return self._open[caller].used if caller in self._open else 0

    def held(self, caller: Caller, maximum: int) -> "_Held":
        """One slot of a caller, and of its group, while inside.

        Raises:
            TooManyAtOnce: the caller has `maximum` open, or its group as often that as it has members.
        """
        return _Held(self, caller, maximum)

    async def start(self) -> None:
        """Begin to renew leases and to give back those that are not needed."""
        if self._replicas is not None:
            self._task = asyncio.create_task(self._run(), name=f"slots-{self._what}")

    async def stop(self) -> None:
        """Stop, and give back what is leased."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self.settle()

    async def settle(self) -> None:
        """Renew what callers need of their leases, and give the rest back."""
        await self._settle(tuple(self._open))

    async def take(self, caller: str, maximum: int) -> None:
        """Take a slot, which `free` gives back.

        Raises:
            TooManyAtOnce.
        """
        entry = self._open.get(caller)
        if entry is None:
            entry = self._open[caller] = _Open(maximum, self._own(maximum))
        if entry.used >= entry.own and entry.used >= entry.room(self._clock()):
            try:
                await self._lease(caller, entry)
            except BaseException:
                self._forget(caller, entry)
                raise
        entry.used += 1

    def free(self, caller: str) -> None:
        """Give a slot back."""
        entry = self._open[caller]
        entry.used -= 1
        # What is leased a few at a time is kept a while, so that a caller at the edge does not ask for each.
        if entry.leased - entry.needed >= 2 * self._at_once(entry) - 1:
            self._idle.add(caller)
            self._woken.set()
        self._forget(caller, entry)

    def _own(self, maximum: int) -> int:
        if self._replicas is None:
            return maximum
        return 0 if self._own_part is None else maximum // self._own_part

    @staticmethod
    def _at_once(entry: _Open) -> int:
        return max(entry.own, 1)

    def _forget(self, caller: str, entry: _Open) -> None:
        if not entry.used and not entry.leased and not entry.waiting:
            self._open.pop(caller, None)

    async def _lease(self, caller: str, entry: _Open) -> None:
        """See to it that there is room for one more.

        Raises:
            TooManyAtOnce.
        """
        if self._replicas is None:
            raise TooManyAtOnce(self._what, entry.maximum)
        entry.waiting += 1
        try:
            async with entry.asking:
                if entry.used >= entry.room(self._clock()):
                    await self._hold(self._replicas, {caller: entry}, more=self._at_once(entry))
                    if entry.used >= entry.room(self._clock()):
                        raise TooManyAtOnce(self._what, entry.maximum)
        except SharedAway:
            if entry.used >= entry.maximum:
                raise TooManyAtOnce(self._what, entry.maximum) from None
        finally:
            entry.waiting -= 1

    async def _hold(self, replicas: "Replicas", entries: "dict[str, _Open]", *, more: int = 0) -> None:
        """Change leases to what is needed and a few more, or to as much of it as is left in common."""
        until = self._clock() + LEASE_SECONDS
        holdings = [
            Holding(f"{self._what}:{caller}", entry.needed + more, entry.maximum - entry.own)
            for caller, entry in entries.items()
        ]
        granted = await replicas.hold(holdings, LEASE_SECONDS)
        for entry, units in zip(entries.values(), granted, strict=True):
            entry.leased, entry.until = units, until

    async def _run(self) -> None:
        while True:
            callers: Iterable[str] = self._idle
            try:
                async with asyncio.timeout(RENEW_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                callers = self._open
            self._woken.clear()
            chosen, self._idle = tuple(callers), set()
            await self._settle(chosen)

    async def _settle(self, callers: tuple[str, ...]) -> None:
        for start in range(0, len(callers), _HOLDINGS_PER_CALL_MAX):
            with suppress(SharedAway):
                await self._settle_some(callers[start : start + _HOLDINGS_PER_CALL_MAX])

    async def _settle_some(self, callers: tuple[str, ...]) -> None:
        assert self._replicas is not None
        entries = {
            caller: entry
            for caller in callers
            if (entry := self._open.get(caller)) is not None and (entry.leased or entry.needed) and not entry.waiting
        }
        if not entries:
            return
        async with AsyncExitStack() as asking:
            for entry in entries.values():
                await asking.enter_async_context(entry.asking)
            await self._hold(self._replicas, entries)
        for caller, entry in entries.items():
            self._forget(caller, entry)


class _Held:
    """A slot while inside; as cheap as it can be, since every request holds one."""

    __slots__ = ("_caller", "_maximum", "_slots")

    def __init__(self, slots: Slots, caller: Caller, maximum: int) -> None:
        self._slots = slots
        self._caller = caller
        self._maximum = maximum

    async def __aenter__(self) -> None:
        caller = self._caller
        await self._slots.take(caller.key, self._maximum)
        if caller.group is not None:
            try:
                await self._slots.take(caller.group, self._maximum * caller.group_size)
            except BaseException:
                self._slots.free(caller.key)
                raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._slots.free(self._caller.key)
        if self._caller.group is not None:
            self._slots.free(self._caller.group)
