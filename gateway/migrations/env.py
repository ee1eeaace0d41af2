"""Alembic's entry: runs on the connection that `gateway.migrating` hands over, on either engine."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from domain.catalog.search_tables import SEARCH_TABLES
from domain.tables import UtcDateTime
from gateway.schema_tables import metadata

LOCK_TIMEOUT_MS = 5_000


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> str | Literal[False]:
    """Our own column types by their own names."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen_context.imports.add("import domain.tables")
        return "domain.tables.UtcDateTime()"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()" if item.length is None else f"sa.String(length={item.length})"
    return False


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Full-text tables are made by their own statements and are no part of the metadata."""
    return not (kind == "table" and name is not None and name.startswith(SEARCH_TABLES))


connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.exec_driver_sql(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_item=render_item,
    include_name=include_name,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
