"""Locations and their opening hours on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from domain.acts import Scope
from domain.locations import model, rules, store
from domain.locations.model import LocationId
from domain.policies import store as policies
from resolvers import nodes
from resolvers.addresses import Address
from resolvers.batching import batch_field
from resolvers.context import Context, ContextInfo
from resolvers.ids import global_id
from resolvers.locations_enums import LocationKind, Weekday
from resolvers.policies_types import At, PickupPolicy
from resolvers.scalars import DecimalText


def clock_text(minute: int) -> str:
    """A minute of the day as people write it.

    >>> clock_text(570), clock_text(1440)
    ('09:30', '24:00')
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


@strawberry.type(description="A point on the globe (WGS 84).")
class Coordinates:
    """Coordinates on the wire."""

    latitude: DecimalText = strawberry.field(description="Degrees north, such as `51.511700`; negative in the south.")
    longitude: DecimalText = strawberry.field(description="Degrees east, such as `-0.123970`; negative in the west.")

    @classmethod
    def of(cls, value: model.Coordinates) -> "Coordinates":
        """The wire form of microdegrees."""
        return cls(
            latitude=DecimalText(f"{Decimal(value.latitude_microdegrees).scaleb(-6):f}"),
            longitude=DecimalText(f"{Decimal(value.longitude_microdegrees).scaleb(-6):f}"),
        )


@strawberry.type(description="A part of a day during which the doors are open.")
class OpeningInterval:
    """An interval on the wire."""

    opens_at: str = strawberry.field(description="Local time as `HH:MM`.")
    closes_at: str = strawberry.field(description="Local time as `HH:MM`, exclusive; `24:00` is the end of the day.")

    @classmethod
    def of(cls, value: model.Interval) -> "OpeningInterval":
        """The wire form of an interval."""
        return cls(opens_at=clock_text(value.opens_minute), closes_at=clock_text(value.closes_minute))


@strawberry.type(description="The usual hours of one weekday.")
class WeekdayHours:
    """A weekday on the wire."""

    weekday: Weekday = strawberry.field(description="The day.")
    intervals: list[OpeningInterval] = strawberry.field(description="When the doors are open, in order.")


@strawberry.type(description="A date whose hours replace the usual ones.")
class OpeningException:
    """An exception on the wire."""

    day: date = strawberry.field(description="The local date.")
    intervals: list[OpeningInterval] = strawberry.field(description="When the doors are open; empty when closed.")
    reason: str | None = strawberry.field(description="Why, for people; null when not given.")


@strawberry.type(description="When a location's doors are open, in its own time zone.")
class OpeningHours:
    """Opening hours on the wire."""

    value: strawberry.Private[model.OpeningHours]

    time_zone: str = strawberry.field(description="IANA time zone, such as `Europe/London`.")
    weekly: list[WeekdayHours] = strawberry.field(description="The usual week; a day that is missing is closed.")
    exceptions: list[OpeningException] = strawberry.field(description="Dates with other hours.")

    @classmethod
    def of(cls, value: model.OpeningHours) -> "OpeningHours":
        """The wire form of opening hours."""
        return cls(
            value=value,
            time_zone=value.time_zone,
            weekly=[
                WeekdayHours(weekday=day.weekday, intervals=[OpeningInterval.of(part) for part in day.intervals])
                for day in value.weekly
            ],
            exceptions=[
                OpeningException(
                    day=one.day,
                    intervals=[OpeningInterval.of(part) for part in one.intervals],
                    reason=one.reason or None,
                )
                for one in value.exceptions
            ],
        )

    @strawberry.field(description="Whether the doors are open right now.")
    def is_open(self, info: ContextInfo) -> bool:
        return rules.is_open(self.value, info.context.clock())

    @strawberry.field(description="When the doors next open; null when they do not within a year.")
    def opens_at(self, info: ContextInfo) -> datetime | None:
        return rules.next_opening(self.value, info.context.clock())

    @strawberry.field(description="When the doors that are open now close; null when they are shut.")
    def closes_at(self, info: ContextInfo) -> datetime | None:
        return rules.closing(self.value, info.context.clock())


