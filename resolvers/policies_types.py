"""Policies on the wire."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.policies import model
from resolvers.policies_enums import Unanswered

At = Annotated[
    datetime | None,
    strawberry.argument(description="The policy of orders placed at this moment; now when left out."),
]


@strawberry.type(
    description="How a location handles pickups. An order keeps the policy that held when it was placed, whatever is set later."
)
class PickupPolicy:
    """A pickup policy on the wire."""

    version: int = strawberry.field(description="Grows with every change; for `expectedVersion`.")
    valid_from: datetime = strawberry.field(description="It rules orders placed from this moment on.")
    preparation_minutes: int = strawberry.field(
        description="Opening minutes between an order and its pickup being ready."
    )
    accept_within_minutes: int = strawberry.field(description="How long the store may leave an order unanswered.")
    unanswered: Unanswered = strawberry.field(description="What becomes of the order then.")
    expiry_days: int = strawberry.field(
        description="Days a ready pickup waits, to the midnight that ends the last one where the store is."
    )
    reminder_days: list[int] = strawberry.field(
        description="How many days before that the buyer is reminded, longest first; empty for never."
    )
    extension_days_max: int = strawberry.field(description="The most days staff may extend it by at once.")
    no_show_grace_hours: int = strawberry.field(
        description="How long an expired pickup may still be extended before it is canceled and refunded."
    )
    transfer_hours: int = strawberry.field(
        description="Hours by which the promise grows when goods come from another location."
    )
    deposit_percent: int = strawberry.field(
        description="What of an order that is all collected must be paid with it, in whole percent; the rest may be paid when "
        "it is collected. 100 is all of it, 0 nothing."
    )

    @classmethod
    def of(cls, value: model.PickupPolicy) -> "PickupPolicy":
        """The wire form of a pickup policy."""
        return cls(
            version=value.version,
            valid_from=value.valid_from,
            preparation_minutes=value.preparation_minutes,
            accept_within_minutes=value.accept_within_minutes,
            unanswered=value.unanswered,
            expiry_days=value.expiry_days,
            reminder_days=list(value.reminder_days),
            extension_days_max=value.extension_days_max,
            no_show_grace_hours=value.no_show_grace_hours,
            transfer_hours=value.transfer_hours,
            deposit_percent=value.deposit_percent,
        )


@strawberry.type(
    description="What a sales channel takes back. An order keeps the policy that held when it was placed, whatever is set later."
)
class ReturnPolicy:
    """A return policy on the wire."""

    version: int = strawberry.field(description="Grows with every change; for `expectedVersion`.")
    valid_from: datetime = strawberry.field(description="It rules orders placed from this moment on.")
    window_days: int = strawberry.field(
        description="Days after pickup or delivery in which a return may be asked for, to the end of the last one."
    )
    claim_days: int = strawberry.field(
        description="Days in which announced units must arrive; then they are free to be returned otherwise."
    )
    quote_minutes: int = strawberry.field(description="How long a `quoteToken` binds.")
    refunds_shipping: bool = strawberry.field(
        description="Who bears the shipping of an order that comes back whole: true for the shop, which refunds it with the "
        "last unit; false for the buyer."
    )
    restocks: bool = strawberry.field(
        description="Where goods go whose `disposition` nobody names: true for back on the shelf, false for "
        "`PROCESSING_REQUIRED`."
    )

    @classmethod
    def of(cls, value: model.ReturnPolicy) -> "ReturnPolicy":
        """The wire form of a return policy."""
        return cls(
            version=value.version,
            valid_from=value.valid_from,
            window_days=value.window_days,
            claim_days=value.claim_days,
            quote_minutes=value.quote_minutes,
            refunds_shipping=value.refunds_shipping,
            restocks=value.restocks,
        )
