"""Verification finds what somebody changed behind the services' backs."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.connections import connected
from gateway.imports.online_retail import reading, replay
from gateway.verifying import verify_database

HISTORY = (
    "536381,71270,PHOTO CLIP LINE,3,2010-12-01 09:41:00,19.99,15311,United Kingdom",
    "536381,22111,SCOTTIE DOG HOT WATER BOTTLE,4,2010-12-01 09:41:00,4.95,15311,United Kingdom",
    "C536382,71270,PHOTO CLIP LINE,-2,2010-12-02 09:45:00,19.99,15311,United Kingdom",
)


@pytest.fixture
def history_url(database_url: str, tmp_path: Path) -> str:
    """A database with one order of two lines and one return of two units."""
    file = tmp_path / "history.csv"
    file.write_text("\n".join([",".join(reading.COLUMNS), *HISTORY]) + "\n")
    history = replay.look_through(file)
    connected(database_url, lambda connection: replay.replay(connection, history, lambda _: None))
    return database_url


def broken(url: str, corruption: str) -> set[tuple[str, str]]:
    """(room, invariant) of everything found after a statement that no service would run."""

    def work(connection: sa.Connection) -> None:
        with connection.begin():
            assert connection.exec_driver_sql(corruption).rowcount > 0

    connected(url, work)
    return {(result.room, result.invariant) for result in verify_database(url) if result.findings}


def test_a_sound_database_has_no_findings_and_says_what_was_checked(history_url: str) -> None:
    results = verify_database(history_url)
    assert [result for result in results if result.findings] == []
    rooms = {
        "catalog",
        "gift_cards",
        "inventory",
        "loyalty",
        "orders",
        "papers",
        "payments",
        "pricing",
        "promotions",
        "registers",
        "returns",
        "taxes",
    }
    assert {result.room for result in results} == rooms
    checked = {result.invariant: result.checked for result in results}
    assert checked["an order's total is the sum of its parts"] == 1
    assert checked["goods on hand are the sum of their movements"] == 2
    assert checked["slots of a return line are its live units, and the settled ones are paid"] == 1


@pytest.mark.parametrize(
    ("corruption", "found"),
    [
        (
            "UPDATE variant_price SET amount_minor = amount_minor + 1 WHERE amount_minor = 495",
            {("catalog", "a product's document is what the tables say")},
        ),
        (
            "UPDATE inventory_level SET on_hand = on_hand + 1",
            {("inventory", "goods on hand are the sum of their movements")},
        ),
        (
            "UPDATE refund_leg SET amount_minor = amount_minor + 10000",
            {
                ("payments", "no payment gives back more than was captured of it"),
                ("payments", "no order gets back more than was captured for it"),
                ("returns", "refund legs of a return pay what it settled"),
            },
        ),
        (
            "UPDATE ledger_wallet SET available = available + 1",
            {
                ("loyalty", "all accounts of a unit stand at zero together"),
                ("loyalty", "a wallet's balances are the sums of its lots"),
                ("loyalty", "every wallet's chain of hashes holds"),
            },
        ),
        (
            "UPDATE sales_order SET subtotal_minor = subtotal_minor + 1",
            {("orders", "an order's subtotal is the sum of its lines")},
        ),
        (
            "UPDATE order_line SET claimed = claimed - 1 WHERE claimed > 0",
            {("returns", "units claimed of an order line are those that its returns hold")},
        ),
        (
            "UPDATE return_slot SET first_slot = 2",
            {
                ("returns", "slots of an order line lie apart and within the units that were not canceled"),
                ("returns", "settlements of an order pay what its settled slots are worth"),
            },
        ),
        (
            "UPDATE return_slot SET settled = 1",
            {
                ("returns", "slots of a return line are its live units, and the settled ones are paid"),
                ("returns", "settlements of an order pay what its settled slots are worth"),
            },
        ),
        (
            "UPDATE return_settlement SET refund_minor = refund_minor - 1",
            {
                ("returns", "settlements of an order pay what its settled slots are worth"),
                ("returns", "refund legs of a return pay what it settled"),
            },
        ),
    ],
)
def test_a_row_changed_by_hand_is_found(history_url: str, corruption: str, found: set[tuple[str, str]]) -> None:
    assert broken(history_url, corruption) == found
