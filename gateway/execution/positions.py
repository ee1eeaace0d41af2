"""Places in a response: a field of an operation, or the items of a list in it, and what is known of them beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NewType

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path

from gateway.execution.calling import ITEM, Call

INDEX: Final = None
"""Stands for a list index in a template; the indices themselves are known at run time only."""

Indices = tuple[int, ...]
"""The list indices in scope at a position, outermost first."""

Slot = NewType("Slot", int)
"""Where in a run's arguments those of a field are."""


class Position:
    """A field under one response key of one selection, or the items of its list.

    Attributes:
        details: the field's nodes, merged by response key.
        type: what is completed here; `inner` is the same without its outermost non-null.
        must_exist: whether null is an error here.
        template: the path with `INDEX` for each list index.
        null_at: how long the path of the nearest position is that becomes null when this one fails.
        call: how the field gets its value.
        arguments: constant keyword arguments, the slot of those computed per run, or None without any.
    """

    __slots__ = (
        "_items",
        "above",
        "arguments",
        "call",
        "depth",
        "details",
        "field_def",
        "inner",
        "is_leaf",
        "must_exist",
        "name",
        "null_at",
        "parent_type",
        "propagates",
        "template",
        "type",
    )

    def __init__(
        self,
        details: list[FieldDetails],
        parent_type: GraphQLObjectType,
        field_def: GraphQLField,
        *,
        key: str,
        above: Position | None,
        propagates: bool,
        call: Call,
    ) -> None:
        self.details = details
        self.parent_type = parent_type
        self.field_def = field_def
        self.above = above
        self.propagates = propagates
        self.call = call
        self.name = details[0].node.name.value
        self.arguments: Slot | dict[str, object] | None = None
        self._items: Position | None = None
        before = above.template if above else ()
        self._place(field_def.type, (*before, key), above.null_at if above else 0)

    def _place(self, type_: GraphQLOutputType, template: tuple[str | None, ...], null_above: int) -> None:
        self.type = type_
        self.template = template
        self.depth = sum(key is INDEX for key in template)
        self.must_exist = isinstance(type_, GraphQLNonNull)
        self.inner: GraphQLOutputType = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        self.is_leaf = is_leaf_type(self.inner)
        self.null_at = null_above if self.fails_upwards else len(template)

    @property
    def fails_upwards(self) -> bool:
        """Whether an error here also nulls the position above."""
        return self.must_exist and self.propagates

    @property
    def nodes(self) -> list[FieldNode]:
        """The nodes an error of this field names."""
        return [detail.node for detail in self.details]

    @property
    def items(self) -> Position:
        """The items of the list that is completed here."""
        if self._items is None:
            assert isinstance(self.inner, GraphQLList)
            made = object.__new__(Position)
            made.details, made.parent_type, made.field_def = self.details, self.parent_type, self.field_def
            made.above, made.propagates, made.call = self.above, self.propagates, ITEM
            made.name, made.arguments, made._items = self.name, self.arguments, None
            made._place(self.inner.of_type, (*self.template, INDEX), self.null_at)
            self._items = made
        return self._items

    def path(self, indices: Iterable[int]) -> list[str | int]:
        """The response path, with these list indices."""
        left = iter(indices)
        return [next(left) if key is None else key for key in self.template]

    def typed_path(self, indices: Iterable[int]) -> Path:
        """The path as resolvers read it: each response key with the type whose field it is."""
        names: dict[int, str] = {}
        place: Position | None = self
        while place is not None:
            last = max(at for at, key in enumerate(place.template) if key is not None)
            names[last] = place.parent_type.name
            place = place.above
        path: Path | None = None
        for at, key in enumerate(self.path(indices)):
            path = Path(path, key, names.get(at))
        assert path is not None, "a position has at least its own key"
        return path

    def null_error(self) -> TypeError:
        """Why null cannot stand here."""
        return TypeError(f"Cannot return null for non-nullable field {self.parent_type}.{self.name}.")
