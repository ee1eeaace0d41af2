"""Python source in the making: lines, the position each belongs to, and the objects its names stand for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from gateway.execution.errors import LINES
from gateway.execution.positions import Position

Compiled = Callable[..., Any]  # generated functions differ in their parameters; their callers state them

INDENT_MAX = 60
"""CPython's tokenizer refuses source indented deeper than 100."""
BLOCKS_MAX = 14
"""CPython refuses more than 20 statically nested loops and `try`s."""

_numbers = count(1)


class Source:
    """One module of generated functions. Functions needed on the way are queued and written afterwards."""

    def __init__(self, names: dict[str, object]) -> None:
        self._lines: list[str] = []
        self._places: dict[int, Position] = {}
        self._names: dict[str, object] = {**names, LINES: self._places}
        self._queue: list[Callable[[], None]] = []
        self._count = 0
        self._indent = 0
        self._blocks = 0

    def new(self, prefix: str) -> str:
        """A name that is not used yet."""
        self._count += 1
        return f"{prefix}{self._count}"

    def name(self, prefix: str, value: object) -> str:
        """A new name that stands for an object."""
        name = self.new(prefix)
        self._names[name] = value
        return name

    def line(self, text: str, position: Position | None = None) -> None:
        """Write a line; with a position when it may raise an error that is to be found there."""
        self._lines.append("    " * self._indent + text)
        if position is not None:
            self._places[len(self._lines)] = position

    def open(self, text: str, position: Position | None = None, *, block: bool = False) -> None:
        """Write the head of an indented part; `block` for loops and `try`, whose nesting CPython limits."""
        self.line(text, position)
        self._indent += 1
        self._blocks += block

    def close(self, *, block: bool = False) -> None:
        """End an indented part."""
        self._indent -= 1
        self._blocks -= block

    @property
    def deep(self) -> bool:
        """Whether what follows had better be a function of its own."""
        return self._blocks > BLOCKS_MAX or self._indent > INDENT_MAX

    def later(self, write: Callable[[], None]) -> None:
        """Have another function written, at the left margin, once this one is finished."""
        self._queue.append(write)

    def write_queued(self) -> None:
        """Write the functions that were left for later, and those they leave in turn."""
        while self._queue:
            self._indent = self._blocks = 0
            self._queue.pop()()

    def build(self, entry: str, **names: object) -> tuple[Compiled, str]:
        """The function of this name, compiled, and the text it was made from."""
        self._names.update(names)
        text = "\n".join(self._lines)
        code = compile(text, f"<plan {next(_numbers)}>", "exec")
        exec(code, self._names)  # noqa: S102 - our own text: what clients send is in it only as quoted response keys
        function: Compiled = self._names[entry]  # type: ignore[assignment]  # defined by the text
        return function, text


def indices_of(position: Position) -> str:
    """The tuple of list indices in scope, as source."""
    return "(" + "".join(f"i{depth}, " for depth in range(position.depth)) + ")"


def parameters_of(position: Position) -> str:
    """The list indices in scope, as further parameters or arguments."""
    return "".join(f", i{depth}" for depth in range(position.depth))
