"""Parameters of a request: from the form's flat names to nested values, and typed access to them."""

import re
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from gateway.sandbox.refusals import Refusal
from gateway.sandbox.resources import Metadata

_PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")
_DEPTH_MAX = 8
_METADATA_KEYS_MAX = 50
_METADATA_KEY_MAX = 40
_METADATA_VALUE_MAX = 500

_Tree = dict[str, "str | _Tree"]


def unflatten(pairs: Iterable[tuple[str, str]]) -> dict[str, JsonValue]:
    """Nest `a[b]` and `a[0]` as Stripe's form encoding means them; keys of metadata are never list positions.

    >>> unflatten([("amount", "5"), ("expand[0]", "charge"), ("expand[]", "customer"), ("metadata[1]", "x")])
    {'amount': '5', 'expand': ['charge', 'customer'], 'metadata': {'1': 'x'}}
    """
    tree: _Tree = {}
    for name, value in pairs:
        parts = _PART.findall(name)
        if not parts or not parts[0] or len(parts) > _DEPTH_MAX:
            raise Refusal(f"Invalid parameter name: {name}", param=name)
        _plant(tree, parts, value, name)
    return {name: _nested(branch, is_metadata=name == "metadata") for name, branch in tree.items()}


def _plant(tree: _Tree, parts: list[str], value: str, name: str) -> None:
    here = tree
    for part in parts[:-1]:
        below = here.setdefault(part, {})
        if isinstance(below, str):
            raise Refusal(f"Invalid {name}: both a value and an object", param=name)
        here = below
    last = parts[-1] or str(len(here))
    here[last] = value


def _nested(branch: "str | _Tree", *, is_metadata: bool) -> JsonValue:
    if isinstance(branch, str):
        return branch
    if branch and not is_metadata and all(key.isdigit() for key in branch):
        return [_nested(branch[key], is_metadata=False) for key in sorted(branch, key=int)]
    return {key: _nested(below, is_metadata=is_metadata) for key, below in branch.items()}


class Params:
    """Validated parameters; remembers which were read, so that none is accepted and then silently ignored."""

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        self._values = values
        self._read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def unread(self) -> list[str]:
        """Names of parameters nobody asked about, sorted."""
        return sorted(set(self._values) - self._read)

    def ignore(self, names: Iterable[str]) -> None:
        """Accept parameters that change nothing the sandbox plays."""
        self._read.update(names)

    def text(self, name: str) -> str | None:
        value = self._get(name)
        assert value is None or isinstance(value, str), f"{name} is text in the specification"
        return value

    def required_text(self, name: str) -> str:
        value = self.text(name)
        assert value is not None, f"{name} is required by the specification"
        return value

    def integer(self, name: str) -> int | None:
        value = self._get(name)
        assert value is None or isinstance(value, int), f"{name} is an integer in the specification"
        return value

    def required_integer(self, name: str) -> int:
        value = self.integer(name)
        assert value is not None, f"{name} is required by the specification"
        return value

    def flag(self, name: str) -> bool:
        """True when sent as true, or as one of the words that say how."""
        return self._get(name) not in {None, False}

    def texts(self, name: str) -> tuple[str, ...] | None:
        value = self._get(name)
        return tuple(str(each) for each in value) if isinstance(value, list) else None

    def mapping(self, name: str) -> dict[str, JsonValue] | None:
        """An object; None when absent or unset with the empty string."""
        value = self._get(name)
        return value if isinstance(value, dict) else None

    def mappings(self, name: str) -> list[dict[str, JsonValue]]:
        """A list of objects; empty when absent."""
        value = self._get(name)
        return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

    def bounds(self, name: str) -> Mapping[str, int]:
        """A time filter: `created=5` is `{"gte": 5, "lte": 5}`."""
        value = self._get(name)
        if isinstance(value, int):
            return {"gte": value, "lte": value}
        return {key: bound for key, bound in value.items() if isinstance(bound, int)} if isinstance(value, dict) else {}

    def metadata(self, current: Metadata | None = None) -> Metadata:
        """The current metadata with what was sent; an empty value unsets its key, an empty string unsets all.

        Raises:
            Refusal: more than 50 keys, a key over 40 characters or a value over 500.
        """
        sent = self._get("metadata")
        if sent == "":
            return {}
        changes = {key: str(value) for key, value in sent.items()} if isinstance(sent, dict) else {}
        merged = {key: value for key, value in {**(current or {}), **changes}.items() if value}
        if len(merged) > _METADATA_KEYS_MAX:
            raise Refusal(f"Metadata can have up to {_METADATA_KEYS_MAX} keys.", param="metadata")
        for key, value in merged.items():
            if len(key) > _METADATA_KEY_MAX or len(value) > _METADATA_VALUE_MAX:
                raise Refusal(
                    f"Metadata keys have up to {_METADATA_KEY_MAX} characters, values up to {_METADATA_VALUE_MAX}.",
                    param=f"metadata[{key}]",
                )
        return merged

    def _get(self, name: str) -> JsonValue:
        self._read.add(name)
        return self._values.get(name)
