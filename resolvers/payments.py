"""Payments and refunds of an order: what was taken, what went back, and making a failed refund good."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, ActorKind, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.orders import store as orders
from domain.orders.model import OrderId
from domain.payments import model, service, store
from domain.payments.errors import PaymentErrorCode, RefundNotFound
from domain.payments.model import RefundLegId, Tender
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import UserError
from resolvers.ids import uuid_of
from resolvers.payments_types import (
    Payment,
    Refund,
    may_see_money,
    payments_of_order,
    refunds_of_order,
    refunds_of_reference,
)
from resolvers.scalars import Money

__all__ = [
    "Payment",
    "PaymentUserError",
    "PaymentsMutation",
    "Refund",
    "RefundPayload",
    "RefundRerouteInput",
    "RefundRerouteTender",
    "RefundRetryInput",
    "Tender",
    "payments_of_order",
    "refunds_of_order",
    "refunds_of_reference",
]

described_enum(
    PaymentErrorCode,
    "Why a payment or refund command was refused.",
    {
        "PAYMENT_IN_PROGRESS": "Another payment of the same checkout is in progress.",
        "PAYMENT_NOT_AUTHORIZED": "The payment is not authorized.",
        "PAYMENT_NOT_VOIDABLE": "The payment was captured; refund it instead.",
        "PAYMENT_DISPUTED": "The cardholder disputes the payment; see `maximum`.",
        "CAPTURE_EXCEEDS_AUTHORIZATION": "More than was authorized; see `maximum`.",
        "REFUND_EXCEEDS_CAPACITY": "More than was taken and has not gone back; see `maximum`.",
        "REFUND_NOT_FAILED": "Only a refund that failed, or was canceled after it was sent, can be made good.",
        "REFUND_ALREADY_REPLACED": "It was retried or rerouted before.",
        "REFUND_NOT_FOUND": "There is no such refund, or not for you.",
        "TENDER_UNAVAILABLE": "This tender cannot be used here.",
        "SESSION_CLOSED": "No register session is open at the till; see `registerSessionOpen`.",
        "INSUFFICIENT_DRAWER": "The drawer holds less cash than this, which is `maximum`; see `cashMovementCreate`.",
        "LOCATION_NOT_ALLOWED": "You do not work at this location.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


class RefundRerouteTender(StrEnum):
    """Where a failed card refund may go instead."""

    CASH = "CASH"
    STORE_CREDIT = "STORE_CREDIT"


described_enum(
    RefundRerouteTender,
    "Where a failed card refund may go instead.",
    {
        "CASH": "Handed out at a till; needs `locationId`.",
        "STORE_CREDIT": "The customer's balance with the shop.",
    },
)


@strawberry.type(description="Why a payment or refund command was refused.")
class PaymentUserError(UserError):
    """The payments room's refusals."""

    code: PaymentErrorCode = strawberry.field(description="Machine-readable reason.")
    maximum: Money | None = strawberry.field(description="The most that is admitted; null when no amount was at fault.")


@strawberry.input(description="A failed refund to send to the same card again.")
class RefundRetryInput:
    """The input of `refundRetry`."""

    refund_id: strawberry.ID = strawberry.field(description="The failed refund.")
    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; a fresh UUID is best.")


@strawberry.input(description="A failed refund to pay another way.")
class RefundRerouteInput:
    """The input of `refundReroute`."""

    refund_id: strawberry.ID = strawberry.field(description="The failed refund.")
    tender: RefundRerouteTender = strawberry.field(description="Where the money goes instead.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store that hands cash out; required for CASH, ignored otherwise."
    )
    idempotency_key: strawberry.ID = strawberry.field(description="Your name for this intent; a fresh UUID is best.")


