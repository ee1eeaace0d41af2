"""Checkout: two short transactions around the payment provider.

`begin` locks the cart, holds goods and points and freezes the placement; the provider is asked outside any transaction;
`finish` writes the order. Both may be called any number of times by anybody: the first call wins, the others read what it
did. A checkout whose process died is brought to its end by the job that `begin` left behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.acts import Act, Actor
from domain.carts import service as carts
from domain.carts.errors import CartNotFound, StaleVersion
from domain.carts.model import Cart, CartAt, CartQuote, CartStatus
from domain.connections import ReadConnection, WriteConnection
from domain.inventory import service as inventory
from domain.loyalty import service as loyalty
from domain.loyalty import store as loyalty_store
from domain.money import Money
from domain.orders import store, store_checkouts, taxing
from domain.orders.checkout_model import (
    HOLD_LIFETIME,
    SETTLE_AFTER,
    CartEmpty,
    CartNotReady,
    Checkout,
    CheckoutId,
    CheckoutOutcome,
    CheckoutStatus,
    EmailRequired,
    PaymentInProgress,
    PaymentMethodRequired,
    TotalChanged,
)
from domain.orders.depositing import with_balance
from domain.orders.from_cart import placement_of, wants_of
from domain.orders.model import OrderId, OrderSource
from domain.orders.placement import Placement
from domain.orders.placing import write
from domain.orders.tendering import TenderPart, with_tenders
from domain.payments import outbox
from domain.payments import service as payments
from domain.payments import store as payment_store
from domain.payments.model import PROMISED, NewPayment, Payment, PaymentStatus, Tender
from domain.payments.provider import ProviderResult, ProviderStatus
from domain.pricing import asking
from domain.pricing.tax_provider import ProvidedTaxes, TaxQuestion
from domain.promotions import claiming
from domain.registers import drawers
from domain.registers.model import RegisterSession

_GIVEN_UP = frozenset({PaymentStatus.FAILED, PaymentStatus.VOIDED, PaymentStatus.VOID_REQUESTED})
_TAKEN = frozenset({ProviderStatus.AUTHORIZED, ProviderStatus.CAPTURED})


@dataclass(frozen=True, slots=True)
class BeginCheckout:
    """A cart to be paid.

    Attributes:
        payment_method: the provider's token; None when points, gift cards and store credit pay for everything.
        expected_due_minor: refuse unless this is what is due; None does not ask.
        deposit: whether only the deposit is paid now and the rest at the collection.
        id: what the checkout will be called, so that its caller knows whether it began it; None calls it anything.
        taxes: what the tax service said of the cart; None where tax is by our own table.
    """

    cart: CartAt
    payment_method: str | None
    expected_due_minor: int | None = None
    deposit: bool = False
    id: CheckoutId | None = None
    taxes: ProvidedTaxes | None = None


def tax_questions(conn: ReadConnection, at: CartAt, actor: Actor, now: datetime) -> Sequence[TaxQuestion]:
    """What a tax service is to be asked before a cart's checkout begins; nothing about a cart that is not ready for it."""
    found = carts.view(conn, replace(at, expected_version=None), actor, now)
    if found is None or found.cart.status is not CartStatus.OPEN or not found.quote.may_check_out:
        return ()
    assert found.quote.basket is not None, "a quote from facts has its basket"
    return asking.questions(found.quote.basket)


