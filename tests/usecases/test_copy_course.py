"""A copied course takes over path, tags and settings of its original, and nothing about people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.db import Base, Database
from lti_tool.errors import Fixable
from lti_tool.launch.copies import offer_original
from lti_tool.models.courses import (
    Context,
    CopyState,
    LearnerProfile,
    Membership,
    Mode,
    Person,
    ResourceLink,
    SyncState,
    WeeklyGoal,
)
from lti_tool.models.gradebook import Column, LineItem, OutboxEntry, Result
from lti_tool.models.learning import (
    AdoptedSkillMap,
    CheckAttempt,
    Decision,
    Directive,
    EvidenceRecord,
    Proposal,
)
from lti_tool.models.outcomes import LearningOutcome
from lti_tool.pathways.choices import Choices
from lti_tool.usecases import adopted_map, copy_course, decide, fix_class_activity
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.announce_step import NEXT_STEP_TAG
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.copy_course import look_at_copy
from lti_tool.usecases.course_rules import add_version, course_rules
from lti_tool.usecases.fix_class_activity import Fixed
from lti_tool.usecases.goal_dates import GoalDates, goal_dates, set_dates
from lti_tool.usecases.weekly_goal import monday_of
from tests.factories import (
    NOW,
    make_column,
    make_context,
    make_person,
    make_registration,
    make_results,
    make_teacher,
    ratios,
)

FIRST, SECOND, THIRD = (a.id for a in ratios().skill_map.activities[:3])


@dataclass(frozen=True, slots=True)
class Copy:
    """Keys of an original that is in use, and of a copy that was offered its set-up."""

    database: Database
    original: int
    copied: int
    teacher: int

    def view(self) -> copy_course.CopyView | None:
        with self.database.read() as session:
            return look_at_copy(session, context=session.get_one(Context, self.copied), now=NOW)

    def take(self) -> None:
        with self.database.transaction() as session:
            context = session.get_one(Context, self.copied)
            teacher = session.get_one(Person, self.teacher)
            copy_course.take_over(session, context=context, teacher=teacher, now=NOW)

    def column(self, session: Session, **members: object) -> LineItem:
        """A column of the copy as the platform shows it."""
        column = make_column(session, session.get_one(Context, self.copied), activity_id=None, label="Column")
        for name, value in members.items():
            setattr(column, name, value)
        column.url = f"{column.url}/{column.id}"
        session.flush()
        return column

    def tags(self) -> dict[str, str | None]:
        """Activities of the copy's columns by label, "left out" for those that belong to none."""
        with self.database.read() as session:
            columns = session.scalars(select(LineItem).where(LineItem.context_id == self.copied))
            return {c.label: "left out" if c.left_out else c.activity_id for c in columns}


def second_context(session: Session, original: Context, context_id: str = "2") -> Context:
    """Another course of the same deployment."""
    context = Context(
        deployment_id=original.deployment_id, context_id=context_id, title="Copy", created_at=NOW
    )
    context.line_items_url = f"https://lms.example/{context_id}/lineitems"
    session.add(context)
    session.flush()
    return context


def _threshold(session: Session, context: Context) -> float:
    return course_rules(session, context).choices.number("threshold")


