"""The customer's part: somebody is named, arrives and takes the goods along."""

from dataclasses import replace

from domain.acts import Act
from domain.codes import capability_token, digits, token_hash
from domain.connections import WriteConnection
from domain.orders import service as orders
from domain.orders import store as order_store
from domain.orders.errors import FulfillmentOrderNotFound, InvalidTransition
from domain.orders.model import FulfillmentOrderId, FulfillmentStatus
from domain.payments import balance
from domain.pickup import rules, steps, store
from domain.pickup.errors import (
    AlreadyHandedOver,
    BalanceDue,
    ExtensionInvalid,
    PersonNotNamed,
    PickupCodeInvalid,
    PickupExpired,
    ProofRequired,
)
from domain.pickup.model import (
    CODE_LENGTH,
    Arrival,
    Collector,
    HandOver,
    Handover,
    HandoverId,
    MessageKind,
    Person,
    Pickup,
    Verification,
)
from domain.pickup.steps import Locked
from domain.throttles import service as throttles

CODE_ATTEMPTS = throttles.Policy()
"""Five wrong codes, then none for a quarter of an hour."""


def set_person(
    conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, name: str | None, act: Act
) -> str | None:
    """The buyer sends somebody; the token of that person's link, which is shown this once. None revokes it.

    A new name revokes the link before. The caller has made sure that this is the buyer.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup.
        TextInvalid: the name is empty or too long.
        AlreadyHandedOver, InvalidTransition: nothing waits or will.
    """
    found = steps.lock(conn, fulfillment_order_id, act, by_store=False)
    _require_alive(found)
    name = rules.trimmed("name", name)
    token = None if name is None else capability_token(act.new_secret)
    person = None if name is None or token is None else Person(name, token_hash(token), act.now)
    store.save(conn, replace(found.pickup, person=person))
    steps.announce(conn, found, act)
    return token


def check_in(
    conn: WriteConnection,
    fulfillment_order_id: FulfillmentOrderId,
    act: Act,
    *,
    bay: str | None = None,
    vehicle: str | None = None,
) -> FulfillmentOrderId:
    """The customer is there. Again changes where to look. The caller has made sure that this is the buyer or the person.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup.
        PickupExpired: the deadline has passed.
        AlreadyHandedOver, InvalidTransition: nothing is ready.
        TextInvalid: a text is empty or too long.
    """
    found = steps.lock(conn, fulfillment_order_id, act, by_store=False)
    _require_waiting(found, act)
    if found.fulfillment.status is FulfillmentStatus.READY_FOR_PICKUP:
        steps.move(conn, found, FulfillmentStatus.CUSTOMER_ARRIVED, act)
    arrival = Arrival(act.now, rules.trimmed("bay", bay), rules.trimmed("vehicle", vehicle))
    store.save(conn, replace(found.pickup, arrival=arrival))
    steps.announce(conn, found, act)
    return fulfillment_order_id


def attempt_code(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, act: Act) -> int:
    """Count an attempt at a pickup's code; the attempts left after it. Commit it before `hand_over` looks at the code.

    Raises:
        FulfillmentOrderNotFound: there is none, or the actor does not work there.
        TooManyAttempts: five were wrong within a quarter of an hour.
    """
    fulfillment = order_store.fulfillment_order(conn, fulfillment_order_id)
    if fulfillment.location_id is None or not act.actor.works_at(fulfillment.location_id):
        raise FulfillmentOrderNotFound
    return throttles.attempt(conn, act, _throttle_key(fulfillment_order_id), CODE_ATTEMPTS)


def forget_attempts(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId) -> None:
    """The attempt was no guess: its handover had been made before."""
    throttles.clear(conn, _throttle_key(fulfillment_order_id))


