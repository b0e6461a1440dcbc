"""Column shapes that several tables share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import Enum, ForeignKey, String
from sqlalchemy.orm import mapped_column

from lti_tool.db import UtcDateTime

Key = Annotated[int, mapped_column(primary_key=True)]
Moment = Annotated[datetime, mapped_column(UtcDateTime())]
# 255 characters is the longest identifier that LTI 1.3 lets a platform send.
WireId = Annotated[str, mapped_column(String(255))]
Digest = Annotated[str, mapped_column(String(64))]
ContextKey = Annotated[int, mapped_column(ForeignKey("contexts.id", ondelete="CASCADE"))]
PersonKey = Annotated[int, mapped_column(ForeignKey("people.id", ondelete="CASCADE"))]


def choice(kind: type[StrEnum], *, name: str = "") -> Enum:
    """A text column that holds only the values of `kind`, checked by the database itself.

    `name` tells the checks apart where a table has two columns of a kind.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name or kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )
