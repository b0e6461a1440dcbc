"""Outcomes of a Canvas course, read over real HTTP from a small Canvas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.grades.native_apis.canvas import CanvasApi
from lti_tool.grades.native_apis.native_api import Reading
from lti_tool.grades.native_apis.outcomes import Outcome, Outcomes
from tests.grades.native_apis.canvas_server import CanvasSchool, running_canvas
from tests.grades.native_apis.test_canvas import access
from tests.grades.strict_platform import answer

ANA, BEN = 0, 1  # rows of the gradebook


@pytest.fixture
def school() -> Iterator[CanvasSchool]:
    with running_canvas() as school:
        school.add_outcome(31, "6.RP.A.1", display_name="Ratio language")
        school.add_outcome(32, "Growth mindset", mastery_points=None)
        yield school


def read(school: CanvasSchool) -> Reading:
    return CanvasApi().read(access(school), user_ids=tuple(school.subs), native_ids={}, with_outcomes=True)


def outcomes_of(school: CanvasSchool) -> Outcomes:
    found = read(school).outcomes
    assert isinstance(found, Outcomes)
    return found


def shares(school: CanvasSchool) -> dict[tuple[int, str, str], float]:
    return {(one.student, one.outcome, one.work): one.share for one in outcomes_of(school).results}


def test_outcomes_come_with_the_share_from_which_they_are_mastered(school: CanvasSchool) -> None:
    said = "What a student can do."
    assert outcomes_of(school).outcomes == (
        Outcome("canvas:31", "6.RP.A.1", "Ratio language", said, 0.6),
        Outcome("canvas:32", "Growth mindset", "", said, None),
    )


def test_results_of_all_pages_name_student_outcome_and_column(school: CanvasSchool) -> None:
    school.page_size = 1
    school.assess(1001, 31, 4)
    school.assess(1001, 32, 1)
    school.assess(1002, 31, 2, work="assignment_202")
    found = outcomes_of(school)
    assert shares(school) == {
        (ANA, "canvas:31", "canvas:201"): 0.8,
        (ANA, "canvas:32", "canvas:201"): 0.2,
        (BEN, "canvas:31", "canvas:202"): 0.4,
    }
    assert found.results[0].assessed_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("members", "share"),
    [
        ({"score": 3, "percent": 0.72}, 0.72),  # corrected by Canvas for a mark of its own
        ({"score": 6, "percent": 1.2}, 1.0),
        ({"score": 3, "percent": None}, 0.6),
        ({"score": 3, "percent": None, "possible": 0}, None),
        ({"score": None, "percent": 0.5}, None),
    ],
)
def test_a_result_is_a_share_of_the_points(
    school: CanvasSchool, members: dict[str, Any], share: float | None
) -> None:
    school.assess(1001, 31, 3)
    school.outcome_results[0].update(members)
    assert list(shares(school).values()) == ([] if share is None else [share])


@pytest.mark.parametrize(
    "links",
    [
        {"alignment": "quiz_9"},
        {"alignment": "quiz_9", "assignment": None},
        {"alignment": "assessment_question_bank_4", "assignment": "assignment_203"},
    ],
)
def test_a_quiz_or_a_bank_of_questions_leads_to_the_assignment(
    school: CanvasSchool, links: dict[str, Any]
) -> None:
    school.assignments[203]["quiz_id"] = 9
    school.assess(1001, 31, 3, links={"user": "1001", "learning_outcome": "31", **links})
    assert list(shares(school)) == [(ANA, "canvas:31", "canvas:203")]


def test_work_that_is_no_assignment_keeps_its_own_name(school: CanvasSchool) -> None:
    school.assess(1001, 31, 3, work="assessment_question_bank_4")
    assert list(shares(school)) == [(ANA, "canvas:31", "assessment_question_bank_4")]


def test_a_result_whose_grade_its_student_may_not_see_yet_is_left_out(school: CanvasSchool) -> None:
    school.grade(1001, 201, 8.0, posted_at=None)
    school.assignments[202]["post_manually"] = True
    school.grade(1001, 202, None, posted_at=None)
    school.grade(1002, 201, None, posted_at=None)  # a rubric without points, posted by itself
    for user, work in ((1001, 201), (1001, 202), (1002, 201)):
        school.assess(user, 31, 4, work=f"assignment_{work}")
    assert list(shares(school)) == [(BEN, "canvas:31", "canvas:201")]


def test_of_two_results_on_the_same_work_the_later_counts_and_strangers_are_ignored(
    school: CanvasSchool,
) -> None:
    school.assess(1001, 31, 1, submitted_or_assessed_at="2026-03-05T09:00:00Z")
    first = school.outcome_results[0]
    school.outcome_results.append(
        {**first, "percent": 0.9, "submitted_or_assessed_at": "2026-03-04T09:00:00Z"}
    )
    school.assess(1010, 31, 5)  # the test student's
    assert shares(school) == {(ANA, "canvas:31", "canvas:201"): 0.2}


def test_nothing_is_asked_for_unless_outcomes_are_wanted(school: CanvasSchool) -> None:
    reading = CanvasApi().read(access(school), user_ids=(), native_ids={})
    assert reading.outcomes is None
    assert not [path for path in school.requests if "outcome" in path]


@pytest.mark.parametrize("path", ["outcome_group_links", "outcome_results"])
@pytest.mark.parametrize(
    ("refusal", "code", "kind"),
    [
        (
            answer(401, '{"errors": [{"message": "Insufficient scopes on access token."}]}'),
            "native.outcomes_refused",
            PlatformRefused,
        ),
        (answer(403, "{}"), "native.outcomes_refused", PlatformRefused),
        (answer(503, ""), "platform.failed", PlatformUnavailable),
        (answer(200, '{"outcome_results": {"1": 2}}'), "platform.answer_unreadable", PlatformUnavailable),
        (answer(200, '{"something": []}'), "platform.answer_unreadable", PlatformUnavailable),
        (answer(200, '{"outcome_results": [{}]}'), "platform.answer_unreadable", PlatformUnavailable),
    ],
)
def test_outcomes_that_cannot_be_read_leave_the_gradebook_whole_and_are_not_empty(
    school: CanvasSchool, path: str, refusal: Any, code: str, kind: type[PlatformError]
) -> None:
    school.fail(refusal, path=path)
    reading = read(school)
    assert isinstance(reading.outcomes, kind)
    assert reading.outcomes.code == code
    assert len(reading.gradebook.columns) == 3
