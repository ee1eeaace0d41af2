"""All SQL of the stock room. Each function is a constant number of statements, whatever the number of lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.acts import Act
from domain.appends import append
from domain.catalog.model import VariantId
from domain.catalog.tables import ProductVariantRow
from domain.connections import ReadConnection, WriteConnection
from domain.inventory.model import Availability, Level, Locked, Movement, StockKey, StockRule, Want
from domain.inventory.tables import InventoryCommitmentRow, InventoryHoldRow, InventoryLevelRow, InventoryMovementRow
from domain.locations.model import LocationId
from domain.locations.tables import LocationRow
from domain.statements import Row, Statement, inserting, one_of, pairs_of
from domain.tables import table_of

_variant = table_of(ProductVariantRow)
_location = table_of(LocationRow)
_level = table_of(InventoryLevelRow)
_hold = table_of(InventoryHoldRow)
_commitment = table_of(InventoryCommitmentRow)
_movement = table_of(InventoryMovementRow)
_MOVEMENTS = Statement(inserting(_movement))
_RULES = Statement(
    sa.select(_variant.c.id, _variant.c.tracks_inventory, _variant.c.sells_when_out_of_stock).where(
        one_of(_variant.c.id, "variants")
    )
)


def _these(table: sa.Table) -> sa.ColumnElement[bool]:
    return pairs_of(table.c.variant_id, table.c.location_id, "variants", "locations")


def _with_rules(which: sa.ColumnElement[bool]) -> Statement:
    """Locks levels in their order. The variants' rules come along, so that a command needs no statement for them."""
    return Statement(
        sa.select(*_level.c, _variant.c.tracks_inventory, _variant.c.sells_when_out_of_stock)
        .join(_variant, _variant.c.id == _level.c.variant_id)
        .where(which)
        .order_by(_level.c.variant_id, _level.c.location_id)
        .with_for_update(of=_level)
    )


def _touching(which: sa.ColumnElement[bool]) -> Statement:
    """Locks levels and grows their versions. The inner SELECT takes the locks in their order; an UPDATE alone would take
    them as it finds the rows."""
    first = (
        sa.select(_level.c.variant_id, _level.c.location_id)
        .where(which)
        .order_by(_level.c.variant_id, _level.c.location_id)
        .with_for_update()
        .subquery("first")
    )
    rules = (
        sa.select(column).where(_variant.c.id == _level.c.variant_id).scalar_subquery().label(column.name)
        for column in (_variant.c.tracks_inventory, _variant.c.sells_when_out_of_stock)
    )
    return Statement(
        sa.update(_level)
        .where(_level.c.variant_id == first.c.variant_id, _level.c.location_id == first.c.location_id)
        .values(version=_level.c.version + 1)
        .returning(*_level.c, *rules)
    )


_HELD_BY_OWNER = sa.tuple_(_level.c.variant_id, _level.c.location_id).in_(
    sa.select(_hold.c.variant_id, _hold.c.location_id).where(_hold.c.owner == sa.bindparam("owner"))
)
_LOCK, _LOCK_HELD = _with_rules(_these(_level)), _with_rules(_HELD_BY_OWNER)
_TOUCH, _TOUCH_HELD = _touching(_these(_level)), _touching(_HELD_BY_OWNER)
_SAVE = Statement(
    sa.update(_level)
    .where(_level.c.variant_id == sa.bindparam("of_variant"), _level.c.location_id == sa.bindparam("of_location"))
    .values(
        {
            name: sa.bindparam(name)
            for name in ("on_hand", "safety_stock", "committed", "backordered", "quarantined", "version")
        }
    )
)
_HELD = Statement(
    sa.select(_hold.c.variant_id, _hold.c.location_id, sa.func.sum(_hold.c.quantity).label("units"))
    .where(_these(_hold), _hold.c.expires_at > sa.bindparam("now"))
    .group_by(_hold.c.variant_id, _hold.c.location_id)
)
_DROP = Statement(sa.delete(_hold).where(_hold.c.owner == sa.bindparam("owner")).returning(*_hold.c))
_ADD_HOLD = Statement(inserting(_hold))
_PROMISE = insert(_commitment).values({column.name: sa.bindparam(column.name) for column in _commitment.c})
_COMMIT = Statement(
    _PROMISE.on_conflict_do_update(
        index_elements=["order_id", "variant_id", "location_id"],
        set_={"quantity": _commitment.c.quantity + _PROMISE.excluded.quantity},
    )
)

