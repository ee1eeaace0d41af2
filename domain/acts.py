"""Who acts, when, and where new ids and secrets come from: the arguments every command shares.

Nothing in the domain reads a clock or makes randomness by itself. A command receives an `Act`; tests give a fixed one,
so the same script writes the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """How somebody proved who they are."""

    GUEST = "GUEST"
    CUSTOMER = "CUSTOMER"
    ASSOCIATE = "ASSOCIATE"
    STAFF = "STAFF"
    PARTNER = "PARTNER"
    SYSTEM = "SYSTEM"
    PSP = "PSP"


class Scope(StrEnum):
    """What a caller other than a guest or customer may do. Roles and partner credentials are sets of these."""

    READ_PRODUCTS = "read_products"
    WRITE_PRODUCTS = "write_products"
    READ_CUSTOMERS = "read_customers"
    WRITE_CUSTOMERS = "write_customers"
    READ_ORDERS = "read_orders"
    WRITE_ORDERS = "write_orders"
    IMPORT_ORDERS = "import_orders"
    READ_RETURNS = "read_returns"
    WRITE_RETURNS = "write_returns"
    WRITE_REFUNDS = "write_refunds"
    APPROVE_OVERRIDES = "approve_overrides"
    READ_INVENTORY = "read_inventory"
    WRITE_INVENTORY = "write_inventory"
    WRITE_FULFILLMENT = "write_fulfillment"
    POS_SESSION = "pos_session"
    READ_LOYALTY = "read_loyalty"
    WRITE_LOYALTY = "write_loyalty"
    READ_GIFT_CARDS = "read_gift_cards"
    WRITE_GIFT_CARDS = "write_gift_cards"
    READ_PROMOTIONS = "read_promotions"
    WRITE_PROMOTIONS = "write_promotions"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller as the domain sees it.

    Attributes:
        kind: how they proved themselves.
        id: customer, associate, staff or partner id as text; "guest", "system" or "stripe" for the rest. Goes into
            timelines, so it is never a name or an address.
        sales_channel_id: the channel whose prices and publications apply to this caller.
        customer_id: set for customers only.
        location_ids: the stores an associate works in; empty for everybody else.
        terminal_id: the till of an associate's session.
        scopes: what staff, associates and partners may do; empty for guests and customers.
    """

    kind: ActorKind
    id: str
    sales_channel_id: UUID | None = None
    customer_id: UUID | None = None
    location_ids: frozenset[UUID] = frozenset()
    terminal_id: UUID | None = None
    scopes: frozenset[Scope] = frozenset()

    def may(self, scope: Scope) -> bool:
        """Whether this caller holds `scope`. The system itself may do everything."""
        return self.kind is ActorKind.SYSTEM or scope in self.scopes

    def works_at(self, location_id: UUID) -> bool:
        """Whether this caller may act for a location: associates in their stores; head office and the system anywhere."""
        if self.kind in (ActorKind.SYSTEM, ActorKind.STAFF):
            return True
        return self.kind is ActorKind.ASSOCIATE and location_id in self.location_ids


GUEST = Actor(ActorKind.GUEST, "guest")
SYSTEM = Actor(ActorKind.SYSTEM, "system")
PSP = Actor(ActorKind.PSP, "stripe")


@dataclass(frozen=True, slots=True)
class Act:
    """One command's circumstances.

    Attributes:
        actor: who acts.
        now: aware UTC time of the command; one value for the whole transaction.
        new_id: gives a fresh time-ordered UUID (version 7).
        new_secret: gives this many random bytes from a cryptographic source.
    """

    actor: Actor
    now: datetime
    new_id: Callable[[], UUID]
    new_secret: Callable[[int], bytes]

    def by(self, actor: Actor) -> "Act":
        """The same moment with another actor, for consequences the system itself brings about."""
        return replace(self, actor=actor)