def begin(conn: WriteConnection, command: BeginCheckout, act: Act) -> Checkout:
    """Take a cart into payment, or answer the checkout it is in already. With nothing due it is finished at once.

    Raises:
        CartNotFound, CartEmpty, StaleVersion, CartNotReady, EmailRequired: the cart cannot be ordered.
        TotalChanged, PaymentMethodRequired, PaymentInProgress, DepositNotOffered: the payment cannot be asked for.
        TaxUnavailable: neither the tax service nor our table says what the tax is.
        TaxQuestionChanged: the tax service was asked about something else; not a refusal.
        OutOfStock, InsufficientPoints, BelowMinimumOrNotMultiple, WalletClosed, WalletFrozen, InsufficientFunds: what it
        takes is no longer there.
    """
    checkout_id = command.id or CheckoutId(act.new_id())
    cart, is_frozen = carts.take_for_checkout(conn, replace(command.cart, expected_version=None), checkout_id, act)
    if cart.status in (CartStatus.CHECKING_OUT, CartStatus.COMPLETED):
        return _running(conn, cart, command.payment_method)
    if cart.status is CartStatus.MERGED:
        raise CartNotFound
    if command.cart.expected_version not in (None, cart.version):
        raise StaleVersion(cart.version)
    placement = _agreed(conn, cart, command.taxes, act)
    if command.expected_due_minor not in (None, placement.due_minor):
        raise TotalChanged(placement.due_minor)
    if command.deposit:
        placement = with_balance(conn, placement, act.now)
    checkout = open_checkout(conn, placement, command.payment_method, act, checkout_id=checkout_id)
    if not is_frozen:
        carts.begin_checkout(conn, cart, checkout.id, act)
    if checkout.payment_id is None:
        return finish(conn, checkout.id, None, act).checkout
    return checkout


def _running(conn: ReadConnection, cart: Cart, payment_method: str | None) -> Checkout:
    checkout = store_checkouts.newest_of_cart(conn, cart.id)
    assert checkout is not None, "a cart that is not open has a checkout"
    if checkout.status is CheckoutStatus.PENDING and checkout.payment_id is not None:
        payment = payment_store.payments(conn, [checkout.payment_id])[checkout.payment_id]
        if payment.method != payment_method:
            raise PaymentInProgress(checkout.started_at + HOLD_LIFETIME)
    return checkout


def _agreed(conn: WriteConnection, cart: Cart, taxes: ProvidedTaxes | None, act: Act) -> Placement:
    if not cart.lines:
        raise CartEmpty
    quote = carts.quote(conn, cart, act.now, None if taxes is None else taxes.answers.get)
    for problem in quote.problems:
        if problem.blocking:
            raise CartNotReady(problem.code.value, problem.message, problem.available)
    assert quote.basket is not None, "a quote from facts has its basket"
    taxing.check(quote.basket, taxes)
    placement = placement_of(cart, quote, act)
    if quote.stored:
        placement = with_tenders(conn, placement, _parts(quote), cart.channel.default_country, act.now)
    if cart.customer_id is None:
        if cart.email is None:
            raise EmailRequired
        return placement
    wallet = loyalty_store.wallet_id_of_customer(conn, cart.customer_id)
    return placement if wallet is None else replace(placement, wallet_id=wallet)


def _parts(quote: CartQuote) -> list[TenderPart]:
    """What the cart's gift cards and store credit pay, as it was quoted."""
    return [
        TenderPart(share.wish.tender, share.amount_minor, share.wish.wallet_id, share.wish.label)
        for share in quote.stored
        if share.amount_minor
    ]


def open_checkout(
    conn: WriteConnection,
    placement: Placement,
    payment_method: str | None,
    act: Act,
    *,
    checkout_id: CheckoutId | None = None,
    reader: str | None = None,
) -> Checkout:
    """Hold what a placement takes and start its card payment, by a method or by the `reader` that is to ask for a card;
    what is left to be asked without either is refused.

    Raises:
        PaymentMethodRequired, OutOfStock, InsufficientPoints, BelowMinimumOrNotMultiple, WalletClosed, WalletFrozen,
        InsufficientFunds: see `begin`.
    """
    if placement.asked_minor and not (payment_method or reader):
        raise PaymentMethodRequired
    checkout_id = checkout_id or CheckoutId(act.new_id())
    owner, until = str(checkout_id), act.now + HOLD_LIFETIME
    if placement.tenders:
        held = payments.hold_stored_value(conn, placement.tenders, act, until=until, owner=owner)
        placement = replace(placement, tenders=held)
    inventory.hold(conn, wants_of(placement), act, owner=owner, until=until)
    if placement.points:
        assert placement.wallet_id is not None, "points come out of a wallet"
        hold = loyalty.hold(conn, placement.wallet_id, placement.points, act, until=until, owner=owner)
        placement = replace(placement, hold_id=hold.id)
    checkout = Checkout(
        id=checkout_id,
        cart_id=placement.cart_id,
        status=CheckoutStatus.PENDING,
        payment_id=None,
        order_id=placement.order_id,
        failure_code=None,
        placement=placement,
        started_at=act.now,
    )
    if placement.asked_minor:
        new = NewPayment(
            owner,
            Tender.CARD,
            checkout.due,
            payment_method or "",
            location_id=placement.location_id,
            terminal_id=placement.terminal_id,
            reader=reader,
        )
        payment = payments.start(conn, new, act)
        checkout = replace(checkout, payment_id=payment.id, started=payment)
        outbox.settle(conn, owner, act, run_at=act.now + SETTLE_AFTER)
    store_checkouts.insert(conn, checkout)
    return checkout


