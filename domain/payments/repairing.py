"""Making a failed refund good: the same card again, cash at a till, or store credit."""

from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import service as ledger
from domain.locations import store as locations
from domain.locations.model import LocationId
from domain.money import Money
from domain.payments import outbox, rules, store
from domain.payments.errors import (
    LocationNotAllowed,
    PaymentDisputed,
    RefundAlreadyReplaced,
    RefundExceedsCapacity,
    RefundNotFailed,
    RefundNotFound,
    TenderUnavailable,
)
from domain.payments.model import Capacity, RefundLeg, RefundLegId, Tender
from domain.payments.refunding import book_rounding, new_leg
from domain.registers import drawers


def retry(conn: WriteConnection, leg_id: RefundLegId, act: Act) -> RefundLeg:
    """Send a failed leg's amount to the same card again, as a new leg with a new key.

    Raises:
        RefundNotFound, RefundNotFailed, RefundAlreadyReplaced: there is no such leg, or nothing to make good.
        RefundExceedsCapacity, PaymentDisputed: the money went back otherwise, or is under dispute.
    """
    failed, capacity = _failed(conn, leg_id)
    leg = new_leg(capacity, Tender.CARD, failed.amount_minor, failed.reference, act, replaces=failed)
    store.insert_legs(conn, [leg], act, "retry")
    outbox.refund(conn, [leg], act)
    return leg


def reroute(
    conn: WriteConnection,
    leg_id: RefundLegId,
    tender: Tender,
    act: Act,
    *,
    cash_location_id: UUID | None = None,
    credit_owner: str | None = None,
) -> RefundLeg:
    """Give a failed leg's amount back in cash or as store credit; it succeeds at once.

    `credit_owner` names the wallet's owner in the ledger; without one the credit belongs to the order.

    Raises:
        TenderUnavailable: the tender is neither CASH nor STORE_CREDIT, or cash has no location.
        LocationNotAllowed: there is no such location, or the actor does not work there.
        RefundNotFound, RefundNotFailed, RefundAlreadyReplaced: there is no such leg, or nothing to make good.
        RefundExceedsCapacity, PaymentDisputed: the money went back otherwise, or is under dispute.
        SessionClosed, InsufficientDrawer: no drawer is open there, or it holds less.
    """
    if tender not in (Tender.CASH, Tender.STORE_CREDIT):
        raise TenderUnavailable("A failed refund is rerouted to CASH or STORE_CREDIT.")
    if tender is Tender.CASH and cash_location_id is None:
        raise TenderUnavailable("Cash is handed out in a store: send its locationId.")
    if cash_location_id is not None and not _has_drawer(conn, cash_location_id, act):
        raise LocationNotAllowed
    failed, capacity = _failed(conn, leg_id)
    drawer = None
    if tender is Tender.CASH:
        assert cash_location_id is not None
        drawer = drawers.giving(conn, cash_location_id, failed.currency, act)
    leg = new_leg(capacity, tender, failed.amount_minor, failed.reference, act, drawer=drawer, replaces=failed)
    store.insert_legs(conn, [leg], act, "reroute")
    if drawer is not None:
        drawers.give(conn, drawer, [(leg.id, leg.paid_minor)], act)
    book_rounding(conn, leg, act)
    if tender is Tender.STORE_CREDIT:
        owner = credit_owner or f"order:{leg.order_id}"
        ledger.store_credit(conn, owner, Money(leg.amount_minor, leg.currency), f"refund_leg:{leg.id}", act)
    return leg


def _has_drawer(conn: WriteConnection, location_id: UUID, act: Act) -> bool:
    """Whether the actor may hand out cash there; head office works everywhere that there is."""
    return act.actor.works_at(location_id) and bool(locations.versions(conn, [LocationId(location_id)]))


def _failed(conn: WriteConnection, leg_id: RefundLegId) -> tuple[RefundLeg, Capacity]:
    """The failed leg and its payment's capacity, under the payment's lock."""
    found = store.legs(conn, [leg_id]).get(leg_id)
    if found is None:
        raise RefundNotFound
    payment = store.lock(conn, found.payment_id)
    leg = store.legs(conn, [leg_id])[leg_id]
    if not rules.may_make_good(leg):
        raise RefundNotFailed
    if store.successors_of_legs(conn, [leg_id]):
        raise RefundAlreadyReplaced
    capacity = store.capacities(conn, [payment])[0]
    if leg.amount_minor > capacity.free_minor:
        raise (PaymentDisputed if leg.amount_minor <= capacity.left_minor else RefundExceedsCapacity)(
            capacity.free_minor
        )
    return leg, capacity
