"""How a field gets its value: by attribute, by graphql-core's default, by its resolver, or by a batch for a level.

Strawberry wraps each resolver in functions that build an info object, convert arguments and run extensions. Where none
of that can be noticed, the plan calls the function beneath.
"""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction

import strawberry
from graphql import GraphQLField, GraphQLFieldResolver
from graphql.execution import default_field_resolver
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from resolvers.batching import Batch, batch_of

DEFINITION = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class ItemOfList:
    """Nothing is called: the value is an item of a list."""


@dataclass(frozen=True, slots=True)
class DefaultCall:
    """graphql-core's default resolver: key or attribute, called when it is callable."""


@dataclass(frozen=True, slots=True)
class AttributeCall:
    """A plain attribute of the parent."""

    name: str


@dataclass(frozen=True, slots=True)
class ResolverCall:
    """A resolver as graphql-core calls it: parent, info, arguments."""

    function: Callable[..., object]
    awaits: bool


@dataclass(frozen=True, slots=True)
class DirectCall:
    """The function beneath a Strawberry field.

    Attributes:
        positional: whether the parent is its first argument.
        parents: names of keyword arguments that take the parent.
        info: name of the keyword argument that takes Strawberry's info object.
        awaits: whether it is a coroutine function.
    """

    function: Callable[..., object]
    field: StrawberryField
    positional: bool
    parents: tuple[str, ...]
    info: str | None
    awaits: bool


@dataclass(frozen=True, slots=True)
class BatchCall:
    """One function for all parents of the level."""

    batch: Batch
    field: StrawberryField


Call = ItemOfList | DefaultCall | AttributeCall | ResolverCall | DirectCall | BatchCall
ITEM, DEFAULT = ItemOfList(), DefaultCall()


def call_of(field_def: GraphQLField, field_resolver: GraphQLFieldResolver, schema: strawberry.Schema | None) -> Call:
    """How the executor calls a field; `schema` is None when it was not made by Strawberry."""
    lean = _lean_call(field_def, schema) if schema is not None else None
    if lean is not None:
        return lean
    if field_def.resolve is None and field_resolver is default_field_resolver:
        return DEFAULT
    resolve = field_def.resolve or field_resolver
    return ResolverCall(resolve, iscoroutinefunction(resolve))


def _lean_call(field_def: GraphQLField, schema: strawberry.Schema) -> Call | None:
    """The call without Strawberry's wrappers; None where they do something."""
    field = field_def.extensions.get(DEFINITION)
    if not isinstance(field, StrawberryField) or _is_wrapped(field, schema):
        return None
    base = field.base_resolver
    if base is None:
        return AttributeCall(field.python_name) if field.default_resolver is getattr else None
    if not callable(base.wrapped_func) or any(_wants_info(argument) for argument in field.arguments):
        return None
    awaits = iscoroutinefunction(base.wrapped_func)
    if field.is_async and not awaits:
        return None  # an asynchronous generator, which Strawberry hands over from a coroutine of its own
    batch = batch_of(field)
    if batch is not None:
        return BatchCall(batch, field)
    return DirectCall(
        function=base.wrapped_func,
        field=field,
        positional=base.self_parameter is not None,
        parents=tuple({one.name: None for one in (base.parent_parameter, base.root_parameter) if one is not None}),
        info=base.info_parameter.name if base.info_parameter else None,
        awaits=awaits,
    )


def _is_wrapped(field: StrawberryField, schema: strawberry.Schema) -> bool:
    """Whether something runs around the resolver: extensions (permissions are one), a subclass, handlers of exceptions."""
    if field.extensions or field.is_subscription or type(field).get_result is not StrawberryField.get_result:
        return True
    return bool(schema.schema_converter._get_field_exception_handlers(field))  # noqa: SLF001 - no other way to ask


def _wants_info(argument: StrawberryArgument) -> bool:
    """Whether converting the argument needs the info object of the call, because an input builds itself."""
    return _builds_itself(argument.type, set())


def _builds_itself(type_: object, seen: set[object]) -> bool:
    while True:
        if isinstance(type_, LazyType):
            type_ = type_.resolve_type()
        elif hasattr(type_, "of_type"):
            type_ = type_.of_type
        else:
            break
    definition = get_object_definition(type_) if isinstance(type_, type) else None
    if definition is None or type_ in seen:
        return False
    seen.add(type_)
    if definition.from_input is not None:
        return True
    return any(_builds_itself(field.resolve_type(type_definition=definition), seen) for field in definition.fields)
