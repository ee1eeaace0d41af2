"""All SQL of the locations room."""

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from domain.connections import ReadConnection, WriteConnection
from domain.locations import rules
from domain.locations.errors import CodeTaken
from domain.locations.model import (
    Address,
    Coordinates,
    HoursException,
    Interval,
    Location,
    LocationFilter,
    LocationId,
    LocationKind,
    Nearby,
    OpeningHours,
    Weekday,
    WeeklyHours,
)
from domain.locations.tables import HoursJson, LocationRow
from domain.paging import KeyValue, Page, Slice, SortColumn, fetch_slice
from domain.statements import Row, Statement, one_of
from domain.tables import table_of, violated_constraint
from domain.uuids import uuid_of

_location = table_of(LocationRow)

_BY_IDS = Statement(sa.select(_location).where(one_of(_location.c.id, "ids")))
_VERSIONS = Statement(sa.select(_location.c.id, _location.c.version).where(one_of(_location.c.id, "ids")))


def by_ids(conn: ReadConnection, ids: Sequence[LocationId]) -> Mapping[LocationId, Location]:
    """Locations by id, active or not."""
    return {row.id: _built(row) for row in _BY_IDS.all(conn, ids=ids)}


def versions(conn: ReadConnection, ids: Sequence[LocationId]) -> Mapping[LocationId, int]:
    """The versions that locations are at now."""
    return {row.id: row.version for row in _VERSIONS.all(conn, ids=ids)}


def by_codes(conn: ReadConnection, codes: Sequence[str]) -> Mapping[str, Location]:
    """Locations by code, active or not."""
    rows = conn.execute(sa.select(_location).where(_location.c.code.in_(codes)))
    return {row.code: _built(row) for row in rows}


def all_active(conn: ReadConnection) -> Sequence[Location]:
    """Every active location, by priority and id: the order in which they ship."""
    rows = conn.execute(sa.select(_location).where(_location.c.active).order_by(_location.c.priority, _location.c.id))
    return [_built(row) for row in rows]


def page(conn: ReadConnection, wanted: LocationFilter, page: Page) -> Slice[Location]:
    """Locations by name and id.

    Raises:
        ValueError: a cursor that is not of this list.
    """
    sort = [SortColumn(_location.c.name, bind=_text), SortColumn(_location.c.id, bind=lambda key: uuid_of(str(key)))]
    return fetch_slice(conn, sa.select(_location).where(*_matching(wanted)), sort, page, _built)


def near(
    conn: ReadConnection, center: Coordinates, radius_meters: int, wanted: LocationFilter, page: Page
) -> Slice[Nearby]:
    """Locations within a radius, nearest first, equals by id; the cursor's key is (meters, id hex).

    Only places and ids of the box are read; whole rows come for the page alone.

    Raises:
        ValueError: a cursor that is not of this list.
    """
    box = rules.box_around(center, radius_meters)
    c = _location.c
    rows = conn.execute(
        sa.select(c.id, c.latitude_microdegrees, c.longitude_microdegrees).where(
            c.latitude_microdegrees.between(box.south, box.north),
            sa.or_(*(c.longitude_microdegrees.between(west, east) for west, east in box.longitudes)),
            *_matching(wanted),
        )
    )
    measured = ((rules.distance_meters(center, Coordinates(row[1], row[2])), row.id.hex) for row in rows)
    ranked = sorted(found for found in measured if found[0] <= radius_meters)
    part = _cut(ranked, page)
    locations = by_ids(conn, [LocationId(uuid_of(key)) for _, key in part.items])
    items = [Nearby(locations[LocationId(uuid_of(key))], meters) for meters, key in part.items]
    return Slice(items, part.has_next, part.has_previous)


def lock(conn: WriteConnection, location_id: LocationId) -> Location | None:
    """The location, kept from others until the transaction ends."""
    row = conn.execute(sa.select(_location).where(_location.c.id == location_id).with_for_update()).one_or_none()
    return None if row is None else _built(row)


def insert(conn: WriteConnection, location: Location) -> None:
    """Write a new location.

    Raises:
        CodeTaken: another location has its code.
    """
    try:
        conn.execute(sa.insert(_location).values(_columns(location)))
    except sa.exc.IntegrityError as error:
        if "code" in violated_constraint(error):
            raise CodeTaken(location.code) from None
        raise


