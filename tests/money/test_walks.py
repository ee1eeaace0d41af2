"""Any sale of any basket by any tenders, returned in any parts: every figure adds up after every step."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.acts import Act, Actor, Scope
from domain.connections import WriteConnection
from domain.gift_cards import codes
from domain.gift_cards import service as gift_cards
from domain.gift_cards.model import GiftCard, GiftCardSource, NewCards
from domain.ledger import stored_value
from domain.ledger.verify import verify as verify_ledger
from domain.money import Money
from domain.orders import checkout, service, store
from domain.orders.model import Order, OrderId
from domain.orders.tendering import TenderPart
from domain.orders.tills import TillLine, TillSale, TillTender
from domain.payments import service as payments
from domain.payments import store as payment_store
from domain.payments.model import RefundOrder, Tender, TenderTerms
from domain.payments.provider import ProviderResult, ProviderStatus
from domain.payments.verification import verify as verify_payments
from domain.pricing import service as pricing
from domain.pricing.model import TaxRate
from domain.promotions.model import (
    AmountOff,
    BuyXGetY,
    Conditions,
    Definition,
    Effect,
    OnReturn,
    PercentageOff,
    SpendSteps,
    Step,
    Target,
)
from domain.returns import service as returns
from domain.returns import store as return_store
from domain.returns.model import LineChoice, NewReturn, ReturnQuote
from domain.returns.verification import verify as verify_returns
from tests.orders.shop import GBP, TILL, Shop, open_shop, promise
from tests.promotions.parts import live

MakeAct = Callable[..., Act]
KEY = b"k" * 32
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
POINTS = 500

effects: st.SearchStrategy[Effect] = st.one_of(
    st.builds(PercentageOff, st.integers(1, 1_000_000), st.sampled_from([Target.LINES, Target.ORDER])),
    st.builds(AmountOff, st.integers(1, 2_000), st.just(False), st.sampled_from([Target.LINES, Target.ORDER])),
    st.builds(BuyXGetY, st.integers(1, 2), st.integers(1, 2)),
    st.builds(lambda least: SpendSteps((Step(least, amount_minor=700),)), st.integers(0, 3_000)),
)


@dataclass(frozen=True)
class Sale:
    """What somebody buys, how it is reduced, and what pays it: points, a gift card, and the rest by card or in coins."""

    quantities: tuple[int, int, int]
    effect: Effect
    minimum_minor: int
    on_return: OnReturn
    points: int
    gift_minor: int
    tender: TillTender
    step_minor: int
    order: RefundOrder
    parts: Sequence[int]


ALL_BY_POINTS = Sale(
    quantities=(2, 0, 0),
    effect=AmountOff(2_000),
    minimum_minor=0,
    on_return=OnReturn.RECALCULATE,
    points=POINTS,
    gift_minor=0,
    tender=TillTender.CASH,
    step_minor=1,
    order=RefundOrder.CARD_FIRST,
    parts=[0],
)
"""The good that is kept would be free, and no money was paid that could go back for the other."""
sales = st.builds(
    Sale,
    st.tuples(*[st.integers(0, 3)] * 3).filter(any),
    effects,
    st.sampled_from([0, 2_000]),
    st.sampled_from(OnReturn),
    st.integers(0, POINTS),
    st.sampled_from([0, 0, 300, 1_500, 9_000]),
    st.sampled_from(TillTender),
    st.sampled_from([1, 5, 10]),
    st.sampled_from(RefundOrder),
    st.lists(st.integers(0, 99), min_size=9, max_size=9),
)


@pytest.fixture
def shop(conn: WriteConnection, make_act: MakeAct) -> Shop:
    """A shop that every sale finds as it was opened."""
    return open_shop(conn, make_act(), points=POINTS)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sale=sales)
@example(sale=ALL_BY_POINTS)
def test_every_sale_comes_back_to_the_last_penny_point_and_tax_in_whatever_parts(
    conn: WriteConnection, make_act: MakeAct, shop: Shop, sale: Sale
) -> None:
    attempt = conn.begin_nested()
    try:
        act = make_act(clerk(shop))
        card = prepared(conn, sale, act)
        order = sold(conn, shop, sale, card, act)
        for units in visits(conn, order, sale.parts):
            returned(conn, shop, order, units, act)
            nothing_goes_past_what_was_taken(conn, order)
        everything_is_back(conn, order, card, act)
        assert sound(conn)
    finally:
        attempt.rollback()


def clerk(shop: Shop) -> Actor:
    return replace(shop.associate, scopes=shop.associate.scopes | {Scope.WRITE_RETURNS})


def prepared(conn: WriteConnection, sale: Sale, act: Act) -> GiftCard | None:
    """Taxes of two jurisdictions, the tender terms, the promotion, and the gift card if one is used."""
    rates = [TaxRate("GB", name, ppm, SINCE) for name, ppm in (("VAT", 200_000), ("CITY", 12_500))]
    pricing.import_rates(conn, rates)
    payments.set_terms(conn, TenderTerms("GB", GBP, sale.step_minor, sale.order), act)
    conditions = Conditions(minimum_subtotal_minor=sale.minimum_minor)
    told = Definition("P", sale.effect, SINCE, conditions=conditions, currency=GBP, on_return=sale.on_return)
    live(conn, act, told)
    if not sale.gift_minor:
        return None
    new = NewCards(Money(sale.gift_minor, GBP), 1, "GB", GiftCardSource.GRANTED)
    return gift_cards.issue(conn, new, act, codes.code_of(b"key"))[0]


def sold(conn: WriteConnection, shop: Shop, sale: Sale, card: GiftCard | None, act: Act) -> Order:
    """The order, paid and handed over; what points pay is asked of the same sale without them."""
    lines = tuple(
        TillLine(variant, quantity)
        for variant, quantity in zip((shop.shirt, shop.socks, shop.mug), sale.quantities, strict=True)
        if quantity
    )
    plain = TillSale(
        sales_channel_id=shop.tills,
        location_id=shop.soho,
        terminal_id=TILL,
        lines=lines,
        tender=sale.tender,
        payment_method="pm_card_visa" if sale.tender is TillTender.CARD else None,
        customer_id=shop.customer,
    )
    attempt = conn.begin_nested()
    try:
        whole = store.order(conn, begun_of(conn, plain, act)).total_minor
    finally:
        attempt.rollback()
    points = min(sale.points, whole)
    parts = []
    if card is not None and points < whole:
        parts.append(TenderPart(Tender.GIFT_CARD, None, card.wallet_id, card.last_characters))
    return store.order(conn, begun_of(conn, replace(plain, points=points, parts=tuple(parts)), act))


def begun_of(conn: WriteConnection, sale: TillSale, act: Act) -> OrderId:
    """The order that a sale becomes once the card, if any, has paid."""
    begun = service.create_at_till(conn, sale, act)
    due = begun.due.amount_minor
    if sale.tender is TillTender.CARD and begun.payment_id is not None:
        done = checkout.finish(conn, begun.id, promise(due), act)
        assert done.payment is not None
        told = ProviderResult(ProviderStatus.CAPTURED, "pi_1", captured_minor=due, authorized_minor=due, currency=GBP)
        payments.record_authorization(conn, done.payment.id, told, act)
    return begun.order_id


def visits(conn: WriteConnection, order: Order, parts: Sequence[int]) -> list[tuple[LineChoice, ...]]:
    """Every unit of an order, in an order and in groups that `parts` says."""
    lines = store.lines_of_orders(conn, [order.id])[order.id]
    units = [line.id for line in lines for _ in range(line.quantity)]
    found, taken = [], list(parts)
    while units:
        size = min(len(units), 1 + taken[0] % 3)
        chosen = Counter(units.pop(taken[n % len(taken)] % len(units)) for n in range(size))
        found.append(tuple(LineChoice(line_id, quantity) for line_id, quantity in chosen.items()))
        taken = [*taken[1:], taken[0]]
    return found


def returned(conn: WriteConnection, shop: Shop, order: Order, units: tuple[LineChoice, ...], act: Act) -> None:
    """Quote and return units: the quote binds, and what was paid is what it said."""
    quote = returns.quote(conn, order.id, units, act.now)
    assert quote == returns.quote(conn, order.id, units, act.now)
    token = returns.token_of(quote, act.now + timedelta(minutes=30), KEY)
    made = returns.create_and_process(conn, NewReturn(order.id, units, shop.soho), {}, token, act, signing_key=KEY)
    (settled,) = return_store.settlements_of_returns(conn, [made.id])[made.id]
    legs = payment_store.legs_of_references(conn, [str(made.id)]).get(str(made.id), ())
    assert settled.refund_minor == quote.refund_minor == sum(leg.amount_minor for leg in legs) >= 0
    assert (settled.points_back, settled.points_clawed) == (quote.points_back, quote.points_clawed)
    assert taxes_of(quote) == {tax.jurisdiction: tax.amount_minor for tax in settled.taxes if tax.amount_minor}


def taxes_of(quote: ReturnQuote) -> dict[str, int]:
    found: Counter[str] = Counter()
    for line in quote.lines:
        for tax in line.taxes:
            found[tax.jurisdiction] += tax.amount_minor
    for tax in quote.withheld.taxes:
        found[tax.jurisdiction] -= tax.amount_minor
    return {name: amount for name, amount in found.items() if amount}


def nothing_goes_past_what_was_taken(conn: WriteConnection, order: Order) -> None:
    """Of each payment, of all of them, and of each tax."""
    found = payment_store.payments_of_orders(conn, [order.id]).get(order.id, ())
    back: Counter[UUID] = Counter()
    for leg in payment_store.legs_of_orders(conn, [order.id]).get(order.id, ()):
        back[leg.payment_id] += leg.amount_minor
    assert all(0 <= back[one.id] <= one.amount_minor for one in found)
    collected, given_back = taxes(conn, order)
    assert all(0 <= amount <= collected[name] for name, amount in given_back.items())


def taxes(conn: WriteConnection, order: Order) -> tuple[Counter[str], Counter[str]]:
    """What was collected and given back, by jurisdiction."""
    collected: Counter[str] = Counter()
    for _, tax in store.taxes_of_orders(conn, [order.id]).get(order.id, ()):
        collected[tax.jurisdiction] += tax.amount_minor
    given_back: Counter[str] = Counter()
    for tax in (tax for one in settlements(conn, order) for tax in one.taxes):
        given_back[tax.jurisdiction] += tax.amount_minor
    return collected, given_back


def settlements(conn: WriteConnection, order: Order) -> list[return_store.Settlement]:
    ids = [one.id for one in return_store.returns_of_orders(conn, [order.id]).get(order.id, ())]
    return [one for group in return_store.settlements_of_returns(conn, ids).values() for one in group]


def everything_is_back(conn: WriteConnection, order: Order, card: GiftCard | None, act: Act) -> None:
    """All units are back, and so are the money, each tax, the coins, the gift card's value and the points."""
    done = settlements(conn, order)
    assert sum(one.refund_minor for one in done) == order.due_minor
    assert sum(one.points_back for one in done) == order.points
    collected, given_back = taxes(conn, order)
    assert given_back == collected
    cash = [
        one for one in payment_store.payments_of_orders(conn, [order.id]).get(order.id, ()) if one.tender is Tender.CASH
    ]
    out = [
        leg.paid_minor
        for leg in payment_store.legs_of_orders(conn, [order.id]).get(order.id, ())
        if leg.tender is Tender.CASH
    ]
    assert sum(out) == sum(one.captured_minor or 0 for one in cash)
    if card is not None:
        assert stored_value.spendable(conn, [card.wallet_id], act.now)[card.wallet_id] == card.initial_minor


def sound(conn: WriteConnection) -> bool:
    """No room finds a contradiction, and every journal balances."""
    return (service.verify(conn), verify_payments(conn), verify_returns(conn), verify_ledger(conn).findings) == (
        [],
        [],
        [],
        (),
    )
