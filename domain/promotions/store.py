"""All SQL of promotions themselves; that of their claims is in `store_claims`."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.connections import ReadConnection, WriteConnection
from domain.customers.tables import CustomerGroupMemberRow, TaxExemptionRow
from domain.loyalty.tables import AccountRow
from domain.money import Currency
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.price_lists.tables import PriceListRow
from domain.promotions.errors import CodeTaken, PromotionNotFound
from domain.promotions.model import Budget, Promotion, PromotionCode, PromotionId, PromotionStatus
from domain.promotions.outcomes import Asked, KnownCode, Situation
from domain.promotions.stored import read, written
from domain.promotions.tables import (
    PromotionBudgetRow,
    PromotionCodeRow,
    PromotionCounterRow,
    PromotionRow,
    PromotionStateRow,
    PromotionUseRow,
)
from domain.statements import Row, Statement, inserting, one_of
from domain.tables import Integer64, table_of

_promotion = table_of(PromotionRow)
_state = table_of(PromotionStateRow)
_counter = table_of(PromotionCounterRow)
_code = table_of(PromotionCodeRow)
_use = table_of(PromotionUseRow)
_budget = table_of(PromotionBudgetRow)
_member = table_of(CustomerGroupMemberRow)
_account = table_of(AccountRow)
_list = table_of(PriceListRow)
_exemption = table_of(TaxExemptionRow)
_order = sa.table("sales_order", sa.column("customer_id", sa.Uuid()), sa.column("status", sa.String()))
"""Whether somebody has ordered before is a fact of a room above this one: its table is named, none of its code is used."""

_NO_ID: sa.ColumnElement[UUID] = sa.cast(sa.null(), sa.Uuid())
_NO_NAME: sa.ColumnElement[str] = sa.literal_column("''", sa.String())
_ZERO: sa.ColumnElement[int] = sa.literal_column("0", Integer64)


def _facts(
    kind: str,
    name: sa.ColumnElement[str] = _NO_NAME,
    id_: sa.ColumnElement[UUID] = _NO_ID,
    number: sa.ColumnElement[int] = _ZERO,
) -> sa.Select[str, str, UUID, int]:
    return sa.select(
        sa.literal_column(f"'{kind}'", sa.String()).label("kind"),
        name.label("name"),
        id_.label("id"),
        number.label("number"),
    )


_SITUATION = Statement(
    sa.union_all(
        _facts("STATE", _state.c.digest),
        _facts(
            "CODE",
            _code.c.code,
            _code.c.promotion_id,
            sa.case(
                (_code.c.usage_limit.is_(None), sa.literal_column("2")),
                (_code.c.used < _code.c.usage_limit, sa.literal_column("1")),
                else_=sa.literal_column("0"),
            ),
        ).where(one_of(_code.c.code, "codes")),
        _facts("SPENT", id_=_counter.c.promotion_id).where(_counter.c.used >= _counter.c.usage_limit),
        _facts("USES", id_=_use.c.promotion_id, number=sa.func.count())
        .where(_use.c.customer_key == sa.bindparam("customer_key"))
        .group_by(_use.c.promotion_id),
        _facts("BUDGET", _budget.c.funder, number=_budget.c.limit_minor - _budget.c.spent_minor).where(
            _budget.c.currency == sa.bindparam("currency")
        ),
        _facts("GROUP", id_=_member.c.group_id).where(_member.c.customer_id == sa.bindparam("customer")),
        _facts("TIER", _account.c.tier).where(_account.c.customer_id == sa.bindparam("customer")),
        _facts("LISTS").where(sa.exists(sa.select(sa.literal_column("1")).select_from(_list).where(_list.c.active))),
        _facts("EXEMPT").where(
            sa.exists(
                sa.select(sa.literal_column("1"))
                .select_from(_exemption)
                .where(_exemption.c.customer_id == sa.bindparam("customer"), _exemption.c.revoked_at.is_(None))
            )
        ),
        _facts("ORDERED").where(
            sa.exists(
                sa.select(sa.literal_column("1"))
                .select_from(_order)
                .where(
                    _order.c.customer_id == sa.bindparam("customer"), _order.c.status != sa.literal_column("'CANCELED'")
                )
            )
        ),
    )
)
"""Everything about a buyer, a basket's codes and the promotions' limits, in one statement, with the name of the state."""

_ACTIVE = Statement(sa.select(_promotion).where(_promotion.c.status == PromotionStatus.ACTIVE))
_READ = Statement(sa.select(_promotion).where(one_of(_promotion.c.id, "ids")))
_INSERT_CODE = Statement(inserting(_code))


def situation(conn: ReadConnection, asked: Asked, now: datetime) -> tuple[str, Situation]:
    """The name of the state of the active promotions, and what their conditions look at; one statement."""
    rows = _SITUATION.all(
        conn,
        codes=asked.codes,
        customer_key=asked.customer_key,
        currency=asked.currency,
        customer=asked.customer_id,
    )
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    known = {row.name: row for row in by_kind.get("CODE", ())}
    found = Situation(
        asked=asked,
        now=now,
        codes=tuple(
            KnownCode(code, PromotionId(known[code].id), known[code].number < 2, known[code].number == 0)
            for code in dict.fromkeys(asked.codes)
            if code in known
        ),
        spent=frozenset(PromotionId(row.id) for row in by_kind.get("SPENT", ())),
        uses=tuple((PromotionId(row.id), int(row.number)) for row in by_kind.get("USES", ())),
        budgets=tuple((row.name, int(row.number)) for row in by_kind.get("BUDGET", ())),
        group_ids=frozenset(row.id for row in by_kind.get("GROUP", ())),
        tier=next((row.name for row in by_kind.get("TIER", ())), None),
        has_ordered="ORDERED" in by_kind,
        has_price_lists="LISTS" in by_kind,
        has_tax_exemptions="EXEMPT" in by_kind,
    )
    return next((row.name for row in by_kind.get("STATE", ())), ""), found


def active(conn: ReadConnection) -> list[Promotion]:
    """Every active promotion, whenever it is valid."""
    return [_built(row) for row in _ACTIVE.all(conn)]


def promotions(conn: ReadConnection, ids: Sequence[PromotionId]) -> Mapping[PromotionId, Promotion]:
    """Promotions by id, whatever their status."""
    return {found.id: found for found in map(_built, _READ.all(conn, ids=ids))}


def one(conn: ReadConnection, promotion_id: PromotionId) -> Promotion:
    """A promotion.

    Raises:
        PromotionNotFound: there is none.
    """
    found = promotions(conn, [promotion_id]).get(promotion_id)
    if found is None:
        raise PromotionNotFound
    return found


def lock(conn: WriteConnection, promotion_id: PromotionId) -> Promotion:
    """A promotion, locked until the transaction ends.

    Raises:
        PromotionNotFound: there is none.
    """
    row = conn.execute(sa.select(_promotion).where(_promotion.c.id == promotion_id).with_for_update()).one_or_none()
    if row is None:
        raise PromotionNotFound
    return _built(row)


def page(conn: ReadConnection, asked: Page, status: PromotionStatus | None) -> Slice[Promotion]:
    """Promotions, the newest first."""
    query = sa.select(_promotion)
    if status is not None:
        query = query.where(_promotion.c.status == status)
    return fetch_slice(conn, query, [SortColumn(_promotion.c.id, descending=True, bind=_uuid)], asked, _built)


def count_active(conn: ReadConnection) -> int:
    """How many promotions are active."""
    query = sa.select(sa.func.count()).select_from(_promotion).where(_promotion.c.status == PromotionStatus.ACTIVE)
    return int(conn.execute(query).scalar_one())


def insert_promotion(conn: WriteConnection, promotion: Promotion) -> None:
    """Write a new promotion, with a counter when it is limited."""
    conn.execute(sa.insert(_promotion).values(_columns(promotion)))
    _count(conn, promotion)


def save(conn: WriteConnection, promotion: Promotion) -> None:
    """Write a locked promotion back."""
    conn.execute(sa.update(_promotion).where(_promotion.c.id == promotion.id).values(_columns(promotion)))
    _count(conn, promotion)


def _count(conn: WriteConnection, promotion: Promotion) -> None:
    limit = promotion.definition.usage_limit
    made = insert(_counter).values(promotion_id=promotion.id, usage_limit=limit, used=0)
    conn.execute(made.on_conflict_do_update(index_elements=["promotion_id"], set_={"usage_limit": limit}))


def change_state(conn: WriteConnection, *changed: Promotion) -> None:
    """Give the state of the active promotions another name, which holds everything that led to it."""
    conn.execute(insert(_state).values(id=1, digest="").on_conflict_do_nothing())
    before = conn.execute(sa.select(_state.c.digest).where(_state.c.id == 1).with_for_update()).scalar_one()
    text = "|".join([before, *(f"{one.id}:{one.status}:{one.version}:{written(one.definition)}" for one in changed)])
    digest = hashlib.sha256(text.encode()).hexdigest()
    conn.execute(sa.update(_state).where(_state.c.id == 1).values(digest=digest))


def insert_codes(conn: WriteConnection, codes: Sequence[PromotionCode], batch_id: UUID, now: datetime) -> None:
    """Write codes.

    Raises:
        CodeTaken: one of them exists; nothing is written.
    """
    rows = [
        {
            "code": code.code,
            "promotion_id": code.promotion_id,
            "batch_id": batch_id,
            "usage_limit": code.usage_limit,
            "used": 0,
            "created_at": now,
        }
        for code in codes
    ]
    try:
        with conn.begin_nested():
            _INSERT_CODE.many(conn, rows)
    except sa.exc.IntegrityError:
        raise CodeTaken(codes[0].code if len(codes) == 1 else None) from None


def codes_of_promotions(conn: ReadConnection, promotion_id: PromotionId, asked: Page) -> Slice[PromotionCode]:
    """A promotion's codes, by code."""
    query = sa.select(_code).where(_code.c.promotion_id == promotion_id)
    return fetch_slice(conn, query, [SortColumn(_code.c.code)], asked, _built_code)


