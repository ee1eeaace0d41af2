"""What the programme decides, without a database: what an order earns, when points die, what a return takes back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import lcm
from zoneinfo import ZoneInfo

from domain.loyalty.model import Award, EarnedLine, EarnOrder, Grant
from domain.loyalty.program import PROGRAM_FUNDER, EarnRule, ExpiryMode, OnReturn, Program, Rate, RuleType, Terms, Tier
from domain.money import Currency, allocate, exponent, prefix


def rate_of(terms: Terms, currency: str) -> Rate:
    """What a currency earns: its own rate, or 1 point per 1.00 worth 0.01. Where a currency has no cents, a point per
    100 units worth 1, so that a point stays one hundredth of what earned it."""
    for rate in terms.rates:
        if rate.currency == currency:
            return rate
    if exponent(Currency(currency)) == 3:
        return Rate(Currency(currency), Fraction(1, 1000), Fraction(10))
    return Rate(Currency(currency), Fraction(1, 100), Fraction(1))


def points_value(terms: Terms, points: int, currency: str) -> int:
    """What points pay, in minor units, never more than their worth."""
    worth = rate_of(terms, currency).minor_per_point
    return points * worth.numerator // worth.denominator


def points_for(terms: Terms, amount_minor: int, currency: str) -> int:
    """The most points that pay no more than this amount, in the programme's steps; 0 when the minimum is not met."""
    worth = rate_of(terms, currency).minor_per_point
    return redeemable(terms, amount_minor * worth.denominator // worth.numerator)


def redeemable(terms: Terms, points: int) -> int:
    """The most of these points one redemption may use.

    >>> redeemable(Terms(redeem_minimum=500, redeem_multiple=100), 678)
    600
    """
    whole = points - points % terms.redeem_multiple
    return whole if whole >= terms.redeem_minimum else 0


def may_redeem(terms: Terms, points: int) -> bool:
    """Whether a hold may ask for exactly this many."""
    return points > 0 and redeemable(terms, points) == points


def expiry(terms: Terms, from_time: datetime) -> datetime:
    """When points released at this time die: the first instant of the month after N months in the programme's zone, or
    N months to the instant when inactivity counts.

    >>> expiry(Terms(), datetime(2026, 7, 6, 12, tzinfo=UTC)).isoformat()
    '2027-08-01T00:00:00+00:00'
    """
    if terms.expiry_mode is ExpiryMode.SLIDING_INACTIVITY:
        return _months_later(from_time, terms.expiry_months)
    zone = ZoneInfo(terms.time_zone)
    local = from_time.astimezone(zone)
    months = local.year * 12 + local.month - 1 + terms.expiry_months + 1
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=zone).astimezone(UTC)


def _months_later(time: datetime, count: int) -> datetime:
    """The same day of the month `count` months later; the last day of a shorter month.

    >>> _months_later(datetime(2024, 2, 29, tzinfo=UTC), 12).date().isoformat()
    '2025-02-28'
    """
    months = time.year * 12 + time.month - 1 + count
    first = time.replace(year=months // 12, month=months % 12 + 1, day=1)
    next_first = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=min(time.day, (next_first - timedelta(days=1)).day))


def local_day(terms: Terms, time: datetime) -> date:
    """The day a time falls on in the programme's zone."""
    return time.astimezone(ZoneInfo(terms.time_zone)).date()


def period_end(terms: Terms, time: datetime) -> datetime:
    """The end of the qualification period a time falls in: the next New Year of the programme's zone."""
    zone = ZoneInfo(terms.time_zone)
    return datetime(time.astimezone(zone).year + 1, 1, 1, tzinfo=zone).astimezone(UTC)


def tier_for(terms: Terms, credits_minor: int) -> Tier:
    """The highest tier whose threshold is met; the lowest when none is."""
    ranked = sorted(terms.tiers, key=lambda tier: tier.threshold_minor)
    return next((tier for tier in reversed(ranked) if tier.threshold_minor <= credits_minor), ranked[0])


def tier_named(terms: Terms, name: str) -> Tier:
    """A tier by name; the lowest when the programme no longer has it."""
    return next((tier for tier in terms.tiers if tier.name == name), tier_for(terms, 0))


def higher_tier(terms: Terms, held: str, credits_minor: int) -> str:
    """The tier after credits have grown: never lower than the one held."""
    earned, current = tier_for(terms, credits_minor), tier_named(terms, held)
    return earned.name if earned.threshold_minor > current.threshold_minor else current.name


def tier_credits(program: Program, eligible_minor: int, currency: str) -> int:
    """Qualifying spend in the programme's currency, whole minor units."""
    own = rate_of(program.terms, program.currency).points_per_minor
    ratio = rate_of(program.terms, currency).points_per_minor / own if own else Fraction(1)
    return eligible_minor * ratio.numerator // ratio.denominator


@dataclass(frozen=True, slots=True)
class _Share:
    """One rule's exact claim on a line: eligible minor units times a factor."""

    component: str
    line: int
    eligible_minor: int
    factor: Fraction


