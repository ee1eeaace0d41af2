"""Fields that are answered by one name are merged as graphql-core merges them, however fragments bring them together."""

import random

import pytest
from graphql import build_schema, parse, specified_rules, validate

from gateway.limits import LimitExceeded
from gateway.sieve import Sieve
from tests.gateway.sifting import sifted_by

SCHEMA = build_schema("""
    type Query { pet(id: ID, of: [Int]): Pet, dog: Dog, pets: [Pet], dogs: [Dog!], any: Any, time: String, count: Int }
    type Subscription { time: String, count: Int, pet: Pet }
    interface Pet { name(long: Boolean): String, friend: Pet, friends(first: Int): [Pet] }
    type Dog implements Pet {
        name(long: Boolean): String, friend: Dog, friends(first: Int): [Pet], barks: Int, toy: Toy, kept: Int! }
    type Cat implements Pet {
        name(long: Boolean): String, friend: Cat, friends(first: Int): [Pet], barks: String, toy: Toy, kept: Int }
    type Toy { name: String, size(in: Unit): Int, colors: [String] }
    enum Unit { CM, INCH }
    union Any = Dog | Toy
""")
SIEVE = Sieve(SCHEMA)
DOCUMENTS = 400
FIELDS = {
    "Query": ("pet", "pet(id: 1)", "pet(of: [1, 2])", "pet(of: [2, 1])", "dog", "pets", "dogs", "any", "time", "count"),
    "Subscription": ("time", "count", "pet"),
    "Pet": ("name", "name(long: true)", "friend", "friends(first: 1)", "friends"),
    "Dog": ("name", "name(long: true)", "friend", "friends(first: 1)", "barks", "toy", "kept"),
    "Cat": ("name", "name(long: false)", "friend", "friends(first: 1)", "barks", "toy", "kept"),
    "Toy": ("name", "size(in: CM)", "size(in: INCH)", "size", "colors"),
    "Any": (),
}
INNER = {
    "pet": "Pet",
    "pets": "Pet",
    "dog": "Dog",
    "dogs": "Dog",
    "any": "Any",
    "toy": "Toy",
    "friends": "Pet",
    "friend": "Pet",
}
CONDITIONS = ("Pet", "Dog", "Cat", "Toy", "Any", "Query")


def sifted(text: str) -> str | None:
    return sifted_by(SIEVE, text)


def because(name: str, reason: str) -> str:
    return (
        f"Fields '{name}' conflict because {reason}."
        " Use different aliases on the fields to fetch both if this was intentional."
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{ ...a time } fragment a on Query { time: count }", because("time", "'time' and 'count' are different fields")),
        ("{ ... { x: time } ... { x: count } }", because("x", "'count' and 'time' are different fields")),
        (
            "{ dog { friend { name } } dog { friend { name: barks } } }",
            because("name", "'name' and 'barks' are different fields"),
        ),
        (
            "{ pet { ... on Dog { barks } ... on Cat { barks } } }",
            because("barks", "they return conflicting types"),
        ),
        (
            "{ pet { ... on Dog { kept } ... on Cat { kept } } }",
            because("kept", "they return conflicting types"),
        ),
        (
            "{ pet { ... on Dog { x: toy { s: size } } ... on Cat { x: toy { s: name } } } }",
            because("s", "they return conflicting types"),
        ),
        (
            "{ pet { name ... on Dog { name(long: true) } } }",
            because("name", "they have differing arguments"),
        ),
        ("{ pet(of: [1, 2]) { name } ...a } fragment a on Query { pet(of: [2, 1]) { name } }",
         because("pet", "they have differing arguments")),
        ("subscription { time count }", "Anonymous Subscription must select only one top level field."),
        ("subscription S { ...a } fragment a on Subscription { time count }",
         "Subscription 'S' must select only one top level field."),
        ("subscription { __typename }", "Anonymous Subscription must not select an introspection top level field."),
        (
            "subscription { ...a } fragment a on Subscription { time @skip(if: true) }",
            "Anonymous Subscription must not use `@skip` or `@include` directives in the top level selection.",
        ),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
         "Cannot spread fragment 'a' within itself."),
        ("{ dog { ... on Cat { name } } }",
         "Fragment cannot be spread here as objects of type 'Dog' can never be of type 'Cat'."),
        ("{ dog { ...a } } fragment a on Toy { name }",
         "Fragment 'a' cannot be spread here as objects of type 'Dog' can never be of type 'Toy'."),
        ("{ ...a } fragment a on Query { time } fragment a on Query { count }",
         "There can be only one fragment named 'a'."),
        ("query A { time } query A { time }", "There can be only one operation named 'A'."),
        ("query A { time } { time }", "This anonymous operation must be the only defined operation."),
        (
            "{ __schema { types { ...t } } } fragment t on __Type { fields { type { interfaces { name } } } }",
            None,
        ),
        (
            """{ __schema { types { ...t } } }
            fragment t on __Type { fields { type { interfaces { possibleTypes { name } } } } }""",
            "Maximum introspection depth exceeded",
        ),
    ],
)  # fmt: skip
def test_what_fragments_bring_together_is_judged_as_graphql_core_judges_it(text: str, why: str | None) -> None:
    assert sifted(text) == why
    assert bool(validate(SCHEMA, parse(text), specified_rules)) == (why is not None)


