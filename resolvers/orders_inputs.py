"""Inputs and answers of order commands and look-ups."""

from datetime import datetime

import strawberry

import resolvers.orders_enums  # noqa: F401 - describes the enumerations used below
from domain.errors import Refused
from domain.orders.errors import OrderErrorCode
from domain.orders.imports import ImportedLine, ImportedShipping
from domain.orders.model import CancelReason, LineTax, OrderSource, OrderStatus
from resolvers.addresses import AddressInput
from resolvers.enums import member_of
from resolvers.errors import BadInput, UserError
from resolvers.fulfillment_types import Shipment
from resolvers.orders_types import Order
from resolvers.scalars import CurrencyCode, MoneyInput

_KEY = "Your name for this intent; send it again to retry."


@strawberry.type(description="Why an order command was refused.")
class OrderUserError(UserError):
    """The orders room's refusals."""

    code: OrderErrorCode = strawberry.field(description="Machine-readable reason.")
    available: int | None = strawberry.field(
        description="Units that would be admitted; null when it is not about that."
    )
    maximum: int | None = strawberry.field(description="The bound that was passed; null when none was.")
    until: datetime | None = strawberry.field(
        description="When to try again after too many look-ups; null when it is not about that."
    )

    @classmethod
    def of(cls, refused: Refused) -> "OrderUserError":
        """The wire form of a refusal."""
        numbers = {name: fact for name, fact in refused.facts.items() if isinstance(fact, int)}
        until = refused.facts.get("retryAt")
        return cls(
            code=member_of(OrderErrorCode, refused.code),
            field=list(refused.field) or None,
            message=refused.message,
            available=numbers.get("available"),
            maximum=numbers.get("maximum"),
            until=datetime.fromisoformat(until) if isinstance(until, str) else None,
        )


@strawberry.input(description="Which orders a list has. Null does not restrict.")
class OrderFilterInput:
    """A filter."""

    status: OrderStatus | None = strawberry.field(default=None, description="Only in this status.")
    source: OrderSource | None = strawberry.field(default=None, description="Only from this door.")
    sales_channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only of this sales channel; partners see only their own anyway."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only sold in this store, or with a part that leaves from there."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only of this customer; customers see only their own anyway."
    )
    placed_from: datetime | None = strawberry.field(default=None, description="Only placed at or after this time.")
    placed_before: datetime | None = strawberry.field(default=None, description="Only placed before this time.")


@strawberry.input(
    description="One way to name an order. Guests give `orderNumber` with `email`; everybody else exactly one."
)
class OrderLookupInput:
    """A proof of purchase."""

    receipt_number: str | None = strawberry.field(
        default=None, description="What the receipt's QR code says, or what was typed from it."
    )
    order_number: str | None = strawberry.field(default=None, description="The order number.")
    email: str | None = strawberry.field(
        default=None, description="The order's e-mail address; guests must give it with `orderNumber`."
    )
    external_reference: str | None = strawberry.field(
        default=None, description="The order's name in a marketplace; with `salesChannelId`."
    )
    sales_channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The marketplace's sales channel; partners may leave it out."
    )
    loyalty_card_number: str | None = strawberry.field(
        default=None, description="The customer's card: their orders, newest first, at most 20."
    )


@strawberry.type(description="An order that was found, and its token.")
class OrderMatch:
    """A match."""

    order: Order = strawberry.field(description="The order.")
    order_token: str | None = strawberry.field(
        description="Opens this order without signing in; only for guests, who proved it with its e-mail address."
    )


