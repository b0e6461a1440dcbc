"""Pins, waivers and vetoes that hold: what they bring about, until when, and what ending them does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.gradebook import OutboxEntry
from lti_tool.models.learning import Directive, DirectiveKind, EvidenceRecord, Proposal, ProposalStatus
from lti_tool.pathways.evidence import Source
from lti_tool.pathways.recommendation import ReasonCode
from lti_tool.usecases import decide, standing_wishes
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.finish_step import finish
from lti_tool.usecases.plan_path import chosen_option
from lti_tool.usecases.student_history import student_history
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_context, make_registration, make_teacher, ratios
from tests.usecases.school import School

LATER = NOW + timedelta(minutes=1)
TODAY = NOW.date()
READING = "reading-giraffe"


def current(session: Session, person: int) -> Proposal:
    return session.scalars(select(Proposal).where(Proposal.person_id == person, Proposal.is_current)).one()


def pin(session: Session, school: School, activity_id: str = READING, **more: object) -> None:
    context, teacher, *_ = school.rows(session)
    values = {"person_key": school.ben, "until": None, "now": LATER} | more
    standing_wishes.pin(session, context=context, activity_id=activity_id, teacher=teacher, **values)  # type: ignore[arg-type]


def waiting_words(session: Session, person: int) -> str:
    entry = session.scalar(select(OutboxEntry).where(OutboxEntry.person_id == person))
    return (entry.comment or "") if entry else ""


def test_a_pin_is_the_next_step_at_once_approved_and_on_its_way(school: School) -> None:
    with school.database.transaction() as session:
        pin(session, school)
        proposal = current(session, school.ben)
        option = chosen_option(proposal)
        assert (option.activity_id, option.reason.code) == (READING, ReasonCode.PINNED)
        assert proposal.status is ProposalStatus.APPROVED
        assert waiting_words(session, school.ben).startswith("Next: ")
        assert current(session, school.ana).status is ProposalStatus.PROPOSED


def test_a_later_pin_takes_the_place_of_the_first(school: School) -> None:
    with school.database.transaction() as session:
        pin(session, school)
        pin(session, school, "quiz-foundations")
        assert chosen_option(current(session, school.ben)).activity_id == "quiz-foundations"
        standing = session.scalars(select(Directive).where(Directive.lifted_at.is_(None))).all()
        assert [wish.subject for wish in standing] == ["quiz-foundations"]
        pin(session, school, "quiz-foundations", until=TODAY)


def test_a_pin_ends_with_its_day_and_planning_goes_on(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        pin(session, school, until=TODAY + timedelta(days=1))
        after_sync(session, context, NOW + timedelta(days=1))
        assert chosen_option(current(session, school.ben)).activity_id == READING
        after_sync(session, context, NOW + timedelta(days=2))
        now = current(session, school.ben)
        assert (chosen_option(now).reason.code is ReasonCode.PINNED, now.status) == (
            False,
            ProposalStatus.PROPOSED,
        )
        assert waiting_words(session, school.ben) == "Your teacher is choosing your next step."


def test_a_pin_is_over_once_the_activity_was_done(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        pin(session, school)
        classroom = open_classroom(session, context=context, now=LATER)
        finish(
            session,
            classroom=classroom,
            proposal=current(session, school.ben),
            done_at=LATER + timedelta(minutes=1),
        )
        after_sync(session, context, LATER + timedelta(minutes=2))
        assert chosen_option(current(session, school.ben)).reason.code is not ReasonCode.PINNED


@pytest.mark.parametrize(("source", "holds"), [(Source.LMS, False), (Source.DIAGNOSTIC, True)])
def test_a_result_ends_a_pin_and_a_question_of_it_does_not(
    school: School, source: Source, holds: bool
) -> None:
    with school.database.transaction() as session:
        context, _teacher, _ana, ben = school.rows(session)
        pin(session, school)
        session.add(
            EvidenceRecord(
                context_id=context.id,
                person_id=ben.id,
                activity_id=READING,
                origin="attempt:9",
                source=source.value,
                fraction=0.8,
                occurred_at=LATER + timedelta(minutes=1),
                recorded_at=LATER,
            )
        )
        session.flush()
        classroom = open_classroom(session, context=context, now=LATER + timedelta(minutes=2))
        assert (classroom.pinned(ben) == READING) is holds


def test_what_cannot_be_pinned_is_refused_and_the_step_stays(school: School) -> None:
    above = next(
        activity.id
        for activity in ratios().skill_map.activities
        if activity.format == "quiz" and activity.skills
    )
    with school.database.transaction() as session:
        before = current(session, school.ben).id
        for activity_id, more, code in (
            ("no-such", {}, "pin.activity"),
            (READING, {"until": TODAY - timedelta(days=1)}, "pin.day"),
            (_closed(session, school), {}, "pin.not_possible"),
        ):
            with pytest.raises(Fixable) as refusal:
                pin(session, school, activity_id, **more)
            assert refusal.value.code == code
        with pytest.raises(NotVisible):
            pin(session, school, above, person_key=school.teacher)
        assert current(session, school.ben).id == before
        assert session.scalars(select(Directive)).all() == []


def _closed(session: Session, school: School) -> str:
    context, *_ = school.rows(session)
    return min(open_classroom(session, context=context, now=LATER).closed)


def test_an_activity_is_pinned_for_the_whole_class_and_refused_where_it_is_open_to_nobody(
    school: School,
) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        values = {"context": context, "teacher": teacher, "until": None, "now": LATER}
        assert standing_wishes.pin_for_all(session, activity_id=READING, **values) == 2  # type: ignore[arg-type]
        for person in (school.ana, school.ben):
            assert chosen_option(current(session, person)).activity_id == READING
        with pytest.raises(Fixable, match="open to nobody"):
            standing_wishes.pin_for_all(session, activity_id=_closed(session, school), **values)  # type: ignore[arg-type]


def test_ending_a_pin_takes_its_step_back_and_says_who_did(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        pin(session, school)
        [wish] = session.scalars(select(Directive)).all()
        person = standing_wishes.lift(session, context=context, key=wish.id, teacher=teacher, now=LATER)
        assert person == school.ben
        assert (wish.lifted_at, wish.lifted_by) == (LATER, teacher.id)
        assert current(session, school.ben).status is ProposalStatus.PROPOSED
        assert waiting_words(session, school.ben) == "Your teacher is choosing your next step."
        with pytest.raises(Fixable) as refusal:
            standing_wishes.lift(session, context=context, key=wish.id, teacher=teacher, now=LATER)
        assert refusal.value.code == "wish.ended"


def test_a_lifted_veto_lets_the_activity_come_again(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, *_ = school.rows(session)
        before = current(session, school.ben)
        first = chosen_option(before).activity_id
        decide.veto(session, context=context, proposal_key=before.id, teacher=teacher, now=LATER)
        [wish] = session.scalars(select(Directive)).all()
        standing_wishes.lift(session, context=context, key=wish.id, teacher=teacher, now=LATER)
        assert chosen_option(current(session, school.ben)).activity_id == first


def test_a_wish_of_another_course_looks_like_a_missing_one(school: School) -> None:
    with school.database.transaction() as session:
        other = make_context(session, registration=make_registration(session, client_id="c2"), context_id="2")
        stranger = make_teacher(session, other, "t2")
        pin(session, school)
        [wish] = session.scalars(select(Directive)).all()
        for key in (wish.id, 10_000):
            with pytest.raises(NotVisible) as refusal:
                standing_wishes.lift(session, context=other, key=key, teacher=stranger, now=LATER)
            assert refusal.value.code == "wish.not_found"


def test_a_waived_skill_opens_what_rests_on_it_and_its_consequence_is_said_before(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        classroom = open_classroom(session, context=context, now=LATER)
        offered = standing_wishes.closed_skills(classroom, ben, ENGLISH)
        first = offered[0]
        assert f"before “{first.title}” is there" in first.consequence
        values = {"context": context, "person_key": ben.id, "teacher": teacher, "now": LATER}
        standing_wishes.waive(session, skill_id=first.skill_id, **values)  # type: ignore[arg-type]
        after = open_classroom(session, context=context, now=LATER)
        assert first.skill_id in after.state_of(ben).waived
        assert first.skill_id not in {
            skill.skill_id for skill in standing_wishes.closed_skills(after, ben, ENGLISH)
        }
        for skill_id in (first.skill_id, "no-such"):
            with pytest.raises(Fixable) as refusal:
                standing_wishes.waive(session, skill_id=skill_id, **values)  # type: ignore[arg-type]
            assert refusal.value.code == "waive.nothing_closed"


def test_the_history_says_what_was_tried_what_became_of_it_and_who_decided(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        teacher.name = "Ms Oak"
        first = current(session, ben.id)
        decide.veto(session, context=context, proposal_key=first.id, teacher=teacher, now=LATER)
        second = current(session, ben.id)
        decide.approve(session, context=context, proposal_key=second.id, teacher=teacher, now=LATER)
        pin(session, school, until=TODAY)
        [wish] = session.scalars(select(Directive).where(Directive.kind == DirectiveKind.PIN)).all()
        standing_wishes.lift(session, context=context, key=wish.id, teacher=teacher, now=LATER)
        classroom = open_classroom(session, context=context, now=LATER)
        history = student_history(session, classroom=classroom, learner=ben, words=ENGLISH)
    assert [step.ending for step in history.steps] == [
        "The present step",
        "Another step took its place",
        "Another step took its place",
        "Turned down",
    ]
    assert history.steps[-1].reason
    told = [decision.text.split(" “")[0] for decision in history.decisions]
    assert sorted(told) == ["approved", "decided, until 2 Mar:", "ended:", "turned down"]
    assert {decision.who for decision in history.decisions} == {"Ms Oak"}
    assert all(decision.reason for decision in history.decisions if decision.text.startswith("approved"))


def test_a_step_of_which_fewer_facts_were_kept_is_told_without_its_reason(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        step = current(session, ben.id)
        decide.approve(session, context=context, proposal_key=step.id, teacher=teacher, now=LATER)
        kept = dict(step.recommendation)
        kept["options"] = [
            option | {"reason": option["reason"] | {"params": {}}} for option in kept["options"]
        ]
        step.recommendation = kept
        session.flush()
        classroom = open_classroom(session, context=context, now=LATER)
        [trail] = student_history(session, classroom=classroom, learner=ben, words=ENGLISH).steps
    assert (trail.reason, trail.ending) == ("", "The present step")
