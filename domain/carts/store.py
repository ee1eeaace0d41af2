"""All SQL of the carts' own tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.carts.model import Cart, CartChannel, CartId, CartStatus, PointsWish
from domain.carts.stored import read_group, read_line, read_wish, written_group, written_line, written_wish
from domain.carts.tables import CartRow
from domain.catalog.model import ChannelId
from domain.catalog.tables import SalesChannelRow
from domain.connections import ReadConnection, WriteConnection
from domain.customers.model import CustomerId
from domain.money import Currency
from domain.statements import Row, Statement, one_of
from domain.tables import table_of

_cart = table_of(CartRow)
_channel = table_of(SalesChannelRow)

_LIVE = sa.or_(_cart.c.status == CartStatus.OPEN, _cart.c.status == CartStatus.CHECKING_OUT)
_OWN = ("currency", "prices_include_tax", "default_country", "default_region", "market_taxes")
_WHOLE = sa.select(_cart, *(_channel.c[name].label(f"channel_{name}") for name in _OWN)).join(
    _channel, _channel.c.id == _cart.c.sales_channel_id
)


def _universal() -> tuple[sa.ColumnElement[bool], ...]:
    """The live cart of the parameter `customer` in the currency of the sales channel `channel`."""
    other = _channel.alias()
    currency = sa.select(other.c.currency).where(other.c.id == sa.bindparam("channel")).scalar_subquery()
    return _cart.c.customer_id == sa.bindparam("customer"), _LIVE, _cart.c.currency == currency


_BY_IDS = _WHOLE.where(one_of(_cart.c.id, "ids"))
_OF_CUSTOMER = _WHOLE.where(*_universal())
_READ = Statement(_BY_IDS)
_LOCK = Statement(_BY_IDS.order_by(_cart.c.id).with_for_update(of=_cart))
_READ_OF_CUSTOMER = Statement(_OF_CUSTOMER)
_LOCK_OF_CUSTOMER = Statement(_OF_CUSTOMER.with_for_update(of=_cart))
_INSERT = Statement(
    insert(_cart)
    .values({column.name: sa.bindparam(column.name) for column in _cart.c})
    .on_conflict_do_nothing()
    .returning(_cart.c.id)
)
_SAVE = Statement(
    sa.update(_cart)
    .where(_cart.c.id == sa.bindparam("of_cart"))
    .values({column.name: sa.bindparam(column.name) for column in _cart.c})
)
_FREEZE = Statement(
    sa.update(_cart)
    .where(_cart.c.id == sa.bindparam("of_cart"), _cart.c.status == CartStatus.OPEN)
    .values(
        status=CartStatus.CHECKING_OUT,
        checkout_id=sa.bindparam("checkout"),
        version=_cart.c.version + 1,
        updated_at=sa.bindparam("now"),
    )
    .returning(
        *_cart.c,
        *(
            sa.select(_channel.c[name])
            .where(_channel.c.id == _cart.c.sales_channel_id)
            .scalar_subquery()
            .label(f"channel_{name}")
            for name in _OWN
        ),
    )
)
_COMPLETE = Statement(
    sa.update(_cart)
    .where(_cart.c.id == sa.bindparam("of_cart"), _cart.c.status == CartStatus.CHECKING_OUT)
    .values(
        status=CartStatus.COMPLETED,
        order_id=sa.bindparam("order"),
        version=_cart.c.version + 1,
        updated_at=sa.bindparam("now"),
    )
    .returning(_cart.c.version)
)
_CHANNEL = Statement(
    sa.select(
        _channel.c.id.label("sales_channel_id"), *(_channel.c[name].label(f"channel_{name}") for name in _OWN)
    ).where(_channel.c.id == sa.bindparam("id"))
)


def carts(conn: ReadConnection, ids: Sequence[CartId]) -> Mapping[CartId, Cart]:
    """Carts by id, whatever their status."""
    return {cart.id: cart for cart in map(_built, _READ.all(conn, ids=ids))}


def cart_of_customer(conn: ReadConnection, customer_id: UUID, channel_id: UUID) -> Cart | None:
    """A customer's live cart in the currency of a sales channel."""
    row = _READ_OF_CUSTOMER.first(conn, customer=customer_id, channel=channel_id)
    return None if row is None else _built(row)


def live_cart_ids(conn: ReadConnection, customer_id: UUID, like: CartId) -> Sequence[CartId]:
    """The customer's live cart in the currency of another cart; empty when there is none."""
    currency = sa.select(_cart.c.currency).where(_cart.c.id == like).scalar_subquery()
    other = _cart.alias()
    live = other.c.status.in_([CartStatus.OPEN, CartStatus.CHECKING_OUT])
    rows = conn.execute(
        sa.select(other.c.id).where(other.c.customer_id == customer_id, live, other.c.currency == currency)
    )
    return [CartId(row.id) for row in rows]


def lock(conn: WriteConnection, cart_id: CartId) -> Cart | None:
    """The cart, kept from others until the transaction ends."""
    return lock_many(conn, [cart_id]).get(cart_id)


