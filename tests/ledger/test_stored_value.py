"""Gift cards and store credit: holds that orders take over, spend and give back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.ledger import service, store, stored_value
from domain.ledger.errors import (
    ExceedsHold,
    HoldAlreadyPosted,
    HoldExpired,
    HoldVoided,
    InsufficientFunds,
    WalletFrozen,
)
from domain.ledger.model import HoldState, TransferCode, Wallet, WalletStatus
from domain.ledger.stored_value import NewValue
from domain.ledger.verify import verify
from tests.conftest import NOW

MakeAct = Callable[..., Act]
ORDER = UUID(int=77)
SOON, LATER = NOW + timedelta(minutes=15), NOW + timedelta(days=10)


def wallet_of(conn: WriteConnection, act: Act, *values: tuple[int, datetime | None]) -> Wallet:
    """A wallet in euro with these amounts and their ends."""
    for amount, expires_at in values:
        wallet = service.open_wallet(conn, "EUR", "gift_card:1", act)
        new = NewValue(amount, "gift_card", "GRANTED", TransferCode.GIFT_CARD, "test", expires_at=expires_at)
        stored_value.issue(conn, wallet, new, act)
    return service.open_wallet(conn, "EUR", "gift_card:1", act)


def spendable(conn: WriteConnection, wallet: Wallet, now: datetime) -> int:
    return stored_value.spendable(conn, [wallet.id], now)[wallet.id]


def test_an_order_spends_part_of_its_hold_and_the_rest_is_free(conn: WriteConnection, act: Act) -> None:
    wallet = wallet_of(conn, act, (3000, None))
    held = stored_value.hold(conn, wallet.id, 2000, act, until=SOON, owner="checkout")
    assert spendable(conn, wallet, NOW) == 1000
    stored_value.adopt(conn, held.id, ORDER, act)
    spent = stored_value.capture(conn, held.id, 1500, act)
    assert (spent.state, spent.posted, spent.released, spent.order_id) == (HoldState.POSTED, 1500, 500, ORDER)
    assert stored_value.capture(conn, held.id, 1500, act) == spent
    with pytest.raises(HoldAlreadyPosted):
        stored_value.capture(conn, held.id, 1400, act)
    assert spendable(conn, wallet, NOW) == 1500
    assert store.account_balances(conn, "EUR", ["funding:gift_card", "redeemed:tender"]) == {
        "funding:gift_card": -3000,
        "redeemed:tender": 1500,
    }
    assert verify(conn).findings == ()


def test_a_hold_of_a_checkout_ends_at_its_time_and_an_orders_never(conn: WriteConnection, make_act: MakeAct) -> None:
    act = make_act()
    wallet = wallet_of(conn, act, (3000, None))
    lost = stored_value.hold(conn, wallet.id, 1000, act, until=SOON, owner="checkout-1")
    kept = stored_value.hold(conn, wallet.id, 1000, act, until=SOON, owner="checkout-2")
    stored_value.adopt(conn, kept.id, ORDER, act)
    late = make_act(at=SOON)
    with pytest.raises(HoldExpired):
        stored_value.adopt(conn, lost.id, ORDER, late)
    assert spendable(conn, wallet, SOON) == 2000
    assert stored_value.void(conn, lost.id, late).state is HoldState.EXPIRED
    assert stored_value.capture(conn, kept.id, 1000, make_act(at=LATER)).posted == 1000
    assert verify(conn).findings == ()


def test_a_void_frees_everything_once(conn: WriteConnection, act: Act) -> None:
    wallet = wallet_of(conn, act, (3000, None))
    held = stored_value.hold(conn, wallet.id, 2000, act, until=SOON, owner="checkout")
    assert stored_value.void(conn, held.id, act) == stored_value.void(conn, held.id, act)
    with pytest.raises(HoldVoided):
        stored_value.capture(conn, held.id, 2000, act)
    assert spendable(conn, wallet, NOW) == 3000


def test_more_than_there_is_and_a_stopped_wallet_are_refused_and_leave_nothing(conn: WriteConnection, act: Act) -> None:
    wallet = wallet_of(conn, act, (3000, None))
    with pytest.raises(InsufficientFunds) as refused:
        stored_value.hold(conn, wallet.id, 3001, act, until=SOON, owner="checkout")
    assert refused.value.facts == {"availableMinor": 3000, "currency": "EUR"}
    store.set_status(conn, wallet.id, WalletStatus.FROZEN)
    with pytest.raises(WalletFrozen):
        stored_value.hold(conn, wallet.id, 1, act, until=SOON, owner="checkout")
    assert (spendable(conn, wallet, NOW), store.lock(conn, [wallet.id])[wallet.id].version) == (0, 1)


def test_value_dies_at_its_end_and_comes_back_with_a_life_of_the_same_length(
    conn: WriteConnection, make_act: MakeAct
) -> None:
    act = make_act()
    wallet = wallet_of(conn, act, (1000, LATER), (2000, None))
    held = stored_value.hold(conn, wallet.id, 2500, act, until=None, owner="order")
    stored_value.capture(conn, held.id, 2500, act)
    assert spendable(conn, wallet, LATER) == 500
    late = make_act(at=LATER)
    back = stored_value.give_back(conn, held.id, 1500, "return-1", late)
    assert (back.recredited, spendable(conn, wallet, LATER)) == (1500, 2000)
    stored_value.give_back(conn, held.id, 1000, "return-2", late)
    assert [spendable(conn, wallet, moment) for moment in (LATER, LATER + timedelta(days=10))] == [3000, 2000]
    with pytest.raises(ExceedsHold):
        stored_value.give_back(conn, held.id, 1, "return-3", late)
    assert verify(conn).findings == ()
