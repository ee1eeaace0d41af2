"""The public schema says what everything in it is, and whatever needs no argument answers without one."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from tests.api.schema import core_schema
from tests.api.shop import Shop

Described = GraphQLNamedType | GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue


def parts() -> Iterator[tuple[str, Described]]:
    """Everything that a partner reads about, by its coordinate."""
    for name, kind in core_schema().type_map.items():
        if name.startswith("__"):
            continue
        yield name, kind
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name}:)", argument
        elif isinstance(kind, GraphQLInputObjectType):
            for input_name, given in kind.fields.items():
                yield f"{name}.{input_name}", given
        elif isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                yield f"{name}.{value_name}", value


def test_everything_is_described() -> None:
    found = dict(parts())
    assert len(found) > 3_000
    assert [coordinate for coordinate, part in found.items() if not part.description] == []


@pytest.mark.anyio
async def test_every_query_that_needs_no_argument_answers_head_office(shop: Shop) -> None:
    root, office = core_schema().query_type, await shop.staff()
    assert root is not None
    asked = 0
    for name, field in root.fields.items():
        if not any(is_required_argument(argument) for argument in field.args.values()):
            selection = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
            answer = await shop.post(f"{{ {name}{selection} }}", token=office)
            assert (name, answer.json().get("errors")) == (name, None)
            asked += 1
    assert asked > 20
