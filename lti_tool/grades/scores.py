"""Score messages to the platform (AGS section 3.4).

Words without points are a message with a comment and no `scoreGiven`: recorded on a real Moodle, the
student sees them as feedback while the grade stays empty and counts in no total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from pylti1p3.grade import Grade

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.grades.cell_values import same_score
from lti_tool.grades.connectors.base import Capabilities
from lti_tool.grades.failures import answer_text, failure, unreadable_answer
from lti_tool.grades.line_items import writing_scopes
from lti_tool.grades.results import PlatformResult
from lti_tool.grades.service_client import ServiceClient, with_path_ending
from lti_tool.grades.vocab import MediaType, Scope
from lti_tool.models.courses import Context


class NewerAtPlatform(PlatformRefused):
    """The platform holds a score whose timestamp is not older than ours: 409, or 400 on Canvas."""


@dataclass(frozen=True, slots=True)
class Score:
    """One score message. `timestamp` is when the score changed; `scoreGiven` may be absent."""

    user_id: str
    timestamp: datetime
    activity_progress: str
    grading_progress: str
    score_given: float | None = None
    score_maximum: float | None = None
    comment: str | None = None


def prepare_to_send(client: ServiceClient, context: Context) -> None:
    """Do what comes before sending and may take long, so that sending itself is one request.

    Raises PlatformRefused `grades.scores_not_permitted`, or what signing in raises.
    """
    if Scope.SCORE not in context.service_scopes:
        raise PlatformRefused(
            "grades.scores_not_permitted",
            "The learning platform does not let Waymark write to this gradebook; ask an administrator to "
            "permit it.",
        )
    client.sign_in(writing_scopes(context))


def send_score(
    client: ServiceClient, context: Context, *, line_item_url: str, score: Score, capabilities: Capabilities
) -> None:
    """Send `score`; returns when the platform accepted it.

    Repeating it with the same timestamp is safe. Call `prepare_to_send` before. Raises NewerAtPlatform, PlatformRefused
    (`score.not_gradable`, `score.column_closed`, `platform.not_found`, ...) or PlatformUnavailable.
    """
    response = client.request(
        "POST",
        with_path_ending(line_item_url, "scores"),
        scopes=writing_scopes(context),
        content_type=MediaType.SCORE,
        body=score_body(score, capabilities),
    )
    if not response.ok or response.status_code >= 300:
        raise _refusal(response, now=client.clock())
    # An empty body is as good as any; a web page with status 200 is a sign-in page of some gateway.
    if "html" in response.headers.get("Content-Type", "").casefold() and response.content.strip():
        raise unreadable_answer(status=response.status_code)


def score_body(score: Score, capabilities: Capabilities) -> str:
    """The JSON text of `score`, with what the platform needs to be told besides."""
    message = Grade().set_user_id(score.user_id).set_timestamp(wire_time(score.timestamp))
    message.set_activity_progress(score.activity_progress).set_grading_progress(score.grading_progress)
    extension: Mapping[str, Any] = capabilities.score_extension
    if score.score_given is None:
        extension = {**extension, **capabilities.comment_extension}
    else:
        message.set_score_given(score.score_given).set_score_maximum(score.score_maximum or 0.0)
    if score.comment:
        message.set_comment(score.comment)
    if extension:
        message.set_extra_claims(extension)
    text: str = message.get_value()
    return text


def wire_time(moment: datetime) -> str:
    """UTC, ISO 8601, with sub-seconds as AGS section 3.4.4 asks."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shows(result: PlatformResult | None, score: Score) -> bool:
    """Whether the platform's `result` is what `score` says.

    A comment is compared only where the platform gives one back: Moodle shows none without a score.
    """
    if score.score_given is None or score.score_maximum is None:
        return result is not None and result.score is None and result.comment == score.comment
    if result is None or result.score is None:
        return False
    return same_score(result, score.score_given, score.score_maximum)


def clock_ahead(*, status: int | None = None) -> PlatformUnavailable:
    """A score from the platform's future would be refused, or block later ones: it waits until its time has come."""
    return PlatformUnavailable(
        "score.clock_ahead",
        "Waymark's clock is ahead of the learning platform's; the score is sent a little later.",
        http_status=status,
    )


def _refusal(response: requests.Response, *, now: float) -> PlatformError:
    status, said = response.status_code, answer_text(response)
    if status in {400, 422} and "timestamp" in said and "future" in said:
        return clock_ahead(status=status)
    if status == 409 or (status in {400, 412} and "timestamp" in said):
        return NewerAtPlatform(
            "score.older_than_platform",
            "The gradebook holds something newer for this student than what Waymark sent.",
            http_status=status,
        )
    if status == 422 and any(word in said for word in ("unpublished", "attempt", "past due")):
        return PlatformRefused(
            "score.column_closed",
            "This gradebook column takes no scores at the moment: it may be unpublished, past due or out of "
            "attempts. Open it in the gradebook, then send again.",
            http_status=status,
        )
    if status in {400, 422}:
        # Moodle answers the same 400 to an unknown user, a teacher, and a message it cannot read. Ours are
        # well-formed by construction, so it is the person.
        return PlatformRefused(
            "score.not_gradable",
            "The gradebook takes no score for this person: probably no longer enrolled as a student.",
            http_status=status,
        )
    return failure(response, now=now)
