"""What must be paid with an order that is all collected, and what may be paid when it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.connections import ReadConnection
from domain.money import round_half_up
from domain.orders.checkout_model import DepositNotOffered
from domain.orders.model import FulfillmentMethod
from domain.orders.placement import Placement
from domain.payments.model import PlacedTender, Tender
from domain.policies import store as policies
from domain.policies.model import PERCENT


def deposit_minor(conn: ReadConnection, places: Sequence[UUID], asked_minor: int, now: datetime) -> int | None:
    """How much of `asked_minor` must be paid with an order that is collected at these places, by the policies they have now:
    as the strictest of them says. None when that is all of it, or when there is nothing to pay."""
    found = policies.pickup_policies_at(conn, sorted(set(places)), now)
    percent = max((policy.deposit_percent for policy in found.values()), default=PERCENT)
    if percent >= PERCENT or not asked_minor:
        return None
    return round_half_up(asked_minor * percent, PERCENT)


def with_balance(conn: ReadConnection, placement: Placement, now: datetime) -> Placement:
    """The placement of which only the deposit is asked for now; the rest is owed until it is collected.

    Raises:
        DepositNotOffered: something of it is delivered, or a store wants all of it now.
    """
    places = [group.location_id for group in placement.groups if group.method is FulfillmentMethod.PICK_UP]
    deposit = None
    if len(places) == len(placement.groups):
        deposit = deposit_minor(conn, [place for place in places if place is not None], placement.asked_minor, now)
    if deposit is None:
        raise DepositNotOffered
    owed = PlacedTender(Tender.BALANCE, placement.asked_minor - deposit)
    # A deposit is money in advance: it is taken when the order is placed and not when the goods are ready.
    return replace(placement, tenders=(*placement.tenders, owed), capture_requested=True)
