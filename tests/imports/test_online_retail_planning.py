from collections import Counter
from pathlib import Path

import pytest

from gateway.imports.online_retail import planning, reading
from gateway.imports.online_retail.matching import Purchases
from gateway.imports.online_retail.model import (
    BadRow,
    Cancellation,
    Invoice,
    LineKind,
    Match,
    Outcome,
    Refusal,
    Sale,
    Step,
    StockChange,
)
from gateway.imports.online_retail.survey import SurveyedProduct, survey

SLICE = Path(__file__).parent / "fixtures" / "online_retail_slice.csv"


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return list(planning.steps(SLICE))


def planned(*lines: str) -> list[Step]:
    header = ",".join(reading.COLUMNS)
    return list(planning.plan(reading.invoices(reading.rows([header, *lines])), Purchases()))


def test_the_slice_has_exactly_these_outcomes(steps: list[Step]) -> None:
    assert Counter(line.outcome for step in steps for line in step.lines) == {
        Outcome.SOLD: 1_281,
        Outcome.SOLD_TO_GUEST: 135,
        Outcome.GIVEN_FREE: 3,
        Outcome.VOUCHER_SOLD: 2,
        Outcome.SHIPPING_CHARGED: 8,
        Outcome.SERVICE_CHARGED: 12,
        Outcome.STOCK_FOUND: 8,
        Outcome.STOCK_WRITTEN_OFF: 3,
        Outcome.RETURNED: 107,
        Outcome.PARTLY_RETURNED: 5,
        Outcome.RETURN_NOT_COVERED: 38,
        Outcome.CREDIT_WITHOUT_GOODS: 3,
        Outcome.MERCHANT_EXPENSE: 3,
        Outcome.EMPTY_CHARGE: 3,
        Outcome.SUB_PENNY_PRICE: 3,
        Outcome.BAD_DEBT: 3,
    }


def test_every_row_of_the_slice_is_in_exactly_one_step(steps: list[Step]) -> None:
    assert sorted(line.line for step in steps for line in step.lines) == list(range(1, 1_618))


def test_the_slice_makes_these_steps(steps: list[Step]) -> None:
    assert Counter(type(step) for step in steps) == {Sale: 158, Cancellation: 46, StockChange: 7, Refusal: 27}


def test_every_match_names_a_line_of_an_earlier_sale_to_the_same_customer(steps: list[Step]) -> None:
    sales: dict[str, Sale] = {}
    matches = 0
    for step in steps:
        if isinstance(step, Sale):
            sales[step.invoice] = step
        if not isinstance(step, Cancellation):
            continue
        for line in step.lines:
            for match in line.matches:
                sold = sales[match.sale_invoice]
                named = sold.lines[match.sale_line_index]
                assert (sold.customer, named.code) == (step.customer, line.code)
                assert named.unit_price_minor == match.unit_price_minor
                matches += 1
    assert matches == 122


def test_resuming_at_any_invoice_gives_the_remaining_steps_of_one_whole_pass(steps: list[Step]) -> None:
    entries: list[Invoice | BadRow] = list(reading.read(SLICE))
    for stop in (0, 1, 50, 113, 200, 228):
        purchases = Purchases()
        before = list(planning.plan(entries[:stop], purchases))
        after = planning.plan(entries[stop:], Purchases(list(purchases.open_units())))
        assert before + list(after) == steps


def test_reading_again_gives_the_same_steps(steps: list[Step]) -> None:
    assert list(planning.steps(SLICE)) == steps


def test_a_code_named_twice_stays_two_order_lines() -> None:
    (sale,) = planned(
        "536381,71270,PHOTO CLIP LINE,1,2010-12-01 09:41:00,1.25,15311,United Kingdom",
        "536381,71270,PHOTO CLIP LINE,3,2010-12-01 09:41:00,1.25,15311,United Kingdom",
    )
    assert [(line.code, line.line) for line in sale.lines] == [("71270", 1), ("71270", 2)]


