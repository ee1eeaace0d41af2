"""Pure decisions of returns: what may come back, which slots a claim takes, what units pay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.money import allocate
from domain.orders import rules as orders
from domain.orders.model import (
    FulfillmentMethod,
    FulfillmentOrder,
    FulfillmentStatus,
    LineTax,
    OrderLine,
    OrderLineId,
    ShippingCharge,
)
from domain.policies.model import ReturnPolicy
from domain.returns.errors import (
    NothingToProcess,
    QuantityExceedsAnnounced,
    QuantityExceedsReceived,
    ReturnLineNotFound,
    ReturnQuantityInvalid,
    ReturnTransitionInvalid,
)
from domain.returns.model import (
    NEXT,
    DisposedLine,
    Disposition,
    InspectedLine,
    NotReturnableReason,
    QuotedLine,
    ReceivedLine,
    Reception,
    Return,
    ReturnableLine,
    ReturnLine,
    ReturnLineId,
    ReturnQuote,
    ReturnStatus,
    SlotRange,
)
from domain.taxes.model import TakenBack

Slots = tuple[tuple[int, int], ...]

_ARRIVED = frozenset({FulfillmentStatus.PICKED_UP, FulfillmentStatus.DELIVERED})


def window_end(fulfillment: FulfillmentOrder, zone: ZoneInfo, policy: ReturnPolicy) -> datetime | None:
    """Until when units of this delivery may be returned: the end of the last day in the place's own zone.

    None while the goods are on their way: the window has not begun.
    """
    if fulfillment.status not in _ARRIVED:
        return None
    last_day = (fulfillment.changed_at.astimezone(zone) + policy.window).date()
    return datetime.combine(last_day + timedelta(days=1), time(), zone)


def returnable(line: OrderLine, until: datetime | None, now: datetime) -> ReturnableLine:
    """How many units of a line may be returned now, or why none."""
    left = line.fulfilled - line.claimed
    reason: NotReturnableReason | None = None
    if line.fulfilled == 0:
        reason = NotReturnableReason.NOT_FULFILLED
    elif left == 0:
        reason = NotReturnableReason.ALREADY_RETURNED
    elif until is not None and now >= until:
        reason = NotReturnableReason.WINDOW_EXPIRED
    return ReturnableLine(line.id, left if reason is None else 0, until, reason)


def free_slots(line: OrderLine, taken: Sequence[SlotRange], units: int) -> Slots:
    """The lowest `units` free slots of a line as (first, units) pairs.

    Canceled units hold the highest slots. The claim counter has been checked, so there are enough.
    """
    found: list[tuple[int, int]] = []
    position, wanted = 0, units
    ends = [(held.first, held.units) for held in sorted(taken, key=lambda held: held.first)]
    for first, held in [*ends, (line.quantity - line.canceled, 0)]:
        run = min(first - position, wanted)
        if run > 0:
            found.append((position, run))
            wanted -= run
        position = max(position, first + held)
    assert wanted == 0, "a claim never exceeds the pool of units"
    return tuple(found)


def unsettled_slots(ranges: Sequence[SlotRange], units: int) -> tuple[Slots, tuple[SlotRange, ...]]:
    """The next `units` of a return line to be paid for, and its ranges after that; lowest slots first."""
    slots: list[tuple[int, int]] = []
    after: list[SlotRange] = []
    wanted = units
    for held in sorted(ranges, key=lambda held: held.first):
        run = min(held.units - held.settled, wanted)
        if run > 0:
            slots.append((held.first + held.settled, run))
            after.append(replace(held, settled=held.settled + run))
            wanted -= run
    assert wanted == 0, "a line settles at most what it claimed"
    return tuple(slots), tuple(after)


def freed_slots(ranges: Sequence[SlotRange], units: int) -> tuple[SlotRange, ...]:
    """A return line's ranges after giving `units` unsettled slots back, highest first. A range of 0 units is gone."""
    after: list[SlotRange] = []
    wanted = units
    for held in sorted(ranges, key=lambda held: -held.first):
        run = min(held.units - held.settled, wanted)
        if run > 0:
            after.append(replace(held, units=held.units - run))
            wanted -= run
    assert wanted == 0, "a line gives back at most what it claimed"
    return tuple(after)


