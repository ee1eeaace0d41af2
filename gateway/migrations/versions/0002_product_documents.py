"""product documents

The documents themselves are written by the upgrade that applies this revision, from the tables they are derived from.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_document",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("format", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_document_product_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_document")),
    )


def downgrade() -> None:
    op.drop_table("product_document")
