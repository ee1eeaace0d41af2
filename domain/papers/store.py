"""All SQL of papers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from domain.connections import ReadConnection, WriteConnection
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.papers.errors import PrefixTaken
from domain.papers.model import Content, LegalEntity, LegalEntityId, Paper, PaperId, PaperKind
from domain.papers.tables import LegalEntityChannelRow, LegalEntityRow, PaperRow, PaperSeriesRow
from domain.tables import table_of

_entity = table_of(LegalEntityRow)
_channel = table_of(LegalEntityChannelRow)
_series = table_of(PaperSeriesRow)
_paper = table_of(PaperRow)
_content = TypeAdapter(Content)


def save_entity(conn: WriteConnection, entity: LegalEntity) -> None:
    """Write an entity and its channels, which others lose by it.

    Raises:
        PrefixTaken: another entity has its prefix.
    """
    values = {
        "name": entity.name,
        "prefix": entity.prefix,
        "address": list(entity.address),
        "tax_numbers": list(entity.tax_numbers),
        "footer": entity.footer,
    }
    try:
        with conn.begin_nested():
            statement = insert(_entity).values(id=entity.id, **values)
            conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    except sa.exc.IntegrityError:
        raise PrefixTaken from None
    conn.execute(sa.delete(_channel).where(_channel.c.legal_entity_id == entity.id))
    rows = [{"sales_channel_id": one, "legal_entity_id": entity.id} for one in sorted(entity.channel_ids)]
    if rows:
        channels = insert(_channel)
        moved = {"legal_entity_id": channels.excluded.legal_entity_id}
        conn.execute(channels.on_conflict_do_update(index_elements=["sales_channel_id"], set_=moved), rows)


def entities(conn: ReadConnection, ids: Sequence[LegalEntityId] | None = None) -> Mapping[LegalEntityId, LegalEntity]:
    """Entities by id, oldest first; all of them without ids."""
    query = sa.select(_entity).order_by(_entity.c.id)
    found = conn.execute(query if ids is None else query.where(_entity.c.id.in_(ids))).all()
    channels: dict[UUID, list[UUID]] = {}
    of = sa.select(_channel).where(_channel.c.legal_entity_id.in_([row.id for row in found]))
    for row in conn.execute(of.order_by(_channel.c.sales_channel_id)):
        channels.setdefault(row.legal_entity_id, []).append(row.sales_channel_id)
    return {
        row.id: LegalEntity(
            id=row.id,
            name=row.name,
            prefix=row.prefix,
            address=tuple(row.address),
            tax_numbers=tuple(row.tax_numbers),
            channel_ids=tuple(channels.get(row.id, ())),
            footer=row.footer,
        )
        for row in found
    }


def entity_of_channel(conn: ReadConnection, channel_id: UUID) -> LegalEntity | None:
    """Who sells in a channel; None when nobody was named."""
    query = sa.select(_channel.c.legal_entity_id).where(_channel.c.sales_channel_id == channel_id)
    found = conn.execute(query).scalar_one_or_none()
    return None if found is None else entities(conn, [found])[found]


def issue(conn: WriteConnection, draft: Paper) -> Paper:
    """Write a paper with the next number of its series, which is kept from others until the transaction ends.

    When somebody else has issued a paper about the same source meanwhile, that one is answered and no number is used.
    """
    try:
        with conn.begin_nested():
            number = _next_number(conn, draft.legal_entity_id, draft.kind)
            paper = replace(draft, number=number, name=f"{draft.name}{number:07}")
            values: dict[str, object] = {column.name: getattr(paper, column.name) for column in _paper.c}
            values["content"] = _content.dump_json(paper.content).decode()
            conn.execute(sa.insert(_paper).values(values))
            return paper
    except sa.exc.IntegrityError:
        found = of_source(conn, draft.kind, draft.source)
        if found is None:
            raise
        return found


def _next_number(conn: WriteConnection, entity_id: LegalEntityId, kind: PaperKind) -> int:
    statement = insert(_series).values(legal_entity_id=entity_id, kind=kind, last_number=1)
    grown = statement.on_conflict_do_update(
        index_elements=["legal_entity_id", "kind"], set_={"last_number": _series.c.last_number + 1}
    )
    return int(conn.execute(grown.returning(_series.c.last_number)).scalar_one())


def of_source(conn: ReadConnection, kind: PaperKind, source: str) -> Paper | None:
    """The paper of a kind about something; None when none was issued."""
    row = conn.execute(sa.select(_paper).where(_paper.c.kind == kind, _paper.c.source == source)).one_or_none()
    return None if row is None else _built(row)


def papers(conn: ReadConnection, ids: Sequence[PaperId]) -> Mapping[PaperId, Paper]:
    """Papers by id."""
    rows = conn.execute(sa.select(_paper).where(_paper.c.id.in_(ids)))
    return {found.id: found for found in map(_built, rows)}


def of_orders(conn: ReadConnection, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Paper]]:
    """Papers about orders and their returns, oldest first."""
    query = sa.select(_paper).where(_paper.c.order_id.in_(ids)).order_by(_paper.c.id)
    grouped: dict[UUID, list[Paper]] = {}
    for found in map(_built, conn.execute(query)):
        grouped.setdefault(found.order_id, []).append(found)
    return grouped


def page(conn: ReadConnection, asked: Page, kind: PaperKind | None) -> Slice[Paper]:
    """Papers, the newest first; of one kind, or of all with None."""
    query = sa.select(_paper)
    if kind is not None:
        query = query.where(_paper.c.kind == kind)
    return fetch_slice(conn, query, [SortColumn(_paper.c.id, descending=True, bind=_uuid)], asked, _built)


def gaps(conn: ReadConnection) -> list[tuple[UUID, str, int, int]]:
    """(entity, kind, papers, last number) of series whose papers are not as many as their last number."""
    counted = (
        sa.select(_paper.c.legal_entity_id, _paper.c.kind, sa.func.count().label("papers"))
        .group_by(_paper.c.legal_entity_id, _paper.c.kind)
        .subquery()
    )
    joined = _series.outerjoin(
        counted, sa.and_(counted.c.legal_entity_id == _series.c.legal_entity_id, counted.c.kind == _series.c.kind)
    )
    papers_ = sa.func.coalesce(counted.c.papers, 0)
    query = sa.select(_series.c.legal_entity_id, _series.c.kind, papers_, _series.c.last_number).select_from(joined)
    return [
        (row[0], str(row[1]), int(row[2]), int(row[3]))
        for row in conn.execute(query.where(papers_ != _series.c.last_number))
    ]


def _built(row: sa.Row[*tuple[Any, ...]]) -> Paper:
    values = row._asdict()
    values["content"] = _content.validate_json(row.content)
    return Paper(**values)


def _uuid(key: KeyValue) -> UUID:
    return UUID(hex=str(key))
