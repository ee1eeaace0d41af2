"""Gift cards and store credit: issuing, stopping, looking up."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

import strawberry

from domain.acts import Act, ActorKind, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.customers.model import CustomerId
from domain.errors import Refused
from domain.gift_cards import codes, model, service, store
from domain.gift_cards.errors import GiftCardErrorCode, GiftCardNotFound
from domain.gift_cards.model import GiftCardId, GiftCardSource, NewCards, Terms
from domain.idempotency.service import Done
from domain.ledger import store as ledger
from domain.money import Currency
from domain.throttles import service as throttles
from resolvers.access import count_attempt, throttle_key
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.costs import Cost
from resolvers.enums import member_of
from resolvers.errors import BadInput, UserError
from resolvers.gift_cards_inputs import (
    GiftCardBlockInput,
    GiftCardLookupInput,
    GiftCardsIssueInput,
    GiftCardTermsSetInput,
    GiftCardTopUpInput,
    StoreCreditGrantInput,
)
from resolvers.gift_cards_types import GiftCard, StoreCredit
from resolvers.ids import uuid_of
from resolvers.scalars import CurrencyCode, Money

T = TypeVar("T")
_CODE_LENGTH_MAX = 64


@strawberry.type(description="Why a gift card or store credit command was refused.")
class GiftCardUserError(UserError):
    """A refusal on the wire."""

    code: GiftCardErrorCode = strawberry.field(description="Which rule said no.")
    minimum: Money | None = strawberry.field(description="The least that is admitted; null when not about that.")
    maximum: Money | None = strawberry.field(description="The most that is admitted; null when not about that.")
    retry_at: datetime | None = strawberry.field(description="When to try again after too many wrong codes; else null.")

    @classmethod
    def of(cls, refused: Refused, currency: str | None = None) -> "GiftCardUserError":
        """The wire form of a refusal; amounts are in `currency`."""
        facts, retry_at = refused.facts, refused.facts.get("retryAt")

        def money(name: str) -> Money | None:
            fact = facts.get(name)
            return Money.minor(fact, currency) if isinstance(fact, int) and currency is not None else None

        return cls(
            field=list(refused.field) or None,
            message=refused.message,
            code=member_of(GiftCardErrorCode, refused.code),
            minimum=money("minimumMinor"),
            maximum=money("maximumMinor"),
            retry_at=datetime.fromisoformat(retry_at) if isinstance(retry_at, str) else None,
        )


@strawberry.type(description="The answer to `giftCardsIssue`.")
class GiftCardsIssuePayload:
    """Cards with their codes, or why not."""

    gift_cards: list[GiftCard] = strawberry.field(
        description="The cards; `code` is told here, and again when the key is sent again. Empty when refused."
    )
    user_errors: list[GiftCardUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been sent before.")


@strawberry.type(description="The outcome of a command on a gift card.")
class GiftCardPayload:
    """A card, or why not."""

    gift_card: GiftCard | None = strawberry.field(description="The card as it is now; null when refused.")
    user_errors: list[GiftCardUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been sent before.")


@strawberry.type(description="A market's rules for gift cards.")
class GiftCardTerms:
    """Terms on the wire."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2; empty for all other countries.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of the cards.")
    validity_months: int | None = strawberry.field(description="How long value lives; null for ever.")
    to_year_end: bool = strawberry.field(description="Whether it then lives on to the end of that calendar year.")
    minimum: Money = strawberry.field(description="The least a card is issued or topped up with.")
    maximum: Money = strawberry.field(description="The most a card is issued with, and the most it holds.")

    @classmethod
    def of(cls, value: Terms) -> "GiftCardTerms":
        """The wire form of terms."""
        return cls(
            country=value.country,
            currency_code=CurrencyCode(value.currency),
            validity_months=value.validity_months,
            to_year_end=value.to_year_end,
            minimum=Money.minor(value.minimum_minor, value.currency),
            maximum=Money.minor(value.maximum_minor, value.currency),
        )


