"""All SQL of the pricing room."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.acts import Act
from domain.connections import ReadConnection, WriteConnection
from domain.pricing.errors import DiscountCodeTaken
from domain.pricing.model import (
    Discount,
    DiscountId,
    DiscountLimit,
    DiscountsFor,
    LineFilter,
    NewDiscount,
    TaxPlace,
    TaxRate,
    TaxTable,
)
from domain.pricing.rules import normalized_postal_code
from domain.pricing.tables import DiscountRow, DiscountUseRow, TaxRateRow
from domain.statements import Row, Statement, one_of
from domain.tables import table_of, violated_constraint

_discount = table_of(DiscountRow)
_use = table_of(DiscountUseRow)
_rate = table_of(TaxRateRow)

_POSTAL_PREFIX_LENGTH_MAX = 12

_USES = (
    sa.select(sa.func.count())
    .where(_use.c.discount_id == _discount.c.id, _use.c.customer_id.is_not_distinct_from(sa.bindparam("customer")))
    .correlate(_discount)
    .scalar_subquery()
)
_DISCOUNTS_FOR = Statement(
    sa.select(_discount)
    .where(
        sa.or_(_discount.c.code.is_(None), one_of(_discount.c.code, "codes")),
        sa.or_(_discount.c.sales_channel_id.is_(None), _discount.c.sales_channel_id == sa.bindparam("channel")),
        sa.or_(_discount.c.currency.is_(None), _discount.c.currency == sa.bindparam("currency")),
        _discount.c.valid_from <= sa.bindparam("now"),
        sa.or_(_discount.c.valid_to.is_(None), _discount.c.valid_to > sa.bindparam("now")),
        sa.or_(_discount.c.usage_limit.is_(None), _discount.c.used < _discount.c.usage_limit),
        sa.or_(_discount.c.usage_limit_per_customer.is_(None), _discount.c.usage_limit_per_customer > _USES),
    )
    .order_by(_discount.c.sequence, _discount.c.id)
)
_RATES = Statement(
    sa.select(_rate)
    .where(
        one_of(_rate.c.country, "countries"),
        one_of(_rate.c.region, "regions"),
        one_of(_rate.c.postal_prefix, "prefixes"),
        _rate.c.valid_from <= sa.bindparam("now"),
        sa.or_(_rate.c.valid_to.is_(None), _rate.c.valid_to > sa.bindparam("now")),
    )
    .order_by(_rate.c.country, _rate.c.jurisdiction, _rate.c.region, _rate.c.postal_prefix, _rate.c.tax_code)
)


def discounts_for(conn: ReadConnection, asked: DiscountsFor, now: datetime) -> Sequence[Discount]:
    """The discounts that may apply: automatic ones and those of the codes, valid now and not used up; by sequence, id.

    An unknown, expired or used-up code is simply absent.
    """
    rows = _DISCOUNTS_FOR.all(
        conn,
        codes=asked.codes,
        channel=asked.sales_channel_id,
        currency=asked.currency,
        customer=asked.customer_id,
        now=now,
    )
    return [_built(row) for row in rows]


def discounts(conn: ReadConnection, ids: Sequence[DiscountId]) -> dict[DiscountId, Discount]:
    """Discounts by id, valid or not."""
    rows = conn.execute(sa.select(_discount).where(_discount.c.id.in_(ids)))
    return {DiscountId(row.id): _built(row) for row in rows}


def insert_discount(conn: WriteConnection, discount_id: DiscountId, new: NewDiscount) -> None:
    """Write a discount.

    Raises:
        DiscountCodeTaken: another one has its code.
    """
    row = {
        "id": discount_id,
        "title": new.title,
        "code": new.code,
        "target": new.target,
        "kind": new.kind,
        "value": new.value,
        "sequence": new.sequence,
        "lines": {
            "products": sorted(id_.hex for id_ in new.lines.product_ids),
            "categories": sorted(id_.hex for id_ in new.lines.category_ids),
            "collections": sorted(id_.hex for id_ in new.lines.collection_ids),
        },
        "minimum_subtotal_minor": new.minimum_subtotal_minor,
        "currency": new.currency,
        "sales_channel_id": new.sales_channel_id,
        "valid_from": new.valid_from,
        "valid_to": new.valid_to,
        "usage_limit": new.usage_limit,
        "usage_limit_per_customer": new.usage_limit_per_customer,
        "used": 0,
    }
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(_discount).values(row))
    except sa.exc.IntegrityError as error:
        if "code" in violated_constraint(error):
            raise DiscountCodeTaken(new.code or "") from None
        raise


def lock_limited(conn: WriteConnection, ids: Iterable[DiscountId]) -> Sequence[DiscountLimit]:
    """Lock those of the discounts that have a limit, by id; the unlimited ones are absent."""
    d = _discount.c
    rows = conn.execute(
        sa.select(d.id, d.code, d.usage_limit, d.usage_limit_per_customer, d.used)
        .where(d.id.in_(set(ids)), sa.or_(d.usage_limit.is_not(None), d.usage_limit_per_customer.is_not(None)))
        .order_by(d.id)
        .with_for_update()
    )
    return [DiscountLimit(DiscountId(row[0]), *row[1:]) for row in rows]


def uses_by_customer(
    conn: ReadConnection, ids: Sequence[DiscountId], customer_id: UUID | None
) -> dict[DiscountId, int]:
    """How many orders of a customer used each discount; absent when none, and for a guest."""
    rows = conn.execute(
        sa.select(_use.c.discount_id, sa.func.count())
        .where(_use.c.discount_id.in_(ids), _use.c.customer_id == customer_id)
        .group_by(_use.c.discount_id)
    )
    return {DiscountId(row[0]): int(row[1]) for row in rows}


def add_uses(
    conn: WriteConnection,
    ids: Sequence[DiscountId],
    counted: Sequence[DiscountId],
    use: tuple[UUID, UUID | None],
    act: Act,
) -> None:
    """Write one use (order, customer) of each discount, and count it on those that are `counted`."""
    order_id, customer_id = use
    conn.execute(
        sa.insert(_use),
        [{"discount_id": id_, "order_id": order_id, "customer_id": customer_id, "recorded_at": act.now} for id_ in ids],
    )
    if counted:
        conn.execute(sa.update(_discount).where(_discount.c.id.in_(counted)).values(used=_discount.c.used + 1))


def tax_table(conn: ReadConnection, places: Iterable[TaxPlace], now: datetime) -> TaxTable:
    """The rates valid now that can matter in any of these places."""
    wanted = set(places)
    if not wanted:
        return TaxTable()
    codes = {normalized_postal_code(place.postal_code) for place in wanted}
    prefixes = {code[:length] for code in codes for length in range(min(len(code), _POSTAL_PREFIX_LENGTH_MAX) + 1)}
    rows = _RATES.all(
        conn,
        countries=sorted({place.country for place in wanted}),
        regions=sorted({"", *(place.region for place in wanted)}),
        prefixes=sorted(prefixes),
        now=now,
    )
    return TaxTable(tuple(_rate_of(row) for row in rows))


def _rate_of(row: Row) -> TaxRate:
    return TaxRate(
        country=row.country,
        region=row.region,
        postal_prefix=row.postal_prefix,
        tax_code=row.tax_code,
        jurisdiction=row.jurisdiction,
        rate_ppm=row.rate_ppm,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def save_rates(conn: WriteConnection, rates: Sequence[TaxRate]) -> None:
    """Write rates; one that is there already gets the new rate and end."""
    insert = sqlite.insert(_rate) if conn.dialect.name == "sqlite" else postgresql.insert(_rate)
    conn.execute(
        insert.on_conflict_do_update(
            index_elements=[column.name for column in _rate.primary_key],
            set_={"rate_ppm": insert.excluded.rate_ppm, "valid_to": insert.excluded.valid_to},
        ),
        [
            {
                "country": rate.country,
                "region": rate.region,
                "postal_prefix": rate.postal_prefix,
                "tax_code": rate.tax_code,
                "jurisdiction": rate.jurisdiction,
                "valid_from": rate.valid_from,
                "valid_to": rate.valid_to,
                "rate_ppm": rate.rate_ppm,
            }
            for rate in rates
        ],
    )


def _built(row: Row) -> Discount:
    ids = {kind: frozenset(UUID(hex=text) for text in found) for kind, found in row.lines.items()}
    return Discount(
        id=DiscountId(row.id),
        title=row.title,
        target=row.target,
        kind=row.kind,
        value=row.value,
        code=row.code,
        sequence=row.sequence,
        lines=LineFilter(ids["products"], ids["categories"], ids["collections"]),
        minimum_subtotal_minor=row.minimum_subtotal_minor,
    )
