"""The promotions room's closed enumerations, described."""

from domain.promotions.errors import PromotionErrorCode
from domain.promotions.model import Choice, Exclusivity, Method, OnReturn, PromotionStatus, Target, Trigger
from domain.promotions.outcomes import MissReason
from resolvers.enums import described_enum

described_enum(
    PromotionStatus,
    "Whether a promotion is at work.",
    {
        "DRAFT": "It is being written; nobody gets it.",
        "ACTIVE": "Whoever meets its conditions within its period gets it.",
        "INACTIVE": "It has been taken off work; orders keep what it gave them.",
    },
    name="PromotionStatus",
)
described_enum(
    Trigger,
    "What makes a promotion apply.",
    {"AUTOMATIC": "It applies by itself.", "CODE": "It needs one of its codes."},
    name="PromotionTrigger",
)
described_enum(
    Exclusivity,
    "What a promotion tolerates beside itself.",
    {
        "NONE": "It stands beside others, each on what is left by those before.",
        "LINES": "No other promotion reduces the lines it reduces, nor does it reduce lines that others have reduced.",
        "ORDER": "If it applies it is the only one: such promotions are tried first, by priority.",
    },
    name="PromotionExclusivity",
)
described_enum(
    OnReturn,
    "What becomes of a promotion when some of what it reduced is returned.",
    {
        "PRORATE": "What comes off lies on every unit that took part, and each returned unit pays what was paid for it.",
        "RECALCULATE": "What is kept is priced again under the terms of the sale: a return pays what was paid less what the "
        "kept goods cost then, never less than nothing.",
        "FORFEIT_NOTHING": "What comes off lies on the reduced units alone: who keeps them keeps it.",
    },
    name="PromotionOnReturn",
)
described_enum(
    Method,
    "How goods reach the customer, as promotions see it.",
    {"SHIPPING": "In a parcel.", "PICK_UP": "Collected in a store.", "IN_STORE": "Sold at a till."},
    name="PromotionMethod",
)
described_enum(
    Target,
    "What a promotion takes its amount off.",
    {
        "LINES": "Its items, one by one.",
        "ORDER": "Its items together, after promotions on lines.",
        "SHIPPING": "Deliveries.",
        "POINTS": "Nothing: it adds points.",
    },
    name="PromotionTarget",
)
described_enum(
    Choice,
    "Which units a buy-X-get-Y promotion reduces.",
    {"CHEAPEST": "The cheapest of each set.", "LISTED": "The dearest of the listed goods that are in the basket."},
    name="PromotionChoice",
)
described_enum(
    MissReason,
    "Why a promotion that could apply does not.",
    {
        "SPEND_MORE": "Its minimum, or its next step, is not reached; see `missing`.",
        "ADD_UNITS": "Units are missing; see `missingQuantity`.",
        "ADD_GIFT": "A gift is waiting to be put into the basket; see `gifts`.",
        "NOTHING_ELIGIBLE": "Nothing in the basket qualifies.",
        "NOT_COMBINABLE": "It does not combine with another one that applies.",
        "NOT_FOR_YOU": "It is not for this buyer, or not here.",
        "NOT_NOW": "It is not valid at this time.",
        "USED_UP": "It, or the budget that pays for it, is used up.",
    },
    name="PromotionMissReason",
)
described_enum(
    PromotionErrorCode,
    "Why a promotion command was refused.",
    {
        "PROMOTION_NOT_FOUND": "There is no such promotion.",
        "PROMOTION_INVALID": "It could never be right; see `field` and the message.",
        "PROMOTION_CODE_TAKEN": "A code belongs to a promotion already.",
        "PROMOTION_CODE_INVALID": "Text that cannot be a code, or too many or too few of them.",
        "PROMOTION_TAKES_NO_CODE": "The promotion applies by itself.",
        "TOO_MANY_ACTIVE": "At most `maximum` promotions are active at once.",
        "BUDGET_INVALID": "The limit is below what has been spent, or the funder's name is none.",
        "STALE_VERSION": "It has changed since; see `version`.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
    name="PromotionErrorCode",
)
