"""Which Python types need care before they are completed, remembered per type so that a value costs one look-up."""

from collections.abc import Callable, Mapping
from types import CoroutineType, FunctionType, GeneratorType, NoneType

from graphql import GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString
from graphql.pyutils import UndefinedType
from graphql.type import GraphQLLeafType, GraphQLScalarType

_TYPES_MAX = 10_000


class TypeTable(dict[type, bool]):
    """An answer per type, found once. Emptied when classes made at run time would let it grow without bound."""

    def __init__(self, answer: Callable[[type], bool]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, cls: type) -> bool:
        if len(self) >= _TYPES_MAX:
            self.clear()
        found = self[cls] = self._answer(cls)
        return found


def _is_special(cls: type) -> bool:
    """Whether a value may be null, an exception or awaitable, or hides what it is behind its own attribute access."""
    if cls is NoneType or issubclass(cls, UndefinedType | BaseException | GeneratorType | CoroutineType):
        return True
    return hasattr(cls, "__await__") or any(_is_evasive(base) for base in cls.__mro__[:-1])


def _is_evasive(cls: type) -> bool:
    own = vars(cls)
    return "__getattr__" in own or "__class__" in own or isinstance(own.get("__getattribute__"), FunctionType)


def _is_special_or_callable(cls: type) -> bool:
    return _is_special(cls) or callable(getattr(cls, "__call__", None))  # noqa: B004 - asks the class, not an instance


SPECIAL = TypeTable(_is_special)
SPECIAL_OR_CALLABLE = TypeTable(_is_special_or_callable)
"""For attributes read by graphql-core's default resolver, which calls what is callable."""
TABLES = {"K": SPECIAL, "KC": SPECIAL_OR_CALLABLE}
"""By the names that generated code has for them."""
MAPPING = TypeTable(lambda cls: issubclass(cls, Mapping))

LEAF_TESTS: Mapping[GraphQLScalarType, str] = {
    GraphQLString: "type({v}) is str",
    GraphQLID: "type({v}) is str",
    GraphQLBoolean: "({v} is True or {v} is False)",
    GraphQLInt: "(type({v}) is int and -2147483648 <= {v} <= 2147483647)",
    GraphQLFloat: "(type({v}) is float and {v} - {v} == 0.0)",
}
"""For a specified scalar, the Python expression that is true when a value is its own coerced form.

Only a finite number minus itself is zero.
"""


def leaf_test(type_: GraphQLLeafType) -> str | None:
    """That expression for a leaf, None where there is none. A scalar that coerces by `str` leaves a text as it is."""
    if not isinstance(type_, GraphQLScalarType):
        return None
    known = LEAF_TESTS.get(type_)
    return LEAF_TESTS[GraphQLString] if known is None and type_.coerce_output_value is str else known
