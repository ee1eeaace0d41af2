"""Fields that answer a whole level at once: one function from all parents to all their values.

A field that needs other rows would otherwise ask for them once per parent. Declared here, its function gets every
parent of the level and answers in their order, so that twenty products are one statement and one call:

    @strawberry.type
    class Variant:
        value: strawberry.Private[model.Variant]

        @batch_field(description="The product it is a variant of.")
        @staticmethod
        async def product(parents: Sequence["Variant"], context: Context) -> Sequence["Product"]:
            found = await context.read(lambda conn: store.products(conn, [one.value.product_id for one in parents]))
            return [Product.of(found[one.value.product_id]) for one in parents]

In the schema it is the ordinary field `product: Product!`. The compiled executor calls the function itself. Any other
executor meets a resolver that collects the parents in a `DataLoader` of the request, one per field and arguments.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from types import UnionType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, Union, get_args, get_origin

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.types import Info
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import Parameter, Signature

P = TypeVar("P")
V = TypeVar("V")
A = ParamSpec("A")

_METADATA_KEY = "tillway-batch"


class HoldsLoaders(Protocol):
    """The part of a request's context that batch fields need outside the compiled executor."""

    loaders: dict[object, DataLoader[Any, Any]]  # each loader has types of its own


C = TypeVar("C", bound=HoldsLoaders)

Answered = Awaitable[Sequence[V]] | Sequence[V]
"""Values in the parents' order, now or later. One that is an exception fails its own parent's field and no other."""


class WrongBatchSize(Exception):
    """A batch function did not answer each parent: a mistake of the function, never of the client."""

    def __init__(self, expected: int, given: int) -> None:
        super().__init__(f"A batch function answered {given} values for {expected} parents.")


@dataclass(frozen=True, slots=True)
class Batch:
    """The function behind a batch field. Equal only to itself, so that it can name a loader."""

    function: Callable[..., Awaitable[Sequence[object]] | Sequence[object]]

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def batch_of(field: StrawberryField) -> Batch | None:
    """The batch function a Strawberry field was declared with; None for every other field."""
    found = field.metadata.get(_METADATA_KEY)
    return found if isinstance(found, Batch) else None


def batch_field(
    *, description: str | None = None, name: str | None = None, deprecation_reason: str | None = None
) -> Callable[[Callable[Concatenate[Sequence[P], C, A], Answered[V]]], StrawberryField]:
    """Declare a field by a static method `(parents, context, *GraphQL arguments) -> values in the parents' order`.

    The field's type is the element type of what the function is annotated to return, without exceptions: from
    `Sequence[Money | NotFound | None]` comes `Money`, nullable. A function without `await` may answer directly.

    Raises:
        TypeError: the return annotation is missing, is text, or is not a sequence.
    """

    def declare(function: Callable[Concatenate[Sequence[P], C, A], Answered[V]]) -> StrawberryField:
        batch = Batch(function)
        return strawberry.field(
            _resolver(batch),
            description=description,
            name=name,
            deprecation_reason=deprecation_reason,
            metadata={_METADATA_KEY: batch},
        )

    return declare


def _resolver(batch: Batch) -> Callable[..., Coroutine[object, object, object]]:
    """The resolver of one parent, with the signature Strawberry would read from a hand-written one."""
    function = batch.function

    async def resolve(self: object, info: Info[HoldsLoaders, None], **arguments: object) -> object:
        return await _loader(info.context, _Asked(batch, arguments)).load(self)

    signature = Signature.from_callable(function)
    _parents, _context, *arguments = signature.parameters.values()
    shown = signature.replace(
        parameters=[
            Parameter("self", Parameter.POSITIONAL_OR_KEYWORD),
            Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
            *(argument.replace(kind=Parameter.KEYWORD_ONLY) for argument in arguments),
        ],
        return_annotation=_element(signature.return_annotation, function.__qualname__),
    )
    resolve.__name__, resolve.__qualname__ = function.__name__, function.__qualname__
    resolve.__module__, resolve.__doc__ = function.__module__, function.__doc__
    resolve.__annotations__ = {name: shown.parameters[name].annotation for name in list(shown.parameters)[1:]}
    resolve.__annotations__["return"] = shown.return_annotation
    resolve.__signature__ = shown  # type: ignore[attr-defined]  # inspect reads it from any function
    return resolve


def _element(annotation: object, where: str) -> object:
    """`V` of `Awaitable[Sequence[V]]`, `Coroutine[…, Sequence[V]]` or `Sequence[V]`, without exceptions."""
    inside = annotation
    origin = get_origin(inside)
    if isinstance(origin, type) and issubclass(origin, Awaitable):
        inside = get_args(inside)[-1]
        origin = get_origin(inside)
    if not (isinstance(origin, type) and issubclass(origin, Sequence)):
        raise TypeError(f"{where} must be annotated to return Sequence[…], unquoted outside; found {annotation!r}.")
    element: object = get_args(inside)[0]
    if get_origin(element) not in (Union, UnionType):
        return element
    kept = [one for one in get_args(element) if not (isinstance(one, type) and issubclass(one, BaseException))]
    return Union[tuple(kept)]  # noqa: UP007 - its members are known at run time only


@dataclass(frozen=True)
class _Asked:
    """A batch with its arguments, as the name of a loader: arguments may be lists, so only the batch is hashed."""

    batch: Batch
    arguments: dict[str, object]

    def __hash__(self) -> int:
        return hash(self.batch)


def _loader(context: HoldsLoaders, asked: _Asked) -> DataLoader[object, object]:
    """The request's loader of one field with one set of arguments.

    It collects and does not remember: parents need no hash, and a field read again after a write is read anew.
    """
    found = context.loaders.get(asked)
    if found is None:

        async def load(parents: list[object]) -> Sequence[object]:
            answered = asked.batch.function(parents, context, **asked.arguments)
            values: object = await answered if isawaitable(answered) else answered
            if not isinstance(values, Sequence):
                raise TypeError(f"A batch function answers a sequence, not a {type(values).__name__}.")
            if len(values) != len(parents):
                raise WrongBatchSize(len(parents), len(values))
            return values

        found = context.loaders[asked] = DataLoader(load_fn=load, cache=False)
    return found