def codes_of_batch(conn: ReadConnection, batch_id: UUID) -> list[PromotionCode]:
    """The codes that were added at once, by code."""
    rows = conn.execute(sa.select(_code).where(_code.c.batch_id == batch_id).order_by(_code.c.code))
    return [_built_code(row) for row in rows]


def uses(conn: ReadConnection, ids: Sequence[PromotionId]) -> Mapping[PromotionId, int]:
    """How many orders hold a claim on each promotion that is limited in all."""
    rows = conn.execute(sa.select(_counter.c.promotion_id, _counter.c.used).where(_counter.c.promotion_id.in_(ids)))
    return {PromotionId(row.promotion_id): row.used for row in rows}


def lock_budget(conn: WriteConnection, funder: str, currency: Currency) -> Budget:
    """A funder's budget, locked; made empty when there is none."""
    key = {"funder": funder, "currency": currency}
    conn.execute(insert(_budget).values(**key, limit_minor=0, spent_minor=0).on_conflict_do_nothing())
    row = conn.execute(
        sa.select(_budget).where(_budget.c.funder == funder, _budget.c.currency == currency).with_for_update()
    ).one()
    return _built_budget(row)


def save_budget(conn: WriteConnection, budget: Budget) -> None:
    """Write a locked budget's limit."""
    conn.execute(
        sa.update(_budget)
        .where(_budget.c.funder == budget.funder, _budget.c.currency == budget.currency)
        .values(limit_minor=budget.limit_minor)
    )


def budgets(conn: ReadConnection) -> list[Budget]:
    """Every budget, by funder and currency."""
    return [
        _built_budget(row) for row in conn.execute(sa.select(_budget).order_by(_budget.c.funder, _budget.c.currency))
    ]


def _uuid(value: KeyValue) -> object:
    return UUID(str(value))


def _columns(promotion: Promotion) -> dict[str, object]:
    return {
        "id": promotion.id,
        "status": promotion.status,
        "definition": written(promotion.definition),
        "version": promotion.version,
        "created_at": promotion.created_at,
        "updated_at": promotion.updated_at,
    }


def _built(row: sa.Row[*tuple[object, ...]] | Row) -> Promotion:
    return Promotion(
        PromotionId(row.id),
        PromotionStatus(row.status),
        read(row.definition),
        row.version,
        row.created_at,
        row.updated_at,
    )


def _built_code(row: sa.Row[*tuple[object, ...]]) -> PromotionCode:
    return PromotionCode(row.code, PromotionId(row.promotion_id), row.usage_limit, row.used)


def _built_budget(row: sa.Row[*tuple[object, ...]]) -> Budget:
    return Budget(row.funder, Currency(row.currency), row.limit_minor, row.spent_minor)
