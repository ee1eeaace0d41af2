"""Random schemas as SDL. Every field name exists once in a schema, so that any two fields of one name can be merged."""

from collections.abc import Iterator
from random import Random

LEAVES = ("Int", "Float", "String", "Boolean", "ID", "Color", "Even")

ARGUMENTS = (
    "n: Int = 2",
    "n: Int",
    "word: String",
    'word: String! = "w"',
    "on: Boolean!",
    "color: Color = RED",
    "ids: [ID!]",
    "filter: Filter",
    "filters: [Filter!]! = []",
    "pick: Pick",
    "even: Even",
)

INPUTS = """
scalar Even
enum Color { RED GREEN BLUE }
input Filter { n: Int = 3, word: String, on: Boolean! = true, color: Color, ids: [ID!] = ["x"], inner: Filter }
input Pick @oneOf { id: ID, word: String }
"""

_WRAPPINGS = ("%s", "%s", "%s", "%s!", "%s!", "[%s]", "[%s!]", "[%s!]!", "[%s]!", "[[%s!]]", "[[%s]!]!")


def random_sdl(rnd: Random) -> str:
    """A valid schema: two interfaces, of which one implements the other, a union, three to five objects, two roots."""
    objects = [f"O{number}" for number in range(rnd.randrange(3, 6))]
    composites = ["I", "J", "U", *objects]
    base = list(_fields(rnd, "i", rnd.randrange(1, 4), composites))
    further = [*base, *_fields(rnd, "j", rnd.randrange(1, 3), composites)]
    parts = [INPUTS, f"interface I {{ {_lines(base)} }}", f"interface J implements I {{ {_lines(further)} }}"]
    for number, name in enumerate(objects):
        # The first two implement both, so that no interface is without an object.
        shared, implements = rnd.choice([(further, " implements I & J"), (base, " implements I"), ([], "")])
        if number < 2:
            shared, implements = further, " implements I & J"
        own = _fields(rnd, name.lower(), rnd.randrange(2, 6), composites)
        parts.append(f"type {name}{implements} {{ {_lines([*shared, *own])} }}")
    parts.append(f"union U = {' | '.join(rnd.sample(objects, rnd.randrange(2, len(objects) + 1)))}")
    parts.append(f"type Query {{ {_lines(list(_fields(rnd, 'q', 6, composites)))} }}")
    parts.append(f"type Mutation {{ {_lines(list(_fields(rnd, 'm', 4, composites)))} }}")
    return "\n".join(parts)


def _fields(rnd: Random, prefix: str, count: int, composites: list[str]) -> Iterator[str]:
    for number in range(count):
        named = rnd.choice(composites) if rnd.random() < 0.45 else rnd.choice(LEAVES)
        arguments = ""
        if rnd.random() < 0.35:
            chosen = {argument.partition(":")[0]: argument for argument in rnd.sample(ARGUMENTS, rnd.randrange(1, 3))}
            arguments = f"({', '.join(chosen.values())})"
        yield f"{prefix}_{number}{arguments}: {rnd.choice(_WRAPPINGS) % named}"


def _lines(fields: list[str]) -> str:
    return " ".join(fields)
