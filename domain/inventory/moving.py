"""Goods that come, go and lie elsewhere: restock, quarantine, transfer, adjust."""

from collections.abc import Callable, Mapping, Sequence

from domain.acts import Act
from domain.connections import WriteConnection
from domain.inventory import rules, steps, store
from domain.inventory.errors import BelowCommitted, LocationNotFound, NotTracked, QuantityInvalid, VariantNotFound
from domain.inventory.model import Adjust, Bucket, Level, Movement, MovementReason, StockKey, Take, Want, totals
from domain.locations import store as locations
from domain.locations.model import LocationId

DELTA_MAX = 1_000_000_000


def restock(conn: WriteConnection, takes: Sequence[Take], reference: str, act: Act, *, bucket: Bucket) -> None:
    """Goods come back, to the shelf or beside it."""
    if bucket is Bucket.SELLABLE:
        _come_in(conn, takes, reference, act, MovementReason.RESTOCKED, shelf=1)
    else:
        _come_in(conn, takes, reference, act, MovementReason.QUARANTINED, quarantine=1)


def receive_many(conn: WriteConnection, takes: Sequence[Take], act: Act, *, reference: str = "opening stock") -> None:
    """Goods come in from outside."""
    _come_in(conn, takes, reference, act, MovementReason.RECEIVED, shelf=1)


def quarantine(conn: WriteConnection, takes: Sequence[Take], reference: str, act: Act) -> None:
    """Sellable goods go beside the shelf, as far as they are promised to nobody."""
    _within(
        conn,
        takes,
        act,
        _unpromised,
        lambda key, units: Movement(*key, -units, units, MovementReason.QUARANTINED, reference),
    )


def release_quarantine(conn: WriteConnection, takes: Sequence[Take], reference: str, act: Act) -> None:
    """Goods beside the shelf become sellable, as far as there are such goods."""
    _within(
        conn,
        takes,
        act,
        lambda level, units: min(units, level.quarantined),
        lambda key, units: Movement(*key, units, -units, MovementReason.RELEASED, reference),
    )


def discard(conn: WriteConnection, takes: Sequence[Take], reference: str, act: Act) -> None:
    """Goods beside the shelf are thrown away, as far as there are such goods."""
    _within(
        conn,
        takes,
        act,
        lambda level, units: min(units, level.quarantined),
        lambda key, units: Movement(*key, 0, -units, MovementReason.DISCARDED, reference),
    )


def write_off(conn: WriteConnection, takes: Sequence[Take], reference: str, act: Act) -> None:
    """Goods that a picker did not find were never there, as far as they are promised to nobody else."""
    _within(
        conn,
        takes,
        act,
        _unpromised,
        lambda key, units: Movement(*key, -units, 0, MovementReason.SHORT_PICKED, reference),
    )


def transfer(conn: WriteConnection, takes: Sequence[Take], origin: LocationId, reference: str, act: Act) -> None:
    """Move sellable goods from `origin` to the places of `takes`, where they are free to be promised or written off.

    Raises:
        OutOfStock: the origin has too little that is promised to nobody.
    """
    stock_rules = store.stock_rules(conn, (take.variant_id for take in takes))
    units = totals([take for take in takes if stock_rules.get(take.variant_id, rules.TRACKED).tracked])
    sources = totals([Take(key[0], origin, quantity) for key, quantity in units.items()])
    both = [*units, *sources]
    levels = dict(steps.opened(conn, both, store.lock_levels(conn, both)).levels)
    held = store.held(conn, sources, act.now)
    free = {key: rules.sellable(levels[key], held.get(key, 0)) for key in sources}
    steps.refuse_shortage([Want(*key, quantity, "") for key, quantity in sources.items()], free, {})
    went = [Movement(*key, -n, 0, MovementReason.TRANSFERRED, reference) for key, n in sources.items()]
    came = [Movement(*key, n, 0, MovementReason.TRANSFERRED, reference) for key, n in units.items()]
    for movement in [*went, *came]:
        levels[movement.variant_id, movement.location_id] = _after(levels, movement)
    steps.save(conn, act, list(levels.values()), [*went, *came])


def adjust(conn: WriteConnection, command: Adjust, act: Act) -> Level:
    """Correct one level by hand, making it when there is none.

    Raises:
        QuantityInvalid: nothing, or more than a level can count.
        VariantNotFound, LocationNotFound, NotTracked: there is no such level to correct.
        BelowCommitted: units promised to orders would no longer be there.
    """
    if command.delta == 0 or abs(command.delta) > DELTA_MAX:
        raise QuantityInvalid(DELTA_MAX)
    key = (command.variant_id, command.location_id)
    level = _existing_or_new(conn, key)
    if command.delta < 0 and level.on_hand + command.delta < level.committed:
        raise BelowCommitted(max(0, level.on_hand - level.committed))
    changed = rules.moved(level, on_hand=command.delta)
    reason = MovementReason[command.reason.name]
    steps.save(conn, act, [changed], [Movement(*key, command.delta, 0, reason, "adjustment")])
    return changed


def set_safety_stock(conn: WriteConnection, key: StockKey, units: int, act: Act) -> Level:
    """Keep units of a level back from holds and commitments.

    Raises:
        QuantityInvalid: a negative or absurd number.
        VariantNotFound, LocationNotFound, NotTracked: there is no such level.
    """
    if not 0 <= units <= DELTA_MAX:
        raise QuantityInvalid(DELTA_MAX)
    changed = rules.kept_back(_existing_or_new(conn, key), units)
    steps.save(conn, act, [changed], [])
    return changed


def _come_in(
    conn: WriteConnection,
    takes: Sequence[Take],
    reference: str,
    act: Act,
    reason: MovementReason,
    *,
    shelf: int = 0,
    quarantine: int = 0,
) -> None:
    locked = steps.with_rules(conn, (take.variant_id for take in takes), store.lock_levels(conn, totals(takes)))
    kept = [take for take in takes if locked.rules.get(take.variant_id, rules.TRACKED).tracked]
    units = totals(kept)
    levels = steps.opened(conn, units, locked).levels
    came = [Movement(*key, shelf * n, quarantine * n, reason, reference) for key, n in units.items()]
    steps.save(conn, act, [_after(levels, movement) for movement in came], came)


def _within(
    conn: WriteConnection,
    takes: Sequence[Take],
    act: Act,
    bound: Callable[[Level, int], int],
    movement: Callable[[StockKey, int], Movement],
) -> None:
    wanted = totals(takes)
    levels = store.lock_levels(conn, wanted).levels
    bounded = {key: bound(levels[key], units) for key, units in wanted.items() if key in levels}
    went = [movement(key, units) for key, units in bounded.items() if units > 0]
    steps.save(conn, act, [_after(levels, one) for one in went], went)


def _unpromised(level: Level, units: int) -> int:
    return min(units, level.on_hand - level.committed)


def _after(levels: Mapping[StockKey, Level], movement: Movement) -> Level:
    level = levels[movement.variant_id, movement.location_id]
    return rules.moved(level, on_hand=movement.on_hand_delta, quarantined=movement.quarantined_delta)


def _existing_or_new(conn: WriteConnection, key: StockKey) -> Level:
    stock_rule = store.stock_rules(conn, [key[0]]).get(key[0])
    if stock_rule is None:
        raise VariantNotFound
    if not stock_rule.tracked:
        raise NotTracked
    if key[1] not in locations.by_ids(conn, [key[1]]):
        raise LocationNotFound
    return steps.opened(conn, [key], store.lock_levels(conn, [key])).levels[key]
