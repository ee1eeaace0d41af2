"""The demo retailer's places: three stores in two countries and a warehouse."""

from datetime import date

from domain.acts import Act
from domain.connections import WriteConnection
from domain.locations import service
from domain.locations.model import (
    Address,
    Coordinates,
    HoursException,
    Interval,
    LocationKind,
    NewLocation,
    Weekday,
    WeeklyHours,
)

_DAY = (Interval(10 * 60, 19 * 60),)
_SUNDAY = (Interval(12 * 60, 18 * 60),)
_WEEK = (
    *(WeeklyHours(day, _DAY) for day in Weekday if day is not Weekday.SUNDAY),
    WeeklyHours(Weekday.SUNDAY, _SUNDAY),
)
_WEEKDAYS = tuple(WeeklyHours(day, _DAY) for day in Weekday if day is not Weekday.SUNDAY)
_HOLIDAYS = (
    HoursException(date(2026, 12, 24), (Interval(10 * 60, 16 * 60),), "Christmas Eve"),
    HoursException(date(2026, 12, 25), (), "Christmas Day"),
    HoursException(date(2027, 1, 1), (), "New Year's Day"),
)

PLACES = (
    NewLocation(
        "LON-CG",
        "London Covent Garden",
        LocationKind.STORE,
        Address("GB", None, "London", "WC2E 8RF", "22 The Market"),
        Coordinates(51_511_900, -122_600),
        "Europe/London",
        weekly=_WEEK,
        exceptions=_HOLIDAYS,
        priority=20,
    ),
    NewLocation(
        "MAN-MS",
        "Manchester Market Street",
        LocationKind.STORE,
        Address("GB", None, "Manchester", "M1 1PT", "80 Market Street"),
        Coordinates(53_482_600, -2_238_400),
        "Europe/London",
        weekly=_WEEK,
        exceptions=_HOLIDAYS,
        priority=30,
    ),
    NewLocation(
        "BER-MI",
        "Berlin Mitte",
        LocationKind.STORE,
        Address("DE", None, "Berlin", "10178", "Rosenthaler Straße 40"),
        Coordinates(52_524_500, 13_402_300),
        "Europe/Berlin",
        weekly=_WEEKDAYS,
        exceptions=_HOLIDAYS,
        priority=40,
    ),
    NewLocation(
        "WH-1",
        "Warehouse Daventry",
        LocationKind.WAREHOUSE,
        Address("GB", None, "Daventry", "NN11 8PR", "1 Royal Oak Way"),
        Coordinates(52_262_000, -1_180_000),
        "Europe/London",
        sells=False,
        offers_pickup=False,
        priority=10,
    ),
)


def load_demo_locations(conn: WriteConnection, act: Act) -> None:
    """Write the demo's stores and warehouse."""
    for place in PLACES:
        service.create(conn, place, act)