_held = (
    sa.select(
        _hold.c.variant_id, _hold.c.location_id, sa.cast(sa.func.sum(_hold.c.quantity), sa.Integer).label("quantity")
    )
    .where(one_of(_hold.c.variant_id, "ids"), _hold.c.expires_at > sa.bindparam("now", type_=_hold.c.expires_at.type))
    .group_by(_hold.c.variant_id, _hold.c.location_id)
    .subquery("held")
)
_active_levels = _level.join(_location, sa.and_(_location.c.id == _level.c.location_id, _location.c.active))
_with_holds = _active_levels.outerjoin(
    _held, sa.and_(_held.c.variant_id == _level.c.variant_id, _held.c.location_id == _level.c.location_id)
)
_held_units = sa.func.coalesce(_held.c.quantity, 0)
_unheld = _level.c.on_hand - _level.c.safety_stock - _level.c.committed
_LEVELS_OF_VARIANTS = Statement(
    sa.select(*_level.c, _held_units.label("held"), _location.c.version.label("location_version"))
    .select_from(_with_holds)
    .where(one_of(_level.c.variant_id, "ids"))
    .order_by(_level.c.variant_id, _location.c.priority, _location.c.id)
)


def _totals(levels: sa.FromClause, free: sa.ColumnElement[int]) -> Statement:
    """The sum of what is free of each variant at each level."""
    return Statement(
        sa.select(_level.c.variant_id, sa.func.sum(free).label("available"))
        .select_from(levels)
        .where(one_of(_level.c.variant_id, "ids"))
        .group_by(_level.c.variant_id)
    )


_held_there = (
    sa.select(sa.func.coalesce(sa.func.sum(_hold.c.quantity), 0))
    .where(
        _hold.c.variant_id == _level.c.variant_id,
        _hold.c.location_id == _level.c.location_id,
        _hold.c.expires_at > sa.bindparam("now", type_=_hold.c.expires_at.type),
    )
    .correlate(_level)
    .scalar_subquery()
)
_TOTALS_OF_VARIANTS = {
    "postgresql": _totals(_with_holds, sa.func.greatest(_unheld - _held_units, 0)),
    # Which looks holds up one level at a time whatever it is asked, and would first make an index of them all.
    "sqlite": _totals(_active_levels, sa.func.max(_unheld - _held_there, 0, type_=sa.BigInteger)),
}


def availability(conn: ReadConnection, keys: Sequence[StockKey], now: datetime) -> Mapping[StockKey, Availability]:
    """Levels as seen at `now`; a key without a level is absent and has nothing available."""
    if not keys:
        return {}
    seen = sa.select(*_level.c, _held_there.label("held"))
    rows = conn.execute(seen.where(_among(_level, keys)), {"now": now})
    return {(row.variant_id, row.location_id): _availability(row) for row in rows}


def availability_of_variants(
    conn: ReadConnection, variant_ids: Sequence[VariantId], now: datetime
) -> Mapping[VariantId, Sequence[Availability]]:
    """Levels of whole variants in all active locations, by location priority; a variant without levels is absent."""
    found: dict[VariantId, list[Availability]] = defaultdict(list)
    for row in _LEVELS_OF_VARIANTS.all(conn, ids=variant_ids, now=now):
        found[row.variant_id].append(_availability(row, row.location_version))
    return found


def totals_of_variants(
    conn: ReadConnection, variant_ids: Sequence[VariantId], now: datetime
) -> Mapping[VariantId, int]:
    """Units of variants available in all active locations together; a variant without levels is absent."""
    rows = _TOTALS_OF_VARIANTS[conn.dialect.name].all(conn, ids=variant_ids, now=now)
    return {row.variant_id: int(row.available) for row in rows}


def stock_rules(conn: ReadConnection, variant_ids: Iterable[VariantId]) -> Mapping[VariantId, StockRule]:
    """Whether each variant keeps stock and takes backorders; unknown variants are absent."""
    rows = _RULES.all(conn, variants=list(set(variant_ids)))
    return {row.id: StockRule(row.tracks_inventory, row.sells_when_out_of_stock) for row in rows}


