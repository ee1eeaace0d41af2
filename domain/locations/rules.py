"""Pure decisions about places and opening hours."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.locations.model import (
    MINUTES_A_DAY,
    WEEK,
    Coordinates,
    HoursException,
    Interval,
    OpeningHours,
    WeeklyHours,
)

LATITUDE_MAX = 90_000_000
LONGITUDE_MAX = 180_000_000
_CIRCLE = 2 * LONGITUDE_MAX
_EARTH_RADIUS_METERS = 6_371_009  # mean radius, IUGG
_METERS_A_DEGREE = 111_195
_DAYS_AHEAD_MAX = 400


def intervals_of(hours: OpeningHours, day: date) -> tuple[Interval, ...]:
    """The local intervals of one day: an exception's if there is one, else the weekday's."""
    for exception in hours.exceptions:
        if exception.day == day:
            return exception.intervals
    weekday = WEEK[day.weekday()]
    return next((weekly.intervals for weekly in hours.weekly if weekly.weekday is weekday), ())


def openings(hours: OpeningHours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """(opens, closes) instants in UTC that end after `at`, in order, for about a year ahead.

    A day that daylight saving shortens or lengthens has shorter or longer intervals: the clock on the wall decides.
    """
    zone = ZoneInfo(hours.time_zone)
    first = at.astimezone(zone).date()
    for offset in range(_DAYS_AHEAD_MAX):
        day = first + timedelta(days=offset)
        for interval in intervals_of(hours, day):
            opens, closes = (_instant(day, minute, zone) for minute in (interval.opens_minute, interval.closes_minute))
            if closes > at and closes > opens:
                yield opens, closes


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute == MINUTES_A_DAY:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)


def is_open(hours: OpeningHours, at: datetime) -> bool:
    """Whether the doors are open at an instant."""
    opens = next((opens for opens, _ in openings(hours, at)), None)
    return opens is not None and opens <= at


def next_opening(hours: OpeningHours, at: datetime) -> datetime | None:
    """When the doors next open after `at`; None when they do not within a year."""
    return next((opens for opens, _ in openings(hours, at) if opens > at), None)


def closing(hours: OpeningHours, at: datetime) -> datetime | None:
    """When the doors that are open at `at` close; None when they are shut."""
    until: datetime | None = None
    for opens, closes in openings(hours, at):
        if opens > (until or at):
            break
        until = closes
    return until


def promise(hours: OpeningHours, now: datetime, preparation_minutes: int) -> datetime | None:
    """When something that takes this many open minutes is done, inside opening hours; None when never open.

    Work stops when the doors close and goes on when they open again, so that a promise never falls in the night.
    """
    left = timedelta(minutes=preparation_minutes)
    for opens, closes in openings(hours, now):
        start = max(opens, now)
        if start + left < closes:
            return start + left
        left -= closes - start
        left = max(left, timedelta())
    return None


def flawed_hours(weekly: Sequence[WeeklyHours], exceptions: Sequence[HoursException]) -> str | None:
    """What is wrong with opening hours, as a sentence; None when they are sound."""
    if len({day.weekday for day in weekly}) < len(weekly):
        return "A weekday is listed twice."
    if len({exception.day for exception in exceptions}) < len(exceptions):
        return "A day is listed twice among the exceptions."
    for intervals in [day.intervals for day in weekly] + [exception.intervals for exception in exceptions]:
        if any(not 0 <= part.opens_minute < part.closes_minute <= MINUTES_A_DAY for part in intervals):
            return "Each interval opens before it closes, within 00:00 to 24:00."
        if any(later.opens_minute < earlier.closes_minute for earlier, later in pairwise(intervals)):
            return "The intervals of one day come in order and do not overlap."
    return None


def are_on_the_globe(point: Coordinates) -> bool:
    """Whether a latitude and longitude exist."""
    return abs(point.latitude_microdegrees) <= LATITUDE_MAX and abs(point.longitude_microdegrees) <= LONGITUDE_MAX


def distance_meters(one: Coordinates, other: Coordinates) -> int:
    """Great-circle distance in whole meters, by the haversine formula on a sphere (within 0.6 % of the ellipsoid).

    >>> distance_meters(Coordinates(51_511_700, -123_970), Coordinates(53_480_800, -2_242_600))
    261721
    """
    lat1, lng1, lat2, lng2 = (
        math.radians(value / 1_000_000)
        for value in (
            one.latitude_microdegrees,
            one.longitude_microdegrees,
            other.latitude_microdegrees,
            other.longitude_microdegrees,
        )
    )
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lng2 - lng1) / 2) ** 2
    return round(2 * _EARTH_RADIUS_METERS * math.asin(min(1, math.sqrt(half))))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of microdegrees that contains a circle. `longitudes` are inclusive ranges: two across the date line."""

    south: int
    north: int
    longitudes: tuple[tuple[int, int], ...]


def box_around(center: Coordinates, radius_meters: int) -> Box:
    """The rectangle to look in before distances are measured; all longitudes when the circle reaches a pole.

    >>> box_around(Coordinates(0, 179_900_000), 50_000).longitudes
    ((179449339, 180000000), (-180000000, -179649339))
    """
    reach = radius_meters * 1_000_000 // _METERS_A_DEGREE + 1_000
    south, north = center.latitude_microdegrees - reach, center.latitude_microdegrees + reach
    everywhere = Box(max(south, -LATITUDE_MAX), min(north, LATITUDE_MAX), ((-LONGITUDE_MAX, LONGITUDE_MAX),))
    if south <= -LATITUDE_MAX or north >= LATITUDE_MAX:
        return everywhere
    # The widest longitude of a circle lies nearer the pole than its center: asin(sin r / cos lat).
    sine = math.sin(math.radians(reach / 1_000_000)) / math.cos(math.radians(center.latitude_microdegrees / 1_000_000))
    if sine >= 1:
        return everywhere
    width = math.ceil(math.degrees(math.asin(sine)) * 1_000_000)
    west, east = center.longitude_microdegrees - width, center.longitude_microdegrees + width
    if west < -LONGITUDE_MAX:
        return Box(south, north, ((west + _CIRCLE, LONGITUDE_MAX), (-LONGITUDE_MAX, east)))
    if east > LONGITUDE_MAX:
        return Box(south, north, ((west, LONGITUDE_MAX), (-LONGITUDE_MAX, east - _CIRCLE)))
    return Box(south, north, ((west, east),))