def quoted(line: OrderLine, taxes: Sequence[LineTax], slots: Slots) -> QuotedLine:
    """What the units in these slots of a line are worth, component by component."""
    parts = [orders.worth(line, taxes, first, units) for first, units in slots]
    return QuotedLine(
        order_line_id=line.id,
        quantity=sum(units for _, units in slots),
        slots=slots,
        net_minor=sum(part.net_minor for part in parts),
        taxes=added(tax for part in parts for tax in part.taxes),
        points=sum(part.points for part in parts),
        paid_minor=sum(part.paid_minor for part in parts),
    )


def together(lines: Iterable[QuotedLine]) -> orders.Worth:
    """What these lines are worth in all."""
    found = list(lines)
    return orders.Worth(
        net_minor=sum(line.net_minor for line in found),
        taxes=added(tax for line in found for tax in line.taxes),
        points=sum(line.points for line in found),
        paid_minor=sum(line.paid_minor for line in found),
    )


def added(taxes: Iterable[LineTax]) -> tuple[LineTax, ...]:
    """Taxes summed per jurisdiction and rate, in the order each first came."""
    sums: dict[tuple[str, int], int] = {}
    for tax in taxes:
        key = (tax.jurisdiction, tax.rate_ppm)
        sums[key] = sums.get(key, 0) + tax.amount_minor
    return tuple(LineTax(jurisdiction, rate, amount) for (jurisdiction, rate), amount in sums.items())


def shipping_due(
    charges: Sequence[ShippingCharge],
    lines: Sequence[OrderLine],
    settled: Mapping[OrderLineId, int],
    policy: ReturnPolicy,
) -> Sequence[ShippingCharge]:
    """The charges that go back because `settled` units, this settlement's included, make the whole order.

    Charges already canceled are not refunded again; an order is complete once, so neither are these.
    """
    whole = all(settled.get(line.id, 0) + line.canceled == line.quantity for line in lines)
    return [charge for charge in charges if not charge.canceled] if whole and policy.refunds_shipping else []


def taken_back(quote: ReturnQuote) -> list[TakenBack]:
    """What a settlement takes back of each line and delivery, net and tax, in the order of the quote.

    What promotions keep back is spread over the lines by what they are worth, so that all parts sum to the settlement.
    """
    charges = [TakenBack(charge.id, 1, charge.net_minor, charge.tax_minor) for charge in quote.charges]
    if not quote.lines:
        return charges
    kept_net = allocate(quote.withheld.net_minor, [line.net_minor for line in quote.lines])
    kept_tax = allocate(quote.withheld.tax_minor, [line.tax_minor for line in quote.lines])
    lines = [
        TakenBack(line.order_line_id, line.quantity, line.net_minor - net, line.tax_minor - tax)
        for line, net, tax in zip(quote.lines, kept_net, kept_tax, strict=True)
    ]
    return [*lines, *charges]


def received(line: ReturnLine, arrived: ReceivedLine) -> ReturnLine:
    """A line after some units arrived, or are known not to.

    Units thought lost may still arrive: they count against `lost` once nothing else is awaited.

    Raises:
        ReturnQuantityInvalid: fewer than 1 unit.
        QuantityExceedsAnnounced: more than is awaited.
    """
    if arrived.quantity < 1:
        raise ReturnQuantityInvalid
    found_again = 0
    if arrived.reception is Reception.RECEIVED:
        found_again = min(max(0, arrived.quantity - line.awaiting), line.lost)
    if arrived.quantity > line.awaiting + found_again:
        raise QuantityExceedsAnnounced(line.awaiting)
    match arrived.reception:
        case Reception.RECEIVED:
            return replace(line, received=line.received + arrived.quantity, lost=line.lost - found_again)
        case Reception.LOST_IN_TRANSIT:
            return replace(line, lost=line.lost + arrived.quantity)
        case Reception.SHORT_SHIPPED:
            return replace(line, canceled=line.canceled + arrived.quantity)