@strawberry.type(description="A store or warehouse.")
class Location(nodes.Node):
    """A location on the wire."""

    code: str = strawberry.field(description="The retailer's own unique short name, such as `LON-CG`.")
    name: str = strawberry.field(description="The name customers see.")
    kind: LocationKind = strawberry.field(description="Store or warehouse.")
    address: Address = strawberry.field(description="Where it is.")
    coordinates: Coordinates = strawberry.field(description="Where it is on the globe.")
    time_zone: str = strawberry.field(description="IANA time zone, such as `Europe/London`.")
    opening_hours: OpeningHours = strawberry.field(description="When customers may come.")
    sells: bool = strawberry.field(description="Whether it sells over the counter.")
    offers_pickup: bool = strawberry.field(description="Whether orders may be picked up here.")
    ships: bool = strawberry.field(description="Whether it sends parcels.")
    receives_returns: bool = strawberry.field(description="Whether goods may be brought back here, wherever bought.")
    active: bool = strawberry.field(description="False when it has closed for good; old orders still name it.")
    version: int = strawberry.field(description="Grows with every change; for `expectedVersion`.")
    distance_meters: int | None = strawberry.field(
        description="Great-circle distance from `near`; null in lists that were not asked by distance."
    )
    value: strawberry.Private[model.Location]

    @classmethod
    def of(cls, value: model.Location, distance_meters: int | None = None) -> "Location":
        """The wire form of a location."""
        return cls(
            id=strawberry.ID(global_id("Location", value.id)),
            code=value.code,
            name=value.name,
            kind=value.kind,
            address=Address.of(value.address),
            coordinates=Coordinates.of(value.coordinates),
            time_zone=value.time_zone,
            opening_hours=OpeningHours.of(value.hours),
            sells=value.sells,
            offers_pickup=value.offers_pickup,
            ships=value.ships,
            receives_returns=value.receives_returns,
            active=value.active,
            version=value.version,
            distance_meters=distance_meters,
            value=value,
        )

    @batch_field(description="How it handles pickups of orders placed at a moment; null for one before 1970.")
    @staticmethod
    async def pickup_policy(
        parents: Sequence["Location"], context: Context, at: At = None
    ) -> Sequence[PickupPolicy | None]:
        moment = context.clock() if at is None else at
        ids = [parent.value.id for parent in parents]
        found = await context.read(lambda conn: policies.pickup_policies_at(conn, ids, moment))
        return [None if (held := found.get(key)) is None else PickupPolicy.of(held) for key in ids]


async def locations_by_ids(ctx: Context, ids: Sequence[UUID | None]) -> list[Location | None]:
    """Locations that something else names, active or not, in order; None for None.

    The database says which version each is at now; those that this process remembers at it are not read again.
    """
    wanted = list({LocationId(id_) for id_ in ids if id_ is not None})
    versions = await ctx.load_many(store.versions, wanted) if wanted else {}
    found = {id_: one for id_, version in versions.items() if (one := ctx.locations.get((id_, version))) is not None}
    missing = [id_ for id_ in versions if id_ not in found]
    if missing:
        for id_, value in (await ctx.load_many(store.by_ids, missing)).items():
            found[id_] = ctx.locations.put((id_, value.version), Location.of(value))
    return [None if id_ is None else found.get(LocationId(id_)) for id_ in ids]


async def location_by_id(ctx: Context, location_id: UUID | None) -> Location | None:
    """A location that something else names, active or not; None for None."""
    return (await locations_by_ids(ctx, [location_id]))[0]


def may_see(ctx: Context, location: model.Location) -> bool:
    """Everybody sees active locations; closed ones are for who may see unpublished products."""
    return location.active or ctx.actor.may(Scope.READ_PRODUCTS)


async def _fetch(ctx: Context, ids: Sequence[UUID]) -> Sequence[nodes.Node | None]:
    found = await ctx.read(lambda conn: store.by_ids(conn, [LocationId(key) for key in ids]))
    seen = (found.get(LocationId(key)) for key in ids)
    return [Location.of(one) if one is not None and may_see(ctx, one) else None for one in seen]


nodes.register("Location", _fetch)
