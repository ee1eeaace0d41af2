"""What answers are made from, and what changes make stale: tags of a part of the data and, where it helps, an id."""

from collections.abc import Iterable, Sequence

from domain.events.store import Change, Topic
from resolvers.public_reads import Part

Tag = tuple[str, str]
"""A part and an id as text; the empty id stands for the whole part."""


def whole(part: Part) -> Tag:
    """The tag of everything in a part."""
    return (part.value, "")


def tags_of_changes(changes: Iterable[Change]) -> frozenset[Tag]:
    """The tags that changes make stale."""
    stale: set[Tag] = set()
    for change in changes:
        match change.topic:
            case Topic.PRODUCT:
                stale |= {(Part.PRODUCT.value, change.key), whole(Part.CATALOG)}
            case Topic.CATALOG:
                stale.add(whole(Part.CATALOG))
            case Topic.AVAILABILITY:
                stale |= {(Part.STOCK.value, change.key), whole(Part.STOCK)}
            case Topic.LOCATION:
                stale.add(whole(Part.LOCATIONS))
    return frozenset(stale)


def tags_of_answer(parts: frozenset[Part], product_roots: int, touched: Sequence[tuple[str, object]]) -> frozenset[Tag]:
    """The tags of an answer, as narrow as its resolvers were exact.

    A product that was named and not found may be added under any id, so unless each of `product_roots` touched one, the
    answer is made from the whole catalog. Stock of which no resolver told is made from all stock.
    """
    exact = {(part, str(key)) for part, key in touched}
    tags = {whole(part) for part in parts if part not in (Part.PRODUCT, Part.STOCK)}
    if Part.PRODUCT in parts:
        tags |= {tag for tag in exact if tag[0] == Part.PRODUCT}
        if sum(part == Part.PRODUCT for part, _ in touched) < product_roots:
            tags.add(whole(Part.CATALOG))
    if Part.STOCK in parts:
        tags |= {tag for tag in exact if tag[0] == Part.STOCK} or {whole(Part.STOCK)}
    return frozenset(tags)
