"""Finding locations, and opening and changing them."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.acts import Act, Scope
from domain.connections import ReadConnection, WriteConnection
from domain.errors import Refused
from domain.locations import model, rules, service, store
from domain.locations.model import LocationId
from domain.paging import KeyValue
from resolvers.connections import After, Before, Connection, First, Last, Span, connect, page_of
from resolvers.context import ContextInfo
from resolvers.enums import member_of
from resolvers.errors import BadInput, InvalidCursor, UserError
from resolvers.ids import uuid_of
from resolvers.locations_enums import LocationErrorCode
from resolvers.locations_inputs import CoordinatesInput, LocationCreateInput, LocationFilterInput, LocationUpdateInput
from resolvers.locations_types import Location, location_by_id, may_see
from resolvers.lookups import names_one

__all__ = ["Location", "LocationsMutation", "LocationsQuery", "location_by_id"]

RADIUS_METERS_MAX = 20_100_000
_RADIUS_METERS_DEFAULT = 50_000


@strawberry.type(description="A refusal of a location command.")
class LocationUserError(UserError):
    """A location refusal on the wire."""

    code: LocationErrorCode = strawberry.field(description="Which rule said no.")
    maximum: int | None = strawberry.field(description="The most that is admitted; null when no bound was met.")
    version: int | None = strawberry.field(description="The present version; null when it is not about that.")

    @classmethod
    def of(cls, refused: Refused) -> "LocationUserError":
        """The wire form of a refusal."""
        numbers = {name: value for name, value in refused.facts.items() if isinstance(value, int)}
        return cls(
            field=list(refused.field) or None,
            message=refused.message,
            code=member_of(LocationErrorCode, refused.code),
            maximum=numbers.get("maximum"),
            version=numbers.get("version"),
        )


@strawberry.type(description="The answer to `locationCreate`.")
class LocationCreatePayload:
    """The opened location, or why not."""

    location: Location | None = strawberry.field(description="The location; null when refused.")
    user_errors: list[LocationUserError] = strawberry.field(description="Why nothing was done; empty on success.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")


@strawberry.type(description="The answer to `locationUpdate`.")
class LocationUpdatePayload:
    """The changed location, or why not."""

    location: Location | None = strawberry.field(description="The location as it is now; null when refused.")
    user_errors: list[LocationUserError] = strawberry.field(description="Why nothing was done; empty on success.")


Near = Annotated[
    CoordinatesInput | None, strawberry.argument(description="Sort by distance from here, within `radiusMeters`.")
]
RadiusMeters = Annotated[
    int, strawberry.argument(description="How far to look around `near`, 1 to 20100000 (the whole globe).")
]
Filter = Annotated[LocationFilterInput | None, strawberry.argument(description="Which locations you want.")]


@strawberry.type
class LocationsQuery:
    """Finding locations."""

    @strawberry.field(description="Active stores and warehouses: nearest first when `near` is given, else by name.")
    async def locations(
        self,
        info: ContextInfo,
        near: Near = None,
        radius_meters: RadiusMeters = _RADIUS_METERS_DEFAULT,
        filter: Filter = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Location]:
        wanted = model.LocationFilter() if filter is None else filter.value()
        try:
            if near is not None:
                center = near.value()
                return await _near(info, center, radius_meters, wanted, (first, after, last, before))
            page = page_of("locations", first, after, last, before)
            found = await info.context.read(lambda conn: store.page(conn, wanted, page))
        except ValueError:
            raise InvalidCursor from None
        return connect("locations", found, node=Location.of, key=lambda one: (one.name, one.id.hex))

    @strawberry.field(description="One location, by `id` or by `code`; null when there is none you may see.")
    async def location(
        self,
        info: ContextInfo,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The Location's id.")] = None,
        code: Annotated[str | None, strawberry.argument(description="The retailer's short name.")] = None,
    ) -> Location | None:
        if not names_one(id=id, code=code):
            return None
        if id is not None:
            found = await info.context.load(store.by_ids, LocationId(uuid_of("Location", id)))
        else:
            found = await info.context.load(store.by_codes, (code or "").replace("\x00", ""))
        return Location.of(found) if found is not None and may_see(info.context, found) else None


async def _near(
    info: ContextInfo, center: model.Coordinates, radius_meters: int, wanted: model.LocationFilter, span: Span
) -> Connection[Location]:
    if not rules.are_on_the_globe(center):
        raise BadInput("Latitude goes from -90 to 90 and longitude from -180 to 180 degrees.")
    if not 1 <= radius_meters <= RADIUS_METERS_MAX:
        raise BadInput(f"`radiusMeters` goes from 1 to {RADIUS_METERS_MAX}.", maximum=RADIUS_METERS_MAX)
    name = f"locations:{center.latitude_microdegrees}:{center.longitude_microdegrees}"
    page = page_of(name, *span)
    found = await info.context.read(lambda conn: store.near(conn, center, radius_meters, wanted, page))

    def key(nearby: model.Nearby) -> tuple[KeyValue, ...]:
        return nearby.distance_meters, nearby.location.id.hex

    return connect(name, found, node=lambda one: Location.of(one.location, one.distance_meters), key=key)


@strawberry.type
class LocationsMutation:
    """Opening and changing locations."""

    @strawberry.mutation(description="Open a store or warehouse. Needs the scope `write_products`.")
    async def location_create(self, info: ContextInfo, input: LocationCreateInput) -> LocationCreatePayload:
        ctx = info.context
        ctx.require(Scope.WRITE_PRODUCTS)
        new = input.value()

        def effect(conn: WriteConnection, act: Act) -> model.Location:
            return service.create(conn, new, act)

        def reload(conn: ReadConnection, reference: str) -> model.Location:
            location_id = LocationId(UUID(reference))
            return store.by_ids(conn, [location_id])[location_id]

        try:
            done = await ctx.command(
                "locationCreate",
                input.idempotency_key,
                repr(new),
                effect=effect,
                reference=lambda location: str(location.id),
                reload=reload,
            )
        except Refused as refused:
            return LocationCreatePayload(location=None, user_errors=[LocationUserError.of(refused)], replayed=False)
        return LocationCreatePayload(location=Location.of(done.value), user_errors=[], replayed=done.replayed)

    @strawberry.mutation(description="Change a location. Needs the scope `write_products`.")
    async def location_update(self, info: ContextInfo, input: LocationUpdateInput) -> LocationUpdatePayload:
        info.context.require(Scope.WRITE_PRODUCTS)
        change = input.value()
        try:
            changed = await info.context.write(lambda conn, act: service.update(conn, change, act))
        except Refused as refused:
            return LocationUpdatePayload(location=None, user_errors=[LocationUserError.of(refused)])
        return LocationUpdatePayload(location=Location.of(changed), user_errors=[])
