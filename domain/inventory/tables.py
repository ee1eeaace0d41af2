"""Stock tables."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.inventory.model import MovementReason
from domain.tables import Integer64, UtcDateTime, enum_column

_LEVEL = ["inventory_level.variant_id", "inventory_level.location_id"]


class InventoryLevelRow(SQLModel, table=True):
    """One variant in one location."""

    __tablename__ = "inventory_level"
    __table_args__ = (
        sa.CheckConstraint("on_hand >= 0", name="on_hand"),
        sa.CheckConstraint("safety_stock >= 0", name="safety_stock"),
        sa.CheckConstraint("committed >= 0", name="committed"),
        sa.CheckConstraint("backordered >= 0", name="backordered"),
        sa.CheckConstraint("committed <= on_hand + backordered", name="committed_on_hand"),
        sa.CheckConstraint("quarantined >= 0", name="quarantined"),
        {"sqlite_with_rowid": False},  # a variant's levels are read together
    )

    variant_id: UUID = Field(primary_key=True, foreign_key="product_variant.id")
    location_id: UUID = Field(primary_key=True, foreign_key="location.id")
    on_hand: int = Field(default=0, sa_type=Integer64)
    safety_stock: int = Field(default=0, sa_type=Integer64)
    committed: int = Field(default=0, sa_type=Integer64)
    backordered: int = Field(default=0, sa_type=Integer64)
    quarantined: int = Field(default=0, sa_type=Integer64)
    version: int = Field(default=1, sa_type=Integer64)


class InventoryHoldRow(SQLModel, table=True):
    """Units kept for an owner (a checkout) until a moment; dead afterwards, whether or not it was deleted."""

    __tablename__ = "inventory_hold"
    __table_args__ = (
        sa.UniqueConstraint("owner", "line_key", "location_id", name="uq_inventory_hold_owner_line"),
        sa.Index("ix_inventory_hold_level", "variant_id", "location_id", "expires_at"),
        sa.Index("ix_inventory_hold_expires_at", "expires_at"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
    )

    id: UUID = Field(primary_key=True)
    owner: str = Field(max_length=80)
    line_key: str = Field(max_length=80)
    variant_id: UUID = Field(foreign_key="product_variant.id")
    location_id: UUID = Field(foreign_key="location.id")
    quantity: int = Field(sa_type=Integer64)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class InventoryCommitmentRow(SQLModel, table=True):
    """Units of one level still promised to an order. The row stays at 0 when they have left or were let go."""

    __tablename__ = "inventory_commitment"
    __table_args__ = (
        sa.ForeignKeyConstraint(["variant_id", "location_id"], _LEVEL, name="fk_inventory_commitment_level"),
        sa.Index("ix_inventory_commitment_level", "variant_id", "location_id"),
        sa.CheckConstraint("quantity >= 0", name="quantity"),
    )

    order_id: UUID = Field(primary_key=True)
    variant_id: UUID = Field(primary_key=True)
    location_id: UUID = Field(primary_key=True)
    quantity: int = Field(sa_type=Integer64)


class InventoryMovementRow(SQLModel, table=True):
    """What one event did to one level. Never changed, never deleted."""

    __tablename__ = "inventory_movement"
    __table_args__ = (
        sa.ForeignKeyConstraint(["variant_id", "location_id"], _LEVEL, name="fk_inventory_movement_level"),
        sa.Index("ix_inventory_movement_level", "variant_id", "location_id", "id"),
        sa.CheckConstraint("on_hand_delta <> 0 OR quarantined_delta <> 0", name="moves"),
    )

    id: UUID = Field(primary_key=True)
    variant_id: UUID
    location_id: UUID
    on_hand_delta: int = Field(sa_type=Integer64)
    quarantined_delta: int = Field(sa_type=Integer64)
    reason: MovementReason = Field(sa_column=sa.Column(enum_column(MovementReason, "reason"), nullable=False))
    reference: str = Field(max_length=120)
    actor: str = Field(max_length=120)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
