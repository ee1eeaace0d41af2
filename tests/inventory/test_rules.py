"""The pure decisions of the stock room."""

from uuid import UUID

from domain.catalog.model import VariantId
from domain.inventory import rules
from domain.inventory.model import Level, SourceLine, StockRule, Want
from domain.locations.model import LocationId

SHIRT, SOCKS = VariantId(UUID(int=1)), VariantId(UUID(int=2))
SOHO, DEPOT, YORK = LocationId(UUID(int=11)), LocationId(UUID(int=12)), LocationId(UUID(int=13))


def test_available_leaves_out_safety_stock_commitments_and_holds() -> None:
    assert rules.sellable(Level(SHIRT, SOHO, on_hand=10, safety_stock=2, committed=3), held=1) == 4


def test_a_till_may_sell_safety_stock_but_not_what_is_promised() -> None:
    assert rules.in_hand(Level(SHIRT, SOHO, on_hand=10, safety_stock=2, committed=3), held=1) == 6


def test_the_first_short_line_is_named_with_what_earlier_lines_left() -> None:
    wants = [Want(SHIRT, SOHO, 3, "a"), Want(SHIRT, SOHO, 3, "b"), Want(SOCKS, SOHO, 9, "c")]
    shortage = rules.first_shortage(wants, {(SHIRT, SOHO): 5, (SOCKS, SOHO): 0}, {})
    assert shortage == rules.Shortage(wants[1], 2)


def test_a_variant_that_takes_backorders_is_never_short() -> None:
    backorders = {SHIRT: StockRule(tracked=True, backorders=True)}
    assert rules.first_shortage([Want(SHIRT, SOHO, 3, "a")], {}, backorders) is None


def test_promising_beyond_what_is_there_is_a_backorder_only_where_allowed() -> None:
    level = Level(SHIRT, SOHO, on_hand=2)
    assert rules.moved(level, committed=5, backorders=True).backordered == 3
    assert rules.moved(level, committed=5).backordered == 0


def test_goods_that_come_in_shrink_the_backorder() -> None:
    level = rules.moved(Level(SHIRT, SOHO, on_hand=2), committed=5, backorders=True)
    assert rules.moved(level, on_hand=2).backordered == 1
    assert rules.moved(level, on_hand=9).backordered == 0


def test_one_location_that_covers_everything_is_preferred_to_two_better_ones() -> None:
    available = {(SHIRT, SOHO): 5, (SOCKS, YORK): 5, (SHIRT, DEPOT): 1, (SOCKS, DEPOT): 1}
    lines = [SourceLine("a", SHIRT, 1), SourceLine("b", SOCKS, 1)]
    assert rules.source(lines, available, [SOHO, YORK, DEPOT]) == {"a": DEPOT, "b": DEPOT}


def test_without_such_a_location_each_line_goes_to_the_first_that_covers_it() -> None:
    available = {(SHIRT, SOHO): 5, (SOCKS, YORK): 5}
    lines = [SourceLine("a", SHIRT, 1), SourceLine("b", SOCKS, 1)]
    assert rules.source(lines, available, [SOHO, YORK, DEPOT]) == {"a": SOHO, "b": YORK}


def test_a_later_line_joins_a_parcel_that_already_leaves() -> None:
    available = {(SHIRT, YORK): 1, (SOCKS, SOHO): 1, (SOCKS, YORK): 1}
    lines = [SourceLine("a", SHIRT, 1), SourceLine("b", SOCKS, 1), SourceLine("c", SOCKS, 1)]
    assert rules.source(lines, available, [SOHO, YORK]) == {"a": YORK, "b": YORK, "c": SOHO}


def test_two_lines_of_one_variant_do_not_count_the_same_units_twice() -> None:
    lines = [SourceLine("a", SHIRT, 2), SourceLine("b", SHIRT, 2)]
    assert rules.source(lines, {(SHIRT, SOHO): 3, (SHIRT, YORK): 2}, [SOHO, YORK]) == {"a": SOHO, "b": YORK}


def test_an_uncoverable_line_leaves_nothing_sourced() -> None:
    assert rules.source([SourceLine("a", SHIRT, 9)], {(SHIRT, SOHO): 5, (SHIRT, YORK): 5}, [SOHO, YORK]) is None


def test_a_line_without_stock_ships_from_the_most_preferred_location() -> None:
    assert rules.source([SourceLine("a", SHIRT, 9, limited=False)], {}, [YORK, SOHO]) == {"a": YORK}
