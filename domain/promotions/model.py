"""Values of the promotions room. Amounts are minor units of the one currency of what is priced."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType
from uuid import UUID

from domain.money import Currency

PromotionId = NewType("PromotionId", UUID)

ACTIVE_MAX = 2_000
CODES_PER_BATCH_MAX = 10_000
NEAR_MISSES_MAX = 10
RETAILER = "program"
"""The funder of what nobody else pays; the loyalty programme's own funder has the same name."""


class PromotionStatus(StrEnum):
    """Whether a promotion is at work. Only active ones are; their period may still be ahead or over."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Trigger(StrEnum):
    """What makes a promotion apply."""

    AUTOMATIC = "AUTOMATIC"
    CODE = "CODE"


class Exclusivity(StrEnum):
    """What a promotion tolerates beside itself."""

    NONE = "NONE"
    LINES = "LINES"
    ORDER = "ORDER"


class OnReturn(StrEnum):
    """What becomes of a promotion when some of what it reduced is returned."""

    PRORATE = "PRORATE"
    RECALCULATE = "RECALCULATE"
    FORFEIT_NOTHING = "FORFEIT_NOTHING"


class Method(StrEnum):
    """How goods reach the customer."""

    SHIPPING = "SHIPPING"
    PICK_UP = "PICK_UP"
    IN_STORE = "IN_STORE"


class Target(StrEnum):
    """What an effect takes its amount off: lines one by one, the order as a whole, its shipping, or points it adds."""

    LINES = "LINES"
    ORDER = "ORDER"
    SHIPPING = "SHIPPING"
    POINTS = "POINTS"


class Choice(StrEnum):
    """Which units of several a promotion reduces."""

    CHEAPEST = "CHEAPEST"
    LISTED = "LISTED"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which lines are meant: those that match any of the ids; all lines when there are none."""

    product_ids: frozenset[UUID] = frozenset()
    variant_ids: frozenset[UUID] = frozenset()
    category_ids: frozenset[UUID] = frozenset()
    collection_ids: frozenset[UUID] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether it admits every line."""
        return not (self.product_ids or self.variant_ids or self.category_ids or self.collection_ids)


@dataclass(frozen=True, slots=True)
class PercentageOff:
    """A part of what is left: of each item (LINES), or of all of them together (ORDER).

    Attributes:
        ppm: parts per million: 10 % is 100,000.
    """

    ppm: int
    target: Target = Target.LINES
    kind: Literal["PERCENTAGE"] = "PERCENTAGE"


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount off each unit, or one amount off all items together."""

    amount_minor: int
    per_unit: bool = False
    target: Target = Target.ORDER
    kind: Literal["AMOUNT"] = "AMOUNT"


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """Each unit costs this, unless it costs less already."""

    price_minor: int
    kind: Literal["FIXED_PRICE"] = "FIXED_PRICE"


@dataclass(frozen=True, slots=True)
class BuyXGetY:
    """For so many units bought, so many others are reduced.

    Attributes:
        get: what is reduced; None for the items themselves.
        ppm: how much is taken off the units that are given; 1,000,000 gives them away.
        choice: CHEAPEST reduces the cheapest of each set, LISTED the dearest units of `get`.
        times_max: how often in one order; None as often as it goes.
    """

    buy_quantity: int
    get_quantity: int
    ppm: int = 1_000_000
    get: ItemFilter | None = None
    choice: Choice = Choice.CHEAPEST
    times_max: int | None = None
    kind: Literal["BUY_X_GET_Y"] = "BUY_X_GET_Y"


@dataclass(frozen=True, slots=True)
class Step:
    """From this worth of items on, a part or an amount comes off; exactly one of `ppm` and `amount_minor` is set."""

    from_minor: int
    ppm: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class SpendSteps:
    """The more is spent, the more comes off: the highest step that is reached counts. Steps rise."""

    steps: tuple[Step, ...]
    kind: Literal["SPEND_STEPS"] = "SPEND_STEPS"


@dataclass(frozen=True, slots=True)
class BundlePart:
    """Units that a bundle needs."""

    items: ItemFilter
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class BundlePrice:
    """All parts together cost this, as often as they are there."""

    price_minor: int
    parts: tuple[BundlePart, ...]
    times_max: int | None = None
    kind: Literal["BUNDLE_PRICE"] = "BUNDLE_PRICE"


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """Nothing is charged for each delivery, or so much less when `up_to_minor` is set."""

    up_to_minor: int | None = None
    kind: Literal["FREE_SHIPPING"] = "FREE_SHIPPING"


