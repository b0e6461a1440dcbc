"""A school begins by only watching, then suggests, then writes back; and can go back at any time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable
from lti_tool.models.courses import Context, Mode, Person
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.models.platforms import AuditEntry
from lti_tool.models.policies import PlatformPolicy
from lti_tool.usecases import adopted_map, decide
from lti_tool.usecases.activity import activity_page, contest, mark_done
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.deliveries import stopped_or_late
from lti_tool.usecases.family_messages import refresh_drafts
from lti_tool.usecases.family_report import report_of
from lti_tool.usecases.next_step import choose, next_step
from lti_tool.usecases.plan_path import chosen_option
from lti_tool.usecases.propose import current_proposal, visible_proposals
from lti_tool.usecases.roll_out import change_mode, look_at_roll_out
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_teacher, ratios
from tests.grades.linked_course import Clock, linked_course
from tests.usecases.desk import Desk
from tests.usecases.school import School

LATER = NOW + timedelta(minutes=1)
WITHDRAWN = "Your teacher is choosing your next step."


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    database = Database(sqlite_url)
    with linked_course(database, Clock()) as course:
        desk = Desk(course)
        desk.add_students("u1", "u2")
        with database.transaction() as session:
            context = session.scalars(select(Context)).one()
            make_teacher(session, context)
            adopted_map.adopt(
                session, context=context, sample=ratios(), tags={}, teacher=None, now=desk.course.clock()
            )
            after_sync(session, context, desk.course.clock())
        yield desk
    database.close()


def _cells(desk: Desk) -> list[str]:
    return [cell["comment"] for cell in desk.platform.cells.values()]


def _to(desk: Desk, mode: Mode) -> int:
    desk.course.clock.now += timedelta(minutes=1)
    with desk.course.database.transaction() as session:
        context = session.scalars(select(Context)).one()
        teacher = session.scalars(select(Person).where(Person.user_id == "teacher")).one()
        return change_mode(session, context=context, mode=mode, person=teacher, now=desk.course.clock())


def _approve_all(desk: Desk) -> int:
    with desk.course.database.transaction() as session:
        context = session.scalars(select(Context)).one()
        teacher = session.scalars(select(Person).where(Person.user_id == "teacher")).one()
        return decide.approve_all(session, context=context, teacher=teacher, now=desk.course.clock())


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.SUGGEST])
def test_no_request_leaves_for_a_course_that_does_not_write_whatever_waits(desk: Desk, mode: Mode) -> None:
    desk.want("u1", 7.0)  # a score that waited as the mode changed
    with desk.course.database.transaction() as session:
        session.scalars(select(Context)).one().mode = mode
    assert _approve_all(desk) == 2
    before = len(desk.platform.requests)
    desk.deliver()
    assert len(desk.platform.requests) == before
    with desk.course.database.transaction() as session:
        entry = session.scalars(select(OutboxEntry)).one()
        assert (entry.score_given, entry.state) == (7.0, Delivery.PENDING)
        late = desk.course.clock() + timedelta(hours=1)
        assert stopped_or_late(session, context=entry.context, now=late) == (0, 0), "held back is not late"


def test_going_back_takes_the_words_back_through_the_outbox_and_leaves_scores(desk: Desk) -> None:
    _approve_all(desk)
    desk.want("u1", 7.0)
    desk.deliver()
    assert sum(str(words).startswith("Next: ") for words in _cells(desk)) == 2
    assert _to(desk, Mode.OBSERVE) == 2
    desk.deliver()
    words = [text for text in _cells(desk) if text]
    assert words == [WITHDRAWN, WITHDRAWN]
    assert [cell["score"] for cell in desk.platform.cells.values() if cell["score"] is not None] == [7]


def test_words_that_never_left_are_forgotten_and_what_stands_comes_again(desk: Desk) -> None:
    _approve_all(desk)
    assert _to(desk, Mode.SUGGEST) == 2
    desk.deliver()
    assert _cells(desk) == []
    assert _to(desk, Mode.WRITE_BACK) == 2
    desk.deliver()
    assert len([words for words in _cells(desk) if words.startswith("Next: ")]) == 2


def test_the_dry_run_says_what_writing_back_would_write(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        context.mode = Mode.SUGGEST
        assert look_at_roll_out(session, context=context, now=LATER, words=ENGLISH).waiting == 2
        decide.approve_all(session, context=context, teacher=teacher, now=LATER)
        view = look_at_roll_out(session, context=context, now=LATER, words=ENGLISH)
        assert {one.name for one in view.dry_run} == {"Given1 Family1", "Given2 Family2"}
        assert session.scalars(select(OutboxEntry)).all() == []


def test_no_course_goes_further_than_its_school_allows(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        session.add(
            PlatformPolicy(
                registration_id=context.deployment.registration_id,
                version=1,
                choices={},
                locked=[],
                highest_mode=Mode.SUGGEST,
                first_mode=Mode.OBSERVE,
                changed_at=NOW,
            )
        )
        context.mode = Mode.OBSERVE
        with pytest.raises(Fixable, match="go that far"):
            change_mode(session, context=context, mode=Mode.WRITE_BACK, person=teacher, now=LATER)
        assert context.mode is Mode.OBSERVE
        change_mode(session, context=context, mode=Mode.SUGGEST, person=teacher, now=LATER)
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.detail) == ("course.mode_changed", {"mode": "suggest"})


def _step_of(session: Session, context: Context, learner: Person) -> str:
    classroom = open_classroom(session, context=context, now=LATER)
    activity_id = chosen_option(current_proposal(session, classroom=classroom, learner=learner)).activity_id
    assert activity_id is not None
    return activity_id


def test_a_student_of_a_course_that_only_looks_meets_no_step_anywhere(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        decide.approve_all(session, context=context, teacher=teacher, now=LATER)
        context.mode = Mode.OBSERVE
        step = _step_of(session, context, ben)
        assert next_step(session, context=context, learner=ben, now=LATER, words=ENGLISH) is None
        page = activity_page(
            session, context=context, learner=ben, activity_id=step, now=LATER, words=ENGLISH
        )
        assert not page.can_finish
        for act in (
            lambda: choose(session, context=context, learner=ben, option=1, now=LATER),
            lambda: contest(session, context=context, learner=ben, now=LATER),
            lambda: mark_done(
                session, context=context, learner=ben, activity_id="reading-giraffe", now=LATER
            ),
        ):
            with pytest.raises(Fixable):
                act()
        family = report_of(session, context=context, child=ben, now=LATER, words=ENGLISH)
        assert (family.next_title, family.next_why, family.next_minutes) == ("", "", None)
        assert visible_proposals(session, open_classroom(session, context=context, now=LATER)) == {}
        classroom = open_classroom(session, context=context, now=LATER)
        drafts = refresh_drafts(session, classroom=classroom, words_in={"en": ENGLISH})
        assert drafts
        assert not [text for text in drafts.values() if "next" in text.lower()]


def test_a_course_that_suggests_shows_a_step_once_it_is_approved(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        context.mode = Mode.SUGGEST
        before = next_step(session, context=context, learner=ben, now=LATER, words=ENGLISH)
        assert before is not None
        assert (before.step, before.alternatives, before.contestable) == (None, (), False)
        decide.approve_all(session, context=context, teacher=teacher, now=LATER)
        after = next_step(session, context=context, learner=ben, now=LATER, words=ENGLISH)
        assert after is not None
        assert after.step is not None
        assert after.approved
