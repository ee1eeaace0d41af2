"""What others call: head office makes promotions, baskets are looked at with them, orders claim what is limited."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.codes import human_code
from domain.connections import ReadConnection, WriteConnection
from domain.events.store import Topic, touch
from domain.money import Currency
from domain.promotions import checks, store
from domain.promotions.compiling import Active, Kept, Offered
from domain.promotions.errors import (
    BudgetInvalid,
    CodeInvalid,
    CodeTaken,
    StaleVersion,
    TakesNoCode,
    TooManyActive,
)
from domain.promotions.model import (
    ACTIVE_MAX,
    CODES_PER_BATCH_MAX,
    Budget,
    Definition,
    Promotion,
    PromotionCode,
    PromotionId,
    PromotionStatus,
    Trigger,
)
from domain.promotions.outcomes import Asked

EVERY = UUID(int=0)
"""The key under which it is announced that every cart may cost something else now."""
SINGLE_USE_PREFIX = "P"
_SINGLE_USE_CHARACTERS = 11
_KEPT = Kept()


def offered(conn: ReadConnection, asked: Asked, now: datetime) -> Offered:
    """The active promotions as they stand for a buyer. One statement, one more after something active has changed."""
    state, situation = store.situation(conn, asked, now)
    return Offered(_KEPT.get(state, lambda: store.active(conn) if state else ()), situation)


def warm(conn: ReadConnection, now: datetime) -> None:
    """Make the index of what is active, so that the first buyer does not wait for it."""
    offered(conn, Asked((), EVERY, Currency("XXX")), now)


def as_if(conn: ReadConnection, asked: Asked, now: datetime, tried: Iterable[PromotionId]) -> Offered:
    """The same with promotions that are not active, as if they were.

    Raises:
        PromotionNotFound: one of them is none.
    """
    _, situation = store.situation(conn, asked, now)
    known = {promotion.id: promotion for promotion in store.active(conn)}
    for promotion_id in tried:
        known[promotion_id] = store.one(conn, promotion_id)
    return Offered(Active(list(known.values())), situation)


def create(conn: WriteConnection, definition: Definition, codes: Sequence[str], act: Act) -> Promotion:
    """Write a promotion as a draft, with codes that may be shared.

    Raises:
        PromotionInvalid, CodeInvalid, CodeTaken, TakesNoCode: see their words.
    """
    checks.check(definition)
    promotion = Promotion(
        PromotionId(act.new_id()), PromotionStatus.DRAFT, definition, version=1, created_at=act.now, updated_at=act.now
    )
    store.insert_promotion(conn, promotion)
    if codes:
        add_codes(conn, promotion.id, codes, act, single_use=False)
    return promotion


def update(
    conn: WriteConnection, promotion_id: PromotionId, definition: Definition, expected_version: int | None, act: Act
) -> Promotion:
    """Replace what a promotion says; an active one is at work as changed from the next read on.

    Raises:
        PromotionNotFound, StaleVersion, PromotionInvalid: see their words.
    """
    checks.check(definition)
    return _saved(conn, promotion_id, expected_version, act, definition=definition)


def activate(conn: WriteConnection, promotion_id: PromotionId, expected_version: int | None, act: Act) -> Promotion:
    """Put a promotion to work within its period. Active ones whose period is over make room.

    Raises:
        PromotionNotFound, StaleVersion, TooManyActive: see their words.
    """
    if store.count_active(conn) >= ACTIVE_MAX:
        _retire(conn, act)
        if store.count_active(conn) >= ACTIVE_MAX:
            raise TooManyActive
    return _saved(conn, promotion_id, expected_version, act, status=PromotionStatus.ACTIVE)


def deactivate(conn: WriteConnection, promotion_id: PromotionId, expected_version: int | None, act: Act) -> Promotion:
    """Take a promotion off work. Orders keep what it gave them.

    Raises:
        PromotionNotFound, StaleVersion: see their words.
    """
    return _saved(conn, promotion_id, expected_version, act, status=PromotionStatus.INACTIVE)


def _retire(conn: WriteConnection, act: Act) -> None:
    for promotion in store.active(conn):
        if promotion.definition.valid_to is not None and promotion.definition.valid_to <= act.now:
            _saved(conn, promotion.id, None, act, status=PromotionStatus.INACTIVE)


def _saved(
    conn: WriteConnection,
    promotion_id: PromotionId,
    expected_version: int | None,
    act: Act,
    *,
    definition: Definition | None = None,
    status: PromotionStatus | None = None,
) -> Promotion:
    before = store.lock(conn, promotion_id)
    if expected_version not in (None, before.version):
        raise StaleVersion(before.version)
    after = replace(
        before,
        definition=definition or before.definition,
        status=status or before.status,
        version=before.version + 1,
        updated_at=act.now,
    )
    if (after.status, after.definition) == (before.status, before.definition):
        return before
    store.save(conn, after)
    if PromotionStatus.ACTIVE in (before.status, after.status):
        store.change_state(conn, after)
        touch(conn, act, Topic.CART, [EVERY])
    return after


def add_codes(
    conn: WriteConnection,
    promotion_id: PromotionId,
    codes: Sequence[str],
    act: Act,
    *,
    single_use: bool,
    batch_id: UUID | None = None,
) -> Sequence[PromotionCode]:
    """Give a promotion codes: to be shared, or good for one order each.

    Raises:
        PromotionNotFound, TakesNoCode, CodeInvalid, CodeTaken: see their words.
    """
    promotion = store.lock(conn, promotion_id)
    if promotion.definition.trigger is not Trigger.CODE:
        raise TakesNoCode
    if not 1 <= len(codes) <= CODES_PER_BATCH_MAX:
        raise CodeInvalid(f"Give 1 to {CODES_PER_BATCH_MAX} codes at once.")
    named = [checks.folded_code(code) for code in codes]
    for code in named:
        checks.check_code(code)
    if len(set(named)) < len(named):
        raise CodeTaken(
            next(code for code in named if named.count(code) > 1) if len(named) < CODES_PER_BATCH_MAX else None
        )
    made = [PromotionCode(code, promotion.id, 1 if single_use else None, 0) for code in sorted(named)]
    store.insert_codes(conn, made, batch_id or act.new_id(), act.now)
    return made


def generate_codes(
    conn: WriteConnection, promotion_id: PromotionId, count: int, act: Act, *, batch_id: UUID | None = None
) -> Sequence[PromotionCode]:
    """Make so many unguessable codes for a promotion, each good for one order.

    Raises:
        PromotionNotFound, TakesNoCode, CodeInvalid: see their words.
    """
    if not 1 <= count <= CODES_PER_BATCH_MAX:
        raise CodeInvalid(f"Make 1 to {CODES_PER_BATCH_MAX} codes at once.")
    codes = [human_code(SINGLE_USE_PREFIX, _SINGLE_USE_CHARACTERS, act.new_secret) for _ in range(count)]
    return add_codes(conn, promotion_id, codes, act, single_use=True, batch_id=batch_id)


def set_budget(conn: WriteConnection, funder: str, limit_minor: int, currency: Currency, act: Act) -> Budget:
    """Say how much a funder pays in one currency, over all its promotions; what was spent stays spent.

    Raises:
        BudgetInvalid: the funder has no such name, or has spent more already.
    """
    if not checks.is_name(funder):
        raise BudgetInvalid("A funder is `program`, or a name such as `vendor:acme`.")
    before = store.lock_budget(conn, funder, currency)
    if not before.spent_minor <= limit_minor <= checks.AMOUNT_MAX:
        raise BudgetInvalid("The limit is at least what has been spent.", before.spent_minor)
    after = replace(before, limit_minor=limit_minor)
    store.save_budget(conn, after)
    touch(conn, act, Topic.CART, [EVERY])
    return after
