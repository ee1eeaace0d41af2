"""Pure decisions of pickups."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.orders.errors import (
    DuplicateLine,
    InvalidTransition,
    LineNotFound,
    QuantityExceedsFulfillable,
    QuantityInvalid,
)
from domain.orders.model import FulfillmentOrderId, FulfillmentStatus, OrderLine, OrderLineId, Units
from domain.pickup.errors import AlreadyHandedOver, TextInvalid
from domain.pickup.model import CODE_LENGTH, TEXT_LENGTH_MAX, PickedLine, Pickup, ShortReason
from domain.policies.model import PickupPolicy

S = FulfillmentStatus

NEXT: Mapping[FulfillmentStatus, frozenset[FulfillmentStatus]] = {
    S.OPEN: frozenset({S.ACCEPTED, S.PICKING, S.WAITING_FOR_TRANSFER, S.READY_FOR_PICKUP, S.CANCELED}),
    S.ACCEPTED: frozenset({S.PICKING, S.WAITING_FOR_TRANSFER, S.READY_FOR_PICKUP, S.CANCELED}),
    S.PICKING: frozenset({S.WAITING_FOR_TRANSFER, S.READY_FOR_PICKUP, S.CANCELED}),
    S.WAITING_FOR_TRANSFER: frozenset({S.PICKING, S.CANCELED}),
    S.READY_FOR_PICKUP: frozenset({S.CUSTOMER_ARRIVED, S.PICKED_UP, S.EXPIRED, S.CANCELED}),
    S.CUSTOMER_ARRIVED: frozenset({S.READY_FOR_PICKUP, S.PICKED_UP, S.EXPIRED, S.CANCELED}),
    S.EXPIRED: frozenset({S.READY_FOR_PICKUP, S.CANCELED}),
    S.PICKED_UP: frozenset(),
    S.CANCELED: frozenset(),
}
"""Where a pickup may go. ARRIVED leads back to READY when only a part was collected, EXPIRED when a store extends."""

WAITING = frozenset({S.READY_FOR_PICKUP, S.CUSTOMER_ARRIVED})
"""Goods wait at the counter and the clock runs."""

ENDED = frozenset({S.PICKED_UP, S.CANCELED})

_QR_PREFIX = "PICKUP"


def require_next(status: FulfillmentStatus, target: FulfillmentStatus) -> None:
    """Refuse a step that `NEXT` does not have.

    Raises:
        AlreadyHandedOver: everything was collected.
        InvalidTransition: any other.
    """
    if target in NEXT.get(status, frozenset()):
        return
    if status is S.PICKED_UP:
        raise AlreadyHandedOver
    raise InvalidTransition(status)


def deadline(ready_at: datetime, days: int, time_zone: str) -> datetime:
    """The first instant at which nobody may collect any more: the midnight that ends the last day, where the store is.

    >>> deadline(datetime(2026, 3, 27, 23, 30, tzinfo=UTC), 1, "Europe/Madrid")
    datetime.datetime(2026, 3, 29, 22, 0, tzinfo=datetime.timezone.utc)
    """
    zone = ZoneInfo(time_zone)
    last = ready_at.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)


def is_expired(pickup: Pickup | None, now: datetime) -> bool:
    """Whether the deadline has passed."""
    return pickup is not None and pickup.expires_at is not None and pickup.expires_at <= now


def status_at(status: FulfillmentStatus, pickup: Pickup | None, now: datetime) -> FulfillmentStatus:
    """The status as the clock has it: a deadline holds although no job has written it down yet."""
    return S.EXPIRED if status in WAITING and is_expired(pickup, now) else status


def reminders(expires_at: datetime, policy: PickupPolicy, now: datetime) -> list[datetime]:
    """When the buyer is reminded, in order; moments that have passed are left out."""
    moments = (expires_at - timedelta(days=days) for days in policy.reminder_days)
    return [moment for moment in moments if moment > now]


def to_pick(line: OrderLine) -> int:
    """Units that are wanted and not yet taken from the shelf."""
    return max(0, line.quantity - line.canceled - line.picked)


def to_hand_over(line: OrderLine) -> int:
    """Units that wait at the counter."""
    return max(0, min(line.open, line.picked - line.fulfilled))


@dataclass(frozen=True, slots=True)
class Picking:
    """What a picker's report does: units taken, and units that will never be, each in receipt order."""

    picked: tuple[Units, ...]
    short: tuple[tuple[Units, ShortReason], ...]