@pytest.fixture
def copy(database: Database) -> Copy:
    """The original has two students with grades, an approved step, and three tagged columns."""
    with database.transaction() as session:
        original = make_context(session)
        original.mode = Mode.SUGGEST
        add_version(session, context=original, own=Choices({"threshold": 0.8}), person=None, now=NOW)
        teacher = make_teacher(session, original)
        ana, ben = make_person(session, original, "1"), make_person(session, original, "2")
        sample = ratios()
        adopted_map.adopt(session, context=original, sample=sample, tags={}, teacher=teacher, now=NOW)
        by_id = make_column(session, original, activity_id=FIRST, label="Renamed later")
        by_id.resource_id, by_id.tag = "r-1", "quiz"
        make_results(session, by_id, {ana.id: 9.0, ben.id: 3.0})
        make_column(session, original, activity_id=SECOND, label="Second column")
        out = make_column(session, original, activity_id=None, label="Trip to the zoo")
        out.left_out = True
        session.add(LearnerProfile(context_id=original.id, person_id=ana.id, goal="My own words"))
        session.add(WeeklyGoal(context_id=original.id, person_id=ana.id, monday=monday_of(NOW), steps=3))
        after_sync(session, original, NOW)
        decide.approve_all(session, context=original, teacher=teacher, now=NOW)
        context = second_context(session, original)
        session.add(
            Membership(
                context_id=context.id, person_id=ana.id, roles=["learner"], is_learner=True, seen_at=NOW
            )
        )
        session.flush()
        offer_original(session, context_key=context.id, ancestors=["1"])
        return Copy(database, original.id, context.id, teacher.id)


def test_the_offer_says_what_would_be_taken(copy: Copy) -> None:
    with copy.database.transaction() as session:
        copy.column(session, label="Elsewhere", resource_id="r-1", tag="quiz")
        copy.column(session, label="Unknown")
        session.get_one(Context, copy.copied).gradebook_read_at = NOW
    view = copy.view()
    assert view is not None
    assert (view.state, view.original_title, view.map_title) == (
        "offered",
        "Ratios",
        ratios().skill_map.title,
    )
    assert (view.matched, view.columns, view.been_read) == (1, 2, True)
    assert (view.mode, view.threshold_percent) == ("suggest", 80)
    assert (view.skills, view.activities) == (
        len(ratios().skill_map.skills),
        len(ratios().skill_map.activities),
    )


def test_map_settings_and_tags_are_taken_over_and_every_student_gets_a_step(copy: Copy) -> None:
    with copy.database.transaction() as session:
        copy.column(session, label="Elsewhere", resource_id="r-1", tag="quiz")
        copy.column(session, label="second  COLUMN")
        copy.column(session, label="Trip to the zoo")
        copy.column(session, label="Unknown")
    copy.take()
    assert copy.tags() == {
        "Elsewhere": FIRST,
        "second  COLUMN": SECOND,
        "Trip to the zoo": "left out",
        "Unknown": None,
    }
    with copy.database.read() as session:
        context = session.get_one(Context, copy.copied)
        assert (context.mode, _threshold(session, context), context.goal_date) == (Mode.SUGGEST, 0.8, None)
        assert context.copy_state is CopyState.TAKEN
        assert (context.sync_requested_at, context.sync_state) == (NOW, SyncState.NEVER)
        maps = session.scalars(select(AdoptedSkillMap).where(AdoptedSkillMap.context_id == context.id)).all()
        assert [(each.version, each.adopted_by) for each in maps] == [(1, copy.teacher)]
        assert maps[0].document == ratios().document
        assert len(session.scalars(select(Proposal).where(Proposal.context_id == context.id)).all()) == 1


def test_nothing_about_people_crosses(copy: Copy) -> None:
    with copy.database.transaction() as session:
        copy.column(session, label="Elsewhere", resource_id="r-1", tag="quiz")
    before = _rows(copy.database, copy.original)
    copy.take()
    assert _rows(copy.database, copy.original) == before, "the original stays as it is"
    with copy.database.read() as session:
        for table in (
            EvidenceRecord,
            Decision,
            Directive,
            CheckAttempt,
            LearnerProfile,
            WeeklyGoal,
            OutboxEntry,
            Column,
        ):
            here = select(func.count()).select_from(table).where(table.context_id == copy.copied)
            assert session.scalar(here) == 0, table.__tablename__
        results = select(Result).join(LineItem).where(LineItem.context_id == copy.copied)
        assert session.scalars(results).all() == []
        people = session.scalars(select(Membership).where(Membership.context_id == copy.copied)).all()
        assert len(people) == 1, "nobody was added to the course"


