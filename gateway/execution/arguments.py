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
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from gateway.execution.calling import BatchCall, Call, DirectCall
from gateway.execution.errors import RefusedArguments
from gateway.execution.inputs import Converter, Unmade, converter_of

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
        parameters = self._parameters()
        if parameters is None:
            return self._coerce
        try:
            known, variables = self._split(parameters)
        except Exception:  # noqa: BLE001 - an error of the request that uses them, not of the plan
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

    def _parameters(self) -> dict[str, _Parameter] | None:
        """What the function takes, by the coerced name of the argument."""
        if self._field is None or self._schema is None:
            names = (arg.out_name or name for name, arg in self._field_def.args.items())
            return {name: _Parameter(name, None) for name in names}
        return _parameters(self._field, self._schema)

    def _split(self, parameters: dict[str, _Parameter]) -> tuple[dict[str, object], list[_FromVariable]]:
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
            parameter = parameters[coerced_name]
            if isinstance(value, VariableNode):
                default = defaults.get(coerced_name, Undefined)
                if not (default is Undefined or isinstance(default, IMMUTABLE)):
                    raise _NeedsCoercion
                must_exist = isinstance(arg.type, GraphQLNonNull)
                variables.append(_FromVariable(parameter, value.name.value, default, must_exist=must_exist))
            elif (value is not None and name not in constant) or (value is None and name not in optional):
                raise _NeedsCoercion
            elif coerced_name in (found := constants if name in given else defaults):
                known[parameter.keyword] = parameter.converted(found[coerced_name])
        return known, variables

    def _from_variables(self, known: dict[str, object], variables: list[_FromVariable]) -> Compute:
        def compute(given: VariableValues) -> Keywords:
            values = dict(known)
            for one in variables:
                value = given.coerced.get(one.variable, one.default)
                if value is Undefined or (value is None and one.must_exist):
                    if one.must_exist:
                        return self._coerce(given)
                    continue
                try:
                    values[one.parameter.keyword] = one.parameter.converted(value)
                except Exception:  # noqa: BLE001 - found again by the book, which says it in the right words
                    return self._coerce(given)
            return values

        return compute


class _NeedsCoercion(Exception):
    """The arguments are neither constants nor plain variables."""


class _Parameter:
    """A keyword of the function, and what makes its value of a coerced one."""

    __slots__ = ("_convert", "keyword")

    def __init__(self, keyword: str, convert: Converter | None) -> None:
        self.keyword = keyword
        self._convert = convert

    def converted(self, value: object) -> object:
        """The value as the function takes it."""
        return value if self._convert is None else self._convert(value)


class _FromVariable:
    """An argument whose value is a variable's."""

    __slots__ = ("default", "must_exist", "parameter", "variable")

    def __init__(self, parameter: _Parameter, variable: str, default: object, *, must_exist: bool) -> None:
        self.parameter = parameter
        self.variable = variable
        self.default = default
        self.must_exist = must_exist


def _uses_variables(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(_uses_variables(one) for one in value.values)
    if isinstance(value, ObjectValueNode):
        return any(_uses_variables(one.value) for one in value.fields)
    return isinstance(value, VariableNode)


def _parameters(field: StrawberryField, schema: strawberry.Schema) -> dict[str, _Parameter] | None:
    """Each argument by its name in the schema; None when one of them is made by more than its value."""
    try:
        return {
            schema.config.name_converter.from_argument(argument): _Parameter(
                argument.python_name, converter_of(argument.type, schema)
            )
            for argument in field.arguments
        }
    except Unmade:
        return None
