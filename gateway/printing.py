"""The schema as text: the public contract with its declared costs, and the same as a federation's subgraph.

graphql-core prints no directives on definitions, so they are written onto the printed lines.
"""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    lexicographic_sort_schema,
    print_schema,
)

from gateway.costs import weight_of
from resolvers.federation import KEYS

SHAREABLE = ("Money", "PageInfo")
"""Value types that other subgraphs may define in the same words."""

_LINK = """\
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost", "@key", "@shareable"])

"""
_OURS = re.compile(r'"""[^"]*"""\ndirective @cost\([^"]*(?:"""[^"]*"""[^"]*)?\) on FIELD_DEFINITION\n\n')
_TYPE = re.compile(r"(?:type|interface) (\w+)")
_FIELD = re.compile(r"  (\w+)[(:]")


def public_text(schema: GraphQLSchema) -> str:
    """The contract in SDL, sorted, without what only a federation's router asks."""
    return "\n".join(_with_costs(schema)) + "\n"


def subgraph_text(schema: GraphQLSchema) -> str:
    """The contract as a subgraph: with the keys of its entities."""
    # The specification has the same @cost, and a subgraph must not define what it imports.
    text = _OURS.sub("", public_text(schema), count=1)
    return _LINK + "\n".join(_with_keys(line) for line in text.splitlines()) + "\n"


def _with_keys(line: str) -> str:
    found = _TYPE.match(line)
    if found is None or not line.startswith("type "):
        return line
    keys = "".join(f' @key(fields: "{key}")' for key in KEYS.get(found[1], ()))
    shareable = " @shareable" if found[1] in SHAREABLE else ""
    return line.removesuffix(" {") + keys + shareable + " {"


def _with_costs(schema: GraphQLSchema) -> Iterator[str]:
    owner: GraphQLObjectType | GraphQLInterfaceType | None = None
    cost = ""
    for line in print_schema(_without_router(schema)).splitlines():
        if found := _TYPE.match(line):
            named = schema.get_type(found[1])
            owner = named if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) else None
        elif line == "}":
            owner = None
        elif owner is not None and (found := _FIELD.match(line)) and found[1] in owner.fields:
            cost = _cost(schema, owner, found[1])
            if not line.endswith("("):
                yield line + cost
                continue
        elif owner is not None and line.startswith("  ): "):
            yield line + cost
            continue
        yield line


def _cost(schema: GraphQLSchema, owner: GraphQLObjectType | GraphQLInterfaceType, name: str) -> str:
    weight = weight_of(owner.fields[name], mutation=owner is schema.mutation_type)
    return "" if weight == 1 else f" @cost(weight: {weight})"


def _without_router(schema: GraphQLSchema) -> GraphQLSchema:
    """The schema sorted, less the names with a leading underscore."""
    ordered = lexicographic_sort_schema(schema)
    query = ordered.query_type
    assert query is not None
    fields = {name: field for name, field in query.fields.items() if not name.startswith("_")}
    public_query = GraphQLObjectType(query.name, fields, description=query.description)
    types = [
        public_query if named is query else named
        for name, named in ordered.type_map.items()
        if not name.startswith("_")
    ]
    return GraphQLSchema(
        public_query,
        ordered.mutation_type,
        ordered.subscription_type,
        types,
        ordered.directives,
        description=ordered.description,
    )
