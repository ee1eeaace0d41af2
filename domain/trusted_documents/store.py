"""All SQL of trusted documents."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.tables import table_of
from domain.trusted_documents.rules import TrustedDocument
from domain.trusted_documents.tables import TrustedDocumentRow

_document = table_of(TrustedDocumentRow)


def texts(conn: ReadConnection, client: str, ids: Sequence[str]) -> Mapping[str, str]:
    """The texts of a client's documents by id; ids it has not are left out."""
    rows = conn.execute(
        sa.select(_document.c.document_id, _document.c.text).where(
            _document.c.client == client, _document.c.document_id.in_(ids)
        )
    )
    return {row.document_id: row.text for row in rows}


def count(conn: ReadConnection, client: str) -> int:
    """How many documents a client has."""
    counted = sa.select(sa.func.count()).select_from(_document).where(_document.c.client == client)
    return int(conn.execute(counted).scalar_one())


def insert_absent(conn: WriteConnection, act: Act, client: str, documents: Sequence[TrustedDocument]) -> int:
    """Write documents whose ids are free, in id order; returns how many were."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    values = [
        {
            "client": client,
            "document_id": document.id,
            "text": document.text,
            "registered_at": act.now,
            "registered_by": f"{act.actor.kind}:{act.actor.id}",
        }
        for document in sorted(documents, key=lambda one: one.id)
    ]
    statement = insert(_document).values(values).on_conflict_do_nothing().returning(_document.c.document_id)
    return len(conn.execute(statement).all())


def delete(conn: WriteConnection, client: str, ids: Sequence[str]) -> int:
    """Take documents away; returns how many there were."""
    gone = sa.delete(_document).where(_document.c.client == client, _document.c.document_id.in_(ids))
    return conn.execute(gone).rowcount
