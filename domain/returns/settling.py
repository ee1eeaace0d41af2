"""Goods arrive, are looked at, and are paid for: quote, receive, process, and the whole counter case in one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.inventory import service as inventory
from domain.inventory.model import Bucket, Take
from domain.locations.model import LocationId
from domain.loyalty import service as loyalty
from domain.loyalty.model import LoyaltyReturn, ReturnedUnits
from domain.money import Money
from domain.orders import rules as order_rules
from domain.orders import store as orders
from domain.orders.errors import NotReturnable
from domain.orders.model import LineTax, OrderId, OrderLineId, ShippingCharge, Units
from domain.payments import rules as payment_rules
from domain.payments import service as payments
from domain.payments import store as payment_store
from domain.payments.errors import RefundExceedsCapacity
from domain.payments.model import LegPlan
from domain.pricing.model import TaxSource
from domain.returns import claiming, quotes, repricing, rules, store
from domain.returns import desk as desks
from domain.returns.desk import Desk
from domain.returns.errors import ReturnTransitionInvalid
from domain.returns.model import (
    DisposedLine,
    Disposition,
    InspectedLine,
    LineChoice,
    NewReturn,
    QuotedLine,
    ReceivedLine,
    Reception,
    Return,
    ReturnEventKind,
    ReturnId,
    ReturnLineId,
    ReturnQuote,
    ReturnStatus,
    Settlement,
    SettlementId,
    SlotRange,
    Withheld,
)
from domain.returns.rules import Slots
from domain.taxes import service as tax_service


def quote(conn: ReadConnection, order_id: OrderId, lines: Sequence[LineChoice], now: datetime) -> ReturnQuote:
    """What returning these units now would pay; pure, for a return that is not made yet.

    Raises:
        OrderNotFound, NotReturnable, QuantityInvalid, DuplicateLine, LineNotFound, RefundExceedsCapacity: as processing would.
    """
    desk = desks.looked_at(conn, order_id)
    wanted = [Units(line.order_line_id, line.quantity) for line in lines]
    slots = {}
    for line, quantity in order_rules.chosen(list(desk.lines.values()), wanted):
        if quantity > line.fulfilled - line.claimed:
            raise NotReturnable(line.fulfilled - line.claimed)
        slots[line.id] = rules.free_slots(line, desk.slots.get(line.id, ()), quantity)
    return _quote(conn, desk, slots, now)


def quote_return(
    conn: ReadConnection, return_id: ReturnId, chosen: Sequence[InspectedLine], now: datetime
) -> ReturnQuote:
    """What processing a return now would pay, after `chosen` (or all that waits) is accepted.

    Raises:
        ReturnNotFound, NothingToProcess, QuantityExceedsReceived, RefundExceedsCapacity: as processing would.
    """
    found = store.one(conn, return_id)
    desk = desks.looked_at(conn, found.order_id)
    inspected = rules.apply_dispositions(found, rules.dispositions(found, chosen, desk.policy))
    _, due = rules.settle_all(inspected)
    slots, _ = _slots_due(desk, inspected, due)
    return _quote(conn, desk, slots, now)


def _quote(conn: ReadConnection, desk: Desk, slots: Mapping[OrderLineId, Slots], now: datetime) -> ReturnQuote:
    points = None
    if desk.order.wallet_id is not None:
        points = loyalty.preview_return(conn, desk.order.id, _returned(desk, slots), now)
    priced = _priced(conn, desk, slots)
    return _with_legs(priced, payments.plan(conn, desk.order.id, priced.refund_minor), points)


def _priced(conn: ReadConnection, desk: Desk, slots: Mapping[OrderLineId, Slots]) -> ReturnQuote:
    """What these units are worth, before it is known which tenders and points it comes from."""
    order = desk.order
    again = repricing.is_priced_again(order)
    taxes = orders.taxes_of_lines(conn, list(desk.lines if again else slots)) if order.tax_minor else {}
    lines = tuple(
        rules.quoted(line, taxes.get(line.id, ()), slots[line.id]) for line in desk.lines.values() if line.id in slots
    )
    settled = desk.settled()
    for line in lines:
        settled[line.order_line_id] = settled.get(line.order_line_id, 0) + line.quantity
    charges: Sequence[ShippingCharge] = ()
    if order.shipping_minor:
        all_charges = orders.shipping_charges_of_orders(conn, [order.id]).get(order.id, ())
        charges = rules.shipping_due(all_charges, list(desk.lines.values()), settled, desk.policy)
    shipping_minor = sum(charge.total_minor for charge in charges)
    withheld = _withheld(conn, desk, lines, taxes) if again else Withheld()
    return ReturnQuote(
        order_id=order.id,
        currency=order.currency,
        policy_version=desk.policy.version,
        lifetime=desk.policy.quote_lifetime,
        lines=lines,
        shipping_minor=shipping_minor,
        shipping_taxes=rules.added(tax for charge in charges for tax in charge.taxes),
        refund_minor=sum(line.paid_minor for line in lines) + shipping_minor - withheld.minor,
        points_back=0,
        points_clawed=0,
        legs=(),
        withheld=withheld,
        charges=tuple(charges),
    )


def _withheld(
    conn: ReadConnection, desk: Desk, lines: Sequence[QuotedLine], taxes: Mapping[OrderLineId, Sequence[LineTax]]
) -> Withheld:
    """What promotions that are priced again keep back when these units are paid for."""
    settled = {
        line_id: [(held.first, held.settled) for held in ranges if held.settled]
        for line_id, ranges in desk.slots.items()
    }
    for line in lines:
        settled[line.order_line_id] = [*settled.get(line.order_line_id, ()), *line.slots]
    before = repricing.added(store.withheld_of_order(conn, desk.order.id))
    after = repricing.lost(desk.order.promotions, list(desk.lines.values()), taxes, settled)
    kept = repricing.kept_worth(list(desk.lines.values()), taxes, settled)
    return repricing.withheld_now(rules.together(lines), kept, before, after)


def _with_legs(priced: ReturnQuote, legs: tuple[LegPlan, ...], points: LoyaltyReturn | None) -> ReturnQuote:
    """The whole quote.

    Raises:
        RefundExceedsCapacity: less than it is worth may still go back.
    """
    if sum(leg.amount_minor for leg in legs) < priced.refund_minor:
        raise RefundExceedsCapacity(sum(leg.amount_minor for leg in legs))
    if points is None:
        return replace(priced, legs=legs)
    return replace(priced, legs=legs, points_back=points.points_back, points_clawed=points.clawed)


def _returned(desk: Desk, slots: Mapping[OrderLineId, Slots]) -> list[ReturnedUnits]:
    """The units as loyalty counts them: one entry for each run of neighboring slots."""
    return [
        ReturnedUnits(
            line_id=line_id, quantity=units, returned_before=first, line_quantity=desk.lines[line_id].quantity
        )
        for line_id, taken in slots.items()
        for first, units in taken
    ]


def _slots_due(
    desk: Desk, found: Return, due: Mapping[ReturnLineId, int]
) -> tuple[dict[OrderLineId, Slots], list[SlotRange]]:
    """The slots that a settlement of `due` units pays, per order line, and the ranges after it."""
    slots: dict[OrderLineId, Slots] = {}
    after: list[SlotRange] = []
    for line in found.lines:
        if line.id in due:
            held = [one for one in desk.slots.get(line.order_line_id, ()) if one.return_line_id == line.id]
            slots[line.order_line_id], settled = rules.unsettled_slots(held, due[line.id])
            after.extend(settled)
    return slots, after


def receive(
    conn: WriteConnection, return_id: ReturnId, location_id: LocationId, arrived: Sequence[ReceivedLine], act: Act
) -> Return:
    """Goods arrive at any location, in parts as they come; stock moves where the goods are. Pays nothing.

    Raises:
        LocationNotAllowed, ReturnNotFound, ReturnTransitionInvalid, LineNotFound, ReturnQuantityInvalid,
        QuantityExceedsAnnounced, QuantityExceedsReceived: see their words.
    """
    desks.receiving_location(conn, location_id, act)
    desk, found = desks.reopened(conn, return_id)
    late = found.status is ReturnStatus.CLOSED and any(line.lost for line in found.lines)
    if found.status is not ReturnStatus.OPEN and not late:
        raise ReturnTransitionInvalid(found.status.value)
    after = rules.apply_receptions(found, arrived)
    if late:
        after = rules.moved(after, ReturnStatus.OPEN)
    missing: dict[ReturnLineId, int] = {}
    for one in arrived:
        if one.reception is Reception.SHORT_SHIPPED:
            missing[one.return_line_id] = missing.get(one.return_line_id, 0) + one.quantity
    if missing:
        claiming.give_back(conn, desk, found, missing)
    disposed = [
        DisposedLine(one.return_line_id, one.quantity, one.disposition)
        for one in arrived
        if one.disposition is not None and one.reception is Reception.RECEIVED
    ]
    _move_stock(conn, desk, found, disposed, location_id, act)
    saved = store.save(conn, found, _closed_when_done(conn, after))
    units = sum(one.quantity for one in arrived)
    desks.note(conn, saved, ReturnEventKind.RECEIVED, {"units": units, "locationId": str(location_id)}, act)
    return saved


def process(
    conn: WriteConnection,
    return_id: ReturnId,
    location_id: LocationId,
    chosen: Sequence[InspectedLine],
    quote_token: str,
    act: Act,
    *,
    signing_key: bytes,
) -> Return:
    """Look at what arrived and pay for what is accepted: exactly what was quoted, or nothing.

    Raises:
        QuoteStale, QuoteExpired, QuoteInvalid: the token does not bind what would be paid.
        LocationNotAllowed, ReturnNotFound, ReturnTransitionInvalid, NothingToProcess, QuantityExceedsReceived,
        RefundExceedsCapacity, PaymentDisputed, TenderUnavailable: see their words.
    """
    desks.receiving_location(conn, location_id, act)
    desk, found = desks.reopened(conn, return_id)
    if found.status is not ReturnStatus.OPEN:
        raise ReturnTransitionInvalid(found.status.value)
    done = _settle(conn, desk, found, rules.dispositions(found, chosen, desk.policy), location_id, act)
    quotes.check(quote_token, done.quote, act.now, signing_key)
    store.save_slots(conn, done.slots)
    saved = store.save(conn, found, done.after)
    _book(conn, desk, saved, done.quote, act)
    desks.note(conn, saved, ReturnEventKind.PROCESSED, {"refundMinor": done.quote.refund_minor}, act)
    return saved


def create_and_process(
    conn: WriteConnection,
    new: NewReturn,
    disposition: Mapping[OrderLineId, Disposition | None],
    quote_token: str | None,
    act: Act,
    *,
    signing_key: bytes,
) -> Return:
    """The counter case in one step: the goods are here, the customer waits. Lines without a disposition go
    where the policy sends them.

    A token is optional here; when given it binds as in `process`.

    Raises:
        As `claiming.create` and `process`.
    """
    assert new.location_id is not None, "a counter is somewhere"
    desk, made, slots = claiming.claimed(conn, new, ReturnStatus.OPEN, act, counter=new.location_id)
    here = rules.apply_receptions(made, [ReceivedLine(line.id, line.requested) for line in made.lines])
    usual = rules.usual_disposition(desk.policy)
    disposed = [
        DisposedLine(line.id, line.requested, disposition.get(line.order_line_id) or usual) for line in made.lines
    ]
    done = _settle(conn, desk, here, disposed, new.location_id, act)
    if quote_token is not None:
        quotes.check(quote_token, done.quote, act.now, signing_key)
    # Nobody has seen the return before it is processed, so it is written once, as it is in the end.
    settled = {(held.order_line_id, held.first): held for held in done.slots}
    store.insert(conn, done.after, [settled.get((held.order_line_id, held.first), held) for held in slots])
    _book(conn, desk, done.after, done.quote, act)
    desks.note(conn, done.after, ReturnEventKind.PROCESSED, {"refundMinor": done.quote.refund_minor}, act)
    return done.after


@dataclass(frozen=True, slots=True)
class _Settled:
    """A return after a settlement, and the ranges of its slots that are paid for now; neither is written yet."""

    after: Return
    slots: Sequence[SlotRange]
    quote: ReturnQuote


def _settle(
    conn: WriteConnection,
    desk: Desk,
    found: Return,
    disposed: Sequence[DisposedLine],
    location_id: LocationId,
    act: Act,
) -> _Settled:
    """Accept what is disposed of and pay for everything accepted: money, stock and points in this order of locks."""
    order = desk.order
    inspected = rules.apply_dispositions(found, disposed)
    settled, due = rules.settle_all(inspected)
    slots, ranges = _slots_due(desk, inspected, due)
    priced = _priced(conn, desk, slots)
    refund = Money(priced.refund_minor, order.currency)
    capacities = payments.locked_capacity(conn, order.id) if priced.refund_minor else ()
    quoted = _with_legs(priced, payment_rules.plan_refund(capacities, priced.refund_minor), None)
    legs = payments.reserve_refund(
        conn, order.id, refund, str(found.id), act, cash_location_id=location_id, capacities=capacities
    )
    _move_stock(conn, desk, found, disposed, location_id, act)
    if order.wallet_id is not None:
        points = loyalty.book_return(conn, order.id, _returned(desk, slots), str(found.id), act)
        quoted = replace(quoted, points_back=points.points_back, points_clawed=points.clawed)
    if all(line.is_done for line in settled.lines) and payment_rules.all_ended(legs):
        settled = rules.moved(settled, ReturnStatus.CLOSED)
    return _Settled(settled, ranges, quoted)


def _book(conn: WriteConnection, desk: Desk, found: Return, quoted: ReturnQuote, act: Act) -> None:
    """Write the settlement, and have the tax service told of it when it taxed the order."""
    settlement = _settlement(found, quoted, act)
    store.insert_settlement(conn, settlement)
    if desk.order.tax_source is TaxSource.SERVICE:
        tax_service.take_back(conn, desk.order.id, str(settlement.id), rules.taken_back(quoted), act)


def _settlement(found: Return, quoted: ReturnQuote, act: Act) -> Settlement:
    taxes = [tax for line in quoted.lines for tax in line.taxes]
    taxes += [replace(tax, amount_minor=-tax.amount_minor) for tax in quoted.withheld.taxes]
    shipping_tax = sum(tax.amount_minor for tax in quoted.shipping_taxes)
    return Settlement(
        id=SettlementId(act.new_id()),
        return_id=found.id,
        order_id=found.order_id,
        currency=quoted.currency,
        net_minor=sum(line.net_minor for line in quoted.lines)
        + quoted.shipping_minor
        - shipping_tax
        - quoted.withheld.net_minor,
        taxes=rules.added([*taxes, *quoted.shipping_taxes]),
        shipping_minor=quoted.shipping_minor,
        refund_minor=quoted.refund_minor,
        points_back=quoted.points_back,
        points_clawed=quoted.points_clawed,
        settled_at=act.now,
        withheld_net_minor=quoted.withheld.net_minor,
        withheld_taxes=quoted.withheld.taxes,
    )


def _move_stock(
    conn: WriteConnection,
    desk: Desk,
    found: Return,
    disposed: Sequence[DisposedLine],
    location_id: LocationId,
    act: Act,
) -> None:
    """One stock movement per accepted unit, where the goods are; rejected and discarded units make none."""
    lines = rules.by_id(found)
    for disposition, bucket in (
        (Disposition.RESTOCKED, Bucket.SELLABLE),
        (Disposition.PROCESSING_REQUIRED, Bucket.QUARANTINE),
    ):
        takes = []
        for one in disposed:
            variant_id = desk.lines[lines[one.return_line_id].order_line_id].variant_id
            if one.disposition is disposition and variant_id is not None:
                takes.append(Take(variant_id, location_id, one.quantity))
        if takes:
            inventory.restock(conn, takes, str(found.id), act, bucket=bucket)


def _closed_when_done(conn: ReadConnection, found: Return) -> Return:
    """The return, closed when nothing of it is left to do and its refunds have ended."""
    if found.status is not ReturnStatus.OPEN or not all(line.is_done for line in found.lines):
        return found
    legs = payment_store.legs_of_references(conn, [str(found.id)]).get(str(found.id), ())
    return replace(found, status=ReturnStatus.CLOSED) if payment_rules.all_ended(legs) else found


def close_if_done(conn: WriteConnection, return_id: ReturnId, act: Act) -> Return:
    """Close a return whose last refund has ended meanwhile; otherwise change nothing.

    Raises:
        ReturnNotFound: there is none.
    """
    _, found = desks.reopened(conn, return_id)
    after = _closed_when_done(conn, found)
    if after.status is found.status:
        return found
    saved = store.save(conn, found, after)
    desks.note(conn, saved, ReturnEventKind.CLOSED, {}, act)
    return saved