def finish(
    conn: WriteConnection,
    checkout_id: CheckoutId,
    result: ProviderResult | None,
    act: Act,
    *,
    started: Payment | None = None,
) -> CheckoutOutcome:
    """Act on what the provider says of a checkout's payment: write the order, go on waiting, or give up.

    `result` is None when nothing had to be authorized, or when the answer was written before. A checkout that has ended
    is only read; a promise that comes after its end is voided. `started` is `Checkout.started`, for who has just begun.

    Raises:
        Refused: the promise was given but the order cannot be placed. Everything is rolled back; call `abandon`.
    """
    checkout, is_ended = _taken(conn, checkout_id, result)
    pending = checkout.status is CheckoutStatus.PENDING
    payment = _told(conn, checkout, result, act, pays_for=checkout.order_id if pending else None, known=started)
    if not pending:
        return _outcome(conn, checkout, payment)
    if payment is None or payment.status in PROMISED:
        if not is_ended:
            store_checkouts.save_status(conn, checkout.id, CheckoutStatus.COMPLETED)
        return _placed(conn, checkout, payment, act)
    if payment.status in _GIVEN_UP:
        declined = CheckoutStatus.DECLINED if payment.status is PaymentStatus.FAILED else CheckoutStatus.ABANDONED
        return _given_up(conn, checkout, payment, declined, payment.failure_code, act)
    if is_ended:
        store_checkouts.save_status(conn, checkout.id, CheckoutStatus.PENDING)
    return CheckoutOutcome(checkout, payment, None)


def _taken(conn: WriteConnection, checkout_id: CheckoutId, result: ProviderResult | None) -> tuple[Checkout, bool]:
    """The locked checkout as it was, and whether it was pending and has been written as COMPLETED.

    A promise nearly always becomes an order, so taking the lock and writing the end are then one statement. What finds
    that it does not writes another status; a refusal rolls both back.
    """
    if result is None or result.status in _TAKEN:
        completed = store_checkouts.complete(conn, checkout_id)
        if completed is not None:
            return completed, True
    return store_checkouts.lock(conn, checkout_id), False


def abandon(
    conn: WriteConnection, checkout_id: CheckoutId, result: ProviderResult | None, why: str, act: Act
) -> CheckoutOutcome:
    """Give a pending checkout up: its promise is voided, its holds are released, its cart is open again. Nobody is
    charged. A checkout that has ended is only read."""
    checkout = store_checkouts.lock(conn, checkout_id)
    payment = _told(conn, checkout, result, act)
    if checkout.status is not CheckoutStatus.PENDING:
        return _outcome(conn, checkout, payment)
    if payment is not None and payment.status not in _GIVEN_UP:
        payment = payments.request_void(conn, payment.id, act)
    return _given_up(conn, checkout, payment, CheckoutStatus.ABANDONED, why, act)


def outcomes(conn: ReadConnection, ids: Sequence[CheckoutId]) -> dict[CheckoutId, CheckoutOutcome]:
    """Where checkouts stand, without changing anything."""
    return {
        checkout.id: _outcome(conn, checkout, _payment(conn, checkout))
        for checkout in store_checkouts.checkouts(conn, ids).values()
    }


def _told(
    conn: WriteConnection,
    checkout: Checkout,
    result: ProviderResult | None,
    act: Act,
    *,
    pays_for: OrderId | None = None,
    known: Payment | None = None,
) -> Payment | None:
    """The checkout's payment, locked, after what the provider says of it."""
    if checkout.payment_id is None:
        return None
    if result is None:
        return payment_store.lock(conn, checkout.payment_id)
    return payments.record_authorization(conn, checkout.payment_id, result, act, pays_for=pays_for, known=known)


