"""Finding products: the two full-text adapters, and the one list query both of them narrow.

Words are normalised in Python and both engines only match them, so they find the same products; lists are ordered by
values that were stored (rank, folded title, price, time, id), so they come in the same order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.catalog import rules
from domain.catalog.documents import ProductHead, ProductHit
from domain.catalog.model import (
    CategoryId,
    ProductFilter,
    ProductId,
    ProductSearch,
    ProductSort,
    SearchDocument,
)
from domain.catalog.store_rows import storable_key
from domain.catalog.tables import (
    CategoryRow,
    CollectionProductRow,
    ProductDocumentRow,
    ProductRow,
    ProductSearchRow,
    ProductTagRow,
    ProductVariantRow,
    PublicationRow,
    VariantOptionRow,
    VariantPriceRow,
)
from domain.connections import ReadConnection, WriteConnection
from domain.paging import KeyValue, Page, PagedStatement, Slice, SortColumn, fetch_slice
from domain.price_lists.model import AMOUNT_MINOR_MAX
from domain.statements import Row
from domain.tables import table_of
from domain.uuids import uuid_of

_category = table_of(CategoryRow)
_member = table_of(CollectionProductRow)
_product = table_of(ProductRow)
_document = table_of(ProductDocumentRow)
_search = table_of(ProductSearchRow)
_tag = table_of(ProductTagRow)
_variant = table_of(ProductVariantRow)
_publication = table_of(PublicationRow)
_option = table_of(VariantOptionRow)
_price = table_of(VariantPriceRow)

# A product without a price sorts behind every price.
_NO_PRICE = AMOUNT_MINOR_MAX + 1


class _FullText(Protocol):
    """What an engine's full text must do."""

    def put(self, conn: WriteConnection, documents: Sequence[SearchDocument]) -> None: ...

    def matches(self, words: Sequence[str], *, title_only: bool) -> sa.ColumnElement[bool]: ...


class _SQLiteFullText:
    """FTS5 over `product_search`; the index learns of a change by hearing the old words first."""

    _fts = sa.table("product_fts", sa.column("product_fts"), sa.column("rowid"))

    def put(self, conn: WriteConnection, documents: Sequence[SearchDocument]) -> None:
        ids = [document.product_id for document in documents]
        words = (_search.c.id, _search.c.title, _search.c.body)
        old = sa.select(sa.literal_column("'delete'"), *words).where(_search.c.product_id.in_(ids))
        new = sa.select(*words).where(_search.c.product_id.in_(ids))
        table = sa.table("product_fts", *(sa.column(name) for name in ("product_fts", "rowid", "title", "body")))
        conn.execute(sa.insert(table).from_select(["product_fts", "rowid", "title", "body"], old))
        conn.execute(_upserted(sqlite.insert(_search)), [asdict(document) for document in documents])
        conn.execute(sa.insert(table).from_select(["rowid", "title", "body"], new))

    def matches(self, words: Sequence[str], *, title_only: bool) -> sa.ColumnElement[bool]:
        column = "title" if title_only else "body"
        # Words hold letters and digits only, so they cannot leave their quotes.
        every = " AND ".join(f'"{word}" *' for word in words)
        question = f"{column} : ({every})"
        found = sa.select(self._fts.c.rowid).where(self._fts.c.product_fts.op("MATCH")(question))
        return _product.c.id.in_(sa.select(_search.c.product_id).where(_search.c.id.in_(found)))


class _PostgreSQLFullText:
    """Vectors of the stored words as they are, under an index on the same expression."""

    def put(self, conn: WriteConnection, documents: Sequence[SearchDocument]) -> None:
        conn.execute(_upserted(postgresql.insert(_search)), [asdict(document) for document in documents])

    def matches(self, words: Sequence[str], *, title_only: bool) -> sa.ColumnElement[bool]:
        column = _search.c.title if title_only else _search.c.body
        vector = sa.func.array_to_tsvector(sa.func.string_to_array(column, sa.literal_column("' '")))
        question = sa.cast(" & ".join(f"'{word}':*" for word in words), postgresql.TSQUERY)
        return _product.c.id.in_(sa.select(_search.c.product_id).where(vector.op("@@")(question)))


