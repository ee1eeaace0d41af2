"""Values of the carts room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.catalog.model import ChannelId, Offer, VariantId
from domain.customers.model import CustomerId
from domain.ledger.model import WalletId
from domain.locations.model import Address, LocationId
from domain.money import Currency
from domain.payments.model import Tender
from domain.pricing.model import Basket, PricedBasket
from domain.shipping.model import ShippingOption, ShippingOptionId

CartId = NewType("CartId", UUID)
CartLineId = NewType("CartLineId", UUID)
DeliveryGroupId = NewType("DeliveryGroupId", UUID)

LINES_MAX = 250
QUANTITY_MAX = 9_999
CODES_MAX = 10
GROUPS_MAX = 20
STORED_MAX = 10


class CartStatus(StrEnum):
    """Where a cart is in its life. Only an open cart changes."""

    OPEN = "OPEN"
    CHECKING_OUT = "CHECKING_OUT"
    COMPLETED = "COMPLETED"
    MERGED = "MERGED"


NEXT: Mapping[CartStatus, frozenset[CartStatus]] = {
    CartStatus.OPEN: frozenset({CartStatus.CHECKING_OUT, CartStatus.MERGED}),
    CartStatus.CHECKING_OUT: frozenset({CartStatus.OPEN, CartStatus.COMPLETED}),
    CartStatus.COMPLETED: frozenset(),
    CartStatus.MERGED: frozenset(),
}


class DeliveryMethod(StrEnum):
    """How a group of lines reaches the customer."""

    SHIPPING = "SHIPPING"
    PICK_UP = "PICK_UP"


@dataclass(frozen=True, slots=True)
class CartLine:
    """Units wanted.

    `price_seen_minor` is the unit price when the line was last added to or confirmed; None while it has no price.
    """

    id: CartLineId
    variant_id: VariantId
    quantity: int
    group_id: DeliveryGroupId
    price_seen_minor: int | None = None


@dataclass(frozen=True, slots=True)
class DeliveryGroup:
    """Lines that go the same way: to one address, or to be collected in one store.

    Attributes:
        location_id: the store of a pickup; None for shipping.
        address: where to ship; None until known, and for a pickup.
        shipping_option_id: the chosen transport; None takes the cheapest.
    """

    id: DeliveryGroupId
    method: DeliveryMethod
    location_id: LocationId | None = None
    address: Address | None = None
    shipping_option_id: ShippingOptionId | None = None


@dataclass(frozen=True, slots=True)
class PointsWish:
    """Points to be spent: a number, or as many as the goods take when `points` is None."""

    wallet_id: UUID
    points: int | None


@dataclass(frozen=True, slots=True)
class StoredWish:
    """A gift card or store credit to be spent: an amount, or as much as is due when `amount_minor` is None.

    Attributes:
        tender: GIFT_CARD or STORE_CREDIT.
        gift_card_id: None for store credit.
        label: the last four characters of the gift card's code.
    """

    tender: Tender
    wallet_id: WalletId
    gift_card_id: UUID | None = None
    label: str = ""
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class StoredShare:
    """What a gift card or store credit pays of a cart right now, of what it has."""

    wish: StoredWish
    available_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CartChannel:
    """What a cart needs of its sales channel."""

    id: ChannelId
    currency: Currency
    prices_include_tax: bool
    default_country: str
    default_region: str | None
    market_taxes: Mapping[str, bool] = field(default_factory=dict, hash=False)

    def includes_tax(self, country: str) -> bool:
        """Whether its prices are gross for what goes to a country."""
        return self.market_taxes.get(country, self.prices_include_tax)


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart, whole.

    Attributes:
        token_hash: of the capability token of a guest cart; None for a customer's.
        checkout_id: the checkout that is being paid; set while CHECKING_OUT and after.
        order_id: set when COMPLETED.
        merged_into: the cart that took its lines; set when MERGED.
        groups: at least one; the first ships.
    """

    id: CartId
    token_hash: str | None
    customer_id: CustomerId | None
    channel: CartChannel
    status: CartStatus
    version: int
    lines: tuple[CartLine, ...]
    groups: tuple[DeliveryGroup, ...]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    email: str | None = None
    phone: str | None = None
    discount_codes: tuple[str, ...] = ()
    points: PointsWish | None = None
    stored: tuple[StoredWish, ...] = ()
    checkout_id: UUID | None = None
    order_id: UUID | None = None
    merged_into: CartId | None = None

    @property
    def sales_channel_id(self) -> ChannelId:
        return self.channel.id

    @property
    def currency(self) -> Currency:
        return self.channel.currency

    @property
    def has_destinations(self) -> bool:
        """Whether everything in it goes to a known address or store, so that its tax can be known."""
        ways = (self.group(line.group_id) for line in self.lines)
        return all(way.address is not None or way.location_id is not None for way in ways)

    def group(self, group_id: DeliveryGroupId) -> DeliveryGroup:
        """The group of this id, which must be the cart's."""
        return next(group for group in self.groups if group.id == group_id)


