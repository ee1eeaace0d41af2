"""What an operation costs: declared weights, multiplied by the sizes of the pages and lists they stand in.

A field weighs 1 and a mutation 10 unless the schema declares otherwise (`@cost`). What a page holds counts as often as
the page has items; a plain list counts as often as its list argument has items, or as a usual length. Each fragment is
measured once, so nested spreads cannot multiply the work; the cost of a document whose sizes are all literal is a number
from then on, otherwise an expression of its variables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    is_required_argument,
)

from gateway.limits import LimitExceeded, Limits, hold
from gateway.outline import (
    FieldOutline,
    FragmentOutline,
    OperationOutline,
    Outline,
    Selections,
    Size,
    SpreadOutline,
    size_of,
)
from resolvers.connections import PAGE_DEFAULT, PAGE_MAX
from resolvers.costs import Cost as CostDirective

COST_CAP = 10**12
NESTING_MAX = 100
LIST_ASSUMED = 5
MUTATION_WEIGHT = 10
INTROSPECTION_WEIGHT = 100
_LIST_MAX = 10_000
_COSTS_MAX = 100
"""Choices of sizes that an operation remembers the costs of."""


class Sum(NamedTuple):
    """A cost that depends on variables: a fixed part, and parts that are multiplied by a number or a variable's size."""

    fixed: int
    parts: "tuple[tuple[Multiplier, Cost], ...]"


class Multiplier(NamedTuple):
    """How often a part counts: a number, or what a variable holds; `maximum` bounds what it may hold."""

    times: int
    variable: str | None = None
    maximum: int = 0


Cost = int | Sum

_ONCE = Multiplier(1)


class FieldFacts(NamedTuple):
    """What the schema says about a field's cost."""

    weight: int
    type_name: str | None
    paged: bool
    listed: bool
    list_argument: str | None


class Measure(NamedTuple):
    """A selection's levels, its own cost, and the cost of one item of the plain lists in it."""

    depth: int
    cost: Cost
    item_cost: Cost
    fields: int


