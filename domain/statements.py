"""Statements that are built once, compiled once per engine, and run on the driver's own connection.

SQLAlchemy spends several times longer on preparing a statement than a driver on running it, and it prepares anew at every
call. A store keeps what it runs often as a module's `Statement`: the text, the order of the parameters and the
conversions of types are worked out at its first use with an engine, and every later call only binds and fetches. It runs
in the transaction of the connection it is given, exactly like `conn.execute`, and violates constraints with the same
`sqlalchemy.exc.IntegrityError`.

Lists are bound as one parameter by `one_of`, so that a statement's text never depends on how many ids it is asked for.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Protocol

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from domain.connections import ReadConnection, WriteConnection
from domain.drivers import Driver, driver_of

_Processor = Callable[[Any], Any]


class Row(Protocol):
    """A row of an answer: a tuple whose columns are attributes, in the types the tables declare."""

    def __getattr__(self, name: str) -> Any:
        """The value of a column."""
        ...

    def __getitem__(self, index: int | slice) -> Any:
        """The value of the column at a position, or the tuple of those in a range of positions."""
        ...


class Statement:
    """One SQL statement with named parameters (`sa.bindparam`), for all its calls.

    >>> ids = Statement(sa.select(sa.column("id")).select_from(sa.table("cart")).where(sa.column("id") == sa.bindparam("id")))
    """

    def __init__(self, statement: sa.Select[Any] | sa.Insert | sa.Update | sa.Delete | sa.CompoundSelect[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, Compiled] = {}

    def all(self, conn: ReadConnection, /, **values: object) -> list[Row]:
        """Every row of the answer."""
        compiled = self.on(conn)
        rows = compiled.driver.fetch(conn, compiled.text, compiled.bound(values))
        return compiled.rows(rows)

    def first(self, conn: ReadConnection, /, **values: object) -> Row | None:
        """The answer's first row; None when there is none."""
        found = self.all(conn, **values)
        return found[0] if found else None

    def count(self, conn: WriteConnection, /, **values: object) -> int:
        """Run it and say how many rows it touched."""
        compiled = self.on(conn)
        return compiled.driver.touch(conn, compiled.text, compiled.bound(values))

    def many(self, conn: WriteConnection, rows: Iterable[Mapping[str, object]]) -> None:
        """Run it once for each row, in one round trip; no rows, no statement."""
        compiled = self.on(conn)
        bound = [compiled.bound(row) for row in rows]
        if bound:
            compiled.driver.touch_many(conn, compiled.text, bound)

    def on(self, conn: ReadConnection) -> "Compiled":
        """It as the connection's driver takes it."""
        driver = conn.dialect.driver
        found = self._compiled.get(driver)
        if found is None:
            found = self._compiled[driver] = _compiled(self._statement, conn.dialect)
        return found


def inserting(table: sa.Table, *columns: str) -> sa.Insert:
    """An INSERT of one row whose parameters are named like its columns; all of the table's when none is named.

    A `Statement` fills in no defaults of Python's: every column that needs a value is named.
    """
    return sa.insert(table).values({name: sa.bindparam(name) for name in columns or tuple(table.c.keys())})


class one_of(sa.ColumnElement[bool]):  # noqa: N801 - reads like the function of SQL that it is
    """Whether a column's value is in a list that is bound as one parameter, named `name`.

    PostgreSQL compares with an array, SQLite with the elements of a JSON text.
    """

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column = column
        self.listed = sa.bindparam(name, type_=_Listed(column.type))

    def self_group(self, against: object = None) -> "one_of":
        """Itself: SQLAlchemy would compare it with 1 on SQLite, which then reads the whole table instead of an index."""
        return self


class pairs_of(sa.ColumnElement[bool]):  # noqa: N801 - as `one_of`
    """Whether two columns' values are one of the pairs that two lists of one length make, each bound as one parameter."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(
        self, first: sa.ColumnElement[Any], second: sa.ColumnElement[Any], first_name: str, second_name: str
    ) -> None:
        self.first, self.second = first, second
        self.firsts = sa.bindparam(first_name, type_=_Listed(first.type))
        self.seconds = sa.bindparam(second_name, type_=_Listed(second.type))

    def self_group(self, against: Any = None) -> "pairs_of":
        """Itself, as `one_of`."""
        return self


class _Listed(sa.types.TypeDecorator[Sequence[Any]]):
    """A list of values of one type, as each engine takes it."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(self.item))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: sa.Dialect) -> object:
        assert value is not None, "a list may be empty, never None"
        if dialect.name == "postgresql":
            return list(value)
        process = self.item.dialect_impl(dialect).bind_processor(dialect)
        return orjson.dumps([process(item) for item in value] if process else list(value)).decode()


