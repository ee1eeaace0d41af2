"""An outline of a document, read in one pass over its tokens before any parser makes a node of it.

The parser takes some ten microseconds a token, so a hostile document has to be refused before it. The outline holds what
limits and the sieve are about: counts, and the tree of selections with their arguments. It is lenient where the parser is
strict, since every document it lets pass is parsed afterwards; it is exact about what is a token, so that nothing hides
from it in a string or a comment.
"""

from itertools import islice
from typing import NoReturn

from gateway.lexing import END, NAME, NUMBER, TEXT, lexed, refuse, starts
from gateway.limits import LimitExceeded, Limits
from gateway.outline import (
    NOTHING,
    DirectiveOutline,
    FieldOutline,
    FragmentOutline,
    InlineOutline,
    OperationOutline,
    Outline,
    Selections,
    SpreadOutline,
    Uses,
    Value,
    VariableOutline,
    VariableUse,
    conflict,
    nesting_max,
)

_KINDS = ("query", "mutation", "subscription")
_CONDITIONS = ("skip", "include")
NUMBER_LENGTH_MAX = 64
REPEATS_MAX = 50


def outlined(text: str, limits: Limits) -> Outline:
    """The outline of a document.

    Raises:
        LimitExceeded: as soon as a count passes its limit.
        GraphQLSyntaxError: the text cannot be a document.
    """
    return _Reader(text, limits).document()


