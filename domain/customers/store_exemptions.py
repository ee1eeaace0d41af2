"""All SQL of tax exemptions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.customers.exemption_model import TaxExemption, TaxExemptionId
from domain.customers.tables import TaxExemptionRow
from domain.tables import table_of

_exemption = table_of(TaxExemptionRow)


def insert(conn: WriteConnection, made: TaxExemption) -> None:
    """Write an exemption."""
    conn.execute(sa.insert(_exemption).values({column.name: getattr(made, column.name) for column in _exemption.c}))


def revoke(conn: WriteConnection, exemption_id: TaxExemptionId, now: datetime) -> None:
    """Write that an exemption no longer counts."""
    conn.execute(sa.update(_exemption).where(_exemption.c.id == exemption_id).values(revoked_at=now))


def lock(conn: WriteConnection, exemption_id: TaxExemptionId) -> TaxExemption | None:
    """An exemption, locked until the transaction ends; None when there is none."""
    row = conn.execute(sa.select(_exemption).where(_exemption.c.id == exemption_id).with_for_update()).one_or_none()
    return None if row is None else _built(row)


def exemptions(conn: ReadConnection, ids: Sequence[TaxExemptionId]) -> Mapping[TaxExemptionId, TaxExemption]:
    """Exemptions by id."""
    rows = conn.execute(sa.select(_exemption).where(_exemption.c.id.in_(ids)))
    return {found.id: found for found in map(_built, rows)}


def of_customers(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[TaxExemption]]:
    """Every exemption of customers, oldest first, those that no longer count too."""
    query = sa.select(_exemption).where(_exemption.c.customer_id.in_(ids)).order_by(_exemption.c.id)
    grouped: dict[UUID, list[TaxExemption]] = {}
    for found in map(_built, conn.execute(query)):
        grouped.setdefault(found.customer_id, []).append(found)
    return grouped


def current(conn: ReadConnection, customer_id: UUID, now: datetime) -> Sequence[TaxExemption]:
    """What counts for a customer now, oldest first."""
    return [
        one
        for one in of_customers(conn, [customer_id]).get(customer_id, ())
        if one.revoked_at is None and one.valid_from <= now and (one.valid_to is None or now < one.valid_to)
    ]


def count_of(conn: ReadConnection, customer_id: UUID) -> int:
    """How many exemptions a customer has."""
    query = sa.select(sa.func.count()).select_from(_exemption).where(_exemption.c.customer_id == customer_id)
    return int(conn.execute(query).scalar_one())


def _built(row: sa.Row[*tuple[Any, ...]]) -> TaxExemption:
    return TaxExemption(**row._mapping)  # noqa: SLF001 - the columns are the dataclass's fields
