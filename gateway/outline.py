"""What a document says without its syntax tree: its counts, and the tree of selections with their arguments.

Limits, costs and the sieve are about no more than this; `gateway.outlining` reads it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.limits import Limits, hold

INTEGER = re.compile(r"-?[0-9]++")
_DIGITS_MAX = 10


class VariableUse(NamedTuple):
    """A variable that stands as a value."""

    name: str


Value = str | VariableUse | Sequence["Value"] | Mapping[str, "Value"]
"""A value: the token of a plain one, a variable, a list, or an object."""

Size = int | str | None
"""What a value says about a size: a number, a list's length, a variable's name; None when it says nothing."""


def size_of(value: Value | None) -> Size:
    """The size that an argument's value asks for; None stands for an argument that is not given."""
    if isinstance(value, str):
        return int(value[:_DIGITS_MAX]) if INTEGER.fullmatch(value) else None
    if isinstance(value, VariableUse):
        return value.name
    return len(value) if isinstance(value, Sequence) else None


class FieldOutline(NamedTuple):
    """A field: its name and the one it is answered by, its arguments, its selections, whether it is skipped or included."""

    name: str
    answered_as: str
    arguments: Mapping[str, Value]
    selections: "Selections"
    is_conditional: bool = False


class SpreadOutline(NamedTuple):
    """A named fragment's use."""

    fragment: str
    is_conditional: bool = False


class InlineOutline(NamedTuple):
    """An inline fragment: its type condition, None for the surrounding type, and its selections."""

    condition: str | None
    selections: "Selections"
    is_conditional: bool = False


NOTHING: Mapping[str, Value] = {}
Selections = Sequence[FieldOutline | SpreadOutline | InlineOutline]


class DirectiveOutline(NamedTuple):
    """A directive: its name, where it stands as a schema names such places, and its arguments."""

    name: str
    place: str
    arguments: Mapping[str, Value]


@dataclass(slots=True)
class Uses:
    """What one definition uses, at whatever depth: variables, named fragments, and the directives of each place."""

    variables: set[str] = field(default_factory=set)
    fragments: set[str] = field(default_factory=set)
    directives: list[list[DirectiveOutline]] = field(default_factory=list)


class VariableOutline(NamedTuple):
    """A variable's definition: its name, its type as it is written, and its default."""

    name: str
    type_text: str
    default: Value | None


class OperationOutline(NamedTuple):
    """An operation: kind, name, variables, selections."""

    kind: str
    name: str | None
    variables: Sequence[VariableOutline]
    selections: Selections
    uses: Uses

    @property
    def defaults(self) -> Mapping[str, Size]:
        """The sizes that variables' defaults say, by name."""
        return {one.name: size_of(one.default) for one in self.variables if one.default is not None}


class FragmentOutline(NamedTuple):
    """A fragment definition."""

    condition: str
    selections: Selections
    uses: Uses


@dataclass(slots=True)
class Outline:
    """A document's counts and definitions. Of fragments with one name the last counts; validation refuses the others.

    `mistake` is the first that was met on the way and is one whatever the schema is, in graphql-core's words.
    """

    tokens: int = 0
    aliases: int = 0
    directives: int = 0
    fragment_uses: int = 0
    nesting: int = 0
    list_items: int = 0
    mistake: str | None = None
    operations: list[OperationOutline] = field(default_factory=list)
    fragments: dict[str, FragmentOutline] = field(default_factory=dict)

    def check(self, limits: Limits) -> None:
        """Raises:
        LimitExceeded: a count is over its limit.
        """
        hold(
            ("tokens", limits.tokens, self.tokens),
            ("aliases", limits.aliases, self.aliases),
            ("directives", limits.directives, self.directives),
            ("fragments", limits.fragments, self.fragment_uses),
            ("operations", limits.operations, len(self.operations)),
            ("depth", nesting_max(limits), self.nesting),
            ("list items", limits.list_items, self.list_items),
        )


def nesting_max(limits: Limits) -> int:
    """How deep braces and brackets may lie in each other: selections, and values inside the deepest of them."""
    return limits.depth + limits.variables_depth


def conflict(first: FieldOutline, second: FieldOutline) -> str | None:
    """Why two fields of one selection set cannot both be answered, as far as their names and plain arguments tell."""
    if first.name != second.name:
        reason = f"'{first.name}' and '{second.name}' are different fields"
    elif first.arguments.keys() != second.arguments.keys() or any(
        _differ(value, second.arguments[name]) for name, value in first.arguments.items()
    ):
        reason = "they have differing arguments"
    else:
        return None
    return conflicting(first, reason)


def conflicting(field: FieldOutline, reason: str) -> str:
    """That a field and another of its name cannot both be answered, in graphql-core's words."""
    return (
        f"Fields '{field.answered_as}' conflict because {reason}."
        " Use different aliases on the fields to fetch both if this was intentional."
    )


def _differ(one: Value, other: Value) -> bool:
    """Whether two values certainly differ; texts that are written with escapes may not."""
    if type(one) is not type(other):
        return True
    if isinstance(one, str) and isinstance(other, str):
        if one[0] == other[0] == '"' and ("\\" in one + other or '"""' in (one[:3], other[:3])):
            return False
        return one != other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() != other.keys() or any(_differ(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or any(map(_differ, one, other))
    return one != other
