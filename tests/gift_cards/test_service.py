"""Gift cards as head office keeps them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.acts import Act
from domain.codes import token_hash
from domain.connections import WriteConnection
from domain.gift_cards import codes, service, store
from domain.gift_cards.errors import (
    AmountInvalid,
    BalanceTooLarge,
    CurrencyMismatch,
    GiftCardBlocked,
    GiftCardNotFound,
    NoteInvalid,
    QuantityInvalid,
    TermsInvalid,
)
from domain.gift_cards.model import GiftCard, GiftCardSource, NewCards, Terms
from domain.gift_cards.store import gift_card_table
from domain.gift_cards.verification import verify
from domain.ledger import stored_value
from domain.ledger.verify import verify as verify_ledger
from domain.money import Currency, Money
from tests.conftest import NOW

MakeAct = Callable[..., Act]
CODE_OF = codes.code_of(b"a-signing-key")
EUR = Currency("EUR")


def issued(conn: WriteConnection, act: Act, amount: int = 2500, quantity: int = 1) -> list[GiftCard]:
    new = NewCards(Money(amount, EUR), quantity, "DE", GiftCardSource.GRANTED, UUID(int=5))
    return list(service.issue(conn, new, act, CODE_OF))


def balance(conn: WriteConnection, card: GiftCard, at: timedelta = timedelta()) -> int:
    return stored_value.spendable(conn, [card.wallet_id], NOW + at)[card.wallet_id]


def test_a_batch_has_cards_with_codes_of_their_own_of_which_only_hashes_are_kept(
    conn: WriteConnection, act: Act
) -> None:
    cards = issued(conn, act, quantity=3)
    told = [CODE_OF(card.id) for card in cards]
    assert [service.by_code(conn, code.lower().replace("-", " ")).id for code in told] == [card.id for card in cards]
    rows = conn.execute(sa.select(gift_card_table.c.code_hash).order_by(gift_card_table.c.id)).scalars().all()
    assert rows == [token_hash(code) for code in told]
    assert [card.last_characters for card in cards] == [code[-4:] for code in told]
    assert [balance(conn, card) for card in cards] == [2500] * 3
    assert (verify(conn), verify_ledger(conn).findings) == ([], ())


def test_a_batch_takes_as_many_statements_for_one_card_as_for_fifty(
    conn: WriteConnection, act: Act, counted: list[str]
) -> None:
    counts = []
    for quantity in (1, 50):
        counted.clear()
        issued(conn, act, quantity=quantity)
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_value_lives_as_the_terms_of_its_market_say(conn: WriteConnection, act: Act) -> None:
    service.set_terms(conn, Terms("", EUR, 12, minimum_minor=500, maximum_minor=5000), act)
    service.set_terms(conn, Terms("DE", EUR, 36, to_year_end=True, minimum_minor=500, maximum_minor=5000), act)
    (german,) = issued(conn, act)
    assert german.expires_at is not None
    assert german.expires_at.isoformat() == "2030-01-01T00:00:00+00:00"
    new = NewCards(Money(2500, EUR), 1, "FR", GiftCardSource.GRANTED)
    (french,) = service.issue(conn, new, act, CODE_OF)
    assert french.expires_at is not None
    assert french.expires_at.isoformat() == "2027-01-11T00:00:00+00:00"
    assert balance(conn, french, french.expires_at - NOW) == 0
    service.set_terms(conn, Terms("FR", EUR, None, minimum_minor=500, maximum_minor=5000), act)
    topped = service.top_up(conn, french.id, Money(1000, EUR), "goodwill", act)
    assert (topped.expires_at, balance(conn, french), balance(conn, french, timedelta(days=400))) == (None, 3500, 1000)


def test_what_the_terms_do_not_admit_is_refused_and_writes_nothing(conn: WriteConnection, act: Act) -> None:
    service.set_terms(conn, Terms("DE", EUR, minimum_minor=500, maximum_minor=5000), act)
    for amount in (499, 5001):
        with pytest.raises(AmountInvalid) as refused:
            issued(conn, act, amount)
        assert refused.value.facts == {"minimumMinor": 500, "maximumMinor": 5000}
    for quantity in (0, 501):
        with pytest.raises(QuantityInvalid):
            issued(conn, act, quantity=quantity)
    (card,) = issued(conn, act)
    with pytest.raises(BalanceTooLarge) as full:
        service.top_up(conn, card.id, Money(2501, EUR), "more", act)
    assert full.value.facts == {"maximumMinor": 2500}
    with pytest.raises(CurrencyMismatch):
        service.top_up(conn, card.id, Money(1000, Currency("GBP")), "more", act)
    with pytest.raises(NoteInvalid):
        service.top_up(conn, card.id, Money(1000, EUR), " ", act)
    for wrong in (Terms("Germany", EUR), Terms("DE", EUR, 0), Terms("DE", EUR, minimum_minor=0)):
        with pytest.raises(TermsInvalid):
            service.set_terms(conn, wrong, act)
    assert balance(conn, card) == 2500


def test_a_blocked_card_pays_nothing_until_it_is_unblocked(conn: WriteConnection, act: Act) -> None:
    (card,) = issued(conn, act)
    blocked = service.block(conn, card.id, "stolen", act)
    assert (service.block(conn, card.id, "again", act), balance(conn, card)) == (blocked, 0)
    with pytest.raises(GiftCardBlocked):
        service.usable(conn, CODE_OF(card.id), EUR)
    with pytest.raises(GiftCardBlocked):
        service.top_up(conn, card.id, Money(1000, EUR), "more", act)
    free = service.unblock(conn, card.id, "found", act)
    assert (free, service.usable(conn, CODE_OF(card.id), EUR), balance(conn, card)) == (
        replace(card, version=3),
        free,
        2500,
    )
    kinds = [event.kind.value for event in store.events_of_cards(conn, [card.id])[card.id]]
    assert kinds == ["ISSUED", "BLOCKED", "UNBLOCKED"]
    assert verify(conn) == []


@pytest.mark.parametrize("text", ["", "G-0000-0000-0000-0000-0000", "O-ABCD", "G-6DGZ-T0WK-H0BY-8TD6-7SKH", "x" * 500])
def test_a_wrong_code_finds_nothing(conn: WriteConnection, act: Act, text: str) -> None:
    issued(conn, act)
    with pytest.raises(GiftCardNotFound):
        service.by_code(conn, text)


def test_another_key_tells_other_codes(act: Act) -> None:
    card_id = store.GiftCardId(act.new_id())
    assert codes.code_of(b"another")(card_id) != CODE_OF(card_id)
