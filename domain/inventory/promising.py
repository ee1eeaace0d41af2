"""Promises of stock: hold, commit, sell, fulfill, let go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.acts import Act
from domain.connections import WriteConnection
from domain.inventory import rules, steps, store
from domain.inventory.model import Level, Locked, Movement, MovementReason, StockKey, Take, Want, totals


def hold(conn: WriteConnection, wants: Sequence[Want], act: Act, *, owner: str, until: datetime) -> None:
    """Keep units for `owner` until a moment. An owner holds once: each checkout is an owner of its own.

    Raises:
        OutOfStock: of the first line that finds too little.
    """
    locked = steps.with_rules(conn, (want.variant_id for want in wants), store.touch_levels(conn, totals(wants)))
    wants = steps.tracked(wants, locked.rules)
    if not wants:
        return
    keys = totals(wants)
    held = store.held(conn, keys, act.now)
    free = {key: rules.sellable(locked.levels.get(key), held.get(key, 0)) for key in keys}
    steps.refuse_shortage(wants, free, locked.rules)
    store.add_holds(conn, wants, act, owner=owner, until=until)
    steps.announce(conn, act, keys)


def release(conn: WriteConnection, owner: str, act: Act) -> None:
    """Let go of everything `owner` holds; nothing to let go of is fine."""
    store.touch_held_levels(conn, owner)
    holds = store.drop_holds(conn, owner)
    steps.announce(conn, act, {want.key for want, _ in holds})


def commit(conn: WriteConnection, owner: str, order_id: UUID, act: Act) -> None:
    """Promise what `owner` holds to an order. A hold that has expired is taken again if there is still stock.

    A second call finds no holds and changes nothing.

    Raises:
        OutOfStock: of the first line, by line key, whose hold expired and whose units went elsewhere, or whose goods are
            no longer there at all.
    """
    found = store.lock_held_levels(conn, owner)
    holds = store.drop_holds(conn, owner)
    if not holds:
        return
    wants = [want for want, _ in holds]
    locked = steps.opened(conn, totals(wants), found)
    expired = {want.key for want, until in holds if until <= act.now}
    others = store.held(conn, expired, act.now)
    free = {
        key: rules.sellable(level, others.get(key, 0)) if key in expired else level.on_hand - level.committed
        for key, level in locked.levels.items()
    }
    _promise(conn, act, order_id, wants, locked, free)


def commit_now(conn: WriteConnection, wants: Sequence[Want], order_id: UUID, act: Act) -> None:
    """Promise units to an order without a hold before.

    Raises:
        OutOfStock: of the first line that finds too little.
    """
    locked = steps.with_rules(conn, (want.variant_id for want in wants), store.lock_levels(conn, totals(wants)))
    wants = steps.tracked(wants, locked.rules)
    keys = totals(wants)
    if not keys:
        return
    if any(locked.rules[key[0]].backorders for key in keys):
        locked = steps.opened(conn, keys, locked)
    held = store.held(conn, keys, act.now)
    free = {key: rules.sellable(locked.levels.get(key), held.get(key, 0)) for key in keys}
    _promise(conn, act, order_id, wants, locked, free)


def sell(conn: WriteConnection, wants: Sequence[Want], order_id: UUID, act: Act) -> None:
    """Goods leave the shelf at once, as at a till. What is promised or held for others stays; safety stock may go.

    Raises:
        OutOfStock: of the first line that finds too little.
    """
    locked = steps.with_rules(conn, (want.variant_id for want in wants), store.lock_levels(conn, totals(wants)))
    wants, levels = steps.tracked(wants, locked.rules), locked.levels
    keys = totals(wants)
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


def _promise(
    conn: WriteConnection,
    act: Act,
    order_id: UUID,
    wants: Sequence[Want],
    locked: Locked,
    free: Mapping[StockKey, int],
) -> None:
    steps.refuse_shortage(wants, free, locked.rules)
    units = totals(wants)
    changed = [
        rules.moved(locked.levels[key], committed=quantity, backorders=locked.rules[key[0]].backorders)
        for key, quantity in units.items()
    ]
    steps.save(conn, act, changed, [])
    store.add_commitments(conn, order_id, units)


def _committed(
    conn: WriteConnection, takes: Sequence[Take], order_id: UUID
) -> tuple[Mapping[StockKey, Level], dict[StockKey, int]]:
    """Lock the levels and take the units off the order's commitments; units never committed are left out."""
    levels = store.lock_levels(conn, totals(takes)).levels
    promised = store.commitments(conn, order_id)
    units = {key: quantity for key, quantity in totals(takes).items() if key in promised}
    for key, quantity in units.items():
        assert quantity <= promised[key], "more units than are committed to this order"
    if units:
        store.lower_commitments(conn, order_id, units)
    return levels, units
