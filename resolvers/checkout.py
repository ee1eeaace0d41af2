"""Becoming an order: a cart that is paid, a basket that a till sells."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.card_readers.model import CardReaderId
from domain.carts.model import CODES_MAX, CartAt, CartId
from domain.catalog import rules as catalog_rules
from domain.catalog import store as catalog
from domain.catalog.errors import GtinInvalid
from domain.catalog.model import ChannelId, ProductVariant, VariantId
from domain.codes import normalized_code
from domain.connections import ReadConnection, WriteConnection
from domain.customers import store as customers
from domain.errors import ProviderUnavailable, Refused
from domain.gift_cards.model import GiftCard, GiftCardId
from domain.locations.model import LocationId
from domain.orders import checkout, service, store_checkouts
from domain.orders import store as orders
from domain.orders.checkout import BeginCheckout
from domain.orders.checkout_model import Checkout, CheckoutErrorCode, CheckoutId, CheckoutOutcome, CheckoutStatus
from domain.orders.errors import CustomerNotFound, VariantNotFound
from domain.orders.model import OrderLine
from domain.orders.tills import TILL_LINES_MAX, TillLine, TillSale, TillTender
from domain.payments import store as payments
from domain.payments.model import Payment
from domain.payments.service import authorize_request
from domain.pricing.tax_provider import ProvidedTaxes, TaxQuestion
from domain.promotions.checks import folded_code
from resolvers.checkout_driver import Driven, drive
from resolvers.checkout_tenders import cash_of, gift_cards_of, override_of, parts_of, topped_cards_of
from resolvers.checkout_types import (
    CartCompleteInput,
    CartCompletePayload,
    CheckoutPayment,
    CheckoutUserError,
    OrderCreateInput,
    OrderCreatePayload,
    TillLineInput,
)
from resolvers.context import Context, ContextInfo
from resolvers.errors import BadInput, Unavailable
from resolvers.ids import uuid_of
from resolvers.order_access import order_token
from resolvers.orders_types import Order
from resolvers.taxing import with_taxes

_METHOD_LENGTH_MAX = 255
_EMAIL_LENGTH_MAX = 254
_Effect = Callable[[WriteConnection, Act], Checkout]
_SaleOf = Callable[[ReadConnection], TillSale]


@strawberry.type
class CheckoutMutation:
    """Two ways to become an order."""

    @strawberry.mutation(
        description="Pay a cart and make it an order. Send it as often as you like: there is one order and one charge. "
        "When the bank wants to hear from the buyer, `payment` says so; confirm, then send it again."
    )
    async def cart_complete(
        self,
        info: ContextInfo,
        input: Annotated[CartCompleteInput, strawberry.argument(description="What to order.")],
    ) -> CartCompletePayload:
        ctx = info.context
        currency = None if input.expected_due is None else input.expected_due.currency_code
        try:
            checkout_id = CheckoutId(ctx.new_id())
            command = _begin(input, checkout_id)
            driven, replayed = await _completed(ctx, input, command, checkout_id)
        except Refused as refused:
            return CartCompletePayload(
                order=None,
                order_token=None,
                payment=None,
                user_errors=[CheckoutUserError.of(refused, currency)],
                replayed=False,
            )
        order = driven.outcome.order
        return CartCompletePayload(
            order=None if order is None else Order.of(order),
            order_token=None if order is None else order_token(ctx, order.id),
            payment=_payment(driven),
            user_errors=_errors(driven),
            replayed=replayed,
        )

    @strawberry.mutation(
        description="Sell at a till: goods leave at once, cash is in the drawer or the card is asked for. Needs the "
        "scope `pos_session` and work in that store."
    )
    async def order_create(
        self,
        info: ContextInfo,
        input: Annotated[OrderCreateInput, strawberry.argument(description="What the till sells.")],
    ) -> OrderCreatePayload:
        ctx = info.context
        actor = ctx.require(Scope.POS_SESSION)
        if actor.terminal_id is None or actor.sales_channel_id is None:
            raise BadInput("Sign in at a terminal to sell.")
        currency = None if input.expected_due is None else input.expected_due.currency_code
        try:
            checkout_id = CheckoutId(ctx.new_id())
            scanned = await gift_cards_of(ctx, input.tenders)
            topped = await topped_cards_of(ctx, input.lines[:TILL_LINES_MAX])
            sale = _sale(input, actor.terminal_id, ChannelId(actor.sales_channel_id), checkout_id, scanned, topped)
            driven, replayed = await _sold(ctx, input, sale, checkout_id)
        except Refused as refused:
            return OrderCreatePayload(
                order=None, payment=None, user_errors=[CheckoutUserError.of(refused, currency)], replayed=False
            )
        order = driven.outcome.order
        return OrderCreatePayload(
            order=None if order is None else Order.of(order),
            payment=_payment(driven),
            user_errors=_errors(driven),
            replayed=replayed,
        )


async def _completed(
    ctx: Context, given: CartCompleteInput, command: BeginCheckout, checkout_id: CheckoutId
) -> tuple[Driven, bool]:
    """Order a cart with its taxes."""
    now = ctx.clock()

    async def sell(taxes: ProvidedTaxes | None) -> tuple[Driven, bool]:
        begun = replace(command, taxes=taxes)
        return await _driven(
            ctx, "cartComplete", given, checkout_id, lambda conn, act: checkout.begin(conn, begun, act)
        )

    return await with_taxes(ctx, lambda conn: checkout.tax_questions(conn, command.cart, ctx.actor, now), sell)


async def _sold(
    ctx: Context, given: OrderCreateInput, sale_of: _SaleOf, checkout_id: CheckoutId
) -> tuple[Driven, bool]:
    """Sell at a till with the sale's taxes."""
    act = ctx.act()

    async def sell(taxes: ProvidedTaxes | None) -> tuple[Driven, bool]:
        def effect(conn: WriteConnection, act: Act) -> Checkout:
            return service.create_at_till(conn, replace(sale_of(conn), taxes=taxes), act)

        return await _driven(ctx, "orderCreate", given, checkout_id, effect)

    def questions(conn: ReadConnection) -> Sequence[TaxQuestion]:
        try:
            return service.till_tax_questions(conn, sale_of(conn), act)
        except Refused:
            # Whether it is refused, or was made before, is for the command to say.
            return ()

    return await with_taxes(ctx, questions, sell)


