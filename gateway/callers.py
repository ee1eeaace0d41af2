"""Who a caller is to the limits, and how much of one caller may be open at the same time in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from domain.acts import Actor, ActorKind
from resolvers.errors import PublicError


class TooManyAtOnce(PublicError):
    """One caller has as many of these open as it may; when one ends, the next is admitted."""

    code = "TOO_MANY_AT_ONCE"

    def __init__(self, what: str, maximum: int) -> None:
        super().__init__(f"You have {maximum} {what} open; more are admitted when some end.", maximum=maximum)


def caller_key(actor: Actor, address: str) -> str:
    """The name a caller is counted by: a person, a partner, a till; strangers by their network address."""
    if actor.kind is ActorKind.GUEST:
        return f"GUEST:{address}"
    if actor.kind is ActorKind.ASSOCIATE and actor.terminal_id is not None:
        return f"TERMINAL:{actor.terminal_id}"
    return f"{actor.kind}:{actor.id}"


class Slots:
    """Counts what each caller has open. Only callers with something open are kept."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._open: dict[str, int] = {}

    def open_of(self, caller: str) -> int:
        """How many a caller has open."""
        return self._open.get(caller, 0)

    @contextmanager
    def held(self, caller: str, maximum: int) -> Iterator[None]:
        """One slot of a caller while inside.

        Raises:
            TooManyAtOnce: the caller has `maximum` open.
        """
        if self.open_of(caller) >= maximum:
            raise TooManyAtOnce(self._what, maximum)
        self._open[caller] = self.open_of(caller) + 1
        try:
            yield
        finally:
            left = self._open[caller] - 1
            if left:
                self._open[caller] = left
            else:
                del self._open[caller]
