"""Gift cards and store credit on the wire, and who may see what of them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import strawberry

import resolvers.orders_enums  # noqa: F401 - describes the actors' enumeration
from domain.acts import ActorKind, Scope
from domain.gift_cards import codes, model, store
from domain.gift_cards.errors import GiftCardErrorCode
from domain.gift_cards.model import GiftCardEventKind, GiftCardId, GiftCardSource
from domain.ledger import model as ledger_model
from domain.ledger import store as ledger
from domain.ledger import stored_value
from domain.ledger.model import Phase, TransferCode, WalletId
from resolvers import nodes
from resolvers.connections import After, Before, Connection, First, Last, connect, page_of
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum
from resolvers.ids import global_id
from resolvers.scalars import CurrencyCode, Money

described_enum(
    GiftCardSource,
    "How a gift card came into the world.",
    {"SOLD": "Somebody bought it.", "GRANTED": "Head office issued it without a sale."},
)
described_enum(
    GiftCardEventKind,
    "What happened to a gift card beside payments.",
    {
        "ISSUED": "It was made.",
        "TOPPED_UP": "More value was put on it.",
        "BLOCKED": "It was stopped.",
        "UNBLOCKED": "It may pay again.",
    },
)
described_enum(
    GiftCardErrorCode,
    "Why a gift card or store credit command was refused.",
    {
        "GIFT_CARD_NOT_FOUND": "There is no such gift card, or its code is not right.",
        "GIFT_CARD_BLOCKED": "The gift card is stopped.",
        "CURRENCY_MISMATCH": "The gift card is in another currency.",
        "AMOUNT_INVALID": "The market's terms do not admit the amount; see `minimum` and `maximum`.",
        "BALANCE_TOO_LARGE": "The gift card would hold too much; see `maximum` for what may be added.",
        "QUANTITY_INVALID": "No card, or too many at once.",
        "TERMS_INVALID": "The terms contradict themselves; see the message.",
        "NOTE_INVALID": "Say why: the note is empty or too long.",
        "CUSTOMER_NOT_FOUND": "There is no such customer, or not for you.",
        "TOO_MANY_ATTEMPTS": "Too many wrong codes; see `retryAt`.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used for another input.",
        "IDEMPOTENCY_KEY_INVALID": "The key is empty or too long.",
    },
)


class StoredValueTransactionType(StrEnum):
    """Why the value of a gift card or of store credit moved."""

    ISSUED = "ISSUED"
    HELD = "HELD"
    RELEASED = "RELEASED"
    SPENT = "SPENT"
    RETURNED = "RETURNED"
    EXPIRED = "EXPIRED"


described_enum(
    StoredValueTransactionType,
    "Why the value of a gift card or of store credit moved.",
    {
        "ISSUED": "It was put there.",
        "HELD": "A checkout reserved it.",
        "RELEASED": "What was reserved is free again.",
        "SPENT": "It paid.",
        "RETURNED": "A refund gave it back.",
        "EXPIRED": "Its time had come.",
    },
)
_TYPES = {
    TransferCode.HOLD: StoredValueTransactionType.HELD,
    TransferCode.VOID: StoredValueTransactionType.RELEASED,
    TransferCode.REDEEM: StoredValueTransactionType.SPENT,
    TransferCode.RECREDIT: StoredValueTransactionType.RETURNED,
    TransferCode.EXPIRE: StoredValueTransactionType.EXPIRED,
}


@strawberry.type(description="One movement of a gift card's or store credit's value.")
class StoredValueTransaction:
    """A line of a statement."""

    type: StoredValueTransactionType = strawberry.field(description="Why the value moved.")
    amount: Money = strawberry.field(description="How much moved or was reserved; positive.")
    change: Money = strawberry.field(description="What it did to the balance: zero for a reservation and its release.")
    balance_after: Money = strawberry.field(description="The balance after it, what is reserved included.")
    order_id: strawberry.ID | None = strawberry.field(description="The Order it belongs to; null when none is known.")
    recorded_at: datetime = strawberry.field(description="When it was written.")

    @classmethod
    def of(cls, value: ledger_model.Transfer) -> "StoredValueTransaction":
        """The wire form of a transfer."""
        reserves = value.phase is not Phase.POSTED
        return cls(
            type=_TYPES.get(value.code, StoredValueTransactionType.ISSUED),
            amount=Money.minor(value.amount, value.unit),
            change=Money.minor(0 if reserves else value.change, value.unit),
            balance_after=Money.minor(value.balance_after, value.unit),
            order_id=None if value.order_id is None else strawberry.ID(global_id("Order", value.order_id)),
            recorded_at=value.recorded_at,
        )


@strawberry.type(description="Something that happened to a gift card beside payments.")
class GiftCardEvent:
    """A step of a card's history."""

    kind: GiftCardEventKind = strawberry.field(description="What happened.")
    actor_kind: ActorKind = strawberry.field(description="How the one who did it proved themselves.")
    note: str = strawberry.field(description="Why, in the words of who did it; may be empty.")
    recorded_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="Money that was paid before and is opened by a code. It pays in its own currency only.")
