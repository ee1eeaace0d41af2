"""What a definition must be to be written down: each check refuses one kind of nonsense, with the field at fault."""

import re
from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from domain.promotions.effects import PPM
from domain.promotions.errors import CodeInvalid, PromotionInvalid
from domain.promotions.model import (
    RETAILER,
    AmountOff,
    BundlePrice,
    BuyXGetY,
    Conditions,
    Definition,
    Effect,
    FixedPrice,
    FreeShipping,
    Gift,
    ItemFilter,
    PercentageOff,
    PointsBonus,
    PointsMultiplier,
    SpendSteps,
    Step,
    Target,
)

TITLE_LENGTH_MAX = 120
CODE_LENGTH_MAX = 40
IDS_MAX = 1_000
PARTS_MAX = 10
STEPS_MAX = 20
HOURS_MAX = 14
UNITS_MAX = 1_000
AMOUNT_MAX = 10**12
POINTS_MAX = 1_000_000
MULTIPLIER_MAX = 100
PRIORITY_MAX = 1_000_000
_NAME = re.compile(r"[a-z0-9_]+(:[a-z0-9_-]+)?")
_NAME_LENGTH_MAX = 80


def folded_code(text: str) -> str:
    """A typed code as promotions hold it.

    >>> folded_code(" welcome10 ")
    'WELCOME10'
    """
    return text.strip().upper()


def check_code(code: str) -> None:
    """Refuse text that nobody could type as a code.

    Raises:
        CodeInvalid: it is empty, too long, or not printable.
    """
    if not 1 <= len(code) <= CODE_LENGTH_MAX or not code.isprintable() or code != folded_code(code):
        raise CodeInvalid(f"A code has 1 to {CODE_LENGTH_MAX} printable characters.")


def check(definition: Definition) -> None:
    """Refuse a definition that makes no sense.

    Raises:
        PromotionInvalid: the message says why, the field where.
    """
    _check_head(definition)
    _check_conditions(definition.conditions)
    _check_effect(definition.effect)
    if definition.currency is None and _has_amounts(definition):
        raise PromotionInvalid("An amount of money needs its currency.", "currencyCode")
    if definition.conditions.first_order and definition.usage_limit_per_customer != 1:
        raise PromotionInvalid(
            "A first order is placed once: set the limit per customer to 1.", "usageLimitPerCustomer"
        )


def _check_head(definition: Definition) -> None:
    if not 1 <= len(definition.title.strip()) <= TITLE_LENGTH_MAX:
        raise PromotionInvalid(f"A title has 1 to {TITLE_LENGTH_MAX} characters.", "title")
    if definition.valid_to is not None and definition.valid_to <= definition.valid_from:
        raise PromotionInvalid("The promotion ends before it begins.", "validTo")
    if not -PRIORITY_MAX <= definition.priority <= PRIORITY_MAX:
        raise PromotionInvalid(f"A priority goes from -{PRIORITY_MAX} to {PRIORITY_MAX}.", "priority")
    for name, limit in (
        ("usageLimit", definition.usage_limit),
        ("usageLimitPerCustomer", definition.usage_limit_per_customer),
    ):
        if limit is not None and not 1 <= limit <= AMOUNT_MAX:
            raise PromotionInvalid("A limit is 1 or more.", name)
    if not is_name(definition.funder):
        raise PromotionInvalid(f"A funder is `{RETAILER}`, or a name such as `vendor:acme`.", "funder")
    if definition.stacking_group is not None and not is_name(definition.stacking_group):
        raise PromotionInvalid("A stacking group is a name of small letters, digits and _.", "stackingGroup")


def is_name(text: str) -> bool:
    """Whether text can name a funder or a group.

    >>> is_name("vendor:acme"), is_name("Acme Ltd")
    (True, False)
    """
    return len(text) <= _NAME_LENGTH_MAX and _NAME.fullmatch(text) is not None


def _check_conditions(conditions: Conditions) -> None:
    _check_ids(conditions.items, "conditions", "items")
    if not 0 <= conditions.minimum_subtotal_minor <= AMOUNT_MAX:
        raise PromotionInvalid("The minimum is 0 or more.", "conditions", "minimumSubtotal")
    if not 0 <= conditions.minimum_quantity <= UNITS_MAX:
        raise PromotionInvalid(f"The minimum goes from 0 to {UNITS_MAX} units.", "conditions", "minimumQuantity")
    for ids in (conditions.sales_channel_ids, conditions.location_ids, conditions.customer_group_ids, conditions.tiers):
        if len(ids) > IDS_MAX:
            raise PromotionInvalid(f"Give at most {IDS_MAX} of a kind.", "conditions")
    if len(conditions.hours) > HOURS_MAX:
        raise PromotionInvalid(f"Give at most {HOURS_MAX} parts of the week.", "conditions", "hours")
    for part in conditions.hours:
        if not part.weekdays or not part.weekdays <= frozenset(range(1, 8)):
            raise PromotionInvalid("Weekdays go from 1 (Monday) to 7 (Sunday).", "conditions", "hours")
        if not 0 <= part.from_minute < part.to_minute <= 24 * 60:
            raise PromotionInvalid(
                "A part of a day ends after it begins; give two parts across midnight.", "conditions", "hours"
            )
    if not is_zone(conditions.time_zone):
        raise PromotionInvalid("Name a time zone such as `Europe/London`.", "conditions", "timeZone")


