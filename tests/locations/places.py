"""Locations of well-known places, for tests."""

from domain.locations.model import (
    WEEK,
    Address,
    Coordinates,
    Interval,
    LocationKind,
    NewLocation,
    WeeklyHours,
)

LONDON = Coordinates(51_511_700, -123_970)
MANCHESTER = Coordinates(53_480_800, -2_242_600)
PARIS = Coordinates(48_857_500, 2_360_400)

NINE_TO_SIX = tuple(WeeklyHours(day, (Interval(9 * 60, 18 * 60),)) for day in WEEK[:6])
"""Monday to Saturday."""


def store_at(code: str, coordinates: Coordinates, time_zone: str = "Europe/London", country: str = "GB") -> NewLocation:
    address = Address(country, None, "Town", "AB1 2CD", "1 High Street")
    return NewLocation(code, f"Store {code}", LocationKind.STORE, address, coordinates, time_zone, NINE_TO_SIX)
