"""All SQL of the pickup room."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.connections import ReadConnection, WriteConnection
from domain.locations.model import LocationId
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentOrderId,
    FulfillmentStatus,
    OrderLineId,
    Units,
)
from domain.orders.store import fulfillment_of
from domain.orders.tables import FulfillmentOrderRow, OrderLineRow
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.pickup import rules
from domain.pickup.model import Arrival, Handover, HandoverId, Person, Pickup
from domain.pickup.tables import HandoverLineRow, HandoverRow, PickupRow
from domain.policies.model import PickupPolicy
from domain.policies.store import PICKUP_COLUMNS, later, pickup_policy_holds, pickup_policy_of
from domain.policies.tables import PickupPolicyRow
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

_pickup = table_of(PickupRow)
_handover = table_of(HandoverRow)
_handover_line = table_of(HandoverLineRow)
_fulfillment = table_of(FulfillmentOrderRow)
_order_line = table_of(OrderLineRow)
_policy = table_of(PickupPolicyRow)

AnyRow = sa.Row[*tuple[object, ...]] | Row

_PICKUPS = Statement(sa.select(_pickup).where(one_of(_pickup.c.fulfillment_order_id, "ids")))
_RULED = _policy.join(_fulfillment, pickup_policy_holds(_fulfillment.c.location_id, _fulfillment.c.created_at))
_TOUCHED = _pickup.c.fulfillment_order_id == _fulfillment.c.id
_WITH_POLICY = Statement(
    sa.select(_pickup, _fulfillment.c.id.label("ruled_id"), *PICKUP_COLUMNS)
    .select_from(_RULED.outerjoin(_pickup, _TOUCHED))
    .where(one_of(_fulfillment.c.id, "ids"))
)


def pickups(conn: ReadConnection, ids: Sequence[FulfillmentOrderId]) -> Mapping[FulfillmentOrderId, Pickup]:
    """Pickups by fulfillment order; one that no store has touched yet is absent."""
    return {pickup.fulfillment_order_id: pickup for pickup in map(_pickup_of, _PICKUPS.all(conn, ids=ids))}


def with_policy(conn: ReadConnection, fulfillment_order_id: FulfillmentOrderId) -> tuple[Pickup | None, PickupPolicy]:
    """A pickup, None before a store touches it, and the policy that rules it, in one statement."""
    row = _WITH_POLICY.first(conn, ids=[fulfillment_order_id])
    assert row is not None, "every location has a pickup policy since ever"
    return None if row.fulfillment_order_id is None else _pickup_of(row), pickup_policy_of(row)


def policies(conn: ReadConnection, ids: Sequence[FulfillmentOrderId]) -> Mapping[FulfillmentOrderId, PickupPolicy]:
    """The policies that rule fulfillment orders: the ones that held at their locations when they were placed."""
    return {FulfillmentOrderId(row.ruled_id): pickup_policy_of(row) for row in _WITH_POLICY.all(conn, ids=ids)}


def by_person_token(conn: ReadConnection, token_hash: str) -> Pickup | None:
    """The pickup that a named person's link opens; None when it was revoked or never was."""
    row = conn.execute(sa.select(_pickup).where(_pickup.c.person_token_hash == token_hash)).one_or_none()
    return None if row is None else _pickup_of(row)


def save(conn: WriteConnection, pickup: Pickup) -> None:
    """Write a pickup whose order is locked."""
    values = _values(pickup)
    insert = sqlite.insert(_pickup) if conn.dialect.name == "sqlite" else postgresql.insert(_pickup)
    changed = {name: value for name, value in values.items() if name != "fulfillment_order_id"}
    conn.execute(insert.values(values).on_conflict_do_update(index_elements=["fulfillment_order_id"], set_=changed))


def add_handover(conn: WriteConnection, handover: Handover) -> None:
    """Record a handover."""
    conn.execute(
        sa.insert(_handover).values(
            id=handover.id,
            fulfillment_order_id=handover.fulfillment_order_id,
            verification=handover.verification,
            collector=handover.collector,
            person_name=handover.person_name,
            proof=handover.proof,
            actor_kind=handover.actor_kind,
            actor_id=handover.actor_id,
            terminal_id=handover.terminal_id,
            handed_over_at=handover.handed_over_at,
        )
    )
    conn.execute(
        sa.insert(_handover_line),
        [
            {"handover_id": handover.id, "order_line_id": units.line_id, "quantity": units.quantity}
            for units in handover.units
        ],
    )


def handover(conn: ReadConnection, handover_id: HandoverId) -> Handover:
    """One handover, which exists."""
    key = conn.execute(sa.select(_handover.c.fulfillment_order_id).where(_handover.c.id == handover_id)).scalar_one()
    found = handovers(conn, [FulfillmentOrderId(key)])
    return next(one for one in found[FulfillmentOrderId(key)] if one.id == handover_id)


def handovers(
    conn: ReadConnection, ids: Sequence[FulfillmentOrderId]
) -> Mapping[FulfillmentOrderId, Sequence[Handover]]:
    """Handovers of fulfillment orders, oldest first, in two statements."""
    found = conn.execute(
        sa.select(_handover).where(_handover.c.fulfillment_order_id.in_(ids)).order_by(_handover.c.id)
    ).all()
    lines = conn.execute(
        sa.select(_handover_line)
        .join(_order_line, _order_line.c.id == _handover_line.c.order_line_id)
        .where(_handover_line.c.handover_id.in_([row.id for row in found]))
        .order_by(_order_line.c.position)
    )
    units: dict[UUID, list[Units]] = {}
    for row in lines:
        units.setdefault(row.handover_id, []).append(Units(row.order_line_id, row.quantity))
    grouped: dict[FulfillmentOrderId, list[Handover]] = {}
    for row in found:
        handover = Handover(**row._mapping, units=tuple(units.get(row.id, ())))  # noqa: SLF001 - SQLAlchemy's public name
        grouped.setdefault(handover.fulfillment_order_id, []).append(handover)
    return grouped


