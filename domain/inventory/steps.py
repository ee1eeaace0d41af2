"""What every stock command does: lock, refuse a shortage, save, announce."""

from collections.abc import Iterable, Mapping, Sequence

from domain.acts import Act
from domain.catalog.model import VariantId
from domain.connections import WriteConnection
from domain.events import store as events
from domain.inventory import rules, store
from domain.inventory.errors import OutOfStock
from domain.inventory.model import Level, Movement, StockKey, StockRule, Want

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


def locked_open(conn: WriteConnection, keys: Iterable[StockKey]) -> dict[StockKey, Level]:
    """The locked levels of these keys; levels that are missing are made first."""
    keys = list(keys)
    levels = store.lock_levels(conn, keys)
    missing = [key for key in keys if key not in levels]
    if missing:
        store.open_levels(conn, missing)
        levels = store.lock_levels(conn, keys)
    return levels


def save(conn: WriteConnection, act: Act, levels: Sequence[Level], movements: Sequence[Movement]) -> None:
    """Write locked levels back with what moved, and tell the change feed."""
    store.save_levels(conn, levels)
    store.add_movements(conn, movements, act)
    announce(conn, act, [level.key for level in levels])


def announce(conn: WriteConnection, act: Act, keys: Iterable[StockKey]) -> None:
    """Tell the change feed which variants to look at again."""
    # A variant's availability spans levels and expiring holds, so it has no version but the moment of the change.
    events.touch(conn, act, events.Topic.AVAILABILITY, [variant_id for variant_id, _ in keys])