async def _driven(
    ctx: Context, operation: str, given: CartCompleteInput | OrderCreateInput, checkout_id: CheckoutId, effect: _Effect
) -> tuple[Driven, bool]:
    """Begin once for the key, then go on with what was begun; `checkout_id` is its name unless it was begun before."""
    body = asdict(given)
    key = body.pop("idempotency_key")
    done = await ctx.command(
        operation,
        key,
        body,
        effect=effect,
        reference=lambda begun: str(begun.id),
        reload=_again,
        expected=str(checkout_id),
    )
    begun, asking = done.value, None
    if begun.id == checkout_id and begun.payment_id is not None:
        assert begun.started is not None, "who begins has the payment"
        asking = authorize_request(begun.started)
    try:
        driven = await drive(ctx, begun, asking)
    except ProviderUnavailable:
        raise Unavailable from None
    _know(ctx, driven.outcome)
    return driven, done.replayed


def _know(ctx: Context, outcome: CheckoutOutcome) -> None:
    """Let the payload answer from what was just written."""
    placed = outcome.placed
    if placed is None:
        return
    order_id = placed.order.id
    paid_for: UUID = order_id
    alone = not outcome.checkout.placement.tenders
    paid: Sequence[Payment] = () if outcome.payment is None else (outcome.payment,)
    ctx.know(orders.orders, order_id, placed.order)
    ctx.know(orders.lines_of_orders, order_id, placed.lines)
    ctx.know(orders.fulfillment_orders_of_orders, order_id, placed.fulfillments)
    for part in placed.fulfillments:
        own: Sequence[OrderLine] = [line for line in placed.lines if line.fulfillment_order_id == part.id]
        ctx.know(orders.lines_of_fulfillment_orders, part.id, own)
    for line in placed.lines:
        ctx.know(orders.lines, line.id, line)
    if alone:
        ctx.know(payments.payments_of_orders, paid_for, paid)


def _again(conn: ReadConnection, reference: str) -> Checkout:
    checkout_id = CheckoutId(UUID(reference))
    return store_checkouts.checkouts(conn, [checkout_id])[checkout_id]


def _begin(given: CartCompleteInput, checkout_id: CheckoutId) -> BeginCheckout:
    at = CartAt(CartId(uuid_of("Cart", given.cart_id)), given.cart_token, given.expected_version)
    due = None if given.expected_due is None else given.expected_due.value().amount_minor
    return BeginCheckout(at, _method(given.payment_method), due, given.deposit, checkout_id)


def _method(text: str | None) -> str | None:
    if text is not None and not 0 < len(text) <= _METHOD_LENGTH_MAX:
        raise BadInput(f"paymentMethod has 1 to {_METHOD_LENGTH_MAX} characters.", maximum=_METHOD_LENGTH_MAX)
    return text


