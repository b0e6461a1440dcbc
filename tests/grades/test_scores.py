"""Score messages: what stands in them, and how they compare with results."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from lti_tool.grades.connectors import capabilities
from lti_tool.grades.results import PlatformResult
from lti_tool.grades.scores import Score, score_body, shows, wire_time
from tests.grades.linked_course import START


def score(given: float | None = None, comment: str | None = None) -> Score:
    return Score(
        user_id="u1",
        timestamp=START,
        activity_progress="Completed",
        grading_progress="FullyGraded",
        score_given=given,
        score_maximum=None if given is None else 10,
        comment=comment,
    )


def test_a_zero_is_sent_as_zero() -> None:
    body = json.loads(score_body(score(0.0, "again?"), capabilities("moodle")))
    assert body == {
        "userId": "u1",
        "timestamp": "2026-11-22T10:00:00.000Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 0.0,
        "scoreMaximum": 10,
        "comment": "again?",
    }


def test_words_without_points_have_no_score_members() -> None:
    body = json.loads(score_body(score(None, "Next: Tape diagrams"), capabilities("")))
    assert not {"scoreGiven", "scoreMaximum"} & body.keys()


def test_on_canvas_words_without_points_keep_an_existing_score() -> None:
    body = json.loads(score_body(score(None, "Next: Tape diagrams"), capabilities("canvas")))
    extension = {"new_submission": False, "preserve_score": True}
    assert body["https://canvas.instructure.com/lti/submission"] == extension


def test_on_canvas_a_score_counts_as_usual() -> None:
    body = json.loads(score_body(score(7.0), capabilities("canvas")))
    assert "https://canvas.instructure.com/lti/submission" not in body


def test_times_are_utc_with_sub_seconds() -> None:
    berlin = timezone(timedelta(hours=1))
    moment = datetime(2026, 11, 22, 11, 0, 0, 123456, tzinfo=berlin)
    assert wire_time(moment) == "2026-11-22T10:00:00.123Z"


def test_results_are_compared_on_the_platforms_own_scale() -> None:
    assert shows(PlatformResult("u1", 70, 100), score(7.0))
    assert shows(PlatformResult("u1", 6.99999, 10), score(7.0))
    assert not shows(PlatformResult("u1", 7, 100), score(7.0))
    assert not shows(PlatformResult("u1", None, None), score(7.0))
    assert not shows(None, score(7.0))
