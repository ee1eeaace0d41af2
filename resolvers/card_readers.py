"""Card readers of a store: named by head office, asked for cards by tills."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.card_readers import model, service, store
from domain.card_readers.errors import CardReaderErrorCode, CardReaderUnknown
from domain.card_readers.model import REFERENCE_LENGTH_MAX, CardReaderId
from domain.connections import WriteConnection
from domain.errors import ProviderUnavailable, Refused
from domain.payments.provider import ReaderAction
from resolvers import nodes
from resolvers.carts_inputs import KEY, bounded
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum, member_of
from resolvers.errors import Unavailable, UserError
from resolvers.ids import global_id, uuid_of
from resolvers.locations_types import Location, location_by_id

described_enum(
    ReaderAction,
    "What a card reader did with the last payment it was given.",
    {
        "NONE": "It was given none.",
        "WAITING": "It waits for a card.",
        "SUCCEEDED": "A card was held to it and accepted.",
        "FAILED": "The card was refused, or nobody held one in time; see `failureCode`.",
    },
    name="CardReaderAction",
)
described_enum(
    CardReaderErrorCode,
    "Why a command on card readers was refused.",
    {
        "CARD_READER_NOT_FOUND": "There is no such card reader.",
        "CARD_READER_UNKNOWN": "The payment provider knows no such device.",
        "CARD_READER_TAKEN": "The device is registered in another store.",
        "LOCATION_NOT_FOUND": "There is no such location.",
        "LABEL_INVALID": "The label is empty or too long.",
        "TOO_MANY_CARD_READERS": "The store has as many as it may.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


@strawberry.type(description="A card reader as the payment provider sees it now.")
class CardReaderState:
    """Reader states on the wire."""

    is_online: bool = strawberry.field(description="Whether the provider can reach it.")
    action: ReaderAction = strawberry.field(description="What it did with the last payment it was given.")
    failure_code: str | None = strawberry.field(description="The provider's reason; null unless `action` is FAILED.")


@strawberry.type(description="A device of a store that a customer's card is held to.")
class CardReader(nodes.Node):
    """A reader on the wire."""

    label: str = strawberry.field(description="What is written on it.")
    provider_reference: str = strawberry.field(description="The payment provider's id of the device.")
    registered_at: datetime = strawberry.field(description="Since when this store uses it.")
    removed_at: datetime | None = strawberry.field(description="Since when it is used no more; null while it is.")
    value: strawberry.Private[model.CardReader]

    @classmethod
    def of(cls, value: model.CardReader) -> "CardReader":
        """The wire form of a reader."""
        return cls(
            id=strawberry.ID(global_id("CardReader", value.id)),
            label=value.label,
            provider_reference=value.provider_reference,
            registered_at=value.registered_at,
            removed_at=value.removed_at,
            value=value,
        )

    @strawberry.field(description="The store it stands in.")
    async def location(self, info: ContextInfo) -> Location | None:
        return await location_by_id(info.context, self.value.location_id)

    @strawberry.field(
        description="Asked of the payment provider now; null when it does not answer or knows it no more."
    )
    async def state(self, info: ContextInfo) -> CardReaderState | None:
        try:
            found = await info.context.services.payments.reader(self.value.provider_reference)
        except ProviderUnavailable:
            return None
        if found is None:
            return None
        return CardReaderState(is_online=found.is_online, action=found.action, failure_code=found.failure_code)


@strawberry.type(description="Why a command on card readers was refused.")
class CardReaderUserError(UserError):
    """A refusal on the wire."""

    code: CardReaderErrorCode = strawberry.field(description="Which rule said no.")


@strawberry.input(description="The input of `cardReaderRegister`.")
class CardReaderRegisterInput:
    """A device."""

    location_id: strawberry.ID = strawberry.field(description="The store it stands in.")
    label: str = strawberry.field(description="What is written on it, in 1 to 60 characters.")
    provider_reference: str = strawberry.field(
        description="The payment provider's id of the device, such as Stripe's `tmr_…`; register it there first."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The input of `cardReaderRemove`.")
class CardReaderRemoveInput:
    """Which device."""

    card_reader_id: strawberry.ID = strawberry.field(description="The CardReader.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type(description="The answer to `cardReaderRegister` and `cardReaderRemove`.")
class CardReaderPayload:
    """A reader, or why not."""

    card_reader: CardReader | None = strawberry.field(description="The reader as it is now; null when refused.")
    user_errors: list[CardReaderUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type
class CardReadersMutation:
    """Naming a store's readers."""

    @strawberry.mutation(
        description="Use a device that the payment provider knows in a store; again in the same store renames it. Needs the "
        "scope `operate`."
    )
    async def card_reader_register(self, info: ContextInfo, input: CardReaderRegisterInput) -> CardReaderPayload:
        ctx = info.context
        ctx.require(Scope.OPERATE)
        bounded(len(input.provider_reference), REFERENCE_LENGTH_MAX, "providerReference")
        location_id = uuid_of("Location", input.location_id)
        try:
            known = await ctx.services.payments.reader(input.provider_reference) if input.provider_reference else None
        except ProviderUnavailable:
            raise Unavailable from None
        if known is None:
            return _refused(CardReaderUnknown())
        return await _done(
            ctx,
            "cardReaderRegister",
            input,
            lambda conn, act: service.register(conn, location_id, input.label, input.provider_reference, act),
        )

    @strawberry.mutation(
        description="Use a device no more. A payment that waits at it goes on. Needs the scope `operate`."
    )
    async def card_reader_remove(self, info: ContextInfo, input: CardReaderRemoveInput) -> CardReaderPayload:
        info.context.require(Scope.OPERATE)
        key = CardReaderId(uuid_of("CardReader", input.card_reader_id))
        return await _done(info.context, "cardReaderRemove", input, lambda conn, act: service.remove(conn, key, act))


