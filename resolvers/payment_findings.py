"""What differed between the payment provider's books and ours: head office's list of things to look at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.payments import store_findings
from domain.payments.model import FindingKind
from domain.payments.store_findings import FindingFilter, FindingId, RecordedFinding
from resolvers import nodes
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum
from resolvers.errors import InvalidCursor
from resolvers.ids import global_id
from resolvers.payments_types import Payment, Refund, payment_by_id, refund_by_id

described_enum(
    FindingKind,
    "What differs between the payment provider's books and ours.",
    {
        "UNKNOWN_PAYMENT": "The provider promises or took money that none of our payments stands for.",
        "UNKNOWN_REFUND": "The provider refunded a payment that we do not know.",
        "UNLINKED_REFUND": "A refund was made in the provider's dashboard, for no return.",
        "DUPLICATE_REFUND": "The provider has a second refund for one of ours.",
        "AMOUNT_DIFFERS": "The amounts differ; `detail` gives both in minor units.",
        "STATUS_DIFFERED": "We had missed a change of status, which is made good now.",
        "CAPTURE_FAILED": "Money of a placed order could not be taken.",
        "CAPTURED_AFTER_VOID": "Money was taken although the payment had been given up.",
        "REFUND_FAILED": "A refund failed or was canceled; retry or reroute it.",
        "OVER_REFUNDED": "More went back than was taken.",
        "DISPUTE_LOST": "A dispute was lost; the bank paid the cardholder.",
        "CALL_STUCK": "A request to the provider has had no known end for two hours; it is asked again.",
        "MISSING_AT_PROVIDER": "The provider's list does not have a payment or refund of ours.",
    },
    name="PaymentFindingKind",
)


@strawberry.type(description="A difference between the payment provider's books and ours that a person should see.")
class PaymentFinding(nodes.Node):
    """A finding on the wire."""

    kind: FindingKind = strawberry.field(description="What differs.")
    reference: str = strawberry.field(description="The provider's id of the object, or our own id or key of it.")
    detail: str = strawberry.field(description="What exactly, in English, for people; empty when the kind says all.")
    found_at: datetime = strawberry.field(description="When it was found.")
    resolved_at: datetime | None = strawberry.field(description="When it was dealt with; null while it is open.")
    value: strawberry.Private[RecordedFinding]

    @classmethod
    def of(cls, value: RecordedFinding) -> "PaymentFinding":
        """The wire form of a finding."""
        return cls(
            id=strawberry.ID(global_id("PaymentFinding", value.id)),
            kind=value.kind,
            reference=value.reference,
            detail=value.detail,
            found_at=value.found_at,
            resolved_at=value.resolved_at,
            value=value,
        )

    @strawberry.field(description="Our payment it is about; null when we have none.")
    async def payment(self, info: ContextInfo) -> Payment | None:
        return None if self.value.payment_id is None else await payment_by_id(info.context, self.value.payment_id)

    @strawberry.field(description="Our refund it is about; null when it is about none.")
    async def refund(self, info: ContextInfo) -> Refund | None:
        return None if self.value.leg_id is None else await refund_by_id(info.context, self.value.leg_id)


@strawberry.input(description="Which findings; a null field admits any.")
class PaymentFindingFilterInput:
    """The filter of `paymentFindings`."""

    kind: FindingKind | None = strawberry.field(default=None, description="Only this kind.")
    resolved: bool | None = strawberry.field(default=None, description="Only those dealt with, or only open ones.")
    found_from: datetime | None = strawberry.field(default=None, description="Found at this time or later.")
    found_before: datetime | None = strawberry.field(default=None, description="Found before this time.")


@strawberry.type
class PaymentFindingsQuery:
    """Head office's view of the reconciliation."""

    @strawberry.field(
        description="What differed between the payment provider's books and ours, the newest first. Needs the scope "
        "`operate`."
    )
    async def payment_findings(
        self,
        info: ContextInfo,
        filter: Annotated[
            PaymentFindingFilterInput | None, strawberry.argument(description="Which findings; null for all.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PaymentFinding]:
        ctx = info.context
        ctx.require(Scope.OPERATE)
        given = filter or PaymentFindingFilterInput()
        wanted = FindingFilter(given.kind, given.resolved, given.found_from, given.found_before)
        page = page_of("paymentFindings", first, after, last, before)
        try:
            found = await ctx.read(lambda conn: store_findings.page(conn, wanted, page))
        except ValueError:
            raise InvalidCursor from None
        return connect("paymentFindings", found, node=PaymentFinding.of, key=store_findings.page_key)


async def _visible(ctx: Context, ids: Sequence[UUID]) -> Sequence[PaymentFinding | None]:
    if not ctx.actor.may(Scope.OPERATE):
        return [None] * len(ids)
    found = [await ctx.load(store_findings.findings, FindingId(key)) for key in ids]
    return [None if one is None else PaymentFinding.of(one) for one in found]


nodes.register("PaymentFinding", _visible)
