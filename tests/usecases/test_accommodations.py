"""Accommodations: every suggestion keeps them at once, minutes follow the student's time, and few may know of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from math import ceil

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.class_rules import LearnerAccommodations
from lti_tool.models.gradebook import OutboxEntry
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.models.platforms import AuditEntry
from lti_tool.pathways.accommodations import NONE, Accommodations
from lti_tool.pathways.content import Format
from lti_tool.pathways.reasons import Audience
from lti_tool.usecases import accommodations, decide, next_step
from lti_tool.usecases.accommodations import mark_of, read_accommodations
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.own_pace import _minutes
from lti_tool.usecases.plan_path import chosen_option, recommendation_of
from lti_tool.usecases.steps import step_views
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW
from tests.usecases.school import School

LATER = NOW + timedelta(minutes=1)


def keep(session: Session, school: School, kept: Accommodations) -> None:
    context, _teacher, _ana, _ben = school.rows(session)
    before = open_classroom(session, context=context, now=LATER).accommodations_of(school.ben)
    save(session, school, kept, seen=before)


def save(session: Session, school: School, kept: Accommodations, *, seen: Accommodations) -> None:
    context, teacher, _ana, _ben = school.rows(session)
    accommodations.set_accommodations(
        session,
        context=context,
        person_key=school.ben,
        accommodations=kept,
        seen=mark_of(seen),
        teacher=teacher,
        now=LATER,
    )


def current(session: Session, person: int) -> Proposal:
    return session.scalars(select(Proposal).where(Proposal.person_id == person, Proposal.is_current)).one()


def formats(session: Session, school: School, person: int) -> list[Format]:
    classroom = open_classroom(session, context=school.rows(session)[0], now=LATER)
    return [
        classroom.skill_map.activity(option.activity_id).format
        for option in recommendation_of(current(session, person)).options
        if option.activity_id
    ]


def test_the_plan_keeps_them_at_once_and_nobody_elses_changes(school: School) -> None:
    with school.database.transaction() as session:
        first, others = formats(session, school, school.ben)[0], current(session, school.ana).id
        keep(session, school, Accommodations(frozenset({first})))
        assert first not in formats(session, school, school.ben)
        assert current(session, school.ana).id == others
        keep(session, school, NONE)
        assert formats(session, school, school.ben)[0] is first
        assert session.scalars(select(LearnerAccommodations)).all() == []


def test_an_approved_step_that_breaks_them_is_withdrawn_and_one_that_keeps_them_is_said_anew(
    school: School,
) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        proposal = current(session, school.ben)
        decide.approve(session, context=context, proposal_key=proposal.id, teacher=teacher, now=LATER)
        usual = open_classroom(session, context=context, now=LATER).skill_map.activity(
            chosen_option(proposal).activity_id or ""
        )

        def said() -> str:
            return session.scalars(select(OutboxEntry.comment)).one() or ""

        keep(session, school, Accommodations(time_factor=1.5))
        assert current(session, school.ben) is proposal
        assert f"({ceil(1.5 * usual.minutes)} min)" in said()
        keep(session, school, Accommodations(frozenset({usual.format})))
        assert current(session, school.ben).status is ProposalStatus.PROPOSED
        assert said() == "Your teacher is choosing your next step."


def test_alternatives_of_an_approved_step_that_break_them_are_gone(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        proposal = current(session, school.ben)
        decide.approve(session, context=context, proposal_key=proposal.id, teacher=teacher, now=LATER)
        kinds = formats(session, school, school.ben)
        other = next(index for index, kind in enumerate(kinds) if kind is not kinds[0])
        keep(session, school, Accommodations(frozenset({kinds[other]})))
        classroom = open_classroom(session, context=context, now=LATER)
        _step, shown = step_views(
            classroom=classroom, proposal=proposal, audience=Audience.STUDENT, words=ENGLISH
        )
        assert other not in [view.option for view in shown]
        with pytest.raises(Fixable, match="has changed"):
            next_step.choose(session, context=context, learner=ben, option=other, now=LATER)
        with pytest.raises(Fixable, match="no such alternative"):
            decide.swap(
                session,
                context=context,
                proposal_key=proposal.id,
                option=other,
                teacher=teacher,
                now=LATER,
            )


def test_an_undone_swap_brings_no_forbidden_step_back(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        proposal = current(session, school.ben)
        kinds = formats(session, school, school.ben)
        other = next(index for index, kind in enumerate(kinds) if kind is not kinds[0])
        decide.swap(
            session, context=context, proposal_key=proposal.id, option=other, teacher=teacher, now=LATER
        )
        keep(session, school, Accommodations(frozenset({kinds[0]})))
        assert current(session, school.ben) is proposal
        decide.undo_last(session, context=context, teacher=teacher, now=LATER + timedelta(minutes=1))
        assert kinds[0] not in formats(session, school, school.ben)


def test_minutes_are_the_students_own_and_families_read_the_usual_ones(school: School) -> None:
    with school.database.transaction() as session:
        keep(session, school, Accommodations(time_factor=2.0))
        context = school.rows(session)[0]
        classroom = open_classroom(session, context=context, now=LATER)
        for person, factor in ((school.ben, 2), (school.ana, 1)):
            proposal = current(session, person)
            usual = classroom.skill_map.activity(chosen_option(proposal).activity_id or "").minutes
            shown = {
                audience: step_views(
                    classroom=classroom, proposal=proposal, audience=audience, words=ENGLISH
                )[0].minutes
                for audience in Audience
            }
            assert shown[Audience.STUDENT] == shown[Audience.TEACHER] == factor * usual
            assert shown[Audience.FAMILY] == usual


def test_a_weeks_work_takes_the_students_own_time(school: School) -> None:
    later = NOW + timedelta(days=10)
    with school.database.transaction() as session:
        context = school.rows(session)[0]

        def minutes() -> int | None:
            classroom = open_classroom(session, context=context, now=later)
            return _minutes(classroom, classroom.learner(school.ben), 2.0)

        usual = minutes()
        keep(session, school, Accommodations(time_factor=2.0))
        assert usual
        assert minutes() == 2 * usual


def test_the_audit_log_says_who_and_whose_and_never_what(school: School) -> None:
    with school.database.transaction() as session:
        kept = Accommodations(frozenset({Format.VIDEO}), time_factor=1.5)
        keep(session, school, kept)
        keep(session, school, kept)  # nothing new, so nothing to note
        [entry] = session.scalars(select(AuditEntry)).all()
        assert (entry.action, entry.actor, entry.subject) == (
            "accommodations.changed",
            f"person {school.teacher}",
            f"person {school.ben}",
        )
        assert not {"video", "1.5"} & set(json.dumps(entry.detail).split('"'))


def test_goals_without_an_activity_for_somebody_are_counted(school: School) -> None:
    with school.database.transaction() as session:
        context = school.rows(session)[0]
        classroom = open_classroom(session, context=context, now=LATER)
        assert accommodations.lacks(classroom) == ()
        keep(session, school, Accommodations(frozenset(Format)))
        classroom = open_classroom(session, context=context, now=LATER)
        lacks = accommodations.lacks(classroom)
        assert {lack.students for lack in lacks} == {1}
        view = accommodations.look_at_accommodations(classroom, classroom.learner(school.ben), ENGLISH)
        assert view.lacking == tuple(lack.skill_title for lack in lacks)
        nothing = replace(classroom, accommodations={})
        assert accommodations.lacks(nothing) == ()


def test_only_what_the_form_offers_is_taken_and_only_for_students_of_the_course(school: School) -> None:
    assert read_accommodations(formats=["video"], modes=["pair"], time_factor="1.25").time_factor == 1.25
    for kinds, modes, factor in ((["film"], [], "1"), ([], ["whole-class"], "1"), ([], [], "3")):
        with pytest.raises(Fixable, match="Choose among"):
            read_accommodations(formats=kinds, modes=modes, time_factor=factor)
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        with pytest.raises(NotVisible):
            accommodations.set_accommodations(
                session,
                context=context,
                person_key=school.teacher,
                accommodations=NONE,
                seen=mark_of(NONE),
                teacher=teacher,
                now=LATER,
            )


def test_what_a_colleague_kept_meanwhile_is_never_written_over(school: School) -> None:
    longer, no_video = Accommodations(time_factor=1.5), Accommodations(frozenset({Format.VIDEO}))
    with school.database.transaction() as session:
        save(session, school, longer, seen=NONE)
        save(session, school, longer, seen=NONE)
        for stale in (NONE, no_video):
            with pytest.raises(Fixable, match=r"accommodations\.changed"):
                save(session, school, no_video, seen=stale)
        assert session.scalars(select(LearnerAccommodations)).one().values == longer
        save(session, school, no_video, seen=longer)
