"""The command log."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from domain.tables import UtcDateTime


class CommandRow(SQLModel, table=True):
    """One accepted command: its key in the caller's scope, the hash of its input and a reference to its answer."""

    __tablename__ = "command"

    scope: str = Field(primary_key=True, max_length=80)
    key: str = Field(primary_key=True, max_length=255)
    operation: str = Field(max_length=80)
    body_hash: str = Field(max_length=64)
    reply: str | None = Field(default=None)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
