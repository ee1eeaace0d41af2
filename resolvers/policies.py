"""Setting policies; they are read on the locations and sales channels that they belong to."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.errors import Refused
from domain.policies import model, rules, service, store
from domain.policies.model import PolicyChannelId, PolicyLocationId
from resolvers.context import ContextInfo
from resolvers.enums import member_of
from resolvers.errors import UserError
from resolvers.ids import uuid_of
from resolvers.policies_enums import PolicyErrorCode, Unanswered
from resolvers.policies_types import PickupPolicy, ReturnPolicy

_KEY = "Your name for this intent; send it again to retry."
_EXPECTED = "The newest version you saw; refused with `STALE_VERSION` when there is another by now."
_FROM = (
    "From when it holds, for orders placed from then on: now when left out, never earlier, at most "
    f"{rules.ANNOUNCED_DAYS_MAX} days ahead."
)


@strawberry.input(
    description="How a location shall handle pickups; what is left out stays as it would be at that moment."
)
class PickupPolicySetInput:
    """New values for pickups."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    location_id: strawberry.ID = strawberry.field(description="The Location.")
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)
    valid_from: datetime | None = strawberry.field(default=None, description=_FROM)
    preparation_minutes: int | None = strawberry.field(
        default=None,
        description=f"Opening minutes between an order and its pickup being ready, 0 to {rules.PREPARATION_MINUTES_MAX}.",
    )
    accept_within_minutes: int | None = strawberry.field(
        default=None,
        description=f"How long the store may leave an order unanswered, 0 to {rules.ACCEPT_MINUTES_MAX} minutes.",
    )
    unanswered: Unanswered | None = strawberry.field(default=None, description="What becomes of the order then.")
    expiry_days: int | None = strawberry.field(
        default=None, description=f"Days a ready pickup waits, 0 (until midnight) to {rules.DAYS_MAX}."
    )
    reminder_days: list[int] | None = strawberry.field(
        default=None,
        description=f"How many days before it expires the buyer is reminded: at most {rules.REMINDERS_MAX} different "
        f"numbers, each 1 to {rules.DAYS_MAX}; empty for never.",
    )
    extension_days_max: int | None = strawberry.field(
        default=None, description=f"The most days staff may extend it by at once, 1 to {rules.DAYS_MAX}."
    )
    no_show_grace_hours: int | None = strawberry.field(
        default=None,
        description=f"How long an expired pickup may still be extended before it is canceled, 0 to {rules.HOURS_MAX} hours.",
    )
    transfer_hours: int | None = strawberry.field(
        default=None,
        description=f"Hours by which a promise grows when goods come from another location, 0 to {rules.HOURS_MAX}.",
    )

    deposit_percent: int | None = strawberry.field(
        default=None,
        description="What of an order that is all collected must be paid with it, 0 to 100 percent; the rest may be paid "
        "when it is collected.",
    )

    def value(self) -> model.PickupPolicyChange:
        """The domain's command.

        Raises:
            InvalidId: not the id of a Location.
        """
        return model.PickupPolicyChange(
            location_id=PolicyLocationId(uuid_of("Location", self.location_id)),
            expected_version=self.expected_version,
            valid_from=self.valid_from,
            preparation_minutes=self.preparation_minutes,
            accept_within_minutes=self.accept_within_minutes,
            unanswered=self.unanswered,
            expiry_days=self.expiry_days,
            reminder_days=None if self.reminder_days is None else tuple(self.reminder_days),
            extension_days_max=self.extension_days_max,
            no_show_grace_hours=self.no_show_grace_hours,
            transfer_hours=self.transfer_hours,
            deposit_percent=self.deposit_percent,
        )


