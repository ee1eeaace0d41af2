import json
import signal
import subprocess
import sys
from dataclasses import asdict
from io import StringIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from rich.console import Console

from domain.tables import metadata
from gateway.connections import connected
from gateway.imports.history import replay_history
from gateway.imports.online_retail import reading, replay
from gateway.imports.online_retail.reconciliation import DatabaseTotals, reconcile
from gateway.imports.online_retail.replay import OtherHistory, Progress, Replayed
from gateway.imports.online_retail.terms import Terms
from gateway.verifying import verify_database

SLICE = Path(__file__).parent / "fixtures" / "online_retail_slice.csv"
STORED = DatabaseTotals(
    orders=158,
    order_lines=1_441,
    units_sold=37_128,
    gross_minor=6_542_542,
    returns=60,
    units_returned=1_634,
    refunded_minor=292_892,
    points_earned=61_859,
    points_clawed_back=2_725,
)
WRITTEN = (
    "sales_order",
    "order_line",
    "payment",
    "refund_leg",
    "sales_return",
    "return_slot",
    "return_settlement",
    "inventory_movement",
    "ledger_transfer",
    "ledger_lot",
    "loyalty_award",
    "command",
    "customer",
    "product_variant",
)


KILLED_AT_A_STATEMENT = """
import os, signal, sys
from itertools import count
from pathlib import Path
import sqlalchemy as sa
from gateway.connections import connected
from gateway.imports.online_retail import replay

url, file, last = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
executed = count(1)

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def die(*_):
    if next(executed) == last:
        os.kill(os.getpid(), signal.SIGKILL)

history = replay.look_through(file)
connected(url, lambda connection: replay.replay(connection, history, lambda _: None))
"""


class Stopped(Exception):
    """The process died between two commits."""


def run(url: str, file: Path = SLICE, *, commits: int | None = None) -> Replayed:
    """One run; with `commits` it dies after so many."""
    left = [commits]

    def watch(_: Progress) -> None:
        if left[0] is not None:
            left[0] -= 1
            if left[0] == 0:
                raise Stopped

    history = replay.look_through(file)
    return connected(url, lambda connection: replay.replay(connection, history, watch))


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    """Rows of a statement; what it changes is committed."""

    def work(connection: sa.Connection) -> list[tuple[object, ...]]:
        with connection.begin():
            found = connection.exec_driver_sql(statement)
            return [tuple(row) for row in found] if found.returns_rows else []

    return connected(url, work)


def counts(url: str) -> dict[str, int]:
    tables = [name for name in metadata.tables if name in WRITTEN]
    return {name: int(str(query(url, f"SELECT count(*) FROM {name}")[0][0])) for name in tables}


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "history.csv"
    path.write_text("\n".join([",".join(reading.COLUMNS), *lines]) + "\n")
    return path


def findings(url: str) -> dict[str, int]:
    """How many findings each invariant has, of those that have any."""
    return {result.invariant: len(result.findings) for result in verify_database(url) if result.findings}


def test_the_slice_replayed_leaves_exactly_what_the_file_says_and_every_invariant_holds(database_url: str) -> None:
    done = run(database_url)
    assert done.database == STORED
    assert [each.unexplained for each in reconcile(done.file, done.database).comparisons] == [0] * 9
    assert done.file.refused == {}
    assert findings(database_url) == {}


@pytest.mark.parametrize("commits", [1, 2])
def test_a_replay_that_died_and_ran_again_leaves_the_same(database_url: str, commits: int) -> None:
    with pytest.raises(Stopped):
        run(database_url, commits=commits)
    (orders,) = query(database_url, "SELECT count(*) FROM sales_order")
    assert 0 < int(str(orders[0])) < 158
    done = run(database_url)
    assert done.database == STORED
    assert reconcile(done.file, done.database).balanced
    assert findings(database_url) == {}


@pytest.mark.parametrize(("statement", "some_are_there"), [(150, False), (3_000, True)])
def test_a_replay_killed_inside_a_transaction_and_run_again_doubles_nothing(
    database_url: str, statement: int, some_are_there: bool
) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED_AT_A_STATEMENT, database_url, str(SLICE), str(statement)]
    died = subprocess.run(command, cwd=root, check=False)
    assert died.returncode == -signal.SIGKILL
    before = counts(database_url)
    assert (before["sales_order"] > 0, before["sales_order"] < 158) == (some_are_there, True)
    assert (before["customer"] > 0) == some_are_there
    assert run(database_url).database == STORED
    assert findings(database_url) == {}


def test_a_second_run_changes_nothing_and_ends_with_the_same_reconciliation(database_url: str) -> None:
    first = run(database_url)
    before = counts(database_url)
    second = run(database_url)
    assert counts(database_url) == before
    assert before["sales_order"] == 158
    assert reconcile(second.file, second.database) == reconcile(first.file, first.database)


def test_another_file_is_refused_and_writes_nothing(database_url: str, tmp_path: Path) -> None:
    run(database_url)
    before = counts(database_url)
    other = file_of(tmp_path, "536381,71270,PHOTO CLIP LINE,3,2010-12-01 09:41:00,1.25,15311,United Kingdom")
    with pytest.raises(OtherHistory):
        run(database_url, other)
    assert counts(database_url) == before


