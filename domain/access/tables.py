"""Tables of the access room."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from domain.access.model import Role
from domain.tables import Json, UtcDateTime, enum_column


class TerminalRow(SQLModel, table=True):
    """A registered till."""

    __tablename__ = "terminal"

    id: UUID = Field(primary_key=True)
    code: str = Field(max_length=40, unique=True)
    location_id: UUID = Field(foreign_key="location.id", index=True)
    credential_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AssociateRow(SQLModel, table=True):
    """Somebody who works at tills."""

    __tablename__ = "associate"

    id: UUID = Field(primary_key=True)
    staff_code: str = Field(max_length=20, unique=True)
    display_name: str = Field(max_length=100)
    pin_hash: str = Field(max_length=200)
    role: Role = Field(sa_type=enum_column(Role, "role"))
    active: bool = Field(default=True)


class AssociateLocationRow(SQLModel, table=True):
    """A store an associate works in."""

    __tablename__ = "associate_location"

    associate_id: UUID = Field(primary_key=True, foreign_key="associate.id")
    location_id: UUID = Field(primary_key=True, foreign_key="location.id")


class AssociateSessionRow(SQLModel, table=True):
    """A signed-in associate at a terminal."""

    __tablename__ = "associate_session"

    id: UUID = Field(primary_key=True)
    associate_id: UUID = Field(foreign_key="associate.id", index=True)
    terminal_id: UUID = Field(foreign_key="terminal.id", index=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StaffMemberRow(SQLModel, table=True):
    """Somebody at head office."""

    __tablename__ = "staff_member"

    id: UUID = Field(primary_key=True)
    email: str = Field(max_length=254, unique=True)
    display_name: str = Field(max_length=100)
    password_hash: str = Field(max_length=200)
    role: Role = Field(sa_type=enum_column(Role, "role"))
    active: bool = Field(default=True)


class PartnerRow(SQLModel, table=True):
    """Another company's system. Its secret has 256 random bits, so a plain hash is kept."""

    __tablename__ = "partner"

    id: UUID = Field(primary_key=True)
    client_id: str = Field(max_length=80, unique=True)
    display_name: str = Field(max_length=100)
    secret_hash: str = Field(max_length=64)
    sales_channel_id: UUID = Field(foreign_key="sales_channel.id")
    scopes: list[str] = Field(sa_type=Json)
    active: bool = Field(default=True)
