"""Carts in the database: what a change leaves behind, and who may make it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from domain.acts import Act, Actor, ActorKind, Scope
from domain.carts import service, store
from domain.carts.changing import GUEST_LIFETIME
from domain.carts.errors import CartErrorCode
from domain.carts.model import (
    Cart,
    CartAt,
    CartStatus,
    DeliveryMethod,
    GroupChange,
    LineQuantity,
    NewCart,
    PointsWish,
    QuotedCart,
    WantedLine,
)
from domain.catalog import service as catalog
from domain.catalog.model import ChannelId, VariantId
from domain.connections import WriteConnection
from domain.customers.model import CustomerId
from domain.errors import Refused
from domain.events import store as events
from domain.locations.model import LocationId
from domain.loyalty import service as loyalty
from tests.carts.market import HOME, Market, customer_cart, guest_cart, opened, variants
from tests.conftest import NOW


@pytest.fixture
def market(conn: WriteConnection, act: Act) -> Market:
    return opened(conn, act)


def sizes(cart: Cart) -> list[tuple[VariantId, int]]:
    return [(line.variant_id, line.quantity) for line in cart.lines]


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code.name


def test_a_guest_cart_opens_to_its_token_alone(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 2))
    found = service.view(conn, at, market.guest, NOW)
    assert found == quoted
    assert sizes(quoted.cart) == [(market.shirt, 2)]
    for stranger in (replace(at, token=None), replace(at, token="guess")):
        assert service.view(conn, stranger, market.guest, NOW) is None
        assert service.view(conn, stranger, market.associate, NOW) is None
        assert refusal(partial(service.remove_points, conn, stranger, act.by(market.guest))) == "CART_NOT_FOUND"
    assert store.carts(conn, [quoted.cart.id])[quoted.cart.id].version == quoted.cart.version


def test_a_customers_cart_opens_to_the_customer_to_associates_and_for_reading_to_staff(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    quoted, at = customer_cart(conn, act, market, (market.shirt, 1))
    staff = Actor(ActorKind.STAFF, "s1", scopes=frozenset({Scope.READ_CUSTOMERS}))
    other = Actor(ActorKind.CUSTOMER, "other", market.channel.id, UUID(int=999))
    idle = replace(market.associate, scopes=frozenset())
    readers = [market.customer, market.associate, staff]
    assert [service.view(conn, at, actor, NOW) for actor in readers] == [quoted] * 3
    assert [service.view(conn, at, actor, NOW) for actor in (other, idle, market.guest)] == [None] * 3
    more = [WantedLine(market.shirt, 1)]
    assert sizes(service.add_lines(conn, at, more, act.by(market.associate)).cart) == [(market.shirt, 2)]
    for actor in (staff, other, idle, market.guest):
        assert refusal(partial(service.add_lines, conn, at, more, act.by(actor))) == "CART_NOT_FOUND"


def test_one_customer_has_one_cart_on_every_device(conn: WriteConnection, act: Act, market: Market) -> None:
    first, _ = customer_cart(conn, act, market, (market.shirt, 1))
    again, _ = customer_cart(conn, act, market, (market.socks, 2))
    by_name = service.add_lines(conn, CartAt(), [WantedLine(market.shirt, 1)], act.by(market.customer))
    assert first.cart.id == again.cart.id == by_name.cart.id
    assert sizes(by_name.cart) == [(market.shirt, 2), (market.socks, 2)]
    assert service.for_customer(conn, market.ada.id, market.channel.id) == by_name.cart


def test_a_customer_without_a_cart_gets_one_by_adding(conn: WriteConnection, act: Act, market: Market) -> None:
    assert service.view(conn, CartAt(), market.customer, NOW) is None
    added = service.add_lines(conn, CartAt(), [WantedLine(market.shirt, 1)], act.by(market.customer))
    assert added.cart.customer_id == market.ada.id
    assert refusal(lambda: service.add_lines(conn, CartAt(), [], act.by(market.guest))) == "CART_NOT_FOUND"


def test_every_change_grows_the_version_and_is_announced(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1))
    newest = events.newest(conn)
    changed = service.set_discount_codes(conn, at, ["x"], act.by(market.guest))
    assert changed.cart.version == quoted.cart.version + 1
    assert [(c.topic, c.key, c.version) for c in events.after(conn, newest)] == [
        ("cart", str(quoted.cart.id), changed.cart.version)
    ]


def test_a_stale_version_is_refused_with_the_current_one(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1))
    stale = replace(at, expected_version=quoted.cart.version - 1)
    with pytest.raises(Refused) as refused:
        service.add_lines(conn, stale, [WantedLine(market.shirt, 1)], act.by(market.guest))
    assert (refused.value.code, refused.value.facts) == (CartErrorCode.STALE_VERSION, {"version": quoted.cart.version})
    fresh = replace(at, expected_version=quoted.cart.version)
    assert sizes(service.add_lines(conn, fresh, [WantedLine(market.shirt, 1)], act.by(market.guest)).cart) == [
        (market.shirt, 2)
    ]


@pytest.mark.parametrize(
    ("quantity", "code"), [(0, "QUANTITY_INVALID"), (-1, "QUANTITY_INVALID"), (10_000, "QUANTITY_INVALID")]
)
def test_a_quantity_out_of_bounds_is_refused(
    conn: WriteConnection, act: Act, market: Market, quantity: int, code: str
) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1))
    guest = act.by(market.guest)
    assert refusal(lambda: service.add_lines(conn, at, [WantedLine(market.shirt, quantity)], guest)) == code
    change = LineQuantity(quoted.cart.lines[0].id, quantity)
    assert refusal(lambda: service.update_lines(conn, at, [change], guest)) == code
    assert service.get(conn, quoted.cart.id) == quoted.cart


def test_a_line_grows_to_its_maximum_and_no_further(conn: WriteConnection, act: Act, market: Market) -> None:
    _, at = guest_cart(conn, act, market, (market.shirt, 9_998))
    one = [WantedLine(market.shirt, 1)]
    assert sizes(service.add_lines(conn, at, one, act.by(market.guest)).cart) == [(market.shirt, 9_999)]
    assert refusal(lambda: service.add_lines(conn, at, one, act.by(market.guest))) == "QUANTITY_TOO_LARGE"


def test_the_line_after_the_last_is_refused(conn: WriteConnection, act: Act, market: Market) -> None:
    many = variants(conn, act, market.channel, [f"Thing {number}" for number in range(251)], 100)
    _, at = guest_cart(conn, act, market, *((variant_id, 1) for variant_id in many[:250]))
    more = [WantedLine(many[250], 1)]
    assert refusal(lambda: service.add_lines(conn, at, more, act.by(market.guest))) == "TOO_MANY_LINES"


def test_what_the_channel_does_not_sell_is_refused(conn: WriteConnection, act: Act, market: Market) -> None:
    _, at = guest_cart(conn, act, market, (market.shirt, 1))
    unknown = [WantedLine(VariantId(UUID(int=5)), 1)]
    assert refusal(lambda: service.add_lines(conn, at, unknown, act.by(market.guest))) == "VARIANT_NOT_FOUND"


def test_lines_are_removed_and_unknown_ones_are_refused(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1), (market.socks, 2))
    shirt = quoted.cart.lines[0].id
    assert sizes(service.remove_lines(conn, at, [shirt], act.by(market.guest)).cart) == [(market.socks, 2)]
    assert refusal(lambda: service.remove_lines(conn, at, [shirt], act.by(market.guest))) == "LINE_NOT_FOUND"


def test_lines_move_to_a_store_and_back_and_join_their_twins(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1), (market.socks, 2))
    guest = act.by(market.guest)
    shirt = quoted.cart.lines[0].id
    picked = service.set_pickup_location(conn, at, [shirt], market.soho.id, guest).cart
    assert [(g.method, g.location_id) for g in picked.groups] == [
        (DeliveryMethod.SHIPPING, None),
        (DeliveryMethod.PICK_UP, market.soho.id),
    ]
    assert picked.lines[0].group_id == picked.groups[1].id
    wanted = [WantedLine(market.shirt, 4), WantedLine(market.shirt, 1, market.soho.id)]
    both = service.add_lines(conn, at, wanted, guest).cart
    assert sizes(both) == [(market.shirt, 2), (market.socks, 2), (market.shirt, 4)]
    back = service.set_delivery_groups(conn, at, [GroupChange(both.groups[0].id, line_ids=(shirt,))], guest).cart
    assert sizes(back) == [(market.socks, 2), (market.shirt, 6)]
    assert back.groups == (quoted.cart.groups[0],)


def test_a_store_without_pickup_and_an_unknown_one_are_refused(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1))
    lines, guest = [quoted.cart.lines[0].id], act.by(market.guest)
    outlet, nowhere = market.outlet.id, LocationId(UUID(int=3))
    assert refusal(lambda: service.set_pickup_location(conn, at, lines, outlet, guest)) == "PICKUP_NOT_OFFERED"
    assert refusal(lambda: service.set_pickup_location(conn, at, lines, nowhere, guest)) == "LOCATION_NOT_FOUND"
    assert service.get(conn, quoted.cart.id) == quoted.cart


def test_two_addresses_make_two_shipping_groups(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1), (market.socks, 2))
    elsewhere = replace(HOME, line1="2 Palm Drive")
    changes = [
        GroupChange(quoted.cart.groups[0].id, HOME, market.express.id),
        GroupChange(None, elsewhere, None, (quoted.cart.lines[1].id,)),
    ]
    changed = service.set_delivery_groups(conn, at, changes, act.by(market.guest))
    assert [group.address for group in changed.cart.groups] == [HOME, elsewhere]
    assert [charge.amount_minor for charge in changed.quote.priced.shipping] == [1495, 595]


@pytest.mark.parametrize(
    "address",
    [replace(HOME, country="us"), replace(HOME, city=" "), replace(HOME, line1=""), replace(HOME, line2="\n")],
)
def test_an_address_nothing_can_be_sent_to_is_refused(
    conn: WriteConnection, act: Act, market: Market, address: object
) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1))
    change = GroupChange(quoted.cart.groups[0].id, address)  # type: ignore[arg-type]  # parametrized addresses
    assert refusal(lambda: service.set_delivery_groups(conn, at, [change], act.by(market.guest))) == "ADDRESS_INVALID"


def test_an_option_that_is_not_offered_to_the_address_is_refused_and_a_moved_address_drops_its_option(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    quoted, at = guest_cart(conn, act, market, (market.shirt, 1))
    group, guest = quoted.cart.groups[0].id, act.by(market.guest)
    france = replace(HOME, country="FR")
    abroad = [GroupChange(group, france, market.express.id)]
    assert refusal(lambda: service.set_delivery_groups(conn, at, abroad, guest)) == "SHIPPING_OPTION_NOT_FOUND"
    service.set_delivery_groups(conn, at, [GroupChange(group, HOME, market.express.id)], guest)
    moved = service.set_delivery_groups(conn, at, [GroupChange(group, france)], guest)
    assert moved.cart.groups[0].shipping_option_id is None


def test_codes_are_folded_bounded_and_replaced(conn: WriteConnection, act: Act, market: Market) -> None:
    _, at = guest_cart(conn, act, market, (market.shirt, 1))
    guest = act.by(market.guest)
    changed = service.set_discount_codes(conn, at, [" ten", "TEN", "five"], guest)
    assert changed.cart.discount_codes == ("TEN", "FIVE")
    many = [f"C{number}" for number in range(11)]
    assert refusal(lambda: service.set_discount_codes(conn, at, many, guest)) == "TOO_MANY_CODES"
    assert refusal(lambda: service.set_discount_codes(conn, at, [" "], guest)) == "CODE_INVALID"
    assert service.set_discount_codes(conn, at, [], guest).cart.discount_codes == ()


def test_a_guests_contact_is_normalized(conn: WriteConnection, act: Act, market: Market) -> None:
    _, at = guest_cart(conn, act, market, (market.shirt, 1))
    guest = act.by(market.guest)
    changed = service.set_buyer(conn, at, " Bob@Example.com", "213-373-4253", guest).cart
    assert (changed.email, changed.phone) == ("bob@example.com", "+12133734253")
    assert refusal(lambda: service.set_buyer(conn, at, "bob", None, guest)) == "EMAIL_INVALID"
    assert service.set_buyer(conn, at, None, None, guest).cart.email == "bob@example.com"


def merged(conn: WriteConnection, act: Act, market: Market, at: CartAt) -> QuotedCart:
    assert at.id is not None
    return service.merge_guest(conn, at.id, at.token, market.ada.id, act.by(market.customer))


def test_a_guest_cart_is_merged_once_and_quantities_add_up(conn: WriteConnection, act: Act, market: Market) -> None:
    own, _ = customer_cart(conn, act, market, (market.shirt, 1))
    guest, at = guest_cart(conn, act, market, (market.shirt, 2), (market.socks, 1))
    first = merged(conn, act, market, at)
    assert (first.cart.id, sizes(first.cart)) == (own.cart.id, [(market.shirt, 3), (market.socks, 1)])
    assert merged(conn, act, market, at) == first
    gone = service.get(conn, guest.cart.id)
    assert (gone.status, gone.merged_into, gone.lines) == (CartStatus.MERGED, own.cart.id, ())


def test_merging_makes_the_customers_cart_when_there_is_none(conn: WriteConnection, act: Act, market: Market) -> None:
    _, at = guest_cart(conn, act, market, (market.shirt, 2))
    cart = merged(conn, act, market, at).cart
    assert (cart.customer_id, sizes(cart)) == (market.ada.id, [(market.shirt, 2)])


def test_merging_keeps_stores_and_the_guests_newer_choices(conn: WriteConnection, act: Act, market: Market) -> None:
    own, own_at = customer_cart(conn, act, market, (market.shirt, 1))
    old = replace(HOME, line1="9 Old Road")
    service.set_delivery_groups(conn, own_at, [GroupChange(own.cart.groups[0].id, old)], act.by(market.customer))
    service.set_discount_codes(conn, own_at, ["A"], act.by(market.customer))
    guest, at = guest_cart(conn, act, market, (market.shirt, 2), (market.socks, 1))
    by = act.by(market.guest)
    service.set_pickup_location(conn, at, [guest.cart.lines[0].id], market.soho.id, by)
    service.set_delivery_groups(conn, at, [GroupChange(guest.cart.groups[0].id, HOME)], by)
    service.set_discount_codes(conn, at, ["B", "A"], by)
    cart = merged(conn, act, market, at).cart
    assert [cart.group(line.group_id).location_id for line in cart.lines] == [None, market.soho.id, None]
    assert (cart.groups[0].address, cart.discount_codes) == (HOME, ("A", "B"))


def test_merged_quantities_stop_at_the_maximum(conn: WriteConnection, act: Act, market: Market) -> None:
    customer_cart(conn, act, market, (market.shirt, 9_000))
    _, at = guest_cart(conn, act, market, (market.shirt, 9_000))
    assert sizes(merged(conn, act, market, at).cart) == [(market.shirt, 9_999)]


def test_an_item_that_is_sold_no_more_does_not_stop_a_merge(conn: WriteConnection, act: Act, market: Market) -> None:
    _, at = guest_cart(conn, act, market, (market.shirt, 1))
    product_id = service.view(conn, at, market.guest, NOW).quote.offers[market.shirt].product_id  # type: ignore[union-attr]  # it is there
    catalog.unpublish(conn, [product_id], market.channel.id, act)
    quoted = merged(conn, act, market, at)
    assert sizes(quoted.cart) == [(market.shirt, 1)]
    assert "NOT_AVAILABLE" in {problem.code for problem in quoted.quote.problems}


def test_only_the_token_merges_and_only_into_ones_own_cart(conn: WriteConnection, act: Act, market: Market) -> None:
    guest, at = guest_cart(conn, act, market, (market.shirt, 1))
    assert refusal(lambda: merged(conn, act, market, replace(at, token="guess"))) == "CART_NOT_FOUND"
    merged(conn, act, market, at)
    bob = replace(market.customer, customer_id=UUID(int=77))
    assert (
        refusal(lambda: service.merge_guest(conn, guest.cart.id, at.token, UUID(int=77), act.by(bob)))
        == "CART_NOT_FOUND"
    )


def test_after_merging_the_token_shows_that_and_leads_only_the_customer_on(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    guest, at = guest_cart(conn, act, market, (market.shirt, 1))
    own = merged(conn, act, market, at)
    seen = service.view(conn, at, market.guest, NOW)
    assert seen is not None
    assert (seen.cart.id, seen.cart.status, seen.cart.lines) == (guest.cart.id, CartStatus.MERGED, ())
    assert service.view(conn, at, market.customer, NOW) == own
    more = [WantedLine(market.shirt, 1)]
    assert refusal(lambda: service.add_lines(conn, at, more, act.by(market.guest))) == "CART_NOT_FOUND"
    assert sizes(service.add_lines(conn, at, more, act.by(market.customer)).cart) == [(market.shirt, 2)]


def test_a_cart_being_paid_does_not_change_and_reopens_after_a_failure(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    quoted, at = customer_cart(conn, act, market, (market.shirt, 1))
    _, guest_at = guest_cart(conn, act, market, (market.shirt, 1))
    locked = service.lock(conn, quoted.cart.id)
    service.begin_checkout(conn, locked, UUID(int=50), act)
    by = act.by(market.customer)
    more = [WantedLine(market.shirt, 1)]
    assert refusal(lambda: service.add_lines(conn, at, more, by)) == "CHECKOUT_IN_PROGRESS"
    assert refusal(lambda: service.add_lines(conn, CartAt(), more, by)) == "CHECKOUT_IN_PROGRESS"
    assert refusal(lambda: merged(conn, act, market, guest_at)) == "CHECKOUT_IN_PROGRESS"
    assert service.reopen(conn, quoted.cart.id, act).checkout_id is None
    assert sizes(service.add_lines(conn, at, more, by).cart) == [(market.shirt, 2)]


def test_a_completed_cart_stays_and_the_customer_gets_a_new_one(
    conn: WriteConnection, act: Act, market: Market
) -> None:
    quoted, at = customer_cart(conn, act, market, (market.shirt, 1))
    service.begin_checkout(conn, service.lock(conn, quoted.cart.id), UUID(int=50), act)
    service.complete(conn, quoted.cart.id, UUID(int=60), act)
    done = service.get(conn, quoted.cart.id)
    assert (done.status, done.order_id) == (CartStatus.COMPLETED, UUID(int=60))
    service.complete(conn, quoted.cart.id, UUID(int=60), act)
    assert service.get(conn, quoted.cart.id) == done
    assert refusal(lambda: service.complete(conn, quoted.cart.id, UUID(int=61), act)) == "CART_COMPLETED"
    assert refusal(lambda: service.remove_points(conn, at, act.by(market.customer))) == "CART_COMPLETED"
    assert service.reopen(conn, quoted.cart.id, act) == done
    again, _ = customer_cart(conn, act, market)
    assert again.cart.id != quoted.cart.id


def test_points_are_stored_and_valued_up_to_the_goods(conn: WriteConnection, act: Act, market: Market) -> None:
    wallet = loyalty.enroll(conn, market.ada.id, act)
    loyalty.bonus(conn, wallet.id, 500, act, reference="welcome")
    _, at = customer_cart(conn, act, market, (market.socks, 1))
    by = act.by(market.customer)
    some = service.apply_points(conn, at, 120, by)
    assert some.cart.points == PointsWish(wallet.id, 120)
    assert (some.quote.priced.points, some.quote.priced.points_value_minor) == (120, 120)
    assert (some.quote.priced.total_minor, some.quote.priced.due_minor) == (550, 430)
    most = service.apply_points(conn, at, None, by).quote.priced
    assert (most.points, most.due_minor) == (500, 50)
    assert service.remove_points(conn, at, by).quote.priced.points == 0


def test_points_that_are_not_there_are_refused(conn: WriteConnection, act: Act, market: Market) -> None:
    quoted, at = customer_cart(conn, act, market, (market.socks, 1))
    by = act.by(market.customer)
    assert refusal(lambda: service.apply_points(conn, at, 1, by)) == "SIGN_IN_REQUIRED"
    wallet = loyalty.enroll(conn, market.ada.id, act)
    loyalty.bonus(conn, wallet.id, 100, act, reference="welcome")
    with pytest.raises(Refused) as refused:
        service.apply_points(conn, at, 101, by)
    assert (refused.value.code.name, refused.value.facts) == ("INSUFFICIENT_POINTS", {"available": 100})
    assert refusal(lambda: service.apply_points(conn, at, 0, by)) == "POINTS_INVALID"
    _, guest_at = guest_cart(conn, act, market, (market.socks, 1))
    assert refusal(lambda: service.apply_points(conn, guest_at, 1, act.by(market.guest))) == "SIGN_IN_REQUIRED"
    assert service.get(conn, quoted.cart.id).status is CartStatus.OPEN


def test_abandoned_carts_are_forgotten_and_touched_ones_live_on(
    conn: WriteConnection, make_act: Callable[..., Act], act: Act, market: Market
) -> None:
    idle, _ = guest_cart(conn, act, market, (market.shirt, 1))
    touched, at = guest_cart(conn, act, market, (market.shirt, 1))
    later = NOW + timedelta(days=1)
    service.set_discount_codes(conn, at, ["X"], make_act(market.guest, later))
    own, _ = customer_cart(conn, act, market, (market.shirt, 1))
    over = NOW + GUEST_LIFETIME
    assert service.expire_abandoned(conn, over - timedelta(seconds=1)) == 0
    assert service.expire_abandoned(conn, over) == 1
    assert set(store.carts(conn, [idle.cart.id, touched.cart.id, own.cart.id])) == {touched.cart.id, own.cart.id}


def test_a_cart_in_an_unknown_channel_is_refused(conn: WriteConnection, act: Act, market: Market) -> None:
    new = NewCart(ChannelId(UUID(int=1)), CustomerId(market.ada.id))
    assert refusal(lambda: service.create(conn, new, act)) == "CART_NOT_FOUND"
