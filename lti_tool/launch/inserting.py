"""Rows that several processes may want to insert at the same moment: the first one does, the others notice."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.db import Base


def insert_once(session: Session, model: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless one with the same unique key is there already; says whether it is new."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).values(values).on_conflict_do_nothing()
    first_key = next(iter(model.__table__.primary_key))
    return session.execute(statement.returning(first_key)).scalar_one_or_none() is not None