@compiles(one_of, "postgresql")
def _one_of_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.column == sa.any_(element.listed), **options))


@compiles(one_of, "sqlite")
def _one_of_json(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    values = sa.select(sa.func.json_each(element.listed).table_valued("value").c.value)
    return str(compiler.process(element.column.in_(values), **options))


@compiles(pairs_of, "postgresql")
def _pairs_of_arrays(element: pairs_of, compiler: SQLCompiler, **options: Any) -> str:
    first, second, firsts, seconds = _pair_texts(element, compiler, options)
    return f"({first}, {second}) IN (SELECT * FROM unnest({firsts}, {seconds}))"  # noqa: S608 - compiled parts only


@compiles(pairs_of, "sqlite")
def _pairs_of_json(element: pairs_of, compiler: SQLCompiler, **options: Any) -> str:
    first, second, firsts, seconds = _pair_texts(element, compiler, options)
    pairs = f"SELECT a.value, b.value FROM json_each({firsts}) AS a JOIN json_each({seconds}) AS b ON a.key = b.key"  # noqa: S608 - as above
    return f"({first}, {second}) IN ({pairs})"


def _pair_texts(element: pairs_of, compiler: SQLCompiler, options: dict[str, Any]) -> list[str]:
    parts = (element.first, element.second, element.firsts, element.seconds)
    return [str(compiler.process(part, **options)) for part in parts]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as one driver takes it.

    Attributes:
        places: the parameters in the driver's order: name, how it is converted, and its value when the statement itself
            fixes it (already converted).
        conversions: positions of the columns whose values need converting, each with how.
    """

    driver: Driver
    text: str
    places: tuple[tuple[str, _Processor | None, bool, object], ...]
    row: type[tuple[Any, ...]]
    conversions: tuple[tuple[int, _Processor], ...]

    def bound(self, values: Mapping[str, object]) -> object:
        """The parameters of one call, in the driver's form."""
        if self.driver.by_name:
            return {name: _placed(values, name, process, fixed, value) for name, process, fixed, value in self.places}
        return self.listed(values)

    def listed(self, values: Mapping[str, object]) -> list[object]:
        """The parameters of one call in the order of their numbers, for a driver that numbers them."""
        return [_placed(values, name, process, fixed, value) for name, process, fixed, value in self.places]

    def rows(self, records: Sequence[Sequence[Any]]) -> list[Row]:
        """The driver's rows as ours."""
        if not self.conversions or not records:
            return list(map(tuple.__new__, repeat(self.row), records))  # type: ignore[arg-type]  # a named tuple is a Row
        # Column by column, for the conversions of a column are one loop in C then.
        columns: list[Iterable[Any]] = list(zip(*records, strict=True))
        for index, convert in self.conversions:
            columns[index] = map(convert, columns[index])
        return list(map(tuple.__new__, repeat(self.row), zip(*columns, strict=True)))  # type: ignore[arg-type]  # as above


def _placed(values: Mapping[str, object], name: str, process: _Processor | None, fixed: bool, value: object) -> object:
    if fixed:
        return value
    given = values[name]
    return given if process is None else process(given)


def _compiled(statement: Any, dialect: sa.Dialect) -> Compiled:
    compiled: SQLCompiler = statement.compile(dialect=dialect)
    assert not compiled.insert_prefetch, "name every column: a Statement fills in no defaults"
    assert not compiled.update_prefetch, "name every column: a Statement fills in no defaults"
    assert "POSTCOMPILE" not in compiled.string, "bind a list by one_of, not by in_"
    driver = driver_of(dialect)
    order = compiled.bind_names.values() if driver.by_name else compiled.positiontup or ()
    columns = list(statement.exported_columns)
    found = ((index, _converter(column.type, dialect)) for index, column in enumerate(columns))
    return Compiled(
        driver=driver,
        text=compiled.string,
        places=tuple(_place(name, compiled.binds[name], dialect) for name in order),
        row=namedtuple("row", [column.key for column in columns], rename=True),  # noqa: PYI024 - made at run time
        conversions=tuple((index, convert) for index, convert in found if convert is not None),
    )


def _place(name: str, bound: sa.BindParameter[Any], dialect: sa.Dialect) -> tuple[str, _Processor | None, bool, object]:
    process = bound.type.dialect_impl(dialect).bind_processor(dialect)
    if bound.required:
        return name, process, False, None
    value = bound.effective_value
    return name, process, True, process(value) if process else value


def _converter(column_type: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> _Processor | None:
    return column_type.dialect_impl(dialect).result_processor(dialect, None)