@dataclass(frozen=True, slots=True)
class OperationMeasure:
    """An operation's levels, root fields, and cost; `sizing` are the variables that the cost depends on."""

    depth: int
    root_fields: int
    cost: Cost
    page_sizes: tuple[Size, ...]
    defaults: Mapping[str, Size]
    sizing: tuple[str, ...]
    _known: dict[tuple[int | None, ...], int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def check(self, variables: Mapping[str, object], limits: Limits) -> int:
        """The cost for these variables.

        Raises:
            LimitExceeded: it is deeper, wider, costlier or has larger pages than admitted.
        """
        self.check_shape(limits)
        return self.check_cost(variables, limits)

    def check_shape(self, limits: Limits) -> None:
        """What does not depend on variables.

        Raises:
            LimitExceeded: it is deeper or wider than admitted.
        """
        hold(("root fields", limits.root_fields, self.root_fields), ("depth", limits.depth, self.depth))

    def check_cost(self, variables: Mapping[str, object], limits: Limits) -> int:
        """What does.

        Raises:
            LimitExceeded: it is costlier or has larger pages than admitted.
        """
        if limits.page_size < PAGE_MAX:
            for size in self.page_sizes:
                asked = (
                    _sized(variables.get(size, self.defaults.get(size)), PAGE_MAX) if isinstance(size, str) else size
                )
                if asked is not None and limits.page_size < asked <= PAGE_MAX:
                    raise LimitExceeded("page size", limits.page_size, asked)
        cost = self.cost if isinstance(self.cost, int) else self._for(self.cost, variables)
        if cost > limits.cost:
            raise LimitExceeded("cost", limits.cost, cost)
        return cost

    def _for(self, cost: Sum, variables: Mapping[str, object]) -> int:
        """The cost for these variables, computed once for each choice of their sizes."""
        sizes = {name: _sized(variables.get(name, self.defaults.get(name)), COST_CAP) for name in self.sizing}
        key = tuple(sizes.values())
        found = self._known.get(key)
        if found is None:
            found = _evaluated(cost, sizes, {})
            if len(self._known) < _COSTS_MAX:
                self._known[key] = found
        return found


class FieldCosts:
    """The facts of a schema's fields, read once each."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._facts: dict[str, dict[str, FieldFacts]] = {}
        kinds = {
            "query": schema.query_type,
            "mutation": schema.mutation_type,
            "subscription": schema.subscription_type,
        }
        self.roots = {kind: root.name for kind, root in kinds.items() if root is not None}

    def fields(self, type_name: str | None) -> Mapping[str, FieldFacts]:
        """What is known of a type's own fields; nothing of a type that does not exist."""
        if type_name is None:
            return {}
        fields = self._facts.get(type_name)
        if fields is None:
            found = self._schema.get_type(type_name)
            if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
                return {}
            mutation = found is self._schema.mutation_type
            fields = {name: _facts_of(field, mutation=mutation) for name, field in found.fields.items()}
            self._facts[type_name] = fields
        return fields

    def facts(self, type_name: str | None, name: str) -> FieldFacts:
        """What is known of a field; a field that does not exist weighs 1 and is refused by validation."""
        if type_name is not None and name.startswith("__"):
            return _TYPENAME if name == "__typename" else _INTROSPECTION
        return self.fields(type_name).get(name, _UNKNOWN)


def declared_weight(field: GraphQLField) -> int | None:
    """The weight a field declares by `@cost`; None when it declares none."""
    definition = field.extensions.get("strawberry-definition")
    for directive in getattr(definition, "directives", ()):
        if isinstance(directive, CostDirective):
            return directive.weight
    return None


def weight_of(field: GraphQLField, *, mutation: bool) -> int:
    """A field's weight."""
    declared = declared_weight(field)
    if declared is not None:
        return declared
    return MUTATION_WEIGHT if mutation else 1


_UNKNOWN = FieldFacts(1, None, paged=False, listed=False, list_argument=None)
_TYPENAME = FieldFacts(0, None, paged=False, listed=False, list_argument=None)
_INTROSPECTION = FieldFacts(INTROSPECTION_WEIGHT, "__introspection", paged=False, listed=False, list_argument=None)


def _facts_of(field: GraphQLField, *, mutation: bool) -> FieldFacts:
    named = get_named_type(field.type)
    lists = [
        name
        for name, argument in field.args.items()
        if is_list_type(get_nullable_type(argument.type)) and is_required_argument(argument)
    ]
    composite = is_composite_type(named)
    return FieldFacts(
        weight_of(field, mutation=mutation),
        named.name if composite else None,
        paged="first" in field.args,
        listed=composite and is_list_type(get_nullable_type(field.type)),
        list_argument=lists[0] if lists else None,
    )


def measured(outline: Outline, operation: OperationOutline, costs: FieldCosts) -> OperationMeasure:
    """The measure of one operation of a document, linear in the document."""
    measurer = _Measurer(outline.fragments, costs)
    found = measurer.selection(operation.selections, costs.roots.get(operation.kind))
    total = _added(found.cost, _times(Multiplier(LIST_ASSUMED), found.item_cost))
    return OperationMeasure(
        found.depth,
        found.fields,
        total,
        tuple(measurer.page_sizes),
        operation.defaults,
        tuple(measurer.sizing),
    )


class _Measurer:
    def __init__(self, fragments: Mapping[str, FragmentOutline], costs: FieldCosts) -> None:
        self._fragments = fragments
        self._costs = costs
        self._measured: dict[str, Measure] = {}
        self._nesting = 0
        self.page_sizes: dict[Size, None] = {}
        self.sizing: dict[str, None] = {}

    def selection(self, selections: Selections, type_name: str | None) -> Measure:
        self._nesting += 1
        if self._nesting > NESTING_MAX:
            raise LimitExceeded("depth", NESTING_MAX)
        depth = fields = fixed = 0
        costs: list[Cost] = []
        item_costs: list[Cost] = []
        facts = self._costs.fields(type_name)
        for node in selections:
            if isinstance(node, FieldOutline):
                if not node.selections and (known := facts.get(node.name)) is not None:
                    fixed += known.weight
                    fields += 1
                    depth = depth or 1
                    continue
                found = self._field(node, type_name)
            elif isinstance(node, SpreadOutline):
                found = self._fragment(node.fragment)
            else:
                found = self.selection(node.selections, node.condition or type_name)
            depth = max(depth, found.depth)
            costs.append(found.cost)
            item_costs.append(found.item_cost)
            fields = min(fields + found.fields, COST_CAP)
        self._nesting -= 1
        return Measure(depth, _added(fixed, *costs), _added(*item_costs), fields)

    def _field(self, node: FieldOutline, type_name: str | None) -> Measure:
        if type_name == "__introspection":
            return Measure(1 + self.selection(node.selections, type_name).depth, 0, 0, 1)
        facts = self._costs.facts(type_name, node.name)
        if not node.selections:
            return Measure(1, facts.weight, 0, 1)
        below = self.selection(node.selections, facts.type_name)
        multiplier = self._page(node) if facts.paged else Multiplier(LIST_ASSUMED)
        held = _added(below.cost, _times(multiplier, below.item_cost))
        if not facts.listed:
            return Measure(below.depth + 1, _added(facts.weight, held), 0, 1)
        if facts.list_argument is None:
            return Measure(below.depth + 1, facts.weight, held, 1)
        size = size_of(node.arguments.get(facts.list_argument))
        items = self._of(size, 1, _LIST_MAX) if isinstance(size, str) else Multiplier(size or 1)
        return Measure(below.depth + 1, _added(facts.weight, _times(items, held)), 0, 1)

    def _page(self, node: FieldOutline) -> Multiplier:
        for name in ("first", "last"):
            size = size_of(node.arguments.get(name))
            if size is not None:
                self.page_sizes[size] = None
                if isinstance(size, str):
                    return self._of(size, PAGE_DEFAULT, PAGE_MAX)
                return Multiplier(min(max(size, 1), PAGE_MAX))
        return Multiplier(PAGE_DEFAULT)

    def _of(self, variable: str, usual: int, maximum: int) -> Multiplier:
        self.sizing[variable] = None
        return Multiplier(usual, variable, maximum)

    def _fragment(self, name: str) -> Measure:
        known = self._measured.get(name)
        if known is None:
            self._measured[name] = Measure(0, 0, 0, 0)  # a cycle meets this and ends; validation refuses it
            fragment = self._fragments.get(name)
            known = self.selection(fragment.selections, fragment.condition) if fragment else Measure(0, 0, 0, 0)
            self._measured[name] = known
        return known


def _added(*costs: Cost) -> Cost:
    fixed, parts = 0, []
    for cost in costs:
        if isinstance(cost, int):
            fixed += cost
        else:
            parts.append((_ONCE, cost))
    fixed = min(fixed, COST_CAP)
    return Sum(fixed, tuple(parts)) if parts else fixed


def _times(multiplier: Multiplier, cost: Cost) -> Cost:
    if isinstance(cost, int) and (multiplier.variable is None or cost == 0):
        return min(multiplier.times * cost, COST_CAP)
    return Sum(0, ((multiplier, cost),))


def _evaluated(cost: Cost, sizes: Mapping[str, int | None], known: dict[int, int]) -> int:
    if isinstance(cost, int):
        return cost
    if id(cost) not in known:
        total = cost.fixed
        for multiplier, part in cost.parts:
            count = multiplier.times
            if multiplier.variable is not None:
                count = min(sizes[multiplier.variable] or count, multiplier.maximum)
            total += count * _evaluated(part, sizes, known)
        known[id(cost)] = min(total, COST_CAP)
    return known[id(cost)]


def _sized(value: object, maximum: int) -> int | None:
    """How many items a variable asks for: its number, or its list's length; None when it says nothing."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return min(max(value, 1), maximum)
    return min(max(len(value), 1), maximum) if isinstance(value, list) else None
