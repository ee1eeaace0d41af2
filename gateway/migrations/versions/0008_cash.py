"""cash tendered, and its rounding in the ledger

Revision ID: 0008
Revises: 0007
"""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

from domain.acts import SYSTEM, Act
from domain.connections import ReadConnection, WriteConnection
from domain.money import Currency, Money
from domain.payments import rounding
from gateway.migrations.altering import add_constraint, drop_constraint

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_TENDERED = "CHECK (tendered_minor IS NULL OR (tender = 'CASH' AND tendered_minor >= captured_minor))"
_ROUNDED = """
SELECT id, order_id, currency, captured_minor - amount_minor AS gain, 'payment' AS what
  FROM payment WHERE tender = 'CASH' AND captured_minor <> amount_minor
UNION ALL
SELECT id, order_id, currency, amount_minor - paid_minor, 'refund_leg'
  FROM refund_leg WHERE tender = 'CASH' AND paid_minor <> amount_minor
"""


def upgrade() -> None:
    op.add_column('payment', sa.Column('tendered_minor', sa.BigInteger(), nullable=True))
    add_constraint("payment", "ck_payment_tendered", _TENDERED)
    _book_what_was_rounded()


def _book_what_was_rounded() -> None:
    """Cash of earlier builds was rounded without a transfer."""
    conn = WriteConnection(ReadConnection(op.get_bind()))
    act = Act(SYSTEM, datetime.now(UTC), uuid7, secrets.token_bytes)
    typed = sa.text(_ROUNDED).columns(id=sa.Uuid(), order_id=sa.Uuid(), currency=sa.String(), gain=sa.BigInteger())
    for row in conn.execute(typed).all():
        gain = Money(row.gain, Currency(row.currency))
        rounding.book(conn, gain, row.order_id, f"{row.what}:{row.id}", act)


def downgrade() -> None:
    drop_constraint("payment", "ck_payment_tendered", _TENDERED)
    op.drop_column('payment', 'tendered_minor')
