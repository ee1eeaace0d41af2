"""A database made by the migrations is, constraint by constraint, the one that the tables describe.

Alembic's own comparison misses changed CHECKs, partial index predicates and new enumeration values, so the catalogs of
both engines are compared instead.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command

from domain.connections import ReadConnection
from domain.policies import store as policies
from domain.policies.model import SINCE_EVER, PickupPolicy, ReturnPolicy
from gateway import migrating
from gateway.database import sqlite_engine
from gateway.migrating import _config
from gateway.schema_tables import metadata

_POSTGRESQL_CATALOG = """
SELECT 'column', table_name, column_name, data_type || coalesce('(' || character_maximum_length || ')', '') || ' ' || is_nullable
  FROM information_schema.columns WHERE table_schema = :schema
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(pg_constraint.oid)
  FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace WHERE nspname = :schema AND contype <> 'n'
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = :schema
"""


def sqlite_catalog(engine: sa.Engine) -> dict[str, list[str]]:
    """Every object's definition, as sorted parts, so that only their order may differ."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    return {name: parts(sql.replace('"', "")) for name, sql in found if name != "alembic_version"}


def parts(sql: str) -> list[str]:
    """A definition's columns and constraints: a column that was added to a table stands behind its constraints.

    >>> parts("CREATE TABLE a (b INTEGER, CONSTRAINT c CHECK (b IN (1, 2)) , d TEXT)")
    ['', 'CONSTRAINT c CHECK (b IN (1, 2))', 'CREATE TABLE a', 'b INTEGER', 'd TEXT']
    """
    head, _, rest = re.sub(r"\s+", " ", sql).partition("(")
    inside, _, options = rest.rpartition(")")
    found, depth = [options, ""], 0
    for character in inside:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return sorted([head.strip(), *(part.strip() for part in found)])


def test_on_sqlite_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    engines = [
        sqlite_engine(sa.make_url(f"sqlite:///{tmp_path}/{name}.db"), pool_size=1, read_only=False)
        for name in ("tables", "migrations")
    ]
    metadata.create_all(engines[0])
    with engines[1].begin() as connection:
        command.upgrade(_config(connection), "head")
    described, migrated = (sqlite_catalog(engine) for engine in engines)
    for engine in engines:
        engine.dispose()
    assert sorted(migrated) == sorted(described)
    for name, definition in described.items():
        assert migrated[name] == definition, name


def postgresql_catalog(connection: sa.Connection, schema: str) -> set[tuple[str, ...]]:
    """Every column, constraint and index of a schema, without the schema's name."""
    rows = connection.execute(sa.text(_POSTGRESQL_CATALOG), {"schema": schema})
    return {
        tuple(str(part).replace(f"{schema}.", "") for part in row) for row in rows if "alembic_version" not in str(row)
    }


def test_on_postgresql_migrations_make_what_the_tables_say(postgresql_sync_engine: sa.Engine) -> None:
    with postgresql_sync_engine.connect() as connection:
        described = postgresql_catalog(connection, "public")
        transaction = connection.begin_nested() if connection.in_transaction() else connection.begin()
        connection.exec_driver_sql("CREATE SCHEMA migrated")
        connection.exec_driver_sql("SET LOCAL search_path TO migrated")
        command.upgrade(_config(connection), "head")
        migrated = postgresql_catalog(connection, "migrated")
        transaction.rollback()
    assert migrated - described == set()
    assert described - migrated == set()


@pytest.mark.parametrize("again", [1, 2])
def test_upgrading_twice_changes_nothing(tmp_path: Path, again: int) -> None:
    engine = sqlite_engine(sa.make_url(f"sqlite:///{tmp_path}/m.db"), pool_size=1, read_only=False)
    for _ in range(again):
        with engine.begin() as connection:
            command.upgrade(_config(connection), "head")
    tables = sqlite_catalog(engine)
    engine.dispose()
    assert len(tables) > len(metadata.tables)


def test_what_a_location_said_about_pickups_becomes_its_first_policy(database_of_revision_6: str) -> None:
    migrating.upgrade(database_of_revision_6)

    def read(connection: sa.Connection) -> tuple[object, ...]:
        conn, long_ago = ReadConnection(connection), SINCE_EVER + timedelta(days=1)
        places, channels = (
            [UUID(str(id_)) for id_ in connection.exec_driver_sql(f"SELECT id FROM {table}").scalars()]
            for table in ("location", "sales_channel")
        )
        terminals = connection.exec_driver_sql("SELECT count(*) FROM terminal").scalar_one()
        pickups = policies.pickup_policies_at(conn, places, long_ago)
        returns = policies.return_policies_at(conn, channels, long_ago)
        return list(pickups.values()), list(returns.values()), terminals

    expected = [PickupPolicy(preparation_minutes=45, expiry_days=5)], [ReturnPolicy()], 1
    assert migrating.on_connection(database_of_revision_6, read) == expected


@pytest.fixture
def database_of_revision_6(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database as the sixth revision left it, with a sales channel, a location and a till there."""
    if engine_name == "sqlite":
        url = f"sqlite:///{tmp_path}/older.db"
        migrating.on_connection(url, _fill)
        yield url
        return
    server = sa.make_url(request.getfixturevalue("postgresql_server"))
    admin = sa.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE older")
    url = server.set(database="older").render_as_string(hide_password=False)
    migrating.on_connection(url, _fill)
    yield url
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE older")
    admin.dispose()


def _fill(connection: sa.Connection) -> None:
    command.upgrade(_config(connection), "0006")
    place, channel, till = (UUID(int=number).hex for number in (1, 2, 3))
    for statement in (
        (
            "INSERT INTO sales_channel (id, handle, name, kind, currency, prices_include_tax, default_country) "
            f"VALUES ('{channel}', 'web', 'Web', 'ONLINE', 'GBP', true, 'GB')"
        ),
        (
            "INSERT INTO location (id, code, name, kind, country, city, line1, latitude_microdegrees, longitude_microdegrees, "
            "time_zone, hours, sells, offers_pickup, ships, receives_returns, priority, active, pickup_preparation_minutes, "
            f"pickup_expiry_days, version) VALUES ('{place}', 'LON', 'London', 'STORE', 'GB', 'London', '1 High Street', 0, 0, "
            """'Europe/London', '{"weekly": [], "exceptions": []}', true, true, true, true, 1, true, 45, 5, 1)"""
        ),
        (
            "INSERT INTO tax_rate (country, region, postal_prefix, tax_code, jurisdiction, valid_from, rate_ppm) "
            "VALUES ('GB', '', '', '', 'GB VAT', '2011-01-04 00:00:00', 200000)"
        ),
        (
            "INSERT INTO terminal (id, code, location_id, credential_hash, created_at) "
            f"VALUES ('{till}', 'till-1', '{place}', 'x', '2026-01-10 10:00:00')"
        ),
    ):
        connection.exec_driver_sql(statement)
