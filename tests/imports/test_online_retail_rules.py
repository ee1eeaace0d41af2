from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.imports.online_retail import reading, rules
from gateway.imports.online_retail.model import LineKind, Outcome, Row


def row(
    code: str = "85123A",
    quantity: int = 1,
    price: str = "2.55",
    invoice: str = "536365",
    customer: str | None = "17850",
) -> Row:
    pounds, pence = reading.price(price)
    at = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    return Row(1, invoice, code, "T-LIGHT", quantity, at, pounds, pence, customer, "France")


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (row(), Outcome.SOLD),
        (row(code="PADS"), Outcome.SOLD),
        (row(code="DCGSSGIRL", customer=None), Outcome.SOLD_TO_GUEST),
        (row(customer=None), Outcome.SOLD_TO_GUEST),
        (row(price="0.0"), Outcome.GIVEN_FREE),
        (row(code="GIFT_0001_20"), Outcome.VOUCHER_SOLD),
        (row(code="POST"), Outcome.SHIPPING_CHARGED),
        (row(code="DOT", customer=None), Outcome.SHIPPING_CHARGED),
        (row(code="M"), Outcome.SERVICE_CHARGED),
        (row(code="BANK CHARGES"), Outcome.SERVICE_CHARGED),
        (row(code="S"), Outcome.SERVICE_CHARGED),
        (row(code="POST", price="0.0"), Outcome.EMPTY_CHARGE),
        (row(code="GIFT_0001_20", price="0.0"), Outcome.EMPTY_CHARGE),
        (row(quantity=-3, price="0.0", customer=None), Outcome.STOCK_WRITTEN_OFF),
        (row(quantity=-3), Outcome.WRONG_SIGN),
        (row(code="POST", quantity=-3, price="0.0"), Outcome.WRONG_SIGN),
        (row(quantity=-1, invoice="C536379"), Outcome.RETURNED),
        (row(quantity=1, invoice="C536379"), Outcome.WRONG_SIGN),
        (row(code="D", quantity=-1, invoice="C536379"), Outcome.CREDIT_WITHOUT_GOODS),
        (row(code="AMAZONFEE", quantity=-1, invoice="C537651"), Outcome.MERCHANT_EXPENSE),
        (row(code="CRUK", quantity=-1, invoice="C537651"), Outcome.MERCHANT_EXPENSE),
        (row(code="AMAZONFEE"), Outcome.MERCHANT_EXPENSE),
        (row(code="TEAPOT"), Outcome.UNKNOWN_CODE),
        (row(price="0.001"), Outcome.SUB_PENNY_PRICE),
        (row(price="-1.00"), Outcome.NEGATIVE_PRICE),
        (row(code="B", invoice="A563185"), Outcome.BAD_DEBT),
    ],
)
def test_each_row_has_the_outcome_of_its_rule(given: Row, outcome: Outcome) -> None:
    assert rules.classify(given, priced=True) is outcome


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (row(code="B", price="-11062.06", invoice="A563186"), Outcome.BAD_DEBT),
        (row(price="-0.001"), Outcome.NEGATIVE_PRICE),
        (row(code="BANK CHARGES", price="0.001"), Outcome.SUB_PENNY_PRICE),
        (row(code="AMAZONFEE", price="0.001"), Outcome.SUB_PENNY_PRICE),
        (row(code="D", quantity=1, invoice="C536379"), Outcome.CREDIT_WITHOUT_GOODS),
        (row(code="POST", quantity=-1, price="0.0", invoice="C536379"), Outcome.RETURNED),
    ],
)
def test_of_two_rules_the_earlier_one_decides(given: Row, outcome: Outcome) -> None:
    assert rules.classify(given, priced=False) is outcome


def test_goods_at_zero_without_a_customer_are_a_gift_only_beside_a_price() -> None:
    given = row(price="0.0", customer=None)
    assert rules.classify(given, priced=True) is Outcome.GIVEN_FREE
    assert rules.classify(given, priced=False) is Outcome.STOCK_FOUND


def test_goods_at_zero_to_a_customer_are_a_gift_even_alone() -> None:
    assert rules.classify(row(price="0.0"), priced=False) is Outcome.GIVEN_FREE


def test_every_outcome_states_its_rule() -> None:
    assert list(rules.STATED) == list(Outcome)


def test_codes_stand_for_what_the_file_uses_them_for() -> None:
    codes = ["22423", "85123A", "15056BL", "DCGS0003", "GIFT_0001_10", "POST", "C2", "M", "D", "CRUK", "B", ""]
    goods, none = LineKind.GOODS, None
    assert [rules.kind_of(code) for code in codes] == [
        *(goods, goods, goods, goods),
        *(LineKind.VOUCHER, LineKind.SHIPPING, LineKind.SHIPPING, LineKind.CHARGE),
        *(none, none, none, none),
    ]


def test_prices_are_exact() -> None:
    assert reading.price("38970.0") == (Decimal("38970.0"), 3_897_000)
