"""Making a return, and everything that ends one without goods: decline, cancel, expiry."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.acts import Act, Scope
from domain.codes import human_code
from domain.connections import ReadConnection, WriteConnection
from domain.locations import store as locations
from domain.locations.model import LocationId
from domain.orders import rules as order_rules
from domain.orders import store as orders
from domain.orders.errors import NotReturnable, OrderNotFound
from domain.orders.model import FulfillmentOrder, OrderId, OrderLine, OrderLineId, Units
from domain.policies.model import ReturnPolicy
from domain.returns import desk as desks
from domain.returns import rules, store
from domain.returns.desk import Desk
from domain.returns.errors import ApprovalRequired, ReasonRequired, ReturnTransitionInvalid, WindowExpired
from domain.returns.model import (
    LineChoice,
    NewReturn,
    NotReturnableReason,
    Return,
    ReturnableLine,
    ReturnEventKind,
    ReturnId,
    ReturnLine,
    ReturnLineId,
    ReturnStatus,
    SlotRange,
)

NUMBER_PREFIX = "R"
NUMBER_LENGTH = 11
_REASON_LENGTH_MAX = 500


def returnable_lines(
    conn: ReadConnection,
    order_id: OrderId,
    lines: Sequence[OrderLine],
    fulfillments: Sequence[FulfillmentOrder],
    now: datetime,
) -> Sequence[ReturnableLine]:
    """How many units of each line of an order may be returned now, until when, or why none; in receipt order."""
    policy, zones = store.terms(conn, order_id)
    return _returnable(lines, fulfillments, zones, policy, now)


def _returnable(
    lines: Sequence[OrderLine],
    fulfillments: Sequence[FulfillmentOrder],
    zones: Mapping[LocationId, str],
    policy: ReturnPolicy,
    now: datetime,
) -> list[ReturnableLine]:
    ends = {}
    for found in fulfillments:
        time_zone = zones.get(found.location_id) if found.location_id is not None else None
        zone = rules.window_zone(found.method, time_zone)
        ends[found.id] = rules.window_end(found, zone, policy)
    return [rules.returnable(line, ends.get(line.fulfillment_order_id), now) for line in lines]


def request(conn: WriteConnection, new: NewReturn, act: Act) -> Return:
    """A customer asks to send units back: they are claimed, nothing is paid.

    Raises:
        OrderNotFound, NotReturnable, WindowExpired, QuantityInvalid, DuplicateLine, LineNotFound: see their words.
    """
    assert not new.override, "a customer approves no exceptions"
    _, made = claim(conn, new, ReturnStatus.REQUESTED, act)
    desks.note(conn, made, ReturnEventKind.REQUESTED, {}, act)
    return made


def create(conn: WriteConnection, new: NewReturn, act: Act) -> Return:
    """Staff or a partner opens a return: units are claimed and the goods awaited.

    Raises:
        ApprovalRequired: an override without the scope for it; and as `request`.
    """
    _, made = claim(conn, new, ReturnStatus.OPEN, act)
    desks.note(conn, made, ReturnEventKind.CREATED, {}, act)
    return made


def claim(conn: WriteConnection, new: NewReturn, status: ReturnStatus, act: Act) -> tuple[Desk, Return]:
    """Claim units and write the return that holds them, without its timeline."""
    desk, made, slots = claimed(conn, new, status, act)
    store.insert(conn, made, slots)
    return desk, made


def claimed(
    conn: WriteConnection, new: NewReturn, status: ReturnStatus, act: Act, *, counter: LocationId | None = None
) -> tuple[Desk, Return, Sequence[SlotRange]]:
    """Claim units for a return that the caller writes with its slots.

    `counter` is where the goods already are; its caller must be one who may see the order. Everybody else's caller has
    been looked at before, since a guest's right to an order is its token.
    """
    if new.override and not act.actor.may(Scope.APPROVE_OVERRIDES):
        raise ApprovalRequired
    desk = desks.opened(conn, new.order_id)
    if counter is not None and not order_rules.may_see(desk.order, act.actor):
        raise OrderNotFound
    chosen = order_rules.chosen(
        list(desk.lines.values()), [Units(line.order_line_id, line.quantity) for line in new.lines]
    )
    _check_pool(conn, desk.policy, new, chosen, act, counter)
    desk = desks.claimed(conn, desk, {line.id: quantity for line, quantity in chosen})
    made, slots = _new_return(desk, new, status, act)
    return _holding(desk, slots), made, slots


def _check_pool(
    conn: WriteConnection,
    policy: ReturnPolicy,
    new: NewReturn,
    chosen: Sequence[tuple[OrderLine, int]],
    act: Act,
    counter: LocationId | None,
) -> None:
    """Refuse what cannot come back, or not to this counter. All places that matter are read in one statement."""
    fulfillments: Sequence[FulfillmentOrder] = ()
    if not new.override:
        fulfillments = orders.fulfillment_orders_of_orders(conn, [new.order_id]).get(new.order_id, ())
    places = {found.location_id for found in fulfillments if found.location_id is not None}
    places |= set() if counter is None else {counter}
    known = locations.by_ids(conn, sorted(places)) if places else {}
    if counter is not None:
        desks.check_receives(known.get(counter), act)
    for line, quantity in chosen:
        if quantity > line.fulfilled - line.claimed:
            raise NotReturnable(line.fulfilled - line.claimed)
    if new.override:
        return
    zones = {place.id: place.time_zone for place in known.values()}
    for found in _returnable([line for line, _ in chosen], fulfillments, zones, policy, act.now):
        if found.reason is NotReturnableReason.WINDOW_EXPIRED and found.until is not None:
            raise WindowExpired(found.until.isoformat())


def _new_return(desk: Desk, new: NewReturn, status: ReturnStatus, act: Act) -> tuple[Return, list[SlotRange]]:
    return_id = new.id or ReturnId(act.new_id())
    by_line = {choice.order_line_id: choice for choice in new.lines}
    lines: list[ReturnLine] = []
    slots: list[SlotRange] = []
    for order_line in desk.lines.values():
        choice = by_line.get(order_line.id)
        if choice is None:
            continue
        line = _new_line(return_id, len(lines), choice, act)
        lines.append(line)
        taken = desk.slots.get(order_line.id, ())
        slots.extend(
            SlotRange(line.id, order_line.id, first, units, 0)
            for first, units in rules.free_slots(order_line, taken, choice.quantity)
        )
    made = Return(
        id=return_id,
        number=human_code(NUMBER_PREFIX, NUMBER_LENGTH, act.new_secret),
        order_id=new.order_id,
        status=status,
        location_id=new.location_id,
        decline_reason=None,
        policy_version=desk.policy.version,
        created_at=act.now,
        claim_expires_at=act.now + desk.policy.claim_lifetime,
        version=1,
        lines=tuple(lines),
    )
    return made, slots


def _new_line(return_id: ReturnId, position: int, choice: LineChoice, act: Act) -> ReturnLine:
    return ReturnLine(
        id=ReturnLineId(act.new_id()),
        return_id=return_id,
        order_line_id=choice.order_line_id,
        position=position,
        reason=choice.reason,
        note=choice.note,
        requested=choice.quantity,
    )


def _holding(desk: Desk, new: Sequence[SlotRange]) -> Desk:
    slots: dict[OrderLineId, Sequence[SlotRange]] = dict(desk.slots)
    for held in new:
        slots[held.order_line_id] = [*slots.get(held.order_line_id, ()), held]
    return replace(desk, slots=slots)


def approve(conn: WriteConnection, return_id: ReturnId, act: Act) -> Return:
    """Staff agrees to a customer's request; the goods are awaited.

    Raises:
        ReturnNotFound, ReturnTransitionInvalid: there is none, or it is not REQUESTED.
    """
    _, found = desks.reopened(conn, return_id)
    if found.status is not ReturnStatus.REQUESTED:
        raise ReturnTransitionInvalid(found.status.value)
    approved = store.save(conn, found, rules.moved(found, ReturnStatus.OPEN))
    desks.note(conn, approved, ReturnEventKind.APPROVED, {}, act)
    return approved


def decline(conn: WriteConnection, return_id: ReturnId, reason: str, act: Act) -> Return:
    """Staff refuses a customer's request; its units are free again.

    Raises:
        ReasonRequired: no reason, or too long a one.
        ReturnNotFound, ReturnTransitionInvalid: there is none, or it is not REQUESTED.
    """
    why = reason.strip()
    if not 0 < len(why) <= _REASON_LENGTH_MAX:
        raise ReasonRequired
    desk, found = desks.reopened(conn, return_id)
    ended = replace(rules.moved(found, ReturnStatus.DECLINED), decline_reason=why)
    return _ended(conn, desk, found, ended, ReturnEventKind.DECLINED, act)


def cancel(conn: WriteConnection, return_id: ReturnId, act: Act) -> Return:
    """Call a return off before any goods came; its units are free again.

    Raises:
        ReturnNotFound, ReturnTransitionInvalid: there is none, it has ended, or goods have arrived.
    """
    desk, found = desks.reopened(conn, return_id)
    if any(line.received for line in found.lines):
        raise ReturnTransitionInvalid(found.status.value)
    return _ended(conn, desk, found, rules.moved(found, ReturnStatus.CANCELED), ReturnEventKind.CANCELED, act)


def _ended(conn: WriteConnection, desk: Desk, found: Return, ended: Return, kind: ReturnEventKind, act: Act) -> Return:
    lines = tuple(replace(line, canceled=line.canceled + line.awaiting + line.lost, lost=0) for line in found.lines)
    freed = {line.id: line.awaiting + line.lost for line in found.lines}
    give_back(conn, desk, found, freed)
    saved = store.save(conn, found, replace(ended, lines=lines))
    desks.note(conn, saved, kind, {}, act)
    return saved


def give_back(conn: WriteConnection, desk: Desk, found: Return, freed: Mapping[ReturnLineId, int]) -> None:
    """Free claimed units of return lines, with their slots."""
    units: dict[OrderLineId, int] = {}
    ranges: list[SlotRange] = []
    for line in found.lines:
        quantity = freed.get(line.id, 0)
        if quantity:
            units[line.order_line_id] = -quantity
            held = [one for one in desk.slots.get(line.order_line_id, ()) if one.return_line_id == line.id]
            ranges.extend(rules.freed_slots(held, quantity))
    desks.claimed(conn, desk, units)
    store.save_slots(conn, ranges)


def expire(conn: WriteConnection, return_id: ReturnId, act: Act) -> Return:
    """Let go of units that were announced and never came. A return of which nothing came is canceled.

    Raises:
        ReturnNotFound: there is none.
    """
    desk, found = desks.reopened(conn, return_id)
    waiting = {line.id: line.awaiting for line in found.lines if line.awaiting}
    if (
        not waiting
        or act.now < found.claim_expires_at
        or found.status not in (ReturnStatus.REQUESTED, ReturnStatus.OPEN)
    ):
        return found
    give_back(conn, desk, found, waiting)
    lines = tuple(replace(line, expired=line.expired + line.awaiting) for line in found.lines)
    ended = replace(found, lines=lines)
    if all(line.received == 0 for line in lines):
        ended = rules.moved(ended, ReturnStatus.CANCELED)
    saved = store.save(conn, found, ended)
    desks.note(conn, saved, ReturnEventKind.EXPIRED, {"units": sum(waiting.values())}, act)
    return saved