@strawberry.type(description="The answer to `giftCardTermsSet`.")
class GiftCardTermsSetPayload:
    """Terms, or why not."""

    terms: GiftCardTerms | None = strawberry.field(description="The terms as they are now; null when refused.")
    user_errors: list[GiftCardUserError] = strawberry.field(description="Why not; empty on success.")


@strawberry.type(description="The answer to `storeCreditGrant`.")
class StoreCreditGrantPayload:
    """A balance, or why not."""

    store_credit: StoreCredit | None = strawberry.field(description="The balance as it is now; null when refused.")
    user_errors: list[GiftCardUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been sent before.")


@strawberry.type(description="The answer to `giftCardLookup`.")
class GiftCardLookupPayload:
    """A card, or why not."""

    gift_card: GiftCard | None = strawberry.field(description="The card; null when refused.")
    user_errors: list[GiftCardUserError] = strawberry.field(description="Why not; empty on success.")


async def proven_code(ctx: Context, code: str, guest: str) -> model.GiftCard:
    """The card of a code that the caller gives. Wrong codes are counted; `guest` names the caller who is not signed in.

    Raises:
        GiftCardNotFound: no card has this code.
        TooManyAttempts: the caller gave too many wrong ones.
    """
    if len(code) > _CODE_LENGTH_MAX:
        raise BadInput(f"code has at most {_CODE_LENGTH_MAX} characters.", maximum=_CODE_LENGTH_MAX)
    caller = guest if ctx.actor.kind is ActorKind.GUEST else ctx.caller_scope()
    key = throttle_key("gift-card", caller)
    await count_attempt(ctx, key, service.LOOK_UPS)
    card = await ctx.read(lambda conn: service.by_code(conn, code))
    await ctx.write(lambda conn, _act: throttles.clear(conn, key))
    return card


@strawberry.type
class GiftCardsQuery:
    """Finding gift cards and balances."""

    @strawberry.field(
        description="A gift card by the code somebody holds, with its balance. Ten wrong codes in 15 minutes for each "
        "caller, and for each code of somebody who is not signed in.",
        directives=[Cost(weight=20)],
    )
    async def gift_card_lookup(
        self,
        info: ContextInfo,
        input: Annotated[GiftCardLookupInput, strawberry.argument(description="The code.")],
    ) -> GiftCardLookupPayload:
        try:
            card = await proven_code(info.context, input.code, input.code)
        except Refused as refused:
            return GiftCardLookupPayload(gift_card=None, user_errors=[GiftCardUserError.of(refused)])
        return GiftCardLookupPayload(gift_card=GiftCard.of(card), user_errors=[])

    @strawberry.field(description="All gift cards, newest first. Needs the scope `read_gift_cards`.")
    async def gift_cards(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[GiftCard]:
        info.context.require(Scope.READ_GIFT_CARDS)
        page = page_of("giftCards", first, after, last, before)
        found = await info.context.read(lambda conn: store.page(conn, page))
        return connect("giftCards", found, node=GiftCard.of, key=lambda card: (card.id.hex,))

    @strawberry.field(description="Every market's rules for gift cards. Needs the scope `read_gift_cards`.")
    async def gift_card_terms(self, info: ContextInfo) -> list[GiftCardTerms]:
        info.context.require(Scope.READ_GIFT_CARDS)
        return [GiftCardTerms.of(one) for one in await info.context.read(store.all_terms)]

    @strawberry.field(
        description="A customer's store credit in one currency: your own, or anybody's with the scope `read_gift_cards`. "
        "Null while there never was any."
    )
    async def store_credit(
        self,
        info: ContextInfo,
        currency_code: Annotated[CurrencyCode, strawberry.argument(description="The currency.")],
        customer_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The Customer; you yourself when null.")
        ] = None,
    ) -> StoreCredit | None:
        ctx = info.context
        whose = ctx.actor.customer_id if customer_id is None else uuid_of("Customer", customer_id)
        if whose is None or (whose != ctx.actor.customer_id and not ctx.actor.may(Scope.READ_GIFT_CARDS)):
            return None
        owner = service.store_credit_owner(whose)
        wallet = await ctx.read(lambda conn: ledger.of_owner(conn, currency_code, owner))
        return None if wallet is None else StoreCredit(wallet_id=wallet.id, currency=wallet.unit)


@strawberry.type
class GiftCardsMutation:
    """What head office does with gift cards and store credit."""

    @strawberry.mutation(
        description="Issue gift cards without a sale, 1 to 500 of one amount. Their codes are in the answer, and in the "
        "answer to the same key sent again. Needs the scope `write_gift_cards`."
    )
    async def gift_cards_issue(self, info: ContextInfo, input: GiftCardsIssueInput) -> GiftCardsIssuePayload:
        ctx, batch_id = info.context, info.context.new_id()
        ctx.require(Scope.WRITE_GIFT_CARDS)
        code_of, amount = codes.code_of(ctx.services.signing_key), input.amount.value()
        if len(input.note) > model.NOTE_LENGTH_MAX or len(input.country) != 2 or not input.country.isupper():
            raise BadInput("country is two capitals such as GB, note has at most 200 characters.")
        new = NewCards(amount, input.quantity, input.country, GiftCardSource.GRANTED, batch_id, note=input.note)

        def reload(conn: ReadConnection, reference: str) -> Sequence[model.GiftCard]:
            return store.cards_of_batches(conn, [UUID(reference)])[UUID(reference)]

        try:
            done = await _command(
                ctx,
                "giftCardsIssue",
                input,
                lambda conn, act: service.issue(conn, new, act, code_of),
                lambda cards: str(cards[0].batch_id),
                reload,
            )
        except Refused as refused:
            errors = [GiftCardUserError.of(refused, amount.currency)]
            return GiftCardsIssuePayload(gift_cards=[], user_errors=errors, replayed=False)
        cards = [GiftCard.of(card, tells_code=True) for card in done.value]
        return GiftCardsIssuePayload(gift_cards=cards, user_errors=[], replayed=done.replayed)

    @strawberry.mutation(description="Put more value on a gift card. Needs the scope `write_gift_cards`.")
    async def gift_card_top_up(self, info: ContextInfo, input: GiftCardTopUpInput) -> GiftCardPayload:
        card_id, amount = GiftCardId(uuid_of("GiftCard", input.gift_card_id)), input.amount.value()
        return await _on_card(
            info.context,
            "giftCardTopUp",
            input,
            lambda conn, act: service.top_up(conn, card_id, amount, input.note, act),
            amount.currency,
        )

    @strawberry.mutation(
        description="Stop a gift card: it pays nothing until it is unblocked; refunds still go to it. Needs the scope "
        "`write_gift_cards`."
    )
    async def gift_card_block(self, info: ContextInfo, input: GiftCardBlockInput) -> GiftCardPayload:
        card_id = GiftCardId(uuid_of("GiftCard", input.gift_card_id))
        return await _on_card(
            info.context, "giftCardBlock", input, lambda conn, act: service.block(conn, card_id, input.note, act)
        )

    @strawberry.mutation(description="Let a stopped gift card pay again. Needs the scope `write_gift_cards`.")
    async def gift_card_unblock(self, info: ContextInfo, input: GiftCardBlockInput) -> GiftCardPayload:
        card_id = GiftCardId(uuid_of("GiftCard", input.gift_card_id))
        return await _on_card(
            info.context, "giftCardUnblock", input, lambda conn, act: service.unblock(conn, card_id, input.note, act)
        )

    @strawberry.mutation(
        description="Set a market's rules for gift cards. They apply to value that is issued from now on. Needs the scope "
        "`write_gift_cards`."
    )
    async def gift_card_terms_set(self, info: ContextInfo, input: GiftCardTermsSetInput) -> GiftCardTermsSetPayload:
        ctx, minimum, maximum = info.context, input.minimum.value(), input.maximum.value()
        currency = Currency(input.currency_code)
        ctx.require(Scope.WRITE_GIFT_CARDS)
        if not minimum.currency == maximum.currency == currency:
            raise BadInput("minimum and maximum are in the terms' own currency.")
        new = Terms(
            country=input.country,
            currency=currency,
            validity_months=input.validity_months,
            to_year_end=input.to_year_end,
            minimum_minor=minimum.amount_minor,
            maximum_minor=maximum.amount_minor,
        )
        try:
            terms = await ctx.write(lambda conn, act: service.set_terms(conn, new, act))
        except Refused as refused:
            return GiftCardTermsSetPayload(terms=None, user_errors=[GiftCardUserError.of(refused)])
        return GiftCardTermsSetPayload(terms=GiftCardTerms.of(terms), user_errors=[])

    @strawberry.mutation(
        description="Give a customer store credit that no refund stands behind. Needs the scope `write_gift_cards`."
    )
    async def store_credit_grant(self, info: ContextInfo, input: StoreCreditGrantInput) -> StoreCreditGrantPayload:
        ctx, amount = info.context, input.amount.value()
        ctx.require(Scope.WRITE_GIFT_CARDS)
        customer_id = CustomerId(uuid_of("Customer", input.customer_id))
        owner = service.store_credit_owner(customer_id)
        try:
            done = await _command(
                ctx,
                "storeCreditGrant",
                input,
                lambda conn, act: service.grant_store_credit(conn, customer_id, amount, input.note, act),
                str,
                lambda _conn, reference: UUID(reference),
            )
            wallet = await ctx.read(lambda conn: ledger.of_owner(conn, amount.currency, owner))
        except Refused as refused:
            errors = [GiftCardUserError.of(refused, amount.currency)]
            return StoreCreditGrantPayload(store_credit=None, user_errors=errors, replayed=False)
        assert wallet is not None, "what was just granted lies in a wallet"
        credit = StoreCredit(wallet_id=wallet.id, currency=wallet.unit)
        return StoreCreditGrantPayload(store_credit=credit, user_errors=[], replayed=done.replayed)


class _Keyed(Protocol):
    """An input with an idempotency key."""

    idempotency_key: strawberry.ID


async def _on_card(
    ctx: Context,
    operation: str,
    given: _Keyed,
    effect: Callable[[WriteConnection, Act], model.GiftCard],
    currency: str | None = None,
) -> GiftCardPayload:
    """Run a command on one card, once per key."""
    ctx.require(Scope.WRITE_GIFT_CARDS)
    try:
        done = await _command(ctx, operation, given, effect, lambda card: str(card.id), _card_again)
    except Refused as refused:
        return GiftCardPayload(gift_card=None, user_errors=[GiftCardUserError.of(refused, currency)], replayed=False)
    return GiftCardPayload(gift_card=GiftCard.of(done.value), user_errors=[], replayed=done.replayed)


def _card_again(conn: ReadConnection, reference: str) -> model.GiftCard:
    found = store.cards(conn, [GiftCardId(UUID(reference))]).get(GiftCardId(UUID(reference)))
    if found is None:
        raise GiftCardNotFound
    return found


async def _command(
    ctx: Context,
    operation: str,
    given: _Keyed,
    effect: Callable[[WriteConnection, Act], T],
    reference: Callable[[T], str],
    reload: Callable[[ReadConnection, str], T],
) -> Done[T]:
    body = asdict(given)  # type: ignore[call-overload]  # every input is a dataclass
    key = body.pop("idempotency_key")
    return await ctx.command(operation, key, body, effect=effect, reference=reference, reload=reload)