@strawberry.type(description="The answer to `orderLookup`.")
class OrderLookupPayload:
    """What was found."""

    matches: list[OrderMatch] = strawberry.field(description="The orders found, newest first; empty when refused.")
    user_errors: list[OrderUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.input(description="Units of one line.")
class OrderUnitsInput:
    """Some units."""

    order_line_id: strawberry.ID = strawberry.field(description="The OrderLineItem.")
    quantity: int = strawberry.field(description="Units, at least 1.")


@strawberry.input(description="What to cancel.")
class OrderCancelInput:
    """A cancellation."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_token: str | None = strawberry.field(default=None, description="The token of a guest's order.")
    lines: list[OrderUnitsInput] | None = strawberry.field(
        default=None, description="Units to cancel, each line once; null cancels everything that is still open."
    )
    reason: CancelReason = strawberry.field(default=CancelReason.CUSTOMER_REQUEST, description="Why.")
    cash_location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store that hands out what was paid in cash; null when nothing was."
    )


@strawberry.type(description="The outcome of a command on an order.")
class OrderPayload:
    """An order, or why not."""

    order: Order | None = strawberry.field(description="The order after it; null when refused.")
    user_errors: list[OrderUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this was answered before: the key, or the reference.")


@strawberry.input(description="Tax of one jurisdiction, as it was charged.")
class TaxLineInput:
    """A given tax."""

    jurisdiction: str = strawberry.field(
        description="The jurisdiction's name, as on the receipt; at most 80 characters."
    )
    rate_ppm: int = strawberry.field(description="The rate in parts per million: 200000 is 20 %.")
    amount: MoneyInput = strawberry.field(description="The tax on the whole line.")

    def value(self, currency: str) -> LineTax:
        """The domain's tax share."""
        if not 0 <= self.rate_ppm <= 10_000_000:
            raise BadInput("ratePpm goes from 0 to 10000000.")
        return LineTax(short(self.jurisdiction, "jurisdiction", 80), self.rate_ppm, minor(self.amount, currency))


@strawberry.input(
    description="A line as it was agreed elsewhere. Amounts but the unit price are for the whole quantity."
)
class OrderImportLineInput:
    """A given line."""

    sku: str = strawberry.field(description="The SKU; finds the variant.")
    title: str = strawberry.field(description="What the buyer read.")
    variant_title: str | None = strawberry.field(default=None, description="Its options; the variant's when left out.")
    quantity: int = strawberry.field(description="Units, at least 1.")
    unit_price: MoneyInput = strawberry.field(description="The price of one unit before discounts.")
    discount: MoneyInput | None = strawberry.field(default=None, description="What was taken off the line; positive.")
    total: MoneyInput = strawberry.field(description="What the buyer pays for the line, with tax.")
    tax_lines: list[TaxLineInput] = strawberry.field(default_factory=list, description="Its taxes.")

    def value(self, currency: str) -> ImportedLine:
        """The domain's imported line."""
        return ImportedLine(
            sku=short(self.sku, "sku", 120),
            title=short(self.title, "title", 300),
            variant_title=short(self.variant_title or "", "variantTitle", 300),
            quantity=self.quantity,
            unit_price_minor=minor(self.unit_price, currency),
            discount_minor=0 if self.discount is None else minor(self.discount, currency),
            total_minor=minor(self.total, currency),
            taxes=tuple(tax.value(currency) for tax in self.tax_lines),
        )


@strawberry.input(description="What the delivery cost.")
class OrderImportShippingInput:
    """A given shipping charge."""

    title: str = strawberry.field(description="The transport's name.")
    price: MoneyInput = strawberry.field(description="The price; with tax when `pricesIncludeTax`.")
    total: MoneyInput = strawberry.field(description="What the buyer pays for it, with tax.")
    tax_lines: list[TaxLineInput] = strawberry.field(default_factory=list, description="Its taxes.")

    def value(self, currency: str) -> ImportedShipping:
        """The domain's imported charge."""
        return ImportedShipping(
            short(self.title, "title", 200),
            minor(self.price, currency),
            minor(self.total, currency),
            tuple(tax.value(currency) for tax in self.tax_lines),
        )


@strawberry.input(
    description="An order that a marketplace agreed. Its prices and taxes are taken as they are, once they add up."
)
class OrderImportInput:
    """A given order."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    external_reference: str = strawberry.field(
        description="The order's name there, unique in your sales channel; at most 200 characters."
    )
    placed_at: datetime = strawberry.field(description="When it was agreed.")
    payer: str = strawberry.field(description="Who holds the buyer's money; refunds are paid there. At most 120.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of all its amounts; the channel's.")
    prices_include_tax: bool = strawberry.field(description="Whether unit and shipping prices are gross.")
    total: MoneyInput = strawberry.field(description="What the buyer pays in all, with tax.")
    lines: list[OrderImportLineInput] = strawberry.field(description="What was ordered, 1 to 1000 lines.")
    shipping: OrderImportShippingInput | None = strawberry.field(default=None, description="What the delivery cost.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which of our locations sends it; null when the marketplace does."
    )
    address: AddressInput | None = strawberry.field(default=None, description="Where it goes, when we send it.")
    email: str | None = strawberry.field(default=None, description="The buyer's e-mail address, if known.")


@strawberry.input(description="A parcel that leaves.")
class ShipmentCreateInput:
    """What leaves."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    fulfillment_order_id: strawberry.ID = strawberry.field(description="The fulfillment order, not a pickup.")
    lines: list[OrderUnitsInput] | None = strawberry.field(
        default=None, description="What is in it, each line once; null for everything that is open."
    )
    tracking_company: str | None = strawberry.field(default=None, description="The carrier; at most 120 characters.")
    tracking_number: str | None = strawberry.field(default=None, description="Its number; at most 120 characters.")
    tracking_url: str | None = strawberry.field(
        default=None, description="Where to follow it, an http or https address; at most 2000 characters."
    )


@strawberry.input(description="A parcel that arrived.")
class ShipmentMarkDeliveredInput:
    """What arrived."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    shipment_id: strawberry.ID = strawberry.field(description="The shipment.")


@strawberry.type(description="The outcome of a command on a parcel.")
class ShipmentPayload:
    """A parcel and its order, or why not."""

    shipment: Shipment | None = strawberry.field(description="The parcel after it; null when refused.")
    order: Order | None = strawberry.field(description="Its order after it; null when refused.")
    user_errors: list[OrderUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


def minor(amount: MoneyInput, currency: str) -> int:
    """An amount's minor units; all of an order's amounts are in its currency.

    Raises:
        BadInput: another currency, or more digits than it has.
    """
    if amount.currency_code != currency:
        raise BadInput(f"Every amount of this order must be in {currency}.")
    return amount.value().amount_minor


def short(text: str, name: str, maximum: int) -> str:
    """Text that fits its column.

    Raises:
        BadInput: it is longer, or holds a NUL character, which no database keeps.
    """
    if len(text) > maximum or "\x00" in text:
        raise BadInput(f"{name} has at most {maximum} printable characters.", maximum=maximum)
    return text
