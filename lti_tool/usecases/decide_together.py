"""A decision about several students at once, and the one undo that takes all of it back.

Each student's part is kept as a decision with what stood before; those of one moment are one bulk. Undo brings every
step back as it was: also one that was approved, swapped by the student, or turned down. What has moved on meanwhile,
because the student did it, is left alone, and so is a step that something is against by now.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

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
from lti_tool.usecases import decide
from lti_tool.usecases.announce_step import announce, withdraw
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.plan_path import chosen_option, open_options, plan, recommendation_of, supersede

LATER_FOR = timedelta(days=1)
_SECOND = 1
# These end the step that stood; after the others it is current until something else happens to it.
_GIVES_UP = (DecisionKind.VETO, DecisionKind.PIN)


class Act(StrEnum):
    """What a teacher can do with several students' steps at once."""

    APPROVE = "approve"
    SWAP = "swap"
    VETO = "veto"
    PIN = "pin"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Outcome:
    """For how many it was done, and for how many it could not be.

    That is without a second option or any activity, and where an accommodation, the grade ceiling or what the class does
    together is against it.
    """

    done: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Bulk:
    """The latest bulk of a course: who did what for how many, and whether it was taken back."""

    kind: DecisionKind
    decided_by: int | None
    at: datetime
    number: int


def decide_together(
    session: Session,
    *,
    context: Context,
    proposal_keys: Collection[int],
    act: Act,
    activity_id: str = "",
    teacher: Person,
    now: datetime,
) -> Outcome:
    """Decide about all of these steps, or about none where one of them is not there or has changed.

    Raises Fixable `decision.nobody_chosen`, `decision.no_such_activity` (for a pin), `proposal.changed` (409);
    NotVisible `proposal.not_found` where one of the keys is no step of this course.
    """
    if not proposal_keys:
        raise Fixable("decision.nobody_chosen", "Tick the students whom this is for, then choose again.")
    classroom = open_classroom(session, context=context, now=now)
    if act is Act.PIN and not classroom.skill_map.offers(activity_id):
        raise Fixable("decision.no_such_activity", "Choose an activity of this course to pin.")
    proposals = _current(session, classroom, proposal_keys)
    done = [
        proposal
        for proposal in proposals
        if _do(session, classroom, proposal, act, activity_id=activity_id, teacher=teacher)
    ]
    session.flush()
    if act in (Act.VETO, Act.PIN):
        _plan_again(
            session, context, {proposal.person_id for proposal in done}, now, announced=act is Act.PIN
        )
    return Outcome(len(done), len(proposals) - len(done))


def undo(session: Session, *, context: Context, teacher: Person, now: datetime) -> int:
    """Take back this teacher's latest decision, the whole of it where it was a bulk; gives back how many.

    Raises Fixable `decision.nothing_to_undo` when there is none.
    """
    last = decide.undoable(session, context=context, teacher=teacher)
    if not last or any(decision.before is None for decision in last):
        return decide.undo_last(session, context=context, teacher=teacher, now=now)
    classroom = open_classroom(session, context=context, now=now)
    for decision in last:
        proposal = session.get_one(Proposal, decision.proposal_id)
        session.add(
            _decision(proposal, teacher, DecisionKind.UNDO, activity_id=decision.activity_id, now=now)
        )
        _bring_back(session, classroom, proposal, decision)
    session.flush()
    return len(last)


def latest_bulk(session: Session, context: Context) -> Bulk | None:
    """The latest bulk of this course, whoever did it; None once anything was decided after it."""
    latest = session.scalar(
        select(Decision).where(Decision.context_id == context.id).order_by(Decision.id.desc()).limit(1)
    )
    if latest is None or latest.kind is DecisionKind.UNDO:
        return None
    together = session.scalars(
        select(Decision.id).where(
            Decision.context_id == context.id,
            Decision.decided_by == latest.decided_by,
            Decision.at == latest.at,
        )
    ).all()
    if len(together) == 1 and latest.before is None:
        return None
    return Bulk(latest.kind, latest.decided_by, latest.at, len(together))


