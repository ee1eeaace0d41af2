"""Trouble on demand: requests that fail before the work, lose their answer after it, come late, or wait to be let go."""

import asyncio
import threading
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong.

    BEFORE answers with an error and does nothing, DROP closes the connection and does nothing, AFTER does the work and
    closes the connection, DELAY waits before the work, HOLD waits before the work until `release`.
    """

    BEFORE = "before"
    DROP = "drop"
    AFTER = "after"
    DELAY = "delay"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Trouble for requests to come.

    Attributes:
        match: a part of the path; method: GET, POST or DELETE, any when empty.
        skip: how many matching requests pass unharmed first; times: how many are then harmed.
        status: what BEFORE answers; delay_ms: how long DELAY waits.
    """

    kind: FaultKind
    match: str = ""
    method: str = ""
    skip: int = 0
    times: int = 1
    status: int = 500
    delay_ms: int = 0


@dataclass(slots=True)
class _Planned:
    fault: Fault
    seen: int = 0


class Faults:
    """Faults in the order they were asked for; a request meets the first that matches it.

    `wait` and `release` belong to the sandbox's event loop; the rest to any thread.
    """

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._gate = asyncio.Event()
        self._held = threading.Semaphore(0)

    def add(self, fault: Fault) -> None:
        self._planned.append(_Planned(fault))

    def clear(self) -> None:
        """Plan nothing more; held requests stay held."""
        self._planned.clear()
        self._held = threading.Semaphore(0)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, counted."""
        for planned in self._planned:
            fault = planned.fault
            if fault.match in path and fault.method in {"", method} and planned.seen < fault.skip + fault.times:
                planned.seen += 1
                return fault if planned.seen > fault.skip else None
        return None

    async def wait(self, fault: Fault | None) -> None:
        """Wait as a DELAY or HOLD wants it; any other fault does not wait."""
        if fault is not None and fault.kind is FaultKind.DELAY:
            await asyncio.sleep(fault.delay_ms / 1000)
        elif fault is not None and fault.kind is FaultKind.HOLD:
            self._held.release()
            await self._gate.wait()

    def wait_until_held(self, seconds_max: int = 10) -> None:
        """Block another thread until one more request is held.

        Raises:
            TimeoutError: none came.
        """
        if not self._held.acquire(timeout=seconds_max):
            raise TimeoutError("no request was held")

    def release(self) -> None:
        """Let every held request go on; later ones are held again."""
        self._gate.set()
        self._gate = asyncio.Event()