def plan(terms: Terms, tier: Tier, order: EarnOrder) -> list[Grant]:
    """What an order earns at a tier: multipliers add up, each funder's exact sum is floored once, and the points are
    split to (component, line) by largest remainder; fixed bonuses follow."""
    rate = rate_of(terms, order.currency).points_per_minor
    shares: dict[str, list[_Share]] = defaultdict(list)
    for index, line in enumerate(order.lines):
        if not line.excluded and line.eligible_minor > 0:
            shares[line.funder or PROGRAM_FUNDER].append(_Share("base", index, line.eligible_minor, rate))
            if tier.factor > 1:
                shares[PROGRAM_FUNDER].append(_Share("tier", index, line.eligible_minor, rate * (tier.factor - 1)))
    applying = [(rule, _matching(rule, order)) for rule in terms.rules]
    applying = [(rule, lines) for rule, lines in applying if lines]
    for rule, lines in applying:
        if rule.type is RuleType.MULTIPLIER and rule.factor > 1:
            factor = rate * (rule.factor - 1)
            shares[rule.funder] += [_Share(rule.id, i, order.lines[i].eligible_minor, factor) for i in lines]
    extras = [(extra, _earning(order, extra.lines)) for extra in order.extras]
    for extra, lines in extras:
        if extra.factor > 1:
            factor = rate * (extra.factor - 1)
            shares[extra.funder] += [_Share(extra.component, i, order.lines[i].eligible_minor, factor) for i in lines]
    grants = [grant for funder, claims in shares.items() for grant in _floored(funder, claims)]
    grants += [_bonus(rule) for rule, _ in applying if rule.type is RuleType.BONUS and rule.points]
    return grants + [
        Grant(extra.funder, extra.component, None, extra.points, extra.on_return, extra.minimum_minor)
        for extra, lines in extras
        if extra.points and lines
    ]


def _earning(order: EarnOrder, lines: Sequence[int]) -> list[int]:
    return [index for index in lines if not order.lines[index].excluded and order.lines[index].eligible_minor > 0]


def _matching(rule: EarnRule, order: EarnOrder) -> list[int]:
    """The eligible lines a rule looks at; none when it does not apply."""
    if rule.channel not in (None, order.channel):
        return []
    if (rule.starts_at and order.placed_at < rule.starts_at) or (rule.ends_at and order.placed_at >= rule.ends_at):
        return []
    lines = [
        index
        for index, line in enumerate(order.lines)
        if not line.excluded and line.eligible_minor > 0 and rule.category in (None, line.category)
    ]
    spend = sum(order.lines[index].eligible_minor for index in lines)
    return lines if spend >= rule.min_spend_minor else []


def _bonus(rule: EarnRule) -> Grant:
    return Grant(rule.funder, rule.id, None, rule.points, rule.on_return, rule.min_spend_minor, rule.category)


def _floored(funder: str, claims: Sequence[_Share]) -> list[Grant]:
    scale = lcm(*(claim.factor.denominator for claim in claims))
    exact = [claim.eligible_minor * int(claim.factor * scale) for claim in claims]
    parts = allocate(sum(exact) // scale, exact) if any(exact) else [0] * len(exact)
    return [
        Grant(funder, claim.component, claim.line, points)
        for claim, points in zip(claims, parts, strict=True)
        if points
    ]


def trim(grants: Sequence[Grant], limit: int) -> list[Grant]:
    """The grants cut down to `limit` points together, in proportion."""
    if sum(grant.points for grant in grants) <= limit:
        return list(grants)
    parts = allocate(max(limit, 0), [grant.points for grant in grants])
    return [replace(grant, points=part) for grant, part in zip(grants, parts, strict=True) if part]


def by_funder(grants: Sequence[Grant]) -> Mapping[str, int]:
    """Points per funder."""
    sums: dict[str, int] = defaultdict(int)
    for grant in grants:
        sums[grant.funder] += grant.points
    return sums


def line_claw(award: Award, returned: int) -> int:
    """How much more of a line's award goes back once `returned` of its units have: what was earned less what is earned
    on the units kept, less what went back before.

    59 points on three units go back as 20, 20, 19: returning all of a line always takes exactly its award.
    """
    kept = award.points * (award.quantity - returned) // award.quantity
    return max(0, award.points - kept - award.clawed)


def order_claw(award: Award, lines: Sequence[EarnedLine]) -> int:
    """How much more of an order's fixed bonus goes back, with `lines` as they stand after the return."""
    looked_at = [line for line in lines if award.category in (None, line.category)]
    bought = sum(line.eligible_minor for line in looked_at)
    kept = bought - sum(prefix(line.eligible_minor, line.returned, line.quantity) for line in looked_at)
    match award.on_return:
        case OnReturn.KEEP:
            target = 0
        case OnReturn.PRORATE:
            target = award.points * (bought - kept) // bought if bought else award.points
        case OnReturn.THRESHOLD:
            target = award.points if kept < max(1, award.minimum_minor) else 0
    return max(0, target - award.clawed)
