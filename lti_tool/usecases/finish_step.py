"""Noticing that a step was done, from evidence or because the student said so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.evidence import Source
from lti_tool.usecases.announce_step import announce_done
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.plan_path import chosen_option, current_proposals, supersede


def finish_done_steps(session: Session, *, classroom: Classroom) -> None:
    """End every current proposal whose activity has evidence that came after the proposal was made."""
    for proposal in current_proposals(session, classroom).values():
        done_at = _done_at(classroom, proposal)
        if done_at is not None:
            finish(session, classroom=classroom, proposal=proposal, done_at=done_at)
    session.flush()


def end_settled_step(
    session: Session, *, classroom: Classroom, learner: Person, activity_id: str, fraction: float
) -> None:
    """End a step whose skill the student has just shown by a check: what was to be learnt is known.

    An approved step otherwise stands until it is done; here the check stands in for it.
    """
    proposal = current_proposals(session, classroom).get(learner.id)
    if proposal is None or fraction < classroom.policy.threshold:
        return
    option = chosen_option(proposal)
    check = classroom.skill_map.activity(activity_id)
    if option.activity_id == activity_id or option.skill_id not in check.skills:
        return
    supersede(proposal)
    announce_done(session, classroom=classroom, person=learner, title=check.title)
    session.flush()


def finish(session: Session, *, classroom: Classroom, proposal: Proposal, done_at: datetime) -> None:
    """End a proposal as done; words about it in the gradebook change with it."""
    proposal.status = ProposalStatus.DONE
    proposal.is_current = False
    proposal.done_at = done_at
    activity_id = chosen_option(proposal).activity_id
    known = activity_id is not None and classroom.skill_map.has_activity(activity_id)
    title = classroom.skill_map.activity(activity_id).title if activity_id and known else None
    announce_done(session, classroom=classroom, person=proposal.person, title=title)
    session.flush()


def _done_at(classroom: Classroom, proposal: Proposal) -> datetime | None:
    activity_id = chosen_option(proposal).activity_id
    return max(
        (
            piece.occurred_at
            for piece in classroom.evidence.get(proposal.person_id, ())
            if piece.activity_id == activity_id
            and piece.occurred_at > proposal.created_at
            and piece.source is not Source.DIAGNOSTIC  # a question or two of it
        ),
        default=None,
    )
