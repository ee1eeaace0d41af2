"""Completing what is not a plain value of the expected type: null, exceptions, awaitables, foreign iterables, types.

Generated code completes plain values itself and leaves it to these functions whenever a value is anything else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLUnionType,
    Undefined,
)
from graphql.execution.executor import Executor, collect_iterator_awaitables, invalid_return_type_error
from graphql.pyutils import is_iterable
from graphql.pyutils.is_awaitable import is_awaitable

from gateway.execution.background import settle
from gateway.execution.calling import DefaultCall
from gateway.execution.errors import located
from gateway.execution.info import Info
from gateway.execution.positions import Indices, Position
from gateway.execution.runs import Deferred, Run


def special(value: object, position: Position, run: Run, indices: Indices) -> object:
    """Complete any value a resolver or an attribute gave; a Deferred when it must be awaited."""
    if isinstance(position.call, DefaultCall) and callable(value):
        value = value(Info(position, run, indices), **run.arguments(position))
    if is_awaitable(value):
        return run.defer(position, value, indices)
    return awaited(value, position, run, indices)


def awaited(value: object, position: Position, run: Run, indices: Indices) -> object:
    """Complete a value that is not awaitable, or was."""
    if isinstance(value, Exception):
        raise value
    if value is None or value is Undefined:
        if position.must_exist:
            raise position.null_error()
        return None
    if position.is_leaf:
        return leaf(position.inner, value)  # type: ignore[arg-type]  # is_leaf says so
    return run.plan.completion(position)(value, run, *indices)


def leaf(type_: GraphQLLeafType, value: object) -> object:
    """The coerced value of a scalar or enum."""
    coerced: object = Executor.complete_leaf_value(type_, value)
    return coerced


class BrokenList(list[object]):
    """What an iterable gave before it raised; the error counts once these items are completed."""

    error: Exception


def settle_rest(items: Sequence[object], failed: int) -> None:
    """After an item has failed its whole list, let the awaitables behind it finish."""
    settle(items[failed + 1 :])


def as_list(value: object, position: Position, run: Run, indices: Indices) -> object:
    """A list of what any iterable holds, its items not yet completed; None or a Deferred otherwise."""
    if isinstance(position.call, DefaultCall) and callable(value) and not is_iterable(value):
        value = value(Info(position, run, indices), **run.arguments(position))
    if value is None or value is Undefined or isinstance(value, Exception):
        return awaited(value, position, run, indices)
    if is_awaitable(value):
        return run.defer(position, value, indices)
    if hasattr(value, "__aiter__"):
        deferred = run.defer(position, None, indices, resume=_as_it_is)
        deferred.awaitable = _collect(value.__aiter__(), deferred, run)
        return deferred
    if not is_iterable(value):
        where = f"{position.parent_type}.{position.name}"
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{where}'.")
    items: list[object] = []
    iterator = iter(value)
    try:
        items.extend(iterator)
    except Exception as error:  # noqa: BLE001 - raised once the items before it are completed
        settle(collect_iterator_awaitables(iterator, is_awaitable))
        items = BrokenList(items)
        items.error = error
    return items


def _as_it_is(value: object, _run: Run, *_indices: int) -> object:
    return value


async def _collect(iterator: AsyncIterator[object], deferred: Deferred, run: Run) -> list[object]:
    """Complete the items of an asynchronous iterator as they arrive; the list is in the response from the start."""
    position = deferred.position
    items: list[object] = []
    run.put(deferred, items)
    deferred.standing = items
    try:
        async for item in iterator:
            items.append(_item(item, position.items, run, (*deferred.indices, len(items))))
    except Exception:
        if hasattr(iterator, "aclose"):
            with suppress(Exception):
                await iterator.aclose()
        raise
    return items


def _item(value: object, position: Position, run: Run, indices: Indices) -> object:
    try:
        return special(value, position, run, indices)
    except Exception as raised:
        error = located(raised, position, indices)
        if position.fails_upwards:
            raise error from raised
        run.errors.append(error)
        return None


def checked(value: object, position: Position, run: Run, indices: Indices, type_: GraphQLObjectType) -> object:
    """Complete an object whose type may tell whether a value is of it."""
    if type_.is_type_of is None:
        return run.plan.selection(position, type_)(value, run, *indices)
    answer = _ask(type_.is_type_of, value, position, run, indices)
    return decided(answer, value, position, run, indices, type_)


def decided(
    answer: object, value: object, position: Position, run: Run, indices: Indices, type_: GraphQLObjectType
) -> object:
    """Complete an object when the predicate of its type has answered, perhaps with an awaitable."""
    if is_awaitable(answer):

        def later(answer: object, run: Run, *indices: int) -> object:
            return decided(answer, value, position, run, indices, type_)

        return run.defer(position, answer, indices, resume=later)
    if not answer:
        raise invalid_return_type_error(type_, value, position.details)
    return run.plan.selection(position, type_)(value, run, *indices)


def verify(value: object, position: Position, run: Run, indices: Indices, type_: GraphQLObjectType) -> None:
    """Refuse a value that is not of a type whose predicate is known never to be awaitable."""
    assert type_.is_type_of is not None, "only types with a predicate are verified"
    if not _ask(type_.is_type_of, value, position, run, indices):
        raise invalid_return_type_error(type_, value, position.details)


def _ask(predicate: Callable[..., object], value: object, position: Position, run: Run, indices: Indices) -> object:
    return predicate(value, Info(position, run, indices))


def abstract(value: object, position: Position, run: Run, indices: Indices) -> object:
    """Complete a value of an interface or a union, asking for its type the standard way."""
    inner = position.inner
    assert isinstance(inner, GraphQLInterfaceType | GraphQLUnionType), "generated code knows the kinds"
    info = Info(position, run, indices)
    resolve: Callable[..., object] = inner.resolve_type or run.plan.type_resolver

    def with_name(name: object, run: Run, *indices: int) -> object:
        return checked(value, position, run, indices, _runtime_type(name, inner, position, info, value))

    name = resolve(value, info, inner)
    if is_awaitable(name):
        return run.defer(position, name, indices, resume=with_name)
    return with_name(name, run, *indices)


def _runtime_type(
    name: object, type_: GraphQLAbstractType, position: Position, info: Info, value: object
) -> GraphQLObjectType:
    """The object type of this name, by graphql-core's own checks, which read nothing of the executor but its schema."""
    ensure: Callable[..., GraphQLObjectType] = Executor.ensure_valid_runtime_type
    return ensure(info, name, type_, position.details, info, value)
