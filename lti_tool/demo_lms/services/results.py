"""Assignment and Grade Services 2.0: the result service (section 3.3)."""

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.services.calls import Call, accept_only, answer, service_call
from lti_tool.demo_lms.services.columns import readable_column
from lti_tool.demo_lms.services.paging import page_of
from lti_tool.demo_lms.tables import Column, Grade, PersonRow

bp = Blueprint("results", __name__, url_prefix="/lti/courses/<course_id>/line_items")


@bp.get("/<int:column_id>/results")
@service_call("results", vocab.RESULT_SCOPE)
def results(call: Call, *, column_id: int) -> Response:
    """What the gradebook holds in one column, in pages."""
    accept_only(call, vocab.RESULTS_TYPE)
    column = readable_column(call, column_id)
    if "limit" in request.args and not call.profile.result_limit_allowed:
        # Recorded from a Moodle 5.1: a limit on results ends in its page for errors.
        raise Refusal("results.limit", "This platform does not take a limit on results.", status=404)
    query = (
        select(Grade, PersonRow)
        .join(PersonRow, PersonRow.id == Grade.person_id)
        .where(Grade.column_id == column.id)
        .order_by(PersonRow.id)
    )
    if "user_id" in request.args:
        query = query.where(PersonRow.public_id == request.args["user_id"])
    rows = call.session.execute(query).all()
    shown, headers = page_of(
        rows,
        address=call.platform.line_item_address(call.course, call.tool, column, "/results"),
        size=call.profile.result_page_size,
        by_offset=call.profile.paging_by_offset,
    )
    return answer(
        [_result(call, column, grade, person) for grade, person in shown], vocab.RESULTS_TYPE, headers=headers
    )


def _result(call: Call, column: Column, grade: Grade, person: PersonRow) -> dict[str, Any]:
    result: dict[str, Any] = {
        "id": call.platform.line_item_address(
            call.course, call.tool, column, "/results", f"user_id={person.public_id}"
        ),
        "userId": person.public_id,
    }
    # Recorded from a Moodle 5.1: without a score, even the comment and `scoreOf` are left out.
    if grade.score is None and call.profile.comment_needs_score_in_results:
        return result
    result["scoreOf"] = call.platform.line_item_address(call.course, call.tool, column)
    if grade.score is not None:
        result["resultScore"] = call.profile.rounded(round(grade.score, 5))
        result["resultMaximum"] = call.profile.rounded(column.score_maximum)
    if grade.comment:
        result["comment"] = grade.comment
    if call.profile.results_say_when:
        result["timestamp"] = grade.timestamp.replace(microsecond=0).isoformat()
    return result
