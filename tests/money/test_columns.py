"""Money in the database is whole minor units, in a currency that is never guessed."""

import sqlalchemy as sa

from gateway.schema_tables import metadata


def with_currency() -> set[str]:
    """Tables that say a currency, or belong to one that does."""
    known = {table.name for table in metadata.sorted_tables if any("currency" in column.name for column in table.c)}
    known.add("sales_channel")
    while True:
        more = {
            table.name
            for table in metadata.sorted_tables
            if table.name not in known and any(key.column.table.name in known for key in table.foreign_keys)
        }
        if not more:
            return known
        known |= more


def test_amounts_are_integers_in_a_known_currency_and_nothing_is_a_float() -> None:
    money = [
        (table.name, column) for table in metadata.sorted_tables for column in table.c if column.name.endswith("_minor")
    ]
    assert len(money) > 50
    assert [(name, column.name) for name, column in money if not isinstance(column.type, sa.Integer)] == []
    assert {name for name, _ in money} - with_currency() == set()
    floats = [
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, sa.Float)
    ]
    assert floats == []
