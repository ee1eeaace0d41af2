"""An outline of a document, read in one pass over its tokens before any parser makes a node of it.

The parser takes some ten microseconds a token, so a hostile document has to be refused before it. The outline holds what
limits are about: counts, and the tree of selections with the arguments that multiply. It is lenient where the parser is
strict, since every document it lets pass is parsed afterwards; it is exact about what is a token, so that nothing hides
from it in a string or a comment.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from string import ascii_letters, digits
from typing import NamedTuple, NoReturn

from graphql import GraphQLSyntaxError, Source

from gateway.limits import LimitExceeded, Limits, hold

_TOKEN = re.compile(
    r"[ \t\n\r,\ufeff]*+("
    r"[_A-Za-z][_0-9A-Za-z]*+"
    r"|\.\.\.|[!$&()\[\]:=@{|}]"
    r"|-?[0-9][0-9A-Za-z_.+-]*+"
    # A group that is repeated possessively matches wrongly before Python 3.11.4 (gh-101955). Its parts exclude each other,
    # so that giving one back never helps and is soon over.
    r'|"""(?:[^"\\]++|\\"""|\\(?!""")|"{1,2}(?!"))*"""|"(?:[^"\\\n\r]++|\\[^\n\r])*"'
    r"|#[^\n\r]*+"
    r"|\Z"
    r"|.)",
    re.DOTALL,
)
_text_of = itemgetter(1)
_NAME, _MARK, _NUMBER, _TEXT, _COMMENT, _END, _JUNK = range(1, 8)
_KIND_BY_FIRST = (
    dict.fromkeys("_" + ascii_letters, _NAME)
    | dict.fromkeys("!$&()[]:=@{|}.", _MARK)
    | dict.fromkeys("-" + digits, _NUMBER)
    | {'"': _TEXT, "#": _COMMENT, "": _END}
)
_BROKEN = frozenset({'"', ".", "-"})
"""What is left of a text, of dots or of a number that is not one."""
_KINDS = ("query", "mutation", "subscription")
INTEGER = re.compile(r"-?[0-9]++")
_DIGITS_MAX = 10
NUMBER_LENGTH_MAX = 64
REPEATS_MAX = 50

Size = int | str | None
"""What an argument says about a size: a number, a list's length, a variable's name; None when it says nothing."""


class FieldOutline(NamedTuple):
    """A field: its name and the one it is answered by, its arguments' sizes and first tokens, its selections."""

    name: str
    answered_as: str
    arguments: Mapping[str, Size]
    words: Mapping[str, str]
    selections: "Selections"


class SpreadOutline(NamedTuple):
    """A named fragment's use."""

    fragment: str


class InlineOutline(NamedTuple):
    """An inline fragment: its type condition, None for the surrounding type, and its selections."""

    condition: str | None
    selections: "Selections"


_NOTHING: Mapping[str, Size] = {}
_NO_WORDS: Mapping[str, str] = {}
Selections = Sequence[FieldOutline | SpreadOutline | InlineOutline]


class OperationOutline(NamedTuple):
    """An operation: kind, name, default sizes of its variables, selections."""

    kind: str
    name: str | None
    defaults: Mapping[str, Size]
    selections: Selections


class FragmentOutline(NamedTuple):
    """A fragment definition."""

    condition: str
    selections: Selections


@dataclass(slots=True)
class Outline:
    """A document's counts and definitions. Of fragments with one name the last counts; validation refuses the others."""

    tokens: int = 0
    aliases: int = 0
    directives: int = 0
    fragment_uses: int = 0
    nesting: int = 0
    list_items: int = 0
    operations: list[OperationOutline] = field(default_factory=list)
    fragments: dict[str, FragmentOutline] = field(default_factory=dict)

    def check(self, limits: Limits) -> None:
        """Raises:
        LimitExceeded: a count is over its limit.
        """
        hold(
            ("tokens", limits.tokens, self.tokens),
            ("aliases", limits.aliases, self.aliases),
            ("directives", limits.directives, self.directives),
            ("fragments", limits.fragments, self.fragment_uses),
            ("operations", limits.operations, len(self.operations)),
            ("depth", _nesting_max(limits), self.nesting),
            ("list items", limits.list_items, self.list_items),
        )


