"""Alembic's entry: runs the wanted migrations on the connection that `lti_tool.migrations` passes in."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import lti_tool.models
from lti_tool.db import Base, UtcDateTime

_ = lti_tool.models  # importing the package registers every table


def render_item(kind: str, item: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Name our own column type by its import, so that revision files stay readable."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogenerate.imports.add("from lti_tool.db import UtcDateTime")
        return "UtcDateTime()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=render_item,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
