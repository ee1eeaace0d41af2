"""policies

How a location handles pickups moves from the location's own columns to the first version of its policy; what was a
constant becomes a value of it. What is frozen here is what the code did until now.

Revision ID: 0007
Revises: 0006
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import domain.tables
from gateway.migrations.altering import drop_check

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    _create_tables()
    _write_first_versions()
    for column in ('pickup_preparation_minutes', 'pickup_expiry_days'):
        drop_check('location', f'ck_location_{column}', f'{column} >= 0')
        op.drop_column('location', column)


def _write_first_versions() -> None:
    columns = 'version, valid_from, preparation_minutes, accept_within_minutes, unanswered, expiry_days, reminder_days, '
    columns += 'extension_days_max, no_show_grace_hours, transfer_hours'
    since = sa.bindparam('since', SINCE_EVER, domain.tables.UtcDateTime())
    connection = op.get_bind()
    connection.execute(
        sa.text(
            f"INSERT INTO pickup_policy (location_id, {columns}) "
            "SELECT id, 1, :since, pickup_preparation_minutes, 30, 'ACCEPT', pickup_expiry_days, '[3, 1]', 30, 24, 24 "
            'FROM location'
        ).bindparams(since)
    )
    connection.execute(
        sa.text(
            'INSERT INTO return_policy '
            '(sales_channel_id, version, valid_from, window_days, claim_days, quote_minutes, refunds_shipping, restocks) '
            'SELECT id, 1, :since, 30, 30, 30, true, true FROM sales_channel'
        ).bindparams(since)
    )


def _create_tables() -> None:
    op.create_table('pickup_policy',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('valid_from', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('preparation_minutes', sa.BigInteger(), nullable=False),
    sa.Column('accept_within_minutes', sa.BigInteger(), nullable=False),
    sa.Column('unanswered', sa.Enum('ACCEPT', 'REJECT', name='unanswered', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('expiry_days', sa.BigInteger(), nullable=False),
    sa.Column('reminder_days', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('extension_days_max', sa.BigInteger(), nullable=False),
    sa.Column('no_show_grace_hours', sa.BigInteger(), nullable=False),
    sa.Column('transfer_hours', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('preparation_minutes >= 0 AND accept_within_minutes >= 0 AND expiry_days >= 0 AND extension_days_max > 0 AND no_show_grace_hours >= 0 AND transfer_hours >= 0', name=op.f('ck_pickup_policy_durations')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_pickup_policy_location_id')),
    sa.PrimaryKeyConstraint('location_id', 'version', name=op.f('pk_pickup_policy'))
    )
    with op.batch_alter_table('pickup_policy', schema=None) as batch_op:
        batch_op.create_index('ix_pickup_policy_valid_from', ['location_id', 'valid_from', 'version'], unique=False)

    op.create_table('return_policy',
    sa.Column('sales_channel_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('valid_from', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('window_days', sa.BigInteger(), nullable=False),
    sa.Column('claim_days', sa.BigInteger(), nullable=False),
    sa.Column('quote_minutes', sa.BigInteger(), nullable=False),
    sa.Column('refunds_shipping', sa.Boolean(), nullable=False),
    sa.Column('restocks', sa.Boolean(), nullable=False),
    sa.CheckConstraint('window_days >= 0 AND claim_days > 0 AND quote_minutes > 0', name=op.f('ck_return_policy_durations')),
    sa.ForeignKeyConstraint(['sales_channel_id'], ['sales_channel.id'], name=op.f('fk_return_policy_sales_channel_id')),
    sa.PrimaryKeyConstraint('sales_channel_id', 'version', name=op.f('pk_return_policy'))
    )
    with op.batch_alter_table('return_policy', schema=None) as batch_op:
        batch_op.create_index('ix_return_policy_valid_from', ['sales_channel_id', 'valid_from', 'version'], unique=False)


def downgrade() -> None:
    op.drop_table('return_policy')
    op.drop_table('pickup_policy')
    op.add_column('location', sa.Column('pickup_preparation_minutes', sa.BigInteger(), nullable=False, server_default='120'))
    op.add_column('location', sa.Column('pickup_expiry_days', sa.BigInteger(), nullable=False, server_default='7'))
