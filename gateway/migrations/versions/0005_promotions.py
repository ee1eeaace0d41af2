"""promotions

Revision ID: 0005
Revises: 0004
"""

import hashlib
import json
import uuid

import sqlalchemy as sa
from alembic import op

import domain.tables
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


_NO_ITEMS = {"product_ids": [], "variant_ids": [], "category_ids": [], "collection_ids": []}


def _definition(row: sa.Row) -> str:
    """A discount as a promotion says it. What it may touch were ids in hex; definitions hold them with hyphens."""
    items = {f"{kind}_ids": sorted(str(uuid.UUID(hex=text)) for text in row.lines[name])
             for kind, name in (("product", "products"), ("category", "categories"), ("collection", "collections"))}
    if row.kind == "PERCENTAGE":
        effect = {"kind": "PERCENTAGE", "ppm": row.value, "target": row.target}
    else:
        effect = {"kind": "AMOUNT", "amount_minor": row.value, "per_unit": row.kind == "FIXED_PER_UNIT", "target": row.target}
    return json.dumps({
        "title": row.title,
        "effect": effect,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": None if row.valid_to is None else row.valid_to.isoformat(),
        "trigger": "AUTOMATIC" if row.code is None else "CODE",
        "conditions": {
            "items": {**_NO_ITEMS, **items},
            "minimum_subtotal_minor": row.minimum_subtotal_minor,
            "sales_channel_ids": [] if row.sales_channel_id is None else [str(row.sales_channel_id)],
        },
        "priority": row.sequence,
        "currency": row.currency,
        "usage_limit": row.usage_limit,
        "usage_limit_per_customer": row.usage_limit_per_customer,
    }, sort_keys=True, separators=(",", ":"))


def _move_discounts() -> None:
    """Every discount becomes an active promotion of the same id, with its code, its count and what customers used."""
    time, whole = domain.tables.UtcDateTime(), sa.BigInteger()
    discount = sa.table(
        "discount",
        *(sa.column(name, sa.Uuid()) for name in ("id", "sales_channel_id")),
        *(sa.column(name, sa.String()) for name in ("title", "code", "target", "kind", "currency")),
        *(sa.column(name, whole) for name in (
            "value", "sequence", "minimum_subtotal_minor", "usage_limit", "usage_limit_per_customer", "used")),
        sa.column("lines", sa.JSON()), sa.column("valid_from", time), sa.column("valid_to", time),
    )
    use = sa.table("discount_use", *(sa.column(name, sa.Uuid()) for name in ("discount_id", "order_id", "customer_id")),
                   sa.column("recorded_at", time))
    promotion = sa.table("promotion", sa.column("id", sa.Uuid()), sa.column("status", sa.String()),
                         sa.column("definition", sa.Text()), sa.column("version", whole),
                         sa.column("created_at", time), sa.column("updated_at", time))
    code = sa.table("promotion_code", sa.column("code", sa.String()), sa.column("promotion_id", sa.Uuid()),
                    sa.column("batch_id", sa.Uuid()), sa.column("usage_limit", whole), sa.column("used", whole),
                    sa.column("created_at", time))
    counter = sa.table("promotion_counter", sa.column("promotion_id", sa.Uuid()), sa.column("usage_limit", whole),
                       sa.column("used", whole))
    claim = sa.table("promotion_use", sa.column("promotion_id", sa.Uuid()), sa.column("customer_key", sa.String()),
                     sa.column("number", whole), sa.column("order_id", sa.Uuid()), sa.column("claimed_at", time))
    state = sa.table("promotion_state", sa.column("id", whole), sa.column("digest", sa.String()))

    connection = op.get_bind()
    rows = connection.execute(sa.select(discount).order_by(discount.c.id)).all()
    if not rows:
        return
    counted = {row.id for row in rows if row.usage_limit_per_customer is not None}
    numbers: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
    claims = []
    for row in connection.execute(sa.select(use).where(use.c.customer_id.is_not(None)).order_by(use.c.order_id)).all():
        if row.discount_id in counted:
            key = (row.discount_id, row.customer_id)
            numbers[key] = numbers.get(key, 0) + 1
            claims.append({"promotion_id": row.discount_id, "customer_key": f"customer:{row.customer_id.hex}",
                           "number": numbers[key], "order_id": row.order_id, "claimed_at": row.recorded_at})
    connection.execute(sa.insert(promotion), [
        {"id": row.id, "status": "ACTIVE", "definition": _definition(row), "version": 1,
         "created_at": row.valid_from, "updated_at": row.valid_from} for row in rows])
    connection.execute(sa.insert(counter), [
        {"promotion_id": row.id, "usage_limit": row.usage_limit, "used": row.used} for row in rows])
    codes = [{"code": row.code, "promotion_id": row.id, "batch_id": row.id, "usage_limit": None, "used": 0,
              "created_at": row.valid_from} for row in rows if row.code is not None]
    if codes:
        connection.execute(sa.insert(code), codes)
    if claims:
        connection.execute(sa.insert(claim), claims)
    digest = hashlib.sha256("|".join(f"{row.id}:{_definition(row)}" for row in rows).encode()).hexdigest()
    connection.execute(sa.insert(state).values(id=1, digest=digest))


def upgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table('customer_group',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handle', sa.String(length=80), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_group')),
    sa.UniqueConstraint('handle', name=op.f('uq_customer_group_handle'))
    )
    op.create_table('promotion',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('DRAFT', 'ACTIVE', 'INACTIVE', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('definition', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.Column('updated_at', domain.tables.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promotion'))
    )
    with op.batch_alter_table('promotion', schema=None) as batch_op:
        batch_op.create_index('ix_promotion_status_id', ['status', 'id'], unique=False)

    op.create_table('promotion_budget',
    sa.Column('funder', sa.String(length=80), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('limit_minor', sa.BigInteger(), nullable=False),
    sa.Column('spent_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('spent_minor >= 0 AND spent_minor <= limit_minor', name=op.f('ck_promotion_budget_spent_minor')),
    sa.PrimaryKeyConstraint('funder', 'currency', name=op.f('pk_promotion_budget'))
    )
    op.create_table('promotion_state',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_promotion_state_single')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promotion_state'))
    )
    op.create_table('customer_group_member',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_customer_group_member_customer_id')),
    sa.ForeignKeyConstraint(['group_id'], ['customer_group.id'], name=op.f('fk_customer_group_member_group_id')),
    sa.PrimaryKeyConstraint('customer_id', 'group_id', name=op.f('pk_customer_group_member'))
    )
    with op.batch_alter_table('customer_group_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_customer_group_member_group_id'), ['group_id'], unique=False)

    op.create_table('promotion_code',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('promotion_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('usage_limit', sa.BigInteger(), nullable=True),
    sa.Column('used', sa.BigInteger(), nullable=False),
    sa.Column('created_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('used >= 0 AND (usage_limit IS NULL OR used <= usage_limit)', name=op.f('ck_promotion_code_used')),
    sa.ForeignKeyConstraint(['promotion_id'], ['promotion.id'], name=op.f('fk_promotion_code_promotion_id')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_promotion_code'))
    )
    with op.batch_alter_table('promotion_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_promotion_code_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_promotion_code_promotion_id_code', ['promotion_id', 'code'], unique=False)

    op.create_table('promotion_counter',
    sa.Column('promotion_id', sa.Uuid(), nullable=False),
    sa.Column('usage_limit', sa.BigInteger(), nullable=True),
    sa.Column('used', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('used >= 0', name=op.f('ck_promotion_counter_used')),
    sa.ForeignKeyConstraint(['promotion_id'], ['promotion.id'], name=op.f('fk_promotion_counter_promotion_id')),
    sa.PrimaryKeyConstraint('promotion_id', name=op.f('pk_promotion_counter'))
    )
    with op.batch_alter_table('promotion_counter', schema=None) as batch_op:
        batch_op.create_index('ix_promotion_counter_spent', ['promotion_id'], unique=False, sqlite_where=sa.text('used >= usage_limit'), postgresql_where=sa.text('used >= usage_limit'))

    op.create_table('promotion_use',
    sa.Column('promotion_id', sa.Uuid(), nullable=False),
    sa.Column('customer_key', sa.String(length=280), nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('claimed_at', domain.tables.UtcDateTime(), nullable=False),
    sa.CheckConstraint('number > 0', name=op.f('ck_promotion_use_number')),
    sa.ForeignKeyConstraint(['promotion_id'], ['promotion.id'], name=op.f('fk_promotion_use_promotion_id')),
    sa.PrimaryKeyConstraint('promotion_id', 'customer_key', 'number', name=op.f('pk_promotion_use'))
    )
    with op.batch_alter_table('promotion_use', schema=None) as batch_op:
        batch_op.create_index('ix_promotion_use_customer_key', ['customer_key', 'promotion_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_promotion_use_order_id'), ['order_id'], unique=False)

    _move_discounts()
    with op.batch_alter_table('discount_use', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_discount_use_customer'))

    op.drop_table('discount_use')
    with op.batch_alter_table('discount', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_discount_automatic'), sqlite_where=sa.text('code IS NULL'), postgresql_where=sa.text('code IS NULL'))
        batch_op.drop_index(batch_op.f('ix_discount_sales_channel_id'))

    op.drop_table('discount')
    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.add_column(sa.Column('promotions', sa.Text(), server_default='', nullable=False))

    with op.batch_alter_table('return_settlement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('withheld_net_minor', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('withheld_taxes', sa.JSON(none_as_null=True), server_default='[]', nullable=False))

    # ### end Alembic commands ###


def downgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    with op.batch_alter_table('return_settlement', schema=None) as batch_op:
        batch_op.drop_column('withheld_taxes')
        batch_op.drop_column('withheld_net_minor')

    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.drop_column('promotions')

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
        batch_op.create_index(batch_op.f('ix_discount_sales_channel_id'), ['sales_channel_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_discount_automatic'), ['valid_from'], unique=False, sqlite_where=sa.text('code IS NULL'), postgresql_where=sa.text('code IS NULL'))

    op.create_table('discount_use',
    sa.Column('discount_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', domain.tables.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['discount_id'], ['discount.id'], name=op.f('fk_discount_use_discount_id')),
    sa.PrimaryKeyConstraint('discount_id', 'order_id', name=op.f('pk_discount_use'))
    )
    with op.batch_alter_table('discount_use', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_discount_use_customer'), ['discount_id', 'customer_id'], unique=False)

    with op.batch_alter_table('promotion_use', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_promotion_use_order_id'))
        batch_op.drop_index('ix_promotion_use_customer_key')

    op.drop_table('promotion_use')
    with op.batch_alter_table('promotion_counter', schema=None) as batch_op:
        batch_op.drop_index('ix_promotion_counter_spent', sqlite_where=sa.text('used >= usage_limit'), postgresql_where=sa.text('used >= usage_limit'))

    op.drop_table('promotion_counter')
    with op.batch_alter_table('promotion_code', schema=None) as batch_op:
        batch_op.drop_index('ix_promotion_code_promotion_id_code')
        batch_op.drop_index(batch_op.f('ix_promotion_code_batch_id'))

    op.drop_table('promotion_code')
    with op.batch_alter_table('customer_group_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_customer_group_member_group_id'))

    op.drop_table('customer_group_member')
    op.drop_table('promotion_state')
    op.drop_table('promotion_budget')
    with op.batch_alter_table('promotion', schema=None) as batch_op:
        batch_op.drop_index('ix_promotion_status_id')

    op.drop_table('promotion')
    op.drop_table('customer_group')
    # ### end Alembic commands ###
