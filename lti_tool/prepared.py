"""Statements of the few places where a whole school passes at the same minute.

SQLAlchemy looks a statement up, binds and wraps it anew at each execution, which costs several times what
the query itself does. A `Prepared` statement is compiled by SQLAlchemy once for each kind of database; after
that its text goes to the driver directly, with SQLAlchemy's own conversions of parameters and columns. The
connection, its pool and its transaction stay SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.attributes import manager_of_class
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

_Convert = Callable[[Any], Any]
Model = TypeVar("Model", bound=DeclarativeBase)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for one kind of database, what to do to parameters going in, and the columns coming out."""

    text: str
    constants: Mapping[str, Any]
    incoming: Mapping[str, Callable[[Any], Any]]
    columns: Sequence[TypeEngine[Any]]


def plain(model: type[Model], names: Iterable[str], values: Iterable[Any]) -> Model:
    """An object of `model` outside any session, with these columns: what a query found, and nothing more.

    Made as SQLAlchemy makes the objects that it loads, without the events of an assignment.
    """
    made: Model = manager_of_class(model).new_instance()
    made.__dict__.update(zip(names, values, strict=True))
    return made


class Prepared:
    """A statement with named parameters (`bindparam`), or an insertion into the named columns.

    It begins no transaction by itself: give it a connection of `Database.connect` or `Database.write`.
    """

    def __init__(self, statement: ClauseElement, *, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}
        self._outgoing: dict[str, Sequence[tuple[int, _Convert]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run it; the first row, or None."""
        rows = self.all(connection, values)
        return rows[0] if rows else None

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it; all rows."""
        compiled = self._for(connection)
        cursor = self._run(connection, compiled, values)
        rows = cursor.fetchall() if compiled.columns else []
        if not rows:
            cursor.close()
            return []
        outgoing = self._outgoing.get(connection.dialect.name)
        if outgoing is None:  # some conversions depend on what the driver says of the column
            outgoing = self._outgoing[connection.dialect.name] = [
                (place, convert)
                for place, (column, described) in enumerate(
                    zip(compiled.columns, cursor.description, strict=True)
                )
                if (
                    convert := column.dialect_impl(connection.dialect).result_processor(
                        connection.dialect, described[1]
                    )
                )
            ]
        cursor.close()
        return [_converted(row, outgoing) for row in rows]

    def _run(self, connection: Connection, compiled: _Compiled, values: Mapping[str, Any]) -> Any:
        parameters = {**compiled.constants, **values}
        for name, convert in compiled.incoming.items():
            parameters[name] = convert(parameters[name])
        driver: Any = connection.connection.driver_connection
        return driver.execute(compiled.text, parameters)

    def _for(self, connection: Connection) -> _Compiled:
        name = connection.dialect.name
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = _compile(self._statement, self._columns, connection.dialect)
        return found


def _converted(row: Sequence[Any], outgoing: Iterable[tuple[int, _Convert]]) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in outgoing:
        values[place] = convert(values[place])
    return tuple(values)


def _compile(statement: ClauseElement, columns: Sequence[str] | None, dialect: Dialect) -> _Compiled:
    # SQLite's driver takes named parameters, too; SQLAlchemy's default for it is by position.
    named = sqlite_dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
    options: dict[str, Any] = {} if columns is None else {"column_keys": list(columns)}
    compiled = statement.compile(dialect=named, **options)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("only queries and changes of rows can be prepared")
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    incoming = {
        name: convert
        for name, bind in binds.items()
        if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    types = [column.type for column in compiled._result_columns or ()]
    constants = {name: bind.value for name, bind in binds.items() if bind.value is not None}
    return _Compiled(str(compiled), constants, incoming, types)