@strawberry.input(
    description="What a sales channel shall take back; what is left out stays as it would be at that moment."
)
class ReturnPolicySetInput:
    """New values for returns."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    sales_channel_id: strawberry.ID = strawberry.field(description="The SalesChannel.")
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)
    valid_from: datetime | None = strawberry.field(default=None, description=_FROM)
    window_days: int | None = strawberry.field(
        default=None,
        description=f"Days after pickup or delivery in which a return may be asked for, 0 to {rules.WINDOW_DAYS_MAX}.",
    )
    claim_days: int | None = strawberry.field(
        default=None, description=f"Days in which announced units must arrive, 1 to {rules.DAYS_MAX}."
    )
    quote_minutes: int | None = strawberry.field(
        default=None, description=f"How long a `quoteToken` binds, 1 to {rules.QUOTE_MINUTES_MAX} minutes."
    )
    refunds_shipping: bool | None = strawberry.field(
        default=None, description="Whether the shop bears the shipping of an order that comes back whole."
    )
    restocks: bool | None = strawberry.field(
        default=None,
        description="Whether goods whose `disposition` nobody names go back on the shelf, instead of `PROCESSING_REQUIRED`.",
    )

    def value(self) -> model.ReturnPolicyChange:
        """The domain's command.

        Raises:
            InvalidId: not the id of a SalesChannel.
        """
        return model.ReturnPolicyChange(
            channel_id=PolicyChannelId(uuid_of("SalesChannel", self.sales_channel_id)),
            expected_version=self.expected_version,
            valid_from=self.valid_from,
            window_days=self.window_days,
            claim_days=self.claim_days,
            quote_minutes=self.quote_minutes,
            refunds_shipping=self.refunds_shipping,
            restocks=self.restocks,
        )


@strawberry.type(description="A refusal of a change of a policy.")
class PolicyUserError(UserError):
    """A policy refusal on the wire."""

    code: PolicyErrorCode = strawberry.field(description="Which rule said no.")
    minimum: int | None = strawberry.field(description="The least that is admitted; null when no bound was met.")
    maximum: int | None = strawberry.field(description="The most that is admitted; null when no bound was met.")
    version: int | None = strawberry.field(description="The newest version; null when it is not about that.")

    @classmethod
    def of(cls, refused: Refused) -> "PolicyUserError":
        """The wire form of a refusal."""
        numbers = {name: value for name, value in refused.facts.items() if isinstance(value, int)}
        return cls(
            field=list(refused.field) or None,
            message=refused.message,
            code=member_of(PolicyErrorCode, refused.code),
            minimum=numbers.get("minimum"),
            maximum=numbers.get("maximum"),
            version=numbers.get("version"),
        )


@strawberry.type(description="The answer to `pickupPolicySet`.")
class PickupPolicySetPayload:
    """The new version, or why not."""

    pickup_policy: PickupPolicy | None = strawberry.field(description="The new version; null when refused.")
    user_errors: list[PolicyUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="The answer to `returnPolicySet`.")
class ReturnPolicySetPayload:
    """The new version, or why not."""

    return_policy: ReturnPolicy | None = strawberry.field(description="The new version; null when refused.")
    user_errors: list[PolicyUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type
class PoliciesMutation:
    """Setting policies."""

    @strawberry.mutation(
        description="Set how a location handles pickups of orders placed from now, or `validFrom`, on. Orders that are there "
        "keep their policy. Needs the scope `write_products`."
    )
    async def pickup_policy_set(self, info: ContextInfo, input: PickupPolicySetInput) -> PickupPolicySetPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_PRODUCTS)
        change = input.value()
        try:
            done = await ctx.command(
                "pickupPolicySet",
                input.idempotency_key,
                asdict(change),
                effect=lambda conn, act: service.set_pickup_policy(conn, change, act),
                reference=lambda policy: f"{change.location_id} {policy.version}",
                reload=lambda conn, reference: store.pickup_policy(conn, *_named(reference)),
            )
        except Refused as refused:
            return PickupPolicySetPayload(pickup_policy=None, user_errors=[PolicyUserError.of(refused)], replayed=False)
        return PickupPolicySetPayload(pickup_policy=PickupPolicy.of(done.value), user_errors=[], replayed=done.replayed)

    @strawberry.mutation(
        description="Set what a sales channel takes back of orders placed from now, or `validFrom`, on. Orders that are there "
        "keep their policy, and quotes bind. Needs the scope `write_products`."
    )
    async def return_policy_set(self, info: ContextInfo, input: ReturnPolicySetInput) -> ReturnPolicySetPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_PRODUCTS)
        change = input.value()
        try:
            done = await ctx.command(
                "returnPolicySet",
                input.idempotency_key,
                asdict(change),
                effect=lambda conn, act: service.set_return_policy(conn, change, act),
                reference=lambda policy: f"{change.channel_id} {policy.version}",
                reload=lambda conn, reference: store.return_policy(conn, *_named(reference)),
            )
        except Refused as refused:
            return ReturnPolicySetPayload(return_policy=None, user_errors=[PolicyUserError.of(refused)], replayed=False)
        return ReturnPolicySetPayload(return_policy=ReturnPolicy.of(done.value), user_errors=[], replayed=done.replayed)


def _named(reference: str) -> tuple[UUID, int]:
    owner, _, version = reference.partition(" ")
    return UUID(owner), int(version)
