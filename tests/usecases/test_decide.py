"""The teacher leads: approve, swap, veto, undo, each with its words in the gradebook."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Mode
from lti_tool.models.gradebook import Column, OutboxEntry
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.usecases import adopted_map, decide
from lti_tool.usecases.plan_path import chosen_option, recommendation_of
from tests.factories import NOW, make_context, make_registration, make_teacher, ratios
from tests.usecases.at_once import second_of_two
from tests.usecases.school import School

LATER = NOW + timedelta(minutes=1)


def _current(session: Session, person: int) -> Proposal:
    return session.scalars(select(Proposal).where(Proposal.person_id == person, Proposal.is_current)).one()


def _words(session: Session, person: int) -> str | None:
    entry = session.scalar(select(OutboxEntry).where(OutboxEntry.person_id == person))
    return entry.comment if entry else None


def test_an_approved_step_is_queued_as_words_without_points(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        proposal = _current(session, school.ben)
        decide.approve(session, context=context, proposal_key=proposal.id, teacher=teacher, now=LATER)
        entry = session.scalars(select(OutboxEntry)).one()
        assert proposal.status is ProposalStatus.APPROVED
        assert (entry.person_id, entry.score_given) == (school.ben, None)
        assert entry.comment is not None
        assert entry.comment.startswith("Next: ")
        assert "\nWhy: " in entry.comment
        column = session.get_one(Column, entry.column_id)
        assert (column.label, column.tag) == ("Next step", "waymark-next-step")


def test_approving_all_leaves_nothing_waiting(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        assert decide.approve_all(session, context=context, teacher=teacher, now=LATER) == 2
        assert decide.approve_all(session, context=context, teacher=teacher, now=LATER) == 0
        assert len(session.scalars(select(OutboxEntry)).all()) == 2


def test_a_swap_approves_the_alternative(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        proposal = _current(session, school.ben)
        wanted = recommendation_of(proposal).options[1].activity_id
        decide.swap(session, context=context, proposal_key=proposal.id, option=1, teacher=teacher, now=LATER)
        assert chosen_option(proposal).activity_id == wanted
        assert proposal.status is ProposalStatus.APPROVED


@pytest.mark.parametrize("option", [-1, 3, 99])
def test_a_swap_to_no_option_is_refused(school: School, option: int) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        key = _current(session, school.ben).id
        with pytest.raises(Fixable, match="no such alternative"):
            decide.swap(session, context=context, proposal_key=key, option=option, teacher=teacher, now=LATER)


def test_a_veto_brings_another_activity_at_once_and_never_that_one_again(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        vetoed = chosen_option(_current(session, school.ben)).activity_id
        key = _current(session, school.ben).id
        decide.veto(session, context=context, proposal_key=key, teacher=teacher, now=LATER)
        options = [option.activity_id for option in recommendation_of(_current(session, school.ben)).options]
        assert vetoed not in options


def test_of_two_teachers_at_once_the_second_is_told_and_nothing_turned_down_is_written(
    school: School,
) -> None:
    with school.database.read() as session:
        key = _current(session, school.ben).id

    def veto(session: Session) -> None:
        context, teacher, _ana, _ben = school.rows(session)
        decide.veto(session, context=context, proposal_key=key, teacher=teacher, now=LATER)

    def approve(session: Session) -> None:
        context, teacher, _ana, _ben = school.rows(session)
        decide.approve(session, context=context, proposal_key=key, teacher=teacher, now=LATER)

    assert second_of_two(school.database, veto, approve) == "proposal.changed"
    with school.database.read() as session:
        assert session.get_one(Proposal, key).status is ProposalStatus.SUPERSEDED
        assert session.scalars(select(OutboxEntry)).all() == []


def test_a_veto_of_an_approved_step_takes_its_words_back(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        key = _current(session, school.ben).id
        decide.approve(session, context=context, proposal_key=key, teacher=teacher, now=LATER)
        decide.veto(session, context=context, proposal_key=key, teacher=teacher, now=LATER)
        assert _words(session, school.ben) == "Your teacher is choosing your next step."


def test_undo_takes_back_a_whole_bulk_approval(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        decide.approve_all(session, context=context, teacher=teacher, now=LATER)
        after = LATER + timedelta(minutes=1)
        assert decide.undo_last(session, context=context, teacher=teacher, now=after) == 2
        assert {_current(session, p).status for p in (school.ana, school.ben)} == {ProposalStatus.PROPOSED}
        with pytest.raises(Fixable, match="nothing to undo"):
            decide.undo_last(session, context=context, teacher=teacher, now=after)


def test_undo_of_a_veto_offers_the_activity_again(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        before = [o.activity_id for o in recommendation_of(_current(session, school.ben)).options]
        key = _current(session, school.ben).id
        decide.veto(session, context=context, proposal_key=key, teacher=teacher, now=LATER)
        decide.undo_last(session, context=context, teacher=teacher, now=LATER + timedelta(minutes=1))
        assert [o.activity_id for o in recommendation_of(_current(session, school.ben)).options] == before


def test_a_decision_about_a_step_that_has_changed_is_refused(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        key = _current(session, school.ben).id
        decide.veto(session, context=context, proposal_key=key, teacher=teacher, now=LATER)
        with pytest.raises(Fixable) as refusal:
            decide.approve(session, context=context, proposal_key=key, teacher=teacher, now=LATER)
        assert (refusal.value.code, refusal.value.status) == ("proposal.changed", 409)


def test_a_step_of_another_course_looks_like_a_missing_one(school: School) -> None:
    with school.database.transaction() as session:
        other = make_context(session, registration=make_registration(session, client_id="c2"), context_id="2")
        stranger = make_teacher(session, other, "t2")
        adopted_map.adopt(session, context=other, sample=ratios(), tags={}, teacher=stranger, now=NOW)
        key = _current(session, school.ben).id
        answers = []
        for unknown in (key, 10_000):
            with pytest.raises(NotVisible) as refusal:
                decide.approve(session, context=other, proposal_key=unknown, teacher=stranger, now=LATER)
            answers.append(str(refusal.value))
        assert answers[0] == answers[1]


def test_a_course_that_only_suggests_writes_nothing(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        context.mode = Mode.SUGGEST
        decide.approve_all(session, context=context, teacher=teacher, now=LATER)
        assert session.scalars(select(OutboxEntry)).all() == []