def put(conn: WriteConnection, documents: Sequence[SearchDocument]) -> None:
    """Store what products are found by, in place of what they were found by before."""
    if documents:
        _full_text(conn).put(conn, documents)


def search(conn: ReadConnection, asked: ProductSearch, page: Page) -> Slice[ProductHit]:
    """One page of products; one statement.

    Every word asked for begins a word of what is found. Titles that hold them all come first, then the others; equals
    go by folded title and id.

    Raises:
        ValueError: a cursor that does not fit this order.
    """
    words = rules.query_words(asked.text)
    if asked.text.strip() and not words:
        return Slice((), has_next=False, has_previous=False)
    if not words and asked.wanted == ProductFilter():
        whole = _whole_list(asked.sort, asked.reverse)
        return whole.fetch(conn, page, lambda row: _hit(row, len(whole.sort)), channel_id=asked.channel_id)
    keys = _sort_keys(conn, asked, words)
    statement = (
        sa.select(_product.c.id, _document.c.digest, *(key.column for key in keys))
        .select_from(_from(asked).join(_document, _document.c.product_id == _product.c.id))
        .where(*_conditions(conn, asked, words))
    )
    return fetch_slice(conn, statement, keys, page, lambda row: _hit(row, len(keys)))


@cache
def _whole_list(sort: ProductSort, reverse: bool) -> PagedStatement:
    """All that a channel shows: the list that shops ask for most, compiled once."""
    keys = _plain_sort_keys(sort, down=reverse)
    channel_id = sa.bindparam("channel_id", type_=_publication.c.channel_id.type)
    shown = sa.and_(
        _publication.c.product_id == _product.c.id,
        _publication.c.channel_id == channel_id,
        _publication.c.published_at.is_not(None),
    )
    statement = sa.select(_product.c.id, _document.c.digest, *(key.column for key in keys))
    with_documents = _product.join(_document, _document.c.product_id == _product.c.id)
    if sort is ProductSort.PRICE:
        statement = statement.select_from(with_documents.join(_publication, shown))
    else:
        # Neither a join nor an EXISTS, which a planner may begin from: products come in the order of their own index,
        # and each is looked up, whatever an engine believes of the tables' sizes.
        published = sa.select(_publication.c.published_at).where(shown).correlate(_product).scalar_subquery()
        statement = statement.select_from(with_documents).where(published.is_not(None))
    return PagedStatement(statement, keys)


def _hit(row: Row | sa.Row[*tuple[Any, ...]], keys: int) -> ProductHit:
    return ProductHit(ProductHead(row[0], row[1]), row[2 : 2 + keys])


def count(conn: ReadConnection, asked: ProductSearch) -> int:
    """How many products a search finds on all its pages."""
    words = rules.query_words(asked.text)
    if asked.text.strip() and not words:
        return 0
    statement = sa.select(sa.func.count()).select_from(_from(asked)).where(*_conditions(conn, asked, words))
    return int(conn.execute(statement).scalar_one())


def _full_text(conn: ReadConnection) -> _FullText:
    return _SQLiteFullText() if conn.dialect.name == "sqlite" else _PostgreSQLFullText()