@dataclass(frozen=True, slots=True)
class Gift:
    """Units of one of these variants cost nothing, once they are in the basket. They never count as items."""

    variant_ids: tuple[UUID, ...]
    quantity: int = 1
    kind: Literal["GIFT"] = "GIFT"


@dataclass(frozen=True, slots=True)
class PointsMultiplier:
    """Items earn this many times their points; 3,000,000 is threefold. Multipliers add up."""

    factor_ppm: int
    kind: Literal["POINTS_MULTIPLIER"] = "POINTS_MULTIPLIER"


@dataclass(frozen=True, slots=True)
class PointsBonus:
    """The order earns so many points more."""

    points: int
    kind: Literal["POINTS_BONUS"] = "POINTS_BONUS"


Effect = (
    PercentageOff
    | AmountOff
    | FixedPrice
    | BuyXGetY
    | SpendSteps
    | BundlePrice
    | FreeShipping
    | Gift
    | PointsMultiplier
    | PointsBonus
)


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of a week. Days are 1 (Monday) to 7; minutes count from local midnight, the end excluded, up to 1,440."""

    weekdays: frozenset[int]
    from_minute: int = 0
    to_minute: int = 1_440


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold for a promotion to apply; what is empty does not restrict.

    Attributes:
        methods, location_ids: admit only lines that go this way, or are sold or collected in these stores.
        minimum_subtotal_minor: what the items must be worth: before discounts for an effect on lines, after discounts
            on lines for any other.
        first_order: the customer has never ordered before; such a promotion needs a customer, who may use it once.
        tiers: names of the loyalty programme's tiers.
        hours: when in the week, in the store's own zone for a sale in one store, else in `time_zone`.
    """

    items: ItemFilter = ItemFilter()
    minimum_subtotal_minor: int = 0
    minimum_quantity: int = 0
    sales_channel_ids: frozenset[UUID] = frozenset()
    location_ids: frozenset[UUID] = frozenset()
    methods: frozenset[Method] = frozenset()
    customer_group_ids: frozenset[UUID] = frozenset()
    tiers: frozenset[str] = frozenset()
    first_order: bool = False
    hours: tuple[Hours, ...] = ()
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything head office says about a promotion.

    Attributes:
        title: what customers read on cart, order and receipt.
        priority: smaller goes first; ties go by id.
        stacking_group: of the promotions of one group only the first that gives anything applies; None is in no group.
        funder: who pays for it: "program" is the retailer, a vendor is named as "vendor:acme".
        currency: of its amounts; None for a promotion without any, which is good in every currency.
        usage_limit: how many orders may use it in all; None without limit.
        usage_limit_per_customer: how many orders of one customer, or of one e-mail address, may.
        valid_to: end, exclusive; None while it lasts.
    """

    title: str
    effect: Effect
    valid_from: datetime
    trigger: Trigger = Trigger.AUTOMATIC
    conditions: Conditions = Conditions()
    priority: int = 0
    exclusivity: Exclusivity = Exclusivity.NONE
    stacking_group: str | None = None
    on_return: OnReturn = OnReturn.PRORATE
    funder: str = RETAILER
    currency: Currency | None = None
    usage_limit: int | None = None
    usage_limit_per_customer: int | None = None
    valid_to: datetime | None = None

    @property
    def target(self) -> Target:
        """What its effect works on."""
        match self.effect:
            case PercentageOff(target=target) | AmountOff(target=target):
                return target
            case SpendSteps():
                return Target.ORDER
            case FreeShipping():
                return Target.SHIPPING
            case PointsMultiplier() | PointsBonus():
                return Target.POINTS
            case _:
                return Target.LINES


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion. `version` grows with every change."""

    id: PromotionId
    status: PromotionStatus
    definition: Definition
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PromotionCode:
    """What a customer types, in capitals. `usage_limit` is 1 for a single-use code, None for one that may be shared."""

    code: str
    promotion_id: PromotionId
    usage_limit: int | None
    used: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What a funder pays for promotions in one currency; `spent_minor` never exceeds it."""

    funder: str
    currency: Currency
    limit_minor: int
    spent_minor: int