def disposed(line: ReturnLine, quantity: int, disposition: Disposition) -> ReturnLine:
    """A line after some arrived units were looked at.

    Raises:
        ReturnQuantityInvalid: fewer than 1 unit.
        QuantityExceedsReceived: more than wait to be looked at.
    """
    if quantity < 1:
        raise ReturnQuantityInvalid
    if quantity > line.pending:
        raise QuantityExceedsReceived(line.pending)
    match disposition:
        case Disposition.RESTOCKED:
            return replace(line, restocked=line.restocked + quantity)
        case Disposition.PROCESSING_REQUIRED:
            return replace(line, quarantined=line.quarantined + quantity)
        case Disposition.NOT_RESTOCKED:
            return replace(line, discarded=line.discarded + quantity)
        case Disposition.REJECTED:
            return replace(line, rejected=line.rejected + quantity)


def usual_disposition(policy: ReturnPolicy) -> Disposition:
    """Where goods go whose disposition nobody names."""
    return Disposition.RESTOCKED if policy.restocks else Disposition.PROCESSING_REQUIRED


def dispositions(found: Return, chosen: Sequence[InspectedLine], policy: ReturnPolicy) -> tuple[DisposedLine, ...]:
    """What a processing disposes of: the caller's choice, or everything that waits; to where the policy sends it when nobody
    says."""
    usual = usual_disposition(policy)
    if chosen:
        return tuple(DisposedLine(one.return_line_id, one.quantity, one.disposition or usual) for one in chosen)
    return tuple(DisposedLine(line.id, line.pending, usual) for line in found.lines if line.pending)


def apply_dispositions(found: Return, chosen: Sequence[DisposedLine]) -> Return:
    """The return after these units were looked at.

    Raises:
        ReturnLineNotFound, ReturnQuantityInvalid, QuantityExceedsReceived: the choice is wrong.
    """
    lines = by_id(found)
    for one in chosen:
        if one.return_line_id not in lines:
            raise ReturnLineNotFound
        lines[one.return_line_id] = disposed(lines[one.return_line_id], one.quantity, one.disposition)
    return replace(found, lines=tuple(lines.values()))


def apply_receptions(found: Return, arrived: Sequence[ReceivedLine]) -> Return:
    """The return after these units arrived.

    Raises:
        ReturnLineNotFound, ReturnQuantityInvalid, QuantityExceedsAnnounced, QuantityExceedsReceived: the input is wrong.
    """
    if not arrived:
        raise ReturnQuantityInvalid
    lines = by_id(found)
    for one in arrived:
        if one.return_line_id not in lines:
            raise ReturnLineNotFound
        line = received(lines[one.return_line_id], one)
        if one.disposition is not None and one.reception is Reception.RECEIVED:
            line = disposed(line, one.quantity, one.disposition)
        lines[one.return_line_id] = line
    return replace(found, lines=tuple(lines.values()))


def settle_all(found: Return) -> tuple[Return, Mapping[ReturnLineId, int]]:
    """The return with every accepted unit paid for, and how many units of each line that pays.

    Raises:
        NothingToProcess: there is no such unit.
    """
    due = {line.id: line.unsettled for line in found.lines if line.unsettled}
    if not due:
        raise NothingToProcess
    lines = tuple(replace(line, settled=line.settled + due.get(line.id, 0)) for line in found.lines)
    return replace(found, lines=lines), due


def moved(found: Return, status: ReturnStatus) -> Return:
    """The return in another status.

    Raises:
        ReturnTransitionInvalid: its present status does not lead there.
    """
    if status not in NEXT[found.status]:
        raise ReturnTransitionInvalid(found.status.value)
    return replace(found, status=status)


def by_id(found: Return) -> dict[ReturnLineId, ReturnLine]:
    """The lines by id, in their order."""
    return {line.id: line for line in found.lines}


def window_zone(method: FulfillmentMethod, time_zone: str | None) -> ZoneInfo:
    """The zone in which days of the return window are counted: the place's own, UTC when there was none."""
    return ZoneInfo(time_zone if time_zone and method is not FulfillmentMethod.EXTERNAL else "UTC")
