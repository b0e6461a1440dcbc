"""Gradebook columns as tools see them, and which of them a tool may see or change (AGS 2.0, section 3.2)."""

from typing import Any

from sqlalchemy import select

from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.services.calls import Call
from lti_tool.demo_lms.tables import Column


def visible_columns(call: Call) -> list[Column]:
    """The columns that this tool may read, oldest first."""
    query = select(Column).where(Column.course_id == call.course.id).order_by(Column.id)
    if not call.profile.native_columns_visible:
        query = query.where(Column.tool_id == call.tool.id)
    return list(call.session.scalars(query))


def readable_column(call: Call, column_id: int) -> Column:
    """A column the tool may read; for any other the answer is the same as for one that does not exist."""
    column = call.session.get(Column, column_id)
    if column is None or column.course_id != call.course.id:
        raise Refusal("line_item.unknown", f"There is no line item {column_id} in this course.", status=404)
    if column.tool_id != call.tool.id and not call.profile.native_columns_visible:
        raise Refusal("line_item.foreign", f"There is no line item {column_id} in this course.", status=404)
    return column


def own_column(call: Call, column_id: int) -> Column:
    """A column that belongs to the calling tool."""
    column = readable_column(call, column_id)
    if column.tool_id != call.tool.id:
        raise Refusal("line_item.foreign", "This line item does not belong to the calling tool.", status=403)
    return column


def line_item(call: Call, column: Column, *, listed: bool = True) -> dict[str, Any]:
    """A column in the words of the specification."""
    blank = "" if listed and call.profile.empty_members_as_text else None
    own_link = column.link if column.tool_id == call.tool.id else None
    members = {
        "id": call.platform.line_item_address(call.course, call.tool, column),
        "label": column.label,
        "scoreMaximum": call.profile.rounded(column.score_maximum),
        "resourceId": column.resource_id or blank,
        "tag": column.tag or blank,
        "resourceLinkId": own_link.public_id if own_link else None,
        "startDateTime": column.start_at,
        "endDateTime": column.end_at,
        "gradesReleased": column.grades_released,
        "submissionReview": column.submission_review,
    }
    if listed and own_link and call.profile.empty_members_as_text:
        members["ltiLinkId"] = own_link.public_id
    return {name: value for name, value in members.items() if value is not None}
