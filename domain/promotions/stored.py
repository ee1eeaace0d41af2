"""Definitions and frozen promotions as text and back: canonical JSON, so that equal values are equal texts."""

import json
from functools import lru_cache

from pydantic import TypeAdapter

from domain.promotions.model import Definition
from domain.promotions.outcomes import Frozen

_definition: TypeAdapter[Definition] = TypeAdapter(Definition)
_frozen: TypeAdapter[Frozen] = TypeAdapter(Frozen)

NOTHING = ""
"""What an order without promotions keeps."""


def written(definition: Definition) -> str:
    """A definition as its row holds it."""
    return _canonical(_definition.dump_python(definition, mode="json"))


def read(text: str) -> Definition:
    """The definition that `written` gave."""
    return _definition.validate_json(text)


def frozen_text(frozen: Frozen) -> str:
    """An order's promotions as its row holds them."""
    return _canonical(_frozen.dump_python(frozen, mode="json")) if frozen.applied else NOTHING


@lru_cache(maxsize=512)
def frozen_of(text: str) -> Frozen:
    """What `frozen_text` gave. The same text is parsed once per process as long as it is in use."""
    return Frozen() if text == NOTHING else _frozen.validate_json(text)


def _canonical(value: object) -> str:
    return json.dumps(_sorted(value), sort_keys=True, separators=(",", ":"))


def _sorted(value: object) -> object:
    """The same value with its lists of texts in order: they come from sets, or their order means nothing."""
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(value) if all(isinstance(item, str) for item in value) else [_sorted(item) for item in value]
    return value
