"""The full-text structures beside `product_search`, which the metadata cannot say: one place for `create_all` and migrations.

Words are normalised in Python before they are stored, so neither engine analyses language: SQLite's tokenizer only splits
at spaces, and PostgreSQL's array of words becomes a vector as it is.
"""

SEARCH_TABLES = ("product_fts",)
"""Names, or beginnings of names, of tables outside the metadata."""

SEARCH_INDEXES = ("ix_product_search_words",)
"""Names of indexes outside the metadata."""

SQLITE_DDL = (
    (
        "CREATE VIRTUAL TABLE IF NOT EXISTS product_fts USING fts5("
        "title, body, content='product_search', content_rowid='id', tokenize='ascii', prefix='2 3')"
    ),
)
"""The index reads its words from `product_search`; `search_store` keeps the two in step."""

POSTGRESQL_DDL = (
    (
        "CREATE INDEX IF NOT EXISTS ix_product_search_words ON product_search "
        "USING gin (array_to_tsvector(string_to_array(body, ' ')))"
    ),
)

SQLITE_DROP_DDL = ("DROP TABLE IF EXISTS product_fts",)
