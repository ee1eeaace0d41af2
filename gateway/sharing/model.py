"""What is asked of the replicas' common Redis and what it answers; the client itself is loaded only where one is configured."""

from dataclasses import dataclass
from typing import NamedTuple


class SharedAway(Exception):
    """Redis did not answer in time, or has just failed to; go on without it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer of a rate.

    Attributes:
        granted: units taken; 0 when fewer than the least asked for are left.
        left: units left after that.
        wait_seconds: until the least asked for would be granted; 0 when something was.
    """

    granted: int
    left: int
    wait_seconds: float


class Holding(NamedTuple):
    """What a process wants to hold of a pool that all replicas share."""

    pool: str
    units: int
    capacity: int