def _current(session: Session, classroom: Classroom, keys: Collection[int]) -> list[Proposal]:
    found = list(
        session.scalars(
            select(Proposal)
            .where(Proposal.context_id == classroom.context.id, Proposal.id.in_(set(keys)))
            .order_by(Proposal.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    learners = {learner.id for learner in classroom.learners}
    if len(found) != len(set(keys)) or any(proposal.person_id not in learners for proposal in found):
        raise NotVisible("proposal.not_found", "There is no such next step in this course.")
    if not all(proposal.is_current for proposal in found):
        raise Fixable(
            "proposal.changed",
            "Some of these steps have changed since the page was opened. Look at Today again and decide anew.",
            status=409,
        )
    return found


def _do(
    session: Session,
    classroom: Classroom,
    proposal: Proposal,
    act: Act,
    *,
    activity_id: str,
    teacher: Person,
) -> bool:
    """One student's part; False where it cannot be done for this one."""
    options, now = recommendation_of(proposal).options, classroom.now
    before: dict[str, Any] = {
        "status": proposal.status.value,
        "chosen": proposal.chosen,
        "approved_at": proposal.approved_at.isoformat() if proposal.approved_at else None,
        "later_at": proposal.later_at.isoformat() if proposal.later_at else None,
        "directive": None,
    }
    subject = options[proposal.chosen].activity_id
    if act is Act.SWAP:
        subject = options[_SECOND].activity_id if _SECOND in open_options(classroom, proposal) else None
    if act is Act.PIN:
        subject = activity_id if classroom.may_be_pinned(proposal.person, activity_id) else None
    if subject is None or (act is Act.LATER and proposal.status is ProposalStatus.APPROVED):
        return False
    if act in (Act.APPROVE, Act.SWAP):
        if act is Act.SWAP:
            proposal.chosen = _SECOND
        proposal.status, proposal.approved_at, proposal.later_at = ProposalStatus.APPROVED, now, None
        announce(session, classroom=classroom, proposal=proposal)
    elif act is Act.LATER:
        proposal.later_at = now + LATER_FOR
    else:
        wish = DirectiveKind.VETO if act is Act.VETO else DirectiveKind.PIN
        before["directive"] = _direct(session, proposal, wish, subject=subject, teacher=teacher, now=now)
        if proposal.status is ProposalStatus.APPROVED:
            withdraw(session, classroom=classroom, person=proposal.person)
        supersede(proposal)
    decision = _decision(proposal, teacher, DecisionKind(act.value), activity_id=subject, now=now)
    decision.before = before
    session.add(decision)
    return True


def _direct(
    session: Session,
    proposal: Proposal,
    kind: DirectiveKind,
    *,
    subject: str,
    teacher: Person,
    now: datetime,
) -> int | None:
    """The key of the new wish; None where the same one stood already, which undo leaves."""
    standing = session.scalar(
        select(Directive.id).where(
            Directive.context_id == proposal.context_id,
            Directive.person_id == proposal.person_id,
            Directive.kind == kind,
            Directive.subject == subject,
            Directive.lifted_at.is_(None),
        )
    )
    if standing is not None:
        return None
    wish = Directive(
        context_id=proposal.context_id,
        person_id=proposal.person_id,
        kind=kind,
        subject=subject,
        created_by=teacher.id,
        created_at=now,
    )
    session.add(wish)
    session.flush()
    return wish.id


def _plan_again(
    session: Session, context: Context, person_keys: set[int], now: datetime, *, announced: bool
) -> None:
    """New steps in place of those that were given up; a pinned one is the teacher's word, so it is approved."""
    classroom = open_classroom(session, context=context, now=now)
    learners = [learner for learner in classroom.learners if learner.id in person_keys]
    for proposal in plan(session, classroom=classroom, learners=learners):
        pins = {wish.subject for wish in classroom.directives if wish.person_id == proposal.person_id}
        if announced and chosen_option(proposal).activity_id in pins:
            proposal.status, proposal.approved_at = ProposalStatus.APPROVED, now
            announce(session, classroom=classroom, proposal=proposal)
    session.flush()


def _bring_back(session: Session, classroom: Classroom, proposal: Proposal, decision: Decision) -> None:
    """One student's step as it stood before the bulk, unless that student has moved on."""
    before: dict[str, Any] = decision.before or {}
    if before["directive"] is not None:
        wish = session.get(Directive, before["directive"])
        if wish is not None:
            wish.lifted_at = wish.lifted_at or classroom.now
    if not proposal.is_current:
        if decision.kind not in _GIVES_UP or proposal.status is not ProposalStatus.SUPERSEDED:
            return
        if before["chosen"] not in open_options(classroom, proposal):
            return
        replacement = session.scalar(
            select(Proposal).where(
                Proposal.context_id == proposal.context_id,
                Proposal.person_id == proposal.person_id,
                Proposal.is_current,
            )
        )
        if replacement is not None:
            if replacement.started_at is not None:
                return
            supersede(replacement)
            session.flush()
        proposal.is_current = True
    proposal.status, proposal.chosen = ProposalStatus(before["status"]), before["chosen"]
    proposal.approved_at, proposal.later_at = _moment(before["approved_at"]), _moment(before["later_at"])
    if proposal.status is ProposalStatus.APPROVED:
        announce(session, classroom=classroom, proposal=proposal)
    elif decision.kind is not DecisionKind.LATER:
        withdraw(session, classroom=classroom, person=proposal.person)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _decision(
    proposal: Proposal, teacher: Person, kind: DecisionKind, *, activity_id: str | None, now: datetime
) -> Decision:
    return Decision(
        context_id=proposal.context_id,
        proposal_id=proposal.id,
        decided_by=teacher.id,
        kind=kind,
        activity_id=activity_id,
        at=now,
    )
