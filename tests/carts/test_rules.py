"""What stays true of a cart whatever is done to it."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.carts import rules
from domain.carts.errors import QuantityTooLarge, TooManyGroups, TooManyLines
from domain.carts.model import (
    GROUPS_MAX,
    QUANTITY_MAX,
    Cart,
    CartChannel,
    CartId,
    CartStatus,
    DeliveryMethod,
    GroupChange,
    LineQuantity,
    WantedLine,
)
from domain.carts.stored import read_group, read_line, written_group, written_line
from domain.catalog.model import ChannelId, VariantId
from domain.locations.model import Address, LocationId
from domain.money import Currency

NOW = datetime(2026, 1, 10, tzinfo=UTC)
VARIANTS = [VariantId(UUID(int=n)) for n in range(1, 4)]
STORES = [LocationId(UUID(int=n)) for n in range(11, 14)]
HOME = Address("GB", None, "London", "W1 1AA", "1 High Street")

Step = tuple[str, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add to pick up", "set", "remove", "pick up", "ship", "new group", "merge"]),
        st.integers(0, 2),
        st.integers(1, 6_000),
        st.integers(0, 7),
    ),
    max_size=25,
)


class Ids:
    """Fresh ids, counted up."""

    def __init__(self) -> None:
        self.counter = itertools.count(1_000)

    def __call__(self) -> UUID:
        return UUID(int=next(self.counter))


def empty(new_id: Ids) -> Cart:
    channel = CartChannel(
        ChannelId(UUID(int=1)), Currency("GBP"), prices_include_tax=True, default_country="GB", default_region=None
    )
    groups = rules.first_groups(new_id)
    return Cart(CartId(new_id()), "hash", None, channel, CartStatus.OPEN, 1, (), groups, NOW, NOW, NOW)


def stepped(cart: Cart, step: Step, new_id: Ids) -> Cart:
    verb, which, quantity, pick = step
    lines = [cart.lines[pick % len(cart.lines)].id] if cart.lines else []
    want = WantedLine(VARIANTS[which], quantity)
    stored = replace(want, pickup_location_id=STORES[which])
    moved = tuple(lines)
    steps: dict[str, Callable[[], Cart]] = {
        "add": lambda: rules.add(cart, [want], new_id),
        "add to pick up": lambda: rules.add(cart, [stored], new_id),
        "set": lambda: rules.set_quantities(cart, [LineQuantity(line_id, quantity) for line_id in lines]),
        "remove": lambda: rules.remove(cart, lines),
        "pick up": lambda: rules.pick_up(cart, lines, STORES[which], new_id),
        "ship": lambda: rules.change_groups(cart, [GroupChange(cart.groups[0].id, HOME, None, moved)], new_id),
        "new group": lambda: rules.change_groups(cart, [GroupChange(None, HOME, None, moved)], new_id),
        "merge": lambda: rules.merge(cart, rules.add(empty(new_id), [stored, want], new_id), new_id),
    }
    return steps[verb]()


def walked(steps: Sequence[Step]) -> list[Cart]:
    """Every cart on the way; a refused step leaves it as it was."""
    new_id = Ids()
    carts = [empty(new_id)]
    for step in steps:
        try:
            carts.append(stepped(carts[-1], step, new_id))
        except (QuantityTooLarge, TooManyLines, TooManyGroups):
            carts.append(carts[-1])
    return carts


@given(STEPS)
def test_lines_are_bounded_one_per_variant_and_way_and_always_in_a_group(steps: list[Step]) -> None:
    for cart in walked(steps):
        ways = [(line.variant_id, line.group_id) for line in cart.lines]
        groups = {group.id for group in cart.groups}
        assert len(ways) == len(set(ways))
        assert {group_id for _, group_id in ways} <= groups
        assert all(1 <= line.quantity <= QUANTITY_MAX for line in cart.lines)
        assert len({line.id for line in cart.lines}) == len(cart.lines)
        assert len(groups) == len(cart.groups) <= GROUPS_MAX


@given(STEPS)
def test_the_first_group_ships_and_each_store_has_one_group(steps: list[Step]) -> None:
    for cart in walked(steps):
        first = cart.groups[0].method
        stores = [group.location_id for group in cart.groups if group.method is DeliveryMethod.PICK_UP]
        assert first is DeliveryMethod.SHIPPING
        assert None not in stores
        assert len(stores) == len(set(stores))


@given(STEPS)
def test_a_cart_is_read_as_it_was_written(steps: list[Step]) -> None:
    cart = walked(steps)[-1]
    assert tuple(read_line(written_line(line)) for line in cart.lines) == cart.lines
    assert tuple(read_group(written_group(group)) for group in cart.groups) == cart.groups