@strawberry.type
class CardReadersQuery:
    """Reading a store's readers."""

    @strawberry.field(
        description="The card readers that a store uses, by label, at most 100. For who works there; needs the scope "
        "`read_orders`."
    )
    async def card_readers(
        self,
        info: ContextInfo,
        location_id: Annotated[strawberry.ID, strawberry.argument(description="The Location they stand in.")],
    ) -> list[CardReader]:
        ctx, place = info.context, uuid_of("Location", location_id)
        actor = ctx.require(Scope.READ_ORDERS)
        if not actor.works_at(place):
            return []
        return [CardReader.of(one) for one in await ctx.read(lambda conn: store.of_location(conn, place))]


async def _done(
    ctx: Context,
    operation: str,
    given: CardReaderRegisterInput | CardReaderRemoveInput,
    effect: Callable[[WriteConnection, Act], model.CardReader],
) -> CardReaderPayload:
    body = asdict(given)
    key = body.pop("idempotency_key")
    try:
        done = await ctx.command(
            operation,
            key,
            body,
            effect=effect,
            reference=lambda made: made.id.hex,
            reload=lambda conn, reference: store.one(conn, CardReaderId(UUID(hex=reference))),
        )
    except Refused as refused:
        return _refused(refused)
    return CardReaderPayload(card_reader=CardReader.of(done.value), user_errors=[], replayed=done.replayed)


def _refused(refused: Refused) -> CardReaderPayload:
    error = CardReaderUserError(
        code=member_of(CardReaderErrorCode, refused.code), field=list(refused.field) or None, message=refused.message
    )
    return CardReaderPayload(card_reader=None, user_errors=[error], replayed=False)


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.load_many(store.readers, [CardReaderId(key) for key in ids])
    seen = (found.get(CardReaderId(key)) for key in ids)
    may = ctx.actor.may(Scope.READ_ORDERS)
    return [
        CardReader.of(one) if one is not None and may and ctx.actor.works_at(one.location_id) else None for one in seen
    ]


nodes.register("CardReader", _fetch)
