"""The catalog's tables."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from domain.catalog.model import SalesChannelKind
from domain.catalog.search_tables import POSTGRESQL_DDL, SQLITE_DDL, SQLITE_DROP_DDL
from domain.tables import Integer64, Json, Serial64, UtcDateTime, enum_column, table_of

# Text that is sorted by bytes on both engines; SQLite does so by itself.
ByteOrdered = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


class SalesChannelRow(SQLModel, table=True):
    """A sales channel; it sells in one currency. `market_taxes` says by country where its prices are gross, and where not."""

    __tablename__ = "sales_channel"

    id: UUID = Field(primary_key=True)
    handle: str = Field(max_length=80, unique=True)
    name: str = Field(max_length=120)
    kind: SalesChannelKind = Field(sa_column=sa.Column(enum_column(SalesChannelKind, "kind"), nullable=False))
    currency: str = Field(max_length=3)
    prices_include_tax: bool
    default_country: str = Field(max_length=2)
    default_region: str | None = Field(default=None, max_length=80)
    market_taxes: dict[str, bool] = Field(sa_type=Json, sa_column_kwargs={"server_default": "{}"})


class CategoryRow(SQLModel, table=True):
    """A node of the tree. `path` is the ids from the root to itself in hex, each followed by a slash."""

    __tablename__ = "category"

    id: UUID = Field(primary_key=True)
    handle: str = Field(max_length=120, unique=True)
    name: str = Field(max_length=120)
    parent_id: UUID | None = Field(default=None, foreign_key="category.id", index=True)
    path: str = Field(max_length=400, unique=True)
    position: int = Field(default=0, sa_type=Integer64)


class CollectionRow(SQLModel, table=True):
    """A hand-made list."""

    __tablename__ = "collection"

    id: UUID = Field(primary_key=True)
    handle: str = Field(sa_column=sa.Column(ByteOrdered, nullable=False, unique=True))
    title: str = Field(max_length=255)
    description: str = Field(default="", sa_type=sa.Text)


class ProductRow(SQLModel, table=True):
    """A product. `sort_title` is its title as lists order it, on both engines alike."""

    __tablename__ = "product"
    __table_args__ = (
        sa.Index("ix_product_sort_title", "sort_title", "id"),
        sa.Index("ix_product_created_at", "created_at", "id"),
        sa.Index("ix_product_vendor", "vendor"),
        sa.Index("ix_product_product_type", "product_type"),
    )

    id: UUID = Field(primary_key=True)
    handle: str = Field(max_length=255, unique=True)
    title: str = Field(max_length=255)
    sort_title: str = Field(sa_type=ByteOrdered)
    description: str = Field(default="", sa_type=sa.Text)
    vendor: str = Field(default="", max_length=255)
    product_type: str = Field(default="", max_length=255)
    tags: list[str] = Field(sa_type=Json)
    category_id: UUID | None = Field(default=None, foreign_key="category.id", index=True)
    option_names: list[str] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    version: int = Field(default=1, sa_type=Integer64)


class CollectionProductRow(SQLModel, table=True):
    """A product's place in a collection."""

    __tablename__ = "collection_product"

    collection_id: UUID = Field(primary_key=True, foreign_key="collection.id")
    product_id: UUID = Field(primary_key=True, foreign_key="product.id", index=True)


class ProductTagRow(SQLModel, table=True):
    """A tag of a product, folded, so that lists can be narrowed by it."""

    __tablename__ = "product_tag"
    __table_args__ = (sa.Index("ix_product_tag_tag", "tag", "product_id"),)

    product_id: UUID = Field(primary_key=True, foreign_key="product.id")
    tag: str = Field(primary_key=True, max_length=255)


class ProductMediaRow(SQLModel, table=True):
    """An image."""

    __tablename__ = "product_media"
    __table_args__ = (sa.UniqueConstraint("product_id", "position", name="uq_product_media_position"),)

    id: UUID = Field(primary_key=True)
    product_id: UUID = Field(foreign_key="product.id")
    url: str = Field(max_length=2000)
    alt: str = Field(default="", max_length=512)
    position: int = Field(sa_type=Integer64)


