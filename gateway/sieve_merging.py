"""Whether all fields that are answered by one name can be answered together, over fragments.

graphql-core compares every two such fields. Here all of one name are merged into one set, whose selections are again
one set, so that most documents are gone through once; the answer is the same. Source: Simon Adameit's algorithm,
https://tech.new-work.se/graphql-overlapping-fields-can-be-merged-fast-ea6e92e0a01
"""

from collections.abc import Iterator, Mapping, Sequence

from gateway.limits import LimitExceeded
from gateway.outline import (
    FieldOutline,
    FragmentOutline,
    InlineOutline,
    Selections,
    SpreadOutline,
    conflict,
    conflicting,
)
from gateway.sieve_shapes import Shapes
from gateway.sieve_values import Invalid

STEPS_MAX = 5_000
"""Selections looked at for one document. Fragments that meet ever anew could ask for more than that document has."""

Typed = tuple[str, Selections]
"""A type's name, and selections of it."""
Group = Sequence[tuple[str, FieldOutline]]
"""The fields answered by one name, each with the name of the type it is selected of."""


def level(
    merged: Sequence[Typed], fragments: Mapping[str, FragmentOutline]
) -> Iterator[tuple[str, FieldOutline | SpreadOutline | InlineOutline]]:
    """What stands on one level of selections, through the fragments there, each once; with the type it is selected of."""
    spread: set[str] = set()
    opened = list(merged)
    while opened:
        type_name, selections = opened.pop()
        for node in selections:
            yield type_name, node
            if isinstance(node, InlineOutline):
                opened.append((node.condition or type_name, node.selections))
            elif isinstance(node, SpreadOutline) and node.fragment not in spread:
                spread.add(node.fragment)
                fragment = fragments[node.fragment]
                opened.append((fragment.condition, fragment.selections))


class Merging:
    """The merging of one document's selections."""

    def __init__(self, shapes: Shapes, fragments: Mapping[str, FragmentOutline]) -> None:
        self._shapes = shapes
        self._fragments = fragments
        self._steps = 0
        self._seen: set[tuple[frozenset[int], bool]] = set()
        self._waiting: list[tuple[Sequence[Typed], bool]] = []

    def check(self, type_name: str, selections: Selections) -> None:
        """Check the selections of an operation. All its types, fields and fragments exist.

        Raises:
            Invalid: two fields cannot be answered together.
            LimitExceeded: too many selections meet each other.
        """
        self._later([(type_name, selections)], may_both_apply=True)
        while self._waiting:
            merged, may_both_apply = self._waiting.pop()
            for group in self.fields(merged).values():
                self._check(group, may_both_apply=may_both_apply)

    def fields(self, merged: Sequence[Typed]) -> Mapping[str, Group]:
        """The fields of selections and of the fragments in them, by the name they are answered by.

        Raises:
            LimitExceeded: see `check`.
        """
        found: dict[str, list[tuple[str, FieldOutline]]] = {}
        for type_name, node in level(merged, self._fragments):
            self._step(1)
            if isinstance(node, FieldOutline):
                found.setdefault(node.answered_as, []).append((type_name, node))
        return found

    def _check(self, group: Group, *, may_both_apply: bool) -> None:
        meeting = self._meeting(group) if may_both_apply else ()
        for members in meeting:
            self._same_field(members)
            self._below(members, may_both_apply=True)
        if len(group) > 1:
            self._same_shape(group)
        if len(meeting) != 1:
            self._below(group, may_both_apply=False)

    def _same_shape(self, group: Group) -> None:
        (type_name, first), *others = group
        answers = self._shapes.of(type_name)[first.name].answers
        for other_type_name, other in others:
            if self._shapes.of(other_type_name)[other.name].answers != answers:
                raise Invalid(conflicting(first, "they return conflicting types"))

    def _same_field(self, members: Group) -> None:
        (_, first), *others = members
        for _, other in others:
            if other is not first and (why := conflict(first, other)) is not None:
                raise Invalid(why)

    def _meeting(self, group: Group) -> Sequence[Group]:
        """The fields that can be asked of one value, for each type of such a value."""
        if len(group) == 1:
            return [group]
        objects = {type_name for type_name, _ in group if self._shapes.is_object(type_name)}
        if len(objects) <= 1:
            return [group]
        self._step(len(objects) * len(group))
        others = {type_name for type_name, _ in group} - objects
        return [[member for member in group if member[0] == name or member[0] in others] for name in objects]

    def _below(self, group: Group, *, may_both_apply: bool) -> None:
        below = [
            (inner, node.selections)
            for type_name, node in group
            if node.selections and (inner := self._shapes.of(type_name)[node.name].type_name) is not None
        ]
        if below:
            self._later(below, may_both_apply=may_both_apply)

    def _later(self, merged: Sequence[Typed], *, may_both_apply: bool) -> None:
        # Selections are told apart by where they stand, and each stands under one type.
        key = (frozenset([id(selections) for _, selections in merged]), may_both_apply)
        if key not in self._seen:
            self._seen.add(key)
            self._waiting.append((merged, may_both_apply))

    def _step(self, count: int) -> None:
        self._steps += count
        if self._steps > STEPS_MAX:
            raise LimitExceeded("overlapping selections", STEPS_MAX)