def _rows(database: Database, context_key: int) -> dict[str, list[tuple[str, ...]]]:
    """Everything that is stored about a course."""
    tables = [
        table for table in Base.metadata.sorted_tables if "context_id" in table.c and table.name != "contexts"
    ]
    with database.read() as session:
        found = {
            table.name: [
                tuple(map(str, row))
                for row in session.execute(
                    select(table).where(table.c.context_id == context_key).order_by(*table.primary_key)
                )
            ]
            for table in tables
        }
        found["contexts"] = [
            tuple(map(str, row))
            for row in session.execute(select(Context.__table__).where(Context.id == context_key))
        ]
    return found


def test_a_column_is_recognised_by_its_link_before_its_label(copy: Copy) -> None:
    with copy.database.transaction() as session:
        session.add(ResourceLink(context_id=copy.copied, resource_link_id="new-9", activity_id=THIRD))
        copy.column(session, label="Second column", resource_link_id="new-9")
    copy.take()
    assert copy.tags() == {"Second column": THIRD}


@pytest.mark.parametrize(
    "members",
    [
        {"label": "Renamed later", "resource_id": "r-1", "tag": "other"},  # another column of ours
        {"label": "Second column", "tag": "other"},  # the label of a column of another kind
        {"label": "Second column", "resource_link_id": "7"},
    ],
)
def test_columns_of_another_kind_are_not_tagged(copy: Copy, members: dict[str, object]) -> None:
    with copy.database.transaction() as session:
        copy.column(session, **members)
    copy.take()
    assert list(copy.tags().values()) == [None]


def test_two_columns_with_one_label_are_left_to_the_teacher(copy: Copy) -> None:
    with copy.database.transaction() as session:
        copy.column(session, label="Second column")
        twin = copy.column(session, label="Twin")
        twin.label = "second column"
    copy.take()
    assert copy.tags() == {"Second column": None, "second column": None}


def test_what_the_originals_columns_disagree_about_is_left_to_the_teacher(copy: Copy) -> None:
    with copy.database.transaction() as session:
        twin = make_column(session, session.get_one(Context, copy.original), activity_id=THIRD, label="x")
        twin.label = "Second column"
        copy.column(session, label="Second column")
    copy.take()
    assert copy.tags() == {"Second column": None}


def test_columns_that_are_read_later_get_their_tags_then_and_a_teachers_no_stands(copy: Copy) -> None:
    copy.take()
    with copy.database.transaction() as session:
        late = copy.column(session, label="Second column")
        no = copy.column(session, label="Elsewhere", resource_id="r-1", tag="quiz")
        no.left_out = True
        after_sync(session, session.get_one(Context, copy.copied), NOW)
        assert (late.activity_id, no.activity_id, no.left_out) == (SECOND, None, True)


def test_the_column_with_our_own_words_is_never_tagged(copy: Copy) -> None:
    with copy.database.transaction() as session:
        original = session.get_one(Context, copy.original)
        ours = make_column(session, original, activity_id=THIRD, label="Next step")
        ours.tag = ours.resource_id = NEXT_STEP_TAG
        copy.column(session, label="Next step", tag=NEXT_STEP_TAG, resource_id=NEXT_STEP_TAG)
    copy.take()
    assert copy.tags() == {"Next step": None}


def test_declining_is_remembered_and_may_be_reconsidered(copy: Copy) -> None:
    with copy.database.transaction() as session:
        copy_course.decline(session, context=session.get_one(Context, copy.copied))
    with copy.database.transaction() as session:
        offer_original(session, context_key=copy.copied, ancestors=["1"])
        assert session.get_one(Context, copy.copied).copy_state is CopyState.DECLINED
    view = copy.view()
    assert view is not None
    assert view.state == "declined"
    copy.take()
    view = copy.view()
    assert view is not None
    assert view.state == "taken"


