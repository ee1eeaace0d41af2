"""A checkout: a placement on its way through payment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.carts.model import CartId
from domain.errors import Refused
from domain.money import Money
from domain.orders.model import Order, OrderId
from domain.orders.placement import Placed, Placement
from domain.payments.model import Payment, PaymentId

CheckoutId = NewType("CheckoutId", UUID)

HOLD_LIFETIME = timedelta(minutes=15)
"""How long goods and points are kept for a payment."""

SETTLE_AFTER = timedelta(minutes=10)
"""When a checkout without an end is brought to one; before its holds run out."""


class CheckoutStatus(StrEnum):
    """Where a checkout stands. Only a PENDING one moves."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"
    ABANDONED = "ABANDONED"


class CheckoutErrorCode(StrEnum):
    """Why a cart or a till's basket did not become an order."""

    CART_NOT_FOUND = "CART_NOT_FOUND"
    CART_EMPTY = "CART_EMPTY"
    CART_NOT_READY = "CART_NOT_READY"
    CART_COMPLETED = "CART_COMPLETED"
    STALE_VERSION = "STALE_VERSION"
    EMAIL_REQUIRED = "EMAIL_REQUIRED"
    TOTAL_CHANGED = "TOTAL_CHANGED"
    TAX_UNAVAILABLE = "TAX_UNAVAILABLE"
    TOP_UP_INVALID = "TOP_UP_INVALID"
    BALANCE_TOO_LARGE = "BALANCE_TOO_LARGE"
    PAYMENT_METHOD_REQUIRED = "PAYMENT_METHOD_REQUIRED"
    PAYMENT_METHOD_INVALID = "PAYMENT_METHOD_INVALID"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_CANCELED = "PAYMENT_CANCELED"
    CHECKOUT_EXPIRED = "CHECKOUT_EXPIRED"
    LINES_INVALID = "LINES_INVALID"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    VARIANT_NOT_FOUND = "VARIANT_NOT_FOUND"
    VARIANT_NOT_SOLD_HERE = "VARIANT_NOT_SOLD_HERE"
    LOCATION_NOT_ALLOWED = "LOCATION_NOT_ALLOWED"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    TERMINAL_REQUIRED = "TERMINAL_REQUIRED"
    DISCOUNT_USED_UP = "DISCOUNT_USED_UP"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    INSUFFICIENT_POINTS = "INSUFFICIENT_POINTS"
    BELOW_MINIMUM_OR_NOT_MULTIPLE = "BELOW_MINIMUM_OR_NOT_MULTIPLE"
    WALLET_CLOSED = "WALLET_CLOSED"
    POINTS_EXCEED_GOODS = "POINTS_EXCEED_GOODS"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    HOLD_VOIDED = "HOLD_VOIDED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    GIFT_CARD_NOT_FOUND = "GIFT_CARD_NOT_FOUND"
    GIFT_CARD_BLOCKED = "GIFT_CARD_BLOCKED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    TENDERS_INVALID = "TENDERS_INVALID"
    CASH_TOO_LITTLE = "CASH_TOO_LITTLE"
    SESSION_CLOSED = "SESSION_CLOSED"
    CARD_READER_NOT_FOUND = "CARD_READER_NOT_FOUND"
    PAYMENT_NOT_FOUND = "PAYMENT_NOT_FOUND"
    ORDER_PLACED = "ORDER_PLACED"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    DEPOSIT_NOT_OFFERED = "DEPOSIT_NOT_OFFERED"
    NOTHING_OWED = "NOTHING_OWED"
    PRICE_OVERRIDE_INVALID = "PRICE_OVERRIDE_INVALID"
    PRICE_OVERRIDE_NOT_ALLOWED = "PRICE_OVERRIDE_NOT_ALLOWED"
    WALLET_FROZEN = "WALLET_FROZEN"
    WALLET_NOT_FOUND = "WALLET_NOT_FOUND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A frozen placement and the payment it waits for.

    Attributes:
        cart_id: the cart it empties; None for a basket scanned at a till.
        payment_id: the card payment; None when nothing is to be authorized.
        failure_code: why it was declined or abandoned: the provider's reason, or one of ours.
        started: the payment as the call that began the checkout wrote it; None for all who read the checkout later.
    """

    id: CheckoutId
    cart_id: CartId | None
    status: CheckoutStatus
    payment_id: PaymentId | None
    order_id: OrderId
    failure_code: str | None
    placement: Placement
    started_at: datetime
    started: Payment | None = field(default=None, compare=False)

    @property
    def owner(self) -> str:
        """Its name in holds of stock, holds of points and payments."""
        return str(self.id)

    @property
    def due(self) -> Money:
        """What its payment is for."""
        return Money(self.placement.asked_minor, self.placement.currency)


@dataclass(frozen=True, slots=True)
class CheckoutOutcome:
    """Where a checkout stands now.

    Attributes:
        payment: None when none was needed.
        order: None until the checkout is COMPLETED.
        placed: the order with its parts, for the call that wrote it; None for all others.
    """

    checkout: Checkout
    payment: Payment | None
    order: Order | None
    placed: Placed | None = None


class CartEmpty(Refused):
    """Nothing to order."""

    def __init__(self) -> None:
        super().__init__(CheckoutErrorCode.CART_EMPTY, "The cart has no lines.", field=("input", "cartId"))


class CartNotReady(Refused):
    """The cart has problems. Facts: `problem` is the first one's code, `available` its units."""

    def __init__(self, problem: str, message: str, available: int | None) -> None:
        super().__init__(
            CheckoutErrorCode.CART_NOT_READY,
            f"{message} Read cart.problems for all of them.",
            field=("input", "cartId"),
            facts={"problem": problem, "available": available},
        )


