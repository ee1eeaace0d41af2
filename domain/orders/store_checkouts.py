"""All SQL of checkouts. A placement is kept as JSON and read back as the very same value."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter

from domain.connections import ReadConnection, WriteConnection
from domain.orders.checkout_model import Checkout, CheckoutId, CheckoutStatus
from domain.orders.placement import Placement
from domain.orders.tables import CheckoutRow
from domain.statements import Row, Statement, inserting, one_of
from domain.tables import table_of

_checkout = table_of(CheckoutRow)
_placement = TypeAdapter(Placement)

_INSERT = Statement(inserting(_checkout))
_LOCK = Statement(sa.select(_checkout).where(_checkout.c.id == sa.bindparam("id")).with_for_update())
_COMPLETE = Statement(
    sa.update(_checkout)
    .where(_checkout.c.id == sa.bindparam("of_checkout"), _checkout.c.status == CheckoutStatus.PENDING)
    .values(status=CheckoutStatus.COMPLETED)
    .returning(*_checkout.c)
)
_READ = Statement(sa.select(_checkout).where(one_of(_checkout.c.id, "ids")))


def insert(conn: WriteConnection, checkout: Checkout) -> None:
    """Write a checkout."""
    _INSERT.count(
        conn,
        id=checkout.id,
        cart_id=checkout.cart_id,
        status=checkout.status,
        payment_id=checkout.payment_id,
        order_id=checkout.order_id,
        failure_code=checkout.failure_code,
        placement=_placement.dump_python(checkout.placement, mode="json"),
        started_at=checkout.started_at,
    )


def lock(conn: WriteConnection, checkout_id: CheckoutId) -> Checkout:
    """A checkout, locked until the end of the transaction. It must exist."""
    return _built(_LOCK.all(conn, id=checkout_id)[0])


def complete(conn: WriteConnection, checkout_id: CheckoutId) -> Checkout | None:
    """Lock a pending checkout and write its end as COMPLETED; the checkout as it was, None when it is not pending."""
    row = _COMPLETE.first(conn, of_checkout=checkout_id)
    return None if row is None else replace(_built(row), status=CheckoutStatus.PENDING)


def checkouts(conn: ReadConnection, ids: Sequence[CheckoutId]) -> Mapping[CheckoutId, Checkout]:
    """Checkouts by id."""
    return {checkout.id: checkout for checkout in map(_built, _READ.all(conn, ids=ids))}


def newest_of_cart(conn: ReadConnection, cart_id: UUID) -> Checkout | None:
    """The latest checkout of a cart."""
    query = sa.select(_checkout).where(_checkout.c.cart_id == cart_id).order_by(_checkout.c.id.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return None if row is None else _built(row)


def save_status(
    conn: WriteConnection, checkout_id: CheckoutId, status: CheckoutStatus, failure_code: str | None = None
) -> None:
    """Write where a locked checkout stands."""
    conn.execute(
        sa.update(_checkout)
        .where(_checkout.c.id == checkout_id)
        .values(status=status, failure_code=failure_code and failure_code[:80])
    )


def _built(row: sa.Row[*tuple[object, ...]] | Row) -> Checkout:
    values = row._asdict()  # the columns are the dataclass's fields
    values["placement"] = _placement.validate_python(row.placement)
    return Checkout(**values)
