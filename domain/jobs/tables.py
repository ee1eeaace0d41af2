"""The job table, which is the transactional outbox."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.tables import Integer64, Json, UtcDateTime


class JobRow(SQLModel, table=True):
    """One piece of work to be done after commit."""

    __tablename__ = "job"
    __table_args__ = (
        sa.Index(
            "ix_job_due",
            "run_at",
            "id",
            sqlite_where=sa.text("dead_at IS NULL"),
            postgresql_where=sa.text("dead_at IS NULL"),
        ),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=64)
    body: dict[str, str | int | None] = Field(sa_type=Json)
    dedupe_key: str | None = Field(default=None, max_length=200, unique=True)
    run_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = Field(default=0, sa_type=Integer64)
    lease_id: UUID | None = Field(default=None)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str | None = Field(default=None, max_length=500)
    dead_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
