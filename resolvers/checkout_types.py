"""Inputs and answers of checkouts and till sales."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import resolvers.orders_enums  # noqa: F401 - describes the enumerations used below
from domain.errors import Refused
from domain.orders.checkout_model import CheckoutErrorCode
from domain.orders.overridden import OverrideReason
from domain.orders.tills import TillTender, TillTenderKind
from domain.payments import model
from domain.payments.model import PaymentStatus
from resolvers.enums import member_of
from resolvers.errors import UserError
from resolvers.ids import global_id
from resolvers.orders_types import Order
from resolvers.scalars import Money, MoneyInput

if TYPE_CHECKING:
    from resolvers.carts_types import Cart

_KEY = "Your name for this intent; send it again to retry."


@strawberry.type(description="Why a cart or a till's basket did not become an order. Nobody was charged.")
class CheckoutUserError(UserError):
    """The checkout's refusals."""

    code: CheckoutErrorCode = strawberry.field(description="Machine-readable reason.")
    decline_code: str | None = strawberry.field(
        description="The provider's reason, such as `insufficient_funds`; null unless the card was declined."
    )
    problem: str | None = strawberry.field(
        description="The first of `cart.problems`, by its code; null unless the cart is not ready."
    )
    available: int | None = strawberry.field(
        description="Units or points that could be had; null when it is not about that."
    )
    maximum: int | None = strawberry.field(description="The bound that was passed; null when none was.")
    due: Money | None = strawberry.field(description="What is due now; null unless it is not what you expected.")
    until: datetime | None = strawberry.field(
        description="When a payment in progress is given up at the latest, or when to try codes again; null otherwise."
    )
    maximum_amount: Money | None = strawberry.field(
        description="The most a gift card or store credit has, or a part may pay; null when not about that."
    )

    @classmethod
    def of(cls, refused: Refused, currency: str | None = None) -> "CheckoutUserError":
        """The wire form of a refusal."""
        numbers = {name: fact for name, fact in refused.facts.items() if isinstance(fact, int)}
        until, problem, due = refused.facts.get("until"), refused.facts.get("problem"), numbers.get("dueMinor")
        until = until or refused.facts.get("retryAt")
        most, told = numbers.get("availableMinor", numbers.get("maximumMinor")), refused.facts.get("currency")
        return cls(
            code=member_of(CheckoutErrorCode, refused.code),
            field=list(refused.field) or None,
            message=refused.message,
            decline_code=None,
            problem=problem if isinstance(problem, str) else None,
            available=numbers.get("available"),
            maximum=numbers.get("maximum"),
            due=None if due is None or currency is None else Money.minor(due, currency),
            until=datetime.fromisoformat(until) if isinstance(until, str) else None,
            maximum_amount=Money.minor(most, told) if most is not None and isinstance(told, str) else None,
        )

    @classmethod
    def ended(cls, code: CheckoutErrorCode, message: str, decline_code: str | None) -> "CheckoutUserError":
        """A checkout that was declined or given up."""
        return cls(
            code=code,
            field=["input", "paymentMethod"],
            message=message,
            decline_code=decline_code,
            problem=None,
            available=None,
            maximum=None,
            due=None,
            until=None,
            maximum_amount=None,
        )


@strawberry.type(description="The card payment of a checkout.")
class CheckoutPayment:
    """A payment on its way."""

    id: strawberry.ID = strawberry.field(description="The payment's id; its node is visible once it pays an order.")
    status: PaymentStatus = strawberry.field(description="Where it stands.")
    amount: Money = strawberry.field(description="What it is for.")
    client_secret: str | None = strawberry.field(
        description="With REQUIRES_ACTION: lets the buyer's device confirm with the bank, then send the same request "
        "again. Null otherwise."
    )

    @classmethod
    def of(cls, value: model.Payment, client_secret: str | None) -> "CheckoutPayment":
        """The wire form of a payment on its way."""
        return cls(
            id=strawberry.ID(global_id("Payment", value.id)),
            status=value.status,
            amount=Money.minor(value.amount_minor, value.currency),
            client_secret=client_secret,
        )


@strawberry.input(description="A cart to be paid and ordered.")
class CartCompleteInput:
    """What to order."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    cart_id: strawberry.ID = strawberry.field(description="The Cart.")
    cart_token: str | None = strawberry.field(default=None, description="The token of a guest's cart.")
    payment_method: str | None = strawberry.field(
        default=None,
        description="The payment provider's token of the card, made in the browser; null only when `cart.amountToPay` is "
        "zero.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse unless the open cart is at this version; null does not ask."
    )
    expected_due: MoneyInput | None = strawberry.field(
        default=None, description="Refuse unless this is what is due; null does not ask."
    )
    deposit: bool = strawberry.field(
        default=False, description="Pay `cart.deposit` now and the rest when the order is collected."
    )


@strawberry.type(description="The answer to `cartComplete`.")
class CartCompletePayload:
    """An order, a payment that waits for its buyer, or why not."""

    order: Order | None = strawberry.field(
        description="The order; null when refused, and while the payment waits for its buyer."
    )
    order_token: str | None = strawberry.field(
        description="Opens this order without signing in; keep it like a password. Null without an order."
    )
    payment: CheckoutPayment | None = strawberry.field(description="The card payment; null when none was needed.")
    user_errors: list[CheckoutUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been sent before.")


@strawberry.input(description="A cart whose card payment is given up.")
class CartPaymentCancelInput:
    """Which payment to give up."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    cart_id: strawberry.ID = strawberry.field(description="The Cart that is being paid.")
    cart_token: str | None = strawberry.field(default=None, description="The token of a guest's cart.")


