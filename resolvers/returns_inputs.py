"""What clients send to the returns room."""

import strawberry

import resolvers.returns_enums  # noqa: F401 - describes the enumerations used below
from domain.returns.model import Disposition, Reception, ReturnReason

_KEY = "Your name for this intent, such as a UUID: the same key and input are answered again, not done again."


@strawberry.input(description="Units of an order line to return.")
class ReturnLineItemInput:
    """What somebody wants to return."""

    order_line_id: strawberry.ID = strawberry.field(description="The order's line.")
    quantity: int = strawberry.field(description="Units, at least 1.")
    reason: ReturnReason = strawberry.field(default=ReturnReason.UNKNOWN, description="Why.")
    note: str | None = strawberry.field(default=None, description="The customer's words, at most 500 characters.")


@strawberry.input(description="Units of an order line that are returned at a counter.")
class ReturnCounterLineInput:
    """What lies on the counter."""

    order_line_id: strawberry.ID = strawberry.field(description="The order's line.")
    quantity: int = strawberry.field(description="Units, at least 1.")
    reason: ReturnReason = strawberry.field(default=ReturnReason.UNKNOWN, description="Why.")
    note: str | None = strawberry.field(default=None, description="The customer's words, at most 500 characters.")
    disposition: Disposition | None = strawberry.field(
        default=None, description="Where the units go; null for where the return policy sends them, usually the shelf."
    )


@strawberry.input(description="What became of some units of a return line.")
class ReturnReceiveLineInput:
    """What was in the parcel."""

    return_line_item_id: strawberry.ID = strawberry.field(description="The return's line.")
    quantity: int = strawberry.field(description="Units, at least 1.")
    reception: Reception = strawberry.field(default=Reception.RECEIVED, description="What happened to them.")
    disposition: Disposition | None = strawberry.field(
        default=None, description="Where they go; null leaves them to be looked at by `returnProcess`."
    )


@strawberry.input(description="Where some arrived units of a return line go.")
class ReturnProcessLineInput:
    """What was decided about arrived units."""

    return_line_item_id: strawberry.ID = strawberry.field(description="The return's line.")
    quantity: int = strawberry.field(description="Units, at least 1.")
    disposition: Disposition | None = strawberry.field(
        default=None, description="Where they go; null for where the return policy sends them, usually the shelf."
    )


@strawberry.input(
    description="What to quote: units of an order that is not returned yet, or the processing of a return."
)
class ReturnQuoteInput:
    """Exactly one of `orderId` with `lines`, and `returnId`."""

    order_id: strawberry.ID | None = strawberry.field(default=None, description="The order; with `lines`.")
    order_token: str | None = strawberry.field(default=None, description="A guest's token for the order.")
    lines: list[ReturnLineItemInput] | None = strawberry.field(default=None, description="Units to return.")
    return_id: strawberry.ID | None = strawberry.field(default=None, description="The return to process.")
    process_lines: list[ReturnProcessLineInput] | None = strawberry.field(
        default=None, description="With `returnId`: what will be accepted; null for everything that waits."
    )


@strawberry.input(description="A customer or partner asks to return units.")
class ReturnRequestInput:
    """A request."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_token: str | None = strawberry.field(default=None, description="A guest's token for the order.")
    lines: list[ReturnLineItemInput] = strawberry.field(description="Units to return.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Staff or a partner opens a return; the goods are awaited. Needs `write_returns`.")
class ReturnCreateInput:
    """A return on the customer's behalf."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store where it is made, if any."
    )
    lines: list[ReturnLineItemInput] = strawberry.field(description="Units to return.")
    override: bool = strawberry.field(
        default=False, description="Return units past the window; needs `approve_overrides`."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A step on an existing return.")
class ReturnStepInput:
    """Approve or cancel."""

    return_id: strawberry.ID = strawberry.field(description="The return.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Refuse a customer's request. Needs `write_returns`.")
class ReturnDeclineRequestInput:
    """A decline says why."""

    return_id: strawberry.ID = strawberry.field(description="The return.")
    reason: str = strawberry.field(description="Why, for the customer; 1 to 500 characters.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Goods arrive at any location, in parts as they come. Needs `write_returns`.")
class ReturnReceiveInput:
    """A reception."""

    return_id: strawberry.ID = strawberry.field(description="The return.")
    location_id: strawberry.ID = strawberry.field(description="Where the goods are.")
    lines: list[ReturnReceiveLineInput] = strawberry.field(description="What arrived, or is known not to.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Accept what arrived and pay exactly what was quoted. Needs `write_returns`.")
class ReturnProcessInput:
    """A processing."""

    return_id: strawberry.ID = strawberry.field(description="The return.")
    location_id: strawberry.ID = strawberry.field(description="Where the goods are.")
    lines: list[ReturnProcessLineInput] | None = strawberry.field(
        default=None, description="What is accepted, and where it goes; null accepts everything that waits."
    )
    quote_token: str = strawberry.field(description="The token of the `returnQuote` that was shown.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="The counter case in one step: goods here, money back. Needs `write_returns`.")
class ReturnCreateAndProcessInput:
    """A return at a till."""

    order_id: strawberry.ID = strawberry.field(description="The order, bought anywhere.")
    location_id: strawberry.ID = strawberry.field(description="The store the goods are returned at.")
    lines: list[ReturnCounterLineInput] = strawberry.field(description="Units on the counter.")
    quote_token: str | None = strawberry.field(
        default=None, description="The token of the `returnQuote` that was shown; when given, it binds."
    )
    override: bool = strawberry.field(
        default=False, description="Return units past the window; needs `approve_overrides`."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