def queue(
    conn: ReadConnection,
    location_id: LocationId,
    statuses: Sequence[FulfillmentStatus],
    now: datetime,
    page: Page,
) -> Slice[FulfillmentOrder]:
    """A store's pickups in these statuses, oldest first. The clock decides who has expired, not a job.

    Raises:
        ValueError: a cursor of another list.
    """
    statement = (
        sa.select(_fulfillment)
        .outerjoin(_pickup, _pickup.c.fulfillment_order_id == _fulfillment.c.id)
        .where(
            _fulfillment.c.location_id == location_id,
            _fulfillment.c.method == FulfillmentMethod.PICK_UP,
            _status_at(now).in_(statuses),
        )
    )
    sort = [SortColumn(_fulfillment.c.created_at, bind=_time), SortColumn(_fulfillment.c.id, bind=_uuid)]
    return fetch_slice(conn, statement, sort, page, fulfillment_of)


def queue_key(fulfillment: FulfillmentOrder) -> tuple[KeyValue, ...]:
    """A fulfillment order's place in a queue."""
    return fulfillment.created_at.isoformat(), fulfillment.id.hex


def unanswered(conn: ReadConnection, now: datetime, limit: int) -> Sequence[FulfillmentOrderId]:
    """Pickups that no store has answered in the time that its policy gives it, oldest first."""
    until = later(_fulfillment.c.created_at, _policy.c.accept_within_minutes, "minutes")
    return _ids(conn, _fulfillment.c.status == FulfillmentStatus.OPEN, until <= now, limit=limit)


def past_deadline(conn: ReadConnection, now: datetime, limit: int) -> Sequence[FulfillmentOrderId]:
    """Pickups that still wait although their deadline has passed, oldest deadline first."""
    waiting = _fulfillment.c.status.in_(sorted(rules.WAITING))
    return _ids(conn, waiting, _pickup.c.expires_at <= now, limit=limit)


def past_grace(conn: ReadConnection, now: datetime, limit: int) -> Sequence[FulfillmentOrderId]:
    """Expired pickups whose policy gives them no more time either, oldest deadline first."""
    until = later(_pickup.c.expires_at, _policy.c.no_show_grace_hours, "hours")
    return _ids(conn, _fulfillment.c.status == FulfillmentStatus.EXPIRED, until <= now, limit=limit)


def _ids(conn: ReadConnection, *conditions: sa.ColumnElement[bool], limit: int) -> Sequence[FulfillmentOrderId]:
    statement = (
        sa.select(_fulfillment.c.id)
        .select_from(_RULED.outerjoin(_pickup, _TOUCHED))
        .where(_fulfillment.c.method == FulfillmentMethod.PICK_UP, *conditions)
        .order_by(_pickup.c.expires_at, _fulfillment.c.id)
        .limit(limit)
    )
    return [FulfillmentOrderId(key) for key in conn.execute(statement).scalars()]


def _status_at(now: datetime) -> sa.ColumnElement[FulfillmentStatus]:
    """`rules.status_at` in SQL."""
    overdue = sa.and_(_fulfillment.c.status.in_(sorted(rules.WAITING)), _pickup.c.expires_at <= now)
    return sa.case(
        (overdue, sa.literal(FulfillmentStatus.EXPIRED, _fulfillment.c.status.type)), else_=_fulfillment.c.status
    )


def _pickup_of(row: AnyRow) -> Pickup:
    person = row.person_name and Person(row.person_name, row.person_token_hash, row.person_named_at)
    return Pickup(
        fulfillment_order_id=FulfillmentOrderId(row.fulfillment_order_id),
        promised_at=row.promised_at,
        ready_at=row.ready_at,
        expires_at=row.expires_at,
        code=row.code,
        shelf=row.shelf,
        person=person or None,
        arrival=None if row.arrived_at is None else Arrival(row.arrived_at, row.bay, row.vehicle),
        transfer_from=row.transfer_from,
        staged=tuple(Units(OrderLineId(UUID(hex=line_id)), quantity) for line_id, quantity in row.staged),
        reshelved_at=row.reshelved_at,
    )


def _values(pickup: Pickup) -> dict[str, object]:
    person, arrival = pickup.person, pickup.arrival
    return {
        "fulfillment_order_id": pickup.fulfillment_order_id,
        "promised_at": pickup.promised_at,
        "ready_at": pickup.ready_at,
        "expires_at": pickup.expires_at,
        "code": pickup.code,
        "shelf": pickup.shelf,
        "person_name": person.name if person else None,
        "person_token_hash": person.token_hash if person else None,
        "person_named_at": person.named_at if person else None,
        "arrived_at": arrival.at if arrival else None,
        "bay": arrival.bay if arrival else None,
        "vehicle": arrival.vehicle if arrival else None,
        "transfer_from": pickup.transfer_from,
        "staged": [[units.line_id.hex, units.quantity] for units in pickup.staged],
        "reshelved_at": pickup.reshelved_at,
    }


def _time(value: KeyValue) -> datetime:
    parsed = datetime.fromisoformat(str(value))
    if parsed.tzinfo is None:
        raise ValueError("a time without a zone")
    return parsed


def _uuid(value: KeyValue) -> UUID:
    return UUID(hex=str(value))
