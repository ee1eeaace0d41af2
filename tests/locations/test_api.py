"""Locations over GraphQL."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import pytest
import strawberry
from strawberry.tools import merge_types

from domain.acts import GUEST, Act, Actor, ActorKind, Scope
from domain.connections import WriteConnection
from domain.locations import service
from domain.locations.model import HoursException, LocationChange
from gateway.database import Database
from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.locations import LocationsMutation, LocationsQuery
from resolvers.nodes import NodesQuery
from resolvers.scalars import schema_config
from tests.compiled import OnlyCompiled
from tests.conftest import Statements
from tests.locations.places import LONDON, MANCHESTER, PARIS, store_at

SCHEMA = strawberry.Schema(
    query=merge_types("Query", (LocationsQuery, NodesQuery)),
    mutation=LocationsMutation,
    config=schema_config(),
    execution_context_class=OnlyCompiled,
)
HEAD_OFFICE = Actor(ActorKind.STAFF, "staff", scopes=frozenset({Scope.READ_PRODUCTS, Scope.WRITE_PRODUCTS}))


async def run(context: Context, text: str, **variables: object) -> Mapping[str, object]:
    result = await SCHEMA.execute(text, variable_values=variables, context_value=context)
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data


async def code(context: Context, text: str, **variables: object) -> object:
    result = await SCHEMA.execute(text, variable_values=variables, context_value=context)
    assert result.errors is not None
    return (result.errors[0].extensions or {}).get("code")


@pytest.fixture
async def three_stores(db: Database, make_act: Callable[..., Act]) -> list[str]:
    """Ids of London, Manchester and Paris; Paris has closed for good."""

    def open_all(conn: WriteConnection) -> list[str]:
        london = replace(store_at("LON", LONDON), exceptions=(HoursException(date(2026, 1, 12), (), "Stocktaking"),))
        paris = store_at("PAR", PARIS, "Europe/Paris", "FR")
        made = [service.create(conn, new, make_act()) for new in (london, store_at("MAN", MANCHESTER), paris)]
        service.update(conn, LocationChange(made[2].id, active=False), make_act())
        return [global_id("Location", one.id) for one in made]

    return await db.write(open_all)


NEAR = """query($lat: Decimal!, $lng: Decimal!, $radius: Int!, $first: Int, $after: String) {
  locations(near: {latitude: $lat, longitude: $lng}, radiusMeters: $radius, first: $first, after: $after) {
    nodes { code distanceMeters coordinates { latitude longitude } } pageInfo { hasNextPage endCursor } } }"""


@pytest.mark.anyio
async def test_near_locations_come_by_distance_in_pages(
    make_context: Callable[..., Context], three_stores: list[str], statements: Statements
) -> None:
    here = {"lat": "51.5117", "lng": "-0.12397", "radius": 500_000}
    statements.clear()
    first = (await run(make_context(), NEAR, **here, first=1))["locations"]
    assert len(statements) == 2
    assert first["nodes"] == [  # type: ignore[index]
        {"code": "LON", "distanceMeters": 0, "coordinates": {"latitude": "51.511700", "longitude": "-0.123970"}}
    ]
    cursor = first["pageInfo"]["endCursor"]  # type: ignore[index]
    second = (await run(make_context(), NEAR, **here, first=1, after=cursor))["locations"]
    assert [node["code"] for node in second["nodes"]] == ["MAN"]  # type: ignore[index]
    assert second["pageInfo"]["hasNextPage"] is False  # type: ignore[index]
    elsewhere = here | {"lat": "48.0"}
    assert await code(make_context(), NEAR, **elsewhere, after=cursor) == "INVALID_CURSOR"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "wrong", [{"lat": "90.000001"}, {"lng": "-180.1"}, {"radius": 0}, {"radius": 20_100_001}, {"first": 101}]
)
async def test_a_place_off_the_globe_or_an_absurd_radius_is_refused(
    make_context: Callable[..., Context], wrong: dict[str, object]
) -> None:
    assert await code(make_context(), NEAR, **({"lat": "0", "lng": "0", "radius": 1} | wrong)) == "BAD_USER_INPUT"


@pytest.mark.anyio
async def test_the_doors_are_told_in_the_stores_own_time(
    make_context: Callable[..., Context], three_stores: list[str]
) -> None:
    text = """{ location(code: "LON") { timeZone openingHours { isOpen opensAt closesAt
      weekly { weekday intervals { opensAt closesAt } } exceptions { day reason intervals { opensAt } } } } }"""
    location = (await run(make_context(), text))["location"]
    hours = location["openingHours"]  # type: ignore[index]
    # The test clock stands on Saturday 2026-01-10, 10:00 UTC; Sunday is closed, Monday is an exception.
    assert (hours["isOpen"], hours["closesAt"], hours["opensAt"]) == (
        True, "2026-01-10T18:00:00Z", "2026-01-13T09:00:00Z"
    )  # fmt: skip
    assert hours["weekly"][0] == {"weekday": "MONDAY", "intervals": [{"opensAt": "09:00", "closesAt": "18:00"}]}
    assert hours["exceptions"] == [{"day": "2026-01-12", "reason": "Stocktaking", "intervals": []}]


@pytest.mark.anyio
async def test_a_location_that_closed_for_good_is_head_offices_to_see(
    make_context: Callable[..., Context], three_stores: list[str]
) -> None:
    text = "query($id: ID!) { location(id: $id) { code } node(id: $id) { id } locations { nodes { code } } }"
    paris = three_stores[2]
    active = {"nodes": [{"code": "LON"}, {"code": "MAN"}]}
    assert await run(make_context(), text, id=paris) == {"location": None, "node": None, "locations": active}
    seen = await run(make_context(HEAD_OFFICE), text, id=paris)
    assert seen == {"location": {"code": "PAR"}, "node": {"id": paris}, "locations": active}


CREATE = """mutation($input: LocationCreateInput!) { locationCreate(input: $input) {
  location { id code address { city } openingHours { weekly { weekday } } } replayed userErrors { code field } } }"""


@pytest.mark.anyio
async def test_a_location_is_opened_once_for_a_key_and_changed(make_context: Callable[..., Context]) -> None:
    wanted = {
        "idempotencyKey": "k1",
        "code": "LDS",
        "name": "Leeds",
        "kind": "STORE",
        "address": {"country": "GB", "city": "Leeds", "line1": "1 Briggate"},
        "coordinates": {"latitude": "53.7974", "longitude": "-1.5430"},
        "timeZone": "Europe/London",
        "openingHours": {"weekly": [{"weekday": "MONDAY", "intervals": [{"opensAt": "09:00", "closesAt": "24:00"}]}]},
    }
    staff = make_context(HEAD_OFFICE)
    first = (await run(staff, CREATE, input=wanted))["locationCreate"]
    assert first["location"]["openingHours"] == {"weekly": [{"weekday": "MONDAY"}]}  # type: ignore[index]
    again = (await run(staff, CREATE, input=wanted))["locationCreate"]
    assert (again["location"], again["replayed"]) == (first["location"], True)  # type: ignore[index]
    taken = (await run(staff, CREATE, input=wanted | {"idempotencyKey": "k2"}))["locationCreate"]
    assert taken == {
        "location": None, "replayed": False, "userErrors": [{"code": "CODE_TAKEN", "field": ["input", "code"]}]
    }  # fmt: skip
    update = """mutation($id: ID!) { locationUpdate(input: {locationId: $id, expectedVersion: 1, name: "Leeds City"}) {
      location { name version } userErrors { code version } } }"""
    location_id = first["location"]["id"]  # type: ignore[index]
    changed = await run(staff, update, id=location_id)
    assert changed["locationUpdate"] == {"location": {"name": "Leeds City", "version": 2}, "userErrors": []}
    stale = await run(staff, update, id=location_id)
    assert stale["locationUpdate"] == {"location": None, "userErrors": [{"code": "STALE_VERSION", "version": 2}]}
    assert await code(make_context(GUEST), CREATE, input=wanted) == "UNAUTHENTICATED"