@pytest.mark.parametrize(
    "text",
    [
        "{ pet { ... on Dog { x: name } ... on Cat { x: name(long: true) } } }",
        "{ pet { ... on Dog { x: barks } ... on Cat { y: barks } } }",
        "{ dog { ...a ...a friend { name } } } fragment a on Dog { friend { name ...a2 } } fragment a2 on Dog { barks }",
        "{ any { ... on Dog { name } ... on Toy { name } } }",
        "{ pet(of: [1, 2]) { name } pet(of: [1, 2]) { friend { name } } }",
        "subscription { time ...a } fragment a on Subscription { time }",
    ],
)
def test_what_can_be_answered_together_passes(text: str) -> None:
    assert (sifted(text), validate(SCHEMA, parse(text), specified_rules)) == (None, [])


def test_random_documents_are_refused_if_and_only_if_graphql_core_refuses_them() -> None:
    choice = random.Random(11)
    refused = 0
    for _ in range(DOCUMENTS):
        text = document(choice)
        why, errors = sifted(text), validate(SCHEMA, parse(text), specified_rules, max_errors=1)
        assert (why is not None) == bool(errors), (text, why, errors)
        refused += why is not None
    assert DOCUMENTS / 5 < refused < DOCUMENTS * 4 / 5


def document(choice: random.Random) -> str:
    """An operation and the fragments it comes to, of fields that are right for their types."""
    fragments = {f"f{number}": choice.choice(CONDITIONS) for number in range(4)}
    names = list(fragments)
    bodies = {
        name: selection(choice, fragments[name], {later: fragments[later] for later in names[place + 1 :]}, 2)
        for place, name in enumerate(names)
    }
    text = selection(choice, "Query", fragments, 3)
    for name, body in bodies.items():
        if f"...{name} " in text:
            text += f" fragment {name} on {fragments[name]} {body}"
    return text


def selection(choice: random.Random, type_name: str, fragments: dict[str, str], depth: int) -> str:
    found = []
    for _ in range(choice.randrange(1, 4)):
        kind = choice.random()
        fitting = [name for name, condition in fragments.items() if condition == type_name or choice.random() < 0.01]
        if (kind < 0.2 or not FIELDS[type_name]) and depth:
            condition = choice.choice(
                {"Pet": ("Dog", "Cat", "Pet"), "Any": ("Dog", "Toy")}.get(type_name, (type_name,))
            )
            found.append(f"... on {condition} {selection(choice, condition, fragments, depth - 1)}")
        elif kind < 0.5 and fitting:
            found.append(f"...{choice.choice(fitting)} ")
        elif FIELDS[type_name]:
            found.append(field(choice, type_name, fragments, depth))
    return f"{{ {' '.join(found) or '__typename'} }}"


def field(choice: random.Random, type_name: str, fragments: dict[str, str], depth: int) -> str:
    given = choice.choice(FIELDS[type_name])
    name = given.partition("(")[0]
    given = given if choice.random() < 0.3 else name
    alias = choice.choice(("", "", "", "", "", "x: ", "y: "))
    inner = type_name if name == "friend" and type_name in ("Dog", "Cat") else INNER.get(name)
    if inner is None:
        return f"{alias}{given}"
    return f"{alias}{given} {selection(choice, inner, fragments, depth - 1) if depth else '{ __typename }'}"


def test_fragments_that_meet_in_ever_new_combinations_are_given_up() -> None:
    # Which fragments of a level meet tells by which of two names each level before was reached: all 2^14 of these differ.
    levels = 14
    fragments = [
        f"fragment f{level}_{place} on Dog {{ x: friend {{ {_next(level, place, 'x')} }} y: friend {{ {_next(level, place, 'y')} }} }}"
        for level in range(levels)
        for place in range(level + 1)
    ]
    ends = [f"fragment f{levels}_{place} on Dog {{ name }}" for place in range(levels + 1)]
    with pytest.raises(LimitExceeded, match="The operation's overlapping selections is over 5000"):
        sifted(f"{{ dog {{ ...f0_0 }} }} {' '.join(fragments + ends)}")


def _next(level: int, place: int, name: str) -> str:
    if place:
        return f"...f{level + 1}_{place + 1}"
    return f"...f{level + 1}_0" + (f" ...f{level + 1}_1" if name == "x" else "")
