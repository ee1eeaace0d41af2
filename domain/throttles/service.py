"""Counting attempts at a secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.tables import table_of
from domain.throttles.tables import ThrottleRow

_throttle = table_of(ThrottleRow)


class ThrottleErrorCode(StrEnum):
    """Why an attempt was not admitted."""

    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"


class TooManyAttempts(Refused):
    """The attempts of this window are spent."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(
            ThrottleErrorCode.TOO_MANY_ATTEMPTS,
            f"Too many attempts. Try again after {retry_at.isoformat().replace('+00:00', 'Z')}.",
            facts={"retryAt": retry_at.isoformat().replace("+00:00", "Z")},
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """`limit` attempts within `window` from the first; then none until the window has passed."""

    limit: int = 5
    window: timedelta = timedelta(minutes=15)


def attempt(conn: WriteConnection, act: Act, key: str, policy: Policy) -> int:
    """Count one attempt and return how many are left after it. Commit it before looking at the secret.

    Raises:
        TooManyAttempts: the window's attempts are spent; nothing is counted.
    """
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    over = _throttle.c.window_started_at <= act.now - policy.window
    first = insert(_throttle).values(key=key, attempts=1, window_started_at=act.now)
    # One statement: between two of them a right answer could clear the counter.
    counted = conn.execute(
        first.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "attempts": sa.case((over, 1), else_=_throttle.c.attempts + 1),
                "window_started_at": sa.case((over, act.now), else_=_throttle.c.window_started_at),
            },
            where=sa.or_(over, _throttle.c.attempts < policy.limit),
        ).returning(_throttle.c.attempts)
    ).scalar_one_or_none()
    if counted is None:
        started = conn.execute(
            sa.select(_throttle.c.window_started_at).where(_throttle.c.key == key)
        ).scalar_one_or_none()
        raise TooManyAttempts((started or act.now) + policy.window)
    return policy.limit - int(counted)


def clear(conn: WriteConnection, key: str) -> None:
    """Forget the attempts: the secret was right."""
    conn.execute(sa.delete(_throttle).where(_throttle.c.key == key))


def forget(conn: WriteConnection, before: datetime) -> int:
    """Delete counters whose window began before this; returns how many."""
    return conn.execute(sa.delete(_throttle).where(_throttle.c.window_started_at < before)).rowcount
