"""Verification is silent on what the services wrote and loud on what they never would."""

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.connections import WriteConnection
from domain.returns import service, verification
from domain.returns.model import NewReturn
from domain.returns.verification import Finding, Invariant
from tests.orders.shop import shipping
from tests.returns.test_service import Sale, at_counter, sell


def returned(conn: WriteConnection, act: Act) -> Sale:
    """An order with tax, shipping and points: one line came back whole in two steps, the other has an open claim."""
    sale = sell(conn, act, lines=((3, 1000, 167), (2, 5001, 834)), charges=[shipping(act, 595)], member=True)
    at_counter(conn, sale, act, 1)
    at_counter(conn, sale, act, 2)
    service.create(conn, NewReturn(sale.order_id, sale.units(1, line=1)), act.by(sale.associate(sale.shop.york)))
    return sale


def test_returns_with_tax_shipping_points_and_an_open_claim_are_sound(conn: WriteConnection, act: Act) -> None:
    returned(conn, act)
    assert verification.verify(conn) == []


def test_a_whole_order_that_came_back_with_its_shipping_is_sound(conn: WriteConnection, act: Act) -> None:
    sale = returned(conn, act)
    at_counter(conn, sale, act, 1, line=1)
    (open_return,) = conn.execute(sa.text("SELECT count(*) FROM sales_return WHERE status = 'OPEN'")).one()
    assert open_return == 1
    assert verification.verify(conn) == []


def test_a_canceled_claim_leaves_nothing_to_find(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act)
    here = act.by(sale.associate(sale.shop.york))
    made = service.create(conn, NewReturn(sale.order_id, sale.units(2)), here)
    service.cancel(conn, made.id, here)
    assert verification.verify(conn) == []


@pytest.mark.parametrize(
    ("corruption", "invariants"),
    [
        ("UPDATE return_slot SET units = 2 WHERE settled = 1", {Invariant.APART, Invariant.CLAIMS, Invariant.SLOTS}),
        ("DELETE FROM return_settlement WHERE refund_minor > 500", {Invariant.WORTH, Invariant.LEGS}),
        ("UPDATE return_line SET settled = 1 WHERE settled = 2", {Invariant.SLOTS}),
        ("UPDATE order_line_tax SET amount_minor = amount_minor + 3", {Invariant.WORTH}),
    ],
)
def test_what_no_service_writes_is_found(
    conn: WriteConnection, act: Act, corruption: str, invariants: set[Invariant]
) -> None:
    returned(conn, act)
    assert conn.execute(sa.text(corruption)).rowcount > 0
    assert {found.invariant for found in verification.verify(conn)} == invariants


def test_a_finding_says_what_should_be_and_what_is(conn: WriteConnection, act: Act) -> None:
    sale = sell(conn, act)
    at_counter(conn, sale, act, 1)
    conn.execute(sa.text("UPDATE order_line SET claimed = 2"))
    assert verification.verify(conn) == [Finding(Invariant.CLAIMS, sale.lines[0], 1, 2)]
