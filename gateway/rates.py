"""How much a caller may ask for in a time: requests a second and cost a minute, over all replicas together.

Each rate is a bucket that fills steadily and holds a burst (the generic cell rate algorithm). With replicas, a process
takes from the common bucket a small lease at a time, so that most requests wait for nobody and all replicas together
never admit more than the rate; without, or while Redis is away, the bucket is the process's own.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.admission import Admitted
from gateway.callers import Caller, address_of
from gateway.limits import Limits
from gateway.masking import Formatted
from gateway.sharing.model import SharedAway, Taken
from resolvers.errors import PublicError

if TYPE_CHECKING:
    from gateway.sharing.replicas import Replicas

BUCKETS_MAX = 100_000
LEASE_SHARE = 20
"""A lease is one part in this many of a burst, so that an idle replica keeps little from the others."""
LEASE_SECONDS = 1.0
_LEASE_ATTEMPTS_MAX = 3
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RateLimited(PublicError):
    """The caller asks for more in a time than it may; what was asked for was not run."""

    code = "RATE_LIMITED"

    def __init__(self, rate: "Rate", asked: int, taken: Taken) -> None:
        self.retry_after_seconds = max(1, math.ceil(taken.wait_seconds))
        never = asked > rate.capacity
        then = "Ask for less at once." if never else f"Ask again in {self.retry_after_seconds} seconds."
        super().__init__(f"At most {rate.amount} {rate.what} are admitted every {rate.seconds} seconds. {then}")
        assert self.extensions is not None
        self.extensions["retryAfterSeconds"] = self.retry_after_seconds
        self.extensions[rate.told_as] = {"requested": asked, "budget": rate.budget(taken.left)}


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` of something every `seconds`; `capacity` of it may come at once. An amount of 0 is no limit.

    Attributes:
        what: the thing counted, in the plural, as callers read it.
        told_as: its name in `extensions`.
    """

    what: str
    amount: int
    seconds: int
    capacity: int
    told_as: str = "requests"

    @property
    def interval_microseconds(self) -> float:
        """How long one unit takes to be restored."""
        return self.seconds * 1_000_000 / self.amount

    def budget(self, left: int) -> dict[str, int]:
        """What a caller is told of its budget."""
        restored = self.amount * 60 // self.seconds
        return {"maximum": self.capacity, "remaining": left, "restoredPerMinute": restored}

    def of_all(self, callers: int) -> "Rate":
        """The rate of so many callers together."""
        what = f"{self.what} of all guests at your address"
        return Rate(what, self.amount * callers, self.seconds, self.capacity * callers, self.told_as)


@lru_cache(64)
def requests_rate(per_second: int) -> Rate:
    """A rate of requests with two seconds' worth at once."""
    return Rate("requests", per_second, 1, 2 * per_second)


@lru_cache(64)
def cost_rate(per_minute: int) -> Rate:
    """A rate of cost with a minute's worth at once."""
    return Rate("units of cost", per_minute, 60, per_minute, "cost")


class Buckets:
    """This process's own buckets: for each, when it is full again. The longest unused leave first."""

    def __init__(self, clock: Callable[[], float], *, buckets_max: int = BUCKETS_MAX) -> None:
        self._clock = clock
        self._buckets_max = buckets_max
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, bucket: str, rate: Rate, amount: int) -> Taken:
        """Take an amount or nothing."""
        now, interval = self._clock(), rate.interval_microseconds / 1_000_000
        full_at = max(self._full_at.get(bucket, now), now)
        left = max(int((now + rate.capacity * interval - full_at) / interval + 1e-6), 0)
        if left < amount:
            return Taken(0, left, full_at + (amount - rate.capacity) * interval - now)
        self._full_at[bucket] = full_at + amount * interval
        self._full_at.move_to_end(bucket)
        if len(self._full_at) > self._buckets_max:
            self._full_at.popitem(last=False)
        return Taken(amount, left - amount, 0)


class Bill:
    """What one operation costs its caller, paid before it is run."""

    __slots__ = ("_budget", "_rates", "admitted", "caller")

    def __init__(self, rates: "Rates", caller: Caller, admitted: Admitted) -> None:
        self._rates = rates
        self.caller = caller
        self.admitted = admitted
        self._budget: Mapping[str, int] | None = None

    async def pay(self) -> None:
        """Take the cost.

        Raises:
            RateLimited: too little is left.
        """
        self._budget = await self._rates.spend(self.caller, self.admitted)

    def note(self, body: Formatted) -> None:
        """Tell what was left of the budget with the first answer that tells the cost; without a limit nothing is told."""
        if self._budget is not None and (extensions := body.get("extensions")) is not None:
            assert isinstance(extensions, dict)
            extensions["cost"]["budget"] = self._budget
            self._budget = None


@dataclass(slots=True)
class _Lease:
    """Units taken from the common bucket and not yet used, until they are given up."""

    units: int = 0
    left_in_common: int = 0
    until: float = 0.0


