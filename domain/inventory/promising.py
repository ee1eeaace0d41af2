"""Promises of stock: hold, commit, sell, fulfill, let go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.inventory import rules, steps, store
from domain.inventory.model import Level, Movement, MovementReason, StockKey, Take, Want, totals
from domain.inventory.steps import StockRules


def hold(conn: WriteConnection, wants: Sequence[Want], act: Act, *, owner: str, until: datetime) -> None:
    """Keep units for `owner` until a moment, in place of all the owner held before.

    Raises:
        OutOfStock: of the first line that finds too little; the owner keeps the earlier holds.
    """
    stock_rules = store.stock_rules(conn, (want.variant_id for want in wants))
    wants = steps.tracked(wants, stock_rules)
    keys = totals(wants)
    levels = store.lock_levels(conn, keys)
    held = store.held(conn, keys, act.now, besides=owner)
    free = {key: rules.sellable(levels.get(key), held.get(key, 0)) for key in keys}
    steps.refuse_shortage(wants, free, stock_rules)
    before = store.drop_holds(conn, owner)
    if wants:
        store.add_holds(conn, wants, act, owner=owner, until=until)
        store.touch_levels(conn, keys)
    steps.announce(conn, act, [*keys, *(want.key for want, _ in before)])


def release(conn: WriteConnection, owner: str, act: Act) -> None:
    """Let go of everything `owner` holds; nothing to let go of is fine."""
    keys = store.held_keys(conn, owner)
    if keys:
        store.lock_levels(conn, keys)
        store.drop_holds(conn, owner)
        store.touch_levels(conn, keys)
        steps.announce(conn, act, keys)


def commit(conn: WriteConnection, owner: str, order_id: UUID, act: Act) -> None:
    """Promise what `owner` holds to an order. A hold that has expired is taken again if there is still stock.

    A second call finds no holds and changes nothing.

    Raises:
        OutOfStock: of the first line, by line key, whose hold expired and whose units went elsewhere, or whose goods are
            no longer there at all.
    """
    keys = store.held_keys(conn, owner)
    levels = steps.locked_open(conn, keys)
    others = store.held(conn, keys, act.now, besides=owner)
    holds = store.drop_holds(conn, owner)
    if not holds:
        return
    wants = [want for want, _ in holds]
    expired = {want.key for want, until in holds if until <= act.now}
    free = {
        key: rules.sellable(level, others.get(key, 0)) if key in expired else level.on_hand - level.committed
        for key, level in levels.items()
    }
    stock_rules = store.stock_rules(conn, (want.variant_id for want in wants))
    _promise(conn, act, order_id, _Request(wants, stock_rules, levels, free))


def commit_now(conn: WriteConnection, wants: Sequence[Want], order_id: UUID, act: Act) -> None:
    """Promise units to an order without a hold before.

    Raises:
        OutOfStock: of the first line that finds too little.
    """
    stock_rules = store.stock_rules(conn, (want.variant_id for want in wants))
    wants = steps.tracked(wants, stock_rules)
    keys = totals(wants)
    if not keys:
        return
    backorders = [key for key in keys if stock_rules[key[0]].backorders]
    levels = steps.locked_open(conn, keys) if backorders else store.lock_levels(conn, keys)
    held = store.held(conn, keys, act.now)
    free = {key: rules.sellable(levels.get(key), held.get(key, 0)) for key in keys}
    _promise(conn, act, order_id, _Request(wants, stock_rules, levels, free))


def sell(conn: WriteConnection, wants: Sequence[Want], order_id: UUID, act: Act) -> None:
    """Goods leave the shelf at once, as at a till. What is promised or held for others stays; safety stock may go.

    Raises:
        OutOfStock: of the first line that finds too little.
    """
    stock_rules = store.stock_rules(conn, (want.variant_id for want in wants))
    wants = steps.tracked(wants, stock_rules)
    keys = totals(wants)
    levels = store.lock_levels(conn, keys)
    held = store.held(conn, keys, act.now)
    free = {key: rules.in_hand(levels.get(key), held.get(key, 0)) for key in keys}
    steps.refuse_shortage(wants, free, {})  # a till cannot hand over what is not there, backorders or not
    steps.save(
        conn,
        act,
        [rules.moved(levels[key], on_hand=-units) for key, units in keys.items()],
        [Movement(*key, -units, 0, MovementReason.SOLD, str(order_id)) for key, units in keys.items()],
    )


def fulfill(conn: WriteConnection, takes: Sequence[Take], order_id: UUID, act: Act) -> None:
    """Committed goods leave. Units of a variant that kept no stock when it was ordered are passed over.

    Raises:
        OutOfStock: of a backordered variant whose goods have not come in yet.
    """
    levels, units = _committed(conn, takes, order_id)
    backordered = [Want(*key, quantity, "") for key, quantity in units.items()]
    steps.refuse_shortage(backordered, {key: level.on_hand for key, level in levels.items()}, {})
    changed = [
        rules.moved(levels[key], on_hand=-quantity, committed=-quantity, backorders=True)
        for key, quantity in units.items()
    ]
    gone = [Movement(*key, -quantity, 0, MovementReason.FULFILLED, str(order_id)) for key, quantity in units.items()]
    steps.save(conn, act, changed, gone)


def uncommit(conn: WriteConnection, takes: Sequence[Take], order_id: UUID, act: Act) -> None:
    """Committed goods stay and may be sold to others again."""
    levels, units = _committed(conn, takes, order_id)
    steps.save(conn, act, [rules.moved(levels[key], committed=-quantity) for key, quantity in units.items()], [])


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked of locked levels, and how much of each is free."""

    wants: Sequence[Want]
    stock_rules: StockRules
    levels: Mapping[StockKey, Level]
    free: Mapping[StockKey, int]


def _promise(conn: WriteConnection, act: Act, order_id: UUID, asked: _Request) -> None:
    steps.refuse_shortage(asked.wants, asked.free, asked.stock_rules)
    units = totals(asked.wants)
    changed = [
        rules.moved(
            asked.levels[key],
            committed=quantity,
            backorders=asked.stock_rules.get(key[0], rules.TRACKED).backorders,
        )
        for key, quantity in units.items()
    ]
    steps.save(conn, act, changed, [])
    store.add_commitments(conn, order_id, units)


def _committed(
    conn: WriteConnection, takes: Sequence[Take], order_id: UUID
) -> tuple[dict[StockKey, Level], dict[StockKey, int]]:
    """Lock the levels and take the units off the order's commitments; units never committed are left out."""
    levels = store.lock_levels(conn, totals(takes))
    promised = store.commitments(conn, order_id)
    units = {key: quantity for key, quantity in totals(takes).items() if key in promised}
    for key, quantity in units.items():
        assert quantity <= promised[key], "more units than are committed to this order"
    if units:
        store.lower_commitments(conn, order_id, units)
    return levels, units