@strawberry.type(description="The outcome of a refund command.")
class RefundPayload:
    """A refund, or why not."""

    refund: Refund | None = strawberry.field(
        description="The new refund, which makes the failed one good; null when refused."
    )
    user_errors: list[PaymentUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


Input = strawberry.argument(description="What to do.")
Effect = Callable[[WriteConnection, model.RefundLeg, Act], model.RefundLeg]


@strawberry.type
class PaymentsMutation:
    """Making failed refunds good."""

    @strawberry.mutation(
        description="Send a failed refund to the same card again. Needs the scope `write_refunds`. "
        "The answer is RESERVED; watch the order for what becomes of it."
    )
    async def refund_retry(self, info: ContextInfo, input: Annotated[RefundRetryInput, Input]) -> RefundPayload:
        body: dict[str, str | None] = {"refundId": input.refund_id}

        def effect(conn: WriteConnection, leg: model.RefundLeg, act: Act) -> model.RefundLeg:
            return service.retry(conn, leg.id, act)

        return await _make_good(info.context, "refundRetry", input.refund_id, input.idempotency_key, body, effect)

    @strawberry.mutation(
        description="Pay a failed refund in cash or as store credit. Needs the scope `write_refunds`; cash only where "
        "you work. It succeeds at once."
    )
    async def refund_reroute(self, info: ContextInfo, input: Annotated[RefundRerouteInput, Input]) -> RefundPayload:
        location_id = None if input.location_id is None else uuid_of("Location", input.location_id)
        body: dict[str, str | None] = {
            "refundId": input.refund_id,
            "tender": input.tender.value,
            "locationId": input.location_id,
        }

        def effect(conn: WriteConnection, leg: model.RefundLeg, act: Act) -> model.RefundLeg:
            owner = _credit_owner(conn, leg)
            tender = Tender(input.tender.value)
            return service.reroute(conn, leg.id, tender, act, cash_location_id=location_id, credit_owner=owner)

        return await _make_good(info.context, "refundReroute", input.refund_id, input.idempotency_key, body, effect)


async def _make_good(
    ctx: Context, operation: str, refund_id: str, key: str, body: dict[str, str | None], effect: Effect
) -> RefundPayload:
    ctx.require(Scope.WRITE_REFUNDS)
    leg = await ctx.load(store.legs, RefundLegId(uuid_of("Refund", refund_id)))
    try:
        if leg is None or not await _may_repair(ctx, leg):
            raise RefundNotFound
        found = leg
        done = await ctx.command(
            operation,
            key,
            body,
            effect=lambda conn, act: effect(conn, found, act),
            reference=lambda made: str(made.id),
            reload=_leg_again,
        )
    except Refused as refused:
        return RefundPayload(refund=None, user_errors=[_user_error(refused, leg)], replayed=False)
    return RefundPayload(refund=Refund.of(done.value), user_errors=[], replayed=done.replayed)


async def _may_repair(ctx: Context, leg: model.RefundLeg) -> bool:
    return ctx.actor.kind is not ActorKind.PARTNER or await may_see_money(ctx, leg.order_id)


def _leg_again(conn: ReadConnection, reference: str) -> model.RefundLeg:
    return store.legs(conn, [RefundLegId(UUID(reference))])[RefundLegId(UUID(reference))]


def _credit_owner(conn: ReadConnection, leg: model.RefundLeg) -> str | None:
    """The customer's wallet when the order has a customer; otherwise the order's own."""
    order = None if leg.order_id is None else orders.orders(conn, [OrderId(leg.order_id)]).get(OrderId(leg.order_id))
    return None if order is None or order.customer_id is None else f"customer:{order.customer_id}"


def _user_error(refused: Refused, leg: model.RefundLeg | None) -> PaymentUserError:
    maximum = refused.facts.get("maximum")
    return PaymentUserError(
        code=member_of(PaymentErrorCode, refused.code),
        field=list(refused.field) or None,
        message=refused.message,
        maximum=Money.minor(maximum, leg.currency) if isinstance(maximum, int) and leg is not None else None,
    )
