"""Loyalty commands and look-ups: enrolling, holds, adjustments, and a wallet that is watched."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, ActorKind, Scope
from domain.codes import normalized_code
from domain.connections import ReadConnection, WriteConnection
from domain.customers.store import find_id_by_card
from domain.errors import Refused
from domain.events.store import Topic
from domain.ledger import store as ledger
from domain.ledger.errors import HoldNotFound, WalletNotFound
from domain.ledger.model import Hold
from domain.loyalty import service, store
from domain.loyalty.model import Wallet
from resolvers.context import Context, ContextInfo
from resolvers.enums import member_of
from resolvers.errors import BadInput, UserError
from resolvers.ids import uuid_of
from resolvers.loyalty_enums import AdjustmentReason, LoyaltyErrorCode
from resolvers.loyalty_types import (
    LoyaltyHold,
    LoyaltyWallet,
    may_see_customer,
    visible_wallets,
    wallet_by_id,
    wallet_of_customer,
)
from resolvers.order_access import order_for_caller

__all__ = ["LoyaltyMutation", "LoyaltyQuery", "LoyaltySubscription", "LoyaltyWallet", "wallet_of_customer"]

HOLD_SECONDS_MIN = 60
HOLD_SECONDS_MAX = 86_400
POINTS_MAX = 1_000_000_000


@strawberry.type(description="A refusal of a loyalty command.")
class LoyaltyUserError(UserError):
    """A loyalty refusal on the wire."""

    code: LoyaltyErrorCode = strawberry.field(description="Which rule said no.")
    available: int | None = strawberry.field(description="Points that can be spent now; null when not about that.")
    maximum: int | None = strawberry.field(description="The most that would be accepted; null when not about that.")
    minimum: int | None = strawberry.field(description="Fewest points of a redemption; null when not about that.")
    multiple: int | None = strawberry.field(description="Steps of a redemption; null when not about that.")

    @classmethod
    def of(cls, refused: Refused) -> "LoyaltyUserError":
        """The wire form of a refusal."""
        facts = {name: value for name, value in refused.facts.items() if isinstance(value, int)}
        return cls(
            field=list(refused.field) or None,
            message=refused.message,
            code=member_of(LoyaltyErrorCode, refused.code),
            available=facts.get("available"),
            maximum=facts.get("maximum"),
            minimum=facts.get("minimum"),
            multiple=facts.get("multiple"),
        )


@strawberry.input(description="Whom to enroll.")
class LoyaltyAccountEnrollInput:
    """A customer."""

    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="The Customer; you yourself when null. For others it takes `write_loyalty`."
    )


@strawberry.type(description="The answer to `loyaltyAccountEnroll`.")
class LoyaltyAccountEnrollPayload:
    """The wallet, or why not."""

    wallet: LoyaltyWallet | None = strawberry.field(description="The customer's wallet; null when refused.")
    user_errors: list[LoyaltyUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.input(description="Points to reserve for a payment.")
class LoyaltyHoldCreateInput:
    """A hold to make."""

    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; send it again to retry.")
    wallet_id: strawberry.ID = strawberry.field(description="The LoyaltyWallet.")
    points: int = strawberry.field(description="How many points.")
    ttl_seconds: int = strawberry.field(
        default=900, description=f"How long to hold them, {HOLD_SECONDS_MIN} to {HOLD_SECONDS_MAX} seconds."
    )


@strawberry.input(description="A hold to turn into a payment.")
class LoyaltyHoldCaptureInput:
    """A hold to capture."""

    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; send it again to retry.")
    hold_id: strawberry.ID = strawberry.field(description="The LoyaltyHold, one that `loyaltyHoldCreate` made.")
    points: int = strawberry.field(description="How many of its points; the rest becomes free.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="The Order they pay for, if any.")


@strawberry.input(description="A hold to give up.")
class LoyaltyHoldVoidInput:
    """A hold to void."""

    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; send it again to retry.")
    hold_id: strawberry.ID = strawberry.field(description="The LoyaltyHold, one that `loyaltyHoldCreate` made.")


@strawberry.type(description="The outcome of a command on a hold.")
class LoyaltyHoldPayload:
    """The hold and its wallet, or why not."""

    hold: LoyaltyHold | None = strawberry.field(description="The hold after it; null when refused.")
    wallet: LoyaltyWallet | None = strawberry.field(description="Its wallet after it; null when refused.")
    user_errors: list[LoyaltyUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.input(description="A correction of a balance by hand.")
class LoyaltyPointsAdjustInput:
    """What to correct."""

    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; send it again to retry.")
    wallet_id: strawberry.ID = strawberry.field(description="The LoyaltyWallet.")
    points: int = strawberry.field(description="Points to add, or to take away when negative; not 0.")
    reason: AdjustmentReason = strawberry.field(description="Why; sealed into the statement.")


@strawberry.type(description="The answer to `loyaltyPointsAdjust`.")
class LoyaltyPointsAdjustPayload:
    """The wallet, or why not."""

    wallet: LoyaltyWallet | None = strawberry.field(description="The wallet after it; null when refused.")
    user_errors: list[LoyaltyUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type
class LoyaltyQuery:
    """Looking wallets up."""

    @strawberry.field(
        description="A wallet by its id, its customer or the number on the loyalty card; the signed-in customer's own "
        "when nothing is given. Null when there is none or it is not yours. Others' take the scope `read_loyalty`."
    )
    async def loyalty_wallet(
        self,
        info: ContextInfo,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="A LoyaltyWallet's id.")] = None,
        customer_id: Annotated[strawberry.ID | None, strawberry.argument(description="A Customer's id.")] = None,
        card_number: Annotated[
            str | None, strawberry.argument(description="A loyalty card's number, as printed or scanned.")
        ] = None,
    ) -> LoyaltyWallet | None:
        ctx = info.context
        if sum(given is not None for given in (id, customer_id, card_number)) > 1:
            raise BadInput("Give one of `id`, `customerId` and `cardNumber`.")
        if id is not None:
            return (await visible_wallets(ctx, [uuid_of("LoyaltyWallet", id)]))[0]
        if customer_id is not None:
            return await wallet_of_customer(ctx, uuid_of("Customer", customer_id))
        if card_number is not None:
            number = normalized_code(card_number)
            found = await ctx.read(lambda conn: find_id_by_card(conn, number))
            return None if found is None else await wallet_of_customer(ctx, found)
        return None if ctx.actor.customer_id is None else await wallet_of_customer(ctx, ctx.actor.customer_id)


@strawberry.type
class LoyaltyMutation:
    """Changing wallets."""

    @strawberry.mutation(description="Enroll a customer in the loyalty programme. Again is a no-op.")
    async def loyalty_account_enroll(
        self, info: ContextInfo, input: LoyaltyAccountEnrollInput
    ) -> LoyaltyAccountEnrollPayload:
        ctx = info.context
        key = ctx.require_customer() if input.customer_id is None else uuid_of("Customer", input.customer_id)
        if ctx.actor.customer_id != key:
            ctx.require(Scope.WRITE_LOYALTY)
        try:
            value = await ctx.write(lambda conn, act: service.enroll(conn, key, act))
        except Refused as refused:
            return LoyaltyAccountEnrollPayload(wallet=None, user_errors=[LoyaltyUserError.of(refused)])
        return LoyaltyAccountEnrollPayload(wallet=LoyaltyWallet.of(value), user_errors=[])

    @strawberry.mutation(
        description="Reserve points of a wallet, earliest expiry first. Your own, or with the scope `write_loyalty`."
    )
    async def loyalty_hold_create(self, info: ContextInfo, input: LoyaltyHoldCreateInput) -> LoyaltyHoldPayload:
        ctx = info.context
        wallet_id = uuid_of("LoyaltyWallet", input.wallet_id)
        if not HOLD_SECONDS_MIN <= input.ttl_seconds <= HOLD_SECONDS_MAX:
            raise BadInput(f"`ttlSeconds` goes from {HOLD_SECONDS_MIN} to {HOLD_SECONDS_MAX}.")
        lifetime = timedelta(seconds=input.ttl_seconds)

        def effect(conn: WriteConnection, act: Act) -> Hold:
            return service.hold(conn, wallet_id, input.points, act, until=act.now + lifetime, owner=_owner(ctx))

        try:
            await _wallet_to_spend(ctx, wallet_id)
            body = [wallet_id.hex, input.points, input.ttl_seconds]
            return await _held(ctx, "loyaltyHoldCreate", input.idempotency_key, body, effect)
        except Refused as refused:
            return _hold_refused(refused)

    @strawberry.mutation(
        description="Spend points of a hold and free the rest. Needs the scope `write_loyalty`. Capturing again with the "
        "same number is a no-op."
    )
    async def loyalty_hold_capture(self, info: ContextInfo, input: LoyaltyHoldCaptureInput) -> LoyaltyHoldPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_LOYALTY)
        hold_id = uuid_of("LoyaltyHold", input.hold_id)

        try:
            await _hold_to_change(ctx, hold_id)
            order_id = None if input.order_id is None else (await order_for_caller(ctx, input.order_id)).id
            return await _held(
                ctx,
                "loyaltyHoldCapture",
                input.idempotency_key,
                [hold_id.hex, input.points, input.order_id],
                lambda conn, act: service.capture_hold(conn, hold_id, input.points, act, order_id=order_id),
            )
        except Refused as refused:
            return _hold_refused(refused)

    @strawberry.mutation(
        description="Give a hold up; its points are free at once. Your own, or with the scope `write_loyalty`."
    )
    async def loyalty_hold_void(self, info: ContextInfo, input: LoyaltyHoldVoidInput) -> LoyaltyHoldPayload:
        ctx = info.context
        hold_id = uuid_of("LoyaltyHold", input.hold_id)
        try:
            await _hold_to_change(ctx, hold_id)
            return await _held(
                ctx,
                "loyaltyHoldVoid",
                input.idempotency_key,
                [hold_id.hex],
                lambda conn, act: service.void_hold(conn, hold_id, act),
            )
        except Refused as refused:
            return _hold_refused(refused)

    @strawberry.mutation(
        description="Correct a balance by hand. Needs the scope `write_loyalty`, and for large corrections also "
        "`approve_overrides`."
    )
    async def loyalty_points_adjust(
        self, info: ContextInfo, input: LoyaltyPointsAdjustInput
    ) -> LoyaltyPointsAdjustPayload:
        ctx = info.context
        ctx.require(Scope.WRITE_LOYALTY)
        wallet_id = uuid_of("LoyaltyWallet", input.wallet_id)
        if input.points == 0 or abs(input.points) > POINTS_MAX:
            raise BadInput("`points` is not 0.", maximum=POINTS_MAX)

        def effect(conn: WriteConnection, act: Act) -> Wallet:
            service.adjust(conn, wallet_id, input.points, input.reason.value, act)
            return store.wallets(conn, [wallet_id], act.now)[wallet_id]

        def seen(conn: ReadConnection, _reference: str) -> Wallet:
            return store.wallets(conn, [wallet_id], ctx.clock())[wallet_id]

        body = [wallet_id.hex, input.points, input.reason]
        try:
            done = await ctx.command(
                "loyaltyPointsAdjust",
                input.idempotency_key,
                body,
                effect=effect,
                reference=lambda wallet: wallet.id.hex,
                reload=seen,
            )
        except Refused as refused:
            return LoyaltyPointsAdjustPayload(wallet=None, user_errors=[LoyaltyUserError.of(refused)], replayed=False)
        return LoyaltyPointsAdjustPayload(wallet=LoyaltyWallet.of(done.value), user_errors=[], replayed=done.replayed)


@strawberry.type
class LoyaltySubscription:
    """Watching a wallet."""

    @strawberry.subscription(
        description="The wallet whenever its points move, and first as it is when it is newer than `afterVersion`."
    )
    async def loyalty_wallet_updated(
        self,
        info: ContextInfo,
        wallet_id: Annotated[strawberry.ID, strawberry.argument(description="The LoyaltyWallet.")],
        after_version: Annotated[
            int, strawberry.argument(description="The newest `balance.version` you hold; -1 for none.")
        ] = -1,
    ) -> AsyncGenerator[LoyaltyWallet, None]:
        ctx = info.context
        key = uuid_of("LoyaltyWallet", wallet_id)
        value = await _now(ctx, key)
        if value is None or not may_see_customer(ctx, value.customer_id):
            raise BadInput("There is no such wallet.")
        seen, where = after_version, value.ledger_id
        while True:
            async for _ in ctx.feed.listen(Topic.WALLET, [str(key), str(where)]):
                value = await _now(ctx, key)
                assert value is not None, "a wallet is never deleted"
                moved = value.ledger_id != where
                if value.version > seen or moved:
                    seen, where = value.version, value.ledger_id
                    yield LoyaltyWallet.of(value)
                if moved:
                    break
            else:
                return


async def _now(ctx: Context, wallet_id: UUID) -> Wallet | None:
    now = ctx.clock()
    return (await ctx.read(lambda conn: store.wallets(conn, [wallet_id], now))).get(wallet_id)


def _owner(ctx: Context) -> str:
    """Who a hold made through the API belongs to; holds of checkouts have other owners and are not touched here."""
    return f"api:{ctx.caller_scope()}"


async def _wallet_to_spend(ctx: Context, wallet_id: UUID) -> None:
    value = await ctx.load_at(store.wallets, wallet_id)
    own = value is not None and value.customer_id is not None and value.customer_id == ctx.actor.customer_id
    if value is None or not (own or ctx.actor.may(Scope.WRITE_LOYALTY)):
        raise WalletNotFound


async def _hold_to_change(ctx: Context, hold_id: UUID) -> None:
    """A customer and a partner change their own holds; stores and head office every hold made through the API."""
    found = await ctx.load(ledger.holds, hold_id)
    others = ctx.actor.may(Scope.WRITE_LOYALTY) and ctx.actor.kind is not ActorKind.PARTNER
    if found is None or not (found.owner == _owner(ctx) or (others and found.owner.startswith("api:"))):
        raise HoldNotFound


async def _held(
    ctx: Context, operation: str, key: str, body: Sequence[object], effect: Callable[[WriteConnection, Act], Hold]
) -> LoyaltyHoldPayload:
    def reload(conn: ReadConnection, reference: str) -> Hold:
        return ledger.holds(conn, [UUID(hex=reference)])[UUID(hex=reference)]

    done = await ctx.command(operation, key, body, effect=effect, reference=lambda hold: hold.id.hex, reload=reload)
    wallet = await wallet_by_id(ctx, done.value.wallet_id)
    return LoyaltyHoldPayload(
        hold=LoyaltyHold.of(done.value, ctx.clock()),
        wallet=None if wallet is None else LoyaltyWallet.of(wallet),
        user_errors=[],
        replayed=done.replayed,
    )


def _hold_refused(refused: Refused) -> LoyaltyHoldPayload:
    return LoyaltyHoldPayload(hold=None, wallet=None, user_errors=[LoyaltyUserError.of(refused)], replayed=False)
