"""Assignment and Grade Services 2.0: the line item service (section 3.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select, update

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.json_number import is_number
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.services.calls import Call, accept_only, answer, json_body, service_call
from lti_tool.demo_lms.services.columns import line_item, own_column, readable_column, visible_columns
from lti_tool.demo_lms.services.paging import page_of
from lti_tool.demo_lms.tables import Column, Grade, ResourceLink

bp = Blueprint("line_items", __name__, url_prefix="/lti/courses/<course_id>/line_items")


@bp.get("")
@service_call("line items", vocab.LINE_ITEM_READ_SCOPE, vocab.LINE_ITEM_SCOPE)
def listed(call: Call) -> Response:
    """The columns that the tool may read, filtered and in pages."""
    accept_only(call, vocab.LINE_ITEMS_TYPE)
    columns = [column for column in visible_columns(call) if _matches(call, column)]
    shown, headers = page_of(
        columns,
        address=call.platform.line_items_address(call.course, call.tool),
        size=call.profile.line_item_page_size,
        by_offset=call.profile.paging_by_offset,
        typographic=call.profile.typographic_link_header,
    )
    return answer([line_item(call, column) for column in shown], vocab.LINE_ITEMS_TYPE, headers=headers)


def _matches(call: Call, column: Column) -> bool:
    tag, resource_id, link_id = (
        request.args.get(name) for name in ("tag", "resource_id", "resource_link_id")
    )
    own_link = column.link.public_id if column.link and column.tool_id == call.tool.id else None
    return (
        (tag is None or column.tag == tag)
        and (resource_id is None or column.resource_id == resource_id)
        and (link_id is None or own_link == link_id)
    )


@bp.post("")
@service_call("line items", vocab.LINE_ITEM_SCOPE)
def create(call: Call) -> Response:
    """A new column of the calling tool."""
    wanted = json_body(call, vocab.LINE_ITEM_TYPE)
    column = Column(
        course_id=call.course.id, tool_id=call.tool.id, made_by_tool=True, **_members(call, wanted)
    )
    link = _wanted_link(call, wanted)
    if link is not None:
        column.link_id = link.id
    call.session.add(column)
    call.session.flush()
    call.session.refresh(column)
    return answer(line_item(call, column, listed=False), vocab.LINE_ITEM_TYPE, status=201)


@bp.get("/<int:column_id>")
@service_call("line items", vocab.LINE_ITEM_READ_SCOPE, vocab.LINE_ITEM_SCOPE)
def read(call: Call, *, column_id: int) -> Response:
    """One column."""
    accept_only(call, vocab.LINE_ITEM_TYPE)
    return answer(line_item(call, readable_column(call, column_id)), vocab.LINE_ITEM_TYPE)


@bp.put("/<int:column_id>")
@service_call("line items", vocab.LINE_ITEM_SCOPE)
def change(call: Call, *, column_id: int) -> Response:
    """Replace what a column says about itself; members left out are cleared."""
    column = own_column(call, column_id)
    wanted = json_body(call, vocab.LINE_ITEM_TYPE)
    members = _members(call, wanted)
    present_link = column.link.public_id if column.link else None
    if wanted.get("resourceLinkId") not in (None, "", present_link):
        raise Refusal(
            "line_item.link_changed", "The resourceLinkId of a line item cannot be changed.", status=400
        )
    if members["score_maximum"] != column.score_maximum and column.score_maximum:
        call.session.execute(
            update(Grade)
            .where(Grade.column_id == column.id, Grade.score.is_not(None))
            .values(score=Grade.score * members["score_maximum"] / column.score_maximum)
        )
    for name, value in members.items():
        setattr(column, name, value)
    return answer(line_item(call, column, listed=False), vocab.LINE_ITEM_TYPE)


@bp.delete("/<int:column_id>")
@service_call("line items", vocab.LINE_ITEM_SCOPE)
def remove(call: Call, *, column_id: int) -> Response:
    """Delete a column of the calling tool, with its scores."""
    column = own_column(call, column_id)
    if not column.made_by_tool and not call.profile.line_item_delete_of_linked:
        raise Refusal(
            "line_item.linked",
            "This line item was made in the LMS together with its link; delete it there.",
            status=403,
        )
    call.session.delete(column)
    return Response(status=204)


def _members(call: Call, wanted: Mapping[str, Any]) -> dict[str, Any]:
    label, maximum = wanted.get("label"), wanted.get("scoreMaximum")
    if not isinstance(label, str) or not label.strip() or maximum is None:
        raise Refusal(
            "line_item.members_missing", "A line item needs a label and a scoreMaximum.", status=400
        )
    return {
        "label": label,
        "score_maximum": positive_maximum(maximum, zero_allowed=call.profile.zero_maximum_allowed),
        "resource_id": _text(wanted, "resourceId"),
        "tag": _text(wanted, "tag"),
        "start_at": _moment(wanted, "startDateTime"),
        "end_at": _moment(wanted, "endDateTime"),
        "grades_released": _flag(wanted, "gradesReleased"),
        "submission_review": wanted.get("submissionReview")
        if isinstance(wanted.get("submissionReview"), dict)
        else None,
    }


def positive_maximum(value: object, *, zero_allowed: bool = False) -> float:
    """A scoreMaximum: a number above 0."""
    if not is_number(value):
        raise Refusal("line_item.maximum", "The scoreMaximum must be a number.", status=400)
    if value < 0 or (value == 0 and not zero_allowed):
        raise Refusal("line_item.maximum", "The scoreMaximum must be above 0.", status=400)
    return float(value)


def _text(wanted: Mapping[str, Any], name: str) -> str | None:
    value = wanted.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise Refusal("line_item.member", f"{name} must be text.", status=400)


def _flag(wanted: Mapping[str, Any], name: str) -> bool | None:
    value = wanted.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise Refusal("line_item.member", f"{name} must be true or false.", status=400)


def _moment(wanted: Mapping[str, Any], name: str) -> str | None:
    value = _text(wanted, name)
    if value is None:
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise Refusal("line_item.member", f"{name} must be an ISO 8601 date and time.", status=400) from error
    return value


def _wanted_link(call: Call, wanted: Mapping[str, Any]) -> ResourceLink | None:
    link_id = wanted.get("resourceLinkId")
    if link_id in (None, ""):
        return None
    link = call.session.scalars(
        select(ResourceLink).where(
            ResourceLink.public_id == str(link_id), ResourceLink.course_id == call.course.id
        )
    ).first()
    if link is None:
        raise Refusal(
            "line_item.unknown_link", f"There is no resource link {link_id} in this course.", status=404
        )
    if link.tool_id != call.tool.id:
        raise Refusal(
            "line_item.link_of_another_tool", "The resource link belongs to another tool.", status=403
        )
    return link
