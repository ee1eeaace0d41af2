"""Opening, changing and finding locations."""

from dataclasses import replace
from datetime import date

import pytest

from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.locations import service, store
from domain.locations.model import (
    Address,
    Coordinates,
    HoursException,
    Interval,
    LocationChange,
    LocationFilter,
    LocationId,
    LocationKind,
    Weekday,
    WeeklyHours,
)
from domain.paging import Page
from tests.locations.places import LONDON, MANCHESTER, NINE_TO_SIX, PARIS, store_at


def test_a_location_is_read_back_as_it_was_opened(conn: WriteConnection, act: Act) -> None:
    new = replace(store_at("LON-CG", LONDON), exceptions=(HoursException(date(2026, 12, 25), (), "Christmas"),))
    opened = service.create(conn, new, act)
    assert store.by_ids(conn, [opened.id]) == {opened.id: opened}
    assert store.by_codes(conn, ["LON-CG", "NONE"]) == {"LON-CG": opened}
    assert opened.hours.weekly == NINE_TO_SIX
    assert opened.version == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": ""}, "CODE_INVALID"),
        ({"code": "A B"}, "CODE_INVALID"),
        ({"name": " "}, "NAME_INVALID"),
        ({"address": Address("gb", None, "Town", None, "1 High Street")}, "COUNTRY_INVALID"),
        ({"address": Address("GB", None, "", None, "1 High Street")}, "NAME_INVALID"),
        ({"coordinates": Coordinates(90_000_001, 0)}, "COORDINATES_INVALID"),
        ({"time_zone": "Europe/Camelot"}, "TIME_ZONE_UNKNOWN"),
        ({"weekly": (WeeklyHours(Weekday.MONDAY, (Interval(600, 500),)),)}, "HOURS_INVALID"),
        ({"priority": -1}, "NUMBER_OUT_OF_RANGE"),
    ],
)
def test_a_flawed_location_is_refused(conn: WriteConnection, act: Act, change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        service.create(conn, replace(store_at("A", LONDON), **change), act)  # type: ignore[arg-type]  # parametrised
    assert refused.value.code == code


def test_a_code_belongs_to_one_location(conn: WriteConnection, act: Act) -> None:
    service.create(conn, store_at("A", LONDON), act)
    with pytest.raises(Refused) as refused:
        service.create(conn, store_at("A", PARIS), act)
    assert refused.value.code == "CODE_TAKEN"


def test_a_change_leaves_the_rest_and_bumps_the_version(conn: WriteConnection, act: Act) -> None:
    opened = service.create(conn, store_at("A", LONDON), act)
    changed = service.update(conn, LocationChange(opened.id, 1, name="Renamed", ships=False, active=False), act)
    assert changed == replace(opened, name="Renamed", ships=False, active=False, version=2)
    assert store.by_ids(conn, [opened.id]) == {opened.id: changed}
    with pytest.raises(Refused) as refused:
        service.update(conn, LocationChange(opened.id, 1, name="Again"), act)
    assert (refused.value.code, refused.value.facts) == ("STALE_VERSION", {"version": 2})
    with pytest.raises(Refused) as absent:
        service.update(conn, LocationChange(LocationId(act.new_id())), act)
    assert absent.value.code == "LOCATION_NOT_FOUND"


def test_active_locations_come_in_the_order_in_which_they_ship(conn: WriteConnection, act: Act) -> None:
    for code, priority in (("A", 20), ("B", 10), ("C", 10)):
        service.create(conn, replace(store_at(code, LONDON), priority=priority), act)
    closed = service.create(conn, store_at("D", LONDON), act)
    service.update(conn, LocationChange(closed.id, active=False), act)
    assert [one.code for one in store.all_active(conn)] == ["B", "C", "A"]


def test_near_locations_come_nearest_first_within_the_radius(conn: WriteConnection, act: Act) -> None:
    for code, place in (("LON", LONDON), ("MAN", MANCHESTER), ("PAR", PARIS)):
        service.create(conn, store_at(code, place), act)

    def near(radius: int, page: Page, wanted: LocationFilter | None = None) -> list[tuple[str, int]]:
        found = store.near(conn, LONDON, radius, wanted or LocationFilter(), page)
        return [(one.location.code, one.distance_meters) for one in found.items]

    assert near(400_000, Page(10)) == [("LON", 0), ("MAN", 261_721), ("PAR", 344_036)]
    assert near(344_035, Page(10)) == [("LON", 0), ("MAN", 261_721)]
    first = store.near(conn, LONDON, 400_000, LocationFilter(), Page(1))
    assert (first.has_next, first.has_previous) == (True, False)
    key = (first.items[0].distance_meters, first.items[0].location.id.hex)
    assert near(400_000, Page(1, after=key)) == [("MAN", 261_721)]
    assert near(400_000, Page(1, backwards=True)) == [("PAR", 344_036)]
    with pytest.raises(ValueError, match="cursor"):
        near(400_000, Page(1, after=("x",)))
    assert near(400_000, Page(10), LocationFilter(kind=LocationKind.WAREHOUSE)) == []


def test_near_looks_across_the_date_line(conn: WriteConnection, act: Act) -> None:
    service.create(conn, store_at("FJ", Coordinates(-16_800_000, -179_990_000), "Pacific/Fiji", "FJ"), act)
    found = store.near(conn, Coordinates(-16_800_000, 179_990_000), 5_000, LocationFilter(), Page(10))
    assert [(one.location.code, one.distance_meters) for one in found.items] == [("FJ", 2129)]


def test_locations_are_filtered_by_what_they_can_do(conn: WriteConnection, act: Act) -> None:
    service.create(conn, replace(store_at("A", LONDON), receives_returns=False), act)
    service.create(conn, replace(store_at("B", PARIS, "Europe/Paris", "FR"), offers_pickup=False), act)

    def codes(wanted: LocationFilter) -> list[str]:
        return [one.code for one in store.page(conn, wanted, Page(10)).items]

    assert codes(LocationFilter()) == ["A", "B"]
    assert codes(LocationFilter(receives_returns=True)) == ["B"]
    assert codes(LocationFilter(offers_pickup=True)) == ["A"]
    assert codes(LocationFilter(country="FR")) == ["B"]
    assert codes(LocationFilter(active=False)) == []
