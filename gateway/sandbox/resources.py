"""Stripe's objects as values. Field names, amounts (minor units) and times (Unix seconds) are Stripe's own.

Fields marked private steer the simulation and are never shown to a client.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

from pydantic import JsonValue, TypeAdapter

Metadata: TypeAlias = Mapping[str, str]

_PRIVATE = {"private": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    id: str
    created: int
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    description: str | None = None
    metadata: Metadata = field(default_factory=dict)
    balance: int = 0
    deleted: bool = False
    object: Literal["customer"] = "customer"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A card; `card_name` (private) is the documented test name that decides its behavior."""

    id: str
    created: int
    card_name: str = field(metadata=_PRIVATE)
    type: str = "card"
    card: Mapping[str, JsonValue] | None = None
    card_present: Mapping[str, JsonValue] | None = None
    customer: str | None = None
    metadata: Metadata = field(default_factory=dict)
    object: Literal["payment_method"] = "payment_method"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentIntent:
    id: str
    created: int
    client_secret: str
    amount: int
    currency: str
    status: str
    capture_method: str
    confirmation_method: str = "automatic"
    amount_capturable: int = 0
    amount_received: int = 0
    automatic_payment_methods: Mapping[str, JsonValue] | None = None
    payment_method_types: tuple[str, ...] = ("card",)
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    customer: str | None = None
    description: str | None = None
    last_payment_error: Mapping[str, JsonValue] | None = None
    latest_charge: str | None = None
    metadata: Metadata = field(default_factory=dict)
    next_action: Mapping[str, JsonValue] | None = None
    payment_method: str | None = None
    receipt_email: str | None = None
    setup_future_usage: str | None = None
    shipping: Mapping[str, JsonValue] | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    return_url: str | None = field(default=None, metadata=_PRIVATE)
    object: Literal["payment_intent"] = "payment_intent"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    id: str
    created: int
    amount: int
    currency: str
    status: str
    payment_intent: str
    payment_method: str
    payment_method_details: Mapping[str, JsonValue]
    paid: bool
    captured: bool = False
    amount_captured: int = 0
    amount_refunded: int = 0
    refunded: bool = False
    disputed: bool = False
    customer: str | None = None
    description: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    outcome: Mapping[str, JsonValue] | None = None
    metadata: Metadata = field(default_factory=dict)
    receipt_email: str | None = None
    object: Literal["charge"] = "charge"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    id: str
    created: int
    amount: int
    currency: str
    charge: str
    payment_intent: str
    status: str
    reason: str | None = None
    pending_reason: str | None = None
    failure_reason: str | None = None
    next_action: Mapping[str, JsonValue] | None = None
    metadata: Metadata = field(default_factory=dict)
    object: Literal["refund"] = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    id: str
    created: int
    amount: int
    currency: str
    charge: str
    payment_intent: str
    status: str
    reason: str
    is_charge_refundable: bool
    metadata: Metadata = field(default_factory=dict)
    object: Literal["dispute"] = "dispute"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    id: str
    created: int
    display_name: str
    address: Mapping[str, JsonValue] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=dict)
    object: Literal["terminal.location"] = "terminal.location"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A card reader; its action is what it was last told to do: in_progress, succeeded or failed."""

    id: str
    created: int
    label: str
    serial_number: str
    device_type: str
    location: str | None = None
    action: Mapping[str, JsonValue] | None = None
    status: str = "online"
    metadata: Metadata = field(default_factory=dict)
    object: Literal["terminal.reader"] = "terminal.reader"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxCalculation:
    """What tax some items cost; its lines (private) are shown where they are expanded."""

    id: str
    created: int = field(metadata=_PRIVATE)
    amount_total: int
    currency: str
    customer_details: Mapping[str, JsonValue]
    expires_at: int
    shipping_cost: Mapping[str, JsonValue] | None
    tax_amount_exclusive: int
    tax_amount_inclusive: int
    tax_date: int
    lines: tuple[Mapping[str, JsonValue], ...] = field(metadata=_PRIVATE)
    customer: str | None = None
    ship_from_details: Mapping[str, JsonValue] | None = None
    object: Literal["tax.calculation"] = "tax.calculation"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTransaction:
    """A recorded sale, or what was taken back of one: `reversal_of` (private) is the sale's transaction."""

    id: str
    created: int
    currency: str
    customer_details: Mapping[str, JsonValue]
    posted_at: int
    reference: str
    shipping_cost: Mapping[str, JsonValue] | None
    tax_date: int
    type: str
    lines: tuple[Mapping[str, JsonValue], ...] = field(metadata=_PRIVATE)
    reversal_of: str | None = field(default=None, metadata=_PRIVATE)
    metadata: Metadata = field(default_factory=dict)
    customer: str | None = None
    ship_from_details: Mapping[str, JsonValue] | None = None
    object: Literal["tax.transaction"] = "tax.transaction"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, with the resource as it was then. `pending_webhooks` is 1 until it was delivered."""

    id: str
    created: int
    type: str
    api_version: str
    data: Mapping[str, JsonValue]
    request: Mapping[str, JsonValue]
    pending_webhooks: int
    object: Literal["event"] = "event"
    livemode: bool = False


Resource: TypeAlias = (
    Customer
    | PaymentMethod
    | PaymentIntent
    | Charge
    | Refund
    | Dispute
    | Location
    | Reader
    | TaxCalculation
    | TaxTransaction
    | Event
)

_ADAPTERS: Mapping[str, TypeAdapter[Resource]] = {
    "customer": TypeAdapter(Customer),
    "payment_method": TypeAdapter(PaymentMethod),
    "payment_intent": TypeAdapter(PaymentIntent),
    "charge": TypeAdapter(Charge),
    "refund": TypeAdapter(Refund),
    "dispute": TypeAdapter(Dispute),
    "terminal.location": TypeAdapter(Location),
    "terminal.reader": TypeAdapter(Reader),
    "tax.calculation": TypeAdapter(TaxCalculation),
    "tax.transaction": TypeAdapter(TaxTransaction),
    "event": TypeAdapter(Event),
}


def kind_of(resource: type[Resource]) -> str:
    """Stripe's name of a kind of resource.

    >>> kind_of(PaymentIntent)
    'payment_intent'
    """
    return str(resource.__dataclass_fields__["object"].default)


def encode(resource: Resource) -> str:
    """The resource with its private fields, as it is stored."""
    return _ADAPTERS[resource.object].dump_json(resource).decode()


def decode(kind: str, body: str) -> Resource:
    """The stored resource of a kind, which is Stripe's `object`."""
    return _ADAPTERS[kind].validate_json(body)


def render(resource: Resource) -> dict[str, JsonValue]:
    """The resource as a client sees it."""
    hidden = {each.name for each in fields(resource) if each.metadata}
    shown: dict[str, JsonValue] = _ADAPTERS[resource.object].dump_python(resource, mode="json")
    if isinstance(resource, Customer) and resource.deleted:
        return {"id": resource.id, "object": resource.object, "deleted": True}
    return {name: value for name, value in shown.items() if name not in hidden and name != "deleted"}