def update(conn: WriteConnection, location: Location) -> None:
    """Write a location's new values."""
    conn.execute(sa.update(_location).where(_location.c.id == location.id).values(_columns(location)))


def _text(key: KeyValue) -> str:
    if not isinstance(key, str) or not key.isprintable():
        raise ValueError("a name in a cursor is text")
    return key


def _matching(wanted: LocationFilter) -> list[sa.ColumnElement[bool]]:
    names = ("kind", "country", "sells", "offers_pickup", "ships", "receives_returns", "active")
    given = [(name, getattr(wanted, name)) for name in names]
    return [_location.c[name] == value for name, value in given if value is not None]


def _cut(ranked: Sequence[tuple[int, str]], page: Page) -> Slice[tuple[int, str]]:
    after, before = _position(page.after), _position(page.before)
    inside = [found for found in ranked if (after is None or found > after) and (before is None or found < before)]
    part = inside[-page.limit :] if page.backwards else inside[: page.limit]
    more = len(inside) > len(part)
    if page.backwards:
        return Slice(part, has_next=before is not None, has_previous=more)
    return Slice(part, has_next=more, has_previous=after is not None)


def _position(key: tuple[KeyValue, ...] | None) -> tuple[int, str] | None:
    if key is None:
        return None
    match key:
        case (int() as meters, str() as text):
            return meters, text
        case _:
            raise ValueError("the cursor is not one of distances")


def _columns(location: Location) -> dict[str, object]:
    address = location.address
    return {
        "id": location.id,
        "code": location.code,
        "name": location.name,
        "kind": location.kind,
        "country": address.country,
        "region": address.region,
        "city": address.city,
        "postal_code": address.postal_code,
        "line1": address.line1,
        "line2": address.line2,
        "addressee": address.name,
        "phone": address.phone,
        "latitude_microdegrees": location.latitude_microdegrees,
        "longitude_microdegrees": location.longitude_microdegrees,
        "time_zone": location.time_zone,
        "hours": _hours_json(location.hours),
        "sells": location.sells,
        "offers_pickup": location.offers_pickup,
        "ships": location.ships,
        "receives_returns": location.receives_returns,
        "priority": location.priority,
        "active": location.active,
        "version": location.version,
    }


def _built(row: sa.Row[*tuple[object, ...]] | Row) -> Location:
    r = row._asdict()
    return Location(
        id=LocationId(r["id"]),
        code=r["code"],
        name=r["name"],
        kind=LocationKind(r["kind"]),
        address=Address(
            r["country"], r["region"], r["city"], r["postal_code"], r["line1"], r["line2"], r["addressee"], r["phone"]
        ),
        latitude_microdegrees=r["latitude_microdegrees"],
        longitude_microdegrees=r["longitude_microdegrees"],
        time_zone=r["time_zone"],
        hours=_hours(r["time_zone"], r["hours"]),
        sells=r["sells"],
        offers_pickup=r["offers_pickup"],
        ships=r["ships"],
        receives_returns=r["receives_returns"],
        priority=r["priority"],
        active=r["active"],
        version=r["version"],
    )


def _hours_json(hours: OpeningHours) -> HoursJson:
    return {
        "weekly": [{"weekday": day.weekday.value, "intervals": _pairs(day.intervals)} for day in hours.weekly],
        "exceptions": [
            {"day": one.day.isoformat(), "reason": one.reason, "intervals": _pairs(one.intervals)}
            for one in hours.exceptions
        ],
    }


def _pairs(intervals: Sequence[Interval]) -> list[list[int]]:
    return [[part.opens_minute, part.closes_minute] for part in intervals]


def _hours(time_zone: str, stored: HoursJson) -> OpeningHours:
    return OpeningHours(
        time_zone,
        tuple(WeeklyHours(Weekday(str(day["weekday"])), _intervals(day["intervals"])) for day in stored["weekly"]),
        tuple(
            HoursException(date.fromisoformat(str(one["day"])), _intervals(one["intervals"]), str(one["reason"]))
            for one in stored["exceptions"]
        ),
    )


def _intervals(pairs: str | list[list[int]]) -> tuple[Interval, ...]:
    assert isinstance(pairs, list), "intervals are stored as pairs"
    return tuple(Interval(opens, closes) for opens, closes in pairs)
