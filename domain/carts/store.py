"""All SQL of the carts' own tables."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.carts.model import Cart, CartChannel, CartId, CartStatus, PointsWish, ShippingOption, ShippingOptionId
from domain.carts.stored import read_group, read_line, written_group, written_line
from domain.carts.tables import CartRow, ShippingOptionRow
from domain.catalog.model import ChannelId
from domain.catalog.tables import SalesChannelRow
from domain.connections import ReadConnection, WriteConnection
from domain.customers.model import CustomerId
from domain.money import Currency
from domain.tables import table_of

_cart = table_of(CartRow)
_option = table_of(ShippingOptionRow)
_channel = table_of(SalesChannelRow)

_LIVE = _cart.c.status.in_([CartStatus.OPEN, CartStatus.CHECKING_OUT])
_OWN = ("currency", "prices_include_tax", "default_country", "default_region")
_WHOLE = sa.select(_cart, *(_channel.c[name].label(f"channel_{name}") for name in _OWN)).join(
    _channel, _channel.c.id == _cart.c.sales_channel_id
)


def carts(conn: ReadConnection, ids: Sequence[CartId]) -> Mapping[CartId, Cart]:
    """Carts by id, whatever their status."""
    rows = conn.execute(_WHOLE.where(_cart.c.id.in_(ids)))
    return {cart.id: cart for cart in map(_built, rows)}


def cart_of_customer(conn: ReadConnection, customer_id: UUID, channel_id: UUID) -> Cart | None:
    """A customer's live cart in the currency of a sales channel."""
    row = conn.execute(_WHOLE.where(*_universal(customer_id, channel_id))).one_or_none()
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
    rows = conn.execute(_WHOLE.where(_cart.c.id.in_(set(ids))).order_by(_cart.c.id).with_for_update(of=_cart))
    return {cart.id: cart for cart in map(_built, rows)}


def lock_of_customer(conn: WriteConnection, customer_id: UUID, channel_id: UUID) -> Cart | None:
    """A customer's live cart in the currency of a sales channel, locked."""
    row = conn.execute(_WHOLE.where(*_universal(customer_id, channel_id)).with_for_update(of=_cart)).one_or_none()
    return None if row is None else _built(row)


def insert(conn: WriteConnection, cart: Cart) -> bool:
    """Write a new cart; false, and nothing written, when its customer has a live one already."""
    insert = sqlite.insert(_cart) if conn.dialect.name == "sqlite" else postgresql.insert(_cart)
    written = conn.execute(insert.values(_columns(cart)).on_conflict_do_nothing().returning(_cart.c.id))
    return written.one_or_none() is not None


def save(conn: WriteConnection, cart: Cart) -> None:
    """Write a locked cart back."""
    conn.execute(sa.update(_cart).where(_cart.c.id == cart.id).values(_columns(cart)))


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
    columns = (_channel.c[name].label(f"channel_{name}") for name in _OWN)
    row = conn.execute(
        sa.select(_channel.c.id.label("sales_channel_id"), *columns).where(_channel.c.id == channel_id)
    ).one_or_none()
    return None if row is None else _built_channel(row)


def insert_option(conn: WriteConnection, option: ShippingOption) -> None:
    """Write a shipping option."""
    conn.execute(
        sa.insert(_option).values(
            id=option.id,
            sales_channel_id=option.sales_channel_id,
            country=option.country,
            title=option.title,
            amount_minor=option.amount_minor,
            tax_code=option.tax_code,
            free_from_minor=option.free_from_minor,
            days_min=option.days_min,
            days_max=option.days_max,
        )
    )


def shipping_options(conn: ReadConnection, channel_id: UUID, countries: Iterable[str]) -> Sequence[ShippingOption]:
    """What a channel offers to these countries, with what it offers to any, by price and id."""
    rows = conn.execute(
        sa.select(_option)
        .where(_option.c.sales_channel_id == channel_id, _option.c.country.in_({"", *countries}))
        .order_by(_option.c.amount_minor, _option.c.id)
    )
    return [ShippingOption(**row._mapping) for row in rows]  # noqa: SLF001 - documented access by column


def options_by_id(conn: ReadConnection, ids: Sequence[ShippingOptionId]) -> Mapping[ShippingOptionId, ShippingOption]:
    """Shipping options by id."""
    rows = conn.execute(sa.select(_option).where(_option.c.id.in_(ids)))
    return {row.id: ShippingOption(**row._mapping) for row in rows}  # noqa: SLF001 - documented access by column


def _universal(customer_id: UUID, channel_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    other = _channel.alias()
    currency = sa.select(other.c.currency).where(other.c.id == channel_id).scalar_subquery()
    return _cart.c.customer_id == customer_id, _LIVE, _cart.c.currency == currency


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
        "checkout_id": cart.checkout_id,
        "order_id": cart.order_id,
        "merged_into": cart.merged_into,
        "created_at": cart.created_at,
        "updated_at": cart.updated_at,
        "expires_at": cart.expires_at,
    }


def _built(row: sa.Row[*tuple[object, ...]]) -> Cart:
    r = row._mapping  # noqa: SLF001 - SQLAlchemy's documented access by column
    return Cart(
        id=CartId(r["id"]),
        token_hash=r["token_hash"],
        customer_id=None if r["customer_id"] is None else CustomerId(r["customer_id"]),
        channel=_built_channel(row),
        status=CartStatus(r["status"]),
        version=r["version"],
        lines=tuple(read_line(line) for line in r["lines"]),
        groups=tuple(read_group(group) for group in r["groups"]),
        created_at=r["created_at"],
        updated_at=r["updated_at"],
        expires_at=r["expires_at"],
        email=r["email"],
        phone=r["phone"],
        discount_codes=tuple(r["discount_codes"]),
        points=None if r["points_wallet_id"] is None else PointsWish(r["points_wallet_id"], r["points_wished"]),
        checkout_id=r["checkout_id"],
        order_id=r["order_id"],
        merged_into=None if r["merged_into"] is None else CartId(r["merged_into"]),
    )


def _built_channel(row: sa.Row[*tuple[object, ...]]) -> CartChannel:
    r = row._mapping  # noqa: SLF001 - SQLAlchemy's documented access by column
    return CartChannel(
        ChannelId(r["sales_channel_id"]),
        Currency(r["channel_currency"]),
        r["channel_prices_include_tax"],
        r["channel_default_country"],
        r["channel_default_region"],
    )
