"""The first tables.

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op

import domain.tables
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('associate',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_code', sa.String(length=20), nullable=False),
    sa.Column('display_name', sa.String(length=100), nullable=False),
    sa.Column('pin_hash', sa.String(length=200), nullable=False),
    sa.Column('role', sa.Enum('ASSOCIATE', 'MANAGER', 'HEAD_OFFICE', name='role', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_associate')),
    sa.UniqueConstraint('staff_code', name=op.f('uq_associate_staff_code'))
    )
    op.create_table('category',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handle', sa.String(length=120), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('path', sa.String(length=400), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['category.id'], name=op.f('fk_category_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_category')),
    sa.UniqueConstraint('handle', name=op.f('uq_category_handle')),
    sa.UniqueConstraint('path', name=op.f('uq_category_path'))
    )
    with op.batch_alter_table('category', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_category_parent_id'), ['parent_id'], unique=False)

    op.create_table('change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change'))
    )
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.create_index('ix_change_recorded_at', ['recorded_at'], unique=False)

    op.create_table('checkout',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('cart_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.Enum('PENDING', 'COMPLETED', 'DECLINED', 'ABANDONED', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('failure_code', sa.String(length=80), nullable=True),
    sa.Column('placement', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('started_at', domain.tables.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkout')),
    sa.UniqueConstraint('order_id', name=op.f('uq_checkout_order_id'))
    )
    with op.batch_alter_table('checkout', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checkout_cart_id'), ['cart_id'], unique=False)
        batch_op.create_index('uq_checkout_pending_cart_id', ['cart_id'], unique=True, sqlite_where=sa.text("status = 'PENDING'"), postgresql_where=sa.text("status = 'PENDING'"))

    op.create_table('collection',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handle', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection')),
    sa.UniqueConstraint('handle', name=op.f('uq_collection_handle'))
    )
    op.create_table('command',
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('operation', sa.String(length=80), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('reply', sa.String(), nullable=True),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('scope', 'key', name=op.f('pk_command'))
    )
    op.create_table('customer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('given_name', sa.String(length=100), nullable=True),
    sa.Column('family_name', sa.String(length=100), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('loyalty_card_number', sa.String(length=20), nullable=False),
    sa.Column('external_reference', sa.String(length=80), nullable=True),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('email IS NOT NULL OR phone IS NOT NULL OR external_reference IS NOT NULL', name=op.f('ck_customer_reachable_or_imported')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer')),
    sa.UniqueConstraint('email', name=op.f('uq_customer_email')),
    sa.UniqueConstraint('external_reference', name=op.f('uq_customer_external_reference')),
    sa.UniqueConstraint('loyalty_card_number', name=op.f('uq_customer_loyalty_card_number')),
    sa.UniqueConstraint('phone', name=op.f('uq_customer_phone'))
    )
    op.create_table('job',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('body', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('dedupe_key', sa.String(length=200), nullable=True),
    sa.Column('run_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('lease_id', sa.Uuid(), nullable=True),
    sa.Column('leased_until', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('last_error', sa.String(length=500), nullable=True),
    sa.Column('dead_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('attempts >= 0', name=op.f('ck_job_attempts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sa.UniqueConstraint('dedupe_key', name=op.f('uq_job_dedupe_key'))
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index('ix_job_due', ['run_at', 'id'], unique=False, sqlite_where=sa.text('dead_at IS NULL'), postgresql_where=sa.text('dead_at IS NULL'))

    op.create_table('ledger_wallet',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('owner', sa.String(length=80), nullable=False),
    sa.Column('status', sa.Enum('OPEN', 'FROZEN', 'CLOSED', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('pending', sa.BigInteger(), nullable=False),
    sa.Column('available', sa.BigInteger(), nullable=False),
    sa.Column('held', sa.BigInteger(), nullable=False),
    sa.Column('debt', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('last_hash', sa.String(length=64), nullable=False),
    sa.Column('opened_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('available >= 0 AND held >= 0 AND held <= available', name=op.f('ck_ledger_wallet_available')),
    sa.CheckConstraint('pending >= 0 AND debt >= 0', name=op.f('ck_ledger_wallet_pending')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_wallet')),
    sa.UniqueConstraint('unit', 'owner', name='uq_ledger_wallet_unit')
    )
    op.create_table('location',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('STORE', 'WAREHOUSE', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('region', sa.String(length=80), nullable=True),
    sa.Column('city', sa.String(length=120), nullable=False),
    sa.Column('postal_code', sa.String(length=20), nullable=True),
    sa.Column('line1', sa.String(length=200), nullable=False),
    sa.Column('line2', sa.String(length=200), nullable=True),
    sa.Column('addressee', sa.String(length=120), nullable=True),
    sa.Column('phone', sa.String(length=32), nullable=True),
    sa.Column('latitude_microdegrees', sa.BigInteger(), nullable=False),
    sa.Column('longitude_microdegrees', sa.BigInteger(), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('hours', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('sells', sa.Boolean(), nullable=False),
    sa.Column('offers_pickup', sa.Boolean(), nullable=False),
    sa.Column('ships', sa.Boolean(), nullable=False),
    sa.Column('receives_returns', sa.Boolean(), nullable=False),
    sa.Column('priority', sa.BigInteger(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('pickup_preparation_minutes', sa.BigInteger(), nullable=False),
    sa.Column('pickup_expiry_days', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('latitude_microdegrees BETWEEN -90000000 AND 90000000', name=op.f('ck_location_latitude')),
    sa.CheckConstraint('longitude_microdegrees BETWEEN -180000000 AND 180000000', name=op.f('ck_location_longitude')),
    sa.CheckConstraint('pickup_expiry_days >= 0', name=op.f('ck_location_pickup_expiry_days')),
    sa.CheckConstraint('pickup_preparation_minutes >= 0', name=op.f('ck_location_pickup_preparation_minutes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_location')),
    sa.UniqueConstraint('code', name=op.f('uq_location_code'))
    )
    with op.batch_alter_table('location', schema=None) as batch_op:
        batch_op.create_index('ix_location_place', ['latitude_microdegrees', 'longitude_microdegrees'], unique=False)

    op.create_table('loyalty_program',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handle', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_loyalty_program')),
    sa.UniqueConstraint('handle', name=op.f('uq_loyalty_program_handle')),
    sa.UniqueConstraint('unit', name=op.f('uq_loyalty_program_unit'))
    )
    op.create_table('payment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('owner', sa.String(length=100), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('tender', sa.Enum('CARD', 'CASH', 'EXTERNAL', 'STORE_CREDIT', name='tender', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('authorized_minor', sa.BigInteger(), nullable=False),
    sa.Column('capture_minor', sa.BigInteger(), nullable=True),
    sa.Column('captured_minor', sa.BigInteger(), nullable=False),
    sa.Column('cash_step_minor', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Enum('CREATED', 'REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURE_REQUESTED', 'CAPTURED', 'VOID_REQUESTED', 'VOIDED', 'FAILED', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('method', sa.String(length=255), nullable=False),
    sa.Column('provider_reference', sa.String(length=255), nullable=True),
    sa.Column('failure_code', sa.String(length=100), nullable=True),
    sa.Column('payer', sa.String(length=100), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('terminal_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('updated_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('reconciled_at', domain.tables.UtcDateTime(), nullable=True),
    sa.CheckConstraint("tender <> 'STORE_CREDIT'", name=op.f('ck_payment_tender_takes')),
    sa.CheckConstraint("tender = 'CASH' OR captured_minor <= authorized_minor", name=op.f('ck_payment_captured_authorized')),
    sa.CheckConstraint('amount_minor > 0 AND authorized_minor >= 0 AND captured_minor >= 0', name=op.f('ck_payment_amounts')),
    sa.CheckConstraint('capture_minor IS NULL OR capture_minor > 0', name=op.f('ck_payment_capture')),
    sa.CheckConstraint('cash_step_minor > 0', name=op.f('ck_payment_cash_step')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment')),
    sa.UniqueConstraint('provider_reference', name=op.f('uq_payment_provider_reference'))
    )
    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_order_id'), ['order_id'], unique=False)
        batch_op.create_index('ix_payment_status_created_at', ['status', 'created_at'], unique=False)
        batch_op.create_index('uq_payment_live_owner', ['owner'], unique=True, sqlite_where=sa.text("tender = 'CARD' AND status IN ('CREATED', 'REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURE_REQUESTED')"), postgresql_where=sa.text("tender = 'CARD' AND status IN ('CREATED', 'REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURE_REQUESTED')"))

    op.create_table('payment_event',
    sa.Column('id', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=100), nullable=False),
    sa.Column('received_at', domain.tables.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_event'))
    )
    with op.batch_alter_table('payment_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_event_received_at'), ['received_at'], unique=False)

    op.create_table('payment_reconciliation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('since', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('started_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('finished_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('payments_seen', sa.BigInteger(), nullable=False),
    sa.Column('refunds_seen', sa.BigInteger(), nullable=False),
    sa.Column('findings', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_reconciliation'))
    )
    op.create_table('sales_channel',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handle', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('ONLINE', 'POS', 'MARKETPLACE', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('prices_include_tax', sa.Boolean(), nullable=False),
    sa.Column('default_country', sa.String(length=2), nullable=False),
    sa.Column('default_region', sa.String(length=80), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_channel')),
    sa.UniqueConstraint('handle', name=op.f('uq_sales_channel_handle'))
    )
    op.create_table('staff_member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('display_name', sa.String(length=100), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('role', sa.Enum('ASSOCIATE', 'MANAGER', 'HEAD_OFFICE', name='role', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_member')),
    sa.UniqueConstraint('email', name=op.f('uq_staff_member_email'))
    )
    op.create_table('tax_rate',
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('region', sa.String(length=80), nullable=False),
    sa.Column('postal_prefix', sa.String(length=12), nullable=False),
    sa.Column('tax_code', sa.String(length=40), nullable=False),
    sa.Column('jurisdiction', sa.String(length=60), nullable=False),
    sa.Column('valid_from', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('valid_to', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('rate_ppm', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('rate_ppm >= 0 AND rate_ppm <= 1000000', name=op.f('ck_tax_rate_rate_ppm')),
    sa.PrimaryKeyConstraint('country', 'region', 'postal_prefix', 'tax_code', 'jurisdiction', 'valid_from', name=op.f('pk_tax_rate'))
    )
    op.create_table('throttle',
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('window_started_at', domain.tables.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_throttle'))
    )
    op.create_table('associate_location',
    sa.Column('associate_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['associate_id'], ['associate.id'], name=op.f('fk_associate_location_associate_id')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_associate_location_location_id')),
    sa.PrimaryKeyConstraint('associate_id', 'location_id', name=op.f('pk_associate_location'))
    )
    op.create_table('cart',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=True),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('sales_channel_id', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('status', sa.Enum('OPEN', 'CHECKING_OUT', 'COMPLETED', 'MERGED', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('lines', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('groups', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('discount_codes', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('points_wallet_id', sa.Uuid(), nullable=True),
    sa.Column('points_wished', sa.BigInteger(), nullable=True),
    sa.Column('checkout_id', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('merged_into', sa.Uuid(), nullable=True),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('updated_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('expires_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint("(status = 'MERGED') = (merged_into IS NOT NULL)", name=op.f('ck_cart_merged')),
    sa.CheckConstraint("status <> 'COMPLETED' OR order_id IS NOT NULL", name=op.f('ck_cart_order')),
    sa.CheckConstraint('(token_hash IS NULL) = (customer_id IS NOT NULL)', name=op.f('ck_cart_owner')),
    sa.CheckConstraint('points_wished IS NULL OR points_wished > 0', name=op.f('ck_cart_points')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_cart_customer_id')),
    sa.ForeignKeyConstraint(['merged_into'], ['cart.id'], name=op.f('fk_cart_merged_into')),
    sa.ForeignKeyConstraint(['sales_channel_id'], ['sales_channel.id'], name=op.f('fk_cart_sales_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cart'))
    )
    with op.batch_alter_table('cart', schema=None) as batch_op:
        batch_op.create_index('ix_cart_expires_at', ['expires_at'], unique=False)
        batch_op.create_index('uq_cart_universal', ['customer_id', 'currency'], unique=True, sqlite_where=sa.text("status IN ('OPEN', 'CHECKING_OUT') AND customer_id IS NOT NULL"), postgresql_where=sa.text("status IN ('OPEN', 'CHECKING_OUT') AND customer_id IS NOT NULL"))

    op.create_table('discount',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=True),
    sa.Column('target', sa.Enum('LINES', 'ORDER', name='target', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('kind', sa.Enum('PERCENTAGE', 'FIXED_ACROSS', 'FIXED_PER_UNIT', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('lines', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('minimum_subtotal_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('sales_channel_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('valid_to', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('usage_limit', sa.BigInteger(), nullable=True),
    sa.Column('usage_limit_per_customer', sa.BigInteger(), nullable=True),
    sa.Column('used', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("currency IS NOT NULL OR kind = 'PERCENTAGE'", name=op.f('ck_discount_currency')),
    sa.CheckConstraint("value > 0 AND (kind <> 'PERCENTAGE' OR value <= 1000000)", name=op.f('ck_discount_value')),
    sa.CheckConstraint('minimum_subtotal_minor >= 0', name=op.f('ck_discount_minimum_subtotal_minor')),
    sa.CheckConstraint('used >= 0 AND (usage_limit IS NULL OR used <= usage_limit)', name=op.f('ck_discount_used')),
    sa.ForeignKeyConstraint(['sales_channel_id'], ['sales_channel.id'], name=op.f('fk_discount_sales_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_discount')),
    sa.UniqueConstraint('code', name=op.f('uq_discount_code'))
    )
    with op.batch_alter_table('discount', schema=None) as batch_op:
        batch_op.create_index('ix_discount_automatic', ['valid_from'], unique=False, sqlite_where=sa.text('code IS NULL'), postgresql_where=sa.text('code IS NULL'))
        batch_op.create_index(batch_op.f('ix_discount_sales_channel_id'), ['sales_channel_id'], unique=False)

    op.create_table('ledger_hold',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('wallet_id', sa.Uuid(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('PENDING', 'POSTED', 'VOIDED', 'EXPIRED', name='state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('owner', sa.String(length=120), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('picks', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('until', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('posted', sa.BigInteger(), nullable=False),
    sa.Column('released', sa.BigInteger(), nullable=False),
    sa.Column('recredited', sa.BigInteger(), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('points > 0', name=op.f('ck_ledger_hold_points')),
    sa.CheckConstraint('posted >= 0 AND released >= 0 AND posted + released <= points', name=op.f('ck_ledger_hold_resolved')),
    sa.CheckConstraint('recredited >= 0 AND recredited <= posted', name=op.f('ck_ledger_hold_recredited')),
    sa.ForeignKeyConstraint(['wallet_id'], ['ledger_wallet.id'], name=op.f('fk_ledger_hold_wallet_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_hold'))
    )
    with op.batch_alter_table('ledger_hold', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_hold_open', ['wallet_id', 'until'], unique=False, sqlite_where=sa.text("state = 'PENDING'"), postgresql_where=sa.text("state = 'PENDING'"))
        batch_op.create_index('ix_ledger_hold_order_id', ['order_id'], unique=False)

    op.create_table('ledger_lot',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('wallet_id', sa.Uuid(), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('origin_id', sa.Uuid(), nullable=False),
    sa.Column('funder', sa.String(length=80), nullable=False),
    sa.Column('component', sa.String(length=80), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('vesting_key', sa.String(length=80), nullable=False),
    sa.Column('rule_version', sa.BigInteger(), nullable=False),
    sa.Column('original', sa.BigInteger(), nullable=False),
    sa.Column('pending', sa.BigInteger(), nullable=False),
    sa.Column('available', sa.BigInteger(), nullable=False),
    sa.Column('held', sa.BigInteger(), nullable=False),
    sa.Column('spent', sa.BigInteger(), nullable=False),
    sa.Column('expired', sa.BigInteger(), nullable=False),
    sa.Column('absorbed', sa.BigInteger(), nullable=False),
    sa.Column('clawed', sa.BigInteger(), nullable=False),
    sa.Column('moved', sa.BigInteger(), nullable=False),
    sa.Column('earned_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('vests_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('expires_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('slides', sa.Boolean(), nullable=False),
    sa.Column('contributor_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('pending + available + spent + expired + clawed + moved = original', name=op.f('ck_ledger_lot_original')),
    sa.CheckConstraint('pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0 AND clawed >= 0 AND moved >= 0 AND held <= available AND absorbed >= 0 AND absorbed <= expired', name=op.f('ck_ledger_lot_counters')),
    sa.ForeignKeyConstraint(['wallet_id'], ['ledger_wallet.id'], name=op.f('fk_ledger_lot_wallet_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_lot'))
    )
    with op.batch_alter_table('ledger_lot', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_lot_expires_at', ['expires_at'], unique=False, sqlite_where=sa.text('available > held'), postgresql_where=sa.text('available > held'))
        batch_op.create_index('ix_ledger_lot_living', ['wallet_id', 'expires_at'], unique=False, sqlite_where=sa.text('pending > 0 OR available > 0'), postgresql_where=sa.text('pending > 0 OR available > 0'))
        batch_op.create_index('ix_ledger_lot_origin_id', ['origin_id'], unique=False)
        batch_op.create_index('ix_ledger_lot_vests_at', ['vests_at'], unique=False, sqlite_where=sa.text('pending > 0'), postgresql_where=sa.text('pending > 0'))
        batch_op.create_index('ix_ledger_lot_wallet_id', ['wallet_id'], unique=False)

    op.create_table('ledger_transfer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('wallet_id', sa.Uuid(), nullable=True),
    sa.Column('debit', sa.String(length=80), nullable=False),
    sa.Column('credit', sa.String(length=80), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('code', sa.Enum('EARN', 'RELEASE', 'BONUS', 'CARRY', 'HOLD', 'VOID', 'REDEEM', 'OFFLINE_REDEEM', 'RECREDIT', 'CLAWBACK', 'WRITE_OFF', 'DEBT_REPAY', 'EXPIRE', 'ADJUST', 'MOVE', 'FUND', 'STORE_CREDIT', name='code', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('phase', sa.Enum('PENDING', 'POSTED', 'VOIDED', name='phase', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('hold_id', sa.Uuid(), nullable=True),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('effective_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('wallet_version', sa.BigInteger(), nullable=False),
    sa.Column('balance_after', sa.BigInteger(), nullable=False),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_ledger_transfer_amount')),
    sa.CheckConstraint('debit <> credit', name=op.f('ck_ledger_transfer_two_sides')),
    sa.ForeignKeyConstraint(['wallet_id'], ['ledger_wallet.id'], name=op.f('fk_ledger_transfer_wallet_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_transfer')),
    sa.UniqueConstraint('wallet_id', 'wallet_version', name='uq_ledger_transfer_wallet_id')
    )
    with op.batch_alter_table('ledger_transfer', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_transfer_order_id', ['order_id'], unique=False)

    op.create_table('loyalty_account',
    sa.Column('wallet_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('MEMBER', 'POOL', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('program_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('root_id', sa.Uuid(), nullable=False),
    sa.Column('effective_id', sa.Uuid(), nullable=False),
    sa.Column('tier', sa.String(length=40), nullable=False),
    sa.Column('tier_credits', sa.BigInteger(), nullable=False),
    sa.Column('period', sa.BigInteger(), nullable=False),
    sa.Column('period_ends_at', domain.tables.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_loyalty_account_customer_id')),
    sa.ForeignKeyConstraint(['effective_id'], ['ledger_wallet.id'], name=op.f('fk_loyalty_account_effective_id')),
    sa.ForeignKeyConstraint(['program_id'], ['loyalty_program.id'], name=op.f('fk_loyalty_account_program_id')),
    sa.ForeignKeyConstraint(['root_id'], ['ledger_wallet.id'], name=op.f('fk_loyalty_account_root_id')),
    sa.ForeignKeyConstraint(['wallet_id'], ['ledger_wallet.id'], name=op.f('fk_loyalty_account_wallet_id')),
    sa.PrimaryKeyConstraint('wallet_id', name=op.f('pk_loyalty_account')),
    sa.UniqueConstraint('customer_id', name=op.f('uq_loyalty_account_customer_id'))
    )
    with op.batch_alter_table('loyalty_account', schema=None) as batch_op:
        batch_op.create_index('ix_loyalty_account_effective_id', ['effective_id'], unique=False)
        batch_op.create_index('ix_loyalty_account_period_ends_at', ['period_ends_at'], unique=False)
        batch_op.create_index('ix_loyalty_account_root_id', ['root_id'], unique=False)

    op.create_table('loyalty_budget',
    sa.Column('program_id', sa.Uuid(), nullable=False),
    sa.Column('funder', sa.String(length=80), nullable=False),
    sa.Column('mode', sa.Enum('PARTIAL', 'ALL_OR_NOTHING', name='mode', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('remaining', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('remaining >= 0', name=op.f('ck_loyalty_budget_remaining')),
    sa.ForeignKeyConstraint(['program_id'], ['loyalty_program.id'], name=op.f('fk_loyalty_budget_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'funder', name=op.f('pk_loyalty_budget'))
    )
    op.create_table('loyalty_program_version',
    sa.Column('program_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('terms', sa.Text(), nullable=False),
    sa.Column('published_at', domain.tables.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['loyalty_program.id'], name=op.f('fk_loyalty_program_version_program_id')),
    sa.PrimaryKeyConstraint('program_id', 'version', name=op.f('pk_loyalty_program_version'))
    )
    op.create_table('partner',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.String(length=80), nullable=False),
    sa.Column('display_name', sa.String(length=100), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('sales_channel_id', sa.Uuid(), nullable=False),
    sa.Column('scopes', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['sales_channel_id'], ['sales_channel.id'], name=op.f('fk_partner_sales_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partner')),
    sa.UniqueConstraint('client_id', name=op.f('uq_partner_client_id'))
    )
    op.create_table('payment_dispute',
    sa.Column('reference', sa.String(length=255), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('INQUIRY', 'OPEN', 'WON', 'LOST', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('reason', sa.String(length=100), nullable=False),
    sa.Column('opened_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('updated_at', domain.tables.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_payment_dispute_payment_id')),
    sa.PrimaryKeyConstraint('reference', name=op.f('pk_payment_dispute'))
    )
    with op.batch_alter_table('payment_dispute', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_dispute_payment_id'), ['payment_id'], unique=False)

    op.create_table('product',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handle', sa.String(length=255), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('sort_title', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('vendor', sa.String(length=255), nullable=False),
    sa.Column('product_type', sa.String(length=255), nullable=False),
    sa.Column('tags', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('category_id', sa.Uuid(), nullable=True),
    sa.Column('option_names', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('updated_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['category_id'], ['category.id'], name=op.f('fk_product_category_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product')),
    sa.UniqueConstraint('handle', name=op.f('uq_product_handle'))
    )
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_product_category_id'), ['category_id'], unique=False)
        batch_op.create_index('ix_product_created_at', ['created_at', 'id'], unique=False)
        batch_op.create_index('ix_product_product_type', ['product_type'], unique=False)
        batch_op.create_index('ix_product_sort_title', ['sort_title', 'id'], unique=False)
        batch_op.create_index('ix_product_vendor', ['vendor'], unique=False)

    op.create_table('refund_leg',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('reference', sa.String(length=255), nullable=False),
    sa.Column('tender', sa.Enum('CARD', 'CASH', 'EXTERNAL', 'STORE_CREDIT', name='tender', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('origin', sa.Enum('OURS', 'PROVIDER', 'DISPUTE', name='origin', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('paid_minor', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Enum('RESERVED', 'PENDING', 'REQUIRES_ACTION', 'SUCCEEDED', 'FAILED', 'CANCELED', 'ON_HOLD', 'EXTERNAL', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('attempt', sa.BigInteger(), nullable=False),
    sa.Column('provider_reference', sa.String(length=255), nullable=True),
    sa.Column('failure_code', sa.String(length=100), nullable=True),
    sa.Column('replaces_leg_id', sa.Uuid(), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('terminal_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('updated_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('reconciled_at', domain.tables.UtcDateTime(), nullable=True),
    sa.CheckConstraint('amount_minor > 0 AND paid_minor >= 0', name=op.f('ck_refund_leg_amounts')),
    sa.CheckConstraint('attempt > 0', name=op.f('ck_refund_leg_attempt')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_refund_leg_payment_id')),
    sa.ForeignKeyConstraint(['replaces_leg_id'], ['refund_leg.id'], name=op.f('fk_refund_leg_replaces_leg_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund_leg')),
    sa.UniqueConstraint('provider_reference', name=op.f('uq_refund_leg_provider_reference')),
    sa.UniqueConstraint('replaces_leg_id', name=op.f('uq_refund_leg_replaces_leg_id'))
    )
    with op.batch_alter_table('refund_leg', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_refund_leg_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_leg_payment_id'), ['payment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_leg_reference'), ['reference'], unique=False)
        batch_op.create_index('ix_refund_leg_status_created_at', ['status', 'created_at'], unique=False)

    op.create_table('sales_order',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('receipt_number', sa.String(length=40), nullable=False),
    sa.Column('status', sa.Enum('OPEN', 'CANCELED', 'CLOSED', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('source', sa.Enum('ONLINE', 'POS', 'MARKETPLACE', 'IMPORT', name='source', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('sales_channel_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('terminal_id', sa.Uuid(), nullable=True),
    sa.Column('wallet_id', sa.Uuid(), nullable=True),
    sa.Column('cart_id', sa.Uuid(), nullable=True),
    sa.Column('external_reference', sa.String(length=200), nullable=True),
    sa.Column('payer_of_record', sa.String(length=120), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('prices_include_tax', sa.Boolean(), nullable=False),
    sa.Column('placed_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('subtotal_minor', sa.BigInteger(), nullable=False),
    sa.Column('discount_minor', sa.BigInteger(), nullable=False),
    sa.Column('shipping_minor', sa.BigInteger(), nullable=False),
    sa.Column('shipping_tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('points_value_minor', sa.BigInteger(), nullable=False),
    sa.Column('due_minor', sa.BigInteger(), nullable=False),
    sa.Column('canceled_minor', sa.BigInteger(), nullable=False),
    sa.Column('released_minor', sa.BigInteger(), nullable=False),
    sa.Column('capture_requested', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('due_minor = total_minor - points_value_minor', name=op.f('ck_sales_order_due')),
    sa.CheckConstraint('due_minor >= 0 AND total_minor >= 0', name=op.f('ck_sales_order_positive')),
    sa.CheckConstraint('points >= 0 AND points_value_minor >= 0', name=op.f('ck_sales_order_points')),
    sa.CheckConstraint('released_minor >= 0 AND released_minor <= canceled_minor AND canceled_minor <= due_minor', name=op.f('ck_sales_order_canceled')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_sales_order_customer_id')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_sales_order_location_id')),
    sa.ForeignKeyConstraint(['sales_channel_id'], ['sales_channel.id'], name=op.f('fk_sales_order_sales_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_order')),
    sa.UniqueConstraint('cart_id', name=op.f('uq_sales_order_cart_id')),
    sa.UniqueConstraint('number', name=op.f('uq_sales_order_number')),
    sa.UniqueConstraint('receipt_number', name=op.f('uq_sales_order_receipt_number')),
    sa.UniqueConstraint('sales_channel_id', 'external_reference', name='uq_sales_order_external_reference')
    )
    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.create_index('ix_sales_order_customer_id_placed_at', ['customer_id', 'placed_at', 'id'], unique=False)
        batch_op.create_index('ix_sales_order_location_id_placed_at', ['location_id', 'placed_at', 'id'], unique=False)
        batch_op.create_index('ix_sales_order_placed_at', ['placed_at', 'id'], unique=False)
        batch_op.create_index('ix_sales_order_sales_channel_id_placed_at', ['sales_channel_id', 'placed_at', 'id'], unique=False)

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
    sa.CheckConstraint('0 <= days_min AND days_min <= days_max', name=op.f('ck_shipping_option_days')),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_shipping_option_amount_minor')),
    sa.CheckConstraint('free_from_minor IS NULL OR free_from_minor >= 0', name=op.f('ck_shipping_option_free_from_minor')),
    sa.ForeignKeyConstraint(['sales_channel_id'], ['sales_channel.id'], name=op.f('fk_shipping_option_sales_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shipping_option'))
    )
    with op.batch_alter_table('shipping_option', schema=None) as batch_op:
        batch_op.create_index('ix_shipping_option_offered', ['sales_channel_id', 'country'], unique=False)

    op.create_table('terminal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('credential_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('revoked_at', domain.tables.UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_terminal_location_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_terminal')),
    sa.UniqueConstraint('code', name=op.f('uq_terminal_code')),
    sa.UniqueConstraint('credential_hash', name=op.f('uq_terminal_credential_hash'))
    )
    with op.batch_alter_table('terminal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_terminal_location_id'), ['location_id'], unique=False)

    op.create_table('associate_session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('associate_id', sa.Uuid(), nullable=False),
    sa.Column('terminal_id', sa.Uuid(), nullable=False),
    sa.Column('started_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('expires_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('revoked_at', domain.tables.UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['associate_id'], ['associate.id'], name=op.f('fk_associate_session_associate_id')),
    sa.ForeignKeyConstraint(['terminal_id'], ['terminal.id'], name=op.f('fk_associate_session_terminal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_associate_session'))
    )
    with op.batch_alter_table('associate_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_associate_session_associate_id'), ['associate_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_associate_session_terminal_id'), ['terminal_id'], unique=False)

    op.create_table('collection_product',
    sa.Column('collection_id', sa.Uuid(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collection.id'], name=op.f('fk_collection_product_collection_id')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_collection_product_product_id')),
    sa.PrimaryKeyConstraint('collection_id', 'product_id', name=op.f('pk_collection_product'))
    )
    with op.batch_alter_table('collection_product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_collection_product_product_id'), ['product_id'], unique=False)

    op.create_table('discount_use',
    sa.Column('discount_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['discount_id'], ['discount.id'], name=op.f('fk_discount_use_discount_id')),
    sa.PrimaryKeyConstraint('discount_id', 'order_id', name=op.f('pk_discount_use'))
    )
    with op.batch_alter_table('discount_use', schema=None) as batch_op:
        batch_op.create_index('ix_discount_use_customer', ['discount_id', 'customer_id'], unique=False)

    op.create_table('ledger_lot_move',
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.Column('lot_id', sa.Uuid(), nullable=False),
    sa.Column('bucket', sa.Enum('PENDING', 'AVAILABLE', 'HELD', 'SPENT', 'EXPIRED', 'CLAWED', 'MOVED', name='bucket', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('delta', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('delta <> 0', name=op.f('ck_ledger_lot_move_delta')),
    sa.ForeignKeyConstraint(['lot_id'], ['ledger_lot.id'], name=op.f('fk_ledger_lot_move_lot_id')),
    sa.ForeignKeyConstraint(['transfer_id'], ['ledger_transfer.id'], name=op.f('fk_ledger_lot_move_transfer_id')),
    sa.PrimaryKeyConstraint('transfer_id', 'lot_id', 'bucket', name=op.f('pk_ledger_lot_move'))
    )
    with op.batch_alter_table('ledger_lot_move', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_lot_move_lot_id', ['lot_id'], unique=False)

    op.create_table('loyalty_order',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('wallet_id', sa.Uuid(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('eligible_minor', sa.BigInteger(), nullable=False),
    sa.Column('tier_credits', sa.BigInteger(), nullable=False),
    sa.Column('tier_credits_returned', sa.BigInteger(), nullable=False),
    sa.Column('period', sa.BigInteger(), nullable=False),
    sa.Column('earned_on', sa.Date(), nullable=False),
    sa.Column('placed_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('points >= 0 AND eligible_minor >= 0', name=op.f('ck_loyalty_order_points')),
    sa.CheckConstraint('tier_credits_returned >= 0 AND tier_credits_returned <= tier_credits', name=op.f('ck_loyalty_order_tier_credits')),
    sa.ForeignKeyConstraint(['wallet_id'], ['loyalty_account.wallet_id'], name=op.f('fk_loyalty_order_wallet_id')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_loyalty_order'))
    )
    with op.batch_alter_table('loyalty_order', schema=None) as batch_op:
        batch_op.create_index('ix_loyalty_order_wallet_id', ['wallet_id', 'earned_on'], unique=False)

    op.create_table('loyalty_tender',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('hold_id', sa.Uuid(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('points_back', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('points > 0 AND quantity > 0', name=op.f('ck_loyalty_tender_points')),
    sa.CheckConstraint('points_back >= 0 AND points_back <= points', name=op.f('ck_loyalty_tender_points_back')),
    sa.ForeignKeyConstraint(['hold_id'], ['ledger_hold.id'], name=op.f('fk_loyalty_tender_hold_id')),
    sa.PrimaryKeyConstraint('order_id', 'line_id', name=op.f('pk_loyalty_tender'))
    )
    op.create_table('order_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('PLACED', 'PAYMENT_CAPTURE_REQUESTED', 'UNITS_CANCELED', 'CANCELED', 'CLOSED', 'FULFILLMENT_MOVED', 'UNITS_FULFILLED', 'SHIPMENT_CREATED', 'SHIPMENT_DELIVERED', 'POINTS_RELEASED', 'RETURN_CHANGED', 'REFUND_CHANGED', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('actor_kind', sa.Enum('GUEST', 'CUSTOMER', 'ASSOCIATE', 'STAFF', 'PARTNER', 'SYSTEM', 'PSP', name='actor_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('actor_id', sa.String(length=80), nullable=False),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('facts', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('changes', sa.JSON(none_as_null=True), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_order_event_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_event'))
    )
    with op.batch_alter_table('order_event', schema=None) as batch_op:
        batch_op.create_index('ix_order_event_order_id_id', ['order_id', 'id'], unique=False)

    op.create_table('order_shipping_charge',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('gross_minor', sa.BigInteger(), nullable=False),
    sa.Column('discount_minor', sa.BigInteger(), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('taxes', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('canceled', sa.Boolean(), nullable=False),
    sa.CheckConstraint('total_minor = net_minor + tax_minor', name=op.f('ck_order_shipping_charge_total')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_order_shipping_charge_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_shipping_charge'))
    )
    with op.batch_alter_table('order_shipping_charge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_order_shipping_charge_order_id'), ['order_id'], unique=False)

    op.create_table('payment_call',
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('leg_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Enum('REQUESTED', 'SENT', 'SUCCEEDED', 'FAILED', 'UNKNOWN', name='state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('requested_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('sent_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('settled_at', domain.tables.UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['leg_id'], ['refund_leg.id'], name=op.f('fk_payment_call_leg_id')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_payment_call_payment_id')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_payment_call'))
    )
    with op.batch_alter_table('payment_call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_call_leg_id'), ['leg_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_call_payment_id'), ['payment_id'], unique=False)
        batch_op.create_index('ix_payment_call_state_requested_at', ['state', 'requested_at'], unique=False)

    op.create_table('payment_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('UNKNOWN_PAYMENT', 'UNKNOWN_REFUND', 'UNLINKED_REFUND', 'DUPLICATE_REFUND', 'AMOUNT_DIFFERS', 'STATUS_DIFFERED', 'CAPTURE_FAILED', 'CAPTURED_AFTER_VOID', 'REFUND_FAILED', 'OVER_REFUNDED', 'DISPUTE_LOST', 'CALL_STUCK', 'MISSING_AT_PROVIDER', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('reference', sa.String(length=255), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('leg_id', sa.Uuid(), nullable=True),
    sa.Column('detail', sa.String(length=255), nullable=False),
    sa.Column('found_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('resolved_at', domain.tables.UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['leg_id'], ['refund_leg.id'], name=op.f('fk_payment_finding_leg_id')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_payment_finding_payment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_finding')),
    sa.UniqueConstraint('kind', 'reference', name='uq_payment_finding_kind_reference')
    )
    with op.batch_alter_table('payment_finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_finding_payment_id'), ['payment_id'], unique=False)

    op.create_table('payment_step',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('leg_id', sa.Uuid(), nullable=True),
    sa.Column('before', sa.String(length=32), nullable=True),
    sa.Column('after', sa.String(length=32), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_id', sa.String(length=80), nullable=False),
    sa.Column('detail', sa.String(length=255), nullable=False),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['leg_id'], ['refund_leg.id'], name=op.f('fk_payment_step_leg_id')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_payment_step_payment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_step'))
    )
    with op.batch_alter_table('payment_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_step_leg_id'), ['leg_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_step_payment_id'), ['payment_id'], unique=False)

    op.create_table('product_media',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('alt', sa.String(length=512), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_product_media_product_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_media')),
    sa.UniqueConstraint('product_id', 'position', name='uq_product_media_position')
    )
    op.create_table('product_search',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_product_search_product_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_search')),
    sa.UniqueConstraint('product_id', name=op.f('uq_product_search_product_id'))
    )
    op.create_table('product_tag',
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('tag', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_product_tag_product_id')),
    sa.PrimaryKeyConstraint('product_id', 'tag', name=op.f('pk_product_tag'))
    )
    with op.batch_alter_table('product_tag', schema=None) as batch_op:
        batch_op.create_index('ix_product_tag_tag', ['tag', 'product_id'], unique=False)

    op.create_table('publication',
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('published_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('price_min_minor', sa.BigInteger(), nullable=True),
    sa.Column('price_max_minor', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('price_min_minor <= price_max_minor', name=op.f('ck_publication_price_range')),
    sa.ForeignKeyConstraint(['channel_id'], ['sales_channel.id'], name=op.f('fk_publication_channel_id')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_publication_product_id')),
    sa.PrimaryKeyConstraint('product_id', 'channel_id', name=op.f('pk_publication'))
    )
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.create_index('ix_publication_price', ['channel_id', 'price_min_minor', 'product_id'], unique=False)

    op.create_table('sales_return',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('REQUESTED', 'OPEN', 'CLOSED', 'DECLINED', 'CANCELED', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('decline_reason', sa.String(length=500), nullable=True),
    sa.Column('policy_version', sa.BigInteger(), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('claim_expires_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_sales_return_location_id')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_sales_return_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_return')),
    sa.UniqueConstraint('number', name=op.f('uq_sales_return_number'))
    )
    with op.batch_alter_table('sales_return', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_return_order_id'), ['order_id'], unique=False)
        batch_op.create_index('ix_sales_return_status_claim_expires_at', ['status', 'claim_expires_at'], unique=False)

    op.create_table('fulfillment_order',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('method', sa.Enum('SHIPPING', 'PICK_UP', 'IN_STORE', 'EXTERNAL', name='method', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('status', sa.Enum('OPEN', 'ACCEPTED', 'PICKING', 'WAITING_FOR_TRANSFER', 'READY_FOR_PICKUP', 'CUSTOMER_ARRIVED', 'PICKED_UP', 'SHIPPED', 'DELIVERED', 'EXPIRED', 'CANCELED', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('address', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('shipping_charge_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('changed_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_fulfillment_order_location_id')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_fulfillment_order_order_id')),
    sa.ForeignKeyConstraint(['shipping_charge_id'], ['order_shipping_charge.id'], name=op.f('fk_fulfillment_order_shipping_charge_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fulfillment_order'))
    )
    with op.batch_alter_table('fulfillment_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fulfillment_order_order_id'), ['order_id'], unique=False)
        batch_op.create_index('ix_fulfillment_order_queue', ['location_id', 'method', 'status', 'created_at', 'id'], unique=False)

    op.create_table('loyalty_award',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=True),
    sa.Column('lot_id', sa.Uuid(), nullable=False),
    sa.Column('funder', sa.String(length=80), nullable=False),
    sa.Column('component', sa.String(length=80), nullable=False),
    sa.Column('rule_version', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('on_return', sa.Enum('THRESHOLD', 'PRORATE', 'KEEP', name='on_return', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('minimum_minor', sa.BigInteger(), nullable=False),
    sa.Column('category', sa.String(length=80), nullable=True),
    sa.Column('clawed', sa.BigInteger(), nullable=False),
    sa.Column('unrecovered', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('clawed >= 0 AND clawed <= points', name=op.f('ck_loyalty_award_clawed')),
    sa.CheckConstraint('points > 0 AND quantity > 0', name=op.f('ck_loyalty_award_points')),
    sa.CheckConstraint('unrecovered >= 0 AND unrecovered <= clawed', name=op.f('ck_loyalty_award_unrecovered')),
    sa.ForeignKeyConstraint(['lot_id'], ['ledger_lot.id'], name=op.f('fk_loyalty_award_lot_id')),
    sa.ForeignKeyConstraint(['order_id'], ['loyalty_order.order_id'], name=op.f('fk_loyalty_award_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_loyalty_award'))
    )
    with op.batch_alter_table('loyalty_award', schema=None) as batch_op:
        batch_op.create_index('ix_loyalty_award_order_id', ['order_id', 'line_id'], unique=False)

    op.create_table('loyalty_order_line',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('eligible_minor', sa.BigInteger(), nullable=False),
    sa.Column('category', sa.String(length=80), nullable=True),
    sa.Column('returned', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0 AND eligible_minor >= 0', name=op.f('ck_loyalty_order_line_quantity')),
    sa.CheckConstraint('returned >= 0 AND returned <= quantity', name=op.f('ck_loyalty_order_line_returned')),
    sa.ForeignKeyConstraint(['order_id'], ['loyalty_order.order_id'], name=op.f('fk_loyalty_order_line_order_id')),
    sa.PrimaryKeyConstraint('order_id', 'line_id', name=op.f('pk_loyalty_order_line'))
    )
    op.create_table('product_variant',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('sku', sa.String(length=120), nullable=True),
    sa.Column('gtin', sa.String(length=14), nullable=True),
    sa.Column('title', sa.String(length=400), nullable=False),
    sa.Column('options', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('options_key', sa.String(length=500), nullable=False),
    sa.Column('requires_shipping', sa.Boolean(), nullable=False),
    sa.Column('tracks_inventory', sa.Boolean(), nullable=False),
    sa.Column('sells_when_out_of_stock', sa.Boolean(), nullable=False),
    sa.Column('tax_code', sa.String(length=40), nullable=False),
    sa.Column('weight_grams', sa.BigInteger(), nullable=False),
    sa.Column('media_id', sa.Uuid(), nullable=True),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('gtin IS NULL OR length(gtin) = 14', name=op.f('ck_product_variant_gtin')),
    sa.CheckConstraint('weight_grams >= 0', name=op.f('ck_product_variant_weight_grams')),
    sa.ForeignKeyConstraint(['media_id'], ['product_media.id'], name=op.f('fk_product_variant_media_id')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_product_variant_product_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_variant')),
    sa.UniqueConstraint('gtin', name=op.f('uq_product_variant_gtin')),
    sa.UniqueConstraint('product_id', 'options_key', name='uq_product_variant_options'),
    sa.UniqueConstraint('sku', name=op.f('uq_product_variant_sku'))
    )
    op.create_table('return_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('return_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('REQUESTED', 'CREATED', 'APPROVED', 'DECLINED', 'RECEIVED', 'PROCESSED', 'CANCELED', 'EXPIRED', 'CLOSED', 'REOPENED', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('actor_kind', sa.Enum('GUEST', 'CUSTOMER', 'ASSOCIATE', 'STAFF', 'PARTNER', 'SYSTEM', 'PSP', name='actor_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('actor_id', sa.String(length=80), nullable=False),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('facts', sa.JSON(none_as_null=True), nullable=False),
    sa.ForeignKeyConstraint(['return_id'], ['sales_return.id'], name=op.f('fk_return_event_return_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_event'))
    )
    with op.batch_alter_table('return_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_return_event_return_id'), ['return_id'], unique=False)

    op.create_table('return_settlement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('return_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('taxes', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('shipping_minor', sa.BigInteger(), nullable=False),
    sa.Column('refund_minor', sa.BigInteger(), nullable=False),
    sa.Column('points_back', sa.BigInteger(), nullable=False),
    sa.Column('points_clawed', sa.BigInteger(), nullable=False),
    sa.Column('settled_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('refund_minor >= 0 AND points_back >= 0 AND points_clawed >= 0', name=op.f('ck_return_settlement_amounts')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_return_settlement_order_id')),
    sa.ForeignKeyConstraint(['return_id'], ['sales_return.id'], name=op.f('fk_return_settlement_return_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_settlement'))
    )
    with op.batch_alter_table('return_settlement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_return_settlement_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_return_settlement_return_id'), ['return_id'], unique=False)

    op.create_table('inventory_hold',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('owner', sa.String(length=80), nullable=False),
    sa.Column('line_key', sa.String(length=80), nullable=False),
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_inventory_hold_quantity')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_inventory_hold_location_id')),
    sa.ForeignKeyConstraint(['variant_id'], ['product_variant.id'], name=op.f('fk_inventory_hold_variant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_hold')),
    sa.UniqueConstraint('owner', 'line_key', 'location_id', name='uq_inventory_hold_owner_line')
    )
    with op.batch_alter_table('inventory_hold', schema=None) as batch_op:
        batch_op.create_index('ix_inventory_hold_expires_at', ['expires_at'], unique=False)
        batch_op.create_index('ix_inventory_hold_level', ['variant_id', 'location_id', 'expires_at'], unique=False)

    op.create_table('inventory_level',
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('on_hand', sa.BigInteger(), nullable=False),
    sa.Column('safety_stock', sa.BigInteger(), nullable=False),
    sa.Column('committed', sa.BigInteger(), nullable=False),
    sa.Column('backordered', sa.BigInteger(), nullable=False),
    sa.Column('quarantined', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('backordered >= 0', name=op.f('ck_inventory_level_backordered')),
    sa.CheckConstraint('committed <= on_hand + backordered', name=op.f('ck_inventory_level_committed_on_hand')),
    sa.CheckConstraint('committed >= 0', name=op.f('ck_inventory_level_committed')),
    sa.CheckConstraint('on_hand >= 0', name=op.f('ck_inventory_level_on_hand')),
    sa.CheckConstraint('quarantined >= 0', name=op.f('ck_inventory_level_quarantined')),
    sa.CheckConstraint('safety_stock >= 0', name=op.f('ck_inventory_level_safety_stock')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_inventory_level_location_id')),
    sa.ForeignKeyConstraint(['variant_id'], ['product_variant.id'], name=op.f('fk_inventory_level_variant_id')),
    sa.PrimaryKeyConstraint('variant_id', 'location_id', name=op.f('pk_inventory_level'))
    )
    op.create_table('order_line',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('fulfillment_order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('variant_id', sa.Uuid(), nullable=True),
    sa.Column('product_id', sa.Uuid(), nullable=True),
    sa.Column('sku', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('variant_title', sa.String(length=300), nullable=False),
    sa.Column('tax_code', sa.String(length=60), nullable=False),
    sa.Column('image_url', sa.String(length=2000), nullable=True),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('unit_price_minor', sa.BigInteger(), nullable=False),
    sa.Column('gross_minor', sa.BigInteger(), nullable=False),
    sa.Column('line_discount_minor', sa.BigInteger(), nullable=False),
    sa.Column('order_discount_minor', sa.BigInteger(), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('points_value_minor', sa.BigInteger(), nullable=False),
    sa.Column('discounts', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('picked', sa.BigInteger(), nullable=False),
    sa.Column('short', sa.BigInteger(), nullable=False),
    sa.Column('fulfilled', sa.BigInteger(), nullable=False),
    sa.Column('canceled', sa.BigInteger(), nullable=False),
    sa.Column('claimed', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('claimed >= 0 AND claimed <= fulfilled', name=op.f('ck_order_line_claimed')),
    sa.CheckConstraint('fulfilled >= 0 AND canceled >= 0 AND fulfilled + canceled <= quantity', name=op.f('ck_order_line_units')),
    sa.CheckConstraint('picked >= 0 AND picked <= quantity AND short >= 0 AND short <= canceled', name=op.f('ck_order_line_picked')),
    sa.CheckConstraint('points_value_minor >= 0 AND points_value_minor <= total_minor', name=op.f('ck_order_line_points_value')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_order_line_quantity')),
    sa.CheckConstraint('total_minor = net_minor + tax_minor', name=op.f('ck_order_line_total')),
    sa.ForeignKeyConstraint(['fulfillment_order_id'], ['fulfillment_order.id'], name=op.f('fk_order_line_fulfillment_order_id')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_order_line_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_line'))
    )
    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_order_line_fulfillment_order_id'), ['fulfillment_order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_order_line_order_id'), ['order_id'], unique=False)

    op.create_table('pickup',
    sa.Column('fulfillment_order_id', sa.Uuid(), nullable=False),
    sa.Column('promised_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('ready_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('expires_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('code', sa.String(length=12), nullable=True),
    sa.Column('shelf', sa.String(length=200), nullable=True),
    sa.Column('person_name', sa.String(length=200), nullable=True),
    sa.Column('person_token_hash', sa.String(length=64), nullable=True),
    sa.Column('person_named_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('arrived_at', domain.tables.UtcDateTime(), nullable=True),
    sa.Column('bay', sa.String(length=200), nullable=True),
    sa.Column('vehicle', sa.String(length=200), nullable=True),
    sa.Column('transfer_from', sa.Uuid(), nullable=True),
    sa.Column('staged', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('reshelved_at', domain.tables.UtcDateTime(), nullable=True),
    sa.CheckConstraint('(person_name IS NULL) = (person_named_at IS NULL)', name=op.f('ck_pickup_person')),
    sa.CheckConstraint('ready_at IS NULL OR expires_at IS NOT NULL', name=op.f('ck_pickup_ready_has_a_deadline')),
    sa.ForeignKeyConstraint(['fulfillment_order_id'], ['fulfillment_order.id'], name=op.f('fk_pickup_fulfillment_order_id')),
    sa.ForeignKeyConstraint(['transfer_from'], ['location.id'], name=op.f('fk_pickup_transfer_from')),
    sa.PrimaryKeyConstraint('fulfillment_order_id', name=op.f('pk_pickup')),
    sa.UniqueConstraint('person_token_hash', name=op.f('uq_pickup_person_token_hash'))
    )
    with op.batch_alter_table('pickup', schema=None) as batch_op:
        batch_op.create_index('ix_pickup_expires_at', ['expires_at'], unique=False)

    op.create_table('pickup_handover',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fulfillment_order_id', sa.Uuid(), nullable=False),
    sa.Column('verification', sa.Enum('CODE', 'IDENTITY', name='verification', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('collector', sa.Enum('BUYER', 'PERSON', name='collector', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('person_name', sa.String(length=200), nullable=True),
    sa.Column('proof', sa.String(length=200), nullable=True),
    sa.Column('actor_kind', sa.Enum('GUEST', 'CUSTOMER', 'ASSOCIATE', 'STAFF', 'PARTNER', 'SYSTEM', 'PSP', name='actor_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('actor_id', sa.String(length=80), nullable=False),
    sa.Column('terminal_id', sa.Uuid(), nullable=True),
    sa.Column('handed_over_at', domain.tables.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['fulfillment_order_id'], ['fulfillment_order.id'], name=op.f('fk_pickup_handover_fulfillment_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pickup_handover'))
    )
    with op.batch_alter_table('pickup_handover', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pickup_handover_fulfillment_order_id'), ['fulfillment_order_id'], unique=False)

    op.create_table('shipment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('fulfillment_order_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('SHIPPED', 'DELIVERED', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('tracking_company', sa.String(length=120), nullable=True),
    sa.Column('tracking_number', sa.String(length=120), nullable=True),
    sa.Column('tracking_url', sa.String(length=2000), nullable=True),
    sa.Column('shipped_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('delivered_at', domain.tables.UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['fulfillment_order_id'], ['fulfillment_order.id'], name=op.f('fk_shipment_fulfillment_order_id')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_shipment_order_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shipment'))
    )
    with op.batch_alter_table('shipment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shipment_fulfillment_order_id'), ['fulfillment_order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_shipment_order_id'), ['order_id'], unique=False)

    op.create_table('variant_option',
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('value', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['variant_id'], ['product_variant.id'], name=op.f('fk_variant_option_variant_id')),
    sa.PrimaryKeyConstraint('variant_id', 'name', name=op.f('pk_variant_option'))
    )
    with op.batch_alter_table('variant_option', schema=None) as batch_op:
        batch_op.create_index('ix_variant_option_value', ['name', 'value', 'variant_id'], unique=False)

    op.create_table('variant_price',
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('compare_at_minor', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_variant_price_amount')),
    sa.CheckConstraint('compare_at_minor IS NULL OR compare_at_minor > amount_minor', name=op.f('ck_variant_price_compare_at')),
    sa.ForeignKeyConstraint(['channel_id'], ['sales_channel.id'], name=op.f('fk_variant_price_channel_id')),
    sa.ForeignKeyConstraint(['variant_id'], ['product_variant.id'], name=op.f('fk_variant_price_variant_id')),
    sa.PrimaryKeyConstraint('variant_id', 'channel_id', name=op.f('pk_variant_price'))
    )
    op.create_table('inventory_commitment',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity >= 0', name=op.f('ck_inventory_commitment_quantity')),
    sa.ForeignKeyConstraint(['variant_id', 'location_id'], ['inventory_level.variant_id', 'inventory_level.location_id'], name='fk_inventory_commitment_level'),
    sa.PrimaryKeyConstraint('order_id', 'variant_id', 'location_id', name=op.f('pk_inventory_commitment'))
    )
    with op.batch_alter_table('inventory_commitment', schema=None) as batch_op:
        batch_op.create_index('ix_inventory_commitment_level', ['variant_id', 'location_id'], unique=False)

    op.create_table('inventory_movement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('on_hand_delta', sa.BigInteger(), nullable=False),
    sa.Column('quarantined_delta', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.Enum('RECEIVED', 'COUNTED', 'FOUND', 'LOST', 'DAMAGED', 'CORRECTED', 'SOLD', 'FULFILLED', 'RESTOCKED', 'QUARANTINED', 'RELEASED', 'DISCARDED', 'SHORT_PICKED', 'TRANSFERRED', name='reason', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('reference', sa.String(length=120), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('on_hand_delta <> 0 OR quarantined_delta <> 0', name=op.f('ck_inventory_movement_moves')),
    sa.ForeignKeyConstraint(['variant_id', 'location_id'], ['inventory_level.variant_id', 'inventory_level.location_id'], name='fk_inventory_movement_level'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_movement'))
    )
    with op.batch_alter_table('inventory_movement', schema=None) as batch_op:
        batch_op.create_index('ix_inventory_movement_level', ['variant_id', 'location_id', 'id'], unique=False)

    op.create_table('order_line_tax',
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('jurisdiction', sa.String(length=80), nullable=False),
    sa.Column('rate_ppm', sa.BigInteger(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_line.id'], name=op.f('fk_order_line_tax_order_line_id')),
    sa.PrimaryKeyConstraint('order_line_id', 'position', name=op.f('pk_order_line_tax'))
    )
    op.create_table('pickup_handover_line',
    sa.Column('handover_id', sa.Uuid(), nullable=False),
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_pickup_handover_line_quantity')),
    sa.ForeignKeyConstraint(['handover_id'], ['pickup_handover.id'], name=op.f('fk_pickup_handover_line_handover_id')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_line.id'], name=op.f('fk_pickup_handover_line_order_line_id')),
    sa.PrimaryKeyConstraint('handover_id', 'order_line_id', name=op.f('pk_pickup_handover_line'))
    )
    with op.batch_alter_table('pickup_handover_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pickup_handover_line_order_line_id'), ['order_line_id'], unique=False)

    op.create_table('return_line',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('return_id', sa.Uuid(), nullable=False),
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.Enum('UNWANTED', 'SIZE_TOO_SMALL', 'SIZE_TOO_LARGE', 'COLOR', 'STYLE', 'DEFECTIVE', 'NOT_AS_DESCRIBED', 'WRONG_ITEM', 'OTHER', 'UNKNOWN', name='reason', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('requested', sa.BigInteger(), nullable=False),
    sa.Column('canceled', sa.BigInteger(), nullable=False),
    sa.Column('expired', sa.BigInteger(), nullable=False),
    sa.Column('lost', sa.BigInteger(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=False),
    sa.Column('rejected', sa.BigInteger(), nullable=False),
    sa.Column('restocked', sa.BigInteger(), nullable=False),
    sa.Column('quarantined', sa.BigInteger(), nullable=False),
    sa.Column('discarded', sa.BigInteger(), nullable=False),
    sa.Column('settled', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('rejected >= 0 AND restocked >= 0 AND quarantined >= 0 AND discarded >= 0 AND rejected + restocked + quarantined + discarded <= received', name=op.f('ck_return_line_acceptance')),
    sa.CheckConstraint('requested > 0 AND canceled >= 0 AND expired >= 0 AND lost >= 0 AND received >= 0 AND canceled + expired + lost + received <= requested', name=op.f('ck_return_line_reception')),
    sa.CheckConstraint('settled >= 0 AND settled <= restocked + quarantined + discarded', name=op.f('ck_return_line_settled')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_line.id'], name=op.f('fk_return_line_order_line_id')),
    sa.ForeignKeyConstraint(['return_id'], ['sales_return.id'], name=op.f('fk_return_line_return_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_line')),
    sa.UniqueConstraint('return_id', 'order_line_id', name='uq_return_line_return_id_order_line_id')
    )
    with op.batch_alter_table('return_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_return_line_order_line_id'), ['order_line_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_return_line_return_id'), ['return_id'], unique=False)

    op.create_table('shipment_line',
    sa.Column('shipment_id', sa.Uuid(), nullable=False),
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_shipment_line_quantity')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_line.id'], name=op.f('fk_shipment_line_order_line_id')),
    sa.ForeignKeyConstraint(['shipment_id'], ['shipment.id'], name=op.f('fk_shipment_line_shipment_id')),
    sa.PrimaryKeyConstraint('shipment_id', 'order_line_id', name=op.f('pk_shipment_line'))
    )
    with op.batch_alter_table('shipment_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shipment_line_order_line_id'), ['order_line_id'], unique=False)

    op.create_table('return_slot',
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('first_slot', sa.BigInteger(), nullable=False),
    sa.Column('return_line_id', sa.Uuid(), nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('settled', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('first_slot >= 0 AND units > 0 AND settled >= 0 AND settled <= units', name=op.f('ck_return_slot_range')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_line.id'], name=op.f('fk_return_slot_order_line_id')),
    sa.ForeignKeyConstraint(['return_line_id'], ['return_line.id'], name=op.f('fk_return_slot_return_line_id')),
    sa.PrimaryKeyConstraint('order_line_id', 'first_slot', name=op.f('pk_return_slot'))
    )
    with op.batch_alter_table('return_slot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_return_slot_return_line_id'), ['return_line_id'], unique=False)


    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE IF NOT EXISTS product_fts USING fts5(title, body, content='product_search', content_rowid='id', tokenize='ascii', prefix='2 3')")
    else:
        op.execute("CREATE INDEX IF NOT EXISTS ix_product_search_words ON product_search USING gin (array_to_tsvector(string_to_array(body, ' ')))")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE IF EXISTS product_fts")
    with op.batch_alter_table('return_slot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_return_slot_return_line_id'))

    op.drop_table('return_slot')
    with op.batch_alter_table('shipment_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shipment_line_order_line_id'))

    op.drop_table('shipment_line')
    with op.batch_alter_table('return_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_return_line_return_id'))
        batch_op.drop_index(batch_op.f('ix_return_line_order_line_id'))

    op.drop_table('return_line')
    with op.batch_alter_table('pickup_handover_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pickup_handover_line_order_line_id'))

    op.drop_table('pickup_handover_line')
    op.drop_table('order_line_tax')
    with op.batch_alter_table('inventory_movement', schema=None) as batch_op:
        batch_op.drop_index('ix_inventory_movement_level')

    op.drop_table('inventory_movement')
    with op.batch_alter_table('inventory_commitment', schema=None) as batch_op:
        batch_op.drop_index('ix_inventory_commitment_level')

    op.drop_table('inventory_commitment')
    op.drop_table('variant_price')
    with op.batch_alter_table('variant_option', schema=None) as batch_op:
        batch_op.drop_index('ix_variant_option_value')

    op.drop_table('variant_option')
    with op.batch_alter_table('shipment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shipment_order_id'))
        batch_op.drop_index(batch_op.f('ix_shipment_fulfillment_order_id'))

    op.drop_table('shipment')
    with op.batch_alter_table('pickup_handover', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pickup_handover_fulfillment_order_id'))

    op.drop_table('pickup_handover')
    with op.batch_alter_table('pickup', schema=None) as batch_op:
        batch_op.drop_index('ix_pickup_expires_at')

    op.drop_table('pickup')
    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_order_line_order_id'))
        batch_op.drop_index(batch_op.f('ix_order_line_fulfillment_order_id'))

    op.drop_table('order_line')
    op.drop_table('inventory_level')
    with op.batch_alter_table('inventory_hold', schema=None) as batch_op:
        batch_op.drop_index('ix_inventory_hold_level')
        batch_op.drop_index('ix_inventory_hold_expires_at')

    op.drop_table('inventory_hold')
    with op.batch_alter_table('return_settlement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_return_settlement_return_id'))
        batch_op.drop_index(batch_op.f('ix_return_settlement_order_id'))

    op.drop_table('return_settlement')
    with op.batch_alter_table('return_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_return_event_return_id'))

    op.drop_table('return_event')
    op.drop_table('product_variant')
    op.drop_table('loyalty_order_line')
    with op.batch_alter_table('loyalty_award', schema=None) as batch_op:
        batch_op.drop_index('ix_loyalty_award_order_id')

    op.drop_table('loyalty_award')
    with op.batch_alter_table('fulfillment_order', schema=None) as batch_op:
        batch_op.drop_index('ix_fulfillment_order_queue')
        batch_op.drop_index(batch_op.f('ix_fulfillment_order_order_id'))

    op.drop_table('fulfillment_order')
    with op.batch_alter_table('sales_return', schema=None) as batch_op:
        batch_op.drop_index('ix_sales_return_status_claim_expires_at')
        batch_op.drop_index(batch_op.f('ix_sales_return_order_id'))

    op.drop_table('sales_return')
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.drop_index('ix_publication_price')

    op.drop_table('publication')
    with op.batch_alter_table('product_tag', schema=None) as batch_op:
        batch_op.drop_index('ix_product_tag_tag')

    op.drop_table('product_tag')
    op.drop_table('product_search')
    op.drop_table('product_media')
    with op.batch_alter_table('payment_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payment_step_payment_id'))
        batch_op.drop_index(batch_op.f('ix_payment_step_leg_id'))

    op.drop_table('payment_step')
    with op.batch_alter_table('payment_finding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payment_finding_payment_id'))

    op.drop_table('payment_finding')
    with op.batch_alter_table('payment_call', schema=None) as batch_op:
        batch_op.drop_index('ix_payment_call_state_requested_at')
        batch_op.drop_index(batch_op.f('ix_payment_call_payment_id'))
        batch_op.drop_index(batch_op.f('ix_payment_call_leg_id'))

    op.drop_table('payment_call')
    with op.batch_alter_table('order_shipping_charge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_order_shipping_charge_order_id'))

    op.drop_table('order_shipping_charge')
    with op.batch_alter_table('order_event', schema=None) as batch_op:
        batch_op.drop_index('ix_order_event_order_id_id')

    op.drop_table('order_event')
    op.drop_table('loyalty_tender')
    with op.batch_alter_table('loyalty_order', schema=None) as batch_op:
        batch_op.drop_index('ix_loyalty_order_wallet_id')

    op.drop_table('loyalty_order')
    with op.batch_alter_table('ledger_lot_move', schema=None) as batch_op:
        batch_op.drop_index('ix_ledger_lot_move_lot_id')

    op.drop_table('ledger_lot_move')
    with op.batch_alter_table('discount_use', schema=None) as batch_op:
        batch_op.drop_index('ix_discount_use_customer')

    op.drop_table('discount_use')
    with op.batch_alter_table('collection_product', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_collection_product_product_id'))

    op.drop_table('collection_product')
    with op.batch_alter_table('associate_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_associate_session_terminal_id'))
        batch_op.drop_index(batch_op.f('ix_associate_session_associate_id'))

    op.drop_table('associate_session')
    with op.batch_alter_table('terminal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_terminal_location_id'))

    op.drop_table('terminal')
    with op.batch_alter_table('shipping_option', schema=None) as batch_op:
        batch_op.drop_index('ix_shipping_option_offered')

    op.drop_table('shipping_option')
    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.drop_index('ix_sales_order_sales_channel_id_placed_at')
        batch_op.drop_index('ix_sales_order_placed_at')
        batch_op.drop_index('ix_sales_order_location_id_placed_at')
        batch_op.drop_index('ix_sales_order_customer_id_placed_at')

    op.drop_table('sales_order')
    with op.batch_alter_table('refund_leg', schema=None) as batch_op:
        batch_op.drop_index('ix_refund_leg_status_created_at')
        batch_op.drop_index(batch_op.f('ix_refund_leg_reference'))
        batch_op.drop_index(batch_op.f('ix_refund_leg_payment_id'))
        batch_op.drop_index(batch_op.f('ix_refund_leg_order_id'))

    op.drop_table('refund_leg')
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.drop_index('ix_product_vendor')
        batch_op.drop_index('ix_product_sort_title')
        batch_op.drop_index('ix_product_product_type')
        batch_op.drop_index('ix_product_created_at')
        batch_op.drop_index(batch_op.f('ix_product_category_id'))

    op.drop_table('product')
    with op.batch_alter_table('payment_dispute', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payment_dispute_payment_id'))

    op.drop_table('payment_dispute')
    op.drop_table('partner')
    op.drop_table('loyalty_program_version')
    op.drop_table('loyalty_budget')
    with op.batch_alter_table('loyalty_account', schema=None) as batch_op:
        batch_op.drop_index('ix_loyalty_account_root_id')
        batch_op.drop_index('ix_loyalty_account_period_ends_at')
        batch_op.drop_index('ix_loyalty_account_effective_id')

    op.drop_table('loyalty_account')
    with op.batch_alter_table('ledger_transfer', schema=None) as batch_op:
        batch_op.drop_index('ix_ledger_transfer_order_id')

    op.drop_table('ledger_transfer')
    with op.batch_alter_table('ledger_lot', schema=None) as batch_op:
        batch_op.drop_index('ix_ledger_lot_wallet_id')
        batch_op.drop_index('ix_ledger_lot_vests_at', sqlite_where=sa.text('pending > 0'), postgresql_where=sa.text('pending > 0'))
        batch_op.drop_index('ix_ledger_lot_origin_id')
        batch_op.drop_index('ix_ledger_lot_living', sqlite_where=sa.text('pending > 0 OR available > 0'), postgresql_where=sa.text('pending > 0 OR available > 0'))
        batch_op.drop_index('ix_ledger_lot_expires_at', sqlite_where=sa.text('available > held'), postgresql_where=sa.text('available > held'))

    op.drop_table('ledger_lot')
    with op.batch_alter_table('ledger_hold', schema=None) as batch_op:
        batch_op.drop_index('ix_ledger_hold_order_id')
        batch_op.drop_index('ix_ledger_hold_open', sqlite_where=sa.text("state = 'PENDING'"), postgresql_where=sa.text("state = 'PENDING'"))

    op.drop_table('ledger_hold')
    with op.batch_alter_table('discount', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_discount_sales_channel_id'))
        batch_op.drop_index('ix_discount_automatic', sqlite_where=sa.text('code IS NULL'), postgresql_where=sa.text('code IS NULL'))

    op.drop_table('discount')
    with op.batch_alter_table('cart', schema=None) as batch_op:
        batch_op.drop_index('uq_cart_universal', sqlite_where=sa.text("status IN ('OPEN', 'CHECKING_OUT') AND customer_id IS NOT NULL"), postgresql_where=sa.text("status IN ('OPEN', 'CHECKING_OUT') AND customer_id IS NOT NULL"))
        batch_op.drop_index('ix_cart_expires_at')

    op.drop_table('cart')
    op.drop_table('associate_location')
    op.drop_table('throttle')
    op.drop_table('tax_rate')
    op.drop_table('staff_member')
    op.drop_table('sales_channel')
    op.drop_table('payment_reconciliation')
    with op.batch_alter_table('payment_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payment_event_received_at'))

    op.drop_table('payment_event')
    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.drop_index('uq_payment_live_owner', sqlite_where=sa.text("tender = 'CARD' AND status IN ('CREATED', 'REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURE_REQUESTED')"), postgresql_where=sa.text("tender = 'CARD' AND status IN ('CREATED', 'REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURE_REQUESTED')"))
        batch_op.drop_index('ix_payment_status_created_at')
        batch_op.drop_index(batch_op.f('ix_payment_order_id'))

    op.drop_table('payment')
    op.drop_table('loyalty_program')
    with op.batch_alter_table('location', schema=None) as batch_op:
        batch_op.drop_index('ix_location_place')

    op.drop_table('location')
    op.drop_table('ledger_wallet')
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index('ix_job_due', sqlite_where=sa.text('dead_at IS NULL'), postgresql_where=sa.text('dead_at IS NULL'))

    op.drop_table('job')
    op.drop_table('customer')
    op.drop_table('command')
    op.drop_table('collection')
    with op.batch_alter_table('checkout', schema=None) as batch_op:
        batch_op.drop_index('uq_checkout_pending_cart_id', sqlite_where=sa.text("status = 'PENDING'"), postgresql_where=sa.text("status = 'PENDING'"))
        batch_op.drop_index(batch_op.f('ix_checkout_cart_id'))

    op.drop_table('checkout')
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.drop_index('ix_change_recorded_at')

    op.drop_table('change')
    with op.batch_alter_table('category', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_category_parent_id'))

    op.drop_table('category')
    op.drop_table('associate')
