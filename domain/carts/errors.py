"""What the carts room may refuse."""

from enum import StrEnum

from domain.carts.model import CODES_MAX, GROUPS_MAX, LINES_MAX, QUANTITY_MAX, STORED_MAX
from domain.errors import Refused


class CartErrorCode(StrEnum):
    """Every code a cart command can answer."""

    CART_NOT_FOUND = "CART_NOT_FOUND"
    STALE_VERSION = "STALE_VERSION"
    CHECKOUT_IN_PROGRESS = "CHECKOUT_IN_PROGRESS"
    CART_COMPLETED = "CART_COMPLETED"
    LINE_NOT_FOUND = "LINE_NOT_FOUND"
    VARIANT_NOT_FOUND = "VARIANT_NOT_FOUND"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    QUANTITY_TOO_LARGE = "QUANTITY_TOO_LARGE"
    TOO_MANY_LINES = "TOO_MANY_LINES"
    TOO_MANY_CODES = "TOO_MANY_CODES"
    TOO_MANY_GROUPS = "TOO_MANY_GROUPS"
    CODE_INVALID = "CODE_INVALID"
    GROUP_NOT_FOUND = "GROUP_NOT_FOUND"
    LOCATION_NOT_FOUND = "LOCATION_NOT_FOUND"
    PICKUP_NOT_OFFERED = "PICKUP_NOT_OFFERED"
    SHIPPING_OPTION_NOT_FOUND = "SHIPPING_OPTION_NOT_FOUND"
    ADDRESS_INVALID = "ADDRESS_INVALID"
    EMAIL_INVALID = "EMAIL_INVALID"
    PHONE_INVALID = "PHONE_INVALID"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    SIGN_IN_REQUIRED = "SIGN_IN_REQUIRED"
    POINTS_INVALID = "POINTS_INVALID"
    INSUFFICIENT_POINTS = "INSUFFICIENT_POINTS"
    BELOW_MINIMUM_OR_NOT_MULTIPLE = "BELOW_MINIMUM_OR_NOT_MULTIPLE"
    GIFT_CARD_NOT_FOUND = "GIFT_CARD_NOT_FOUND"
    GIFT_CARD_BLOCKED = "GIFT_CARD_BLOCKED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    TOO_MANY_GIFT_CARDS = "TOO_MANY_GIFT_CARDS"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    STORED_AMOUNT_INVALID = "STORED_AMOUNT_INVALID"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class CartNotFound(Refused):
    """No such cart, or not the caller's."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.CART_NOT_FOUND,
            "There is no such cart, or its token is not right. Open one with cartCreate.",
            field=("input", "cartId"),
        )


class StaleVersion(Refused):
    """The cart has changed since the caller read it. Fact: `version`, the current one."""

    def __init__(self, version: int) -> None:
        super().__init__(
            CartErrorCode.STALE_VERSION,
            f"The cart is at version {version} now. Read it again and repeat the change if it still makes sense.",
            field=("input", "expectedVersion"),
            facts={"version": version},
        )


class CheckoutInProgress(Refused):
    """The cart is being paid for."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.CHECKOUT_IN_PROGRESS,
            "The cart is being paid for right now. Wait for the payment's outcome, then try again.",
        )


class CartCompleted(Refused):
    """The cart has become an order."""

    def __init__(self) -> None:
        super().__init__(CartErrorCode.CART_COMPLETED, "The cart has become an order. Open a new one with cartCreate.")


class LineNotFound(Refused):
    """A line that is not in the cart."""

    def __init__(self) -> None:
        super().__init__(CartErrorCode.LINE_NOT_FOUND, "There is no such line in this cart.", field=("input", "lines"))


class VariantNotFound(Refused):
    """A variant that this cart's sales channel does not sell. Fact: `variantId` as UUID text."""

    def __init__(self, variant_id: str) -> None:
        super().__init__(
            CartErrorCode.VARIANT_NOT_FOUND,
            "This variant does not exist or is not for sale in this cart's sales channel.",
            field=("input", "lines"),
            facts={"variantId": variant_id},
        )


