"""What the loyalty programme knows of members, orders and returns."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import NewType
from uuid import UUID

from domain.ledger.model import LotId, WalletId, WalletStatus
from domain.loyalty.program import OnReturn, ProgramId
from domain.money import Currency

AwardId = NewType("AwardId", UUID)


class BudgetMode(StrEnum):
    """What a funder with too little left gives: what there is, or nothing."""

    PARTIAL = "PARTIAL"
    ALL_OR_NOTHING = "ALL_OR_NOTHING"


class AdjustmentReason(StrEnum):
    """Why points were corrected by hand. A closed list, because the reason is sealed into the ledger for good."""

    GOODWILL = "GOODWILL"
    MISSING_PURCHASE = "MISSING_PURCHASE"
    CORRECTION = "CORRECTION"
    MISUSE = "MISUSE"


class AccountKind(StrEnum):
    """Whose account it is."""

    MEMBER = "MEMBER"
    POOL = "POOL"


@dataclass(frozen=True, slots=True)
class Account:
    """A member, or a household pool.

    Attributes:
        wallet_id: the account's own wallet and its public name.
        root_id: the account it was merged into; itself otherwise.
        effective_id: of a root account: the wallet its points are in, a pool's or its own.
        tier_credits: qualifying spend of the running period, in minor units of the programme's currency.
        period: counts qualification periods; `period_ends_at` ends the running one.
    """

    wallet_id: WalletId
    kind: AccountKind
    program_id: ProgramId
    customer_id: UUID | None
    root_id: WalletId
    effective_id: WalletId
    tier: str
    tier_credits: int
    period: int
    period_ends_at: datetime

    @property
    def pooled(self) -> bool:
        """Whether its points lie in a household pool."""
        return self.effective_id != self.wallet_id


@dataclass(frozen=True, slots=True)
class Expiration:
    """Points that die together."""

    points: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TierStatus:
    """Where a member stands.

    Attributes:
        credits_minor: qualifying spend of the period.
        next_tier, to_next_minor: the tier above and the spend it still takes; None and 0 at the top.
        projected: the tier the period would end with if it ended now.
    """

    tier: str
    credits_minor: int
    next_tier: str | None
    to_next_minor: int
    projected: str
    period_ends_at: datetime


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a member may see of the points, at one moment.

    Attributes:
        id: the account's public name.
        ledger_id: the wallet the points are in; differs after a merge and in a pool.
        available: spendable now: without held points and without lots past their time.
        net: available, pending and held less debt.
        value_minor: what `available` pays in `currency`.
        version: of the chain behind it; grows with every transfer.
        expirations: what dies when, soonest first; spendable points only.
    """

    id: WalletId
    ledger_id: WalletId
    customer_id: UUID | None
    program_id: ProgramId
    kind: AccountKind
    status: WalletStatus
    currency: Currency
    available: int
    pending: int
    held: int
    debt: int
    value_minor: int
    version: int
    expirations: tuple[Expiration, ...]
    tier: TierStatus
    as_of: datetime

    @property
    def net(self) -> int:
        return self.available + self.pending + self.held - self.debt


@dataclass(frozen=True, slots=True)
class EarnLine:
    """A line of an order that earns.

    Attributes:
        eligible_minor: net of all discounts, without tax and shipping and without what points paid.
        quantity: units; a return divides by it.
        vesting_key: which fulfillment releases it.
        funder: who pays the base points; None for the programme.
        excluded: gift cards and the like earn nothing.
    """

    line_id: UUID
    eligible_minor: int
    quantity: int
    vesting_key: str
    category: str | None = None
    funder: str | None = None
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class EarnExtra:
    """More points than the programme's own rules give, as somebody else decided for this one order.

    Attributes:
        component: names it in lots and awards.
        lines: indexes of the lines it looks at.
        factor: 3 triples what these lines earn, so it adds twice the base; 1 adds nothing.
        points: a fixed bonus.
        minimum_minor: eligible spend below which a return takes the bonus back, under THRESHOLD.
    """

    component: str
    funder: str
    lines: tuple[int, ...]
    factor: Fraction = Fraction(1)
    points: int = 0
    on_return: OnReturn = OnReturn.PRORATE
    minimum_minor: int = 0


@dataclass(frozen=True, slots=True)
class EarnOrder:
    """An order that earns. `vested` says that the goods left long ago, so nothing waits (history imports)."""

    order_id: UUID
    wallet_id: UUID
    currency: str
    channel: str
    lines: tuple[EarnLine, ...]
    placed_at: datetime
    vested: bool = False
    extras: tuple[EarnExtra, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """Points one rule gives to one line, or to the whole order when `line` is None.

    Attributes:
        line: index into the order's lines.
        component: "base", "tier" or the rule's id.
        minimum_minor, category: of a fixed bonus: the spend it depends on, and on which lines.
    """

    funder: str
    component: str
    line: int | None
    points: int
    on_return: OnReturn = OnReturn.PRORATE
    minimum_minor: int = 0
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """What a grant became: the record that returns divide.

    Attributes:
        line_id: None for an order's fixed bonus.
        quantity: the line's units; 1 for an order's bonus.
        clawed: taken back so far, debt and write-offs included.
        unrecovered: of `clawed`, what was written off.
    """

    id: AwardId
    order_id: UUID
    line_id: UUID | None
    lot_id: LotId
    funder: str
    component: str
    rule_version: int
    points: int
    quantity: int
    on_return: OnReturn
    minimum_minor: int
    category: str | None
    clawed: int = 0
    unrecovered: int = 0


@dataclass(frozen=True, slots=True)
class EarnedLine:
    """An order line as it earned. `returned` counts units of all returns and cancellations."""

    order_id: UUID
    line_id: UUID
    quantity: int
    eligible_minor: int
    category: str | None
    returned: int = 0


@dataclass(frozen=True, slots=True)
class EarnedOrder:
    """An order that has earned.

    Attributes:
        wallet_id: the earning account's public name.
        tier_credits: qualifying spend it added, in the programme's currency, in `period`.
        earned_on: the local day that daily caps count.
    """

    order_id: UUID
    wallet_id: WalletId
    points: int
    eligible_minor: int
    tier_credits: int
    tier_credits_returned: int
    period: int
    earned_on: date
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class TenderShare:
    """Points spent on one line of an order."""

    line_id: UUID
    points: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ReturnedUnits:
    """Units of a line that come back: slots `returned_before` up to, not including, `returned_before + quantity`."""

    line_id: UUID
    quantity: int
    returned_before: int
    line_quantity: int


@dataclass(frozen=True, slots=True)
class LineReturn:
    """What a return does to one line's points."""

    line_id: UUID
    clawed: int
    points_back: int


@dataclass(frozen=True, slots=True)
class LoyaltyReturn:
    """What a return does to the member's points.

    Attributes:
        clawed: earned points taken back, whatever they were taken from; order bonuses included.
        points_back: spent points given back.
        debt: of `clawed`, what the member owes from now on.
        written_off: of `clawed`, what nobody recovers.
        lines: per returned line, in the order given.
    """

    clawed: int = 0
    points_back: int = 0
    debt: int = 0
    written_off: int = 0
    lines: tuple[LineReturn, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What swapping goods does: points taken back, carried over to the new goods, and newly earned on added value."""

    returned: LoyaltyReturn
    carried: int
    earned: int


@dataclass(frozen=True, slots=True)
class OfflineRedemption:
    """How an offline till's redemption was covered."""

    from_points: int
    debt: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep has done. `more` says that a limit was reached and another sweep should follow at once."""

    holds: int
    released: int
    expired: int
    tiers: int
    more: bool
