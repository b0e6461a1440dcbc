"""One decision for several students, and one undo that brings every step back as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.gradebook import OutboxEntry
from lti_tool.models.learning import Directive, Proposal, ProposalStatus
from lti_tool.pathways.accommodations import NONE, Accommodations
from lti_tool.usecases import decide
from lti_tool.usecases.accommodations import mark_of, set_accommodations
from lti_tool.usecases.decide_together import Act, Outcome, decide_together, latest_bulk, undo
from lti_tool.usecases.plan_path import chosen_option, recommendation_of
from lti_tool.usecases.today import today
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_context, make_registration, make_teacher, ratios
from tests.usecases.school import School

LATER = NOW + timedelta(minutes=1)
AFTER = NOW + timedelta(minutes=2)


def _current(session: Session, person: int) -> Proposal:
    return session.scalars(select(Proposal).where(Proposal.person_id == person, Proposal.is_current)).one()


def _standing(session: Session, school: School) -> list[tuple[Any, ...]]:
    """What stands for everybody: the step, its state, and the wishes."""
    steps = [
        (p.person_id, p.id, p.chosen, p.status, p.approved_at, p.later_at)
        for p in (_current(session, key) for key in (school.ana, school.ben))
    ]
    wishes = session.execute(
        select(Directive.person_id, Directive.kind, Directive.subject).where(Directive.lifted_at.is_(None))
    )
    return [*steps, *sorted(map(tuple, wishes))]


def _all(session: Session, school: School) -> list[int]:
    return [_current(session, key).id for key in (school.ana, school.ben)]


def _words(session: Session) -> list[str | None]:
    return list(session.scalars(select(OutboxEntry.comment).order_by(OutboxEntry.person_id)))


@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("first", [None, Act.APPROVE])
def test_one_undo_brings_everything_back_as_it_was(school: School, act: Act, first: Act | None) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        if first:
            decide_together(
                session,
                context=context,
                proposal_keys=_all(session, school),
                act=first,
                teacher=teacher,
                now=NOW + timedelta(seconds=30),
            )
        before, words = _standing(session, school), _words(session)
        outcome = decide_together(
            session,
            context=context,
            proposal_keys=_all(session, school),
            act=act,
            activity_id=ratios().skill_map.activities[-1].id,
            teacher=teacher,
            now=LATER,
        )
        if first and act is Act.LATER:
            assert outcome == Outcome(0, 2), "what is approved needs no reminder"
            return
        assert outcome == Outcome(2, 0)
        assert _standing(session, school) != before
        assert undo(session, context=context, teacher=teacher, now=AFTER) == 2
        assert _standing(session, school) == before
        if first:
            assert _words(session) == words
        else:
            assert set(_words(session)) <= {"Your teacher is choosing your next step."}


def test_a_pinned_activity_is_everybody_s_step_and_approved(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        pinned = ratios().skill_map.activities[-1].id
        decide_together(
            session,
            context=context,
            proposal_keys=_all(session, school),
            act=Act.PIN,
            activity_id=pinned,
            teacher=teacher,
            now=LATER,
        )
        for key in (school.ana, school.ben):
            proposal = _current(session, key)
            assert (chosen_option(proposal).activity_id, proposal.status) == (pinned, ProposalStatus.APPROVED)


def test_a_swap_takes_the_second_option_of_each(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        keys = _all(session, school)
        wanted = [recommendation_of(session.get_one(Proposal, key)).options[1].activity_id for key in keys]
        decide_together(
            session, context=context, proposal_keys=keys, act=Act.SWAP, teacher=teacher, now=LATER
        )
        assert [chosen_option(session.get_one(Proposal, key)).activity_id for key in keys] == wanted


def test_what_is_put_off_does_not_wait_until_tomorrow(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        key = _current(session, school.ben).id
        decide_together(
            session, context=context, proposal_keys=[key], act=Act.LATER, teacher=teacher, now=LATER
        )
        assert decide.approve_all(session, context=context, teacher=teacher, now=AFTER) == 1
        tomorrow = LATER + timedelta(days=1)
        assert decide.approve_all(session, context=context, teacher=teacher, now=tomorrow) == 1


def test_a_step_that_the_student_did_meanwhile_is_left_alone(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        keys = _all(session, school)
        decide_together(
            session, context=context, proposal_keys=keys, act=Act.APPROVE, teacher=teacher, now=LATER
        )
        done = session.get_one(Proposal, keys[1])
        done.status, done.is_current, done.done_at = ProposalStatus.DONE, False, LATER
        undo(session, context=context, teacher=teacher, now=AFTER)
        assert (done.status, done.is_current) == (ProposalStatus.DONE, False)
        assert session.get_one(Proposal, keys[0]).status is ProposalStatus.PROPOSED


def test_one_foreign_or_old_key_and_nothing_is_decided(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        other = make_context(
            session, registration=make_registration(session, issuer="https://other.example"), context_id="2"
        )
        stranger = make_teacher(session, other)
        adopted = _current(session, school.ana)
        foreign = Proposal(
            context_id=other.id,
            person_id=stranger.id,
            recommendation=adopted.recommendation,
            skill_map_version=1,
            created_at=NOW,
        )
        session.add(foreign)
        session.flush()
        mine = _all(session, school)
        for keys in ([*mine, foreign.id], [*mine, 99999], [-1]):
            with pytest.raises(NotVisible):
                decide_together(
                    session, context=context, proposal_keys=keys, act=Act.APPROVE, teacher=teacher, now=LATER
                )
        with pytest.raises(Fixable, match="Tick the students"):
            decide_together(
                session, context=context, proposal_keys=[], act=Act.APPROVE, teacher=teacher, now=LATER
            )
        with pytest.raises(Fixable, match="activity of this course"):
            decide_together(
                session, context=context, proposal_keys=mine, act=Act.PIN, teacher=teacher, now=LATER
            )
        old = _current(session, school.ana)
        decide.veto(session, context=context, proposal_key=old.id, teacher=teacher, now=LATER)
        with pytest.raises(Fixable, match="have changed"):
            decide_together(
                session,
                context=context,
                proposal_keys=[old.id],
                act=Act.APPROVE,
                teacher=teacher,
                now=AFTER,
            )
        assert _current(session, school.ben).status is ProposalStatus.PROPOSED


def test_a_co_teacher_reads_who_did_it_and_takes_back_only_own_decisions(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        other = make_teacher(session, context, "co")
        decide_together(
            session,
            context=context,
            proposal_keys=_all(session, school),
            act=Act.APPROVE,
            teacher=teacher,
            now=LATER,
        )
        view = today(session, context=context, teacher=other, now=AFTER, words=ENGLISH)
        assert view.bulk is not None
        assert view.bulk.sentence == "Giventeacher Familyteacher approved 2 steps at once."
        assert view.can_undo is None
        with pytest.raises(Fixable, match="nothing to undo"):
            undo(session, context=context, teacher=other, now=AFTER)
        undo(session, context=context, teacher=teacher, now=AFTER)
        assert latest_bulk(session, context) is None


def test_an_accommodation_is_kept_also_for_many_at_once(school: School) -> None:
    """After an approval the alternatives stand as they were proposed: one of them may be forbidden by now."""
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        proposal = decide.approve(
            session, context=context, proposal_key=_current(session, ben.id).id, teacher=teacher, now=NOW
        )
        skill_map, options = ratios().skill_map, recommendation_of(proposal).options
        first, second = (skill_map.activity(option.activity_id or "").format for option in options[:2])
        assert first is not second
        set_accommodations(
            session,
            context=context,
            person_key=ben.id,
            accommodations=Accommodations(blocked_formats=frozenset({second})),
            seen=mark_of(NONE),
            teacher=teacher,
            now=LATER,
        )
        blocked = next(activity.id for activity in skill_map.activities if activity.format is second)
        for act, activity_id in ((Act.SWAP, ""), (Act.PIN, blocked)):
            outcome = decide_together(
                session,
                context=context,
                proposal_keys=[proposal.id],
                act=act,
                activity_id=activity_id,
                teacher=teacher,
                now=AFTER,
            )
            assert outcome == Outcome(0, 1), act
        assert (proposal.is_current, proposal.chosen) == (True, 0)
        assert session.scalars(select(Directive)).all() == []


def test_undo_brings_no_step_back_that_is_forbidden_by_now(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        proposal = _current(session, ben.id)
        activity = ratios().skill_map.activity(chosen_option(proposal).activity_id or "")
        decide_together(
            session, context=context, proposal_keys=[proposal.id], act=Act.VETO, teacher=teacher, now=LATER
        )
        set_accommodations(
            session,
            context=context,
            person_key=ben.id,
            accommodations=Accommodations(blocked_formats=frozenset({activity.format})),
            seen=mark_of(NONE),
            teacher=teacher,
            now=LATER,
        )
        undo(session, context=context, teacher=teacher, now=AFTER)
        assert not proposal.is_current
        assert chosen_option(_current(session, ben.id)).activity_id != activity.id
