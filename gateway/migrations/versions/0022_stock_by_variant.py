"""stock by variant: on SQLite the levels of a variant lie side by side

Revision ID: 0022
Revises: 0021
"""

from gateway.migrations.altering import cluster, uncluster

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    cluster('inventory_level')


def downgrade() -> None:
    uncluster('inventory_level')
