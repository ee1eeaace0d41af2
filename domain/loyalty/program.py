"""What a loyalty programme is: its terms, rules, tiers and rates."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import NewType
from uuid import UUID

from domain.money import Currency

ProgramId = NewType("ProgramId", UUID)

PROGRAM_FUNDER = "program"


class Vesting(StrEnum):
    """When earned points become spendable."""

    IMMEDIATE = "IMMEDIATE"
    FULFILLMENT = "FULFILLMENT"
    DAYS = "DAYS"


class ExpiryMode(StrEnum):
    """When points die: at the end of a month, or a time after the member's last activity."""

    MONTH_END = "MONTH_END"
    SLIDING_INACTIVITY = "SLIDING_INACTIVITY"


class Clawback(StrEnum):
    """How far a return may reach for points that are no longer there."""

    ALLOW_NEGATIVE = "ALLOW_NEGATIVE"
    WITHIN_BALANCE = "WITHIN_BALANCE"
    PENDING_ONLY = "PENDING_ONLY"


class Recredit(StrEnum):
    """What happens to given-back points whose lot has died: a new lot for a while, or none."""

    GRACE = "GRACE"
    ORIGINAL_EXPIRY = "ORIGINAL_EXPIRY"


class RuleType(StrEnum):
    """What an earning rule adds: a share of the spend, or a fixed number of points."""

    MULTIPLIER = "MULTIPLIER"
    BONUS = "BONUS"


class OnReturn(StrEnum):
    """What a return does to an order's fixed bonus."""

    THRESHOLD = "THRESHOLD"
    PRORATE = "PRORATE"
    KEEP = "KEEP"


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of membership, from `threshold_minor` of qualifying spend in a period; `factor` multiplies the base."""

    name: str
    threshold_minor: int
    factor: Fraction


@dataclass(frozen=True, slots=True)
class EarnRule:
    """One way to earn more. Filters that are None match everything.

    Attributes:
        id: short and stable; awards keep it.
        factor: for MULTIPLIER: 3 means triple, so it adds twice the base. At least 1.
        points: for BONUS.
        min_spend_minor: eligible spend on the matching lines below which the rule is silent.
        funder: who pays: "program" or for example "vendor:acme".
    """

    id: str
    type: RuleType
    category: str | None = None
    channel: str | None = None
    factor: Fraction = Fraction(1)
    points: int = 0
    min_spend_minor: int = 0
    on_return: OnReturn = OnReturn.THRESHOLD
    funder: str = PROGRAM_FUNDER
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """What a currency earns and what a point is worth in it.

    Attributes:
        points_per_minor: points for one minor unit of eligible spend.
        minor_per_point: minor units one point pays.
    """

    currency: Currency
    points_per_minor: Fraction
    minor_per_point: Fraction


@dataclass(frozen=True, slots=True)
class Terms:
    """A programme's rules in one version; versions never change once published.

    Attributes:
        rates: currencies that differ from the usual 1 point per 1.00, worth 0.01.
        vesting_days: for DAYS: from the release of the vesting key.
        expiry_months: whole months.
        redeem_minimum, redeem_multiple: fewest points a hold may ask for, and in which steps.
        grace_days: life of a GRACE lot.
        points_per_day: most a member may earn by orders on one local day; None without a cap.
        adjustment_limit: most points one adjustment may move without an approver.
    """

    rates: tuple[Rate, ...] = ()
    time_zone: str = "UTC"
    vesting: Vesting = Vesting.FULFILLMENT
    vesting_days: int = 0
    expiry_mode: ExpiryMode = ExpiryMode.MONTH_END
    expiry_months: int = 12
    redeem_minimum: int = 1
    redeem_multiple: int = 1
    clawback: Clawback = Clawback.ALLOW_NEGATIVE
    recredit: Recredit = Recredit.GRACE
    grace_days: int = 30
    tiers: tuple[Tier, ...] = (
        Tier("BASE", 0, Fraction(1)),
        Tier("SILVER", 350_00, Fraction(5, 4)),
        Tier("GOLD", 1_000_00, Fraction(3, 2)),
    )
    rules: tuple[EarnRule, ...] = ()
    points_per_day: int | None = None
    adjustment_limit: int = 10_000


@dataclass(frozen=True, slots=True)
class Program:
    """A loyalty programme. `unit` names its points in the ledger; `currency` is the one tiers are counted in."""

    id: ProgramId
    handle: str
    name: str
    unit: str
    currency: Currency
    version: int
    terms: Terms
