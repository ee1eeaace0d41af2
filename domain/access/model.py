"""Terminals, associates, staff and partners."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.acts import Scope

TerminalId = NewType("TerminalId", UUID)
AssociateId = NewType("AssociateId", UUID)
StaffMemberId = NewType("StaffMemberId", UUID)
PartnerId = NewType("PartnerId", UUID)
SessionId = NewType("SessionId", UUID)

SESSION_LIFETIME = timedelta(hours=12)


class Role(StrEnum):
    """What somebody in a store or at head office is there for."""

    ASSOCIATE = "ASSOCIATE"
    MANAGER = "MANAGER"
    HEAD_OFFICE = "HEAD_OFFICE"


_AT_THE_TILL = frozenset(
    {
        Scope.POS_SESSION,
        Scope.READ_PRODUCTS,
        Scope.READ_CUSTOMERS,
        Scope.WRITE_CUSTOMERS,
        Scope.READ_ORDERS,
        Scope.WRITE_ORDERS,
        Scope.READ_RETURNS,
        Scope.WRITE_RETURNS,
        Scope.READ_INVENTORY,
        Scope.WRITE_FULFILLMENT,
        Scope.READ_LOYALTY,
        Scope.WRITE_LOYALTY,
        Scope.READ_GIFT_CARDS,
        Scope.READ_PROMOTIONS,
    }
)

SCOPES_OF_ROLE = {
    Role.ASSOCIATE: _AT_THE_TILL,
    Role.MANAGER: _AT_THE_TILL | {Scope.APPROVE_OVERRIDES, Scope.WRITE_INVENTORY, Scope.WRITE_REFUNDS},
    Role.HEAD_OFFICE: frozenset(Scope) - {Scope.POS_SESSION, Scope.IMPORT_ORDERS},
}


@dataclass(frozen=True, slots=True)
class Terminal:
    """A registered till. Only the SHA-256 of its credential is kept."""

    id: TerminalId
    code: str
    location_id: UUID
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Associate:
    """Somebody who works at tills; `staff_code` is typed, so it is short and in capitals."""

    id: AssociateId
    staff_code: str
    display_name: str
    role: Role
    active: bool
    location_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class AssociateSession:
    """A signed-in associate at a terminal."""

    id: SessionId
    associate: Associate
    terminal: Terminal
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody at head office."""

    id: StaffMemberId
    email: str
    display_name: str
    role: Role
    active: bool


@dataclass(frozen=True, slots=True)
class Partner:
    """Another company's system, such as a marketplace, with a sales channel of its own."""

    id: PartnerId
    client_id: str
    display_name: str
    sales_channel_id: UUID
    scopes: frozenset[Scope]
    active: bool