def lock_many(conn: WriteConnection, ids: Iterable[CartId]) -> Mapping[CartId, Cart]:
    """Carts, locked in the order of their ids."""
    return {cart.id: cart for cart in map(_built, _LOCK.all(conn, ids=list(ids)))}


def lock_of_customer(conn: WriteConnection, customer_id: UUID, channel_id: UUID) -> Cart | None:
    """A customer's live cart in the currency of a sales channel, locked."""
    row = _LOCK_OF_CUSTOMER.first(conn, customer=customer_id, channel=channel_id)
    return None if row is None else _built(row)


def write_new(conn: WriteConnection, cart: Cart) -> bool:
    """Write a new cart; false, and nothing written, when its customer has a live one already."""
    return _INSERT.first(conn, **_columns(cart)) is not None


def save(conn: WriteConnection, cart: Cart) -> None:
    """Write a locked cart back."""
    _SAVE.count(conn, of_cart=cart.id, **_columns(cart))


def freeze(conn: WriteConnection, cart_id: CartId, checkout_id: UUID, now: datetime) -> Cart | None:
    """Lock an open cart and write that a checkout pays for it; the cart as it was, None when it is not open."""
    row = _FREEZE.first(conn, of_cart=cart_id, checkout=checkout_id, now=now)
    if row is None:
        return None
    frozen = _built(row)
    return replace(frozen, status=CartStatus.OPEN, checkout_id=None, version=frozen.version - 1)


def complete(conn: WriteConnection, cart_id: CartId, order_id: UUID, now: datetime) -> int | None:
    """Close a cart that is being paid for; its new version, None when it is not being paid for."""
    # The lock, the check and the change in one statement. A cart that became an order never expires, so its end stays.
    row = _COMPLETE.first(conn, of_cart=cart_id, order=order_id, now=now)
    return None if row is None else int(row.version)


def forget_expired(conn: WriteConnection, now: datetime, limit: int) -> int:
    """Delete up to `limit` open and merged carts whose time is over; returns how many.

    A cart that others were merged into goes after them.
    """
    merged = _cart.alias()
    waits = sa.exists().where(merged.c.merged_into == _cart.c.id)
    over = (
        sa.select(_cart.c.id)
        .where(_cart.c.expires_at <= now, _cart.c.status.in_([CartStatus.OPEN, CartStatus.MERGED]), ~waits)
        .order_by(_cart.c.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return conn.execute(sa.delete(_cart).where(_cart.c.id.in_(over.scalar_subquery()))).rowcount


def channel(conn: ReadConnection, channel_id: ChannelId) -> CartChannel | None:
    """What a cart needs of a sales channel."""
    row = _CHANNEL.first(conn, id=channel_id)
    return None if row is None else _built_channel(row)


def _columns(cart: Cart) -> dict[str, object]:
    return {
        "id": cart.id,
        "token_hash": cart.token_hash,
        "customer_id": cart.customer_id,
        "sales_channel_id": cart.channel.id,
        "currency": cart.currency,
        "status": cart.status,
        "version": cart.version,
        "lines": [written_line(line) for line in cart.lines],
        "groups": [written_group(group) for group in cart.groups],
        "discount_codes": list(cart.discount_codes),
        "email": cart.email,
        "phone": cart.phone,
        "points_wallet_id": None if cart.points is None else cart.points.wallet_id,
        "points_wished": None if cart.points is None else cart.points.points,
        "stored_tenders": [written_wish(wish) for wish in cart.stored] or None,
        "checkout_id": cart.checkout_id,
        "order_id": cart.order_id,
        "merged_into": cart.merged_into,
        "created_at": cart.created_at,
        "updated_at": cart.updated_at,
        "expires_at": cart.expires_at,
    }


def _built(row: Row) -> Cart:
    return Cart(
        id=CartId(row.id),
        token_hash=row.token_hash,
        customer_id=None if row.customer_id is None else CustomerId(row.customer_id),
        channel=_built_channel(row),
        status=CartStatus(row.status),
        version=row.version,
        lines=tuple(read_line(line) for line in row.lines),
        groups=tuple(read_group(group) for group in row.groups),
        created_at=row.created_at,
        updated_at=row.updated_at,
        expires_at=row.expires_at,
        email=row.email,
        phone=row.phone,
        discount_codes=tuple(row.discount_codes),
        points=None if row.points_wallet_id is None else PointsWish(row.points_wallet_id, row.points_wished),
        stored=tuple(read_wish(wish) for wish in row.stored_tenders or ()),
        checkout_id=row.checkout_id,
        order_id=row.order_id,
        merged_into=None if row.merged_into is None else CartId(row.merged_into),
    )


def _built_channel(row: Row) -> CartChannel:
    return CartChannel(
        ChannelId(row.sales_channel_id),
        Currency(row.channel_currency),
        row.channel_prices_include_tax,
        row.channel_default_country,
        row.channel_default_region,
        row.channel_market_taxes,
    )
