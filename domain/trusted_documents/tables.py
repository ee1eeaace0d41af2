"""The table of trusted documents."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.tables import UtcDateTime


class TrustedDocumentRow(SQLModel, table=True):
    """One document of one client. Its text never changes."""

    __tablename__ = "trusted_document"

    client: str = Field(primary_key=True, max_length=80)
    document_id: str = Field(primary_key=True, max_length=200)
    text: str = Field(sa_type=sa.Text)
    registered_at: datetime = Field(sa_type=UtcDateTime)
    registered_by: str = Field(max_length=80)
