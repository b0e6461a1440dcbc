"""Gradebook columns of the platform: reading, finding and making them (AGS section 3.2).

A platform shows a tool only its own columns. None of them refuses a second column with the same tag and
resource id, so whoever makes one looks first, see `columns`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from pylti1p3.lineitem import LineItem as PyltiLineItem
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import raise_for_status, unreadable_answer
from lti_tool.grades.service_client import ServiceClient
from lti_tool.grades.vocab import MediaType, Scope
from lti_tool.launch.wire import read_json
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import ColumnSource, LineItem

LONGEST_LABEL = 255


@dataclass(frozen=True, slots=True)
class PlatformColumn:
    """A gradebook column as the platform describes it; empty ids are None."""

    url: str
    label: str
    score_maximum: float
    resource_id: str | None = None
    resource_link_id: str | None = None
    tag: str | None = None


def read_line_items(
    client: ServiceClient, context: Context, *, tag: str | None = None, resource_id: str | None = None
) -> tuple[PlatformColumn, ...]:
    """All columns of `context` that the platform shows us, all pages of them.

    With `tag` or `resource_id` only those that carry them: the platform is asked to filter, and the answer
    is filtered again because not every platform does. No `limit` is sent: Moodle's paged answers carry
    broken links, its unpaged ones are complete. Raises PlatformError.
    """
    wanted = {"tag": tag, "resource_id": resource_id}
    url = _with_query(_line_items_url(context), {name: value for name, value in wanted.items() if value})
    found: list[PlatformColumn] = []
    for page in client.read_pages(url, scopes=reading_scopes(context), accept=MediaType.LINE_ITEMS):
        if not isinstance(page, list):
            raise unreadable_answer(status=200)
        found += [_platform_column(item) for item in page]
    return tuple(
        column
        for column in found
        if (tag is None or column.tag == tag) and (resource_id is None or column.resource_id == resource_id)
    )


def create_line_item(
    client: ServiceClient, context: Context, *, label: str, score_maximum: float, tag: str, resource_id: str
) -> PlatformColumn:
    """Make a column at the platform and describe it.

    Not safe to repeat: after an ambiguous PlatformUnavailable look for the column first. Raises
    PlatformRefused `grades.columns_not_permitted` when the course does not let us make columns.
    """
    if Scope.LINE_ITEM not in context.service_scopes:
        raise PlatformRefused(
            "grades.columns_not_permitted",
            "The learning platform does not let Waymark add columns to this gradebook; ask an administrator to "
            "permit grade columns for Waymark.",
        )
    wanted = PyltiLineItem().set_label(label[:LONGEST_LABEL]).set_score_maximum(score_maximum)
    wanted.set_tag(tag).set_resource_id(resource_id)
    response = client.request(
        "POST",
        _line_items_url(context),
        scopes=writing_scopes(context),
        accept=MediaType.LINE_ITEM,
        content_type=MediaType.LINE_ITEM,
        body=wanted.get_value(),
    )
    raise_for_status(response, now=client.clock())
    try:
        return _platform_column(read_json(response.content))
    except ValueError:
        raise unreadable_answer(status=response.status_code) from None


def store_line_items(
    session: Session, *, context: Context, columns: Iterable[PlatformColumn], now: datetime
) -> tuple[LineItem, ...]:
    """Keep a complete reading of `context`'s columns; what it no longer lists is marked as not present.

    Columns that a teacher brought in with a file are not the platform's to list, and stay as they are.
    """
    known = {
        item.url: item
        for item in session.scalars(
            select(LineItem).where(
                LineItem.context_id == context.id, LineItem.source == ColumnSource.PLATFORM
            )
        )
    }
    listed = {
        column.url: store_line_item(
            session, context=context, column=column, now=now, known=known.get(column.url)
        )
        for column in columns
    }
    _mark_missing([item for url, item in known.items() if url not in listed])
    session.flush()
    return tuple(listed.values())


def store_line_item(
    session: Session, *, context: Context, column: PlatformColumn, now: datetime, known: LineItem | None
) -> LineItem:
    """Keep what the platform says of one column in `known`, or in a new row.

    A row that says the same as before is not touched, so `read_at` is the moment at which it was first read.
    """
    item = known or LineItem(context_id=context.id, url=column.url)
    said = {**asdict(column), "present": True}
    if known is None or any(getattr(item, name) != value for name, value in said.items()):
        for name, value in said.items():
            setattr(item, name, value)
        item.read_at = now
    session.add(item)
    return item


def reading_scopes(context: Context) -> list[str]:
    """The scopes for reading columns and results that this course grants us.

    Raises PlatformRefused `grades.not_offered` when it grants none for columns.
    """
    scopes = [Scope.LINE_ITEM_READ_ONLY, Scope.LINE_ITEM]
    readable = [scope for scope in scopes if scope in context.service_scopes][:1]
    if not readable:
        raise _not_offered()
    return _granted(context, [*readable, Scope.RESULT_READ_ONLY])


def writing_scopes(context: Context) -> list[str]:
    """The scopes for making columns, sending scores and checking them that this course grants us."""
    return _granted(context, [Scope.LINE_ITEM, Scope.SCORE, Scope.RESULT_READ_ONLY])


def _granted(context: Context, scopes: Collection[Scope]) -> list[str]:
    return [scope.value for scope in scopes if scope in context.service_scopes]


def _line_items_url(context: Context) -> str:
    if not context.line_items_url:
        raise _not_offered()
    return context.line_items_url


def _mark_missing(items: Iterable[LineItem]) -> None:
    for item in items:
        item.present = False


def _platform_column(item: Any) -> PlatformColumn:
    """One line item of an answer. Raises PlatformUnavailable when it is not one."""
    try:
        url, maximum = str(item["id"]), float(item["scoreMaximum"])
    except (KeyError, TypeError, ValueError):
        raise unreadable_answer(status=200) from None
    if not math.isfinite(maximum):
        raise unreadable_answer(status=200)
    return PlatformColumn(
        url=url,
        label=str(item.get("label") or "")[:LONGEST_LABEL],
        score_maximum=maximum,
        resource_id=_text(item.get("resourceId")),
        resource_link_id=_text(item.get("resourceLinkId")),
        tag=_text(item.get("tag")),
    )


def _text(value: object) -> str | None:
    """Ids come as text or number; Moodle writes an empty text for "none"."""
    return None if value is None or value == "" else str(value)[:255]


def _with_query(url: str, extra: dict[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(extra)) if part)
    return urlunsplit(parts._replace(query=query))


def _not_offered() -> PlatformRefused:
    return PlatformRefused(
        "grades.not_offered",
        "The learning platform does not offer its gradebook to Waymark in this course; ask an administrator to "
        "switch on grade services for Waymark.",
    )
