"""Reading what differed between the provider's books and ours, in pages for head office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

import sqlalchemy as sa

from domain.connections import ReadConnection
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.payments.model import FindingKind, PaymentId, RefundLegId
from domain.payments.tables import PaymentFindingRow
from domain.tables import table_of

FindingId = NewType("FindingId", UUID)

_finding = table_of(PaymentFindingRow)


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """A difference as it was written. `resolved_at` is when somebody dealt with it; None while it is open."""

    id: FindingId
    kind: FindingKind
    reference: str
    payment_id: PaymentId | None
    leg_id: RefundLegId | None
    detail: str
    found_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings a list has. None means any."""

    kind: FindingKind | None = None
    resolved: bool | None = None
    found_from: datetime | None = None
    found_before: datetime | None = None


def page(conn: ReadConnection, wanted: FindingFilter, page: Page) -> Slice[RecordedFinding]:
    """One page of findings, the newest first.

    Raises:
        ValueError: a cursor of another list.
    """
    query = sa.select(_finding).where(*_conditions(wanted))
    return fetch_slice(conn, query, [SortColumn(_finding.c.id, descending=True, bind=_uuid)], page, _built)


def page_key(finding: RecordedFinding) -> tuple[KeyValue, ...]:
    """A finding's place in a page."""
    return (finding.id.hex,)


def findings(conn: ReadConnection, ids: Sequence[FindingId]) -> Mapping[FindingId, RecordedFinding]:
    """Findings by id."""
    rows = conn.execute(sa.select(_finding).where(_finding.c.id.in_(ids)))
    return {found.id: found for found in map(_built, rows)}


def _conditions(wanted: FindingFilter) -> Sequence[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(_finding.c.kind == wanted.kind)
    if wanted.resolved is not None:
        found.append(_finding.c.resolved_at.is_not(None) if wanted.resolved else _finding.c.resolved_at.is_(None))
    if wanted.found_from is not None:
        found.append(_finding.c.found_at >= wanted.found_from)
    if wanted.found_before is not None:
        found.append(_finding.c.found_at < wanted.found_before)
    return found


def _built(row: sa.Row[*tuple[object, ...]]) -> RecordedFinding:
    return RecordedFinding(**row._mapping)  # noqa: SLF001 - the columns are the dataclass's fields


def _uuid(value: KeyValue) -> UUID:
    return UUID(hex=str(value))
