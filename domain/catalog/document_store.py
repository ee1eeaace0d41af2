"""All SQL of the read model: documents written anew, their heads by what callers know of a product, and their texts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.catalog import store, store_writes
from domain.catalog.documents import FORMAT, Digest, ProductDocument, ProductHead, VariantHead, digest_of, encoded
from domain.catalog.model import ProductId, VariantId, VariantPrice
from domain.catalog.tables import ProductDocumentRow, ProductRow, ProductVariantRow, VariantPriceRow
from domain.connections import ReadConnection, WriteConnection
from domain.price_lists import store as price_lists
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

_document = table_of(ProductDocumentRow)
_product = table_of(ProductRow)
_variant = table_of(ProductVariantRow)
_price = table_of(VariantPriceRow)

_CHUNK = 500

_HEAD = (_document.c.product_id, _document.c.digest)
_OF_VARIANT = sa.select(_variant.c.id, _variant.c.sku, _variant.c.gtin, *_HEAD).join(
    _document, _document.c.product_id == _variant.c.product_id
)
_DOCUMENTS = Statement(sa.select(*_HEAD, _document.c.body).where(one_of(_document.c.product_id, "ids")))
_HEADS = Statement(sa.select(*_HEAD).where(one_of(_document.c.product_id, "ids")))
_HEADS_BY_HANDLE = Statement(
    sa.select(_product.c.handle, *_HEAD)
    .join(_document, _document.c.product_id == _product.c.id)
    .where(one_of(_product.c.handle, "handles"))
)
_HEADS_OF_VARIANTS = Statement(_OF_VARIANT.where(one_of(_variant.c.id, "ids")))
_HEADS_BY_SKU = Statement(_OF_VARIANT.where(one_of(_variant.c.sku, "codes")))
_HEADS_BY_GTIN = Statement(_OF_VARIANT.where(one_of(_variant.c.gtin, "codes")))


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document's text and its digest."""

    digest: Digest
    text: str


@dataclass(frozen=True, slots=True)
class Stale:
    """A product whose document is missing, or is not what the tables say."""

    product_id: ProductId
    missing: bool


def built(conn: ReadConnection, product_ids: Sequence[ProductId]) -> Mapping[ProductId, ProductDocument]:
    """Documents as the tables say they should be; six statements. Unknown products are absent."""
    products = store.products(conn, product_ids)
    media = store.media_of_products(conn, product_ids)
    variants = store.variants_of_products(conn, product_ids)
    publications = store.publications_of_products(conn, product_ids)
    prices = _prices(conn, product_ids)
    listed = price_lists.open_prices(conn, [one.id for found in variants.values() for one in found])
    return {
        id_: ProductDocument(
            product,
            tuple(media.get(id_, ())),
            tuple(variants.get(id_, ())),
            tuple(publications.get(id_, ())),
            tuple(prices.get(id_, ())),
            tuple(price for one in variants.get(id_, ()) for price in listed.get(one.id, ())),
        )
        for id_, product in products.items()
    }


def rewrite(conn: WriteConnection, product_ids: Iterable[ProductId]) -> None:
    """Write products' documents anew. Their rows must be locked, or new in this transaction, so that writers take turns."""
    for part in _parts(sorted(set(product_ids))):
        found = built(conn, part)
        texts = {id_: encoded(document) for id_, document in found.items()}
        rows = [
            {"product_id": id_, "digest": digest_of(text), "format": FORMAT, "body": text}
            for id_, text in texts.items()
        ]
        if rows:
            insert = sqlite.insert(_document) if conn.dialect.name == "sqlite" else postgresql.insert(_document)
            values = {name: insert.excluded[name] for name in ("digest", "format", "body")}
            conn.execute(insert.on_conflict_do_update(index_elements=["product_id"], set_=values), rows)


def rewrite_outdated(conn: WriteConnection) -> int:
    """Write the documents that are missing or of another format; how many. For upgrades."""
    current = sa.and_(_document.c.product_id == _product.c.id, _document.c.format == FORMAT)
    statement = sa.select(_product.c.id).where(~sa.exists().where(current)).order_by(_product.c.id)
    outdated = [ProductId(row.id) for row in conn.execute(statement)]
    for part in _parts(outdated):
        store_writes.lock_products(conn, part)
        rewrite(conn, part)
    return len(outdated)


def documents(conn: ReadConnection, product_ids: Sequence[ProductId]) -> Mapping[ProductId, StoredDocument]:
    """Documents' texts by product."""
    rows = _DOCUMENTS.all(conn, ids=product_ids)
    return {row.product_id: StoredDocument(row.digest, row.body) for row in rows}


def heads(conn: ReadConnection, product_ids: Sequence[ProductId]) -> Mapping[ProductId, ProductHead]:
    """Heads by product."""
    return {row.product_id: _head(row) for row in _HEADS.all(conn, ids=product_ids)}


def heads_by_handle(conn: ReadConnection, handles: Sequence[str]) -> Mapping[str, ProductHead]:
    """Heads by the product's handle."""
    return {row.handle: _head(row) for row in _HEADS_BY_HANDLE.all(conn, handles=handles)}


def heads_of_variants(conn: ReadConnection, ids: Sequence[VariantId]) -> Mapping[VariantId, VariantHead]:
    """Variants with their products' heads, by id."""
    return {row.id: _variant_head(row) for row in _HEADS_OF_VARIANTS.all(conn, ids=ids)}


def heads_by_sku(conn: ReadConnection, skus: Sequence[str]) -> Mapping[str, VariantHead]:
    """Variants with their products' heads, by SKU, which is compared exactly."""
    return {row.sku: _variant_head(row) for row in _HEADS_BY_SKU.all(conn, codes=skus)}


def heads_by_gtin(conn: ReadConnection, gtins: Sequence[str]) -> Mapping[str, VariantHead]:
    """Variants with their products' heads, by GTIN of 14 digits (`rules.gtin14` makes it so)."""
    return {row.gtin: _variant_head(row) for row in _HEADS_BY_GTIN.all(conn, codes=gtins)}


def verify(conn: ReadConnection) -> Sequence[Stale]:
    """Every product whose document is not what the tables say."""
    ids = [ProductId(row.id) for row in conn.execute(sa.select(_product.c.id).order_by(_product.c.id))]
    stale: list[Stale] = []
    for part in _parts(ids):
        kept = documents(conn, part)
        for id_, document in built(conn, part).items():
            text = encoded(document)
            found = kept.get(id_)
            if found != StoredDocument(digest_of(text), text):
                stale.append(Stale(id_, missing=found is None))
    return stale


def _head(row: Row) -> ProductHead:
    return ProductHead(row.product_id, row.digest)


def _variant_head(row: Row) -> VariantHead:
    return VariantHead(row.id, _head(row))


def _prices(conn: ReadConnection, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Sequence[VariantPrice]]:
    statement = (
        sa.select(_variant.c.product_id, _price)
        .join(_variant, _variant.c.id == _price.c.variant_id)
        .where(_variant.c.product_id.in_(product_ids))
        .order_by(_price.c.channel_id, _variant.c.position, _variant.c.id)
    )
    found: dict[ProductId, list[VariantPrice]] = defaultdict(list)
    for row in conn.execute(statement):
        found[row.product_id].append(VariantPrice(*row[1:]))
    return found


def _parts(ids: Sequence[ProductId]) -> list[Sequence[ProductId]]:
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]
