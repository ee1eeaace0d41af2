"""All SQL of checkouts. A placement is kept as JSON and read back as the very same value."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter

from domain.connections import ReadConnection, WriteConnection
from domain.orders.checkout_model import Checkout, CheckoutId, CheckoutStatus
from domain.orders.placement import Placement
from domain.orders.tables import CheckoutRow
from domain.tables import table_of

_checkout = table_of(CheckoutRow)
_placement = TypeAdapter(Placement)


def insert(conn: WriteConnection, checkout: Checkout) -> None:
    """Write a checkout."""
    conn.execute(
        sa.insert(_checkout),
        {
            "id": checkout.id,
            "cart_id": checkout.cart_id,
            "status": checkout.status,
            "payment_id": checkout.payment_id,
            "order_id": checkout.order_id,
            "failure_code": checkout.failure_code,
            "placement": _placement.dump_python(checkout.placement, mode="json"),
            "started_at": checkout.started_at,
        },
    )


def lock(conn: WriteConnection, checkout_id: CheckoutId) -> Checkout:
    """A checkout, locked until the end of the transaction. It must exist."""
    return _built(conn.execute(sa.select(_checkout).where(_checkout.c.id == checkout_id).with_for_update()).one())


def checkouts(conn: ReadConnection, ids: Sequence[CheckoutId]) -> Mapping[CheckoutId, Checkout]:
    """Checkouts by id."""
    rows = conn.execute(sa.select(_checkout).where(_checkout.c.id.in_(ids)))
    return {checkout.id: checkout for checkout in map(_built, rows)}


def newest_of_cart(conn: ReadConnection, cart_id: UUID) -> Checkout | None:
    """The latest checkout of a cart."""
    query = sa.select(_checkout).where(_checkout.c.cart_id == cart_id).order_by(_checkout.c.id.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return None if row is None else _built(row)


def end(conn: WriteConnection, checkout_id: CheckoutId, status: CheckoutStatus, failure_code: str | None) -> None:
    """Give a locked, pending checkout its end."""
    conn.execute(
        sa.update(_checkout)
        .where(_checkout.c.id == checkout_id)
        .values(status=status, failure_code=failure_code and failure_code[:80])
    )


def _built(row: sa.Row[*tuple[object, ...]]) -> Checkout:
    values = dict(row._mapping)  # noqa: SLF001 - the columns are the dataclass's fields
    values["placement"] = _placement.validate_python(row.placement)
    return Checkout(**values)
