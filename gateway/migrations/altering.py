"""Changing the constraints of a table that holds data, on both engines.

PostgreSQL replaces the constraint. SQLite cannot, and copying a table that others refer to would break their foreign keys
inside the transaction, so its definition is edited in place: the way SQLite's own documentation gives for constraints that
need no change of the stored rows (https://www.sqlite.org/lang_altertable.html#otheralter).
"""

import sqlalchemy as sa
from alembic import op


def replace_check(table: str, name: str, before: str, after: str, *, renamed: str | None = None) -> None:
    """Make the CHECK `name` say `after` instead of `before`, under another name when it is `renamed`; every row must satisfy
    the new one already."""
    connection, new = op.get_bind(), renamed or name
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(new), table, sa.text(after))
        return
    _edit(connection, table, f"CONSTRAINT {name} CHECK ({before})", f"CONSTRAINT {new} CHECK ({after})")


def add_constraint(table: str, name: str, definition: str) -> None:
    """Give a table one constraint more, such as `CHECK (a > 0)`; every row must satisfy it already."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(sa.text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))
        return
    sql = _definition(connection, table)
    _write(connection, table, f"{sql.rstrip().removesuffix(')').rstrip()},\n\tCONSTRAINT {name} {definition}\n)")


def drop_constraint(table: str, name: str, definition: str) -> None:
    """Take back what `add_constraint` added."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
        return
    _edit(connection, table, f",\n\tCONSTRAINT {name} {definition}", "")


def drop_check(table: str, name: str, says: str) -> None:
    """Give up the CHECK `name`, such as before its column goes: SQLite drops no column that a CHECK names."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        return
    _edit(connection, table, f"\tCONSTRAINT {name} CHECK ({says}), \n", "")


def widen_enum(table: str, column: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Let a closed enumeration's column hold more values."""
    replace_check(table, f"ck_{table}_{column}", in_values(column, before), in_values(column, after))


def cluster(table: str) -> None:
    """Let a table that has no index but its primary key's be that index on SQLite, so that rows of neighboring keys are read
    together; a child's rows still refer to it afterwards. PostgreSQL has no such tables."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rebuild(connection, table, f"{_definition(connection, table)} WITHOUT ROWID")


def uncluster(table: str) -> None:
    """Take back what `cluster` did."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rebuild(connection, table, _definition(connection, table).removesuffix(" WITHOUT ROWID"))


def _rebuild(connection: sa.Connection, table: str, sql: str) -> None:
    # Without its parents' rows a child's are in violation, which only counts if it is still so at the commit.
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    connection.exec_driver_sql(f"CREATE TABLE {table}_kept AS SELECT * FROM {table}")  # noqa: S608 - a name of ours
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(sql)
    connection.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM {table}_kept")  # noqa: S608 - the same
    connection.exec_driver_sql(f"DROP TABLE {table}_kept")


def in_values(column: str, values: tuple[str, ...]) -> str:
    """The condition that a closed enumeration's CHECK states."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _definition(connection: sa.Connection, table: str) -> str:
    named = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    return str(connection.execute(named, {"name": table}).scalar_one())


def _edit(connection: sa.Connection, table: str, before: str, after: str) -> None:
    sql = _definition(connection, table)
    assert before in sql, f"{table} says something else than {before}"
    _write(connection, table, sql.replace(before, after))


def _write(connection: sa.Connection, table: str, sql: str) -> None:
    schema = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": sql, "name": table},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {schema + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
