"""Exchanges: the points of returned goods pass to the goods that replace them, and only added value earns anew."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.loyalty import earning, returning
from domain.loyalty.earning import Carried
from domain.loyalty.model import EarnOrder, Exchange, ReturnedUnits
from domain.money import allocate


def exchange_order(
    conn: WriteConnection,
    order_id: UUID,
    lines: Sequence[ReturnedUnits],
    new_order: EarnOrder,
    reference: str,
    act: Act,
) -> Exchange:
    """Return units of one order and let another take their place.

    Points that were really recovered are carried over with their funder and expiry, in proportion when the new goods
    are worth less; what the new goods are worth more earns at today's tier.

    Raises:
        ExceedsPurchasedQuantity: more units than are left of a line.
    """
    outcome = returning.book(conn, order_id, lines, reference, act)
    eligible = [0 if line.excluded else line.eligible_minor for line in new_order.lines]
    worth, before = sum(eligible), outcome.eligible_minor
    carried = outcome.carried if worth >= before else _scaled(outcome.carried, worth, before)
    added = allocate(max(0, worth - before), eligible) if eligible else []
    earned = earning.earn(conn, new_order, added, carried, act)
    points = sum(part.points for part in carried) if worth else 0
    return Exchange(outcome.reply, points, earned - points)


def _scaled(carried: Sequence[Carried], worth: int, before: int) -> list[Carried]:
    points = [part.points for part in carried]
    if not points:
        return []
    parts = allocate(sum(points) * worth // before, points)
    return [replace(part, points=kept) for part, kept in zip(carried, parts, strict=True) if kept]
