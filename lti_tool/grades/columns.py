"""Making sure that a wanted column exists at the platform, exactly once.

No platform refuses a second column with the same tag and resource id, and an answer to a creation may
get lost. So whoever makes a column looks for it first, and the lease rule (`leases.claim_next`) lets
only one delivery at a time work on a column that has no line item yet.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades.line_items import (
    PlatformColumn,
    create_line_item,
    read_line_items,
    store_line_item,
)
from lti_tool.grades.service_client import ServiceClient
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Column, LineItem


def find_column(client: ServiceClient, context: Context, column: Column) -> PlatformColumn | None:
    """The platform's column with `column`'s tag and resource id; of several, the one with the first address.

    Raises PlatformError.
    """
    found = read_line_items(client, context, tag=column.tag, resource_id=column.resource_id)
    return min(found, key=lambda item: (len(item.url), item.url), default=None)


def find_or_create_column(client: ServiceClient, context: Context, column: Column) -> PlatformColumn:
    """The platform's column for `column`, made now if it is not there. Raises PlatformError."""
    return find_column(client, context, column) or create_line_item(
        client,
        context,
        label=column.label,
        score_maximum=column.score_maximum,
        tag=column.tag,
        resource_id=column.resource_id,
    )


def bind_column(session: Session, *, column_id: int, found: PlatformColumn, now: datetime) -> None:
    """Remember which line item of the platform `column_id` is."""
    column = session.get_one(Column, column_id)
    known = session.scalar(
        select(LineItem).where(LineItem.context_id == column.context_id, LineItem.url == found.url)
    )
    item = store_line_item(session, context=column.context, column=found, now=now, known=known)
    session.flush()
    column.line_item_id = item.id


def mark_column_gone(session: Session, *, column_id: int) -> None:
    """Remember that the platform no longer has the column's line item.

    The column stays bound to it: somebody deleted it on purpose perhaps, so it is made anew only when a
    person asks for it (`outbox.send_again`).
    """
    column = session.get_one(Column, column_id)
    if column.line_item is not None:
        column.line_item.present = False
