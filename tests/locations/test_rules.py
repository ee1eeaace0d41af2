"""Opening hours and distances."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.locations import rules
from domain.locations.model import Coordinates, HoursException, Interval, OpeningHours, Weekday, WeeklyHours
from tests.locations.places import LONDON, MANCHESTER, NINE_TO_SIX, PARIS

HOURS = OpeningHours(
    "Europe/London",
    NINE_TO_SIX,
    (
        HoursException(date(2026, 1, 1), (), "New Year"),
        HoursException(date(2026, 12, 24), (Interval(8 * 60, 12 * 60), Interval(13 * 60, 16 * 60))),
    ),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-05T08:59:59", False),
        ("2026-01-05T09:00:00", True),
        ("2026-01-05T17:59:59", True),
        ("2026-01-05T18:00:00", False),
        ("2026-01-04T12:00:00", False),  # a Sunday
        ("2026-01-01T12:00:00", False),  # an exception
        ("2026-12-24T12:30:00", False),  # its break
        ("2026-12-24T15:59:00", True),
        ("2026-07-06T08:00:00", True),  # 09:00 in British summer time
        ("2026-07-06T17:00:00", False),
    ],
)
def test_the_doors_are_open_by_the_clock_on_the_wall(moment: str, expected: bool) -> None:
    assert rules.is_open(HOURS, at(moment)) is expected


def test_the_next_opening_skips_closed_days() -> None:
    assert rules.next_opening(HOURS, at("2025-12-31T19:00:00")) == at("2026-01-02T09:00:00")
    assert rules.next_opening(HOURS, at("2026-01-05T09:00:00")) == at("2026-01-06T09:00:00")
    assert rules.next_opening(OpeningHours("Europe/London"), at("2026-01-05T09:00:00")) is None


def test_closing_is_told_only_while_open_and_joins_adjacent_intervals() -> None:
    assert rules.closing(HOURS, at("2026-01-05T10:00:00")) == at("2026-01-05T18:00:00")
    assert rules.closing(HOURS, at("2026-01-05T08:00:00")) is None
    late = OpeningHours(
        "Europe/London",
        (
            WeeklyHours(Weekday.FRIDAY, (Interval(18 * 60, 1440),)),
            WeeklyHours(Weekday.SATURDAY, (Interval(0, 120),)),
        ),
    )
    assert rules.closing(late, at("2026-01-09T23:00:00")) == at("2026-01-10T02:00:00")


@pytest.mark.parametrize(
    ("now", "minutes", "expected"),
    [
        ("2026-01-05T10:00:00", 120, "2026-01-05T12:00:00"),
        ("2026-01-05T07:00:00", 30, "2026-01-05T09:30:00"),
        ("2026-01-05T17:30:00", 60, "2026-01-06T09:30:00"),
        ("2026-01-05T17:00:00", 60, "2026-01-06T09:00:00"),
        ("2026-01-10T17:30:00", 60, "2026-01-12T09:30:00"),  # Saturday to Monday
        ("2026-01-05T10:00:00", 0, "2026-01-05T10:00:00"),
        ("2026-01-05T20:00:00", 0, "2026-01-06T09:00:00"),
        ("2026-03-28T17:30:00", 60, "2026-03-30T08:30:00"),  # over the change to summer time
    ],
)
def test_a_promise_counts_open_minutes_only(now: str, minutes: int, expected: str) -> None:
    assert rules.promise(HOURS, at(now), minutes) == at(expected)


def test_a_place_that_never_opens_promises_nothing() -> None:
    assert rules.promise(OpeningHours("Europe/London"), at("2026-01-05T10:00:00"), 1) is None


@given(st.integers(0, 334 * 1440), st.integers(0, 3000))
def test_a_promise_is_kept_while_the_doors_are_open(minute_of_2026: int, minutes: int) -> None:
    now = at("2026-01-01T00:00:00") + timedelta(minutes=minute_of_2026)
    ready = rules.promise(HOURS, now, minutes)
    assert ready is not None
    assert ready >= now
    assert rules.is_open(HOURS, ready)


@pytest.mark.parametrize(
    ("intervals", "flawed"),
    [
        ((Interval(0, 1440),), False),
        ((Interval(540, 720), Interval(720, 1080)), False),
        ((Interval(540, 540),), True),
        ((Interval(540, 1441),), True),
        ((Interval(-1, 540),), True),
        ((Interval(540, 720), Interval(719, 1080)), True),
        ((Interval(800, 900), Interval(540, 720)), True),
    ],
)
def test_hours_that_contradict_themselves_are_flawed(intervals: tuple[Interval, ...], flawed: bool) -> None:
    assert (rules.flawed_hours([WeeklyHours(Weekday.MONDAY, intervals)], []) is not None) is flawed
    assert (rules.flawed_hours([], [HoursException(date(2026, 1, 1), intervals)]) is not None) is flawed


def test_a_day_is_listed_once() -> None:
    monday, new_year = WeeklyHours(Weekday.MONDAY, ()), HoursException(date(2026, 1, 1))
    assert rules.flawed_hours([monday, monday], []) == "A weekday is listed twice."
    assert rules.flawed_hours([], [new_year, new_year]) == "A day is listed twice among the exceptions."


def test_distances_are_whole_meters() -> None:
    assert rules.distance_meters(LONDON, LONDON) == 0
    assert rules.distance_meters(LONDON, MANCHESTER) == 261_721
    assert rules.distance_meters(MANCHESTER, LONDON) == 261_721
    assert rules.distance_meters(LONDON, PARIS) == 344_036
    assert rules.distance_meters(Coordinates(0, 179_999_999), Coordinates(0, -179_999_999)) == 0
    assert rules.distance_meters(Coordinates(90_000_000, 0), Coordinates(-90_000_000, 0)) == 20_015_115


points = st.builds(Coordinates, st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000))


@given(points, points, st.integers(1, 20_000_000))
def test_the_box_holds_every_point_of_its_circle(center: Coordinates, point: Coordinates, radius: int) -> None:
    if rules.distance_meters(center, point) <= radius:
        box = rules.box_around(center, radius)
        assert box.south <= point.latitude_microdegrees <= box.north
        assert any(west <= point.longitude_microdegrees <= east for west, east in box.longitudes)


@given(points, st.integers(-2_000_000, 2_000_000), st.integers(-2_000_000, 2_000_000))
def test_the_box_holds_every_near_point(center: Coordinates, north: int, east: int) -> None:
    longitude = (center.longitude_microdegrees + east + 180_000_000) % 360_000_000 - 180_000_000
    latitude = max(-90_000_000, min(90_000_000, center.latitude_microdegrees + north))
    point = Coordinates(latitude, longitude)
    box = rules.box_around(center, rules.distance_meters(center, point))
    assert box.south <= latitude <= box.north
    assert any(west <= longitude <= east_ for west, east_ in box.longitudes)
