"""The keyword arguments of a field: constants once per plan, the others once per run, by graphql-core's own coercion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import strawberry
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    ListValueNode,
    NameNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.type import is_required_argument
from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from gateway.execution.calling import BatchCall, Call, DirectCall
from gateway.execution.errors import RefusedArguments

Keywords = Mapping[str, object]
Compute = Callable[[VariableValues], Keywords]

IMMUTABLE = (str, int, float, bool, Enum, Decimal, UUID, date, datetime, time, timedelta, type(None))
"""Values that many calls may share."""

_NO_ARGUMENTS = FieldNode(name=NameNode(value=""), arguments=())


class Arguments:
    """Computes the arguments of one field as its resolver takes them."""

    def __init__(
        self,
        field_def: GraphQLField,
        node: FieldNode,
        call: Call,
        schema: strawberry.Schema | None,
        *,
        hide_suggestions: bool,
    ) -> None:
        self._field_def = field_def
        self._node = node
        self._hide_suggestions = hide_suggestions
        self._schema = schema
        self._field = call.field if isinstance(call, DirectCall | BatchCall) else None

    def prepare(self) -> dict[str, object] | Compute:
        """The arguments themselves when they are the same for every run, else what computes them."""
        names = self._names()
        if names is None:
            return self._coerce
        try:
            known, variables = self._split(names)
        except (GraphQLError, _NeedsCoercion):
            return self._coerce
        if not all(isinstance(value, IMMUTABLE) for value in known.values()):
            return self._coerce
        return self._from_variables(known, variables) if variables else known

    def _coerce(self, variables: VariableValues) -> Keywords:
        try:
            values: dict[str, object] = get_argument_values(
                self._field_def, self._node, variables, None, self._hide_suggestions
            )
            return self._converted(values)
        except Exception as error:  # noqa: BLE001 - an error of the field that uses them
            return RefusedArguments(error)

    def _converted(self, values: dict[str, object]) -> Keywords:
        """What Strawberry makes of coerced values: its input classes, by Python names."""
        if self._field is None or self._schema is None:
            return values
        converter = self._schema.schema_converter
        return convert_arguments(
            values, self._field.arguments, scalar_registry=converter.scalar_registry, config=self._schema.config
        )

    def _names(self) -> dict[str, str] | None:
        """Keyword of each argument by its coerced name; None when Strawberry converts values, not only names."""
        if self._field is None or self._schema is None:
            return {arg.out_name or name: arg.out_name or name for name, arg in self._field_def.args.items()}
        return _renamed(self._field, self._schema)

    def _split(self, names: dict[str, str]) -> tuple[dict[str, object], list[_FromVariable]]:
        """Constant arguments, and those that are exactly a variable."""
        given = {argument.name.value: argument.value for argument in self._node.arguments or ()}
        args = self._field_def.args
        optional = {name: arg for name, arg in args.items() if not is_required_argument(arg)}
        constant = {name: arg for name, arg in args.items() if name in given and not _uses_variables(given[name])}
        defaults = get_argument_values(GraphQLField(self._field_def.type, optional), _NO_ARGUMENTS, None)
        constants = get_argument_values(GraphQLField(self._field_def.type, constant), self._node, None)
        known: dict[str, object] = {}
        variables: list[_FromVariable] = []
        for name, arg in args.items():
            coerced_name, value = arg.out_name or name, given.get(name)
            keyword = names[coerced_name]
            if isinstance(value, VariableNode):
                default = defaults.get(coerced_name, Undefined)
                if not (default is Undefined or isinstance(default, IMMUTABLE)):
                    raise _NeedsCoercion
                variables.append(
                    _FromVariable(keyword, value.name.value, default, must_exist=isinstance(arg.type, GraphQLNonNull))
                )
            elif (value is not None and name not in constant) or (value is None and name not in optional):
                raise _NeedsCoercion
            elif coerced_name in (found := constants if name in given else defaults):
                known[keyword] = found[coerced_name]
        return known, variables

    def _from_variables(self, known: dict[str, object], variables: list[_FromVariable]) -> Compute:
        def compute(given: VariableValues) -> Keywords:
            values = dict(known)
            for one in variables:
                value = given.coerced.get(one.variable, one.default)
                if value is None or value is Undefined:
                    if one.must_exist:
                        return self._coerce(given)
                    if value is Undefined:
                        continue
                values[one.keyword] = value
            return values

        return compute


class _NeedsCoercion(Exception):
    """The arguments are neither constants nor plain variables."""


class _FromVariable:
    """An argument whose value is a variable's."""

    __slots__ = ("default", "keyword", "must_exist", "variable")

    def __init__(self, keyword: str, variable: str, default: object, *, must_exist: bool) -> None:
        self.keyword = keyword
        self.variable = variable
        self.default = default
        self.must_exist = must_exist


def _uses_variables(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(_uses_variables(one) for one in value.values)
    if isinstance(value, ObjectValueNode):
        return any(_uses_variables(one.value) for one in value.fields)
    return isinstance(value, VariableNode)


def _renamed(field: StrawberryField, schema: strawberry.Schema) -> dict[str, str] | None:
    names: dict[str, str] = {}
    for argument in field.arguments:
        if not _keeps_its_value(argument, schema):
            return None
        names[schema.config.name_converter.from_argument(argument)] = argument.python_name
    return names


def _keeps_its_value(argument: StrawberryArgument, schema: strawberry.Schema) -> bool:
    """Whether Strawberry hands over the coerced value of a leaf as it is."""
    type_: object = argument.type
    if isinstance(type_, StrawberryMaybe):
        return False
    if isinstance(type_, StrawberryOptional):
        type_ = type_.of_type
    if isinstance(type_, LazyType):
        type_ = type_.resolve_type()
    if isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
        return True
    return type_ is not GlobalID and is_scalar(type_, schema.schema_converter.scalar_registry)
