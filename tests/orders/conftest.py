"""What order tests share."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from domain.connections import WriteConnection


@pytest.fixture
def counted(conn: WriteConnection) -> Iterator[list[str]]:
    """The SQL statements of the test's connection: clear it, act, compare its length."""
    seen: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "ROLLBACK")):
            seen.append(statement)

    engine = conn.engine
    sa.event.listen(engine, "before_cursor_execute", count)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", count)
