"""Random documents that are valid for a schema, and variables that need not be."""

import re
from random import Random

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
)

_DEPTH_MAX = 4
_WIDTH_MAX = 5

# Each way to give an argument of a type; a `$name` must be defined below.
_GIVEN = {
    "Int": ("1", "$n", "null"),
    "Int!": ("1", "3", "$n"),
    "String": ('"a"', "$word", "null"),
    "String!": ('"a"', "$wordMust", "$wordOr"),
    "Boolean!": ("true", "$onMust", "$onOr"),
    "Color": ("GREEN", "$color", "null"),
    "[ID!]": ('["a", 2]', "[$idMust]", "$ids", "3", "null"),
    "Filter": (
        "{ n: $n }",
        "{ word: $word, inner: { on: false } }",
        "$filter",
        "{ ids: [$idMust, 4], color: BLUE }",
        "null",
    ),
    "[Filter!]!": ("[]", "[{ n: 1 }, { n: $n }]", "$filtersMust", "{ color: $color }"),
    "Pick": ("{ id: 1 }", '{ word: "b" }', "{ id: $idMust }", "$pick"),
    "Even": ("2", "$even", '"four"'),
}

# Definition; values that fit; values that do not.
_VARIABLES: dict[str, tuple[str, list[object], list[object]]] = {
    "n": ("Int = 1", [0, 3], ["x", 1.5, 2**40, [], True]),
    "word": ("String", ["", "ü"], [5, {}, True]),
    "wordMust": ("String!", ["a"], [None, 5]),
    "wordOr": ('String = "or"', ["a"], [7]),
    "onMust": ("Boolean!", [True, False], [None, "true", 1]),
    "onOr": ("Boolean = false", [True, False], ["x"]),
    "color": ("Color = BLUE", ["RED", "GREEN"], ["PINK", 1]),
    "idMust": ("ID!", ["i", 4], [None, 1.5]),
    "ids": ("[ID!]", [["i"], [], "one"], [[None], {}]),
    "filter": ("Filter", [{}, {"n": 5, "inner": {"word": "w"}}], [{"nope": 1}, {"on": None}, "x"]),
    "filtersMust": ("[Filter!]!", [[], [{"n": 1}]], [None, [None]]),
    "pick": ("Pick", [{"id": "1"}, {"word": "w"}], [{}, {"id": "1", "word": "w"}, {"id": None}]),
    "even": ("Even", [2, "x"], []),
    "skip": ("Boolean!", [True, False], [None]),
    "include": ("Boolean = true", [True, False], ["no"]),
}

_DIRECTIVES = (
    " @skip(if: $skip)",
    " @include(if: $include)",
    " @skip(if: false)",
    " @include(if: false)",
    " @include(if: $include) @skip(if: $skip)",
)