def test_every_act_bears_the_time_of_its_invoice(database_url: str, tmp_path: Path) -> None:
    file = file_of(
        tmp_path,
        "536381,71270,PHOTO CLIP LINE,3,2011-07-01 09:41:00,1.25,15311,United Kingdom",
        "C536382,71270,PHOTO CLIP LINE,-2,2011-07-02 09:45:00,1.25,15311,United Kingdom",
    )
    run(database_url, file)

    def work(connection: sa.Connection) -> list[str]:
        wanted = {"sales_order": "placed_at", "payment": "created_at", "return_settlement": "settled_at"}
        with connection.begin():
            return [
                connection.execute(sa.select(metadata.tables[table].c[column])).scalar_one().isoformat()
                for table, column in wanted.items()
            ]

    assert connected(database_url, work) == [
        "2011-07-01T08:41:00+00:00",
        "2011-07-01T08:41:00+00:00",
        "2011-07-02T08:45:00+00:00",
    ]


def test_points_of_three_units_go_back_as_20_20_and_19(database_url: str, tmp_path: Path) -> None:
    file = file_of(
        tmp_path,
        "536381,71270,PHOTO CLIP LINE,3,2010-12-01 09:41:00,19.99,15311,United Kingdom",
        *(f"C53638{n},71270,PHOTO CLIP LINE,-1,2010-12-0{n} 09:45:00,19.99,15311,United Kingdom" for n in (2, 3, 4)),
    )
    assert asdict(run(database_url, file).database) == {
        "orders": 1,
        "order_lines": 1,
        "units_sold": 3,
        "gross_minor": 5_997,
        "returns": 3,
        "units_returned": 3,
        "refunded_minor": 5_997,
        "points_earned": 59,
        "points_clawed_back": 59,
        "discount_minor": 0,
        "tax_minor": 0,
        "tax_back_minor": 0,
    }
    clawed = query(database_url, "SELECT points_clawed FROM return_settlement ORDER BY settled_at")
    assert clawed == [(20,), (20,), (19,)]


def test_goods_found_sold_returned_and_written_off_leave_the_stock_that_remains(
    database_url: str, tmp_path: Path
) -> None:
    file = file_of(
        tmp_path,
        "536380,71270,,10,2010-12-01 09:40:00,0.00,,United Kingdom",
        "536381,71270,PHOTO CLIP LINE,4,2010-12-01 09:41:00,1.25,15311,United Kingdom",
        "C536382,71270,PHOTO CLIP LINE,-1,2010-12-02 09:45:00,1.25,15311,United Kingdom",
        "536383,71270,damaged,-2,2010-12-03 09:45:00,0.00,,United Kingdom",
    )
    run(database_url, file)
    assert query(database_url, "SELECT on_hand, committed FROM inventory_level") == [(5, 0)]
    assert query(database_url, "SELECT on_hand_delta, reason FROM inventory_movement ORDER BY id") == [
        (10, "FOUND"),
        (-4, "SOLD"),
        (1, "RESTOCKED"),
        (-2, "LOST"),
    ]


def test_the_command_prints_both_sides_and_writes_them_as_json(database_url: str, tmp_path: Path) -> None:
    written = StringIO()
    report = tmp_path / "report.json"
    assert replay_history(database_url, SLICE, report, Console(file=written, width=200)) == 0
    text = written.getvalue()
    assert "62,496.50" in text
    assert "Every difference is explained." in text
    assert "Every invariant holds." in text
    assert json.loads(report.read_text())["balanced"] is True


def test_the_command_answers_1_when_an_invariant_is_broken(database_url: str) -> None:
    run(database_url)
    query(database_url, "UPDATE payment SET captured_minor = 0")
    assert replay_history(database_url, SLICE, None, Console(file=StringIO(), width=200)) == 1


def test_a_file_that_cannot_be_read_answers_2_and_writes_nothing(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "cut.csv.xz"
    file.write_bytes(b"not packed")
    assert replay_history(database_url, file, None, Console(file=StringIO(), width=200)) == 2
    assert set(counts(database_url).values()) == {0}


UNDER_TERMS = Terms(promotion_percent=5, vat_percent=20)


def test_under_a_promotion_and_vat_every_penny_is_explained_and_every_invariant_holds(database_url: str) -> None:
    history = replay.look_through(SLICE, UNDER_TERMS)
    done = connected(database_url, lambda connection: replay.replay(connection, history, lambda _: None))
    reconciliation = reconcile(done.file, done.database)
    assert [each.unexplained for each in reconciliation.comparisons] == [0] * 12
    assert (done.database.orders, done.database.order_lines, done.database.returns) == (158, 1_441, 60)
    assert done.database.gross_minor == STORED.gross_minor - done.database.discount_minor
    assert {each.subject: str(each.database) for each in reconciliation.comparisons} == {
        "invoices and orders": "158",
        "rows and order lines": "1441",
        "units, sold less returned": "35494",
        "money, sold less refunded": "59369.95",
        "returns": "60",
        "units returned": "1634",
        "money refunded": "2782.39",
        "points earned": "48952",
        "points clawed back": "2154",
        "promotion, taken off sales": "3273.08",
        "VAT in sales": "10360.25",
        "VAT in refunds": "463.81",
    }
    assert findings(database_url) == {}


def test_other_terms_are_another_history(database_url: str) -> None:
    run(database_url)
    history = replay.look_through(SLICE, UNDER_TERMS)
    with pytest.raises(OtherHistory):
        connected(database_url, lambda connection: replay.replay(connection, history, lambda _: None))