class ProductVariantRow(SQLModel, table=True):
    """A variant. `options_key` is its folded option values: two variants of a product never share it."""

    __tablename__ = "product_variant"
    __table_args__ = (
        sa.UniqueConstraint("product_id", "options_key", name="uq_product_variant_options"),
        sa.CheckConstraint("weight_grams >= 0", name="weight_grams"),
        sa.CheckConstraint("gtin IS NULL OR length(gtin) = 14", name="gtin"),
    )

    id: UUID = Field(primary_key=True)
    product_id: UUID = Field(foreign_key="product.id")
    sku: str | None = Field(default=None, max_length=120, unique=True)
    gtin: str | None = Field(default=None, max_length=14, unique=True)
    title: str = Field(max_length=400)
    options: list[list[str]] = Field(sa_type=Json)
    options_key: str = Field(max_length=500)
    requires_shipping: bool
    tracks_inventory: bool = True
    sells_when_out_of_stock: bool = False
    tax_code: str = Field(max_length=40)
    weight_grams: int = Field(default=0, sa_type=Integer64)
    media_id: UUID | None = Field(default=None, foreign_key="product_media.id")
    position: int = Field(sa_type=Integer64)
    discountable: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})


class VariantOptionRow(SQLModel, table=True):
    """One option value of a variant, folded, so that lists can be narrowed by it."""

    __tablename__ = "variant_option"
    __table_args__ = (sa.Index("ix_variant_option_value", "name", "value", "variant_id"),)

    variant_id: UUID = Field(primary_key=True, foreign_key="product_variant.id")
    name: str = Field(primary_key=True, max_length=80)
    value: str = Field(max_length=255)


class VariantPriceRow(SQLModel, table=True):
    """What a variant costs in a channel, in minor units of its currency."""

    __tablename__ = "variant_price"
    __table_args__ = (
        sa.CheckConstraint("amount_minor >= 0", name="amount"),
        sa.CheckConstraint("compare_at_minor IS NULL OR compare_at_minor > amount_minor", name="compare_at"),
    )

    variant_id: UUID = Field(primary_key=True, foreign_key="product_variant.id")
    channel_id: UUID = Field(primary_key=True, foreign_key="sales_channel.id")
    amount_minor: int = Field(sa_type=Integer64)
    compare_at_minor: int | None = Field(default=None, sa_type=Integer64)


class PublicationRow(SQLModel, table=True):
    """Where a product stands in a channel: since when it is shown, and the range of its variants' prices there."""

    __tablename__ = "publication"
    __table_args__ = (
        sa.Index("ix_publication_price", "channel_id", "price_min_minor", "product_id"),
        sa.CheckConstraint("price_min_minor <= price_max_minor", name="price_range"),
    )

    product_id: UUID = Field(primary_key=True, foreign_key="product.id")
    channel_id: UUID = Field(primary_key=True, foreign_key="sales_channel.id")
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    price_min_minor: int | None = Field(default=None, sa_type=Integer64)
    price_max_minor: int | None = Field(default=None, sa_type=Integer64)


class ProductDocumentRow(SQLModel, table=True):
    """All that shoppers see of a product as one text, its digest, and the layout it was written in."""

    __tablename__ = "product_document"

    product_id: UUID = Field(primary_key=True, foreign_key="product.id")
    digest: str = Field(max_length=32)
    format: int = Field(sa_type=Integer64)
    body: str = Field(sa_type=sa.Text)


class ProductSearchRow(SQLModel, table=True):
    """The words a product is found by. `id` is the row the SQLite index points at."""

    __tablename__ = "product_search"

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial64)
    product_id: UUID = Field(foreign_key="product.id", unique=True)
    title: str = Field(sa_type=sa.Text)
    body: str = Field(sa_type=sa.Text)


def _with_search_structures(event: str, dialect: str, statements: tuple[str, ...]) -> None:
    for statement in statements:
        ddl = sa.DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
        sa.event.listen(table_of(ProductSearchRow), event, ddl)


_with_search_structures("after_create", "sqlite", SQLITE_DDL)
_with_search_structures("before_drop", "sqlite", SQLITE_DROP_DDL)
_with_search_structures("after_create", "postgresql", POSTGRESQL_DDL)