class GiftCard(nodes.Node):
    """A gift card on the wire."""

    value: strawberry.Private[model.GiftCard]
    tells_code: strawberry.Private[bool]

    last_characters: str = strawberry.field(description="The last four characters of its code, to tell cards apart.")
    currency_code: CurrencyCode = strawberry.field(description="Its currency.")
    source: GiftCardSource = strawberry.field(description="How it came into the world.")
    initial: Money = strawberry.field(description="What it was issued with.")
    blocked: bool = strawberry.field(description="Whether it is stopped and pays nothing.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    expires_at: datetime | None = strawberry.field(
        description="From this instant on the value that was put on it last cannot be spent; null when it never dies."
    )

    @classmethod
    def of(cls, value: model.GiftCard, *, tells_code: bool = False) -> "GiftCard":
        """The wire form of a card; `tells_code` for those who may hear its code."""
        return cls(
            id=strawberry.ID(global_id("GiftCard", value.id)),
            value=value,
            tells_code=tells_code,
            last_characters=value.last_characters,
            currency_code=CurrencyCode(value.currency),
            source=value.source,
            initial=Money.minor(value.initial_minor, value.currency),
            blocked=value.blocked_at is not None,
            issued_at=value.issued_at,
            expires_at=value.expires_at,
        )

    @strawberry.field(description="What it can pay now; zero while it is blocked.")
    async def balance(self, info: ContextInfo) -> Money:
        return await balance_of(info.context, self.value.wallet_id, self.value.currency)

    @strawberry.field(
        description="Its whole code, which spends it: keep it secret. Only told where it was issued and to who bought it; "
        "null everywhere else, and once the server's key was changed."
    )
    def code(self, info: ContextInfo) -> str | None:
        if not self.tells_code:
            return None
        code = codes.code_of(info.context.services.signing_key)(self.value.id)
        # Under another key than the one it was issued under the code is not known any more; it still pays.
        return code if codes.last_characters(code) == self.last_characters else None

    @strawberry.field(description="Its statement, newest first. Empty without the scope `read_gift_cards`.")
    async def transactions(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[StoredValueTransaction]:
        may = info.context.actor.may(Scope.READ_GIFT_CARDS)
        wallet_id = self.value.wallet_id if may else WalletId(UUID(int=0))
        return await statement(info.context, wallet_id, first, after, last, before)

    @strawberry.field(
        description="What happened to it beside payments, oldest first. Empty without the scope `read_gift_cards`."
    )
    async def events(self, info: ContextInfo) -> list[GiftCardEvent]:
        if not info.context.actor.may(Scope.READ_GIFT_CARDS):
            return []
        found = await info.context.load_list(store.events_of_cards, self.value.id)
        return [
            GiftCardEvent(
                kind=event.kind, actor_kind=ActorKind(event.actor_kind), note=event.note, recorded_at=event.recorded_at
            )
            for event in found
        ]


@strawberry.type(
    description="A customer's balance with the shop in one currency. It pays like a gift card, without a code."
)
class StoreCredit:
    """Store credit on the wire."""

    wallet_id: strawberry.Private[WalletId]
    currency: strawberry.Private[str]

    @strawberry.field(description="What it can pay now.")
    async def balance(self, info: ContextInfo) -> Money:
        return await balance_of(info.context, self.wallet_id, self.currency)

    @strawberry.field(description="Its statement, newest first.")
    async def transactions(
        self, info: ContextInfo, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[StoredValueTransaction]:
        return await statement(info.context, self.wallet_id, first, after, last, before)


async def balance_of(ctx: Context, wallet_id: WalletId, currency: str) -> Money:
    """What a wallet of stored value can pay now."""
    return Money.minor(await ctx.load_at(stored_value.spendable, wallet_id) or 0, currency)


async def statement(
    ctx: Context, wallet_id: WalletId, first: int | None, after: str | None, last: int | None, before: str | None
) -> Connection[StoredValueTransaction]:
    """A page of a wallet's transfers. The caller has checked that they may be seen."""
    name = "storedValueTransactions"
    page = page_of(name, first, after, last, before)
    found = await ctx.read(lambda conn: ledger.transactions(conn, wallet_id, page))
    return connect(name, found, node=StoredValueTransaction.of, key=lambda transfer: (transfer.wallet_version,))


async def _visible(ctx: Context, ids: Sequence[UUID]) -> list[GiftCard | None]:
    if not ctx.actor.may(Scope.READ_GIFT_CARDS):
        return [None] * len(ids)
    found = [await ctx.load(store.cards, GiftCardId(key)) for key in ids]
    return [None if card is None else GiftCard.of(card) for card in found]


nodes.register("GiftCard", _visible)