@strawberry.type(description="The answer to `cartPaymentCancel`.")
class CartPaymentCancelPayload:
    """The open cart, or why it is not."""

    cart: Annotated["Cart", strawberry.lazy("resolvers.carts_types")] | None = strawberry.field(
        description="The cart as it is now: open again. Null when refused."
    )
    payment: CheckoutPayment | None = strawberry.field(
        description="The cart's last card payment, as it is now; null when there was none."
    )
    user_errors: list[CheckoutUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been sent before.")


@strawberry.input(
    description="A price that the associate says for each unit of a line. An associate takes off at most a tenth, a manager "
    "as much as there is."
)
class PriceOverrideInput:
    """A price that is said."""

    price: MoneyInput = strawberry.field(description="The price of one unit, at most the present one.")
    reason: OverrideReason = strawberry.field(description="Why.")
    note: str = strawberry.field(default="", description="In words, at most 200 characters.")
    promotions_apply: bool = strawberry.field(
        default=False, description="Whether promotions may reduce it further; else they leave the line alone."
    )


@strawberry.input(description="Units scanned at a till. Give exactly one of `sku`, `gtin` and `variantId`.")
class TillLineInput:
    """A scanned line."""

    sku: str | None = strawberry.field(default=None, description="The variant's SKU.")
    gtin: str | None = strawberry.field(default=None, description="The bar code: a GTIN of 8, 12, 13 or 14 digits.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The ProductVariant.")
    quantity: int = strawberry.field(default=1, description="Units; scanning again adds up.")
    price_override: PriceOverrideInput | None = strawberry.field(
        default=None, description="Another price than the present one; null for that. One for all units of a variant."
    )
    top_up_gift_card_code: str | None = strawberry.field(
        default=None,
        description="With goods that are gift cards: the code of the card that their value goes on once it is paid, in place of "
        "a new card. One for all units of a variant.",
    )


@strawberry.input(description="A part of a till's payment. All parts are taken together, or none is.")
class TillTenderInput:
    """A part of a payment."""

    tender: TillTenderKind = strawberry.field(description="How it is paid.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="How much of what is due it pays. Null for a gift card or store credit takes as much as there is.",
    )
    gift_card_code: str | None = strawberry.field(default=None, description="With GIFT_CARD: the code as scanned.")
    payer: str | None = strawberry.field(
        default=None, description="With EXTERNAL: who holds the money, such as the issuer of a voucher."
    )


@strawberry.input(description="A sale at a till. The goods leave at once.")
class OrderCreateInput:
    """What a till sells."""

    idempotency_key: strawberry.ID = strawberry.field(
        description=_KEY + " Kept for good: a till may send it days later."
    )
    location_id: strawberry.ID = strawberry.field(description="The store, one where you work.")
    lines: list[TillLineInput] = strawberry.field(description="What was scanned; may be empty with a `cartId`.")
    tender: TillTender = strawberry.field(description="How what points and `tenders` do not pay is paid.")
    tenders: list[TillTenderInput] = strawberry.field(
        default_factory=list, description="What pays before `tender`, in this order; at most 10."
    )
    payment_method: str | None = strawberry.field(
        default=None, description="The provider's token of the presented card; with CARD only."
    )
    card_reader_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The CardReader of this store that is to ask for the card, in place of `paymentMethod`; with CARD only. "
        "The payment is REQUIRES_ACTION while it waits: send the same request again, or watch for the order.",
    )
    cash_tendered: MoneyInput | None = strawberry.field(
        default=None,
        description="With CASH: coins and notes the customer handed over; `payment.change` says what goes back.",
    )
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="The Customer, if known.")
    loyalty_card_number: str | None = strawberry.field(
        default=None, description="The customer's card as scanned, in place of `customerId`."
    )
    cart_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer's cart, whose lines are sold too and which is closed by it."
    )
    email: str | None = strawberry.field(default=None, description="Where to send the receipt.")
    discount_codes: list[str] = strawberry.field(default_factory=list, description="Discount codes, at most 10.")
    points: int = strawberry.field(default=0, description="Loyalty points of the customer to spend.")
    expected_due: MoneyInput | None = strawberry.field(
        default=None, description="Refuse unless this is what is due; null does not ask."
    )


@strawberry.input(description="A till's sale whose card payment is given up.")
class OrderPaymentCancelInput:
    """Which payment to give up."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    payment_id: strawberry.ID = strawberry.field(description="The `payment.id` that `orderCreate` answered.")


@strawberry.type(description="The answer to `orderPaymentCancel`.")
class OrderPaymentCancelPayload:
    """The payment that was given up, or why it was not."""

    payment: CheckoutPayment | None = strawberry.field(description="The payment as it is now; null when refused.")
    user_errors: list[CheckoutUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been sent before.")


@strawberry.type(description="The answer to `orderCreate`.")
class OrderCreatePayload:
    """An order with its receipt, a payment that waits, or why not."""

    order: Order | None = strawberry.field(description="The order; null when refused, and while a payment waits.")
    payment: CheckoutPayment | None = strawberry.field(description="The card payment; null for cash.")
    user_errors: list[CheckoutUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been sent before.")