def _payment(conn: ReadConnection, checkout: Checkout) -> Payment | None:
    if checkout.payment_id is None:
        return None
    return payment_store.payments(conn, [checkout.payment_id])[checkout.payment_id]


def _outcome(conn: ReadConnection, checkout: Checkout, payment: Payment | None) -> CheckoutOutcome:
    completed = checkout.status is CheckoutStatus.COMPLETED
    order = store.orders(conn, [checkout.order_id]).get(checkout.order_id) if completed else None
    return CheckoutOutcome(checkout, payment, order)


def _placed(conn: WriteConnection, checkout: Checkout, payment: Payment | None, act: Act) -> CheckoutOutcome:
    placement = replace(checkout.placement, placed_at=act.now)
    write_tenders(conn, placement, drawer_of(conn, placement), act)
    if placement.source is OrderSource.POS:
        inventory.release(conn, checkout.owner, act)
        inventory.sell(conn, wants_of(placement), placement.order_id, act)
    else:
        inventory.commit(conn, checkout.owner, placement.order_id, act)
    claiming.claim(conn, placement.order_id, placement.promotions, placement.currency, act)
    placed = write(conn, placement, act)
    if payment is not None:
        payment = _bound(conn, payment, placement, act)
    if checkout.cart_id is not None:
        carts.complete(conn, checkout.cart_id, placement.order_id, act)
    return CheckoutOutcome(replace(checkout, status=CheckoutStatus.COMPLETED), payment, placed.order, placed)


def _bound(conn: WriteConnection, payment: Payment, placement: Placement, act: Act) -> Payment:
    if not placement.capture_requested:
        # A promise that was written before, by an event, is not bound yet.
        return payment if payment.order_id else payments.bind(conn, payment.id, placement.order_id, act)
    return payments.record_card_taken(
        conn, payment, placement.order_id, Money(placement.asked_minor, placement.currency), act
    )


def drawer_of(conn: WriteConnection, placement: Placement) -> RegisterSession | None:
    """The drawer that a placement's cash goes into, held from before any wallet is; None without cash.

    Raises:
        SessionClosed: the till has no open register session in this currency.
    """
    if all(tender.tender is not Tender.CASH for tender in placement.tenders):
        return None
    assert placement.terminal_id is not None, "cash is taken at a till"
    return drawers.taking(conn, placement.terminal_id, placement.currency)


def write_tenders(conn: WriteConnection, placement: Placement, drawer: RegisterSession | None, act: Act) -> None:
    """Make everything but the card pay for the order; what a till agreed is taken at once, its cash into `drawer`.

    Raises:
        HoldExpired, HoldVoided: a gift card or store credit was held for too long.
    """
    for tender in placement.tenders:
        amount = Money(tender.amount_minor, placement.currency)
        match tender.tender:
            case Tender.GIFT_CARD | Tender.STORE_CREDIT:
                captured = placement.capture_requested
                payments.record_stored_value(conn, placement.order_id, tender, amount, act, captured=captured)
            case Tender.EXTERNAL:
                payments.record_external(conn, placement.order_id, amount, tender.label, act)
            case Tender.CASH:
                assert drawer is not None
                payments.record_cash(
                    conn,
                    placement.order_id,
                    amount,
                    act,
                    drawer=drawer,
                    cash_step_minor=tender.cash_step_minor,
                    tendered_minor=tender.tendered_minor,
                )
            case Tender.BALANCE:
                payments.record_balance(conn, placement.order_id, amount, act)
            case Tender.CARD:
                raise AssertionError("the card is asked for by its own payment")


def _given_up(
    conn: WriteConnection,
    checkout: Checkout,
    payment: Payment | None,
    status: CheckoutStatus,
    failure_code: str | None,
    act: Act,
) -> CheckoutOutcome:
    payments.release_stored_value(conn, checkout.placement.tenders, act)
    inventory.release(conn, checkout.owner, act)
    if checkout.placement.hold_id is not None:
        loyalty.void_hold(conn, checkout.placement.hold_id, act)
    if checkout.cart_id is not None:
        carts.reopen(conn, checkout.cart_id, act)
    store_checkouts.save_status(conn, checkout.id, status, failure_code)
    return CheckoutOutcome(replace(checkout, status=status, failure_code=failure_code), payment, None)
