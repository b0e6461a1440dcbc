"""The teacher's Today page: at most five things to do, then the class with everybody's next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Mode, Person
from lti_tool.models.learning import DecisionKind, Proposal, ProposalStatus
from lti_tool.pathways.buckets import Bucket
from lti_tool.pathways.reasons import Audience
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.class_buckets import BucketView, bucket_views, buckets_of
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.decide import undoable
from lti_tool.usecases.decide_together import latest_bulk
from lti_tool.usecases.deliveries import DeliveryView, step_deliveries
from lti_tool.usecases.names import full_name
from lti_tool.usecases.plan_path import current_proposals
from lti_tool.usecases.propose import propose
from lti_tool.usecases.reading import SyncView, look_at_sync
from lti_tool.usecases.steps import StepView, step_views
from lti_tool.usecases.to_do import MOST_TO_DOS, Alarm, ToDo, alarms_of, to_dos
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """One student with the step that stands; `is_later` while a teacher does not want to be asked about it."""

    person_key: int
    name: str
    bucket_key: str
    proposal_key: int
    status: str
    is_later: bool
    step: StepView
    alternatives: tuple[StepView, ...]
    delivery: DeliveryView | None
    alert: str | None


@dataclass(frozen=True, slots=True)
class BulkView:
    """The latest decision about several students, for everybody who teaches the course."""

    sentence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TodayView:
    """The page. `waiting` steps need a decision; `can_undo` names the decision that "undo" takes back.

    `activities` are those that a teacher may pin, by title.
    """

    course_title: str
    as_of: datetime | None
    sync: SyncView
    has_skill_map: bool
    todos: tuple[ToDo, ...]
    buckets: tuple[BucketView, ...]
    learners: tuple[LearnerRow, ...]
    waiting: int
    approved: int
    can_undo: str | None
    mode: Mode = Mode.WRITE_BACK
    bulk: BulkView | None = None
    activities: tuple[tuple[str, str], ...] = ()


def today(session: Session, *, context: Context, teacher: Person, now: datetime, words: Words) -> TodayView:
    """The page of one course; before a skill map is accepted it holds only the state of the reading."""
    sync = look_at_sync(context)
    if adopted_map(session, context) is None:
        return TodayView(context.title, context.gradebook_read_at, sync, False, (), (), (), 0, 0, None)

    classroom = open_classroom(session, context=context, now=now)
    proposals = current_proposals(session, classroom)
    without = [learner for learner in classroom.learners if learner.id not in proposals]
    if without:
        propose(session, classroom=classroom, learners=without)
        proposals = current_proposals(session, classroom)
    alarms = {
        learner.id: alarms_of(classroom, proposals[learner.id], words) for learner in classroom.learners
    }
    buckets = buckets_of(classroom)
    deliveries = step_deliveries(session, context=context, words=words)
    rows = tuple(
        _row(
            classroom,
            proposals[learner.id],
            learner=learner,
            bucket=buckets[learner.id],
            delivery=deliveries.get(learner.id),
            alarms=alarms[learner.id],
            words=words,
        )
        for learner in classroom.learners
    )
    waiting = sum(
        row.status == ProposalStatus.PROPOSED and not row.is_later and row.step.activity_id is not None
        for row in rows
    )
    return TodayView(
        course_title=context.title,
        as_of=context.gradebook_read_at,
        sync=sync,
        has_skill_map=True,
        todos=to_dos(
            session, classroom=classroom, alarms=alarms, buckets=buckets, waiting=waiting, words=words
        )[:MOST_TO_DOS],
        buckets=bucket_views(classroom, buckets, words),
        learners=rows,
        waiting=waiting,
        approved=sum(row.status == ProposalStatus.APPROVED for row in rows),
        can_undo=_can_undo(session, context, teacher, words),
        mode=context.mode,
        bulk=_bulk(session, context, words),
        activities=tuple(
            sorted(
                ((activity.id, activity.title) for activity in classroom.skill_map.activities),
                key=lambda choice: choice[1].casefold(),
            )
        ),
    )


def _row(
    classroom: Classroom,
    proposal: Proposal,
    *,
    learner: Person,
    bucket: Bucket,
    delivery: DeliveryView | None,
    alarms: tuple[Alarm, ...],
    words: Words,
) -> LearnerRow:
    step, alternatives = step_views(
        classroom=classroom, proposal=proposal, audience=Audience.TEACHER, words=words
    )
    approved = proposal.status is ProposalStatus.APPROVED
    return LearnerRow(
        person_key=learner.id,
        name=full_name(learner, words),
        bucket_key=bucket.value,
        proposal_key=proposal.id,
        status=proposal.status.value,
        is_later=proposal.later_at is not None and proposal.later_at > classroom.now,
        step=step,
        alternatives=alternatives,
        delivery=delivery if approved else None,
        alert=alarms[0].sentence if alarms else None,
    )


def _can_undo(session: Session, context: Context, teacher: Person, words: Words) -> str | None:
    _, ngettext = words.gettext, words.ngettext
    last = undoable(session, context=context, teacher=teacher)
    if not last:
        return None
    return {
        DecisionKind.APPROVE: ngettext("Undo %(number)s approval", "Undo %(number)s approvals", len(last)),
        DecisionKind.SWAP: _("Undo the swap"),
        DecisionKind.VETO: _("Undo “Not this one”"),
        DecisionKind.PIN: _("Undo the pinning"),
        DecisionKind.LATER: _("Undo “Later”"),
    }[last[0].kind] % {"number": len(last)}


def _bulk(session: Session, context: Context, words: Words) -> BulkView | None:
    bulk = latest_bulk(session, context)
    if bulk is None:
        return None
    ngettext = words.ngettext
    person = session.get(Person, bulk.decided_by) if bulk.decided_by else None
    sentence = {
        DecisionKind.APPROVE: ngettext(
            "%(who)s approved %(number)s step.", "%(who)s approved %(number)s steps at once.", bulk.number
        ),
        DecisionKind.SWAP: ngettext(
            "%(who)s swapped %(number)s step for the second option.",
            "%(who)s swapped %(number)s steps for the second option.",
            bulk.number,
        ),
        DecisionKind.VETO: ngettext(
            "%(who)s turned down %(number)s step.",
            "%(who)s turned down %(number)s steps at once.",
            bulk.number,
        ),
        DecisionKind.PIN: ngettext(
            "%(who)s pinned an activity for %(number)s student.",
            "%(who)s pinned an activity for %(number)s students.",
            bulk.number,
        ),
        DecisionKind.LATER: ngettext(
            "%(who)s put %(number)s step off until tomorrow.",
            "%(who)s put %(number)s steps off until tomorrow.",
            bulk.number,
        ),
    }.get(bulk.kind)
    if sentence is None:
        return None
    who = full_name(person, words) if person else words.gettext("Somebody")
    return BulkView(sentence % {"who": who, "number": bulk.number}, bulk.at)
