"""Values of the locations room."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType
from uuid import UUID

LocationId = NewType("LocationId", UUID)

MINUTES_A_DAY = 1440


class LocationKind(StrEnum):
    """What a location is to a customer."""

    STORE = "STORE"
    WAREHOUSE = "WAREHOUSE"


class Weekday(StrEnum):
    """Days of the week; the order of the members is ISO's, Monday first."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


WEEK = tuple(Weekday)
"""The weekdays by `date.weekday()`."""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address. Locations, carts and orders use the same.

    Attributes:
        country: ISO 3166-1 alpha-2 in capitals.
        region: state, province or county, as its post office writes it; None where none is used.
        name: the person or company at the address.
        phone: in E.164, such as "+442071234567".
    """

    country: str
    region: str | None
    city: str
    postal_code: str | None
    line1: str
    line2: str | None = None
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A point on the globe in integer microdegrees (a millionth of a degree, at most 11 cm)."""

    latitude_microdegrees: int
    longitude_microdegrees: int


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Open from `opens_minute` to before `closes_minute`, both minutes of the local day; 1440 is midnight at its end."""

    opens_minute: int
    closes_minute: int


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The intervals of one weekday, in order; a weekday that is not listed is closed."""

    weekday: Weekday
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class HoursException:
    """A day whose hours replace the weekday's: a holiday (no intervals: closed) or longer hours before one."""

    day: date
    intervals: tuple[Interval, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When the doors are open, in the location's own zone. Nothing listed means never open to the public."""

    time_zone: str
    weekly: tuple[WeeklyHours, ...] = ()
    exceptions: tuple[HoursException, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """A store or warehouse.

    Attributes:
        code: the retailer's own short name, unique, such as "LON-CG".
        priority: lower ships first when several locations could.
    """

    id: LocationId
    code: str
    name: str
    kind: LocationKind
    address: Address
    latitude_microdegrees: int
    longitude_microdegrees: int
    time_zone: str
    hours: OpeningHours
    sells: bool
    offers_pickup: bool
    ships: bool
    receives_returns: bool
    priority: int
    active: bool
    version: int = 1

    @property
    def coordinates(self) -> Coordinates:
        return Coordinates(self.latitude_microdegrees, self.longitude_microdegrees)


@dataclass(frozen=True, slots=True)
class NewLocation:
    """What it takes to open a location. `weekly` and `exceptions` are its opening hours in `time_zone`."""

    code: str
    name: str
    kind: LocationKind
    address: Address
    coordinates: Coordinates
    time_zone: str
    weekly: tuple[WeeklyHours, ...] = ()
    exceptions: tuple[HoursException, ...] = ()
    sells: bool = True
    offers_pickup: bool = True
    ships: bool = True
    receives_returns: bool = True
    priority: int = 100


@dataclass(frozen=True, slots=True)
class LocationChange:
    """New values for a location; None leaves a value as it is.

    `expected_version`, when given, must be the location's version.
    """

    location_id: LocationId
    expected_version: int | None = None
    name: str | None = None
    address: Address | None = None
    coordinates: Coordinates | None = None
    time_zone: str | None = None
    weekly: tuple[WeeklyHours, ...] | None = None
    exceptions: tuple[HoursException, ...] | None = None
    sells: bool | None = None
    offers_pickup: bool | None = None
    ships: bool | None = None
    receives_returns: bool | None = None
    priority: int | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class LocationFilter:
    """Which locations a caller wants; None does not restrict. `active` is True unless head office asks otherwise."""

    kind: LocationKind | None = None
    country: str | None = None
    sells: bool | None = None
    offers_pickup: bool | None = None
    ships: bool | None = None
    receives_returns: bool | None = None
    active: bool | None = True


@dataclass(frozen=True, slots=True)
class Nearby:
    """A location and how far it is, in meters along the globe."""

    location: Location
    distance_meters: int