def _nesting_max(limits: Limits) -> int:
    """How deep braces and brackets may lie in each other: selections, and values inside the deepest of them."""
    return limits.depth + limits.variables_depth


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
        self._nesting_max = _nesting_max(limits)
        self._outline = Outline()
        self._next = 0
        self._nesting = 0
        self._repeats = 0
        self._leaves: dict[str, FieldOutline] = {}
        self._kinds, self._tokens = self._tokenized()

    def _tokenized(self) -> tuple[list[int], list[str]]:
        """Every token's kind and text, comments left out, and the end."""
        tokens_max = self._limits.tokens
        tokens = list(map(_text_of, islice(_TOKEN.finditer(self._text), tokens_max + 1)))
        if len(tokens) > tokens_max and tokens[-1]:
            raise LimitExceeded("tokens", tokens_max)
        kinds = [_KIND_BY_FIRST.get(token[:1], _JUNK) for token in tokens]
        if _JUNK in kinds or not _BROKEN.isdisjoint(tokens):
            at = next(at for at, token in enumerate(tokens) if kinds[at] == _JUNK or token in _BROKEN)
            found = next(islice(_TOKEN.finditer(self._text), at, None))
            self._refuse(found.start(1), f"Unexpected character: {tokens[at]!r}.")
        del tokens[kinds.index(_END) + 1 :], kinds[kinds.index(_END) + 1 :]
        self._outline.tokens = len(tokens) - 1
        if _COMMENT in kinds:
            tokens = [token for token, kind in zip(tokens, kinds, strict=True) if kind != _COMMENT]
            kinds = [kind for kind in kinds if kind != _COMMENT]
        return kinds, tokens

    def _starts(self) -> Iterator[int]:
        """Where each token begins that is no comment; only wanted to tell where an error is."""
        return (found.start(1) for found in _TOKEN.finditer(self._text) if not found[1].startswith("#"))

    def document(self) -> Outline:
        outline, limits = self._outline, self._limits
        while self._kinds[self._next] != _END:
            self._definition()
            if len(outline.operations) > limits.operations:
                raise LimitExceeded("operations", limits.operations)
        if not outline.operations and not outline.fragments:
            self._unexpected()
        return outline

    def _definition(self) -> None:
        if self._kinds[self._next] == _TEXT:
            self._next += 1
        word = self._tokens[self._next]
        if word == "{":
            self._outline.operations.append(OperationOutline("query", None, {}, self._selections()))
        elif word in _KINDS:
            self._next += 1
            name = self._name() if self._kinds[self._next] == _NAME else None
            defaults = self._variables() if self._tokens[self._next] == "(" else {}
            self._directives()
            self._outline.operations.append(OperationOutline(word, name, defaults, self._selections()))
        elif word == "fragment":
            self._next += 1
            self._count_fragment()
            name = self._name()
            self._expect("on")
            condition = self._name()
            self._directives()
            self._outline.fragments[name] = FragmentOutline(condition, self._selections())
        else:
            self._unexpected()

    def _variables(self) -> dict[str, Size]:
        self._expect("(")
        defaults: dict[str, Size] = {}
        while self._tokens[self._next] != ")":
            self._expect("$")
            name = self._name()
            self._expect(":")
            self._type()
            if self._tokens[self._next] == "=":
                self._next += 1
                defaults[name] = self._value()
            self._directives()
        self._next += 1
        return defaults

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
        answered: set[str] = set()
        while (word := tokens[self._next]) != "}":
            following = self._next + 1
            # Most fields are a name with nothing to it; all of one name are one outline.
            if kinds[self._next] == _NAME and (kinds[following] == _NAME or tokens[following] == "}"):
                self._next = following
                node = leaves.get(word) or leaves.setdefault(word, FieldOutline(word, word, _NOTHING, _NO_WORDS, ()))
            elif word == "...":
                found.append(self._fragment_use())
                continue
            else:
                node = self._field()
            found.append(node)
            if node.answered_as in answered:
                self._count_repeat()
            answered.add(node.answered_as)
        if not found:
            self._unexpected()
        self._leave("}")
        return found

    def _count_repeat(self) -> None:
        # Validation compares every two fields that are answered by one name, so these must stay few.
        self._repeats += 1
        if self._repeats > REPEATS_MAX:
            raise LimitExceeded("repeated fields", REPEATS_MAX)

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
        arguments, words = self._arguments() if following == "(" else (_NOTHING, _NO_WORDS)
        if tokens[self._next] == "@":
            self._directives()
        selections = self._selections() if tokens[self._next] == "{" else ()
        return FieldOutline(name, answered_as, arguments, words, selections)

    def _fragment_use(self) -> SpreadOutline | InlineOutline:
        self._next += 1
        self._count_fragment()
        word = self._tokens[self._next]
        if self._kinds[self._next] == _NAME and word != "on":
            self._next += 1
            self._directives()
            return SpreadOutline(word)
        condition = None
        if word == "on":
            self._next += 1
            condition = self._name()
        self._directives()
        return InlineOutline(condition, self._selections())

    def _count_fragment(self) -> None:
        self._outline.fragment_uses += 1
        if self._outline.fragment_uses > self._limits.fragments:
            raise LimitExceeded("fragments", self._limits.fragments)

    def _directives(self) -> None:
        while self._tokens[self._next] == "@":
            self._next += 1
            self._name()
            self._outline.directives += 1
            if self._outline.directives > self._limits.directives:
                raise LimitExceeded("directives", self._limits.directives)
            if self._tokens[self._next] == "(":
                self._arguments()

    def _arguments(self) -> tuple[dict[str, Size], dict[str, str]]:
        self._expect("(")
        sizes: dict[str, Size] = {}
        words: dict[str, str] = {}
        while self._tokens[self._next] != ")":
            name = self._name()
            self._expect(":")
            words[name] = self._tokens[self._next]
            sizes[name] = self._value()
        self._next += 1
        return sizes, words

    def _value(self) -> Size:
        kind, word = self._kinds[self._next], self._tokens[self._next]
        if word == "[":
            return self._list()
        if word == "{":
            self._object()
            return None
        self._next += 1
        if word == "$":
            return self._name()
        if kind == _NUMBER:
            if len(word) > NUMBER_LENGTH_MAX:
                raise LimitExceeded("number's length", NUMBER_LENGTH_MAX, len(word))
            return int(word[:_DIGITS_MAX]) if INTEGER.fullmatch(word) else None
        if kind not in (_NAME, _TEXT):
            self._next -= 1
            self._unexpected()
        return None

    def _list(self) -> int:
        self._enter()
        items = 0
        while self._tokens[self._next] != "]":
            self._value()
            items += 1
            if items > self._limits.list_items:
                raise LimitExceeded("list items", self._limits.list_items)
        self._leave("]")
        self._outline.list_items = max(self._outline.list_items, items)
        return items

    def _object(self) -> None:
        self._enter()
        while self._tokens[self._next] != "}":
            self._name()
            self._expect(":")
            self._value()
        self._leave("}")

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
        if self._kinds[self._next] != _NAME:
            self._unexpected()
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, token: str) -> None:
        if self._tokens[self._next] != token:
            self._unexpected()
        self._next += 1

    def _unexpected(self) -> NoReturn:
        kind, word = self._kinds[self._next], self._tokens[self._next]
        told = "<EOF>" if kind == _END else f"'{word[:40]}'"
        self._refuse(next(islice(self._starts(), self._next, None)), f"Unexpected {told}.")

    def _refuse(self, at: int, message: str) -> NoReturn:
        raise GraphQLSyntaxError(Source(self._text), at, message)
