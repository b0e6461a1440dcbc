"""The items of a deep-linking response, and their place in the course (LTI Deep Linking 2.0, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.json_number import is_number
from lti_tool.demo_lms.launching import origin_of, origins_of
from lti_tool.demo_lms.platform import Platform, random_token
from lti_tool.demo_lms.profiles import Profile
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tables import Column, ItemRow, Launch, ModuleRow, ResourceLink, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedColumn:
    """The `lineItem` of a content item."""

    label: str
    score_maximum: float
    resource_id: str | None
    tag: str | None
    submission_review: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One resource link that the tool wants to see in the course."""

    title: str
    text: str
    url: str
    custom: dict[str, str]
    column: WantedColumn | None
    opens_at: datetime | None
    due_at: datetime | None
    in_window: bool


def _refuse(sentence: str) -> Refusal:
    return Refusal("deep_linking.content_item", sentence)


def read_content_items(claims: Mapping[str, Any], profile: Profile, tool: Tool) -> tuple[ContentItem, ...]:
    """The items of a response. Refused: other types than were offered, several where one was asked for, wrong members."""
    items = claims.get(vocab.CONTENT_ITEMS, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _refuse("The content_items must be a list of objects.")
    if len(items) > 1 and not profile.deep_linking_settings["accept_multiple"]:
        raise _refuse("Only one content item was asked for.")
    return tuple(_read(item, profile, tool) for item in items)


def _read(item: Mapping[str, Any], profile: Profile, tool: Tool) -> ContentItem:
    if item.get("type") not in profile.deep_linking_settings["accept_types"]:
        raise _refuse(f"Content items of the type {item.get('type')!r} were not asked for.")
    url = item.get("url", tool.target_link_uri)
    if not isinstance(url, str) or origin_of(url) not in origins_of(tool):
        raise _refuse("The url of a content item must be on an address that the tool registered.")
    custom = item.get("custom", {})
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        raise _refuse("Custom parameters must be an object whose values are text.")
    column = _read_column(item["lineItem"], item, profile) if "lineItem" in item else None
    title = _text(item, "title") or (column.label if column else "") or tool.name
    opens_at, due_at = _moment(item, "available", "startDateTime"), _moment(item, "submission", "endDateTime")
    if opens_at and due_at and due_at <= opens_at:
        raise _refuse("The submission of a content item ends before the item is available.")
    in_window = _in_window(item, profile)
    return ContentItem(
        title=title,
        text=_text(item, "text"),
        url=url,
        custom=custom,
        column=column,
        opens_at=opens_at if profile.item_dates_used else None,
        due_at=due_at if profile.item_dates_used else None,
        in_window=in_window and profile.item_targets_used,
    )


def _moment(item: Mapping[str, Any], name: str, member: str) -> datetime | None:
    span = item.get(name, {})
    if not isinstance(span, dict):
        raise _refuse(f"{name} must be an object.")
    if span.get(member) is None:
        return None
    try:
        moment = datetime.fromisoformat(span[member])
    except (TypeError, ValueError):
        raise _refuse(f"{name}.{member} must be a moment as ISO 8601 writes it.") from None
    if moment.tzinfo is None:
        raise _refuse(f"{name}.{member} must name its time zone.")
    return moment.astimezone(UTC)


def _in_window(item: Mapping[str, Any], profile: Profile) -> bool:
    for target in ("iframe", "window"):
        hint = item.get(target)
        if hint is None:
            continue
        if target not in profile.deep_linking_settings["accept_presentation_document_targets"]:
            raise _refuse(f"The presentation in a target {target!r} was not offered.")
        if not isinstance(hint, dict):
            raise _refuse(f"{target} must be an object.")
    return "window" in item


def _read_column(wanted: object, item: Mapping[str, Any], profile: Profile) -> WantedColumn:
    if not isinstance(wanted, dict):
        raise _refuse("The lineItem must be an object.")
    maximum = wanted.get("scoreMaximum", profile.line_item_default_maximum)
    if not is_number(maximum) or maximum <= 0:
        raise _refuse("A lineItem needs a scoreMaximum above 0.")
    review = wanted.get("submissionReview")
    return WantedColumn(
        label=_text(wanted, "label") or _text(item, "title") or "Activity",
        score_maximum=float(maximum),
        resource_id=_text(wanted, "resourceId") or None,
        tag=_text(wanted, "tag") or None,
        submission_review=review if isinstance(review, dict) else None,
    )


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise _refuse(f"{name} must be text.")
    return value or ""


def place(
    session: Session, platform: Platform, launch: Launch, tool: Tool, items: tuple[ContentItem, ...]
) -> None:
    """Add every item to the chosen module, each as a link with its own column where one was wanted."""
    module_id = launch.module_id or session.scalars(_modules(launch)).first()
    if module_id is None or launch.course_id is None:
        raise _refuse("The course has no module to put activities into.")
    for item in items:
        link = add_link(
            session,
            platform,
            course_id=launch.course_id,
            tool=tool,
            title=item.title,
            url=item.url,
            custom=item.custom,
            text=item.text,
        )
        link.in_window = item.in_window
        row = add_to_module(
            session, module_id=module_id, link=link, points=item.column.score_maximum if item.column else None
        )
        row.opens_at, row.due_at = item.opens_at, item.due_at
        if item.column is not None:
            session.add(
                Column(
                    course_id=launch.course_id,
                    tool_id=tool.id,
                    link_id=link.id,
                    label=item.column.label,
                    score_maximum=item.column.score_maximum,
                    resource_id=item.column.resource_id,
                    tag=item.column.tag,
                    submission_review=item.column.submission_review,
                )
            )
    session.flush()


def _modules(launch: Launch) -> Select[int]:
    return select(ModuleRow.id).where(ModuleRow.course_id == launch.course_id).order_by(ModuleRow.position)


def add_link(
    session: Session,
    platform: Platform,
    *,
    course_id: int,
    tool: Tool,
    title: str,
    url: str,
    custom: Mapping[str, str] | None = None,
    text: str = "",
    navigation: bool = False,
) -> ResourceLink:
    """A new placement of a tool in the course."""
    link = ResourceLink(
        public_id=random_token(),
        course_id=course_id,
        tool_id=tool.id,
        title=title,
        text=text,
        url=url,
        custom=dict(custom or {}),
        navigation=navigation,
    )
    session.add(link)
    session.flush()
    link.public_id = platform.profile.link_id(link.id)
    session.flush()
    return link


def add_to_module(session: Session, *, module_id: int, link: ResourceLink, points: float | None) -> ItemRow:
    """Put a link at the end of a module."""
    last = session.scalar(select(func.max(ItemRow.position)).where(ItemRow.module_id == module_id))
    item = ItemRow(
        module_id=module_id,
        position=0 if last is None else last + 1,
        kind="tool",
        title=link.title,
        body=link.text,
        points=points,
        link_id=link.id,
    )
    session.add(item)
    session.flush()
    return item