def hand_over(conn: WriteConnection, command: HandOver, act: Act, *, attempts_left: int = 0) -> Handover:
    """Give goods to the buyer or to the person the buyer named, and record how the store made sure.

    With everything collected the pickup ends, its points are released and its code opens nothing any more; with a part, the
    rest waits until its deadline under a new code.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup of the actor's store.
        PickupExpired: the deadline has passed, whether or not a job has noticed.
        BalanceDue: a part of the order is not paid.
        AlreadyHandedOver, InvalidTransition: nothing is ready.
        PickupCodeInvalid: the code is wrong; `attempts_left` is told.
        ProofRequired, PersonNotNamed, TextInvalid: the verification is incomplete.
        QuantityInvalid, DuplicateLine, LineNotFound, QuantityExceedsFulfillable: the choice of units is wrong.
        OutOfStock: goods that were promised before they came in are still not there.
    """
    found = steps.lock(conn, command.fulfillment_order_id, act)
    _require_waiting(found, act)
    owed = balance.owed_of_orders(conn, [found.order.id]).get(found.order.id, 0)
    if owed:
        raise BalanceDue(owed)
    proof = _verified(found.pickup, command, attempts_left)
    units = rules.handing(found.lines, command.units)
    handover = Handover(
        id=HandoverId(act.new_id()),
        fulfillment_order_id=command.fulfillment_order_id,
        verification=command.verification,
        collector=command.collector,
        person_name=found.pickup.person.name if command.collector is Collector.PERSON and found.pickup.person else None,
        proof=proof,
        actor_kind=act.actor.kind,
        actor_id=act.actor.id,
        terminal_id=act.actor.terminal_id,
        handed_over_at=act.now,
        units=units,
    )
    store.add_handover(conn, handover)
    after = orders.units_fulfilled(conn, command.fulfillment_order_id, units, act)
    if any(line.open for line in after):
        _keep_the_rest(conn, found, act)
    else:
        orders.fulfilled(conn, command.fulfillment_order_id, act)
        store.save(conn, replace(found.pickup, code=None, person=_without_link(found.pickup)))
    forget_attempts(conn, command.fulfillment_order_id)
    steps.announce(conn, found, act)
    return handover


def extend(conn: WriteConnection, fulfillment_order_id: FulfillmentOrderId, days: int, act: Act) -> FulfillmentOrderId:
    """Let the goods wait until the end of the day in `days` days, in the store's zone; an expired pickup is ready again.

    Raises:
        FulfillmentOrderNotFound, WrongFulfillmentMethod: it is no pickup of the actor's store.
        AlreadyHandedOver, InvalidTransition: nothing waits.
        ExtensionInvalid: too many days, or no later than now's deadline.
    """
    found = steps.lock(conn, fulfillment_order_id, act)
    status = found.fulfillment.status
    if status not in rules.WAITING:
        rules.require_next(status, FulfillmentStatus.READY_FOR_PICKUP)
    before = found.pickup.expires_at
    if before is None:  # it has not been ready yet
        raise InvalidTransition(status)
    if not 1 <= days <= found.policy.extension_days_max:
        raise ExtensionInvalid(found.policy.extension_days_max)
    expires_at = rules.deadline(act.now, days, found.location.time_zone)
    if expires_at <= before:
        raise ExtensionInvalid(found.policy.extension_days_max)
    if status is FulfillmentStatus.EXPIRED:
        steps.move(conn, found, FulfillmentStatus.READY_FOR_PICKUP, act)
    pickup = replace(found.pickup, expires_at=expires_at)
    store.save(conn, pickup)
    for moment in rules.reminders(expires_at, found.policy, act.now):
        steps.tell(conn, pickup, MessageKind.REMINDER, act, about=expires_at, run_at=moment)
    steps.announce(conn, found, act)
    return fulfillment_order_id


def _keep_the_rest(conn: WriteConnection, found: Locked, act: Act) -> None:
    """The code that was shown at the counter is spent; the rest gets another."""
    if found.fulfillment.status is FulfillmentStatus.CUSTOMER_ARRIVED:
        steps.move(conn, found, FulfillmentStatus.READY_FOR_PICKUP, act)
    code = digits(CODE_LENGTH, act.new_secret)
    store.save(conn, replace(found.pickup, code=code, arrival=None))


def _verified(pickup: Pickup, command: HandOver, attempts_left: int) -> str | None:
    proof = rules.trimmed("proof", command.proof)
    if command.collector is Collector.PERSON and pickup.person is None:
        raise PersonNotNamed
    match command.verification:
        case Verification.CODE:
            if not rules.code_matches(pickup, command.code):
                raise PickupCodeInvalid(attempts_left)
        case Verification.IDENTITY:
            if proof is None:
                raise ProofRequired
    return proof


def _require_waiting(found: Locked, act: Act) -> None:
    status = rules.status_at(found.fulfillment.status, found.pickup, act.now)
    if status in rules.WAITING:
        return
    if status is FulfillmentStatus.EXPIRED and found.pickup.expires_at is not None:
        raise PickupExpired(found.pickup.expires_at)
    rules.require_next(status, FulfillmentStatus.CUSTOMER_ARRIVED)


def _require_alive(found: Locked) -> None:
    status = found.fulfillment.status
    if status is FulfillmentStatus.PICKED_UP:
        raise AlreadyHandedOver
    if status in rules.ENDED:
        raise InvalidTransition(status)


def _without_link(pickup: Pickup) -> Person | None:
    # The name stays for the record; the link opens nothing any more.
    return None if pickup.person is None else replace(pickup.person, token_hash=None)


def _throttle_key(fulfillment_order_id: FulfillmentOrderId) -> str:
    return f"pickup:{fulfillment_order_id}"
