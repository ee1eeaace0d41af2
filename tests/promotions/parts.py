"""Promotions and baskets in a few words, for tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.money import Currency
from domain.promotions import service
from domain.promotions.compiling import Active, evaluate
from domain.promotions.model import (
    Conditions,
    Definition,
    Effect,
    ItemFilter,
    Method,
    PercentageOff,
    Promotion,
    PromotionId,
    PromotionStatus,
    Target,
    Trigger,
)
from domain.promotions.outcomes import Asked, Charge, Item, KnownCode, Outcome, Situation

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 10, 10, 0, tzinfo=UTC)
CHANNEL = UUID(int=40)
USD = Currency("USD")
SHOES, HATS = UUID(int=71), UUID(int=72)


def item(key: str, quantity: int, price_minor: int, **changes: object) -> Item:
    """A line; its product and variant are named by its key."""
    number = int(key, 36)
    plain = Item(key, UUID(int=number), UUID(int=1000 + number), quantity, price_minor, Method.SHIPPING)
    return replace(plain, **changes)  # type: ignore[arg-type]  # tests name real fields


def only(*keys: str) -> ItemFilter:
    """The products of these lines."""
    return ItemFilter(product_ids=frozenset(UUID(int=int(key, 36)) for key in keys))


def definition(title: str, effect: Effect, *, conditions: Conditions | None = None, **changes: object) -> Definition:
    """A definition in dollars."""
    plain = Definition(title, effect, SINCE, conditions=conditions or Conditions(), currency=USD)
    return replace(plain, **changes)  # type: ignore[arg-type]  # tests name real fields


def promotion(number: int, effect: Effect, *, conditions: Conditions | None = None, **changes: object) -> Promotion:
    """An active promotion called P and its number."""
    made = definition(f"P{number}", effect, conditions=conditions, **changes)
    return Promotion(PromotionId(UUID(int=number)), PromotionStatus.ACTIVE, made, 1, SINCE, SINCE)


def situation(*codes: KnownCode, **changes: object) -> Situation:
    """A guest in the shop's channel."""
    asked = Asked(tuple(code.code for code in codes), CHANNEL, USD)
    return replace(Situation(asked, NOW, codes=codes), **changes)  # type: ignore[arg-type]  # tests name real fields


def done(promotions: Sequence[Promotion], *items: Item, shipping: int = 0, at: Situation | None = None) -> Outcome:
    """What promotions do to a basket that costs so much to ship."""
    charges = [Charge("g1", shipping)] if shipping else []
    return evaluate(Active(promotions), at or situation(), items, lambda _: charges)


def off(outcome: Outcome) -> list[int]:
    """What comes off each line."""
    return [sum(share.amount_minor for share in shares) for shares in outcome.shares]


def titles(outcome: Outcome) -> list[tuple[str, int]]:
    """What applied, and what it took off."""
    return [(one.bound.title, one.amount_minor) for one in outcome.applied]


def live(conn: WriteConnection, act: Act, made: Definition, *codes: str) -> Promotion:
    """A promotion that is at work; with codes it needs one of them."""
    if codes:
        made = replace(made, trigger=Trigger.CODE)
    return service.activate(conn, service.create(conn, made, codes, act).id, None, act)


TEN = replace(definition("Ten percent", PercentageOff(100_000, Target.ORDER)), currency=None)
"""A tenth off the order, in any currency."""