class Rates:
    """Admits callers. `exempt` are networks whose callers are not counted: probes and the machine's own services."""

    def __init__(
        self,
        replicas: "Replicas | None" = None,
        *,
        exempt: Sequence[Network] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._replicas = replicas
        self._exempt = tuple(exempt)
        self._clock = clock
        self._own = Buckets(clock)
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._exempt_addresses: OrderedDict[str, bool] = OrderedDict()

    def is_exempt(self, address: str) -> bool:
        """Whether callers from this address are not counted. What is no address is counted."""
        if not self._exempt:
            return False
        known = self._exempt_addresses.get(address)
        if known is None:
            known = self._is_exempt(address)
            self._exempt_addresses[address] = known
            if len(self._exempt_addresses) > BUCKETS_MAX:
                self._exempt_addresses.popitem(last=False)
        return known

    def _is_exempt(self, address: str) -> bool:
        parsed = address_of(address)
        return parsed is not None and any(parsed in network for network in self._exempt)

    async def count(self, caller: Caller, limits: Limits) -> None:
        """Count one request of a caller.

        Raises:
            RateLimited: it, or its group, has sent too many.
        """
        if not self.is_exempt(caller.address):
            await self._admit(caller, requests_rate(limits.requests_per_second), 1)

    def read(self, caller: Caller, limits: Limits, tokens: int) -> None:
        """Count tokens of a document that this process does not know yet. They cost this process's time, so it counts alone.

        Raises:
            RateLimited: the caller, or its group, sends too much that is new.
        """
        if limits.new_tokens_per_minute == 0 or self.is_exempt(caller.address):
            return
        rate = Rate("tokens of new documents", limits.new_tokens_per_minute, 60, limits.new_tokens_per_minute, "tokens")
        self._read(caller.key, rate, tokens)
        if caller.group is not None:
            self._read(caller.group, rate.of_all(caller.group_size), tokens)

    def _read(self, key: str, rate: Rate, tokens: int) -> None:
        taken = self._own.take(f"{rate.what}:{key}", rate, tokens)
        if not taken.granted:
            raise RateLimited(rate, tokens, taken)

    def bill(self, caller: Caller, admitted: Admitted) -> "Bill":
        """What an operation costs its caller."""
        return Bill(self, caller, admitted)

    async def spend(self, caller: Caller, admitted: Admitted) -> Mapping[str, int] | None:
        """Take an operation's cost from a caller's budget; what the caller is told of it, None when it has no limit.

        Raises:
            RateLimited: too little is left.
        """
        if self.is_exempt(caller.address):
            return None
        rate = cost_rate(admitted.limits.cost_per_minute)
        left = await self._admit(caller, rate, admitted.cost)
        return None if left is None else rate.budget(left)

    async def _admit(self, caller: Caller, rate: Rate, amount: int) -> int | None:
        left = await self.admit(caller.key, rate, amount)
        if caller.group is not None:
            # What one of a group is refused is not taken from the others.
            await self.admit(caller.group, rate.of_all(caller.group_size), amount)
        return left

    async def admit(self, caller: str, rate: Rate, amount: int = 1) -> int | None:
        """Take an amount from a caller's rate; the units left, None without a limit.

        Raises:
            RateLimited: too little is left; nothing is taken.
        """
        if rate.amount == 0 or amount == 0:
            return None
        bucket = f"{rate.what}:{caller}"
        taken = await self._leased(bucket, rate, amount) if self._replicas else self._own.take(bucket, rate, amount)
        if taken.granted < amount:
            raise RateLimited(rate, amount, taken)
        return taken.left

    async def _leased(self, bucket: str, rate: Rate, amount: int) -> Taken:
        assert self._replicas is not None
        lease = self._lease(bucket)
        for _ in range(_LEASE_ATTEMPTS_MAX):
            if lease.until < self._clock():
                lease.units = 0
            if lease.units >= amount:
                lease.units -= amount
                return Taken(amount, lease.left_in_common + lease.units, 0)
            missing = amount - lease.units
            most = max(missing, rate.capacity // LEASE_SHARE)
            try:
                taken = await self._replicas.take(bucket, rate.interval_microseconds, rate.capacity, missing, most)
            except SharedAway:
                return self._own.take(bucket, rate, amount)
            if not taken.granted:
                return Taken(0, taken.left + lease.units, taken.wait_seconds)
            # Others of this caller may have taken from the lease meanwhile, so it is looked at again.
            lease.units += taken.granted
            lease.left_in_common, lease.until = taken.left, self._clock() + LEASE_SECONDS
        return Taken(0, lease.units, 1)

    def _lease(self, bucket: str) -> _Lease:
        lease = self._leases.get(bucket)
        if lease is None:
            lease = self._leases[bucket] = _Lease()
            if len(self._leases) > BUCKETS_MAX:
                self._leases.popitem(last=False)
        else:
            self._leases.move_to_end(bucket)
        return lease
