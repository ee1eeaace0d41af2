"""Markets' rules for tenders: the smallest coin, and how refunds are split."""

import strawberry

from domain.acts import Scope
from domain.money import Currency
from domain.payments import service, store_terms
from domain.payments.errors import TermsErrorCode, TermsInvalid
from domain.payments.model import RefundOrder, TenderTerms
from resolvers.context import ContextInfo
from resolvers.enums import described_enum
from resolvers.errors import UserError
from resolvers.scalars import CurrencyCode, Money, MoneyInput

described_enum(
    RefundOrder,
    "Out of which of an order's tenders a refund comes first.",
    {
        "CARD_FIRST": "Cards, then money held elsewhere, then gift cards and store credit, then cash.",
        "STORED_VALUE_FIRST": "Gift cards and store credit, then cards, then money held elsewhere, then cash.",
        "PROPORTIONAL": "All together, in proportion to what is left on each.",
    },
)


described_enum(
    TermsErrorCode,
    "Why terms were refused.",
    {"TERMS_INVALID": "They contradict themselves; see the message."},
    name="TenderTermsErrorCode",
)


@strawberry.type(description="Why terms for tenders were refused.")
class TenderTermsUserError(UserError):
    """A refusal on the wire."""

    code: TermsErrorCode = strawberry.field(description="Which rule said no.")


@strawberry.type(description="A market's rules for tenders.")
class MarketTenderTerms:
    """Terms on the wire."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2; empty for all other countries.")
    currency_code: CurrencyCode = strawberry.field(description="The currency.")
    cash_step: Money = strawberry.field(description="The smallest amount that coins make; cash is rounded to it.")
    refund_order: RefundOrder = strawberry.field(description="How refunds of orders with several tenders are split.")

    @classmethod
    def of(cls, value: TenderTerms) -> "MarketTenderTerms":
        """The wire form of terms."""
        return cls(
            country=value.country,
            currency_code=CurrencyCode(value.currency),
            cash_step=Money.minor(value.cash_step_minor, value.currency),
            refund_order=value.refund_order,
        )


@strawberry.input(description="A market's rules for tenders. They apply to sales from now on.")
class TenderTermsSetInput:
    """Terms to set."""

    country: str = strawberry.field(
        description="ISO 3166-1 alpha-2; empty for every country without terms of its own in this currency."
    )
    currency_code: CurrencyCode = strawberry.field(description="The currency.")
    cash_step: MoneyInput = strawberry.field(description="The smallest amount that coins make, such as `0.05`.")
    refund_order: RefundOrder = strawberry.field(
        default=RefundOrder.CARD_FIRST, description="How refunds of orders with several tenders are split."
    )


@strawberry.type(description="The answer to `tenderTermsSet`.")
class TenderTermsSetPayload:
    """Terms, or why not."""

    terms: MarketTenderTerms | None = strawberry.field(description="The terms as they are now; null when refused.")
    user_errors: list[TenderTermsUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.type
class TenderTermsQuery:
    """Reading terms."""

    @strawberry.field(
        description="The markets whose rules for tenders were set. Others round cash as their currency's coins ask for, and "
        "refund cards first. Needs the scope `read_orders`."
    )
    async def tender_terms(self, info: ContextInfo) -> list[MarketTenderTerms]:
        info.context.require(Scope.READ_ORDERS)
        return [MarketTenderTerms.of(one) for one in await info.context.read(store_terms.all_terms)]


@strawberry.type
class TenderTermsMutation:
    """Setting terms."""

    @strawberry.mutation(description="Set a market's rules for tenders. Needs the scope `operate`.")
    async def tender_terms_set(self, info: ContextInfo, input: TenderTermsSetInput) -> TenderTermsSetPayload:
        ctx, step = info.context, input.cash_step.value()
        ctx.require(Scope.OPERATE)
        currency = Currency(input.currency_code)
        if step.currency != currency:
            return _refused("cashStep is in the terms' own currency.")
        new = TenderTerms(input.country, currency, step.amount_minor, input.refund_order)
        try:
            terms = await ctx.write(lambda conn, act: service.set_terms(conn, new, act))
        except TermsInvalid as refused:
            return _refused(refused.message)
        return TenderTermsSetPayload(terms=MarketTenderTerms.of(terms), user_errors=[])


def _refused(message: str) -> TenderTermsSetPayload:
    error = TenderTermsUserError(field=["input"], message=message, code=TermsErrorCode.TERMS_INVALID)
    return TenderTermsSetPayload(terms=None, user_errors=[error])
