"""A teacher's decisions: approve, approve all, swap, veto, undo. The teacher leads; we propose."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import (
    Decision,
    DecisionKind,
    Directive,
    DirectiveKind,
    Proposal,
    ProposalStatus,
)
from lti_tool.usecases.announce_step import announce, withdraw
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.plan_path import chosen_option, current_proposals, open_options, plan, supersede


def approve(
    session: Session, *, context: Context, proposal_key: int, teacher: Person, now: datetime
) -> Proposal:
    """Confirm a proposed step; it goes to the gradebook.

    Raises NotVisible for a foreign key and Fixable `proposal.changed` for one that is no longer current.
    """
    classroom = open_classroom(session, context=context, now=now)
    proposal = _current(session, context, proposal_key)
    _approve(session, classroom, proposal, teacher, DecisionKind.APPROVE)
    return proposal


def approve_all(session: Session, *, context: Context, teacher: Person, now: datetime) -> int:
    """Confirm every step that waits for a decision; returns how many."""
    classroom = open_classroom(session, context=context, now=now)
    learners = {learner.id for learner in classroom.learners}
    waiting = [
        proposal
        for proposal in current_proposals(session, classroom).values()
        if proposal.status is ProposalStatus.PROPOSED
        and (proposal.later_at is None or proposal.later_at <= now)
        and proposal.person_id in learners
        and chosen_option(proposal).activity_id is not None
    ]
    for proposal in waiting:
        _approve(session, classroom, proposal, teacher, DecisionKind.APPROVE)
    return len(waiting)


def swap(
    session: Session, *, context: Context, proposal_key: int, option: int, teacher: Person, now: datetime
) -> Proposal:
    """Choose one of the alternatives instead, which approves it.

    Raises Fixable `proposal.no_such_option` when the proposal has no such alternative.
    """
    classroom = open_classroom(session, context=context, now=now)
    proposal = _current(session, context, proposal_key)
    if option not in open_options(classroom, proposal):
        raise Fixable(
            "proposal.no_such_option", "This step has no such alternative. Choose one of those shown."
        )
    proposal.chosen = option
    _approve(session, classroom, proposal, teacher, DecisionKind.SWAP)
    return proposal


def veto(session: Session, *, context: Context, proposal_key: int, teacher: Person, now: datetime) -> None:
    """Never this activity for this student; another step is proposed at once."""
    classroom = open_classroom(session, context=context, now=now)
    proposal = _current(session, context, proposal_key)
    activity_id = chosen_option(proposal).activity_id
    if activity_id is None:
        raise Fixable("proposal.nothing_to_veto", "There is no activity to turn down here.")
    was_approved = proposal.status is ProposalStatus.APPROVED
    session.add(
        Directive(
            context_id=context.id,
            person_id=proposal.person_id,
            kind=DirectiveKind.VETO,
            subject=activity_id,
            created_by=teacher.id,
            created_at=now,
        )
    )
    _record(session, proposal, teacher, DecisionKind.VETO, now)
    supersede(proposal)
    session.flush()
    _plan_again(session, context, proposal.person, now)
    if was_approved:
        withdraw(session, classroom=classroom, person=proposal.person)


def undo_last(session: Session, *, context: Context, teacher: Person, now: datetime) -> int:
    """Take back this teacher's latest decision, or the whole of the latest bulk approval; returns how many.

    Raises Fixable `decision.nothing_to_undo` when there is none.
    """
    last = undoable(session, context=context, teacher=teacher)
    if not last:
        raise Fixable("decision.nothing_to_undo", "There is nothing to undo any more.", status=409)
    classroom = open_classroom(session, context=context, now=now)
    for decision in last:
        proposal = session.get_one(Proposal, decision.proposal_id)
        _record(session, proposal, teacher, DecisionKind.UNDO, now)
        if decision.kind is DecisionKind.VETO:
            _lift_veto(session, context, proposal, decision.activity_id, now)
            _plan_again(session, context, proposal.person, now)
        elif proposal.is_current:
            proposal.status, proposal.chosen, proposal.approved_at = ProposalStatus.PROPOSED, 0, None
            withdraw(session, classroom=classroom, person=proposal.person)
            if 0 not in open_options(classroom, proposal):
                _plan_again(session, context, proposal.person, now)
    session.flush()
    return len(last)


def undoable(session: Session, *, context: Context, teacher: Person) -> tuple[Decision, ...]:
    """The decisions that "undo" would take back: those of one moment, none of them undone yet."""
    latest = session.scalar(
        select(Decision)
        .where(Decision.context_id == context.id, Decision.decided_by == teacher.id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    if latest is None or latest.kind is DecisionKind.UNDO:
        return ()
    return tuple(
        session.scalars(
            select(Decision).where(
                Decision.context_id == context.id,
                Decision.decided_by == teacher.id,
                Decision.at == latest.at,
            )
        )
    )


def _approve(
    session: Session, classroom: Classroom, proposal: Proposal, teacher: Person, kind: DecisionKind
) -> None:
    if chosen_option(proposal).activity_id is None:
        raise Fixable(
            "proposal.needs_a_person", "This student needs a word with you; there is no step to approve."
        )
    proposal.status = ProposalStatus.APPROVED
    proposal.approved_at = classroom.now
    _record(session, proposal, teacher, kind, classroom.now)
    announce(session, classroom=classroom, proposal=proposal)


def _record(session: Session, proposal: Proposal, teacher: Person, kind: DecisionKind, now: datetime) -> None:
    session.add(
        Decision(
            context_id=proposal.context_id,
            proposal_id=proposal.id,
            decided_by=teacher.id,
            kind=kind,
            activity_id=chosen_option(proposal).activity_id,
            at=now,
        )
    )


def _current(session: Session, context: Context, proposal_key: int) -> Proposal:
    ours = select(Proposal).where(Proposal.context_id == context.id, Proposal.id == proposal_key)
    # Another teacher may decide in this moment: whoever is second sees what the first one did.
    proposal = session.scalar(ours.with_for_update(), execution_options={"populate_existing": True})
    if proposal is None:
        raise NotVisible("proposal.not_found", "There is no such next step in this course.")
    if not proposal.is_current:
        raise Fixable(
            "proposal.changed",
            "This next step has changed since the page was opened. Look at the new one and decide again.",
            status=409,
        )
    return proposal


def _plan_again(session: Session, context: Context, learner: Person, now: datetime) -> None:
    classroom = open_classroom(session, context=context, now=now)
    plan(session, classroom=classroom, learners=[learner])


def _lift_veto(
    session: Session, context: Context, proposal: Proposal, activity_id: str | None, now: datetime
) -> None:
    standing = session.scalar(
        select(Directive).where(
            Directive.context_id == context.id,
            Directive.person_id == proposal.person_id,
            Directive.kind == DirectiveKind.VETO,
            Directive.subject == activity_id,
            Directive.lifted_at.is_(None),
        )
    )
    if standing is not None:
        standing.lifted_at = now