class Writer:
    """Writes one document. Response names follow from field and arguments, so that whatever meets can be merged."""

    def __init__(self, schema: GraphQLSchema, rnd: Random) -> None:
        self._schema = schema
        self._rnd = rnd
        self._names: dict[tuple[str, str], str] = {}
        self._fragments: list[tuple[str, GraphQLNamedType, str]] = []

    def document(self) -> tuple[str, str | None]:
        """Text and the name of the operation to run, which is None when there is one only."""
        rnd = self._rnd
        roots = (self._schema.query_type, self._schema.mutation_type)
        composites = [t for t in self._schema.type_map.values() if is_composite_type(t) and t not in roots]
        composites = [t for t in composites if not t.name.startswith("__")]
        for number in range(rnd.randrange(3)):
            on = rnd.choice(composites)
            self._fragments.append((f"F{number}", on, self._selection(on, 2)))
        kinds = ["mutation" if rnd.random() < 0.25 else "query"]
        if rnd.random() < 0.1:
            kinds.append("query")
        operations = [self._operation(kind, f"Op{number}") for number, kind in enumerate(kinds)]
        used = self._reached(" ".join(operations))
        fragments = [f"fragment {name} on {on.name} {{ {text} }}" for name, on, text in self._fragments if name in used]
        return "\n".join([*operations, *fragments]), "Op0" if len(kinds) > 1 else None

    def _operation(self, kind: str, name: str) -> str:
        root = self._schema.mutation_type if kind == "mutation" else self._schema.query_type
        assert root is not None
        selection = self._selection(root, 0)
        reached = self._reached(selection)
        text = " ".join([selection, *(text for name, _, text in self._fragments if name in reached)])
        wanted = sorted(set(re.findall(r"\$(\w+)", text)))
        definitions = f"({', '.join(f'${one}: {_VARIABLES[one][0]}' for one in wanted)})" if wanted else ""
        return f"{kind} {name}{definitions} {{ {selection} }}"

    def _reached(self, text: str) -> set[str]:
        found: set[str] = set()
        for name, _, inside in reversed(self._fragments):
            if f"...{name} " in text + " ":
                found.add(name)
                text += f" {inside}"
        return found

    def _selection(self, on: GraphQLNamedType, depth: int) -> str:
        return " ".join(self._selected(on, depth) for _ in range(self._rnd.randrange(1, _WIDTH_MAX)))

    def _selected(self, on: GraphQLNamedType, depth: int) -> str:
        rnd, chance = self._rnd, self._rnd.random()
        directives = rnd.choice(_DIRECTIVES) if rnd.random() < 0.2 else ""
        fields = on.fields if isinstance(on, GraphQLObjectType | GraphQLInterfaceType) else {}
        if chance < 0.08 or (depth >= _DEPTH_MAX and not _leaves(fields)):
            return f"__typename{directives}"
        if chance < 0.25 or not fields:
            spread = [name for name, type_, _ in self._fragments if self._meet(on, type_)]
            if spread and rnd.random() < 0.4:
                return f"...{rnd.choice(spread)} {directives}"
            inside = self._narrower(on)
            condition = f" on {inside.name}" if inside is not on or rnd.random() < 0.5 else ""
            return f"...{condition}{directives} {{ {self._selection(inside, depth + 1)} }}"
        name = rnd.choice(sorted(fields) if depth < _DEPTH_MAX else _leaves(fields))
        return self._field(name, fields[name], directives, depth)

    def _field(self, name: str, field: GraphQLField, directives: str, depth: int) -> str:
        arguments = self._arguments(field.args)
        response = self._names.setdefault((name, arguments), f"a{len(self._names)}" if arguments else name)
        if self._rnd.random() < 0.1:
            response = f"{response}_{self._rnd.randrange(2)}"
        alias = "" if response == name else f"{response}: "
        named = get_named_type(field.type)
        below = "" if is_leaf_type(named) else f" {{ {self._selection(named, depth + 1)} }}"
        return f"{alias}{name}{arguments}{directives}{below}"

    def _arguments(self, arguments: dict[str, GraphQLArgument]) -> str:
        given = []
        for name, argument in arguments.items():
            required = str(argument.type).endswith("!") and not argument.default
            if required or self._rnd.random() < 0.6:
                given.append(f"{name}: {self._rnd.choice(_GIVEN[str(argument.type)])}")
        return f"({', '.join(given)})" if given else ""

    def _narrower(self, on: GraphQLNamedType) -> GraphQLNamedType:
        if not is_abstract_type(on) or self._rnd.random() < 0.2:
            return on
        return self._rnd.choice(self._schema.get_possible_types(on))

    def _meet(self, one: GraphQLNamedType, other: GraphQLNamedType) -> bool:
        return bool(self._possible(one) & self._possible(other))

    def _possible(self, type_: GraphQLNamedType) -> set[str]:
        return {t.name for t in self._schema.get_possible_types(type_)} if is_abstract_type(type_) else {type_.name}


def random_variables(document: str, rnd: Random, bad: float) -> dict[str, object]:
    """Values for what a document defines: fitting, missing, null or wrong."""
    values: dict[str, object] = {}
    for name, must in re.findall(r"\$(\w+): \[?\w+!?\]?(!?)", document):
        _, fitting, wrong = _VARIABLES[name]
        chance = rnd.random()
        if wrong and chance < 0.02 * bad:
            values[name] = rnd.choice(wrong)
        elif must or chance < 0.6:
            values[name] = rnd.choice(fitting)
        elif chance < 0.7:
            values[name] = None
    return values


def _leaves(fields: dict[str, GraphQLField]) -> list[str]:
    return [name for name, field in fields.items() if is_leaf_type(get_named_type(field.type))]
