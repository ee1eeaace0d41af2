"""Tax exemptions: what certificates prove of customers."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.customers import exemption_model as model
from domain.customers import exemptions, store_exemptions
from domain.customers.errors import TaxExemptionErrorCode
from domain.customers.exemption_model import ExemptionReason, NewExemption, TaxExemptionId
from domain.customers.model import CustomerId
from domain.errors import Refused
from resolvers import nodes
from resolvers.carts_inputs import KEY
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import UserError
from resolvers.ids import global_id, uuid_of

described_enum(
    ExemptionReason,
    "Why a customer pays no tax.",
    {
        "RESALE": "It buys to sell again.",
        "GOVERNMENT": "It is a part of the state.",
        "NONPROFIT": "It is a charity or another body that the law frees.",
        "DIPLOMATIC": "It is a mission or one of its members.",
        "REVERSE_CHARGE": "It is a business of another EU country that owes the tax itself; the certificate is its VAT number.",
    },
    name="TaxExemptionReason",
)
described_enum(
    TaxExemptionErrorCode,
    "Why a command on tax exemptions was refused.",
    {
        "CUSTOMER_NOT_FOUND": "There is no such customer.",
        "TAX_EXEMPTION_NOT_FOUND": "There is no such tax exemption.",
        "TAX_EXEMPTION_INVALID": "It could never be right; see `field` and the message.",
        "TOO_MANY_TAX_EXEMPTIONS": "The customer has as many as may be.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
    name="TaxExemptionErrorCode",
)


@strawberry.type(
    description="What a certificate proves: that a customer pays no tax on what is supplied in a country, or in a region of "
    "it. Carts and tills go by it within its period. Visible to the customer, to store staff and to head office."
)
class TaxExemption(nodes.Node):
    """An exemption on the wire."""

    reason: ExemptionReason = strawberry.field(description="Why.")
    certificate: str = strawberry.field(description="The certificate's number; for a reverse charge the VAT number.")
    country: str = strawberry.field(description="Where it holds, ISO 3166-1 alpha-2.")
    region: str | None = strawberry.field(description="The only region of the country; null for all of them.")
    valid_from: datetime = strawberry.field(description="First instant, inclusive.")
    valid_to: datetime | None = strawberry.field(description="End, exclusive; null while it lasts.")
    recorded_at: datetime = strawberry.field(description="When it was written down.")
    revoked_at: datetime | None = strawberry.field(description="Since when it no longer counts; null while it does.")

    @classmethod
    def of(cls, value: model.TaxExemption) -> "TaxExemption":
        """The wire form of an exemption."""
        return cls(
            id=strawberry.ID(global_id("TaxExemption", value.id)),
            reason=value.reason,
            certificate=value.certificate,
            country=value.country,
            region=value.region or None,
            valid_from=value.valid_from,
            valid_to=value.valid_to,
            recorded_at=value.recorded_at,
            revoked_at=value.revoked_at,
        )


@strawberry.type(description="Why a command on tax exemptions was refused.")
class TaxExemptionUserError(UserError):
    """A refusal on the wire."""

    code: TaxExemptionErrorCode = strawberry.field(description="Which rule said no.")


@strawberry.type(description="What became of a command on a tax exemption.")
class TaxExemptionPayload:
    """The payload of both commands."""

    tax_exemption: TaxExemption | None = strawberry.field(description="The exemption as it is now; null when refused.")
    user_errors: list[TaxExemptionUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.input(description="The input of `taxExemptionRecord`.")
class TaxExemptionRecordInput:
    """A certificate as it was shown."""

    customer_id: strawberry.ID = strawberry.field(description="The Customer.")
    reason: ExemptionReason = strawberry.field(description="Why the customer pays no tax.")
    certificate: str = strawberry.field(
        description="The certificate's number, at most 60 characters; with REVERSE_CHARGE the buyer's VAT number."
    )
    country: str = strawberry.field(description="Where it holds, two capital letters (ISO 3166-1).")
    region: str | None = strawberry.field(
        default=None,
        description="The only region, by the country's own code, such as `CA`; null for the whole country.",
    )
    valid_from: datetime = strawberry.field(description="First instant, inclusive.")
    valid_to: datetime | None = strawberry.field(default=None, description="End, exclusive; null while it lasts.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `taxExemptionRevoke`.")
class TaxExemptionRevokeInput:
    """An exemption that is to count no longer."""

    tax_exemption_id: strawberry.ID = strawberry.field(description="The TaxExemption.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


Effect = Callable[[WriteConnection, Act], model.TaxExemption]


def _again(conn: ReadConnection, reference: str) -> model.TaxExemption:
    key = TaxExemptionId(UUID(hex=reference))
    return store_exemptions.exemptions(conn, [key])[key]


async def _done(
    ctx: Context, operation: str, given: TaxExemptionRecordInput | TaxExemptionRevokeInput, effect: Effect
) -> TaxExemptionPayload:
    ctx.require(Scope.WRITE_CUSTOMERS)
    ctx.require(Scope.APPROVE_OVERRIDES)
    body = asdict(given)
    key = body.pop("idempotency_key")
    try:
        done = await ctx.command(operation, key, body, effect=effect, reference=lambda made: made.id.hex, reload=_again)
    except Refused as refused:
        error = TaxExemptionUserError(
            code=member_of(TaxExemptionErrorCode, refused.code),
            field=list(refused.field) or None,
            message=refused.message,
        )
        return TaxExemptionPayload(tax_exemption=None, user_errors=[error], replayed=False)
    return TaxExemptionPayload(tax_exemption=TaxExemption.of(done.value), user_errors=[], replayed=done.replayed)


@strawberry.type
class TaxExemptionsMutation:
    """Recording and revoking."""

    @strawberry.mutation(
        description="Write down a certificate by which a customer pays no tax; it counts from the next quote on. Needs the "
        "scopes `write_customers` and `approve_overrides`."
    )
    async def tax_exemption_record(self, info: ContextInfo, input: TaxExemptionRecordInput) -> TaxExemptionPayload:
        new = NewExemption(
            customer_id=CustomerId(uuid_of("Customer", input.customer_id)),
            reason=input.reason,
            certificate=input.certificate,
            country=input.country,
            region=input.region or "",
            valid_from=input.valid_from,
            valid_to=input.valid_to,
        )
        return await _done(
            info.context, "taxExemptionRecord", input, lambda conn, act: exemptions.record(conn, new, act)
        )

    @strawberry.mutation(
        description="Let an exemption count no longer; orders keep what they were sold by. Doing it again changes nothing. "
        "Needs the scopes `write_customers` and `approve_overrides`."
    )
    async def tax_exemption_revoke(self, info: ContextInfo, input: TaxExemptionRevokeInput) -> TaxExemptionPayload:
        key = TaxExemptionId(uuid_of("TaxExemption", input.tax_exemption_id))
        return await _done(
            info.context, "taxExemptionRevoke", input, lambda conn, act: exemptions.revoke(conn, key, act)
        )


async def exemptions_of_customer(ctx: Context, customer_id: UUID) -> list[TaxExemption]:
    """Every exemption of a customer whom the caller may see, oldest first."""
    found = await ctx.load_list(store_exemptions.of_customers, customer_id)
    return [TaxExemption.of(one) for one in found]


async def exemption_of_line(ctx: Context, exemption_id: UUID | None) -> TaxExemption | None:
    """The exemption an order line was sold by; None for None."""
    found = None if exemption_id is None else await ctx.load(store_exemptions.exemptions, TaxExemptionId(exemption_id))
    return None if found is None else TaxExemption.of(found)


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.load_many(store_exemptions.exemptions, [TaxExemptionId(key) for key in ids])
    seen = (found.get(TaxExemptionId(key)) for key in ids)
    return [TaxExemption.of(one) if one is not None and _may_see(ctx, one) else None for one in seen]


def _may_see(ctx: Context, one: model.TaxExemption) -> bool:
    return ctx.actor.customer_id == one.customer_id or ctx.actor.may(Scope.READ_CUSTOMERS)


nodes.register("TaxExemption", _fetch)