def lock_levels(conn: WriteConnection, keys: Iterable[StockKey]) -> Locked:
    """Lock the levels of these keys in (variant, location) order; keys without a level are absent."""
    wanted = _pairs(keys)
    return _locked(_LOCK.all(conn, **wanted)) if wanted["variants"] else Locked({}, {})


def lock_held_levels(conn: WriteConnection, owner: str) -> Locked:
    """Lock the levels that an owner's holds are on, expired holds too, in (variant, location) order."""
    return _locked(_LOCK_HELD.all(conn, owner=owner))


def touch_levels(conn: WriteConnection, keys: Iterable[StockKey]) -> Locked:
    """Lock the levels of these keys and grow their versions, for holds that come; keys without a level are absent."""
    wanted = _pairs(keys)
    return _locked(_TOUCH.all(conn, **wanted)) if wanted["variants"] else Locked({}, {})


def touch_held_levels(conn: WriteConnection, owner: str) -> None:
    """Lock the levels that an owner's holds are on and grow their versions, for holds that go."""
    _TOUCH_HELD.all(conn, owner=owner)


def _pairs(keys: Iterable[StockKey]) -> dict[str, list[UUID]]:
    wanted = list(keys)
    return {"variants": [key[0] for key in wanted], "locations": [key[1] for key in wanted]}


def _locked(rows: Iterable[Row]) -> Locked:
    levels: dict[StockKey, Level] = {}
    rules: dict[VariantId, StockRule] = {}
    for row in rows:
        levels[row.variant_id, row.location_id] = Level(
            row.variant_id,
            row.location_id,
            row.on_hand,
            row.safety_stock,
            row.committed,
            row.backordered,
            row.quarantined,
            row.version,
        )
        rules[row.variant_id] = StockRule(row.tracks_inventory, row.sells_when_out_of_stock)
    return Locked(levels, rules)


def open_levels(conn: WriteConnection, keys: Iterable[StockKey]) -> None:
    """Make empty levels where there are none yet."""
    rows = [{"variant_id": variant_id, "location_id": location_id} for variant_id, location_id in sorted(keys)]
    if rows:
        empty = {"on_hand": 0, "safety_stock": 0, "committed": 0, "backordered": 0, "quarantined": 0, "version": 1}
        conn.execute(insert(_level).on_conflict_do_nothing(), [row | empty for row in rows])


def save_levels(conn: WriteConnection, levels: Iterable[Level]) -> None:
    """Write locked levels back."""
    _SAVE.many(
        conn,
        [
            {
                "of_variant": level.variant_id,
                "of_location": level.location_id,
                "on_hand": level.on_hand,
                "safety_stock": level.safety_stock,
                "committed": level.committed,
                "backordered": level.backordered,
                "quarantined": level.quarantined,
                "version": level.version,
            }
            for level in levels
        ],
    )


def held(conn: ReadConnection, keys: Iterable[StockKey], now: datetime) -> Mapping[StockKey, int]:
    """Units in holds that have not expired at `now`. Lock the levels first when they are to be taken."""
    wanted = _pairs(keys)
    if not wanted["variants"]:
        return {}
    rows = _HELD.all(conn, now=now, **wanted)
    return {(row.variant_id, row.location_id): int(row.units) for row in rows}


def drop_holds(conn: WriteConnection, owner: str) -> Sequence[tuple[Want, datetime]]:
    """Delete an owner's holds and give them, each with its expiry, by line key."""
    rows = _DROP.all(conn, owner=owner)
    return [
        (Want(row.variant_id, row.location_id, row.quantity, row.line_key), row.expires_at)
        for row in sorted(rows, key=lambda row: (row.line_key, row.location_id))
    ]


def add_holds(conn: WriteConnection, wants: Sequence[Want], act: Act, *, owner: str, until: datetime) -> None:
    """Write holds."""
    _ADD_HOLD.many(
        conn,
        [
            {
                "id": act.new_id(),
                "owner": owner,
                "line_key": want.line_key,
                "variant_id": want.variant_id,
                "location_id": want.location_id,
                "quantity": want.quantity,
                "expires_at": until,
            }
            for want in wants
        ],
    )