def picking(lines: Sequence[OrderLine], report: Sequence[PickedLine]) -> Picking:
    """Check a picker's report against the lines of the fulfillment order.

    Raises:
        QuantityInvalid, DuplicateLine, LineNotFound: the report itself is wrong.
        QuantityExceedsFulfillable: more than is still to be picked of a line.
    """
    by_line = {one.line_id: one for one in report}
    if not report or any(min(one.picked, one.short) < 0 or one.picked + one.short < 1 for one in report):
        raise QuantityInvalid
    if len(by_line) < len(report):
        raise DuplicateLine
    if not by_line.keys() <= {line.id for line in lines}:
        raise LineNotFound
    found = [(line, by_line[line.id]) for line in lines if line.id in by_line]
    for line, one in found:
        if one.picked + one.short > to_pick(line):
            raise QuantityExceedsFulfillable(to_pick(line))
    return Picking(
        tuple(Units(line.id, one.picked) for line, one in found if one.picked),
        tuple((Units(line.id, one.short), one.short_reason) for line, one in found if one.short),
    )


def handing(lines: Sequence[OrderLine], wanted: Sequence[Units] | None) -> tuple[Units, ...]:
    """The units of a handover in receipt order; all that wait when none are named.

    Raises:
        QuantityInvalid, DuplicateLine, LineNotFound: the choice itself is wrong.
        QuantityExceedsFulfillable: more than waits of a line.
    """
    waiting = {line.id: to_hand_over(line) for line in lines}
    if wanted is None:
        wanted = [Units(line_id, quantity) for line_id, quantity in waiting.items() if quantity]
    return _within(waiting, wanted)


def reshelving(staged: Sequence[Units], wanted: Sequence[Units] | None) -> tuple[tuple[Units, ...], tuple[Units, ...]]:
    """(what goes back on the shelf, what stays at the counter); everything goes back when none are named.

    Raises:
        QuantityInvalid, DuplicateLine, LineNotFound: the choice itself is wrong.
        QuantityExceedsFulfillable: more than waits of a line.
    """
    waiting = {units.line_id: units.quantity for units in staged}
    back = _within(waiting, staged if wanted is None else wanted)
    left = waiting | {units.line_id: waiting[units.line_id] - units.quantity for units in back}
    return back, tuple(Units(line_id, quantity) for line_id, quantity in left.items() if quantity)


def _within(waiting: Mapping[OrderLineId, int], wanted: Sequence[Units]) -> tuple[Units, ...]:
    if not wanted or min(units.quantity for units in wanted) < 1:
        raise QuantityInvalid
    by_line = {units.line_id: units for units in wanted}
    if len(by_line) < len(wanted):
        raise DuplicateLine
    if not by_line.keys() <= waiting.keys():
        raise LineNotFound
    for units in wanted:
        if units.quantity > waiting[units.line_id]:
            raise QuantityExceedsFulfillable(waiting[units.line_id])
    return tuple(by_line[line_id] for line_id in waiting if line_id in by_line)


def qr_payload(fulfillment_order_id: FulfillmentOrderId, code: str) -> str:
    """What the QR code says: which pickup, and its code. Upper case, so that the symbol stays small."""
    return f"{_QR_PREFIX}:{fulfillment_order_id.hex.upper()}:{code}"


def code_matches(pickup: Pickup, presented: str | None) -> bool:
    """Whether what was typed or scanned is this pickup's code, compared in constant time."""
    if pickup.code is None or presented is None:
        return False
    text = presented.strip().upper().replace(" ", "")
    prefix = f"{_QR_PREFIX}:{pickup.fulfillment_order_id.hex.upper()}:"
    digits = text.removeprefix(prefix)[: CODE_LENGTH * 2]
    return hmac.compare_digest(digits.encode(), pickup.code.encode())


def trimmed(field: str, text: str | None) -> str | None:
    """A text without surrounding blanks; None stays None.

    Raises:
        TextInvalid: it is empty or too long.
    """
    if text is None:
        return None
    stripped = text.strip()
    if not 1 <= len(stripped) <= TEXT_LENGTH_MAX:
        raise TextInvalid(field, TEXT_LENGTH_MAX)
    return stripped
