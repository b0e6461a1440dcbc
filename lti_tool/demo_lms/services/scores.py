"""Assignment and Grade Services 2.0: the score service (section 3.4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.json_number import is_number
from lti_tool.demo_lms.profiles.base import Override, Precision, Profile
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.services.calls import Call, answer, json_body, service_call
from lti_tool.demo_lms.services.columns import own_column
from lti_tool.demo_lms.tables import Column, Comment, Grade, PersonRow

bp = Blueprint("scores", __name__, url_prefix="/lti/courses/<course_id>/line_items")

# Canvas's extension of a score (https://developerdocs.instructure.com/, "Score"): keep the score that is there.
CANVAS_SUBMISSION = "https://canvas.instructure.com/lti/submission"
_ISO_8601 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score message whose members are in order. `fraction` is None where it carries no score."""

    user_id: str
    timestamp: datetime
    fraction: float | None
    grading_progress: str
    comment: str | None
    preserve: bool


@bp.post("/<int:column_id>/scores")
@service_call("score", vocab.SCORE_SCOPE)
def post(call: Call, *, column_id: int) -> Response:
    """Take a score, a comment, or both, for one student."""
    column = own_column(call, column_id)
    message = json_body(call, vocab.SCORE_TYPE)
    score = read_score(message, call.profile, now=call.platform.now())
    person = _student(call, score.user_id)
    grade = call.session.scalars(
        select(Grade).where(Grade.column_id == column.id, Grade.person_id == person.id)
    ).first()
    if grade is not None and not _newer(score.timestamp, grade.timestamp, call.profile.precision):
        raise Refusal(
            "score.older_timestamp",
            f"Refusing score with an earlier timestamp for item {column.id} and user {score.user_id}",
            status=409,
        )
    _apply(call, column, person, grade, score)
    if not call.profile.score_success_body:
        return Response(
            status=call.profile.score_success_status, content_type=f"{vocab.SCORE_TYPE}; charset=utf-8"
        )
    result = call.platform.line_item_address(
        call.course, call.tool, column, "/results", f"user_id={person.public_id}"
    )
    return answer({"resultUrl": result}, vocab.SCORE_TYPE, status=call.profile.score_success_status)


def read_score(message: Mapping[str, Any], profile: Profile, *, now: datetime) -> Score:
    """Check the members of a score message. Refused: missing or wrong members."""
    for name in ("userId", "timestamp", "activityProgress", "gradingProgress"):
        if not isinstance(message.get(name), str) or not message[name]:
            raise Refusal("score.malformed", f"A score needs {name}, as text.", status=400)
    if not profile.unknown_progress_allowed and (
        message["activityProgress"] not in vocab.ACTIVITY_PROGRESS
        or message["gradingProgress"] not in vocab.GRADING_PROGRESS
    ):
        raise Refusal(
            "score.malformed",
            "activityProgress or gradingProgress has a value that the standard does not know.",
            status=400,
        )
    comment = message.get("comment")
    if comment is not None and not isinstance(comment, str):
        raise Refusal("score.malformed", "The comment must be text.", status=400)
    extension = message.get(CANVAS_SUBMISSION)
    return Score(
        user_id=message["userId"],
        timestamp=_timestamp(message["timestamp"], profile, now),
        fraction=_fraction(message, profile),
        grading_progress=message["gradingProgress"],
        comment=comment or None,
        preserve=profile.comments_appended
        and isinstance(extension, dict)
        and extension.get("preserve_score") is True,
    )


def _timestamp(text: str, profile: Profile, now: datetime) -> datetime:
    if not _ISO_8601.fullmatch(text):
        raise Refusal(
            "score.malformed",
            "The timestamp must be an ISO 8601 date and time, such as 2026-11-22T10:00:00.123Z.",
            status=400,
        )
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal("score.malformed", "The timestamp is not a date and time.", status=400) from error
    if moment.tzinfo is None:
        if profile.zone_required:
            raise Refusal("score.malformed", "The timestamp has no time zone.", status=400)
        moment = moment.replace(tzinfo=UTC)
    if profile.future_seconds_allowed is not None and moment > now + timedelta(
        seconds=profile.future_seconds_allowed
    ):
        raise Refusal("score.future_timestamp", "The timestamp is in the future.", status=400)
    return moment


def _fraction(message: Mapping[str, Any], profile: Profile) -> float | None:
    given = message.get("scoreGiven")
    if given is None:
        return None
    if not is_number(given):
        raise Refusal("score.malformed", "scoreGiven must be a number.", status=400)
    maximum = message.get("scoreMaximum")
    if not is_number(maximum) or maximum <= 0:
        raise Refusal("score.maximum_missing", "scoreGiven needs a scoreMaximum above 0.", status=400)
    if profile.scores_clamped:
        return min(max(given / maximum, 0.0), 1.0)
    if given < 0:
        raise Refusal("score.malformed", "scoreGiven must not be below 0.", status=400)
    return float(given / maximum)


def _student(call: Call, user_id: str) -> PersonRow:
    person = call.session.scalars(select(PersonRow).where(PersonRow.public_id == user_id)).first()
    if person is None or (person.role == "administrator") or not person.active:
        raise Refusal("score.unknown_user", f"The userId {user_id!r} is nobody in this course.", status=422)
    if person.role != "student":
        raise Refusal("score.not_a_student", "Only students have rows in the gradebook.", status=422)
    return person


def _newer(sent: datetime, kept: datetime, precision: Precision) -> bool:
    match precision:
        case Precision.EXACT_LATER:
            return sent > kept
        case Precision.SECONDS_LATER:
            return int(sent.timestamp()) > int(kept.timestamp())
        case Precision.NOT_EARLIER:
            return sent >= kept


def _apply(call: Call, column: Column, person: PersonRow, grade: Grade | None, score: Score) -> None:
    rule = call.profile.override
    if grade is None:
        grade = Grade(column_id=column.id, person_id=person.id, timestamp=score.timestamp)
        call.session.add(grade)
    elif grade.overridden and rule is Override.STANDS_FOR_LINKED and column.link_id is not None:
        return  # accepted, and nothing changes: recorded from a Moodle 5.1
    stands = grade.overridden and rule is Override.STANDS
    if not stands and not score.preserve:
        keeps = score.fraction is not None and score.grading_progress in call.profile.scores_kept_for
        grade.score = score.fraction * column.score_maximum if keeps and score.fraction is not None else None
        grade.overridden = False
    grade.timestamp = score.timestamp
    if not call.profile.comments_appended:
        grade.comments.clear()
    if score.comment:
        grade.comments.append(Comment(text=score.comment))
