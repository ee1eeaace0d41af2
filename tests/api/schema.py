"""The public schema, built once per test process."""

import functools

from graphql import GraphQLSchema

from gateway.schema import build_schema


@functools.cache
def core_schema() -> GraphQLSchema:
    """The schema underneath."""
    return build_schema()._schema