def test_an_index_counts_order_lines_and_not_refused_rows() -> None:
    sale, refusal, cancellation = planned(
        "536381,D,Discount,1,2010-12-01 09:41:00,5.00,15311,United Kingdom",
        "536381,71270,PHOTO CLIP LINE,3,2010-12-01 09:41:00,1.25,15311,United Kingdom",
        "C536382,71270,PHOTO CLIP LINE,-2,2010-12-01 09:45:00,1.25,15311,United Kingdom",
    )
    assert isinstance(sale, Sale)
    assert isinstance(refusal, Refusal)
    assert isinstance(cancellation, Cancellation)
    assert cancellation.lines[0].matches == (Match("536381", 0, 2, 125),)


def test_a_cancellation_is_split_by_order_and_pays_what_was_paid() -> None:
    *_, cancellation = planned(
        "536381,71270,PHOTO CLIP LINE,3,2010-12-01 09:41:00,1.25,15311,United Kingdom",
        "536391,71270,PHOTO CLIP LINE,4,2010-12-02 09:41:00,1.45,15311,United Kingdom",
        "C536392,71270,PHOTO CLIP LINE,-2,2010-12-03 09:45:00,1.25,15311,United Kingdom",
        "C536392,71270,PHOTO CLIP LINE,-9,2010-12-03 09:45:00,1.25,15311,United Kingdom",
    )
    assert isinstance(cancellation, Cancellation)
    assert cancellation.by_order() == {"536381": {0: 3}, "536391": {0: 4}}
    assert [line.outcome for line in cancellation.lines] == [Outcome.RETURNED, Outcome.PARTLY_RETURNED]
    assert [(line.matched_quantity, line.refunded_minor) for line in cancellation.lines] == [(2, 250), (5, 705)]
    assert cancellation.only("536391").by_order() == {"536391": {0: 4}}
    assert cancellation.only("536391").lines[0].refunded_minor == 580


def test_an_unreadable_line_is_refused_with_its_reason() -> None:
    (refusal,) = planned("536381,71270,PHOTO CLIP LINE,many,2010-12-01 09:41:00,1.25,15311,United Kingdom")
    assert isinstance(refusal, Refusal)
    assert (refusal.invoice, refusal.lines[0].outcome) == (None, Outcome.UNREADABLE)
    assert refusal.lines[0].reason == "quantity 'many' is not a whole number"


def test_the_survey_names_products_with_their_latest_price_and_the_least_opening_stock() -> None:
    found = survey(
        planned(
            "536381,71270,PHOTO CLIP LINE,3,2010-12-01 09:41:00,1.25,15311,United Kingdom",
            "C536382,71270,PHOTO CLIP LINE,-2,2010-12-01 09:45:00,1.25,15311,United Kingdom",
            "536391,71270,PHOTO CLIP LINE,4,2010-12-02 09:41:00,1.45,,United Kingdom",
            "536391,POST,POSTAGE,1,2010-12-02 09:41:00,18.00,,United Kingdom",
        )
    )
    assert found.products == (
        SurveyedProduct("71270", "PHOTO CLIP LINE", LineKind.GOODS, 145, 5),
        SurveyedProduct("POST", "POSTAGE", LineKind.SHIPPING, 1_800, 0),
    )
    assert [customer.number for customer in found.customers] == ["15311"]
    assert found.rows == 4


def moves(step: Step) -> list[tuple[str, int]]:
    match step:
        case Sale():
            return [(line.code, -line.quantity) for line in step.lines if line.kind is LineKind.GOODS]
        case Cancellation():
            return [(line.code, line.matched_quantity) for line in step.lines if line.kind is LineKind.GOODS]
        case StockChange():
            return [(line.code, line.quantity) for line in step.lines]
        case Refusal():
            return []


def test_with_the_opening_stock_no_code_of_the_slice_ever_falls_below_zero(steps: list[Step]) -> None:
    on_hand = {product.code: product.opening_units for product in survey(steps).products}
    lowest = dict(on_hand)
    for step in steps:
        for code, units in moves(step):
            on_hand[code] += units
            lowest[code] = min(lowest[code], on_hand[code])
    assert len(on_hand) == 865
    assert set(lowest.values()) == {0}
