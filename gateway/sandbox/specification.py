"""Stripe's request parameters, as strict as the installed SDK describes them.

The SDK's service methods are generated from Stripe's OpenAPI description: each names its HTTP method, its path and the
TypedDict of its parameters. Reading them (parsed, not run) gives the routes; pydantic checks the parameters. Only the
services the sandbox plays are read, and a route's validator is built when it is first used.
"""

import ast
import functools
import importlib
import pathlib
import re
import sys
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import stripe
import typing_extensions
from pydantic import ConfigDict, JsonValue, TypeAdapter, ValidationError, with_config
from stripe._request_options import RequestOptions
from stripe._stripe_context import StripeContext

from gateway.sandbox.refusals import Refusal

_SERVICES = (
    "_payment_intent_service",
    "_refund_service",
    "_charge_service",
    "_customer_service",
    "_event_service",
    "_dispute_service",
    "_payment_method_service",
    "terminal/_connection_token_service",
    "terminal/_location_service",
    "terminal/_reader_service",
    "tax/_calculation_service",
    "tax/_calculation_line_item_service",
    "tax/_transaction_service",
    "tax/_transaction_line_item_service",
    "test_helpers/_refund_service",
    "test_helpers/terminal/_reader_service",
)
_PARAMS_NAME = re.compile(r"\w+Params\b")
_BRANCH = re.compile(r"[a-z0-9_]+")
_BRANCH_TYPES = frozenset({"int", "str", "bool", "list", "dict", "float"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One route of Stripe's API: `template` is a path with `{names}`, `params` the module and class of its parameters."""

    method: str
    template: str
    pattern: re.Pattern[str]
    params: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Matched:
    """A request's operation and the ids in its path, in the path's order."""

    operation: Operation
    ids: tuple[str, ...]


@functools.cache
def operations() -> Sequence[Operation]:
    """Every route of the services the sandbox plays, fixed paths before those with ids."""
    root = pathlib.Path(stripe.__file__).parent
    found: dict[tuple[str, str], Operation] = {}
    for name in _SERVICES:
        for operation in _of_service(ast.parse((root / f"{name}.py").read_text(encoding="utf-8"))):
            found[operation.method, operation.template] = operation
    return sorted(found.values(), key=lambda operation: operation.template.count("{"))


def match(method: str, path: str) -> Matched | None:
    """The operation a request addresses, or None when Stripe has no such route among the services played."""
    for operation in operations():
        if operation.method == method and (ids := operation.pattern.fullmatch(path)):
            return Matched(operation, ids.groups())
    return None


def validate(operation: Operation, sent: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The parameters with integers and booleans read from text.

    Raises:
        Refusal: a parameter is unknown, missing or malformed, in Stripe's words.
    """
    if operation.params is None:
        return dict(sent)
    try:
        return _validator(*operation.params).validate_python(dict(sent))
    except ValidationError as error:
        first = error.errors()[0]
        raise _refusal(first["type"], first["loc"], first.get("input")) from None


def _refusal(kind: str, location: Sequence[int | str], value: object) -> Refusal:
    param = _parameter_name(location)
    match kind:
        case "extra_forbidden":
            return Refusal(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)
        case "missing":
            return Refusal(f"Missing required param: {param}.", code="parameter_missing", param=param)
        case "int_parsing" | "int_type" | "int_from_float":
            return Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=param)
        case "bool_parsing":
            return Refusal(f"Invalid boolean: {value}", param=param)
        case _:
            return Refusal(f"Invalid {param}: {value}", param=param)


def _parameter_name(location: Sequence[int | str]) -> str:
    """`shipping[address][city]`, without the names pydantic gives to the branches of a union."""
    first, *rest = [str(part) for part in location]
    inner = [part for part in rest if _BRANCH.fullmatch(part) and part not in _BRANCH_TYPES]
    return first + "".join(f"[{part}]" for part in inner)


def _of_service(module: ast.Module) -> Iterator[Operation]:
    homes = {
        alias.name: node.module
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call):
                    yield from _of_call(call, _params_of(function, homes))


def _params_of(function: ast.FunctionDef, homes: Mapping[str, str]) -> tuple[str, str] | None:
    for argument in function.args.args:
        if argument.arg == "params" and argument.annotation is not None:
            name = _PARAMS_NAME.search(ast.unparse(argument.annotation))
            if name is not None:
                return homes[name.group()], name.group()
    return None


def _of_call(call: ast.Call, params: tuple[str, str] | None) -> Iterator[Operation]:
    match call:
        case (
            ast.Call(
                func=ast.Attribute(attr="_request"),
                args=[ast.Constant(value=str(method)), ast.Constant(value=str(template)), *_],
            )
            | ast.Call(
                func=ast.Attribute(attr="_request"),
                args=[
                    ast.Constant(value=str(method)),
                    ast.Call(func=ast.Attribute(value=ast.Constant(value=str(template)), attr="format")),
                    *_,
                ],
            )
        ):
            pattern = re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(template)))
            yield Operation(method.upper(), template, pattern, params)
        case _:
            return


@functools.cache
def _validator(module: str, name: str) -> TypeAdapter[dict[str, JsonValue]]:
    declared = getattr(importlib.import_module(module), name)
    return TypeAdapter(_strict(declared, {}))


def _strict(declared: object, seen: dict[object, object]) -> typing.Any:  # a type form has no type in 3.11
    """The declared type with unknown keys forbidden and open enumerations closed.

    The SDK writes `Literal[...] | str` so that its users may send values newer than itself; the API of its own version
    refuses them. Per-request options share the TypedDict with the parameters but never travel as parameters.
    """
    if typing_extensions.is_typeddict(declared):
        return _strict_typed_dict(declared, seen)
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if origin in {typing_extensions.NotRequired, typing_extensions.Required}:
        return origin[_strict(arguments[0], seen)]
    if origin is typing.Union or str(origin) == "<class 'types.UnionType'>":
        return typing.Union[tuple(_strict(branch, seen) for branch in _closed(arguments))]  # noqa: UP007 - built at run time
    if origin is list:
        return list[_strict(arguments[0], seen)]  # type: ignore[misc]  # built at run time
    return declared


def _closed(branches: Sequence[object]) -> Sequence[object]:
    enumerated = any(
        typing.get_origin(branch) is typing.Literal and typing.get_args(branch) != ("",) for branch in branches
    )
    return [
        branch for branch in branches if not (enumerated and branch is str) and "UntypedStripeObject" not in str(branch)
    ]


def _strict_typed_dict(declared: typing.Any, seen: dict[object, object]) -> object:
    if declared in seen:
        return seen[declared]
    seen[declared] = declared
    hints = typing_extensions.get_type_hints(
        declared,
        globalns=vars(sys.modules[declared.__module__]),
        localns={"StripeContext": StripeContext, "Mapping": Mapping, "Optional": typing.Optional, "Any": object},
        include_extras=True,
    )
    options = set(RequestOptions.__annotations__)
    strict = typing_extensions.TypedDict(  # type: ignore[misc]  # built at run time
        declared.__name__, {name: _strict(hint, seen) for name, hint in hints.items() if name not in options}
    )
    with_config(ConfigDict(extra="forbid"))(strict)
    seen[declared] = strict
    return strict
