"""Whether an operation is public, and which parts its answer is made from; one pass, fragments once."""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
)

from resolvers.public_reads import PUBLIC_FIELDS, Part


@dataclass(frozen=True, slots=True)
class PublicRead:
    """A public operation.

    Attributes:
        parts: what its answer may be made from.
        product_roots: how many root fields name one product.
    """

    parts: frozenset[Part]
    product_roots: int


class _Private(Exception):
    """A field is not declared public."""


class Classifier:
    """Classifies the operations of one valid document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._seen: set[str] = set()
        self._parts: set[Part] = set()
        self._product_roots = 0

    def classify(self, operation: OperationDefinitionNode) -> PublicRead | None:
        """What a public query reads; None for what is private, and for mutations and subscriptions."""
        if operation.operation is not OperationType.QUERY:
            return None
        try:
            self._selection(operation.selection_set, "Query")
        except _Private:
            return None
        # An answer made from nothing that is stored is not worth keeping.
        return PublicRead(frozenset(self._parts), self._product_roots) if self._parts else None

    def _selection(self, selection_set: SelectionSetNode | None, parent: str) -> None:
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FieldNode):
                self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else parent
                self._selection(node.selection_set, condition)
            elif isinstance(node, FragmentSpreadNode):
                self._fragment(node.name.value)

    def _fragment(self, name: str) -> None:
        # Spread twice, its fields are the same response keys and run once; once is also enough for the parts.
        if name in self._seen:
            return
        self._seen.add(name)
        fragment = self._fragments[name]
        self._selection(fragment.selection_set, fragment.type_condition.name.value)

    def _field(self, node: FieldNode, parent: str) -> None:
        name = node.name.value
        if name == "__typename":
            return
        parts = PUBLIC_FIELDS.get(parent, {}).get(name)
        if parts is None:
            raise _Private
        self._parts |= parts
        self._product_roots += Part.PRODUCT in parts
        owner = self._schema.get_type(parent)
        assert isinstance(owner, GraphQLObjectType | GraphQLInterfaceType), "a valid document selects from composites"
        self._selection(node.selection_set, get_named_type(owner.fields[name].type).name)
