"""Paying what an order owes until it is collected, at a till."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.card_readers import service as card_readers
from domain.card_readers.model import CardReaderId
from domain.connections import ReadConnection, WriteConnection
from domain.errors import ProviderUnavailable, Refused
from domain.gift_cards.model import GiftCard
from domain.locations.model import LocationId
from domain.orders import paying_balance
from domain.orders import store as orders
from domain.orders.checkout_model import CheckoutErrorCode, TendersInvalid
from domain.orders.model import Order as OrderValue
from domain.orders.paying_balance import BalancePart, CardPart
from domain.orders.tills import TillTenderKind
from domain.payments import store as payment_store
from domain.payments.model import Payment, PaymentId, PaymentStatus
from domain.payments.provider import ProviderResult, ProviderStatus
from domain.payments.service import authorize_request
from resolvers.checkout_driver import asked
from resolvers.checkout_tenders import gift_cards_of, part_of
from resolvers.checkout_types import CheckoutPayment, CheckoutUserError, TillTenderInput
from resolvers.context import Context, ContextInfo
from resolvers.enums import described_enum
from resolvers.errors import BadInput, Unavailable
from resolvers.ids import uuid_of
from resolvers.order_access import order_for_caller
from resolvers.orders_types import Order
from resolvers.scalars import MoneyInput

_KEY = "Your name for this intent; send it again to retry."
_METHOD_LENGTH_MAX = 255


class BalanceTender(StrEnum):
    """How a part of what an order owes is paid."""

    CASH = "CASH"
    CARD = "CARD"
    GIFT_CARD = "GIFT_CARD"
    STORE_CREDIT = "STORE_CREDIT"
    EXTERNAL = "EXTERNAL"


described_enum(
    BalanceTender,
    "How a part of what an order owes is paid.",
    {
        "CASH": "Coins and notes, into the till's drawer.",
        "CARD": "A card, by its token or at a reader.",
        "GIFT_CARD": "A gift card that is scanned.",
        "STORE_CREDIT": "The store credit of the order's customer.",
        "EXTERNAL": "Somebody else holds the money, such as the issuer of a voucher.",
    },
)


@strawberry.input(description="A part of what an order owes until it is collected. Send as many as it takes.")
class OrderBalancePayInput:
    """One tender of a balance."""

    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)
    order_id: strawberry.ID = strawberry.field(description="The Order.")
    location_id: strawberry.ID = strawberry.field(description="The store, one where you work.")
    tender: BalanceTender = strawberry.field(description="How it is paid.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="How much of `order.balanceDue`; null for all of it, or for as much as a gift card or store credit has.",
    )
    cash_tendered: MoneyInput | None = strawberry.field(
        default=None,
        description="With CASH: coins and notes handed over; `payment.change` of the order says the change.",
    )
    payment_method: str | None = strawberry.field(
        default=None, description="With CARD: the provider's token of the presented card."
    )
    card_reader_id: strawberry.ID | None = strawberry.field(
        default=None, description="With CARD: the CardReader that is to ask for the card, in place of `paymentMethod`."
    )
    gift_card_code: str | None = strawberry.field(default=None, description="With GIFT_CARD: the code as scanned.")
    payer: str | None = strawberry.field(default=None, description="With EXTERNAL: who holds the money.")


@strawberry.type(description="The answer to `orderBalancePay`.")
class OrderBalancePayPayload:
    """An order and the payment that was made for it, or why not."""

    order: Order | None = strawberry.field(description="The order as it is now; null when refused.")
    payment: CheckoutPayment | None = strawberry.field(
        description="The payment. With REQUIRES_ACTION it waits for its card: send the same request again."
    )
    user_errors: list[CheckoutUserError] = strawberry.field(description="Why not; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been sent before.")


@strawberry.type
class BalancesMutation:
    """Paying balances."""

    @strawberry.mutation(
        description="Take a part of what an order owes, or all of it, at a till; what is owed is `order.balanceDue`. A card that "
        "waits at a reader, or for its bank, is looked at again by the same request. Needs the scope `pos_session` and work in "
        "that store."
    )
    async def order_balance_pay(
        self,
        info: ContextInfo,
        input: Annotated[OrderBalancePayInput, strawberry.argument(description="What is paid, and how.")],
    ) -> OrderBalancePayPayload:
        ctx = info.context
        actor = ctx.require(Scope.POS_SESSION)
        if actor.terminal_id is None:
            raise BadInput("Sign in at a terminal to take money.")
        _check_fit(input)
        try:
            order = await order_for_caller(ctx, input.order_id)
            given = None if input.tender is BalanceTender.CARD else _till_tender(input)
            (card,) = (None,) if given is None else await gift_cards_of(ctx, [given])
            body = asdict(input)
            key = body.pop("idempotency_key")
            terminal_id = actor.terminal_id
            done = await ctx.command(
                "orderBalancePay",
                key,
                body,
                effect=lambda conn, act: _begun(conn, input, order, given, card, terminal_id, act),
                reference=lambda payment: payment.id.hex,
                reload=_payment,
            )
            payment = await _driven(ctx, done.value, is_new=not done.replayed)
        except Refused as refused:
            error = CheckoutUserError.of(refused)
            return OrderBalancePayPayload(order=None, payment=None, user_errors=[error], replayed=False)
        if payment.status is PaymentStatus.FAILED:
            message = "The card was declined. Nothing was taken; ask for another card or tender."
            error = CheckoutUserError.ended(CheckoutErrorCode.PAYMENT_DECLINED, message, payment.failure_code)
            return OrderBalancePayPayload(
                order=None, payment=CheckoutPayment.of(payment, None), user_errors=[error], replayed=done.replayed
            )
        after = await ctx.read(lambda conn: orders.order(conn, order.id))
        return OrderBalancePayPayload(
            order=Order.of(after),
            payment=CheckoutPayment.of(payment, None),
            user_errors=[],
            replayed=done.replayed,
        )


def _check_fit(given: OrderBalancePayInput) -> None:
    """Refuse what the tender has no use for, rather than leave it out in silence."""
    for name, is_given, tender in (
        ("cashTendered", given.cash_tendered is not None, BalanceTender.CASH),
        ("paymentMethod", given.payment_method is not None, BalanceTender.CARD),
        ("cardReaderId", given.card_reader_id is not None, BalanceTender.CARD),
    ):
        if is_given and given.tender is not tender:
            raise BadInput(f"Give `{name}` with {tender.value} only.")
    if given.payment_method is not None and given.card_reader_id is not None:
        raise BadInput("Give `paymentMethod` or `cardReaderId`, not both.")
    if given.payment_method is not None and not 0 < len(given.payment_method) <= _METHOD_LENGTH_MAX:
        raise BadInput(f"paymentMethod has 1 to {_METHOD_LENGTH_MAX} characters.", maximum=_METHOD_LENGTH_MAX)
    if given.tender is BalanceTender.CARD and (given.gift_card_code is not None or given.payer is not None):
        raise BadInput("Give `giftCardCode` and `payer` with their own tenders only.")


def _till_tender(given: OrderBalancePayInput) -> TillTenderInput:
    kind = TillTenderKind(given.tender.value)
    return TillTenderInput(tender=kind, amount=given.amount, gift_card_code=given.gift_card_code, payer=given.payer)


def _begun(
    conn: WriteConnection,
    given: OrderBalancePayInput,
    order: OrderValue,
    tender: TillTenderInput | None,
    card: GiftCard | None,
    terminal_id: UUID,
    act: Act,
) -> Payment:
    place = LocationId(uuid_of("Location", given.location_id))
    if tender is None:
        reader = None
        if given.card_reader_id is not None:
            key = CardReaderId(uuid_of("CardReader", given.card_reader_id))
            reader = card_readers.asking(conn, key, place).provider_reference
        amount = _minor(given.amount, order)
        part = CardPart(order.id, amount, place, terminal_id, given.payment_method, reader)
        return paying_balance.begin_card(conn, part, act)
    wish = part_of(conn, tender, card, order.customer_id, order.currency)
    tendered = _minor(given.cash_tendered, order)
    return paying_balance.pay(conn, BalancePart(order.id, wish, place, terminal_id, tendered), act)


def _minor(given: MoneyInput | None, order: OrderValue) -> int | None:
    if given is None:
        return None
    value = given.value()
    if value.currency != order.currency:
        raise TendersInvalid(f"Amounts of this order are in {order.currency}.")
    return value.amount_minor


def _payment(conn: ReadConnection, reference: str) -> Payment:
    key = PaymentId(UUID(hex=reference))
    return payment_store.payments(conn, [key])[key]


async def _driven(ctx: Context, begun: Payment, *, is_new: bool) -> Payment:
    """A card payment as far as it gets now; others are there already."""
    if not begun.owner.startswith(paying_balance.OWNER):
        return begun
    try:
        if is_new:
            result: ProviderResult | None = await ctx.services.payments.authorize(authorize_request(begun))
        else:
            result = await asked(ctx, begun.id)
    except ProviderUnavailable:
        raise Unavailable from None
    told = result
    after = await ctx.write(lambda conn, act: paying_balance.finish_card(conn, begun.id, told, act))
    if result is not None and result.status is ProviderStatus.UNKNOWN:
        raise Unavailable
    return after