def forget_holds(conn: WriteConnection, expired_before: datetime) -> int:
    """Delete holds that expired before this; returns how many."""
    return conn.execute(sa.delete(_hold).where(_hold.c.expires_at < expired_before)).rowcount


def add_commitments(conn: WriteConnection, order_id: UUID, units: Mapping[StockKey, int]) -> None:
    """Add units to what is promised to an order."""
    _COMMIT.many(
        conn,
        [
            {"order_id": order_id, "variant_id": key[0], "location_id": key[1], "quantity": quantity}
            for key, quantity in units.items()
        ],
    )


def commitments(conn: ReadConnection, order_id: UUID) -> Mapping[StockKey, int]:
    """Units still promised to an order, by level; 0 when they have left or were let go, absent when never promised."""
    rows = conn.execute(
        sa.select(_commitment.c.variant_id, _commitment.c.location_id, _commitment.c.quantity).where(
            _commitment.c.order_id == order_id
        )
    )
    return {(row.variant_id, row.location_id): row.quantity for row in rows}


def lower_commitments(conn: WriteConnection, order_id: UUID, units: Mapping[StockKey, int]) -> None:
    """Take units off what is promised to an order."""
    conn.execute(
        sa.update(_commitment)
        .where(
            _commitment.c.order_id == order_id,
            _commitment.c.variant_id == sa.bindparam("of_variant", type_=_commitment.c.variant_id.type),
            _commitment.c.location_id == sa.bindparam("of_location", type_=_commitment.c.location_id.type),
        )
        .values(quantity=_commitment.c.quantity - sa.bindparam("units")),
        [{"of_variant": key[0], "of_location": key[1], "units": quantity} for key, quantity in units.items()],
    )


def add_movements(conn: WriteConnection, movements: Sequence[Movement], act: Act) -> None:
    """Append movements."""
    rows = [
        {
            "id": act.new_id(),
            "variant_id": movement.variant_id,
            "location_id": movement.location_id,
            "on_hand_delta": movement.on_hand_delta,
            "quarantined_delta": movement.quarantined_delta,
            "reason": movement.reason,
            "reference": movement.reference,
            "actor": f"{act.actor.kind}:{act.actor.id}",
            "recorded_at": act.now,
        }
        for movement in movements
    ]
    append(conn, _MOVEMENTS, rows)


def movements(conn: ReadConnection, key: StockKey) -> Sequence[Movement]:
    """Every movement of one level, oldest first."""
    rows = conn.execute(
        sa.select(_movement)
        .where(_movement.c.variant_id == key[0], _movement.c.location_id == key[1])
        .order_by(_movement.c.id)
    )
    return [
        Movement(row.variant_id, row.location_id, row.on_hand_delta, row.quarantined_delta, row.reason, row.reference)
        for row in rows
    ]


def _availability(row: sa.Row[*tuple[object, ...]] | Row, location_version: int | None = None) -> Availability:
    held = int(row.held)
    on_hand, safety_stock, committed = row.on_hand, row.safety_stock, row.committed
    return Availability(
        row.variant_id,
        row.location_id,
        max(0, on_hand - safety_stock - committed - held),
        on_hand,
        committed,
        held,
        safety_stock,
        row.quarantined,
        row.version,
        location_version,
    )


def _among(table: sa.Table, keys: Sequence[StockKey]) -> sa.ColumnElement[bool]:
    """The rows of these keys, grouped by whichever side has fewer values, so that either index prefix serves."""
    by_location: dict[LocationId, set[VariantId]] = defaultdict(set)
    by_variant: dict[VariantId, set[LocationId]] = defaultdict(set)
    for variant_id, location_id in keys:
        by_location[location_id].add(variant_id)
        by_variant[variant_id].add(location_id)
    variant, location = table.c.variant_id, table.c.location_id
    if len(by_location) <= len(by_variant):
        return sa.or_(*(sa.and_(location == place, variant.in_(sorted(ids))) for place, ids in by_location.items()))
    return sa.or_(*(sa.and_(variant == one, location.in_(sorted(ids))) for one, ids in by_variant.items()))
