"""Stock keeps its rows, its children and its rules when SQLite's table is built anew."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import IntegrityError

from gateway.database import sqlite_engine
from gateway.migrating import _config


def filled(connection: sa.Connection, table: str, **given: object) -> None:
    """A row with a value of some kind in every column that needs one."""
    columns = sa.inspect(connection).get_columns(table)
    kinds = {int: 1, str: "a"}
    row = {
        one["name"]: given.get(one["name"], kinds.get(one["type"].python_type, "2026-01-01 00:00:00"))
        for one in columns
        if not one["nullable"] or one["name"] in given
    }
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(sa.text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"), row)


def test_levels_are_the_same_and_still_their_movements_parents(tmp_path: Path) -> None:
    engine = sqlite_engine(sa.make_url(f"sqlite:///{tmp_path}/old.db"), pool_size=1, read_only=False)
    level = {"variant_id": "b" * 32, "location_id": "c" * 32}
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0021")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        filled(connection, "product", id="a" * 32)
        filled(connection, "product_variant", id="b" * 32, product_id="a" * 32)
        filled(connection, "location", id="c" * 32)
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
        filled(connection, "inventory_level", **level, on_hand=7, committed=2)
        filled(connection, "inventory_movement", **level, id="d" * 32, on_hand_delta=7, reason="RECEIVED")
    for revision, clustered in (("head", True), ("0021", False), ("head", True)):
        with engine.begin() as connection:
            step = command.upgrade if clustered else command.downgrade
            step(_config(connection), revision)
            row = connection.execute(sa.text("SELECT * FROM inventory_level")).mappings().one()
            sql = connection.execute(
                sa.text("SELECT sql FROM sqlite_master WHERE name = 'inventory_level'")
            ).scalar_one()
            names = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE name LIKE 'inventory_level%'"))
            assert (row["on_hand"], row["committed"], row["version"]) == (7, 2, 1)
            assert (sql.endswith(") WITHOUT ROWID"), names.scalars().all()) == (clustered, ["inventory_level"])
            assert connection.exec_driver_sql("PRAGMA foreign_key_check(inventory_movement)").all() == []
        with pytest.raises(IntegrityError, match="FOREIGN KEY"), engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM inventory_level"))
        with pytest.raises(IntegrityError, match="CHECK"), engine.begin() as connection:
            connection.execute(sa.text("UPDATE inventory_level SET on_hand = -1"))
    engine.dispose()
