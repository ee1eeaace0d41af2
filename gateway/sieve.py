"""What is certainly wrong with a long document, found on its outline before it is parsed.

Parsing and validating cost twenty times as much a token as the outline, so a document made of two thousand names that do
not exist would buy what ten good ones cost. Short documents are left to graphql-core, which tells of every mistake and
where it is; here the first one ends the matter. Whatever passes is validated in full.
"""

from collections.abc import Mapping, Sequence

from graphql import DirectiveLocation, GraphQLSchema

from gateway.outline import (
    DirectiveOutline,
    FieldOutline,
    FragmentOutline,
    InlineOutline,
    OperationOutline,
    Outline,
    Selections,
    Uses,
)
from gateway.sieve_fragments import check_cycles, check_introspection, check_subscription
from gateway.sieve_merging import Merging
from gateway.sieve_shapes import Shape, Shapes
from gateway.sieve_values import TOLD_MAX, Invalid, Position, check_value
from gateway.sieve_variables import check_variables

TOKENS_MAX = 250
"""Documents up to this length are not sifted."""


class Sieve:
    """The sieve of one schema; without `introspection` nobody may ask for the schema."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool = True) -> None:
        self._schema = schema
        self._shapes = Shapes(schema)
        self._introspection = introspection

    def check(self, outline: Outline) -> None:
        """Raises:
        Invalid: the first mistake found; without its place, which outlines do not hold.
        LimitExceeded: too many selections meet each other.
        """
        if outline.tokens <= TOKENS_MAX:
            return
        if outline.mistake is not None:
            raise Invalid(outline.mistake)
        _check_fragments(outline)
        sifting = _Sifting(self._schema, self._shapes, outline.fragments, introspection=self._introspection)
        positions: dict[str | None, list[Position]] = {
            name: sifting.definition(fragment.condition, fragment.selections, fragment.uses)
            for name, fragment in outline.fragments.items()
        }
        merging = Merging(self._shapes, outline.fragments)
        for operation in outline.operations:
            root = self._shapes.roots.get(operation.kind)
            if root is None:
                raise Invalid(f"The {operation.kind} operation is not defined by the schema.")
            positions[None] = sifting.definition(root, operation.selections, operation.uses)
            check_variables(self._schema, operation, outline.fragments, positions)
            if operation.kind == "subscription":
                check_subscription(operation, root, merging, outline.fragments)
            merging.check(root, operation.selections)


def _check_fragments(outline: Outline) -> None:
    """Every fragment that is used exists, is used, and does not spread itself."""
    definitions: list[OperationOutline | FragmentOutline] = [*outline.operations, *outline.fragments.values()]
    spread = {name for one in definitions for name in one.uses.fragments}
    for missing in spread - outline.fragments.keys():
        raise Invalid(f"Unknown fragment '{missing}'.")
    for unused in outline.fragments.keys() - spread:
        raise Invalid(f"Fragment '{unused}' is never used.")
    check_cycles(outline.fragments)


class _Sifting:
    """The sifting of one document, definition by definition."""

    def __init__(
        self, schema: GraphQLSchema, shapes: Shapes, fragments: Mapping[str, FragmentOutline], *, introspection: bool
    ) -> None:
        self._schema = schema
        self._shapes = shapes
        self._fragments = fragments
        self._introspection = introspection

    def definition(self, type_name: str, selections: Selections, uses: Uses) -> list[Position]:
        """Check an operation or a fragment, and tell where in it variables stand."""
        positions: list[Position] = []
        for directives in uses.directives:
            self._directives(directives, positions)
        self._selection(selections, type_name, positions)
        return positions

    def _directives(self, directives: Sequence[DirectiveOutline], positions: list[Position]) -> None:
        seen: set[str] = set()
        for one in directives:
            found = self._schema.get_directive(one.name)
            if found is None:
                raise Invalid(f"Unknown directive '@{one.name[:TOLD_MAX]}'.")
            if DirectiveLocation[one.place] not in found.locations:
                raise Invalid(f"Directive '@{one.name}' may not be used on {one.place}.")
            if one.name in seen and not found.is_repeatable:
                raise Invalid(f"The directive '@{one.name}' can only be used once at this location.")
            seen.add(one.name)
            _check_arguments(self._shapes.directives[one.name], one, f"directive '@{one.name}'", positions)

    def _selection(self, selections: Selections, type_name: str, positions: list[Position]) -> None:
        shapes = self._shapes.of(type_name)
        for node in selections:
            if isinstance(node, FieldOutline):
                self._field(node, type_name, shapes.get(node.name), positions)
            elif isinstance(node, InlineOutline):
                self._meets(type_name, node.condition or type_name, "")
                self._selection(node.selections, node.condition or type_name, positions)
            else:
                self._meets(type_name, self._fragments[node.fragment].condition, f" '{node.fragment[:TOLD_MAX]}'")

    def _meets(self, type_name: str, condition: str, named: str) -> None:
        if not self._shapes.meet(condition, type_name):
            raise Invalid(
                f"Fragment{named} cannot be spread here"
                f" as objects of type '{type_name}' can never be of type '{condition}'."
            )

    def _field(self, node: FieldOutline, type_name: str, shape: Shape | None, positions: list[Position]) -> None:
        if shape is None:
            raise Invalid(f"Cannot query field '{node.name}' on type '{type_name}'.")
        if node.arguments or shape.required:
            _check_arguments(shape, node, f"field '{type_name}.{node.name}'", positions)
        if shape.type_name is None:
            if node.selections:
                raise Invalid(f"Field '{node.name}' must not have a selection since it has no subfields.")
        elif not node.selections:
            raise Invalid(f"Field '{node.name}' must have a selection of subfields.")
        else:
            if node.name in ("__schema", "__type"):
                self._may_introspect(node)
            self._selection(node.selections, shape.type_name, positions)

    def _may_introspect(self, node: FieldOutline) -> None:
        if not self._introspection:
            raise Invalid(
                f"GraphQL introspection has been disabled, but the requested query contained the field '{node.name}'."
            )
        check_introspection(node, self._fragments)


def _check_arguments(
    takes: Shape, node: FieldOutline | DirectiveOutline, where: str, positions: list[Position]
) -> None:
    given = node.arguments.keys()
    if not given <= takes.arguments.keys():
        unknown = next(name for name in given if name not in takes.arguments)
        raise Invalid(f"Unknown argument '{unknown}' on {where}.")
    if not takes.required <= given:
        missing = min(takes.required - given)
        raise Invalid(f"Argument '{missing}' of {where} is required.")
    for name, value in node.arguments.items():
        check_value(value, takes.arguments[name], positions)
