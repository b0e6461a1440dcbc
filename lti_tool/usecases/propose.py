"""New steps where nobody is deciding: planned, and approved at once where the course chose that."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from lti_tool.models.courses import Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.usecases.announce_step import announce
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.plan_path import chosen_option, current_proposals, plan, recommendation_of


def propose(session: Session, *, classroom: Classroom, learners: Iterable[Person]) -> None:
    """Give each of `learners` a current proposal.

    Steps that a teacher is just deciding about go through `plan` alone: what she turned down or took back does not
    come round as approved. A talk with the teacher is never approved by itself.
    """
    for proposal in plan(session, classroom=classroom, learners=learners):
        if (
            classroom.rules.choices.approves_by_itself
            and chosen_option(proposal).activity_id is not None
            and proposal.person_id not in classroom.test_keys
        ):
            proposal.status, proposal.approved_at = ProposalStatus.APPROVED, classroom.now
            announce(session, classroom=classroom, proposal=proposal)
    session.flush()


def current_proposal(session: Session, *, classroom: Classroom, learner: Person) -> Proposal:
    """The learner's current proposal, made now when there is none. Every student always has one.

    One that nobody decided about is looked at again where the minutes for own steps are others today. For teachers' pages; what students and families see is `visible_proposal`.
    """
    found = current_proposals(session, classroom).get(learner.id)
    if found is None or _minutes_of(found) != classroom.minutes_today:
        propose(session, classroom=classroom, learners=[learner])
        found = current_proposals(session, classroom)[learner.id]
    return found


def visible_proposal(session: Session, *, classroom: Classroom, learner: Person) -> Proposal | None:
    """The step that a student and the family may see now, None where there is none for their eyes.

    Every page of theirs asks here, or `visible_proposals`.
    """
    if not classroom.context.mode.shows_steps:
        return None
    proposal = current_proposal(session, classroom=classroom, learner=learner)
    return proposal if _is_visible(proposal, classroom) else None


def visible_proposals(session: Session, classroom: Classroom) -> dict[int, Proposal]:
    """The steps of the whole class that students and families may see now, by person key."""
    found = current_proposals(session, classroom)
    missing = [learner for learner in classroom.learners if learner.id not in found]
    if missing:
        propose(session, classroom=classroom, learners=missing)
        found = current_proposals(session, classroom)
    return {key: proposal for key, proposal in found.items() if _is_visible(proposal, classroom)}


def _is_visible(proposal: Proposal, classroom: Classroom) -> bool:
    """The one place that decides what students and families see of what is proposed."""
    mode = classroom.context.mode
    return mode.shows_steps and (not mode.shows_only_approved or proposal.status is ProposalStatus.APPROVED)


def _minutes_of(proposal: Proposal) -> int | None:
    """The minutes that there were when a proposal was made."""
    minutes: int | None = recommendation_of(proposal).ledger["state"]["minutes"]
    return minutes
