"""Forming groups in courses of odd sizes: three students, and more than can be worked on at once."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.pathways.content import Mode
from lti_tool.pathways.grouping import GroupKind
from lti_tool.usecases import adopted_map, form_groups
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.form_groups import MOST_AT_ONCE, Asked, section_learners, sections_of
from lti_tool.usecases.group_plans import Slot, plan_of
from lti_tool.usecases.groups_page import groups_page, next_school_day
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_context, make_person, make_teacher, ratios

SLOT = Slot(date(2026, 3, 3))
ANYTHING = Asked(kind=GroupKind.MIXED, modes=(Mode.PAIR, Mode.SMALL_GROUP, Mode.SOLO), largest=3)


def course(session: Session, size: int) -> tuple[Context, Person]:
    context = make_context(session)
    teacher = make_teacher(session, context)
    adopted_map.adopt(session, context=context, sample=ratios(), tags={}, teacher=teacher, now=NOW)
    for number in range(size):
        make_person(session, context, f"{number:03d}")
    return context, teacher


def test_a_class_of_three_is_one_group(database: Database) -> None:
    with database.transaction() as session:
        context, teacher = course(session, 3)
        plan = form_groups.form(
            session, context=context, slot=SLOT, asked=ANYTHING, after=0, teacher=teacher, now=NOW
        )
        assert len(plan.tables) == 1
        assert [member.place for member in plan.members] == [1, 1, 1]
        view = groups_page(session, context=context, slot=SLOT, teacher=teacher, now=NOW, words=ENGLISH)
        assert (view.with_evidence, view.class_size, view.sections) == (0, 3, 1)


def test_a_very_large_course_is_worked_on_in_sections(database: Database) -> None:
    with database.transaction() as session:
        context, _ = course(session, 2 * MOST_AT_ONCE + 1)
        classroom = open_classroom(session, context=context, now=NOW)
        parts = [section_learners(classroom, section) for section in (1, 2, 3)]
        assert sections_of(300) == 5
        assert max(map(len, parts)) <= MOST_AT_ONCE
        assert [learner for part in parts for learner in part] == list(classroom.learners)
        for nowhere in (0, 4):
            with pytest.raises(NotVisible, match="no such section"):
                section_learners(classroom, nowhere)


def test_sections_and_lessons_have_groups_of_their_own(database: Database) -> None:
    with database.transaction() as session:
        context, teacher = course(session, 3)
        form_groups.form(
            session, context=context, slot=SLOT, asked=ANYTHING, after=0, teacher=teacher, now=NOW
        )
        assert plan_of(session, context, SLOT) is not None
        assert plan_of(session, context, Slot(SLOT.day, lesson=2)) is None
        other = make_context(session, registration=context.deployment.registration, context_id="2")
        assert plan_of(session, other, SLOT) is None


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 3, 2), date(2026, 3, 3)),
        (date(2026, 3, 6), date(2026, 3, 9)),
        (date(2026, 3, 7), date(2026, 3, 9)),
        (date(2026, 3, 8), date(2026, 3, 9)),
    ],
)
def test_tomorrow_is_the_next_school_day(today: date, day: date) -> None:
    assert next_school_day(today) == day
