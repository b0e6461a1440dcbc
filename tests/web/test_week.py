"""The class's week: always five lines, names in the order of the roster, and a sheet for the meeting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from lti_tool.models.courses import Context, SyncState
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.models.learning import EvidenceRecord, Proposal
from lti_tool.usecases.class_week import WeekView, class_week
from lti_tool.usecases.words import ENGLISH
from tests.web.school import School, open_school
from tests.web.test_student import check, right_answer

LABELS = (
    "Reached this week",
    "Needs a hand",
    "Waits for your decision",
    "Did not reach your LMS",
    "With the whole class",
)


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=5) as school:
        yield school


def week_of(school: School, *, later: timedelta = timedelta()) -> WeekView:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        return class_week(session, context=context, now=school.now + later, words=ENGLISH)


def sentences(view: WeekView) -> list[str]:
    assert tuple(line.label for line in view.lines) == LABELS
    return [line.sentence for line in view.lines]


def test_a_week_in_which_nothing_happened_says_so_in_each_of_the_five_lines(school: School) -> None:
    school.teacher().post("proposals/approve-all")
    view = week_of(school, later=timedelta(minutes=1))
    reached, hand, waiting, delivered, _together = sentences(view)
    assert reached == "A quiet week: no new results came in."
    assert hand.startswith("Nobody")
    assert waiting.startswith("Nothing")
    assert delivered.startswith("Nothing")
    assert all(week.approved and not week.done and not week.reached for week in view.learners)
    assert week_of(school, later=timedelta(days=8)).learners == ()


def test_what_came_in_this_week_what_waits_and_what_did_not_arrive_are_told_with_numbers(
    school: School,
) -> None:
    teacher = school.teacher()
    assert "Waits for your decision 5 next steps" in teacher.read("week")
    learner = school.learner(0)
    attempt = learner.post("activity/check-fractions-as-division/start").location.rpartition("/")[2]
    for question in check("check-fractions-as-division").questions:
        learner.post(f"checks/{attempt}/answer", question=question.id, **right_answer(question))
    assert sentences(week_of(school))[0] == "Results came in; no skill became Secure or Lasting yet."
    teacher.post(f"proposals/{_proposal(school)}/approve")
    with school.database.transaction() as session:
        session.execute(
            update(EvidenceRecord)
            .where(EvidenceRecord.person_id == school.learner_keys[0])
            .values(fraction=1.0)
        )
        session.execute(update(OutboxEntry).values(state=Delivery.ATTENTION))
        session.get_one(Context, school.context_key).sync_state = SyncState.FAILED
    view = week_of(school)
    reached, _hand, waiting, delivered, together = sentences(view)
    assert reached == "1 student has a skill that became Secure or Lasting: Ana."
    assert [week.name for week in view.learners if week.reached] == ["Ana Morales"]
    assert waiting.startswith("4 next steps")
    assert delivered.startswith("2 deliveries;")
    assert "reading of the course failed" in delivered
    assert together.startswith("A mini-lesson on “Equivalent fractions” would serve")


def test_names_stand_in_the_order_of_the_roster_never_by_results(school: School) -> None:
    names = [name for bucket in week_of(school).buckets for name in bucket.names]
    assert names == ["Ben Carter", "Chloé Dubois", "Dmitri Ivanov", "Ana Morales", "Elif Yılmaz"]


def test_a_course_without_a_skill_map_is_led_to_setup(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1, adopted=False) as school:
        page = school.teacher().get("week")
    assert page.status_code == 200
    assert "No week to tell of yet" in page.text
    assert "/setup" in page.text


def _proposal(school: School) -> int:
    with school.database.transaction() as session:
        return (
            session.scalars(
                select(Proposal.id).where(Proposal.is_current, Proposal.context_id == school.context_key)
            ).first()
            or 0
        )