class EmailRequired(Refused):
    """A guest's order needs an address for its receipt."""

    def __init__(self) -> None:
        super().__init__(
            CheckoutErrorCode.EMAIL_REQUIRED, "Set the cart's email before paying.", field=("input", "cartId")
        )


class TotalChanged(Refused):
    """What is due is not what the buyer agreed to. Fact: `dueMinor`, minor units of the cart's currency."""

    def __init__(self, due_minor: int) -> None:
        super().__init__(
            CheckoutErrorCode.TOTAL_CHANGED,
            "The amount due is not the one you expected. Show cart.cost again before paying.",
            field=("input", "expectedDue"),
            facts={"dueMinor": due_minor},
        )


class TopUpInvalid(Refused):
    """What was scanned cannot go on this gift card; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(CheckoutErrorCode.TOP_UP_INVALID, message, field=("input", "lines"))


class TaxUnavailable(Refused):
    """The tax service gives no usable answer, and our own table does not know the place."""

    def __init__(self) -> None:
        super().__init__(
            CheckoutErrorCode.TAX_UNAVAILABLE,
            "The tax service gives no answer, and there is no rate of our own for the place. Check the address, or try again "
            "in a minute.",
            field=("input",),
        )


class TaxQuestionChanged(Exception):
    """The cart is no longer what the tax service was asked about: nothing was done; ask again."""


class PriceOverrideInvalid(Refused):
    """A price that is said makes no sense."""

    def __init__(self, message: str) -> None:
        super().__init__(CheckoutErrorCode.PRICE_OVERRIDE_INVALID, message, field=("input", "lines", "priceOverride"))


class PriceOverrideNotAllowed(Refused):
    """More is taken off than this associate may. Fact: `dueMinor`, the lowest price in minor units."""

    def __init__(self, least_minor: int) -> None:
        super().__init__(
            CheckoutErrorCode.PRICE_OVERRIDE_NOT_ALLOWED,
            "You may take a tenth off; for a lower price, a manager signs in and sells.",
            field=("input", "lines", "priceOverride"),
            facts={"dueMinor": least_minor},
        )


class PaymentMethodRequired(Refused):
    """Something is due and no means of payment was named."""

    def __init__(self) -> None:
        super().__init__(
            CheckoutErrorCode.PAYMENT_METHOD_REQUIRED,
            "Name a payment method: something is due.",
            field=("input", "paymentMethod"),
        )


class PaymentMethodInvalid(Refused):
    """The tender cannot be used for this sale."""

    def __init__(self, message: str) -> None:
        super().__init__(CheckoutErrorCode.PAYMENT_METHOD_INVALID, message, field=("input", "paymentMethod"))


class PaymentInProgress(Refused):
    """The cart is being paid with another method. Fact: `until`, when it is given up at the latest."""

    def __init__(self, until: datetime) -> None:
        text = until.isoformat().replace("+00:00", "Z")
        super().__init__(
            CheckoutErrorCode.PAYMENT_IN_PROGRESS,
            "A payment of this cart is in progress. Finish its authentication, or cancel it with cartPaymentCancel.",
            field=("input", "paymentMethod"),
            facts={"until": text},
        )


class CartOrdered(Refused):
    """The payment went through before it could be canceled."""

    def __init__(self) -> None:
        super().__init__(
            CheckoutErrorCode.CART_COMPLETED,
            "The payment went through and the cart has become an order. Send the cartComplete again to read the order; "
            "cancel it with orderCancel.",
            field=("input", "cartId"),
        )


class OrderPlaced(Refused):
    """A till's payment went through before it could be canceled."""

    def __init__(self) -> None:
        super().__init__(
            CheckoutErrorCode.ORDER_PLACED,
            "The payment went through and the order is placed. Send the orderCreate again to read it; take it back by a "
            "return.",
            field=("input", "paymentId"),
        )


class PaymentNotFound(Refused):
    """No sale of a till here waits for this payment."""

    def __init__(self) -> None:
        super().__init__(
            CheckoutErrorCode.PAYMENT_NOT_FOUND,
            "No sale of your store waits for this payment.",
            field=("input", "paymentId"),
        )


class DepositNotOffered(Refused):
    """Something of the order is delivered, or one of its stores wants all of it now."""

    def __init__(self) -> None:
        super().__init__(
            CheckoutErrorCode.DEPOSIT_NOT_OFFERED,
            "This cart cannot be ordered with a deposit; `cart.deposit` says when it can. Pay all of it.",
            field=("input", "deposit"),
        )


class NothingOwed(Refused):
    """All of an order is paid."""

    def __init__(self) -> None:
        super().__init__(
            CheckoutErrorCode.NOTHING_OWED, "Nothing is owed of this order any more.", field=("input", "orderId")
        )


class TendersInvalid(Refused):
    """The parts of the payment contradict each other. Facts: `maximumMinor`, the most that is left for the part at
    fault, in minor units of `currency`."""

    def __init__(self, message: str, maximum_minor: int | None = None, currency: str | None = None) -> None:
        super().__init__(
            CheckoutErrorCode.TENDERS_INVALID,
            message,
            field=("input", "tenders"),
            facts={"maximumMinor": maximum_minor, "currency": currency},
        )


class PointsExceedGoods(Refused):
    """The points are worth more than the goods. Fact: `maximum`, the most points that pay no more."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            CheckoutErrorCode.POINTS_EXCEED_GOODS,
            f"At most {maximum} points can be spent on these goods.",
            field=("input", "points"),
            facts={"maximum": maximum},
        )