class _Reader:
    """Reads tokens by recursive descent; recursion ends at the nesting admitted."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._nesting_max = nesting_max(limits)
        self._outline = Outline()
        self._next = 0
        self._nesting = 0
        self._repeats = 0
        self._uses = Uses()
        self._leaves: dict[str, FieldOutline] = {}
        self._kinds, self._tokens, self._outline.tokens = lexed(text, limits.tokens)

    def document(self) -> Outline:
        outline, limits = self._outline, self._limits
        while self._kinds[self._next] != END:
            self._definition()
            if len(outline.operations) > limits.operations:
                raise LimitExceeded("operations", limits.operations)
        if not outline.operations and not outline.fragments:
            self._unexpected()
        if len(outline.operations) > 1:
            self._names_of_operations()
        return outline

    def _names_of_operations(self) -> None:
        seen: set[str] = set()
        for operation in self._outline.operations:
            if operation.name is None:
                self._note("This anonymous operation must be the only defined operation.")
            elif operation.name in seen:
                self._note(f"There can be only one operation named '{operation.name}'.")
            else:
                seen.add(operation.name)

    def _definition(self) -> None:
        if self._kinds[self._next] == TEXT:
            self._next += 1
        word = self._tokens[self._next]
        self._uses = Uses()
        if word == "{":
            self._outline.operations.append(OperationOutline("query", None, (), self._selections(), self._uses))
        elif word in _KINDS:
            self._next += 1
            name = self._name() if self._kinds[self._next] == NAME else None
            variables = self._variables() if self._tokens[self._next] == "(" else ()
            self._directives(word.upper())
            found = OperationOutline(word, name, variables, self._selections(), self._uses)
            self._outline.operations.append(found)
        elif word == "fragment":
            self._next += 1
            self._count_fragment()
            name = self._name()
            self._expect("on")
            condition = self._name()
            self._directives("FRAGMENT_DEFINITION")
            if name in self._outline.fragments:
                self._note(f"There can be only one fragment named '{name}'.")
            self._outline.fragments[name] = FragmentOutline(condition, self._selections(), self._uses)
        else:
            self._unexpected()

    def _variables(self) -> list[VariableOutline]:
        self._expect("(")
        found: list[VariableOutline] = []
        names: set[str] = set()
        while self._tokens[self._next] != ")":
            self._expect("$")
            name = self._name()
            if name in names:
                self._note(f"There can be only one variable named '${name}'.")
            names.add(name)
            self._expect(":")
            start = self._next
            self._type()
            type_text = "".join(self._tokens[start : self._next])
            default: Value | None = None
            if self._tokens[self._next] == "=":
                self._next += 1
                default = self._value()
            found.append(VariableOutline(name, type_text, default))
            self._directives("VARIABLE_DEFINITION")
        self._next += 1
        return found

    def _type(self) -> None:
        if self._tokens[self._next] == "[":
            self._enter()
            self._type()
            self._leave("]")
        else:
            self._name()
        if self._tokens[self._next] == "!":
            self._next += 1

    def _selections(self) -> Selections:
        kinds, tokens, leaves = self._kinds, self._tokens, self._leaves
        if tokens[self._next] != "{":
            self._unexpected()
        self._enter()
        found: list[FieldOutline | SpreadOutline | InlineOutline] = []
        answered: dict[str, FieldOutline] = {}
        while (word := tokens[self._next]) != "}":
            following = self._next + 1
            # Most fields are a name with nothing to it; all of one name are one outline.
            if kinds[self._next] == NAME and (kinds[following] == NAME or tokens[following] == "}"):
                self._next = following
                node = leaves.get(word) or leaves.setdefault(word, FieldOutline(word, word, NOTHING, ()))
            elif word == "...":
                found.append(self._fragment_use())
                continue
            else:
                node = self._field()
            found.append(node)
            if node.answered_as in answered:
                self._count_repeat(answered[node.answered_as], node)
            else:
                answered[node.answered_as] = node
        if not found:
            self._unexpected()
        self._leave("}")
        return found

    def _count_repeat(self, first: FieldOutline, second: FieldOutline) -> None:
        # Validation compares every two fields that are answered by one name, so these must stay few.
        self._repeats += 1
        if self._repeats > REPEATS_MAX:
            raise LimitExceeded("repeated fields", REPEATS_MAX)
        self._note(conflict(first, second))

    def _note(self, mistake: str | None) -> None:
        self._outline.mistake = self._outline.mistake or mistake

    def _field(self) -> FieldOutline:
        name = answered_as = self._name()
        tokens = self._tokens
        if tokens[self._next] == ":":
            self._next += 1
            name = self._name()
            self._outline.aliases += 1
            if self._outline.aliases > self._limits.aliases:
                raise LimitExceeded("aliases", self._limits.aliases)
        following = tokens[self._next]
        arguments = self._arguments() if following == "(" else NOTHING
        is_conditional = tokens[self._next] == "@" and self._directives("FIELD")
        selections = self._selections() if tokens[self._next] == "{" else ()
        return FieldOutline(name, answered_as, arguments, selections, is_conditional)

    def _fragment_use(self) -> SpreadOutline | InlineOutline:
        self._next += 1
        self._count_fragment()
        word = self._tokens[self._next]
        if self._kinds[self._next] == NAME and word != "on":
            self._next += 1
            self._uses.fragments.add(word)
            return SpreadOutline(word, self._directives("FRAGMENT_SPREAD"))
        condition = None
        if word == "on":
            self._next += 1
            condition = self._name()
        is_conditional = self._directives("INLINE_FRAGMENT")
        return InlineOutline(condition, self._selections(), is_conditional)

    def _count_fragment(self) -> None:
        self._outline.fragment_uses += 1
        if self._outline.fragment_uses > self._limits.fragments:
            raise LimitExceeded("fragments", self._limits.fragments)

    def _directives(self, place: str) -> bool:
        """Read directives, if there are any; whether they say when what they stand at is answered."""
        found: list[DirectiveOutline] = []
        while self._tokens[self._next] == "@":
            self._next += 1
            name = self._name()
            self._outline.directives += 1
            if self._outline.directives > self._limits.directives:
                raise LimitExceeded("directives", self._limits.directives)
            arguments = self._arguments() if self._tokens[self._next] == "(" else NOTHING
            found.append(DirectiveOutline(name, place, arguments))
        if found:
            self._uses.directives.append(found)
        return any(one.name in _CONDITIONS for one in found)

    def _arguments(self) -> dict[str, Value]:
        self._expect("(")
        found: dict[str, Value] = {}
        while self._tokens[self._next] != ")":
            name = self._name()
            if name in found:
                self._note(f"There can be only one argument named '{name}'.")
            self._expect(":")
            found[name] = self._value()
        self._next += 1
        return found

    def _value(self) -> Value:
        kind, word = self._kinds[self._next], self._tokens[self._next]
        if word == "[":
            return self._list()
        if word == "{":
            return self._object()
        if word == "$":
            self._next += 1
            name = self._name()
            self._uses.variables.add(name)
            return VariableUse(name)
        if kind == NUMBER and len(word) > NUMBER_LENGTH_MAX:
            raise LimitExceeded("number's length", NUMBER_LENGTH_MAX, len(word))
        if kind not in (NAME, NUMBER, TEXT):
            self._unexpected()
        self._next += 1
        return word

    def _list(self) -> list[Value]:
        self._enter()
        items: list[Value] = []
        while self._tokens[self._next] != "]":
            items.append(self._value())
            if len(items) > self._limits.list_items:
                raise LimitExceeded("list items", self._limits.list_items)
        self._leave("]")
        self._outline.list_items = max(self._outline.list_items, len(items))
        return items

    def _object(self) -> dict[str, Value]:
        self._enter()
        found: dict[str, Value] = {}
        while self._tokens[self._next] != "}":
            name = self._name()
            if name in found:
                self._note(f"There can be only one input field named '{name}'.")
            self._expect(":")
            found[name] = self._value()
        self._leave("}")
        return found

    def _enter(self) -> None:
        self._next += 1
        self._nesting += 1
        if self._nesting > self._nesting_max:
            raise LimitExceeded("depth", self._nesting_max)
        self._outline.nesting = max(self._outline.nesting, self._nesting)

    def _leave(self, closing: str) -> None:
        self._expect(closing)
        self._nesting -= 1

    def _name(self) -> str:
        if self._kinds[self._next] != NAME:
            self._unexpected()
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, token: str) -> None:
        if self._tokens[self._next] != token:
            self._unexpected()
        self._next += 1

    def _unexpected(self) -> NoReturn:
        kind, word = self._kinds[self._next], self._tokens[self._next]
        told = "<EOF>" if kind == END else f"'{word[:40]}'"
        refuse(self._text, next(islice(starts(self._text), self._next, None)), f"Unexpected {told}.")
