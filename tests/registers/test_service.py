"""Drawers: what goes in and out, who counts, and how a session ends."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import Act, Actor, ActorKind
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.locations import service as locations
from domain.money import Currency, Money
from domain.payments import service as payments
from domain.payments.model import Tender
from domain.payments.verification import verify as verify_payments
from domain.registers import drawers, service, store
from domain.registers.model import EntryKind, RegisterSession
from domain.registers.store import entry_table, session_table
from domain.registers.verification import ABOVE_ZERO, DRAWER, verify
from tests.locations.places import LONDON, store_at
from tests.payments.paper import ORDER, STORE, TILL, opened
from tests.registers.tills import drawer

GBP = Currency("GBP")
CASHIER = Actor(ActorKind.ASSOCIATE, "mia", location_ids=frozenset({STORE}), terminal_id=TILL)
MakeAct = Callable[..., Act]


def gbp(minor: int) -> Money:
    return Money(minor, GBP)


@pytest.fixture
def till(conn: WriteConnection, act: Act) -> RegisterSession:
    """A drawer with 1,000.00 in it."""
    return opened(conn, act, GBP)


def code(action: Callable[[], object]) -> tuple[str, int | None]:
    """What a command was refused with, and the maximum it names."""
    with pytest.raises(Refused) as refused:
        action()
    maximum = refused.value.facts.get("maximum")
    return refused.value.code.value, maximum if isinstance(maximum, int) else None


def test_sales_refunds_and_movements_come_to_what_should_be_there(
    conn: WriteConnection, act: Act, till: RegisterSession
) -> None:
    at_till = act.by(CASHIER)
    payments.record_cash(conn, ORDER, gbp(12_50), act, drawer=till)
    payments.reserve_refund(conn, ORDER, gbp(2_50), "return-1", at_till, cash_location_id=STORE)
    service.move(conn, till.id, EntryKind.PAID_IN, gbp(20_00), "More coins", at_till)
    service.move(conn, till.id, EntryKind.PAID_OUT, gbp(5_00), "Window cleaner", at_till)
    service.move(conn, till.id, EntryKind.DROP, gbp(900_00), "Safe", at_till)
    there = store.drawers(conn, [till.id])[till.id]
    assert there.sums == {
        EntryKind.SALE: 12_50,
        EntryKind.REFUND: -2_50,
        EntryKind.PAID_IN: 20_00,
        EntryKind.PAID_OUT: -5_00,
        EntryKind.DROP: -900_00,
    }
    assert (there.expected_minor, there.entries) == (125_00, 5)
    assert [(one.kind, one.amount_minor, one.reason) for one in store.movements(conn, [till.id])[till.id]] == [
        (EntryKind.PAID_IN, 20_00, "More coins"),
        (EntryKind.PAID_OUT, -5_00, "Window cleaner"),
        (EntryKind.DROP, -900_00, "Safe"),
    ]
    assert (verify(conn), verify_payments(conn)) == ([], [])


def test_a_till_has_one_open_session_and_numbers_them_without_a_gap(
    conn: WriteConnection, act: Act, till: RegisterSession
) -> None:
    assert till.number == 1
    assert code(lambda: drawer(conn, act, TILL, STORE)) == ("SESSION_ALREADY_OPEN", None)
    service.count(conn, till.id, gbp(999_00), act.by(CASHIER))
    closed = service.close(conn, till.id, " One short ", act.by(CASHIER))
    assert closed.closing is not None
    assert (closed.closing.counted_minor, closed.closing.expected_minor, closed.closing.note) == (
        999_00,
        1000_00,
        "One short",
    )
    assert store.one(conn, till.id) == closed
    assert drawer(conn, act, TILL, STORE).number == 2
    assert drawer(conn, act, UUID(int=5), STORE).number == 1
    assert verify(conn) == []


def test_a_session_closes_by_a_count_after_which_no_cash_moved(
    conn: WriteConnection, act: Act, till: RegisterSession
) -> None:
    at_till = act.by(CASHIER)
    assert code(lambda: service.close(conn, till.id, "", at_till)) == ("NOT_COUNTED", None)
    service.count(conn, till.id, gbp(1000_00), at_till)
    service.move(conn, till.id, EntryKind.PAID_IN, gbp(1), "Found", at_till)
    service.move(conn, till.id, EntryKind.PAID_OUT, gbp(1), "Not ours", at_till)
    assert code(lambda: service.close(conn, till.id, "", at_till)) == ("COUNT_STALE", None)
    service.count(conn, till.id, gbp(1000_00), at_till)
    service.close(conn, till.id, "", at_till)
    for again in (
        lambda: service.close(conn, till.id, "", at_till),
        lambda: service.count(conn, till.id, gbp(0), at_till),
        lambda: service.move(conn, till.id, EntryKind.PAID_IN, gbp(1), "Late", at_till),
        lambda: payments.record_cash(conn, ORDER, gbp(1), act, drawer=drawers.taking(conn, TILL, GBP)),
    ):
        assert code(again) == ("SESSION_CLOSED", None)


def test_no_more_goes_out_than_is_there(conn: WriteConnection, act: Act, till: RegisterSession) -> None:
    at_till = act.by(CASHIER)
    service.move(conn, till.id, EntryKind.DROP, gbp(990_00), "Safe", at_till)
    out = lambda: service.move(conn, till.id, EntryKind.PAID_OUT, gbp(10_01), "Rent", at_till)  # noqa: E731
    assert code(out) == ("INSUFFICIENT_DRAWER", 10_00)
    payments.record_cash(conn, ORDER, gbp(45_00), act, drawer=till)
    service.move(conn, till.id, EntryKind.DROP, gbp(25_00), "Safe", at_till)

    def back() -> None:
        with conn.begin_nested():
            payments.reserve_refund(conn, ORDER, gbp(45_00), "r", at_till, cash_location_id=STORE)

    assert code(back) == ("INSUFFICIENT_DRAWER", 30_00)
    service.move(conn, till.id, EntryKind.PAID_IN, gbp(15_00), "Float", at_till)
    (leg,) = payments.reserve_refund(conn, ORDER, gbp(45_00), "r2", at_till, cash_location_id=STORE)
    assert (leg.terminal_id, leg.location_id, leg.tender) == (TILL, STORE, Tender.CASH)
    assert store.drawers(conn, [till.id])[till.id].expected_minor == 0


@pytest.mark.parametrize(
    ("kind", "amount", "reason", "expected"),
    [
        (EntryKind.PAID_IN, gbp(0), "Nothing", "AMOUNT_INVALID"),
        (EntryKind.PAID_IN, gbp(-1), "Less", "AMOUNT_INVALID"),
        (EntryKind.PAID_IN, gbp(10**12 + 1), "More", "AMOUNT_INVALID"),
        (EntryKind.PAID_OUT, Money(1, Currency("EUR")), "Euro", "CURRENCY_MISMATCH"),
        (EntryKind.DROP, gbp(1), "  ", "REASON_INVALID"),
        (EntryKind.DROP, gbp(1), "x" * 201, "REASON_INVALID"),
    ],
)
def test_a_movement_that_makes_no_sense_is_refused(
    conn: WriteConnection, act: Act, till: RegisterSession, kind: EntryKind, amount: Money, reason: str, expected: str
) -> None:
    assert code(lambda: service.move(conn, till.id, kind, amount, reason, act.by(CASHIER))) == (expected, None)
    assert store.drawers(conn, [till.id])[till.id].entries == 0


def test_cash_of_another_currency_or_another_place_finds_no_drawer(
    conn: WriteConnection, act: Act, till: RegisterSession
) -> None:
    at_till = act.by(CASHIER)
    assert code(lambda: drawers.taking(conn, TILL, "EUR")) == ("SESSION_CLOSED", None)
    assert code(lambda: drawers.giving(conn, STORE, "EUR", at_till)) == ("SESSION_CLOSED", None)
    assert code(lambda: drawers.giving(conn, UUID(int=1), GBP, at_till)) == ("SESSION_CLOSED", None)
    other = replace(CASHIER, terminal_id=UUID(int=1))
    assert code(lambda: drawers.giving(conn, STORE, GBP, act.by(other))) == ("SESSION_CLOSED", None)


def test_who_is_at_no_till_hands_out_of_the_only_open_drawer(
    conn: WriteConnection, act: Act, till: RegisterSession
) -> None:
    office = act.by(Actor(ActorKind.STAFF, "office"))
    assert drawers.giving(conn, STORE, GBP, office).id == till.id
    drawer(conn, act, UUID(int=5), STORE)
    assert code(lambda: drawers.giving(conn, STORE, GBP, office)) == ("SESSION_CLOSED", None)


def test_only_who_works_there_touches_a_drawer(conn: WriteConnection, act: Act, till: RegisterSession) -> None:
    elsewhere = act.by(replace(CASHIER, location_ids=frozenset({UUID(int=1)})))
    move = lambda: service.move(conn, till.id, EntryKind.PAID_IN, gbp(1), "x", elsewhere)  # noqa: E731
    assert code(move) == ("SESSION_NOT_FOUND", None)
    assert code(lambda: service.count(conn, till.id, gbp(1), elsewhere)) == ("SESSION_NOT_FOUND", None)
    assert code(lambda: service.close(conn, till.id, "", elsewhere)) == ("SESSION_NOT_FOUND", None)
    opening = lambda: service.open_session(conn, UUID(int=5), STORE, GBP, gbp(1), elsewhere)  # noqa: E731
    assert code(opening) == ("LOCATION_NOT_ALLOWED", None)


def test_verify_finds_a_drawer_that_does_not_add_up_and_cash_in_no_drawer(
    conn: WriteConnection, act: Act, till: RegisterSession
) -> None:
    payment = payments.record_cash(conn, ORDER, gbp(12_50), act, drawer=till)
    service.count(conn, till.id, gbp(1012_50), act.by(CASHIER))
    service.close(conn, till.id, "", act.by(CASHIER))
    conn.execute(sa.update(session_table).values(expected_minor=1))
    assert verify(conn) == [(DRAWER, f"{till.id}: expected 1, is 101250")]
    conn.execute(sa.update(session_table).values(float_minor=0, expected_minor=12_50))
    conn.execute(sa.insert(entry_table).values(_stray(till, act)))
    assert verify(conn) == [(ABOVE_ZERO, f"{till.id}: expected 1250, is -1")]
    conn.execute(sa.delete(entry_table).where(entry_table.c.source_id == payment.id))
    assert [(one.invariant, one.subject) for one in verify_payments(conn)] == [
        ("I-13 drawer", payment.id),
        ("I-13 drawer", UUID(int=3)),
    ]


def _stray(till: RegisterSession, act: Act) -> dict[str, object]:
    return {
        "id": UUID(int=2),
        "session_id": till.id,
        "kind": EntryKind.REFUND,
        "amount_minor": -1251,
        "source_id": UUID(int=3),
        "reason": "",
        "actor_id": "x",
        "recorded_at": act.now,
    }


def test_stores_keep_their_sessions_apart(conn: WriteConnection, act: Act, till: RegisterSession) -> None:
    york = UUID(int=0xB1)
    locations.create(conn, store_at("B1", LONDON), replace(act, new_id=lambda: york))
    there = drawer(conn, act, UUID(int=5), york)
    assert [one.id for one in store.open_at_location(conn, york)] == [there.id]
    assert store.current_of_terminal(conn, TILL) == till
    assert store.current_of_terminal(conn, UUID(int=9)) is None
