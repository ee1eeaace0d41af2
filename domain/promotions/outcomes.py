"""A basket as promotions see it, and what they do to it. Amounts are minor units of the basket's one currency."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.money import Currency
from domain.promotions.model import Effect, Exclusivity, Method, OnReturn, PromotionId, Target


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a basket as promotions see it. `key` is unique in the basket, and earlier lines have smaller keys.

    A line that is not promotable is neither reduced nor counted: its price was said by somebody.
    """

    key: str
    product_id: UUID
    variant_id: UUID
    quantity: int
    unit_price_minor: int
    method: Method
    location_id: UUID | None = None
    category_ids: tuple[UUID, ...] = ()
    collection_ids: tuple[UUID, ...] = ()
    is_promotable: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for promotions, and where.

    Attributes:
        codes: as typed and folded to capitals.
        email: of a buyer without an account, whose uses are counted by it.
        is_settled: whether nobody will say who the buyer is after this, as at a till; a promotion that is limited per
            customer is then not for somebody unknown.
    """

    codes: tuple[str, ...]
    sales_channel_id: UUID
    currency: Currency
    customer_id: UUID | None = None
    email: str | None = None
    is_settled: bool = False

    @property
    def customer_key(self) -> str | None:
        """By what a customer's uses are counted; None for somebody unknown."""
        if self.customer_id is not None:
            return f"customer:{self.customer_id.hex}"
        return f"email:{self.email.casefold()}" if self.email else None


@dataclass(frozen=True, slots=True)
class KnownCode:
    """A code that was asked for and exists. `is_limited` says that each of its uses is counted."""

    code: str
    promotion_id: PromotionId
    is_limited: bool = False
    is_used_up: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything outside the basket that a promotion's conditions look at, as of one moment.

    Attributes:
        codes: those asked for that exist, in the order asked.
        spent: limited promotions that nobody may use any more.
        uses: how often this customer has used each limited promotion.
        budgets: what is left of the funders' budgets in the basket's currency; funders without one pay without limit.
        has_price_lists: whether any price list is active; most shops have none, and then nothing is asked of them.
        has_tax_exemptions: whether the customer has any that was not revoked, valid now or not.
        store_zone: the zone of the one store that sells or hands over everything; None for any other sale.
    """

    asked: Asked
    now: datetime
    codes: tuple[KnownCode, ...] = ()
    spent: frozenset[PromotionId] = frozenset()
    uses: tuple[tuple[PromotionId, int], ...] = ()
    budgets: tuple[tuple[str, int], ...] = ()
    group_ids: frozenset[UUID] = frozenset()
    tier: str | None = None
    has_ordered: bool = False
    has_price_lists: bool = False
    has_tax_exemptions: bool = False
    store_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one promotion takes off one line; always positive."""

    promotion_id: PromotionId
    target: Target
    amount_minor: int


class MissReason(StrEnum):
    """Why a promotion that could apply here does not."""

    SPEND_MORE = "SPEND_MORE"
    ADD_UNITS = "ADD_UNITS"
    ADD_GIFT = "ADD_GIFT"
    NOTHING_ELIGIBLE = "NOTHING_ELIGIBLE"
    NOT_COMBINABLE = "NOT_COMBINABLE"
    NOT_FOR_YOU = "NOT_FOR_YOU"
    NOT_NOW = "NOT_NOW"
    USED_UP = "USED_UP"


@dataclass(frozen=True, slots=True)
class Miss:
    """A promotion that does not apply.

    Attributes:
        missing_minor: how far the minimum, or the next step, is away; 0 for other reasons.
        missing_quantity: how many units are missing; 0 for other reasons.
        gift_variant_ids: what may be put into the basket for nothing.
    """

    promotion_id: PromotionId
    title: str
    code: str | None
    reason: MissReason
    missing_minor: int = 0
    missing_quantity: int = 0
    gift_variant_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a promotion says that its shares depend on: made once, whatever the basket.

    Attributes:
        is_limited: whether it is limited in all, so that an order has to claim it.
    """

    id: PromotionId
    version: int
    title: str
    effect: Effect
    target: Target
    exclusivity: Exclusivity
    stacking_group: str | None
    on_return: OnReturn
    funder: str
    minimum_subtotal_minor: int = 0
    minimum_quantity: int = 0
    is_limited: bool = False
    usage_limit_per_customer: int | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A promotion tied to the lines it looks at: all that a share depends on besides the amounts.

    Lines are named by their positions in the basket, and listed in the order in which ties are decided.

    Attributes:
        items: lines that count for its minimum, and that it reduces unless `gets` or `parts` say otherwise.
        gets: lines whose units it gives, for buy-x-get-y and gifts.
        parts: lines that serve each part of a bundle.
        is_budgeted: whether a budget pays for it.
        code: the code that brought it; None for an automatic one. `code_is_limited` says that the code itself is claimed.
    """

    terms: Terms
    items: tuple[int, ...]
    gets: tuple[int, ...] = ()
    parts: tuple[tuple[int, ...], ...] = ()
    is_budgeted: bool = False
    code: str | None = None
    code_is_limited: bool = False

    @property
    def id(self) -> PromotionId:
        return self.terms.id

    @property
    def title(self) -> str:
        return self.terms.title


@dataclass(frozen=True, slots=True)
class Applied:
    """A promotion that applies, and what it takes off lines and shipping; 0 when it gives points."""

    bound: Bound
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What one delivery costs before promotions."""

    key: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What promotions do to a basket.

    Attributes:
        shares: for each line, in the basket's order.
        charge_shares: for each delivery, in the order of the charges.
        applied: in the order in which they were taken.
        misses: automatic promotions that are near, and every code that brings nothing.
    """

    shares: tuple[tuple[Share, ...], ...]
    charges: tuple[Charge, ...] = ()
    charge_shares: tuple[tuple[Share, ...], ...] = ()
    applied: tuple[Applied, ...] = ()
    misses: tuple[Miss, ...] = ()


@dataclass(frozen=True, slots=True)
class Frozen:
    """What promotions did to an order, for good: enough to compute every share again from the order's lines.

    Attributes:
        customer_key: by which the claims were counted.
    """

    applied: tuple[Applied, ...] = ()
    customer_key: str | None = None
