"""Use cases of the gift cards room: issuing, topping up, stopping, looking up, and store credit that is granted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.acts import Act
from domain.codes import token_hash
from domain.connections import ReadConnection, WriteConnection
from domain.customers import store as customers
from domain.customers.model import CustomerId
from domain.gift_cards import codes, rules, store
from domain.gift_cards.errors import (
    CurrencyMismatch,
    CustomerNotFound,
    GiftCardBlocked,
    GiftCardNotFound,
    NoteInvalid,
    TermsInvalid,
)
from domain.gift_cards.model import (
    FUNDER,
    GRANT_NOTE_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    CodeOf,
    GiftCard,
    GiftCardEventKind,
    GiftCardId,
    NewCards,
    Terms,
)
from domain.ledger import service as ledger_service
from domain.ledger import store as ledger
from domain.ledger import stored_value
from domain.ledger.model import TransferCode, Wallet, WalletId, WalletStatus
from domain.ledger.stored_value import NewValue
from domain.money import Currency, Money
from domain.throttles import service as throttles

LOOK_UPS = throttles.Policy(limit=10, window=timedelta(minutes=15))
"""Wrong codes of one caller. A code has 80 bits that nobody is shown; this keeps even a list of likely ones useless."""
_COUNTRY_LENGTH = 2
_MONTHS_MAX = 1_200


def set_terms(conn: WriteConnection, new: Terms, act: Act) -> Terms:
    """Write a market's terms; they apply to value that is issued from now on.

    Raises:
        TermsInvalid: they contradict themselves.
    """
    if new.country and (len(new.country) != _COUNTRY_LENGTH or not new.country.isascii() or not new.country.isupper()):
        raise TermsInvalid("A country is two capitals such as GB, or empty for all others.")
    if new.validity_months is not None and not 1 <= new.validity_months <= _MONTHS_MAX:
        raise TermsInvalid(f"validityMonths is 1 to {_MONTHS_MAX}, or null for ever.")
    if not 0 < new.minimum_minor <= new.maximum_minor:
        raise TermsInvalid("minimum is above zero and at most maximum.")
    store.save_terms(conn, new, act.now)
    return new


def issue(conn: WriteConnection, new: NewCards, act: Act, code_of: CodeOf) -> Sequence[GiftCard]:
    """Issue cards of one amount, by the terms of their market. What is sold is not bounded by them: it is paid.

    Raises:
        QuantityInvalid, AmountInvalid: the batch or the amount is not admitted.
    """
    rules.check_quantity(new.quantity)
    terms = store.terms(conn, new.country, new.amount.currency)
    if new.order_line_id is None:
        rules.check_amount(terms, new.amount.amount_minor)
    ids = [GiftCardId(act.new_id()) for _ in range(new.quantity)]
    wallets = [
        ledger.fresh_wallet(WalletId(act.new_id()), new.amount.currency, f"gift_card:{card_id}", act) for card_id in ids
    ]
    code_texts = [code_of(card_id) for card_id in ids]
    made = [
        _card(new, terms, card_id, wallet, code, act)
        for card_id, wallet, code in zip(ids, wallets, code_texts, strict=True)
    ]
    ledger.open_wallets(conn, wallets)
    store.insert_cards(conn, made, [token_hash(code) for code in code_texts])
    values = [_value(new.amount, new.source.value, new.order_id, card) for card in made]
    stored_value.issue_many(conn, list(zip(wallets, values, strict=True)), act)
    store.record(conn, ids, GiftCardEventKind.ISSUED, new.note, act)
    return made


def _card(new: NewCards, terms: Terms, card_id: GiftCardId, wallet: Wallet, code: str, act: Act) -> GiftCard:
    return GiftCard(
        id=card_id,
        wallet_id=wallet.id,
        currency=new.amount.currency,
        country=new.country,
        last_characters=codes.last_characters(code),
        source=new.source,
        initial_minor=new.amount.amount_minor,
        batch_id=new.batch_id,
        order_id=new.order_id,
        order_line_id=new.order_line_id,
        expires_at=rules.expires_at(terms, act.now),
        blocked_at=None,
        issued_at=act.now,
        version=1,
    )


def _value(amount: Money, component: str, order_id: UUID | None, card: GiftCard) -> NewValue:
    return NewValue(
        amount_minor=amount.amount_minor,
        funder=FUNDER,
        component=component,
        code=TransferCode.GIFT_CARD,
        reference=f"gift_card:{card.id}",
        order_id=order_id,
        expires_at=card.expires_at,
    )


def top_up(conn: WriteConnection, card_id: GiftCardId, amount: Money, note: str, act: Act) -> GiftCard:
    """Put more value on a card; the new value lives by the terms of today, what was there keeps its own end.

    Raises:
        GiftCardNotFound, GiftCardBlocked, CurrencyMismatch, AmountInvalid, BalanceTooLarge, NoteInvalid: see their words.
    """
    _check_note(note)
    card, wallet = _locked(conn, card_id)
    _check_takes(card, amount.currency)
    terms = store.terms(conn, card.country, card.currency)
    rules.check_top_up(terms, stored_value.spendable(conn, [wallet.id], act.now)[wallet.id], amount.amount_minor)
    return _topped_up(conn, (card, wallet, terms), amount, None, note, act)


def check_sold_top_up(conn: ReadConnection, card_id: GiftCardId, amount: Money, now: datetime) -> None:
    """Make sure that a card takes more value that somebody is about to pay.

    Raises:
        GiftCardNotFound, GiftCardBlocked, CurrencyMismatch, BalanceTooLarge: see their words.
    """
    card = store.cards(conn, [card_id]).get(card_id)
    if card is None:
        raise GiftCardNotFound
    _check_takes(card, amount.currency)
    terms = store.terms(conn, card.country, card.currency)
    balance = stored_value.spendable(conn, [card.wallet_id], now)[card.wallet_id]
    rules.check_balance(terms, balance, amount.amount_minor)


def credit_sold(conn: WriteConnection, card_id: GiftCardId, amount: Money, order_id: UUID, act: Act) -> GiftCard:
    """Put value on a card that was paid for; no bound stops what is paid.

    Raises:
        GiftCardBlocked: it was stopped meanwhile.
    """
    card, wallet = _locked(conn, card_id)
    _check_takes(card, amount.currency)
    terms = store.terms(conn, card.country, card.currency)
    return _topped_up(conn, (card, wallet, terms), amount, order_id, "sold", act)


def _check_takes(card: GiftCard, currency: Currency) -> None:
    if card.blocked_at is not None:
        raise GiftCardBlocked
    if currency != card.currency:
        raise CurrencyMismatch(card.currency)


def _topped_up(
    conn: WriteConnection,
    of: tuple[GiftCard, Wallet, Terms],
    amount: Money,
    order_id: UUID | None,
    note: str,
    act: Act,
) -> GiftCard:
    card, wallet, terms = of
    topped = replace(card, expires_at=rules.expires_at(terms, act.now))
    stored_value.issue(conn, wallet, _value(amount, GiftCardEventKind.TOPPED_UP.value, order_id, topped), act)
    store.record(conn, [card.id], GiftCardEventKind.TOPPED_UP, note, act)
    return store.save(conn, topped)


def block(conn: WriteConnection, card_id: GiftCardId, note: str, act: Act) -> GiftCard:
    """Stop a card: it pays nothing until it is unblocked. What a checkout holds already is not touched. Again is a no-op.

    Raises:
        GiftCardNotFound, NoteInvalid: see their words.
    """
    _check_note(note)
    card, wallet = _locked(conn, card_id)
    if card.blocked_at is not None:
        return card
    ledger.set_status(conn, wallet.id, WalletStatus.FROZEN)
    store.record(conn, [card.id], GiftCardEventKind.BLOCKED, note, act)
    return store.save(conn, replace(card, blocked_at=act.now))


def unblock(conn: WriteConnection, card_id: GiftCardId, note: str, act: Act) -> GiftCard:
    """Let a stopped card pay again. Again is a no-op.

    Raises:
        GiftCardNotFound, NoteInvalid: see their words.
    """
    _check_note(note)
    card, wallet = _locked(conn, card_id)
    if card.blocked_at is None:
        return card
    ledger.set_status(conn, wallet.id, WalletStatus.OPEN)
    store.record(conn, [card.id], GiftCardEventKind.UNBLOCKED, note, act)
    return store.save(conn, replace(card, blocked_at=None))


def by_code(conn: ReadConnection, code: str) -> GiftCard:
    """The card of a code that somebody typed or scanned, blocked or not.

    Raises:
        GiftCardNotFound: no card has this code.
    """
    code_hash = codes.code_hash(code)
    card = None if code_hash is None else store.by_code_hash(conn, code_hash)
    if card is None:
        raise GiftCardNotFound
    return card


def usable(conn: ReadConnection, code: str, currency: Currency) -> GiftCard:
    """The card of a code, when it can pay in this currency.

    Raises:
        GiftCardNotFound, GiftCardBlocked, CurrencyMismatch: see their words.
    """
    card = by_code(conn, code)
    if card.blocked_at is not None:
        raise GiftCardBlocked
    if card.currency != currency:
        raise CurrencyMismatch(card.currency)
    return card


def store_credit_owner(customer_id: UUID) -> str:
    """Whose store credit a customer's is, in the ledger's words."""
    return f"customer:{customer_id}"


def grant_store_credit(conn: WriteConnection, customer_id: CustomerId, amount: Money, note: str, act: Act) -> UUID:
    """Give a customer store credit that no refund stands behind, and answer its transfer.

    Raises:
        CustomerNotFound, AmountInvalid, NoteInvalid: see their words.
    """
    _check_note(note, GRANT_NOTE_LENGTH_MAX)
    if customer_id not in customers.customers(conn, [customer_id]):
        raise CustomerNotFound
    rules.check_amount(Terms("", amount.currency), amount.amount_minor)
    return ledger_service.store_credit(conn, store_credit_owner(customer_id), amount, f"grant:{note}", act)


def _locked(conn: WriteConnection, card_id: GiftCardId) -> tuple[GiftCard, Wallet]:
    """The card as it is once its wallet is locked."""
    named = store.cards(conn, [card_id]).get(card_id)
    if named is None:
        raise GiftCardNotFound
    wallet = ledger.lock(conn, [named.wallet_id])[named.wallet_id]
    return store.cards(conn, [card_id])[card_id], wallet


def _check_note(note: str, length_max: int = NOTE_LENGTH_MAX) -> None:
    if not note.strip() or len(note) > length_max:
        raise NoteInvalid(length_max)
