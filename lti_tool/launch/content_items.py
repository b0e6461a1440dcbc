"""What a teacher places in a course, as the content items of a deep-linking answer.

LTI Deep Linking 2.0, section 3.2 (https://www.imsglobal.org/spec/lti-dl/v2p0#lti-resource-link); the column
and its review are those of Assignment and Grade Services 2.0, section 3.2, and of Submission Review 1.0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from lti_tool.launch import vocab

# Each link asks by itself where it was copied from: Schoology sends the custom parameters of an app only with
# its own placements, not with links made by deep linking. A variable that a platform does not know comes back
# as it was written, which `launch.claims` takes for nothing. Names in lower case: Schoology loses the case.
COPY_VARIABLES: Mapping[str, str] = {
    "context_history": "$Context.id.history",
    "resource_link_history": "$ResourceLink.id.history",
    "activity_history": "$Activity.id.history",
}
# A frame of this height shows a whole question; its width is the platform's affair.
_FRAME_HEIGHT = 800
# Work can be looked at as soon as it was begun.
_REVIEWABLE = ("InProgress", "Submitted", "Completed")


class Target(StrEnum):
    """Where a link opens; a hint that the platform may pass over."""

    FRAME = "iframe"
    WINDOW = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The gradebook column that a link brings along.

    With a `review_label` the platform offers teachers a look at what a student did (submission review).
    """

    label: str
    score_maximum: float
    resource_id: str
    tag: str
    review_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One link to place in the course."""

    title: str
    text: str
    url: str
    custom: Mapping[str, str] = field(default_factory=dict)
    column: Column | None = None
    opens_at: datetime | None = None
    due_at: datetime | None = None
    target: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the platform takes at the place where the teacher is adding something.

    `title` and `text` are for items that have none of their own. Where not `saved_at_once`, the teacher has
    to save in the platform what comes back. `targets` is empty where the platform offers neither of ours.
    """

    several: bool
    columns: bool
    saved_at_once: bool
    targets: tuple[Target, ...]
    title: str
    text: str


def place(settings: Mapping[str, Any]) -> Place:
    """Read the settings that were kept of a deep-linking request.

    Where a platform does not say whether it takes columns (`accept_lineitem` is absent, as in Moodle and in
    Canvas) nothing may be assumed, and an unknown member does no harm: they are sent. `accept_media_types`
    is about files, of which we send none.
    """
    offered = settings.get("accept_presentation_document_targets") or ()
    return Place(
        several=bool(settings.get("accept_multiple")),
        columns=bool(settings.get("accept_line_item", True)),
        saved_at_once=bool(settings.get("auto_create")),
        targets=tuple(target for target in Target if target.value in offered),
        title=settings.get("title") or "",
        text=settings.get("text") or "",
    )


def wire_item(item: ContentItem, place: Place) -> dict[str, Any]:
    """The item as the platform reads it; nothing is said where we have nothing to say."""
    wire: dict[str, Any] = {
        "type": vocab.RESOURCE_LINK_TYPE,
        "title": item.title or place.title,
        "text": item.text or place.text,
        "url": item.url,
        "custom": {**COPY_VARIABLES, **item.custom},
        "lineItem": _line_item(item.column, item) if item.column is not None and place.columns else None,
        "available": {"startDateTime": _moment(item.opens_at)} if item.opens_at else None,
        "submission": {"endDateTime": _moment(item.due_at)} if item.due_at else None,
        **_hint(item.target, place.targets),
    }
    return {name: value for name, value in wire.items() if value}


def _line_item(column: Column, item: ContentItem) -> dict[str, Any]:
    """Whether students see the score (`gradesReleased`) stays the teacher's decision: it is not sent."""
    line_item: dict[str, Any] = {
        "scoreMaximum": column.score_maximum,
        "label": column.label,
        "resourceId": column.resource_id,
        "tag": column.tag,
    }
    if column.review_label:
        line_item["submissionReview"] = {
            "reviewableStatus": list(_REVIEWABLE),
            "label": column.review_label,
            "url": item.url,
            "custom": dict(item.custom),
        }
    return line_item


def _hint(wanted: Target | None, offered: Collection[Target]) -> dict[str, Any]:
    if wanted not in offered:
        return {}
    if wanted is Target.WINDOW:
        return {"window": {"targetName": "_blank"}}
    return {"iframe": {"height": _FRAME_HEIGHT}}


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
