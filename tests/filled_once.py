"""What many tests begin with, put into a database once by the product's own code, and copied after that.

A course that is set up is a thousand queries and as many estimates; its rows are there again in a few milliseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from lti_tool.db import Base, Database
from lti_tool.models.platforms import Registration

Keys = TypeVar("Keys")
_TABLES = [table.name for table in Base.metadata.sorted_tables]
_kept: dict[Hashable, tuple[Any, Callable[[Database], None]]] = {}
_schemas = count(1)


def filled_once(database: Database, name: Hashable, fill: Callable[[Session], Keys]) -> Keys:
    """Rows as `fill` makes them, and the keys that it gives back; `name` stands for it and all that it depends on.

    In a database that has rows already, `fill` is called each time.
    """
    address = database.engine.url
    name = (name, "sqlite" if database.engine.name == "sqlite" else address.render_as_string())
    with database.read() as session:
        is_empty = session.query(Registration.id).first() is None
    if is_empty and name in _kept:
        known: Keys
        known, put = _kept[name]
        put(database)
        return known
    with database.transaction() as session:
        keys = fill(session)
    if is_empty:
        _kept[name] = keys, (_kept_file if database.engine.name == "sqlite" else _kept_tables)(database)
    return keys


def _kept_file(database: Database) -> Callable[[Database], None]:
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(str(database.engine.url.database))) as file:
        file.backup(kept)

    def put(other: Database) -> None:
        with closing(sqlite3.connect(str(other.engine.url.database))) as file:
            kept.backup(file)

    return put


def _kept_tables(database: Database) -> Callable[[Database], None]:
    schema = f"filled_{next(_schemas)}"
    with database.engine.begin() as connection:
        filled = [name for name in _TABLES if _has_rows(connection, name)]
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        for name in filled:
            connection.execute(text(f"CREATE TABLE {schema}.{name} AS TABLE public.{name}"))
        numbers = connection.execute(
            text(
                "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value > 0"
            )
        ).all()
    statements = ["SET LOCAL session_replication_role = replica"]  # no triggers, no foreign keys
    statements += [f"INSERT INTO public.{name} SELECT * FROM {schema}.{name}" for name in filled]
    statements += [f"SELECT setval('public.{name}', {last})" for name, last in numbers]

    def put(other: Database) -> None:
        with other.engine.begin() as connection:
            connection.exec_driver_sql("; ".join(statements))

    return put


def _has_rows(connection: Connection, name: str) -> bool:
    return connection.execute(text(f"SELECT 1 FROM public.{name} LIMIT 1")).first() is not None