def _upserted(statement: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    words = {name: statement.excluded[name] for name in ("title", "body")}
    return statement.on_conflict_do_update(index_elements=["product_id"], set_=words)


def _from(asked: ProductSearch) -> sa.FromClause:
    here = sa.and_(_publication.c.product_id == _product.c.id, _publication.c.channel_id == asked.channel_id)
    return _product.join(_publication, here, isouter=not asked.wanted.published)


def _sort_keys(conn: ReadConnection, asked: ProductSearch, words: Sequence[str]) -> list[SortColumn]:
    if asked.sort is ProductSort.RELEVANCE and words:
        in_title = _full_text(conn).matches(words, title_only=True)
        rank = sa.case((in_title, sa.literal_column("0")), else_=sa.literal_column("1"))
        return [SortColumn(rank, asked.reverse, bind=_number), *_plain_sort_keys(ProductSort.TITLE, down=asked.reverse)]
    return _plain_sort_keys(asked.sort, down=asked.reverse)


def _plain_sort_keys(sort: ProductSort, *, down: bool) -> list[SortColumn]:
    title, by_id = (
        SortColumn(_product.c.sort_title, down, bind=storable_key),
        SortColumn(_product.c.id, down, bind=_uuid),
    )
    match sort:
        case ProductSort.RELEVANCE | ProductSort.TITLE:
            return [title, by_id]
        case ProductSort.PRICE:
            price = sa.func.coalesce(_publication.c.price_min_minor, sa.literal_column(str(_NO_PRICE)))
            return [SortColumn(price, down, bind=_number), title, by_id]
        case ProductSort.NEWEST:
            newest = SortColumn(_product.c.created_at, not down, bind=_time)
            return [newest, SortColumn(_product.c.id, not down, bind=_uuid)]


def _conditions(conn: ReadConnection, asked: ProductSearch, words: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    wanted = asked.wanted
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.published:
        conditions.append(_publication.c.published_at.is_not(None))
    if words:
        conditions.append(_full_text(conn).matches(words, title_only=False))
    if wanted.category_id is not None:
        conditions.append(_product.c.category_id.in_(_subtree(wanted.category_id)))
    if wanted.collection_id is not None:
        members = sa.select(_member.c.product_id).where(_member.c.collection_id == wanted.collection_id)
        conditions.append(_product.c.id.in_(members))
    if wanted.vendors:
        conditions.append(_product.c.vendor.in_(wanted.vendors))
    if wanted.product_types:
        conditions.append(_product.c.product_type.in_(wanted.product_types))
    if wanted.tags:
        folded = [rules.fold(tag) for tag in wanted.tags]
        conditions.append(_product.c.id.in_(sa.select(_tag.c.product_id).where(_tag.c.tag.in_(folded))))
    variant = _variant_condition(asked, wanted)
    return conditions if variant is None else [*conditions, variant]


def _subtree(category_id: CategoryId) -> sa.Select[tuple[UUID]]:
    path = sa.select(_category.c.path).where(_category.c.id == category_id).scalar_subquery()
    below = sa.func.substr(_category.c.path, 1, sa.func.length(path)) == path
    return sa.select(_category.c.id).where(below)


def _variant_condition(asked: ProductSearch, wanted: ProductFilter) -> sa.ColumnElement[bool] | None:
    options = _option_conditions(wanted.options)
    bounds: list[sa.ColumnElement[bool]] = []
    if wanted.price_min_minor is not None:
        bounds.append(_price.c.amount_minor >= wanted.price_min_minor)
    if wanted.price_max_minor is not None:
        bounds.append(_price.c.amount_minor <= wanted.price_max_minor)
    if not options and not bounds:
        return None
    sold = sa.and_(_price.c.variant_id == _variant.c.id, _price.c.channel_id == asked.channel_id)
    # A shopper's option must be for sale in the channel; head office also finds what has no price yet.
    in_channel = _variant.join(_price, sold, isouter=not (wanted.published or bounds))
    return sa.exists(
        sa.select(sa.literal_column("1"))
        .select_from(in_channel)
        .where(_variant.c.product_id == _product.c.id, *options, *bounds)
        .correlate(_product)
    )


def _option_conditions(options: Mapping[str, tuple[str, ...]]) -> list[sa.ColumnElement[bool]]:
    return [
        _variant.c.id.in_(
            sa.select(_option.c.variant_id).where(
                _option.c.name == rules.fold(name), _option.c.value.in_([rules.fold(value) for value in values])
            )
        )
        for name, values in options.items()
    ]


def _uuid(key: KeyValue) -> ProductId:
    return ProductId(uuid_of(str(key)))


def _number(key: KeyValue) -> int:
    if not isinstance(key, int) or abs(key) > _NO_PRICE:
        raise ValueError("a price in a cursor is a number")
    return key


def _time(key: KeyValue) -> datetime:
    parsed = datetime.fromisoformat(str(key))
    if parsed.tzinfo is None:
        raise ValueError("a time in a cursor names its zone")
    return parsed
