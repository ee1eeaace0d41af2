"""What must hold of every return, asked of the rows themselves. An empty answer is the good one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.connections import ReadConnection
from domain.orders import rules as order_rules
from domain.orders import store as orders
from domain.orders.model import LineTax, OrderId, OrderLine, OrderLineId
from domain.payments import store as payments
from domain.payments.model import LegOrigin, RefundLeg
from domain.returns import store, store_checks
from domain.returns.model import Return, ReturnId, ReturnLine, ReturnLineId, Settlement, SlotRange

_CHUNK = 200


class Invariant(StrEnum):
    """What is checked, as a sentence."""

    COUNTERS = "a return line's counters stay within what was announced"
    CLAIMS = "units claimed of an order line are those that its returns hold"
    APART = "slots of an order line lie apart and within the units that were not canceled"
    SLOTS = "slots of a return line are its live units, and the settled ones are paid"
    WORTH = "settlements of an order pay what its settled slots are worth"
    LEGS = "refund legs of a return pay what it settled"


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold of a return, return line, order or order line: what it should be, what it is."""

    invariant: Invariant
    subject: UUID
    expected: int
    actual: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Everything about the returns of some orders."""

    returns: Mapping[OrderId, Sequence[Return]]
    lines: Mapping[OrderLineId, OrderLine]
    taxes: Mapping[OrderLineId, Sequence[LineTax]]
    slots: Mapping[OrderLineId, Sequence[SlotRange]]
    settlements: Mapping[ReturnId, Sequence[Settlement]]
    legs: Mapping[str, Sequence[RefundLeg]]


def verify(conn: ReadConnection) -> list[Finding]:
    """Every contradiction in the returns' rows: counters, claims, slots, settlements and refund legs.

    Counters and claims are one statement each; the rest is read in chunks of orders.
    """
    findings = [Finding(Invariant.COUNTERS, *row) for row in store_checks.wrong_counters(conn)]
    findings += [Finding(Invariant.CLAIMS, *row) for row in store_checks.wrong_claims(conn)]
    ids = store_checks.returned_orders(conn)
    for start in range(0, len(ids), _CHUNK):
        chunk = _read(conn, ids[start : start + _CHUNK])
        findings += _apart(chunk)
        findings += _held(chunk)
        findings += _worth(chunk)
        findings += _paid(chunk)
    return findings


def _read(conn: ReadConnection, ids: Sequence[OrderId]) -> _Chunk:
    found = store.returns_of_orders(conn, ids)
    return_ids = [one.id for group in found.values() for one in group]
    taxes: dict[OrderLineId, list[LineTax]] = defaultdict(list)
    for shares in orders.taxes_of_orders(conn, ids).values():
        for line_id, tax in shares:
            taxes[line_id].append(tax)
    return _Chunk(
        returns=found,
        lines={line.id: line for group in orders.lines_of_orders(conn, ids).values() for line in group},
        taxes=taxes,
        slots=store_checks.slots_of_orders(conn, ids),
        settlements=store.settlements_of_returns(conn, return_ids),
        legs=payments.legs_of_references(conn, [str(return_id) for return_id in return_ids]),
    )


def _apart(chunk: _Chunk) -> Iterator[Finding]:
    for line_id, ranges in chunk.slots.items():
        line, end = chunk.lines[line_id], 0
        for held in ranges:
            if held.first < end:
                yield Finding(Invariant.APART, line_id, end, held.first)
            end = max(end, held.first + held.units)
        if end > line.quantity - line.canceled:
            yield Finding(Invariant.APART, line_id, line.quantity - line.canceled, end)


def _held(chunk: _Chunk) -> Iterator[Finding]:
    units: dict[ReturnLineId, int] = defaultdict(int)
    settled: dict[ReturnLineId, int] = defaultdict(int)
    for ranges in chunk.slots.values():
        for held in ranges:
            units[held.return_line_id] += held.units
            settled[held.return_line_id] += held.settled
    for line in _return_lines(chunk):
        live = line.requested - line.canceled - line.expired
        if units[line.id] != live:
            yield Finding(Invariant.SLOTS, line.id, live, units[line.id])
        if settled[line.id] != line.settled:
            yield Finding(Invariant.SLOTS, line.id, line.settled, settled[line.id])


def _return_lines(chunk: _Chunk) -> Iterator[ReturnLine]:
    for group in chunk.returns.values():
        for one in group:
            yield from one.lines


def _worth(chunk: _Chunk) -> Iterator[Finding]:
    """Settlements against the worth of slots, computed again: what tenders get back, and net with tax."""
    paid: dict[OrderId, int] = defaultdict(int)
    gross: dict[OrderId, int] = defaultdict(int)
    for line_id, ranges in chunk.slots.items():
        line, taxes = chunk.lines[line_id], chunk.taxes.get(line_id, ())
        for held in ranges:
            part = order_rules.worth(line, taxes, held.first, held.settled) if _lies_within(line, held) else None
            if part is not None:
                paid[line.order_id] += part.paid_minor
                gross[line.order_id] += part.net_minor + part.tax_minor
    for order_id, group in chunk.returns.items():
        settlements = [each for one in group for each in chunk.settlements.get(one.id, ())]
        shipping = sum(each.shipping_minor for each in settlements)
        withheld = sum(each.withheld.minor for each in settlements)
        refunded = sum(each.refund_minor for each in settlements) - shipping + withheld
        taxes_back = sum(tax.amount_minor for each in settlements for tax in each.taxes)
        booked = sum(each.net_minor for each in settlements) + taxes_back - shipping + withheld
        if refunded != paid[order_id]:
            yield Finding(Invariant.WORTH, order_id, paid[order_id], refunded)
        if booked != gross[order_id]:
            yield Finding(Invariant.WORTH, order_id, gross[order_id], booked)


def _lies_within(line: OrderLine, held: SlotRange) -> bool:
    """Whether a range can be valued at all; one that reaches beyond its line is found by `_apart`."""
    return held.first + held.settled <= line.quantity


def _paid(chunk: _Chunk) -> Iterator[Finding]:
    """A failed leg that was made good is followed by another of its size, so only first legs count."""
    for group in chunk.returns.values():
        for one in group:
            settled = sum(each.refund_minor for each in chunk.settlements.get(one.id, ()))
            legs = [
                leg
                for leg in chunk.legs.get(str(one.id), ())
                if leg.replaces_leg_id is None and leg.origin is LegOrigin.OURS
            ]
            asked = sum(leg.amount_minor for leg in legs)
            if asked != settled:
                yield Finding(Invariant.LEGS, one.id, settled, asked)
