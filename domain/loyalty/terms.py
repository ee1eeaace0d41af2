"""A programme's terms as text and back: the form in which a version is stored for good."""

import json
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from domain.loyalty.program import (
    Clawback,
    EarnRule,
    ExpiryMode,
    OnReturn,
    Rate,
    Recredit,
    RuleType,
    Terms,
    Tier,
    Vesting,
)
from domain.money import Currency

T = TypeVar("T")


def written(terms: Terms) -> str:
    """Canonical JSON of the terms; fractions as [numerator, denominator], times in ISO 8601."""
    return json.dumps(
        {
            "rates": [[r.currency, _pair(r.points_per_minor), _pair(r.minor_per_point)] for r in terms.rates],
            "time_zone": terms.time_zone,
            "vesting": terms.vesting,
            "vesting_days": terms.vesting_days,
            "expiry_mode": terms.expiry_mode,
            "expiry_months": terms.expiry_months,
            "redeem_minimum": terms.redeem_minimum,
            "redeem_multiple": terms.redeem_multiple,
            "clawback": terms.clawback,
            "recredit": terms.recredit,
            "grace_days": terms.grace_days,
            "tiers": [[tier.name, tier.threshold_minor, _pair(tier.factor)] for tier in terms.tiers],
            "rules": [_written_rule(rule) for rule in terms.rules],
            "points_per_day": terms.points_per_day,
            "adjustment_limit": terms.adjustment_limit,
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def _written_rule(rule: EarnRule) -> list[object]:
    return [
        rule.id,
        rule.type,
        rule.category,
        rule.channel,
        _pair(rule.factor),
        rule.points,
        rule.min_spend_minor,
        rule.on_return,
        rule.funder,
        _time(rule.starts_at),
        _time(rule.ends_at),
    ]


def _pair(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


@lru_cache(maxsize=256)
def read(text: str) -> Terms:
    """The terms that `written` gave. The same text is parsed once per process."""
    raw = json.loads(text)
    return Terms(
        rates=tuple(Rate(Currency(code), Fraction(*per), Fraction(*worth)) for code, per, worth in raw["rates"]),
        time_zone=raw["time_zone"],
        vesting=Vesting(raw["vesting"]),
        vesting_days=raw["vesting_days"],
        expiry_mode=ExpiryMode(raw["expiry_mode"]),
        expiry_months=raw["expiry_months"],
        redeem_minimum=raw["redeem_minimum"],
        redeem_multiple=raw["redeem_multiple"],
        clawback=Clawback(raw["clawback"]),
        recredit=Recredit(raw["recredit"]),
        grace_days=raw["grace_days"],
        tiers=tuple(Tier(name, threshold, Fraction(*factor)) for name, threshold, factor in raw["tiers"]),
        rules=tuple(_read_rule(*fields) for fields in raw["rules"]),
        points_per_day=raw["points_per_day"],
        adjustment_limit=raw["adjustment_limit"],
    )


def _read_rule(
    rule_id: str,
    kind: str,
    category: str | None,
    channel: str | None,
    factor: list[int],
    points: int,
    min_spend_minor: int,
    on_return: str,
    funder: str,
    starts_at: str | None,
    ends_at: str | None,
) -> EarnRule:
    return EarnRule(
        id=rule_id,
        type=RuleType(kind),
        category=category,
        channel=channel,
        factor=Fraction(*factor),
        points=points,
        min_spend_minor=min_spend_minor,
        on_return=OnReturn(on_return),
        funder=funder,
        starts_at=_optional(datetime.fromisoformat, starts_at),
        ends_at=_optional(datetime.fromisoformat, ends_at),
    )


def _optional(parse: Callable[[str], T], text: str | None) -> T | None:
    return None if text is None else parse(text)
