"""Stripe's lists and search: newest first, cursors by id."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.sandbox.books import Books
from gateway.sandbox.parameters import Params
from gateway.sandbox.refusals import Refusal, missing_resource
from gateway.sandbox.resources import PaymentIntent, Resource, kind_of
from gateway.sandbox.store import Selection

_LIMIT_DEFAULT = 10
_LIMIT_MAX = 100
_CLAUSE = re.compile(
    r"""\s*(?:metadata\[(?P<q>['"])(?P<key>[^'"]{1,40})(?P=q)\]|(?P<field>[a-z_]+))\s*:\s*(?P<r>['"]?)(?P<value>[^'"]*)(?P=r)\s*"""
)
_SEARCHABLE = frozenset({"status", "customer", "currency", "amount"})


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, newest first; `search` tells it is a search result, whose next page is named by its last id."""

    items: Sequence[Resource]
    has_more: bool
    search: bool = False


def page(books: Books, params: Params, kind: type[Resource], *, members: Sequence[str] = ()) -> Page:
    """The page of a kind that the usual list parameters ask for; `members` are the filters by exact value.

    Raises:
        Refusal: the limit is out of bounds or a cursor names no object.
    """
    created = params.bounds("created")
    selection = Selection(
        kind_of(kind),
        {member: value for member in members if (value := params.text(member)) is not None},
        created_from=_first(created.get("gte"), created.get("gt"), 1),
        created_to=_first(created.get("lte"), created.get("lt"), -1),
        types=params.texts("types") or (),
    )
    limit = _limit(params)
    after, before = params.text("starting_after"), params.text("ending_before")
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None and getattr(books.store.find(cursor), "object", None) != kind_of(kind):
            raise missing_resource(kind_of(kind), cursor, name)
    found = books.store.select(selection, limit=limit + 1, after=after, before=before)
    kept = found[-limit:] if before is not None else found[:limit]
    return Page(kept, has_more=len(found) > limit)


def search_payment_intents(books: Books, params: Params) -> Page:
    """PaymentIntents whose metadata, status, customer, currency and amount are all as the query says.

    Raises:
        Refusal: the query uses more of Stripe's search language than equality joined by AND.
    """
    selection = Selection(kind_of(PaymentIntent), {}, metadata={})
    for clause in re.split(r"\s+AND\s+", params.required_text("query")):
        selection = _narrowed(selection, clause)
    limit = _limit(params)
    found = books.store.select(selection, limit=limit + 1, after=params.text("page"))
    return Page(found[:limit], has_more=len(found) > limit, search=True)


def _narrowed(selection: Selection, clause: str) -> Selection:
    parsed = _CLAUSE.fullmatch(clause)
    if parsed is None:
        raise Refusal(f"The sandbox cannot search for: {clause}", param="query")
    if parsed["key"] is not None:
        return replace(selection, metadata={**(selection.metadata or {}), parsed["key"]: parsed["value"]})
    if parsed["field"] not in _SEARCHABLE:
        raise Refusal(f"The sandbox cannot search by {parsed['field']}.", param="query")
    value: str | int = int(parsed["value"]) if parsed["field"] == "amount" else parsed["value"]
    return replace(selection, members={**selection.members, parsed["field"]: value})


def _limit(params: Params) -> int:
    limit = params.integer("limit")
    if limit is None:
        return _LIMIT_DEFAULT
    if not 1 <= limit <= _LIMIT_MAX:
        raise Refusal(
            f"This value must be between 1 and {_LIMIT_MAX}.", code="parameter_invalid_integer", param="limit"
        )
    return limit


def _first(inclusive: int | None, exclusive: int | None, step: int) -> int | None:
    return inclusive if inclusive is not None else None if exclusive is None else exclusive + step
