"""Changing a CHECK of a table that holds data, on both engines.

PostgreSQL replaces the constraint. SQLite cannot, and copying a table that others refer to would break their foreign keys
inside the transaction, so its definition is edited in place: the way SQLite's own documentation gives for constraints that
need no change of the stored rows (https://www.sqlite.org/lang_altertable.html#otheralter).
"""

import sqlalchemy as sa
from alembic import op


def replace_check(table: str, name: str, before: str, after: str) -> None:
    """Make the CHECK `name` say `after` instead of `before`; every row must satisfy the new one already."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, sa.text(after))
        return
    _edit(connection, table, f"CONSTRAINT {name} CHECK ({before})", f"CONSTRAINT {name} CHECK ({after})")


def widen_enum(table: str, column: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Let a closed enumeration's column hold more values."""
    replace_check(table, f"ck_{table}_{column}", _in(column, before), _in(column, after))


def _in(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _edit(connection: sa.Connection, table: str, before: str, after: str) -> None:
    schema = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    sql = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}).scalar_one()
    assert before in sql, f"{table} says something else than {before}"
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": sql.replace(before, after), "name": table},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {schema + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
