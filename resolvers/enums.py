"""Closed enumerations of the schema, each value described."""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import TypeVar

import strawberry

E = TypeVar("E", bound=StrEnum)


def described_enum(enum: type[E], description: str, values: Mapping[str, str], *, name: str | None = None) -> type[E]:
    """Make a domain enumeration part of the schema, with a description for every value.

    The enumeration itself stays the one type in Python; the schema's definition is attached to it.

    Raises:
        AssertionError: a value has no description, or a description has no value: our mistake.
    """
    members = {member.name for member in enum}
    assert members == set(values), f"{enum.__name__}: describe exactly {sorted(members ^ set(values))}"
    made = strawberry.enum(enum, name=name or enum.__name__, description=description)
    definition = made.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return made


def member_of(enum: type[E], refused_code: Enum) -> E:
    """The room's own member for a refusal that may come from a room below, matched by name.

    A missing member is our mistake: each room's enumeration lists every code its mutations can answer.
    """
    return enum[refused_code.name]
