import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imports.online_retail import planning, points, rendering
from gateway.imports.online_retail.model import Cancellation, Outcome, Refusal, RefusedRow, Sale
from gateway.imports.online_retail.reconciliation import Comparison, DatabaseTotals, reconcile
from gateway.imports.online_retail.tallies import FileTotals, Tally

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
"""What a right import of the slice leaves in a database."""


@pytest.fixture(scope="module")
def totals() -> FileTotals:
    counted = FileTotals()
    for step in planning.steps(SLICE):
        counted.count(step)
    return counted


def comparison(totals: FileTotals, stored: DatabaseTotals, subject: str) -> Comparison:
    (found,) = (each for each in reconcile(totals, stored).comparisons if each.subject == subject)
    return found


def test_the_outcomes_of_the_slice_add_up_to_the_file_to_the_tenth_of_a_penny(totals: FileTotals) -> None:
    assert (totals.whole.lines, totals.whole.units, totals.whole.pounds) == (1_617, 37_236, Decimal("50293.553"))


def test_the_slice_reconciles_with_nothing_unexplained(totals: FileTotals) -> None:
    done = reconcile(totals, STORED)
    assert [each.unexplained for each in done.comparisons] == [0] * 9
    assert done.balanced


def test_a_missing_penny_is_unexplained(totals: FileTotals) -> None:
    done = reconcile(totals, replace(STORED, gross_minor=STORED.gross_minor - 1))
    assert not done.balanced
    assert {each.subject: each.unexplained for each in done.comparisons if each.unexplained} == {
        "money, sold less refunded": Decimal("0.01")
    }


def test_a_doubled_order_is_unexplained(totals: FileTotals) -> None:
    assert comparison(totals, replace(STORED, orders=159), "invoices and orders").unexplained == -1


def test_money_is_explained_by_refusals_and_by_what_the_returned_units_had_cost(totals: FileTotals) -> None:
    money = comparison(totals, STORED, "money, sold less refunded")
    assert (money.file, money.database) == (Decimal("50293.553"), Decimal("62496.50"))
    assert [(part.reason.split(":")[0], part.amount) for part in money.explanations] == [
        ("PARTLY_RETURNED", Decimal("-206.65")),
        ("RETURN_NOT_COVERED", Decimal("-572.64")),
        ("CREDIT_WITHOUT_GOODS", Decimal("-337.79")),
        ("MERCHANT_EXPENSE", Decimal("-1.00")),
        ("SUB_PENNY_PRICE", Decimal("0.003")),
        ("BAD_DEBT", Decimal("-11062.06")),
        ("returns paid less than the cancellation names, because the units cost less", Decimal("-30.61")),
        ("returns paid more than the cancellation names, because the units cost more", Decimal("7.80")),
    ]


def test_an_order_and_a_return_that_services_refuse_are_explained_by_their_codes() -> None:
    steps = list(planning.steps(SLICE))
    lost = next(step for step in steps if isinstance(step, Sale) and step.customer is None)
    unpaid = next(step for step in steps if isinstance(step, Cancellation) and step.customer is None)
    (order,) = unpaid.by_order()
    counted = FileTotals()
    for step in steps:
        refused = {lost.invoice: "OUT_OF_STOCK"} if step is lost else {}
        counted.count(step, {order: "NOT_RETURNABLE"} if step is unpaid else refused)
    sold, back = sum(line.quantity for line in lost.lines), sum(line.matched_quantity for line in unpaid.lines)
    stored = replace(
        STORED,
        orders=157,
        order_lines=STORED.order_lines - len(lost.lines),
        units_sold=STORED.units_sold - sold,
        gross_minor=STORED.gross_minor - sum(line.gross_minor for line in lost.lines),
        returns=59,
        units_returned=STORED.units_returned - back,
        refunded_minor=STORED.refunded_minor - sum(line.refunded_minor for line in unpaid.lines),
    )
    done = reconcile(counted, stored)
    assert [each.unexplained for each in done.comparisons] == [0] * 9
    reasons = {part.reason for each in done.comparisons for part in each.explanations}
    assert {"OUT_OF_STOCK: refused by the service", "NOT_RETURNABLE: refused by the service"} < reasons


def test_points_of_a_refused_return_are_not_clawed_back() -> None:
    steps = list(planning.steps(SLICE))
    kept = next(step for step in steps if isinstance(step, Cancellation) and step.customer is not None)
    counted, all_applied = FileTotals(), FileTotals()
    for step in steps:
        all_applied.count(step)
        counted.count(step, dict.fromkeys(kept.by_order(), "WINDOW_CLOSED") if step is kept else {})
    assert counted.points.earned == all_applied.points.earned
    assert counted.points.clawed_back < all_applied.points.clawed_back


def test_parts_of_a_penny_are_kept_with_their_sign() -> None:
    tally = Tally()
    tally.add_exact(-3, Decimal("0.015"))
    tally.add_exact(2, Decimal("1.25"))
    assert (tally.lines, tally.units, tally.pounds) == (2, -1, Decimal("2.455"))


def test_an_unreadable_line_counts_as_a_line_without_units_or_money() -> None:
    counted = FileTotals()
    row = RefusedRow(1, "", 0, Decimal(0), Outcome.UNREADABLE, "quantity is zero")
    counted.count(Refusal(None, None, (row,)))
    assert (counted.whole.lines, counted.whole.units, counted.whole.pounds) == (1, 0, Decimal(0))


def test_the_text_says_both_sides_of_the_money_and_that_all_is_explained(totals: FileTotals) -> None:
    text = rendering.as_text(reconcile(totals, STORED))
    assert "50,293.553" in text
    assert "62,496.50" in text
    assert text.endswith("Every difference is explained.\n")


def test_the_text_says_when_something_is_unexplained(totals: FileTotals) -> None:
    text = rendering.as_text(reconcile(totals, replace(STORED, points_earned=61_858)))
    assert text.endswith("Something is unexplained.\n")


def test_the_json_carries_exact_decimals(totals: FileTotals) -> None:
    written = json.loads(rendering.as_json(reconcile(totals, STORED)))
    assert written["balanced"] is True
    assert len(written["outcomes"]) == 20
    money = written["comparisons"][3]
    assert (money["file"], money["database"], money["unexplained"]) == ("50293.553", "62496.50", "0.000")


def test_points_of_an_order_are_its_whole_pounds_shared_over_its_goods() -> None:
    sale = next(step for step in planning.steps(SLICE) if isinstance(step, Sale) and step.customer is not None)
    parts = points.earned_by_line(sale)
    assert sum(parts) == sum(line.gross_minor for line in sale.lines) // 100
    assert points.earned_by_line(replace(sale, customer=None)) == [0] * len(sale.lines)


@given(st.integers(0, 10_000), st.integers(1, 500), st.data())
def test_points_taken_back_grow_to_all_and_are_never_too_few_for_what_is_kept(
    earned: int, quantity: int, data: st.DataObject
) -> None:
    returned = data.draw(st.integers(0, quantity))
    kept = earned - points.clawed(earned, returned, quantity)
    assert kept * quantity <= earned * (quantity - returned) < (kept + 1) * quantity
    assert points.clawed(earned, quantity, quantity) == earned
