"""shipping options

An option's country becomes its only zone and its price its only band; nothing that is offered changes.

Revision ID: 0012
Revises: 0011
"""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import domain.tables

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

KEPT = ('id', 'sales_channel_id', 'title', 'tax_code', 'free_from_minor', 'days_min', 'days_max')
DAYS = 'ck_shipping_option_days', '0 <= days_min AND days_min <= days_max'
FREE = 'ck_shipping_option_free_from_minor', 'free_from_minor IS NULL OR free_from_minor >= 0'


def upgrade() -> None:
    op.add_column('order_shipping_charge', sa.Column('option_id', sa.Uuid(), nullable=True))
    op.add_column('order_shipping_charge', sa.Column('weight_grams', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('order_shipping_charge', sa.Column('days_min', sa.BigInteger(), nullable=True))
    op.add_column('order_shipping_charge', sa.Column('days_max', sa.BigInteger(), nullable=True))
    before = _rows()
    op.drop_table('shipping_option')
    _create_new()
    now = datetime.now(UTC)
    for row in before:
        values = {name: row[name] for name in KEPT}
        values['zones'] = json.dumps([[row['country'], '', '']])
        values['bands'] = json.dumps([[0, row['amount_minor']]])
        _insert(values | {'basis': 'WEIGHT', 'per_kilogram_minor': 0, 'active': True, 'version': 1, 'updated_at': now})


def downgrade() -> None:
    before = _rows()
    op.drop_table('shipping_option')
    _create_old()
    for row in before:
        zones, bands = (json.loads(row[name]) if isinstance(row[name], str) else row[name] for name in ('zones', 'bands'))
        _insert({name: row[name] for name in KEPT} | {'country': zones[0][0], 'amount_minor': bands[0][1]})
    for name in ('days_max', 'days_min', 'weight_grams', 'option_id'):
        op.drop_column('order_shipping_charge', name)


def _rows() -> list[dict[str, object]]:
    found = op.get_bind().execute(sa.text('SELECT * FROM shipping_option ORDER BY id'))
    return [dict(row) for row in found.mappings()]


def _insert(values: dict[str, object]) -> None:
    """Write a row; JSON is given as text, which PostgreSQL is told to read."""
    json_columns, moments = ('zones', 'bands'), ('updated_at',)
    on_postgresql = op.get_bind().dialect.name == 'postgresql'
    marks = (f'CAST(:{name} AS JSON)' if on_postgresql and name in json_columns else f':{name}' for name in values)
    statement = sa.text(f'INSERT INTO shipping_option ({", ".join(values)}) VALUES ({", ".join(marks)})')
    typed = [sa.bindparam(name, type_=domain.tables.UtcDateTime()) for name in moments if name in values]
    op.get_bind().execute(statement.bindparams(*typed), values)


def _create_new() -> None:
    op.create_table('shipping_option',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sales_channel_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('zones', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('basis', sa.Enum('WEIGHT', 'VALUE', name='basis', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('bands', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('per_kilogram_minor', sa.BigInteger(), nullable=False),
    sa.Column('weight_max_grams', sa.BigInteger(), nullable=True),
    sa.Column('tax_code', sa.String(length=40), nullable=False),
    sa.Column('free_from_minor', sa.BigInteger(), nullable=True),
    sa.Column('days_min', sa.BigInteger(), nullable=False),
    sa.Column('days_max', sa.BigInteger(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', domain.tables.UtcDateTime(), nullable=False),
    *(sa.CheckConstraint(says, name=op.f(name)) for name, says in (FREE, DAYS)),
    sa.ForeignKeyConstraint(['sales_channel_id'], ['sales_channel.id'], name=op.f('fk_shipping_option_sales_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shipping_option'))
    )
    op.create_index('ix_shipping_option_channel', 'shipping_option', ['sales_channel_id', 'active'])


def _create_old() -> None:
    op.create_table('shipping_option',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sales_channel_id', sa.Uuid(), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_code', sa.String(length=40), nullable=False),
    sa.Column('free_from_minor', sa.BigInteger(), nullable=True),
    sa.Column('days_min', sa.BigInteger(), nullable=False),
    sa.Column('days_max', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_shipping_option_amount_minor')),
    *(sa.CheckConstraint(says, name=op.f(name)) for name, says in (FREE, DAYS)),
    sa.ForeignKeyConstraint(['sales_channel_id'], ['sales_channel.id'], name=op.f('fk_shipping_option_sales_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shipping_option'))
    )
    op.create_index('ix_shipping_option_offered', 'shipping_option', ['sales_channel_id', 'country'])