def test_taking_over_is_taken_back_while_nothing_rests_on_it(copy: Copy) -> None:
    with copy.database.transaction() as session:
        copy.column(session, label="Second column")
    copy.take()
    view = copy.view()
    assert view is not None
    assert view.can_take_back
    with copy.database.transaction() as session:
        context = session.get_one(Context, copy.copied)
        copy_course.take_back(session, context=context)
        assert (context.mode, _threshold(session, context)) == (Mode.WRITE_BACK, 0.70)
    assert copy.tags() == {"Second column": None}
    view = copy.view()
    assert view is not None
    assert view.state == "offered"
    copy.take()


def outcome(session: Session, context_key: int, key: str, title: str, **members: object) -> LearningOutcome:
    """An outcome of a course."""
    made = LearningOutcome(context_id=context_key, key=key, title=title, name="", statement="", **members)
    session.add(made)
    session.flush()
    return made


def decided(copy: Copy) -> dict[str, str | None]:
    """Skills of the copy's outcomes by key, "none" for those that a teacher said to be none."""
    with copy.database.read() as session:
        outcomes = session.scalars(select(LearningOutcome).where(LearningOutcome.context_id == copy.copied))
        return {each.key: "none" if each.left_out else each.skill_id for each in outcomes}


def test_what_was_decided_about_outcomes_comes_along_and_goes_back(copy: Copy) -> None:
    skill, other = (skill.id for skill in ratios().skill_map.skills[:2])
    with copy.database.transaction() as session:
        outcome(session, copy.original, "1", "Of the school", skill_id=skill)
        outcome(session, copy.original, "2", "Of the course", skill_id=other)
        outcome(session, copy.original, "3", "Behaviour", left_out=True)
        outcome(session, copy.original, "4", "Twin", skill_id=skill)
        outcome(session, copy.original, "5", "Twin", skill_id=other)
        outcome(session, copy.original, "6", "Of an older map", skill_id="gone")
        for key, title in (("1", "Renamed"), ("22", "of the  COURSE"), ("33", "Behaviour"), ("44", "Twin")):
            outcome(session, copy.copied, key, title)
        outcome(session, copy.copied, "6", "Of an older map")
    copy.take()
    assert decided(copy) == {"1": skill, "22": other, "33": "none", "44": None, "6": None}
    with copy.database.transaction() as session:
        copy_course.take_back(session, context=session.get_one(Context, copy.copied))
    assert set(decided(copy).values()) == {None}


def test_outcomes_that_are_read_later_are_decided_then_and_a_teachers_word_stands(copy: Copy) -> None:
    skill, other = (skill.id for skill in ratios().skill_map.skills[:2])
    with copy.database.transaction() as session:
        outcome(session, copy.original, "1", "One", skill_id=skill)
        outcome(session, copy.original, "2", "Two", skill_id=skill)
    copy.take()
    with copy.database.transaction() as session:
        outcome(session, copy.copied, "1", "One")
        outcome(session, copy.copied, "2", "Two", skill_id=other)
        after_sync(session, session.get_one(Context, copy.copied), NOW)
    assert decided(copy) == {"1": skill, "2": other}


def test_goal_dates_that_are_still_to_come_are_taken_over_and_the_others_are_said(copy: Copy) -> None:
    first, second = ratios().skill_map.goals[0], "another"
    later, today = NOW.date() + timedelta(days=30), NOW.date()
    with copy.database.transaction() as session:
        dates = GoalDates(for_all=today, own={first: later, second: today - timedelta(days=1)})
        set_dates(session, context=session.get_one(Context, copy.original), dates=dates)
    view = copy.view()
    assert view is not None
    assert (view.dates, view.past_dates) == (1, 2)
    copy.take()

    def taken() -> GoalDates:
        with copy.database.read() as session:
            return goal_dates(session, session.get_one(Context, copy.copied))

    assert taken() == GoalDates(own={first: later})
    with copy.database.transaction() as session:
        copy_course.take_back(session, context=session.get_one(Context, copy.copied))
    assert taken() == GoalDates()


