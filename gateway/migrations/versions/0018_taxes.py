"""taxes

A rate gets an id that is made from its key, as `domain.pricing.model.TaxRate.id` makes it; nothing that is levied changes.
Countries where prices are the other way about with tax are kept with what holds there.

Revision ID: 0018
Revises: 0017
"""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

import domain.tables

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

SPACE = UUID('6c1f5a52-0b0e-5c0f-9d57-0d3b3a7c9a11')
KEY = ('country', 'region', 'postal_prefix', 'tax_code', 'jurisdiction', 'valid_from')
WHOLE = 'ck_tax_rate_rate_ppm', 'rate_ppm >= 0 AND rate_ppm <= 1000000'
PERIOD = 'ck_tax_rate_period', 'valid_to IS NULL OR valid_to >= valid_from'


def upgrade() -> None:
    op.add_column(
        'sales_channel', sa.Column('market_taxes', sa.JSON(none_as_null=True), server_default='{}', nullable=False)
    )
    for channel in _channels('except_countries'):
        modes = dict.fromkeys(channel['except_countries'], not channel['prices_include_tax'])
        _keep(channel['id'], 'market_taxes', modes)
    op.drop_column('sales_channel', 'except_countries')
    rows = _taken()
    made = _create(sa.Column('id', sa.Uuid(), nullable=False), sa.UniqueConstraint('id', name=op.f('uq_tax_rate_id')), PERIOD)
    _insert(made, [row | {'id': _id(row)} for row in rows])


def downgrade() -> None:
    rows = _taken()
    _insert(_create(), rows)
    op.add_column(
        'sales_channel', sa.Column('except_countries', sa.JSON(none_as_null=True), server_default='[]', nullable=False)
    )
    for channel in _channels('market_taxes'):
        modes, usual = channel['market_taxes'], channel['prices_include_tax']
        _keep(channel['id'], 'except_countries', sorted(name for name, mode in modes.items() if mode != usual))
    op.drop_column('sales_channel', 'market_taxes')


def _table() -> sa.TableClause:
    json = sa.JSON(none_as_null=True)
    return sa.table(
        'sales_channel', sa.column('id', sa.Uuid()), sa.column('prices_include_tax', sa.Boolean()),
        sa.column('market_taxes', json), sa.column('except_countries', json),
    )


def _channels(which: str) -> Sequence[sa.RowMapping]:
    """Each sales channel's usual mode and one of the two columns."""
    table = _table()
    return op.get_bind().execute(sa.select(table.c.id, table.c.prices_include_tax, table.c[which])).mappings().all()


def _keep(key: UUID, which: str, value: object) -> None:
    table = _table()
    op.execute(sa.update(table).where(table.c.id == key).values({which: value}))


def _taken() -> list[dict[str, object]]:
    """Every rate, in the table's old shape; the table is gone afterwards."""
    table = sa.table('tax_rate', *_columns())
    rows = [dict(row) for row in op.get_bind().execute(sa.select(table)).mappings()]
    op.drop_table('tax_rate')
    return rows


def _id(row: dict[str, object]) -> UUID:
    since = row['valid_from'].astimezone(UTC).isoformat()
    return uuid5(SPACE, '\n'.join((*(str(row[name]) for name in KEY[:-1]), since)))


def _create(*more: sa.Column | sa.UniqueConstraint | tuple[str, str]) -> sa.Table:
    checks = [WHOLE, *(part for part in more if isinstance(part, tuple))]
    return op.create_table('tax_rate',
    *_columns(),
    *(part for part in more if not isinstance(part, tuple)),
    *(sa.CheckConstraint(says, name=op.f(name)) for name, says in checks),
    sa.PrimaryKeyConstraint(*KEY, name=op.f('pk_tax_rate'))
    )


def _columns() -> list[sa.Column]:
    return [
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('region', sa.String(length=80), nullable=False),
    sa.Column('postal_prefix', sa.String(length=12), nullable=False),
    sa.Column('tax_code', sa.String(length=40), nullable=False),
    sa.Column('jurisdiction', sa.String(length=60), nullable=False),
    sa.Column('valid_from', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('valid_to', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('rate_ppm', sa.BigInteger(), nullable=False),
    ]


def _insert(table: sa.Table, rows: list[dict[str, object]]) -> None:
    if rows:
        op.bulk_insert(table, rows)
