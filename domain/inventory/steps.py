"""What every stock command does: lock, refuse a shortage, save, announce."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from domain.acts import Act
from domain.catalog.model import VariantId
from domain.connections import WriteConnection
from domain.events import store as events
from domain.inventory import rules, store
from domain.inventory.errors import OutOfStock
from domain.inventory.model import Level, Locked, Movement, StockKey, StockRule, Want

StockRules = Mapping[VariantId, StockRule]


def tracked(wants: Sequence[Want], stock_rules: StockRules) -> list[Want]:
    """The wants of variants that keep stock, in their order."""
    return [want for want in wants if stock_rules.get(want.variant_id, rules.TRACKED).tracked]


def refuse_shortage(wants: Sequence[Want], free: Mapping[StockKey, int], stock_rules: StockRules) -> None:
    """Refuse the first line that `free` does not cover.

    Raises:
        OutOfStock: of that line.
    """
    shortage = rules.first_shortage(wants, free, stock_rules)
    if shortage is not None:
        raise OutOfStock(shortage)


def with_rules(conn: WriteConnection, variant_ids: Iterable[VariantId], locked: Locked) -> Locked:
    """Locked levels with the rules of all these variants, those too that have no level; unknown variants have none."""
    unknown = set(variant_ids) - locked.rules.keys()
    return replace(locked, rules={**locked.rules, **store.stock_rules(conn, unknown)}) if unknown else locked


def opened(conn: WriteConnection, keys: Iterable[StockKey], locked: Locked) -> Locked:
    """The locked levels of these keys, where levels that are missing are made first."""
    keys = list(keys)
    missing = [key for key in keys if key not in locked.levels]
    if not missing:
        return locked
    store.open_levels(conn, missing)
    # All are locked again, in their order, as far as others may have made them meanwhile.
    return store.lock_levels(conn, keys)


def save(conn: WriteConnection, act: Act, levels: Sequence[Level], movements: Sequence[Movement]) -> None:
    """Write locked levels back with what moved, and tell the change feed."""
    store.save_levels(conn, levels)
    store.add_movements(conn, movements, act)
    announce(conn, act, [level.key for level in levels])


def announce(conn: WriteConnection, act: Act, keys: Iterable[StockKey]) -> None:
    """Tell the change feed which variants to look at again."""
    # A variant's availability spans levels and expiring holds, so it has no version but the moment of the change.
    events.touch(conn, act, events.Topic.AVAILABILITY, [variant_id for variant_id, _ in keys])
