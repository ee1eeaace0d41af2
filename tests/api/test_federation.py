"""This schema as a subgraph: what composes, who is found by which key, and what stays hidden."""

from typing import Any

import pytest
from graphql import parse

from resolvers.federation import KEYS
from tests.api.shop import Shop

pytestmark = pytest.mark.anyio
ENTITIES = """query($r: [_Any!]!) { _entities(representations: $r) { __typename
  ... on Product { handle } ... on ProductVariant { sku } ... on Location { code } ... on Node { id } } }"""


async def answered(shop: Shop, representations: list[dict[str, Any]], token: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.post(ENTITIES, {"r": representations}, token)).json()
    return found


async def test_entities_are_found_by_id_and_by_public_natural_keys_in_order(shop: Shop) -> None:
    by_key = [
        {"__typename": "ProductVariant", "sku": "MUG-HARB-NAVY"},
        {"__typename": "Product", "handle": "anchor-t-shirt"},
        {"__typename": "Location", "code": "LON-CG"},
        {"__typename": "Product", "handle": "no-such-product"},
    ]
    found = (await answered(shop, by_key))["data"]["_entities"]
    assert [one and (one["__typename"], one.get("sku") or one.get("handle") or one.get("code")) for one in found] == [
        ("ProductVariant", "MUG-HARB-NAVY"),
        ("Product", "anchor-t-shirt"),
        ("Location", "LON-CG"),
        None,
    ]
    by_id = [{"__typename": one["__typename"], "id": one["id"]} for one in reversed(found[:3])]
    assert (await answered(shop, by_id))["data"]["_entities"] == list(reversed(found[:3]))


async def test_what_is_not_the_callers_is_absent(shop: Shop) -> None:
    ada = (await shop.ask("{ me { id } }", None, shop.credentials.customer_token))["me"]["id"]
    representation = [{"__typename": "Customer", "id": ada}]
    assert (await answered(shop, representation))["data"]["_entities"] == [None]
    mine = (await answered(shop, representation, shop.credentials.customer_token))["data"]["_entities"]
    assert mine == [{"__typename": "Customer", "id": ada}]


@pytest.mark.parametrize(
    ("representations", "code"),
    [
        ([{"__typename": "Nothing", "id": "1"}], "BAD_USER_INPUT"),
        ([{"__typename": "Product"}], "BAD_USER_INPUT"),
        ([{"__typename": "Product", "id": 7}], "BAD_USER_INPUT"),
        ([{"id": "1"}], "BAD_USER_INPUT"),
        (["Product"], "BAD_USER_INPUT"),
        ([{"__typename": "Product", "handle": "a"}] * 101, "BAD_USER_INPUT"),
    ],
)
async def test_a_representation_that_names_nothing_is_bad_input(
    shop: Shop, representations: list[Any], code: str
) -> None:
    (error,) = (await answered(shop, representations))["errors"]
    assert error["extensions"]["code"] == code


async def test_a_malformed_id_is_an_error_at_its_place_and_the_others_are_found(shop: Shop) -> None:
    found = await answered(
        shop, [{"__typename": "Product", "id": "1"}, {"__typename": "Product", "handle": "anchor-t-shirt"}]
    )
    assert [one and one["handle"] for one in found["data"]["_entities"]] == [None, "anchor-t-shirt"]
    (error,) = found["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["_entities", 0], "INVALID_ID")


async def test_the_subgraph_has_every_key_and_none_of_the_routers_fields(shop: Shop) -> None:
    sdl = (await shop.ask("{ _service { sdl } }"))["_service"]["sdl"]
    parse(sdl)
    for name, keys in KEYS.items():
        assert f"type {name} implements Node " + " ".join(f'@key(fields: "{key}")' for key in keys) in sdl
    assert "_entities" not in sdl
    assert "@cost(weight: 100)" in sdl
