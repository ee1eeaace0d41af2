"""What is wrong with how a document's fragments hang together, and with operations of which they may hide the fields."""

from collections.abc import Mapping

from gateway.outline import FieldOutline, FragmentOutline, OperationOutline, Selections, SpreadOutline
from gateway.sieve_merging import Merging, level
from gateway.sieve_values import TOLD_MAX, Invalid

_INTROSPECTION_LISTS = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})
_INTROSPECTION_LISTS_MAX = 2
"""graphql-core's own: its answer grows by the size of the schema for each further one."""


def check_cycles(fragments: Mapping[str, FragmentOutline]) -> None:
    """Raises:
    Invalid: a fragment that exists is spread within itself.
    """
    done: set[str] = set()
    for name in fragments:
        path = {name: iter(fragments[name].uses.fragments)} if name not in done else {}
        while path:
            inner = next(path[next(reversed(path))], None)
            if inner is None:
                done.add(path.popitem()[0])
            elif inner in path:
                raise Invalid(f"Cannot spread fragment '{inner[:TOLD_MAX]}' within itself.")
            elif inner not in done:
                path[inner] = iter(fragments[inner].uses.fragments)


def check_subscription(
    operation: OperationOutline, root: str, merging: Merging, fragments: Mapping[str, FragmentOutline]
) -> None:
    """Raises:
    Invalid: a subscription does not select one field of its own unconditionally.
    """
    told = "Anonymous Subscription" if operation.name is None else f"Subscription '{operation.name[:TOLD_MAX]}'"
    selected = [(root, operation.selections)]
    fields = merging.fields(selected)
    if len(fields) != 1:
        raise Invalid(f"{told} must select only one top level field.")
    ((_, field), *_), *_ = fields.values()
    if field.name.startswith("__"):
        raise Invalid(f"{told} must not select an introspection top level field.")
    if any(node.is_conditional for _, node in level(selected, fragments)):
        raise Invalid(f"{told} must not use `@skip` or `@include` directives in the top level selection.")


def check_introspection(field: FieldOutline, fragments: Mapping[str, FragmentOutline]) -> None:
    """Hold `__schema` or `__type` to the lists in lists that it may ask for.

    Raises:
        Invalid: it asks for more.
    """
    spread: dict[str, int] = {}
    waiting: list[tuple[Selections, int]] = [((field,), 0)]
    while waiting:
        selections, lists = waiting.pop()
        for node in selections:
            if isinstance(node, SpreadOutline):
                if spread.get(node.fragment, -1) < lists:
                    spread[node.fragment] = lists
                    waiting.append((fragments[node.fragment].selections, lists))
                continue
            below = lists + (isinstance(node, FieldOutline) and node.name in _INTROSPECTION_LISTS)
            if below > _INTROSPECTION_LISTS_MAX:
                raise Invalid("Maximum introspection depth exceeded")
            waiting.append((node.selections, below))