def test_what_is_in_use_is_not_taken_back(copy: Copy) -> None:
    copy.take()
    with copy.database.transaction() as session:
        context, teacher = session.get_one(Context, copy.copied), session.get_one(Person, copy.teacher)
        decide.approve_all(session, context=context, teacher=teacher, now=NOW)
        with pytest.raises(Fixable) as refusal:
            copy_course.take_back(session, context=context)
        assert (refusal.value.code, refusal.value.status) == ("copy.in_use", 409)
    view = copy.view()
    assert view is not None
    assert not view.can_take_back


def test_days_of_shared_activities_stay_with_the_original_and_own_ones_are_not_lost(copy: Copy) -> None:
    fixed = Fixed(NOW.date() + timedelta(days=3))

    def place(session: Session, key: int) -> None:
        fix_class_activity.place(
            session,
            context=session.get_one(Context, key),
            activity="lab-same-taste",
            fixed=fixed,
            teacher=session.get_one(Person, copy.teacher),
            now=NOW,
        )

    with copy.database.transaction() as session:
        place(session, copy.original)
    copy.take()
    with copy.database.transaction() as session:
        context = session.get_one(Context, copy.copied)
        assert open_classroom(session, context=context, now=NOW).class_activities == ()
        place(session, copy.copied)
        with pytest.raises(Fixable, match="in use"):
            copy_course.take_back(session, context=context)


def test_a_course_that_was_set_up_by_itself_is_left_alone(copy: Copy) -> None:
    with copy.database.transaction() as session:
        context = session.get_one(Context, copy.copied)
        adopted_map.adopt(session, context=context, sample=ratios(), tags={}, teacher=None, now=NOW)
    assert copy.view() is None
    with pytest.raises(Fixable) as refusal:
        copy.take()
    assert refusal.value.code == "copy.set_up_already"


def test_taking_over_twice_does_it_once(copy: Copy) -> None:
    copy.take()
    with pytest.raises(Fixable) as refusal:
        copy.take()
    assert refusal.value.code == "copy.not_offered"
    with copy.database.transaction() as session, pytest.raises(Fixable):
        copy_course.decline(session, context=session.get_one(Context, copy.copied))


def test_a_course_of_another_school_is_never_the_original(database: Database) -> None:
    """Ids repeat between schools: the same context id, in another deployment and in another registration."""
    with database.transaction() as session:
        registration = make_registration(session)
        here = make_context(session, registration=registration, context_id="own")
        elsewhere = make_context(session, registration=registration, context_id="42")
        stranger = make_context(
            session, registration=make_registration(session, client_id="c2"), context_id="42"
        )
        for other in (elsewhere, stranger):
            adopted_map.adopt(session, context=other, sample=ratios(), tags={}, teacher=None, now=NOW)
        offer_original(session, context_key=here.id, ancestors=["42"])
        session.refresh(here)
        assert (here.copied_from_id, here.copy_state) == (None, None)
        # Even a row that says so by mistake opens nothing.
        here.copied_from_id, here.copy_state = stranger.id, CopyState.OFFERED
        session.flush()
        assert look_at_copy(session, context=here, now=NOW) is None
        with pytest.raises(Fixable):
            copy_course.take_over(session, context=here, teacher=None, now=NOW)


def test_the_nearest_ancestor_with_a_skill_map_is_offered(database: Database) -> None:
    with database.transaction() as session:
        oldest = make_context(session, context_id="1")
        older, parent, here = (second_context(session, oldest, context_id) for context_id in "234")
        for ancestor in (oldest, older):
            adopted_map.adopt(session, context=ancestor, sample=ratios(), tags={}, teacher=None, now=NOW)
        offer_original(session, context_key=here.id, ancestors=["3", "unknown", "2", "1"])
        session.refresh(here)
        assert (here.copied_from_id, here.copy_state) == (older.id, CopyState.OFFERED)
        assert parent.copy_state is None
