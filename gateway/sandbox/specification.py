"""What Stripe accepts, read from the installed SDK.

The SDK's services are generated from Stripe's OpenAPI description: each method holds its HTTP method, its path and the class
of its parameters. Those are turned into strict validators, so a parameter that Stripe does not know is refused here too.
"""

import ast
import functools
import importlib
import pathlib
import re
import sys
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass

import stripe
import stripe.params
import typing_extensions
from pydantic import ConfigDict, TypeAdapter
from stripe._request_options import RequestOptions

_SERVICES = (
    "_payment_intent_service.py",
    "_refund_service.py",
    "_charge_service.py",
    "_customer_service.py",
    "_event_service.py",
    "_dispute_service.py",
    "terminal/_reader_service.py",
    "terminal/_connection_token_service.py",
    "test_helpers/terminal/_reader_service.py",
)
_TRANSPORT_OPTIONS = frozenset(RequestOptions.__annotations__)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API: its method, its path as a template, and the name of its parameters' class."""

    method: str
    template: str
    pattern: "re.Pattern[str]"
    parameters: str | None


@functools.cache
def routes() -> Sequence[Route]:
    """The operations of the services above; literal paths before those with more placeholders."""
    found: dict[tuple[str, str], str | None] = {}
    root = pathlib.Path(stripe.__file__).parent
    for name in _SERVICES:
        for node in ast.walk(ast.parse((root / name).read_text())):
            if isinstance(node, ast.FunctionDef):
                found.update(_operations(node))
    made = [
        Route(method, path, re.compile(re.sub(r"\{\w+\}", "([^/]+)", path)), parameters)
        for (method, path), parameters in found.items()
    ]
    return sorted(made, key=lambda route: route.template.count("{"))


def _operations(function: ast.FunctionDef) -> dict[tuple[str, str], str | None]:
    parameters = next(
        (
            match.group(1)
            for argument in function.args.args
            if argument.arg == "params" and argument.annotation is not None
            if (match := re.search(r"(\w+Params)\b", ast.unparse(argument.annotation)))
        ),
        None,
    )
    found: dict[tuple[str, str], str | None] = {}
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "_request":
            method, path = call.args[0], _path(call.args[1])
            if isinstance(method, ast.Constant) and path is not None:
                found[str(method.value).upper(), path] = parameters
    return found


def _path(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _path(node.func.value)
    return None


def matched(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The operation behind a request and the ids in its path; None when there is no such operation."""
    for route in routes():
        if route.method == method and (match := route.pattern.fullmatch(path)):
            return route, match.groups()
    return None


def checked(route: Route, pairs: Sequence[tuple[str, str]]) -> dict[str, typing.Any]:
    """The parameters of a request, typed as Stripe types them.

    Raises:
        pydantic.ValidationError: a parameter is unknown, missing or of another type.
    """
    given = unflattened(pairs)
    if route.parameters is None:
        return given
    parsed: dict[str, typing.Any] = _adapter(route.parameters).validate_python(given)
    return parsed


def unflattened(pairs: Sequence[tuple[str, str]]) -> dict[str, typing.Any]:
    """Form pairs such as `metadata[order]=1` and `expand[0]=charge` as the objects and lists they stand for."""
    root: dict[str, typing.Any] = {}
    for name, value in pairs:
        *outer, last = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        inner = root
        for part in outer:
            inner = inner.setdefault(part or str(len(inner)), {})
        inner[last or str(len(inner))] = value
    listed = _with_lists(root)
    assert isinstance(listed, dict), "the outermost value is an object"
    return listed


def _with_lists(value: typing.Any) -> typing.Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(inner) for key, inner in value.items()}


@functools.cache
def _adapter(name: str) -> "TypeAdapter[typing.Any]":
    found = getattr(stripe.params, name, None)
    if found is None:
        folder = pathlib.Path(stripe.params.__file__ or "").parent
        for file in folder.rglob("*.py"):
            if f"class {name}(" in file.read_text():
                module = ".".join(file.relative_to(folder).with_suffix("").parts)
                found = getattr(importlib.import_module(f"stripe.params.{module}"), name)
    return TypeAdapter(_strict(found, {}))


def _strict(kind: typing.Any, seen: dict[typing.Any, typing.Any]) -> typing.Any:
    """A parameter type as the API means it: unknown members refused, and an enumeration is not just any text.

    The SDK loosens enumerations to `Literal[…] | str` so that older versions of it accept newer values.
    """
    origin = typing.get_origin(kind)
    if typing_extensions.is_typeddict(kind):
        return seen[kind] if kind in seen else _strict_object(kind, seen)
    inner = typing.get_args(kind)
    if origin in (typing_extensions.NotRequired, typing_extensions.Required):
        return origin[_strict(inner[0], seen)]
    if origin in (typing.Union, types.UnionType):
        closed = any(typing.get_origin(one) is typing.Literal and typing.get_args(one) != ("",) for one in inner)
        kept = [one for one in inner if not (closed and one is str) and "UntypedStripeObject" not in str(one)]
        return typing.Union[tuple(_strict(one, seen) for one in kept)]  # noqa: UP007 - made at run time
    if origin is list:
        return list[_strict(inner[0], seen)]  # type: ignore[misc]  # made at run time
    if origin is dict and "Untyped" in str(kind):
        return dict[str, object]
    return kind


def _strict_object(kind: typing.Any, seen: dict[typing.Any, typing.Any]) -> typing.Any:
    from stripe._stripe_context import StripeContext

    seen[kind] = kind
    names = {"StripeContext": StripeContext, **vars(typing)}
    hints = typing_extensions.get_type_hints(
        kind, globalns=vars(sys.modules[kind.__module__]), localns=names, include_extras=True
    )
    members = {name: _strict(hint, seen) for name, hint in hints.items() if name not in _TRANSPORT_OPTIONS}
    made = typing_extensions.TypedDict(kind.__name__, members)  # type: ignore[misc]  # made at run time
    made.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    seen[kind] = made
    return made
