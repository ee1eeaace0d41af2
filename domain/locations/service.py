"""Opening and changing locations."""

import re
from dataclasses import replace
from functools import cache
from zoneinfo import available_timezones

from domain.acts import Act
from domain.connections import WriteConnection
from domain.events import store as events
from domain.events.store import Topic
from domain.locations import rules, store
from domain.locations.errors import (
    CodeInvalid,
    CoordinatesInvalid,
    CountryInvalid,
    HoursInvalid,
    LocationNotFound,
    NameInvalid,
    NumberOutOfRange,
    StaleVersion,
    TimeZoneUnknown,
)
from domain.locations.model import Address, Location, LocationChange, LocationId, NewLocation, OpeningHours
from domain.policies import service as policies
from domain.policies.model import PolicyLocationId

PRIORITY_MAX = 1_000_000

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,31}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def create(conn: WriteConnection, new: NewLocation, act: Act) -> Location:
    """Open a location.

    Raises:
        CodeInvalid, CodeTaken: its code.
        NameInvalid, CountryInvalid, CoordinatesInvalid, TimeZoneUnknown, HoursInvalid, NumberOutOfRange: its values.
    """
    if not _CODE.fullmatch(new.code):
        raise CodeInvalid
    location = Location(
        id=LocationId(act.new_id()),
        code=new.code,
        name=new.name,
        kind=new.kind,
        address=new.address,
        latitude_microdegrees=new.coordinates.latitude_microdegrees,
        longitude_microdegrees=new.coordinates.longitude_microdegrees,
        time_zone=new.time_zone,
        hours=OpeningHours(new.time_zone, new.weekly, new.exceptions),
        sells=new.sells,
        offers_pickup=new.offers_pickup,
        ships=new.ships,
        receives_returns=new.receives_returns,
        priority=new.priority,
        active=True,
    )
    _check(location)
    store.insert(conn, location)
    policies.open_location(conn, PolicyLocationId(location.id))
    events.touch(conn, act, Topic.LOCATION, [location.id])
    return location


def update(conn: WriteConnection, change: LocationChange, act: Act) -> Location:
    """Change a location; what the change leaves out stays.

    Raises:
        LocationNotFound: there is none.
        StaleVersion: it is not at the expected version.
        NameInvalid, CountryInvalid, CoordinatesInvalid, TimeZoneUnknown, HoursInvalid, NumberOutOfRange: the values.
    """
    found = store.lock(conn, change.location_id)
    if found is None:
        raise LocationNotFound
    if change.expected_version not in (None, found.version):
        raise StaleVersion(found.version)
    changed = _changed(found, change)
    _check(changed)
    store.update(conn, changed)
    events.touch(conn, act, Topic.LOCATION, [changed.id])
    return changed


def _changed(found: Location, change: LocationChange) -> Location:
    time_zone = change.time_zone or found.time_zone
    weekly = found.hours.weekly if change.weekly is None else change.weekly
    exceptions = found.hours.exceptions if change.exceptions is None else change.exceptions
    place = change.coordinates or found.coordinates
    return replace(
        found,
        name=found.name if change.name is None else change.name,
        address=change.address or found.address,
        latitude_microdegrees=place.latitude_microdegrees,
        longitude_microdegrees=place.longitude_microdegrees,
        time_zone=time_zone,
        hours=OpeningHours(time_zone, weekly, exceptions),
        sells=_or(change.sells, found.sells),
        offers_pickup=_or(change.offers_pickup, found.offers_pickup),
        ships=_or(change.ships, found.ships),
        receives_returns=_or(change.receives_returns, found.receives_returns),
        active=_or(change.active, found.active),
        priority=found.priority if change.priority is None else change.priority,
        version=found.version + 1,
    )


def _or(wanted: bool | None, present: bool) -> bool:
    return present if wanted is None else wanted


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _check(location: Location) -> None:
    if not _is_line(location.name, 120) or not location.name.strip():
        raise NameInvalid("name", 120)
    _check_address(location.address)
    if not rules.are_on_the_globe(location.coordinates):
        raise CoordinatesInvalid
    if location.time_zone not in _zones():
        raise TimeZoneUnknown
    flaw = rules.flawed_hours(location.hours.weekly, location.hours.exceptions)
    if flaw is not None:
        raise HoursInvalid(flaw)
    if not 0 <= location.priority <= PRIORITY_MAX:
        raise NumberOutOfRange("priority", PRIORITY_MAX)


def _check_address(address: Address) -> None:
    if not _COUNTRY.fullmatch(address.country):
        raise CountryInvalid
    for field, value, maximum in (("city", address.city, 120), ("line1", address.line1, 200)):
        if not _is_line(value, maximum) or not value.strip():
            raise NameInvalid(field, maximum)
    for field, optional, maximum in (
        ("region", address.region, 80),
        ("postalCode", address.postal_code, 20),
        ("line2", address.line2, 200),
        ("name", address.name, 120),
        ("phone", address.phone, 32),
    ):
        if optional is not None and not _is_line(optional, maximum):
            raise NameInvalid(field, maximum)


def _is_line(text: str, maximum: int) -> bool:
    return len(text) <= maximum and text.isprintable()
