"""Return policies on both engines: what a change rules, and what it leaves alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.inventory import store as inventory
from domain.policies import service, store
from domain.policies.model import PolicyChannelId, ReturnPolicy, ReturnPolicyChange
from domain.returns import service as returns
from domain.returns.model import NewReturn
from tests.conftest import NOW
from tests.orders.shop import open_shop, shipping
from tests.returns.test_service import KEY, at_counter, refunds, sell

MakeAct = Callable[..., Act]


def test_a_new_sales_channel_has_the_standard_policy_since_ever(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    held = store.return_policies_at(conn, [shop.web, shop.market], NOW - timedelta(days=9_000))
    assert held == {shop.web: ReturnPolicy(), shop.market: ReturnPolicy()}


def test_a_shorter_window_rules_orders_placed_after_it_and_no_other(conn: WriteConnection, make_act: MakeAct) -> None:
    sale = sell(conn, make_act())
    channel = PolicyChannelId(sale.shop.web)
    service.set_return_policy(conn, ReturnPolicyChange(channel, window_days=1), make_act(at=NOW + timedelta(hours=1)))
    late = make_act(at=NOW + timedelta(days=20))
    assert at_counter(conn, sale, late, 1).policy_version == 1
    assert store.newest_return_version(conn, channel) == 2


def test_an_order_placed_under_a_policy_is_ruled_by_all_of_it(conn: WriteConnection, make_act: MakeAct) -> None:
    shop_act = make_act(at=NOW - timedelta(hours=1))
    sale = sell(conn, shop_act, lines=((2, 4000, 0),), charges=[shipping(shop_act, 595)])
    channel = PolicyChannelId(sale.shop.web)
    change = ReturnPolicyChange(channel, window_days=2, claim_days=5, refunds_shipping=False, restocks=False)
    # The policy is set for the very moment at which the order was placed.
    service.set_return_policy(conn, change, shop_act)
    with pytest.raises(Refused) as refused:
        at_counter(conn, sale, make_act(at=NOW + timedelta(days=3)), 1)
    assert refused.value.code == "WINDOW_EXPIRED"
    asked = returns.request(conn, NewReturn(sale.order_id, sale.units(1)), make_act())
    assert (asked.policy_version, asked.claim_expires_at) == (2, NOW + timedelta(days=5))
    returns.cancel(conn, asked.id, make_act())
    at_counter(conn, sale, make_act(), 2)
    level = inventory.availability(conn, [(sale.shop.shirt, sale.shop.york)], NOW)[sale.shop.shirt, sale.shop.york]
    assert (level.on_hand, level.quarantined) == (0, 2)
    assert refunds(conn, sale.order_id) == [4000]  # the shipping stays with the buyer


def test_a_quote_binds_although_the_policy_changes_before_it_is_used(conn: WriteConnection, make_act: MakeAct) -> None:
    sale = sell(conn, make_act())
    quoted = returns.quote(conn, sale.order_id, sale.units(1), NOW)
    assert quoted.lifetime == timedelta(minutes=30)
    token = returns.token_of(quoted, NOW + quoted.lifetime, KEY)
    change = ReturnPolicyChange(PolicyChannelId(sale.shop.web), quote_minutes=1, window_days=0)
    service.set_return_policy(conn, change, make_act(at=NOW + timedelta(minutes=1)))
    act = make_act(at=NOW + timedelta(minutes=29)).by(sale.associate(sale.shop.york))
    new = NewReturn(sale.order_id, sale.units(1), sale.shop.york)
    made = returns.create_and_process(conn, new, {}, token, act, signing_key=KEY)
    assert made.policy_version == 1
