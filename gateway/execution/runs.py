"""One run of a plan: what it was given, what it has found, what it still waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from graphql import ExecutionResult, GraphQLError
from graphql.execution.values import VariableValues

from gateway.execution.positions import Indices, Position

if TYPE_CHECKING:
    from gateway.execution.plans import Plan

Object = dict[str, object]
Parent = tuple[object, Object, Indices]
"""A parent of a batch field: its value, the object of the response that waits for the field, the indices there."""

Resume = Callable[..., object]
"""(value, run, *indices) -> completed value."""


class Deferred:
    """A value that is still awaited. It stands in the response where the value will.

    Attributes:
        resume: completes the awaited value; None for the ordinary completion of the position.
        holder: the object of the response it is a field of, when generated code could tell.
        standing: what marks the place in the response; an unfinished list instead of this object when items of an
            asynchronous iterator arrive one by one.
    """

    __slots__ = ("awaitable", "holder", "indices", "position", "resume", "standing")

    def __init__(self, position: Position, awaitable: object, indices: Indices, resume: Resume | None) -> None:
        self.position = position
        self.awaitable = awaitable
        self.indices = indices
        self.resume = resume
        self.holder: Object | None = None
        self.standing: object = self


class Level:
    """The parents of one batch field, whose values are awaited together."""

    __slots__ = ("awaitable", "parents", "position")

    def __init__(self, position: Position, awaitable: object, parents: list[Parent]) -> None:
        self.position = position
        self.awaitable = awaitable
        self.parents = parents


class Run:
    """The state of one execution. Slow paths and the awaiting part work on it; generated code fills it."""

    __slots__ = (
        "args",
        "context",
        "data",
        "errors",
        "extensions",
        "levels",
        "pending",
        "plan",
        "root_value",
        "variables",
    )

    def __init__(
        self, plan: Plan, root_value: object, context: object, variables: VariableValues, extensions: object = None
    ) -> None:
        self.plan = plan
        self.root_value = root_value
        self.context = context
        self.variables = variables
        self.extensions = extensions
        self.errors: list[GraphQLError] = []
        self.pending: list[Deferred] = []
        self.levels: defaultdict[Position, list[Parent]] = defaultdict(list)
        self.data: Object | None = None
        self.args: list[Mapping[str, object]] = [compute(variables) for compute in plan.arguments]

    def more_arguments(self) -> None:
        """Compute the arguments of fields that were compiled after this run had begun."""
        self.args.extend(compute(self.variables) for compute in self.plan.arguments[len(self.args) :])

    def arguments(self, position: Position) -> Mapping[str, object]:
        """The keyword arguments of a field, for the paths that generated code leaves."""
        found = position.arguments
        if found is None:
            return {}
        if isinstance(found, dict):
            return found
        if found >= len(self.args):
            self.more_arguments()
        return self.args[found]

    def defer(self, position: Position, awaitable: object, indices: Indices, resume: Resume | None = None) -> Deferred:
        """Leave a value to be awaited."""
        deferred = Deferred(position, awaitable, indices, resume)
        self.pending.append(deferred)
        return deferred

    def result(self) -> ExecutionResult:
        """The response, once nothing is pending."""
        return ExecutionResult(self.data, self.errors or None)

    def holder(self, position: Position, indices: Indices) -> object:
        """The object or list of the response that a position is in; None when an error has nulled it meanwhile."""
        found: object = self.data
        for key in position.path(indices)[:-1]:
            found = step(found, key)
        return found

    def stands(self, deferred: Deferred) -> bool:
        """Whether the place of a deferred value is still part of the response."""
        position, indices = deferred.position, deferred.indices
        last = position.template[-1]
        return step(self.holder(position, indices), indices[-1] if last is None else last) is deferred.standing

    def put(self, deferred: Deferred, value: object) -> None:
        """Replace a deferred value, if its place is still part of the response."""
        position, indices = deferred.position, deferred.indices
        key: str | int | None = position.template[-1]
        if deferred.holder is not None and not self.errors:  # nothing can have been nulled
            deferred.holder[key] = value  # type: ignore[index]  # only fields have a holder, and they have a name
            return
        key = indices[-1] if key is None else key
        holder = self.holder(position, indices)
        if step(holder, key) is deferred.standing:
            assign(holder, key, value)

    def null(self, path: list[str | int]) -> None:
        """Make a position null, everything when the path is empty."""
        if not path:
            self.data = None
            return
        found: object = self.data
        for key in path[:-1]:
            found = step(found, key)
        assign(found, path[-1], None)


def step(container: object, key: str | int) -> object:
    """What an object or list of the response holds under a key; None when it holds nothing there."""
    if isinstance(container, dict):
        found: object = container.get(key)
        return found
    if isinstance(container, list) and isinstance(key, int) and key < len(container):
        item: object = container[key]
        return item
    return None


def assign(container: object, key: str | int, value: object) -> None:
    """Put a value into an object or list of the response."""
    match container, key:
        case dict(), _:
            container[key] = value
        case list(), int():
            container[key] = value
