"""What the class does together: the same for all, nobody's own step, moved and undone by the teacher alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.class_rules import ClassActivity
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import EvidenceRecord, Proposal, ProposalStatus
from lti_tool.usecases import activity, decide, fix_class_activity
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.fix_class_activity import Fixed, last_change, named_activity, read_fixed
from lti_tool.usecases.look_at_pace import look_at_pace
from lti_tool.usecases.next_step import NextView, next_step
from lti_tool.usecases.plan_path import chosen_option, recommendation_of
from lti_tool.usecases.today import today
from lti_tool.usecases.together_page import together_page
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_context, ratios
from tests.usecases.school import School

THURSDAY = date(2026, 3, 5)
FRIDAY = THURSDAY + timedelta(days=1)
MAP = ratios().skill_map


def place(session: Session, school: School, name: str, day: date = THURSDAY, **more: int) -> ClassActivity:
    context, teacher, _ana, _ben = school.rows(session)
    fixed = Fixed(day, **more)
    fix_class_activity.place(session, context=context, activity=name, fixed=fixed, teacher=teacher, now=NOW)
    return session.scalars(select(ClassActivity).order_by(ClassActivity.id.desc()).limit(1)).one()


def at(day: date) -> datetime:
    return NOW + (day - NOW.date())


def current(session: Session, person: int) -> Proposal:
    return session.scalars(select(Proposal).where(Proposal.person_id == person, Proposal.is_current)).one()


def options(session: Session, person: int) -> list[str | None]:
    return [option.activity_id for option in recommendation_of(current(session, person)).options]


def standing(session: Session) -> list[tuple[str, date]]:
    rows = session.scalars(
        select(ClassActivity).where(ClassActivity.removed_at.is_(None)).order_by(ClassActivity.id)
    )
    return [(row.activity_id, row.on_day) for row in rows]


def test_it_is_nobodys_own_step_from_now_on_until_a_while_after_its_day(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        mine = chosen_option(current(session, school.ben)).activity_id or ""
        proposal = current(session, school.ben)
        decide.approve(session, context=context, proposal_key=proposal.id, teacher=teacher, now=NOW)
        evidence = session.scalar(select(func.count()).select_from(EvidenceRecord))
        place(session, school, mine)
        assert proposal.status is ProposalStatus.SUPERSEDED
        assert mine not in options(session, school.ana) + options(session, school.ben)
        assert session.scalar(select(func.count()).select_from(EvidenceRecord)) == evidence
        for day, taken in ((THURSDAY, True), (date(2026, 3, 11), True), (date(2026, 3, 12), False)):
            classroom = open_classroom(session, context=context, now=at(day))
            assert (mine in classroom.together) is taken, day
            assert classroom.may_be_own_step(ben.id, mine) is not taken
            assert mine not in classroom.state_of(ben).done, "nobody practised it by being there"


def test_nobody_starts_it_before_its_day(school: School) -> None:
    with school.database.transaction() as session:
        context, _teacher, ana, _ben = school.rows(session)
        shared = place(session, school, next(a.id for a in MAP.activities if a.format == "check"))
        with pytest.raises(Fixable, match="together on its day"):
            activity.start(session, context=context, learner=ana, activity_id=shared.activity_id, now=NOW)
        assert activity.start(
            session, context=context, learner=ana, activity_id=shared.activity_id, now=at(THURSDAY)
        )


def seen_by(session: Session, context: Context, learner: Person, now: datetime) -> NextView:
    view = next_step(session, context=context, learner=learner, now=now, words=ENGLISH)
    assert view is not None
    return view


def test_students_read_of_it_in_the_week_before_and_on_its_day(school: School) -> None:
    with school.database.transaction() as session:
        context, _teacher, ana, _ben = school.rows(session)
        shared = place(session, school, MAP.activities[0].title, lesson=2, minutes=45)
        for day, seen in (
            (THURSDAY - timedelta(days=8), []),
            (THURSDAY - timedelta(days=7), [False]),
            (THURSDAY, [True]),
            (FRIDAY, []),
        ):
            view = seen_by(session, context, ana, at(day))
            assert [each.is_today for each in view.together] == seen, day
            for each in view.together:
                assert (each.key, each.lesson, each.minutes) == (shared.id, 2, 45)


def test_own_steps_of_that_day_leave_it_room(school: School) -> None:
    with school.database.transaction() as session:
        context, _teacher, ana, _ben = school.rows(session)
        longest = max(a.minutes for a in MAP.activities)
        shared = place(session, school, MAP.activities[0].id, own_minutes=6)
        before = seen_by(session, context, ana, at(FRIDAY)).step
        that_day = seen_by(session, context, ana, at(THURSDAY)).step
        after = seen_by(session, context, ana, at(FRIDAY)).step
        assert that_day is not None
        assert before is not None
        assert after is not None
        assert that_day.minutes is not None
        assert that_day.minutes <= 6 < longest
        assert after.activity_id == before.activity_id
        assert shared.own_minutes == 6


def test_who_lacks_what_it_rests_on_is_one_row_of_today(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        lab = MAP.activity("lab-same-taste")

        def row(now: datetime) -> tuple[str, str] | None:
            view = today(session, context=context, teacher=teacher, now=now, words=ENGLISH)
            return next(((todo.who, todo.what) for todo in view.todos if todo.kind == "together"), None)

        assert row(NOW) is None
        place(session, school, lab.title)
        found = row(NOW)
        assert found is not None
        [coming] = together_page(session, context=context, now=NOW, words=ENGLISH).coming
        assert coming.help is not None
        assert (len(coming.help.names), coming.shared.title) == (found[0].count(",") + 1, lab.title)
        assert found[1] == f"Before 5 Mar: “{coming.help.step_title}” first"
        assert row(at(FRIDAY)) is None


def test_it_is_moved_and_removed_and_each_change_is_undone(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        name = MAP.activities[0].id

        def undo(seconds: int) -> None:
            now = NOW + timedelta(seconds=seconds)
            change = last_change(session, context=context, now=now)
            assert change is not None
            fix_class_activity.undo(session, context=context, key=change.shared.id, now=now)

        shared = place(session, school, name, minutes=30, own_minutes=5)
        fix_class_activity.move(
            session,
            context=context,
            key=shared.id,
            fixed=Fixed(FRIDAY),
            teacher=teacher,
            now=NOW + timedelta(seconds=1),
        )
        assert standing(session) == [(name, FRIDAY)]
        moved = session.scalars(select(ClassActivity).where(ClassActivity.removed_at.is_(None))).one()
        assert (moved.minutes, moved.own_minutes) == (30, 5)
        with pytest.raises(Fixable, match="changed in the meantime"):
            fix_class_activity.remove(session, context=context, key=shared.id, now=NOW)
        fix_class_activity.remove(session, context=context, key=moved.id, now=NOW + timedelta(seconds=2))
        assert standing(session) == []
        undo(3)
        assert standing(session) == [(name, FRIDAY)]
        undo(4)
        assert standing(session) == [(name, THURSDAY)]
        undo(5)
        assert standing(session) == []
        with pytest.raises(Fixable, match="Something else has changed"):
            fix_class_activity.undo(session, context=context, key=shared.id, now=NOW)


def test_pace_counts_the_minutes_of_what_is_to_come(school: School) -> None:
    with school.database.transaction() as session:
        context = school.rows(session)[0]
        place(session, school, MAP.activities[0].id, minutes=30)
        place(session, school, MAP.activities[1].id, day=FRIDAY, minutes=45)
        for day, together in ((THURSDAY, (2, 75)), (FRIDAY, (1, 45)), (FRIDAY + timedelta(days=1), (0, 0))):
            view = look_at_pace(session, context=context, now=at(day), words=ENGLISH)
            assert view.together == together


def test_what_is_over_stays_as_a_record(school: School) -> None:
    with school.database.transaction() as session:
        context, _teacher, _ana, _ben = school.rows(session)
        shared = place(session, school, MAP.activities[0].id)
        with pytest.raises(Fixable, match="its day is over"):
            fix_class_activity.remove(session, context=context, key=shared.id, now=at(FRIDAY))
        assert last_change(session, context=context, now=at(FRIDAY)) is None
        view = together_page(session, context=context, now=at(FRIDAY), words=ENGLISH)
        assert ([each.key for each in view.past], view.coming, view.undo) == ([shared.id], (), None)


def test_a_move_is_not_undone_to_a_day_that_is_over(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        shared = place(session, school, MAP.activities[0].id)
        fix_class_activity.move(
            session, context=context, key=shared.id, fixed=Fixed(FRIDAY), teacher=teacher, now=at(THURSDAY)
        )
        assert last_change(session, context=context, now=at(THURSDAY)) is not None
        assert last_change(session, context=context, now=at(FRIDAY)) is None


def test_bad_input_is_refused_with_what_to_do(school: School) -> None:
    for fields, code in (
        ({}, "together.day"),
        ({"day": "Thursday"}, "together.day"),
        ({"day": "2026-03-01"}, "together.other_day"),
        ({"day": "2027-03-12"}, "together.other_day"),
        ({"day": "2026-03-05", "lesson": "0"}, "together.lesson"),
        ({"day": "2026-03-05", "minutes": "9999"}, "together.minutes"),
        ({"day": "2026-03-05", "own_minutes": "-1"}, "together.own_minutes"),
    ):
        with pytest.raises(Fixable) as refusal:
            read_fixed(fields, now=NOW)
        assert refusal.value.code == code
    assert read_fixed({"day": "2026-03-02", "own_minutes": "0"}, now=NOW) == Fixed(NOW.date(), own_minutes=0)
    with pytest.raises(Fixable, match="no activity of this name"):
        named_activity("The lab", MAP)
    with school.database.transaction() as session:
        context, _teacher, _ana, _ben = school.rows(session)
        shared = place(session, school, MAP.activities[0].id)
        with pytest.raises(Fixable, match="on that day already"):
            place(session, school, MAP.activities[0].id)
        other = make_context(session, registration=context.deployment.registration, context_id="other")
        with pytest.raises(NotVisible):
            fix_class_activity.remove(session, context=other, key=shared.id, now=NOW)
        assert standing(session) == [(shared.activity_id, THURSDAY)]


def test_what_was_fixed_and_changed_has_a_bound(school: School) -> None:
    with school.database.transaction() as session:
        first = place(session, school, "lab-same-taste")
        kept = {"context_id": first.context_id, "activity_id": "x", "minutes": 9, "created_at": NOW}
        session.add_all(ClassActivity(**kept, on_day=THURSDAY, removed_at=NOW) for _ in range(999))
        session.flush()
        with pytest.raises(Fixable, match=r"together\.too_many"):
            place(session, school, "drum-loop-tables")
        assert standing(session) == [("lab-same-taste", THURSDAY)]