@dataclass(frozen=True, slots=True)
class CartAt:
    """How a caller names a cart.

    Attributes:
        id: None for the signed-in customer's own cart.
        token: opens a guest cart.
        expected_version: refuse the change unless this is the cart's version; None does not ask.
    """

    id: CartId | None = None
    token: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class WantedLine:
    """Units to add; to be collected at `pickup_location_id`, or shipped when that is None."""

    variant_id: VariantId
    quantity: int
    pickup_location_id: LocationId | None = None


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """A new quantity for a line; the same quantity confirms its current price."""

    line_id: CartLineId
    quantity: int


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A shipping group to make or change.

    Attributes:
        group_id: None makes a new one.
        address, shipping_option_id: new values; None leaves them as they are.
        line_ids: lines to move into it.
    """

    group_id: DeliveryGroupId | None = None
    address: Address | None = None
    shipping_option_id: ShippingOptionId | None = None
    line_ids: tuple[CartLineId, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCart:
    """A cart to be opened. With a customer it is that customer's universal cart, opened or found.

    Attributes:
        id: what a cart that is opened will be called; None calls it anything.
    """

    sales_channel_id: ChannelId
    customer_id: CustomerId | None = None
    lines: tuple[WantedLine, ...] = ()
    email: str | None = None
    id: CartId | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What a cart needs of a location, in the order in which locations ship."""

    id: LocationId
    country: str
    region: str | None
    postal_code: str | None
    ships: bool
    offers_pickup: bool
    active: bool
    time_zone: str = "UTC"
    city: str = ""
    line1: str = ""


class CartProblemCode(StrEnum):
    """What stands in the way of a checkout, or has changed."""

    CART_EMPTY = "CART_EMPTY"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PRICE_CHANGED = "PRICE_CHANGED"
    PICKUP_NOT_OFFERED = "PICKUP_NOT_OFFERED"
    ADDRESS_MISSING = "ADDRESS_MISSING"
    SHIPPING_UNAVAILABLE = "SHIPPING_UNAVAILABLE"
    CONTACT_MISSING = "CONTACT_MISSING"
    DISCOUNT_CODE_INVALID = "DISCOUNT_CODE_INVALID"
    DISCOUNT_MINIMUM_NOT_MET = "DISCOUNT_MINIMUM_NOT_MET"
    DISCOUNT_NOT_APPLICABLE = "DISCOUNT_NOT_APPLICABLE"
    DISCOUNT_NOT_COMBINABLE = "DISCOUNT_NOT_COMBINABLE"
    POINTS_UNAVAILABLE = "POINTS_UNAVAILABLE"
    GIFT_CARD_UNAVAILABLE = "GIFT_CARD_UNAVAILABLE"
    STORE_CREDIT_UNAVAILABLE = "STORE_CREDIT_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class CartProblem:
    """Something a person should know before paying.

    Attributes:
        blocking: whether a checkout is refused while it lasts.
        available: units or points that could be had, for stock and points.
        amount_minor: the price last seen, or what is missing to a discount's minimum.
    """

    code: CartProblemCode
    message: str
    blocking: bool = True
    line_id: CartLineId | None = None
    group_id: DeliveryGroupId | None = None
    discount_code: str | None = None
    available: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class CartQuote:
    """A cart as it would be sold right now.

    Attributes:
        priced: lines that can be priced, keyed by `line_key`; shipping keyed by the group's id in hex.
        problems: in the order of the cart, lines first.
        sources: which location serves each line; lines that nothing can serve are absent.
        offers: by variant; variants the channel does not sell are absent.
        shipping: the option each shipping group goes by; groups without one are absent.
        offered: what could be chosen for each group with an address, cheapest first.
        stored: what gift cards and store credit pay, in the order they were applied.
        basket: what was priced, for whoever asks a tax service about it; None in a quote made by hand.
    """

    priced: PricedBasket
    problems: tuple[CartProblem, ...]
    sources: Mapping[CartLineId, LocationId] = field(default_factory=dict)
    offers: Mapping[VariantId, Offer] = field(default_factory=dict)
    shipping: Mapping[DeliveryGroupId, ShippingOption] = field(default_factory=dict)
    offered: Mapping[DeliveryGroupId, Sequence[ShippingOption]] = field(default_factory=dict)
    weights_grams: Mapping[DeliveryGroupId, int] = field(default_factory=dict)
    stored: tuple[StoredShare, ...] = ()
    basket: Basket | None = None

    @property
    def asked_minor(self) -> int:
        """What is left to be asked of a card."""
        return self.priced.due_minor - sum(share.amount_minor for share in self.stored)

    @property
    def goods_minor(self) -> int:
        """What thresholds of free shipping look at: goods after discounts, in price terms."""
        return self.priced.subtotal_minor - self.priced.discount_minor

    @property
    def may_check_out(self) -> bool:
        """Whether nothing stands in the way."""
        return not any(problem.blocking for problem in self.problems)


@dataclass(frozen=True, slots=True)
class QuotedCart:
    """A cart with what it costs at the moment of reading or change."""

    cart: Cart
    quote: CartQuote


def line_key(line_id: CartLineId) -> str:
    """A cart line's key in its priced basket.

    >>> line_key(CartLineId(UUID(int=1)))
    '00000000000000000000000000000001'
    """
    return line_id.hex
