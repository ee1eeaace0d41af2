"""`once`: run an effect for a key, or give the earlier answer."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.idempotency.tables import CommandRow
from domain.statements import Statement
from domain.tables import table_of

T = TypeVar("T")

_KEY_LENGTH_MAX = 255
_command = table_of(CommandRow)

_CLAIM = Statement(
    insert(_command)
    .values({column.name: sa.bindparam(column.name) for column in _command.c})
    .on_conflict_do_nothing()
    .returning(_command.c.key)
)
_THIS = sa.and_(_command.c.scope == sa.bindparam("of_scope"), _command.c.key == sa.bindparam("of_key"))
_ANSWER = Statement(sa.update(_command).where(_THIS).values(reply=sa.bindparam("reply")))
_KNOWN = Statement(sa.select(_command.c.body_hash, _command.c.reply).where(_THIS))


class IdempotencyErrorCode(StrEnum):
    """Why a key was not accepted."""

    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class IdempotencyKeyReused(Refused):
    """The key came before with another input or operation."""

    def __init__(self) -> None:
        super().__init__(
            IdempotencyErrorCode.IDEMPOTENCY_KEY_REUSED,
            "This idempotencyKey was used for another input. Send a new key for a new intent.",
            field=("input", "idempotencyKey"),
        )


class IdempotencyKeyInvalid(Refused):
    """The key is empty, blank or too long."""

    def __init__(self) -> None:
        super().__init__(
            IdempotencyErrorCode.IDEMPOTENCY_KEY_INVALID,
            f"idempotencyKey must have 1 to {_KEY_LENGTH_MAX} characters; a fresh UUID is best.",
            field=("input", "idempotencyKey"),
        )


@dataclass(frozen=True, slots=True)
class Command:
    """One intent.

    Attributes:
        scope: whose keys these are (`caller_scope(actor)`), so that two callers never meet.
        key: the caller's name for the intent.
        operation: the mutation's name.
        body: the canonical text of the input without the key.
    """

    scope: str
    key: str
    operation: str
    body: str

    @property
    def body_hash(self) -> str:
        return hashlib.sha256(f"{self.operation}\n{self.body}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A command's answer and whether it had been given before."""

    value: T
    replayed: bool


def once(
    conn: WriteConnection,
    command: Command,
    act: Act,
    *,
    effect: Callable[[], T],
    reference: Callable[[T], str],
    reload: Callable[[ReadConnection, str], T],
    expected: str | None = None,
) -> Done[T]:
    """Run `effect` unless this command ran before; then `reload` its answer from the stored reference.

    `expected` is the reference the answer will have as far as the caller knows beforehand: written with the key, it
    saves the statement that would write it afterwards.

    Raises:
        IdempotencyKeyReused: the key is known with another operation or body.
        IdempotencyKeyInvalid: the key is empty or longer than 255 characters.
        Refused: whatever the effect refuses.
    """
    if not command.key.strip() or len(command.key) > _KEY_LENGTH_MAX:
        raise IdempotencyKeyInvalid
    if _claimed(conn, command, act, expected):
        value = effect()
        reply = reference(value)
        if reply != expected:
            _ANSWER.count(conn, of_scope=command.scope, of_key=command.key, reply=reply)
        return Done(value, replayed=False)
    known = _KNOWN.first(conn, of_scope=command.scope, of_key=command.key)
    assert known is not None, "commands are never deleted"
    if known.body_hash != command.body_hash or known.reply is None:
        raise IdempotencyKeyReused
    return Done(reload(conn, known.reply), replayed=True)


def replies(conn: ReadConnection, scope: str, key_prefix: str) -> Mapping[str, str]:
    """References of the finished commands of a scope whose keys begin with `key_prefix`, by key; for long imports, which
    ask once what is done and not at every step."""
    rows = conn.execute(
        sa.select(_command.c.key, _command.c.reply).where(
            _command.c.scope == scope,
            _command.c.key.startswith(key_prefix, autoescape=True),
            _command.c.reply.is_not(None),
        )
    )
    return {row.key: row.reply for row in rows}


def _claimed(conn: WriteConnection, command: Command, act: Act, expected: str | None) -> bool:
    claimed = _CLAIM.first(
        conn,
        scope=command.scope,
        key=command.key,
        operation=command.operation,
        body_hash=command.body_hash,
        reply=expected,
        recorded_at=act.now,
    )
    return claimed is not None
