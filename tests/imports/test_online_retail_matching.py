from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.imports.online_retail.matching import Purchases, Wanted
from gateway.imports.online_retail.model import LineKind, Match, Outcome, Sale, SaleLine

START = datetime(2011, 1, 1, tzinfo=UTC)


def sale(
    invoice: str, *lines: tuple[int, int], customer: str | None = "12583", day: int = 0, code: str = "22728"
) -> Sale:
    made = tuple(
        SaleLine(place, code, "CLOCK", quantity, price, LineKind.GOODS, Outcome.SOLD)
        for place, (quantity, price) in enumerate(lines)
    )
    return Sale(invoice, START + timedelta(days=day), customer, "France", made)


def wanted(
    quantity: int, price: int, *, customer: str | None = "12583", day: int = 9, kind: LineKind = LineKind.GOODS
) -> Wanted:
    return Wanted(customer, "22728", kind, START + timedelta(days=day), price, quantity)


def bought(*sales: Sale) -> Purchases:
    purchases = Purchases()
    for made in sales:
        purchases.record(made)
    return purchases


def test_units_of_the_same_price_come_before_newer_units_of_another() -> None:
    purchases = bought(sale("S1", (4, 375)), sale("S2", (4, 318), day=1))
    assert purchases.take_back(wanted(2, 375)) == (Match("S1", 0, 2, 375),)


def test_of_the_same_price_the_newest_sale_is_taken_first_and_then_the_older() -> None:
    purchases = bought(sale("S1", (4, 375)), sale("S2", (4, 375), day=1))
    assert purchases.take_back(wanted(6, 375)) == (Match("S2", 0, 4, 375), Match("S1", 0, 2, 375))


def test_another_price_covers_what_the_same_price_does_not() -> None:
    purchases = bought(sale("S1", (1, 375)), sale("S2", (4, 318), day=1))
    assert purchases.take_back(wanted(3, 375)) == (Match("S1", 0, 1, 375), Match("S2", 0, 2, 318))


def test_a_code_twice_on_one_invoice_is_two_lines_the_later_taken_first() -> None:
    purchases = bought(sale("S1", (1, 375), (2, 375)))
    assert purchases.take_back(wanted(3, 375)) == (Match("S1", 1, 2, 375), Match("S1", 0, 1, 375))


def test_never_more_units_than_were_bought() -> None:
    purchases = bought(sale("S1", (4, 375)))
    assert purchases.take_back(wanted(10, 375)) == (Match("S1", 0, 4, 375),)
    assert purchases.take_back(wanted(1, 375)) == ()


def test_units_of_another_customer_are_not_touched() -> None:
    purchases = bought(sale("S1", (4, 375), customer="17850"))
    assert purchases.take_back(wanted(1, 375)) == ()


def test_units_of_another_code_are_not_touched() -> None:
    purchases = bought(sale("S1", (4, 375), code="22727"))
    assert purchases.take_back(wanted(1, 375)) == ()


def test_a_sale_after_the_cancellation_does_not_cover_it() -> None:
    purchases = bought(sale("S1", (4, 375), day=5))
    assert purchases.take_back(wanted(1, 375, day=4)) == ()


def test_a_guest_returns_units_of_guests_at_the_same_price_only() -> None:
    purchases = bought(sale("S1", (4, 375), customer=None), sale("S2", (4, 318), customer=None, day=1))
    assert purchases.take_back(wanted(6, 375, customer=None)) == (Match("S1", 0, 4, 375),)


def test_a_charge_is_taken_back_at_the_same_price_only() -> None:
    purchases = bought(sale("S1", (4, 375)))
    assert purchases.take_back(wanted(1, 1_800, kind=LineKind.SHIPPING)) == ()


prices = st.integers(0, 3)
event = st.tuples(st.sampled_from(["sell", "return"]), st.integers(1, 6), prices, st.sampled_from(["A", "B", None]))
events = st.lists(event, max_size=40)


def replay(
    purchases: Purchases, history: list[tuple[int, tuple[str, int, int, str | None]]]
) -> list[tuple[Match, ...]]:
    found: list[tuple[Match, ...]] = []
    for number, (verb, quantity, price, customer) in history:
        if verb == "sell":
            purchases.record(sale(f"S{number}", (quantity, price), customer=customer, day=number))
        else:
            found.append(purchases.take_back(wanted(quantity, price, customer=customer, day=number)))
    return found


@given(events)
def test_units_taken_back_of_a_line_never_exceed_units_sold_on_it(
    history: list[tuple[str, int, int, str | None]],
) -> None:
    numbered = list(enumerate(history))
    taken: Counter[str] = Counter()
    for matches in replay(Purchases(), numbered):
        for match in matches:
            taken[match.sale_invoice] += match.quantity
    sold = {f"S{number}": quantity for number, (verb, quantity, _, _) in numbered if verb == "sell"}
    assert all(taken[invoice] <= sold[invoice] for invoice in taken)


@given(events)
def test_matches_stand_in_order_same_price_first_then_newest_first(
    history: list[tuple[str, int, int, str | None]],
) -> None:
    numbered = list(enumerate(history))
    returns = [price for _, (verb, _, price, _) in numbered if verb == "return"]
    for price, matches in zip(returns, replay(Purchases(), numbered), strict=True):
        order = [(match.unit_price_minor != price, -int(match.sale_invoice[1:])) for match in matches]
        assert order == sorted(order)


@given(events)
def test_a_known_customer_gets_back_as_many_units_as_are_left(history: list[tuple[str, int, int, str | None]]) -> None:
    numbered = list(enumerate(history))
    left: Counter[str] = Counter()
    found = iter(replay(Purchases(), numbered))
    for _, (verb, quantity, _, customer) in numbered:
        if verb == "sell":
            left[customer or ""] += quantity
            continue
        matched = sum(match.quantity for match in next(found))
        if customer is not None:
            assert matched == min(quantity, left[customer])
        left[customer or ""] -= matched


@given(events, st.integers(0, 40))
def test_resuming_from_open_units_matches_as_if_never_interrupted(
    history: list[tuple[str, int, int, str | None]], stop: int
) -> None:
    numbered = list(enumerate(history))
    first = Purchases()
    before = replay(first, numbered[:stop])
    resumed = Purchases(list(first.open_units()))
    assert before + replay(resumed, numbered[stop:]) == replay(Purchases(), numbered)