class QuantityInvalid(Refused):
    """A quantity below 1 or above the maximum. Fact: `maximum`."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.QUANTITY_INVALID,
            f"A quantity goes from 1 to {QUANTITY_MAX}. Remove a line with cartLinesRemove.",
            field=("input", "lines"),
            facts={"maximum": QUANTITY_MAX},
        )


class QuantityTooLarge(Refused):
    """Units added to those already there are too many for a line. Fact: `maximum`."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.QUANTITY_TOO_LARGE,
            f"With what is in the cart already the line would have more than {QUANTITY_MAX} units.",
            field=("input", "lines"),
            facts={"maximum": QUANTITY_MAX},
        )


class TooManyLines(Refused):
    """The cart is full. Fact: `maximum`."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.TOO_MANY_LINES,
            f"A cart holds at most {LINES_MAX} lines. Order these first, or remove some.",
            field=("input", "lines"),
            facts={"maximum": LINES_MAX},
        )


class TooManyCodes(Refused):
    """More discount codes than a cart holds. Fact: `maximum`."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.TOO_MANY_CODES,
            f"A cart holds at most {CODES_MAX} discount codes.",
            field=("input", "codes"),
            facts={"maximum": CODES_MAX},
        )


class CodeInvalid(Refused):
    """Text that cannot be a discount code."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.CODE_INVALID, "A discount code has 1 to 40 characters.", field=("input", "codes")
        )


class TooManyGroups(Refused):
    """More delivery groups than a cart holds. Fact: `maximum`."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.TOO_MANY_GROUPS,
            f"A cart is delivered in at most {GROUPS_MAX} groups.",
            field=("input", "groups"),
            facts={"maximum": GROUPS_MAX},
        )


class GroupNotFound(Refused):
    """A delivery group that is not in the cart, or does not ship."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.GROUP_NOT_FOUND, "There is no such shipping group in this cart.", field=("input", "groups")
        )


class LocationNotFound(Refused):
    """A store that does not exist."""

    def __init__(self) -> None:
        super().__init__(CartErrorCode.LOCATION_NOT_FOUND, "There is no such location.", field=("input", "locationId"))


class PickupNotOffered(Refused):
    """A location where nothing can be collected."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.PICKUP_NOT_OFFERED,
            "This location does not offer pickup. Choose another.",
            field=("input", "locationId"),
        )


class ShippingOptionNotFound(Refused):
    """A shipping option that is not offered to the group's address."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.SHIPPING_OPTION_NOT_FOUND,
            "This shipping option is not offered to the group's address. Choose one of its shippingOptions.",
            field=("input", "groups", "shippingOptionId"),
        )


class AddressInvalid(Refused):
    """A part of an address is missing, too long or not a code. The message says which."""

    def __init__(self, part: str, flaw: str) -> None:
        super().__init__(CartErrorCode.ADDRESS_INVALID, flaw, field=("input", "groups", "address", part))


class CustomerNotFound(Refused):
    """No such customer, or not one this caller may serve."""

    def __init__(self) -> None:
        super().__init__(CartErrorCode.CUSTOMER_NOT_FOUND, "There is no such customer.", field=("input", "customerId"))


class SignInRequired(Refused):
    """Only a customer's cart can hold points."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.SIGN_IN_REQUIRED,
            "Points are spent in a signed-in customer's cart. Sign in, merge the guest cart and try again.",
        )


class PointsInvalid(Refused):
    """A number of points below 1, or neither a number nor the maximum asked for."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.POINTS_INVALID,
            "Give either points, a number of at least 1, or maximum: true.",
            field=("input", "points"),
        )


class TooManyGiftCards(Refused):
    """The cart spends as many gift cards as it may."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.TOO_MANY_GIFT_CARDS,
            f"A cart spends at most {STORED_MAX} gift cards, store credit included. Remove one first.",
            facts={"maximum": STORED_MAX},
        )


class StoredAmountInvalid(Refused):
    """The amount is not one that could be spent."""

    def __init__(self) -> None:
        super().__init__(
            CartErrorCode.STORED_AMOUNT_INVALID,
            "Give an amount above zero in the cart's currency, or none for as much as is due.",
            field=("input", "amount"),
        )
