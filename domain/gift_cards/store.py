"""All SQL of the gift cards room."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.gift_cards.model import GiftCard, GiftCardEvent, GiftCardEventKind, GiftCardId, Terms, TopUp
from domain.gift_cards.tables import GiftCardEventRow, GiftCardRow, GiftCardTermsRow, GiftCardTopUpRow
from domain.money import Currency
from domain.paging import Page, Slice, SortColumn, fetch_slice
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

gift_card_table = table_of(GiftCardRow)
_terms = table_of(GiftCardTermsRow)
_event = table_of(GiftCardEventRow)
_top_up = table_of(GiftCardTopUpRow)

_COLUMNS = [gift_card_table.c[name] for name in GiftCard.__slots__]
_BY_ID = Statement(sa.select(*_COLUMNS).where(one_of(gift_card_table.c.id, "ids")))
_BY_WALLET = Statement(sa.select(*_COLUMNS).where(one_of(gift_card_table.c.wallet_id, "ids")))
_BY_HASH = Statement(sa.select(*_COLUMNS).where(gift_card_table.c.code_hash == sa.bindparam("hash")))
_OF_ORDERS = Statement(
    sa.select(*_COLUMNS).where(one_of(gift_card_table.c.order_id, "ids")).order_by(gift_card_table.c.id)
)
_OF_BATCHES = Statement(
    sa.select(*_COLUMNS).where(one_of(gift_card_table.c.batch_id, "ids")).order_by(gift_card_table.c.id)
)


def terms(conn: ReadConnection, country: str, currency: str) -> Terms:
    """The terms of a market: its own, or else those for any country in its currency, or else value that never dies."""
    rows = conn.execute(
        sa.select(_terms)
        .where(_terms.c.currency == currency, _terms.c.country.in_([country, ""]))
        .order_by(_terms.c.country.desc())
        .limit(1)
    )
    row = rows.one_or_none()
    return Terms(country, Currency(currency)) if row is None else _built_terms(row)


def all_terms(conn: ReadConnection) -> Sequence[Terms]:
    """Every market's terms, by currency and country."""
    rows = conn.execute(sa.select(_terms).order_by(_terms.c.currency, _terms.c.country))
    return [_built_terms(row) for row in rows]


def save_terms(conn: WriteConnection, new: Terms, now: datetime) -> None:
    """Write a market's terms, in place of the ones it had."""
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_postgresql
    values = {**asdict(new), "changed_at": now}
    changed = {name: value for name, value in values.items() if name not in ("country", "currency")}
    written = insert(_terms).values(values)
    conn.execute(written.on_conflict_do_update(index_elements=["country", "currency"], set_=changed))


def insert_cards(conn: WriteConnection, cards: Sequence[GiftCard], hashes: Sequence[str]) -> None:
    """Write new cards with the hashes of their codes, in one round trip."""
    rows = [{**asdict(card), "code_hash": code} for card, code in zip(cards, hashes, strict=True)]
    conn.execute(sa.insert(gift_card_table), rows)


def save(conn: WriteConnection, card: GiftCard) -> GiftCard:
    """Write a changed card in its next version. The caller holds its wallet's lock."""
    saved = replace(card, version=card.version + 1)
    conn.execute(
        sa.update(gift_card_table)
        .where(gift_card_table.c.id == card.id)
        .values(expires_at=saved.expires_at, blocked_at=saved.blocked_at, version=saved.version)
    )
    return saved


def cards(conn: ReadConnection, ids: Sequence[GiftCardId]) -> Mapping[GiftCardId, GiftCard]:
    """Cards by id; absent ids are absent."""
    return {card.id: card for card in map(_built, _BY_ID.all(conn, ids=ids))}


def cards_of_wallets(conn: ReadConnection, wallet_ids: Sequence[UUID]) -> Mapping[UUID, GiftCard]:
    """Cards by their wallet; wallets that are no card's are absent."""
    return {card.wallet_id: card for card in map(_built, _BY_WALLET.all(conn, ids=wallet_ids))}


def by_code_hash(conn: ReadConnection, code_hash: str) -> GiftCard | None:
    """The card of a code."""
    row = _BY_HASH.first(conn, hash=code_hash)
    return None if row is None else _built(row)


def cards_of_orders(conn: ReadConnection, order_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[GiftCard]]:
    """The cards that orders sold, oldest first."""
    grouped: dict[UUID, list[GiftCard]] = defaultdict(list)
    for card in map(_built, _OF_ORDERS.all(conn, ids=order_ids)):
        assert card.order_id is not None
        grouped[card.order_id].append(card)
    return grouped


def cards_of_batches(conn: ReadConnection, batch_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[GiftCard]]:
    """The cards of batches, oldest first."""
    grouped: dict[UUID, list[GiftCard]] = defaultdict(list)
    for card in map(_built, _OF_BATCHES.all(conn, ids=batch_ids)):
        assert card.batch_id is not None
        grouped[card.batch_id].append(card)
    return grouped


def expect_top_ups(conn: WriteConnection, wanted: Sequence[tuple[UUID, GiftCardId]]) -> None:
    """Write which order lines put value on which cards."""
    rows = [{"order_line_id": line_id, "gift_card_id": card_id, "units": 0} for line_id, card_id in wanted]
    conn.execute(sa.insert(_top_up), rows)


def top_ups_of_lines(conn: ReadConnection, line_ids: Sequence[UUID]) -> Mapping[UUID, TopUp]:
    """The cards that order lines put value on; lines that do not are absent."""
    rows = conn.execute(sa.select(_top_up).where(_top_up.c.order_line_id.in_(line_ids)))
    return {row.order_line_id: TopUp(GiftCardId(row.gift_card_id), row.units) for row in rows}


def save_top_up(conn: WriteConnection, line_id: UUID, units: int) -> None:
    """Write how many units of a line its card has received; whoever calls holds the order's lock."""
    conn.execute(sa.update(_top_up).where(_top_up.c.order_line_id == line_id).values(units=units))


def page(conn: ReadConnection, page: Page) -> Slice[GiftCard]:
    """A page of all cards, newest first."""
    return fetch_slice(
        conn,
        sa.select(*_COLUMNS),
        [SortColumn(gift_card_table.c.id, descending=True, bind=lambda text: UUID(hex=str(text)))],
        page,
        _built,
    )


def record(conn: WriteConnection, ids: Sequence[GiftCardId], kind: GiftCardEventKind, note: str, act: Act) -> None:
    """Write what happened to cards into their history."""
    rows = [
        {
            "gift_card_id": card_id,
            "kind": kind,
            "actor_kind": act.actor.kind.value,
            "actor_id": act.actor.id,
            "note": note,
            "recorded_at": act.now,
        }
        for card_id in ids
    ]
    conn.execute(sa.insert(_event), rows)


def events_of_cards(conn: ReadConnection, ids: Sequence[GiftCardId]) -> Mapping[GiftCardId, Sequence[GiftCardEvent]]:
    """What happened to cards, oldest first."""
    grouped: dict[GiftCardId, list[GiftCardEvent]] = defaultdict(list)
    columns = [_event.c[name] for name in GiftCardEvent.__slots__]
    for row in conn.execute(sa.select(*columns).where(_event.c.gift_card_id.in_(ids)).order_by(_event.c.id)):
        grouped[row.gift_card_id].append(GiftCardEvent(*row))
    return grouped


def _built(row: sa.Row[*tuple[object, ...]] | Row) -> GiftCard:
    return GiftCard(*row[:])


def _built_terms(row: sa.Row[*tuple[object, ...]]) -> Terms:
    values = row._asdict()
    del values["changed_at"]
    return Terms(**values)