def _sale(
    given: OrderCreateInput,
    terminal_id: UUID,
    channel_id: ChannelId,
    checkout_id: CheckoutId,
    scanned: Sequence[GiftCard | None],
    topped: Sequence[GiftCardId | None],
) -> _SaleOf:
    if len(given.lines) > TILL_LINES_MAX:
        raise BadInput(f"Sell at most {TILL_LINES_MAX} lines at once.", maximum=TILL_LINES_MAX)
    if len(given.discount_codes) > CODES_MAX:
        raise BadInput(f"Give at most {CODES_MAX} discount codes.", maximum=CODES_MAX)
    if given.points < 0 or len(given.email or "") > _EMAIL_LENGTH_MAX:
        raise BadInput("points is 0 or more, email at most 254 characters.")
    for line in given.lines:
        if sum(name is not None for name in (line.sku, line.gtin, line.variant_id)) != 1:
            raise BadInput("Give exactly one of `sku`, `gtin` and `variantId` for each line.")
    by_card = given.tender is TillTender.CARD and given.payment_method is None
    if given.card_reader_id is not None and not by_card:
        raise BadInput("Give `cardReaderId` with CARD only, and no `paymentMethod` beside it.")
    reader_id = None if given.card_reader_id is None else CardReaderId(uuid_of("CardReader", given.card_reader_id))
    place = LocationId(uuid_of("Location", given.location_id))
    cart_id = None if given.cart_id is None else CartId(uuid_of("Cart", given.cart_id))

    def sale(conn: ReadConnection) -> TillSale:
        customer_id = _customer(conn, given)
        return TillSale(
            sales_channel_id=channel_id,
            location_id=place,
            terminal_id=terminal_id,
            lines=_scanned(conn, given.lines, topped, channel_id),
            tender=given.tender,
            payment_method=_method(given.payment_method),
            customer_id=customer_id,
            email=given.email,
            cart_id=cart_id,
            discount_codes=tuple(folded_code(code) for code in given.discount_codes),
            points=given.points,
            expected_due_minor=None if given.expected_due is None else given.expected_due.value().amount_minor,
            checkout_id=checkout_id,
            cash_tendered_minor=cash_of(conn, given, channel_id),
            reader_id=reader_id,
            parts=parts_of(conn, given.tenders, scanned, customer_id, channel_id),
        )

    return sale


def _scanned(
    conn: ReadConnection,
    lines: Sequence[TillLineInput],
    topped: Sequence[GiftCardId | None],
    channel_id: ChannelId,
) -> tuple[TillLine, ...]:
    """What was scanned, by variant: one statement for SKUs, one for bar codes."""
    skus = [line.sku for line in lines if line.sku is not None]
    codes = {line.gtin: _gtin14(line.gtin) for line in lines if line.gtin is not None}
    by_sku = catalog.variants_by_sku(conn, skus) if skus else {}
    by_gtin = catalog.variants_by_gtin(conn, list(codes.values())) if codes else {}
    scanned = []
    for line, card_id in zip(lines, topped, strict=True):
        if line.variant_id is not None:
            key = VariantId(uuid_of("ProductVariant", line.variant_id))
        else:
            found: ProductVariant | None
            found = by_sku.get(line.sku) if line.sku is not None else by_gtin.get(codes[line.gtin or ""])
            if found is None:
                raise VariantNotFound((line.sku or line.gtin or "")[:40])
            key = found.id
        override = override_of(conn, line.price_override, channel_id)
        scanned.append(TillLine(key, line.quantity, override, card_id))
    return tuple(scanned)


def _gtin14(text: str) -> str:
    try:
        return catalog_rules.gtin14(text)
    except GtinInvalid:
        raise VariantNotFound(text[:40]) from None


def _customer(conn: ReadConnection, given: OrderCreateInput) -> UUID | None:
    if given.customer_id is not None:
        return uuid_of("Customer", given.customer_id)
    if given.loyalty_card_number is None:
        return None
    found = customers.find_id_by_card(conn, normalized_code(given.loyalty_card_number[:40]))
    if found is None:
        raise CustomerNotFound
    return found


def _payment(driven: Driven) -> CheckoutPayment | None:
    found = driven.outcome.payment
    return None if found is None else CheckoutPayment.of(found, driven.client_secret)


def _errors(driven: Driven) -> list[CheckoutUserError]:
    if driven.refused is not None:
        return [CheckoutUserError.of(driven.refused)]
    ended = driven.outcome.checkout
    if ended.status is CheckoutStatus.DECLINED:
        message = "The card was declined and the cart is open again. Try another payment method with a new key."
        return [CheckoutUserError.ended(CheckoutErrorCode.PAYMENT_DECLINED, message, ended.failure_code)]
    if ended.status is CheckoutStatus.ABANDONED:
        why = ended.failure_code or ""
        code = CheckoutErrorCode.__members__.get(why, CheckoutErrorCode.CHECKOUT_EXPIRED)
        message = "This payment was given up and nothing was charged. Look at the cart and try again with a new key."
        return [CheckoutUserError.ended(code, message, None)]
    return []