def is_zone(name: str) -> bool:
    """Whether a name is a time zone's that can be read here."""
    return name in available_timezones() and bool(ZoneInfo(name).key)


def _check_ids(items: ItemFilter, *field: str) -> None:
    sets = (items.product_ids, items.variant_ids, items.category_ids, items.collection_ids)
    if any(len(ids) > IDS_MAX for ids in sets):
        raise PromotionInvalid(f"Give at most {IDS_MAX} of a kind.", *field)


def _check_effect(effect: Effect) -> None:
    for holds, flaw, field in _demands(effect):
        if not holds:
            raise PromotionInvalid(flaw, "effect", field)


def _demands(effect: Effect) -> Iterator[tuple[bool, str, str]]:
    """(whether it holds, what to say if not, field) for everything an effect must be."""
    percentage = "A percentage is above 0 and at most 100."
    amount = "The amount is above 0."
    match effect:
        case PercentageOff():
            yield 0 < effect.ppm <= PPM, percentage, "percentage"
            yield effect.target in (Target.LINES, Target.ORDER), "It is taken off lines or off the order.", "percentage"
        case AmountOff():
            yield 0 < effect.amount_minor <= AMOUNT_MAX, amount, "amount"
            yield effect.target in (Target.LINES, Target.ORDER), "It is taken off lines or off the order.", "amount"
        case FixedPrice():
            yield 0 <= effect.price_minor <= AMOUNT_MAX, "The price is 0 or more.", "fixedPrice"
        case BuyXGetY():
            yield from _demands_of_sets(effect)
        case SpendSteps():
            yield from _demands_of_steps(effect.steps)
        case BundlePrice():
            yield from _demands_of_bundle(effect)
        case FreeShipping():
            most = effect.up_to_minor
            yield most is None or 0 < most <= AMOUNT_MAX, amount, "freeShipping"
        case Gift():
            yield 1 <= len(effect.variant_ids) <= IDS_MAX, f"Name 1 to {IDS_MAX} variants.", "gift"
            yield 1 <= effect.quantity <= UNITS_MAX, f"Give 1 to {UNITS_MAX} units.", "gift"
        case PointsMultiplier():
            factor = effect.factor_ppm
            yield PPM < factor <= MULTIPLIER_MAX * PPM, f"It goes from above 1 to {MULTIPLIER_MAX}.", "pointsMultiplier"
        case PointsBonus():
            yield 1 <= effect.points <= POINTS_MAX, f"It goes from 1 to {POINTS_MAX}.", "pointsBonus"


def _demands_of_sets(effect: BuyXGetY) -> Iterator[tuple[bool, str, str]]:
    units = f"Give 1 to {UNITS_MAX} units."
    yield 1 <= effect.buy_quantity <= UNITS_MAX, units, "buyXGetY"
    yield 1 <= effect.get_quantity <= UNITS_MAX, units, "buyXGetY"
    yield 0 < effect.ppm <= PPM, "A percentage is above 0 and at most 100.", "buyXGetY"
    yield effect.times_max is None or effect.times_max >= 1, "A limit is 1 or more.", "buyXGetY"
    if effect.get is not None:
        _check_ids(effect.get, "effect", "buyXGetY")


def _demands_of_steps(steps: tuple[Step, ...]) -> Iterator[tuple[bool, str, str]]:
    yield 1 <= len(steps) <= STEPS_MAX, f"Give 1 to {STEPS_MAX} steps.", "spendSteps"
    yield (
        all(before.from_minor < after.from_minor for before, after in pairwise(steps)),
        "Each step begins above the one before.",
        "spendSteps",
    )
    for step in steps:
        yield 0 <= step.from_minor <= AMOUNT_MAX, "A step begins at 0 or more.", "spendSteps"
        yield (step.ppm is None) != (step.amount_minor is None), "A step has a percentage or an amount.", "spendSteps"
        yield step.ppm is None or 0 < step.ppm <= PPM, "A percentage is above 0 and at most 100.", "spendSteps"
        most = step.amount_minor
        yield most is None or 0 < most <= AMOUNT_MAX, "The amount is above 0.", "spendSteps"


def _demands_of_bundle(effect: BundlePrice) -> Iterator[tuple[bool, str, str]]:
    yield 0 <= effect.price_minor <= AMOUNT_MAX, "The price is 0 or more.", "bundlePrice"
    yield 1 <= len(effect.parts) <= PARTS_MAX, f"A bundle has 1 to {PARTS_MAX} parts.", "bundlePrice"
    yield effect.times_max is None or effect.times_max >= 1, "A limit is 1 or more.", "bundlePrice"
    for part in effect.parts:
        yield 1 <= part.quantity <= UNITS_MAX, f"A part has 1 to {UNITS_MAX} units.", "bundlePrice"
        _check_ids(part.items, "effect", "bundlePrice")


def _has_amounts(definition: Definition) -> bool:
    effect = definition.effect
    if definition.conditions.minimum_subtotal_minor:
        return True
    return isinstance(effect, AmountOff | FixedPrice | SpendSteps | BundlePrice) or (
        isinstance(effect, FreeShipping) and effect.up_to_minor is not None
    )
