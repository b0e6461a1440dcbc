"""What was tried with one student and what was decided: each step with what became of it, each decision with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Person
from lti_tool.models.learning import (
    Decision,
    DecisionKind,
    Directive,
    DirectiveKind,
    Proposal,
    ProposalStatus,
)
from lti_tool.pathways.reasons import Audience, can_be_said, sentence
from lti_tool.pathways.recommendation import Recommendation
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.labels import level_label
from lti_tool.usecases.names import full_name
from lti_tool.usecases.skill_views import level_at
from lti_tool.usecases.standing_wishes import wish_text
from lti_tool.usecases.words import Words

MOST_STEPS = 30
MOST_DECISIONS = 60


@dataclass(frozen=True, slots=True)
class StepTrail:
    """One step: when it was suggested, the stages that it reached, and how it ended; `rise` is what the skill did since."""

    title: str
    reason: str
    suggested_at: datetime
    stages: tuple[tuple[str, datetime], ...]
    ending: str
    good: bool
    rise: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision about a student, with the reason that stood beside it then."""

    at: datetime
    who: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """The latest of both, newest first; `more` says that there are older steps or decisions."""

    steps: tuple[StepTrail, ...]
    decisions: tuple[DecisionView, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """A proposal without its ledger, which is large."""

    id: int
    status: ProposalStatus
    is_current: bool
    created_at: datetime
    approved_at: datetime | None
    seen_at: datetime | None
    started_at: datetime | None
    done_at: datetime | None
    recommendation: Recommendation

    @property
    def was_noticed(self) -> bool:
        return any((self.approved_at, self.seen_at, self.started_at, self.done_at))


def student_history(session: Session, *, classroom: Classroom, learner: Person, words: Words) -> History:
    """What was tried and decided, as far as the latest steps and decisions go."""
    steps = _steps(session, classroom, learner)
    decisions = session.scalars(
        select(Decision)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .where(Decision.context_id == classroom.context.id, Proposal.person_id == learner.id)
        .order_by(Decision.id.desc())
        .limit(MOST_DECISIONS)
    ).all()
    wishes = session.scalars(
        select(Directive)
        .where(
            Directive.context_id == classroom.context.id,
            Directive.person_id == learner.id,
            or_(Directive.kind != DirectiveKind.VETO, Directive.lifted_by.is_not(None)),
        )
        .order_by(Directive.id.desc())
        .limit(MOST_DECISIONS)
    ).all()
    names = _names(session, decisions, wishes, words)
    last = {decision.proposal_id: decision.kind for decision in reversed(decisions)}
    told = [
        *_told_decisions(classroom, decisions, {step.id: step for step in steps}, names, words),
        *_told_wishes(classroom, wishes, names, words),
    ]
    trails = [
        _trail(classroom, learner, step, turned_down=last.get(step.id) is DecisionKind.VETO, words=words)
        for step in steps
        if step.was_noticed or step.is_current or last.get(step.id) is DecisionKind.VETO
    ]
    told.sort(key=lambda decision: decision.at, reverse=True)
    return History(
        steps=tuple(trails[:MOST_STEPS]),
        decisions=tuple(told[:MOST_DECISIONS]),
        more=len(trails) > MOST_STEPS or len(told) > MOST_DECISIONS,
    )


def _steps(session: Session, classroom: Classroom, learner: Person) -> list[_Step]:
    """The newest first, and more than are shown: those that nobody noticed are left out."""
    rows = session.execute(
        select(
            Proposal.id,
            Proposal.status,
            Proposal.is_current,
            Proposal.chosen,
            Proposal.created_at,
            Proposal.approved_at,
            Proposal.seen_at,
            Proposal.started_at,
            Proposal.done_at,
            Proposal.recommendation["options"].label("options"),
        )
        .where(Proposal.context_id == classroom.context.id, Proposal.person_id == learner.id)
        .order_by(Proposal.id.desc())
        .limit(4 * MOST_STEPS)
    )
    return [
        _Step(
            id=row.id,
            status=row.status,
            is_current=row.is_current,
            created_at=row.created_at,
            approved_at=row.approved_at,
            seen_at=row.seen_at,
            started_at=row.started_at,
            done_at=row.done_at,
            recommendation=Recommendation.from_mapping(
                {
                    "learner_id": str(learner.id),
                    "options": [row.options[row.chosen]],
                    "relaxed": [],
                    "alerts": [],
                    "ledger": {},
                }
            ),
        )
        for row in rows
    ]


def _trail(
    classroom: Classroom, learner: Person, step: _Step, *, turned_down: bool, words: Words
) -> StepTrail:
    _ = words.gettext
    reached = (
        (_("approved"), step.approved_at),
        (_("seen"), step.seen_at),
        (_("started"), step.started_at),
        (_("done"), step.done_at),
    )
    ending = ""
    if turned_down:
        ending = _("Turned down")
    elif step.done_at is not None:
        ending = _("Done")
    elif step.status is ProposalStatus.SUPERSEDED:
        ending = _("Another step took its place")
    elif step.is_current:
        ending = _("The present step")
    return StepTrail(
        title=_title(classroom, step.recommendation.first.activity_id, words),
        reason=_reason(classroom, step, words),
        suggested_at=step.created_at,
        stages=tuple((label, at) for label, at in reached if at is not None),
        ending=ending,
        good=step.done_at is not None,
        rise=_rise(classroom, learner, step, words) if step.done_at is not None else "",
    )


def _rise(classroom: Classroom, learner: Person, step: _Step, words: Words) -> str:
    """What the level word of its skill did between the suggestion and today; "" where it stayed."""
    skill_id = step.recommendation.first.skill_id
    if skill_id is None or not classroom.skill_map.has_skill(skill_id):
        return ""
    before = level_at(classroom, learner, skill_id, step.created_at)
    now = classroom.estimates_of(learner)[skill_id].level
    if before is now:
        return ""
    return words.gettext("“%(skill)s”: %(before)s then, %(now)s now") % {
        "skill": classroom.skill_map.skill(skill_id).title,
        "before": level_label(before, words),
        "now": level_label(now, words),
    }


def _told_decisions(
    classroom: Classroom,
    decisions: Sequence[Decision],
    steps: Mapping[int, _Step],
    names: Mapping[int, str],
    words: Words,
) -> list[DecisionView]:
    _ = words.gettext
    said = {
        DecisionKind.APPROVE: _("approved “%(activity)s”"),
        DecisionKind.SWAP: _("swapped to “%(activity)s”"),
        DecisionKind.VETO: _("turned down “%(activity)s”"),
        DecisionKind.UNDO: _("took the decision back; the step was “%(activity)s”"),
    }
    return [
        DecisionView(
            at=decision.at,
            who=names.get(decision.decided_by or 0, _("Somebody who has left")),
            text=said[decision.kind] % {"activity": _title(classroom, decision.activity_id, words)},
            reason=(
                _reason(classroom, step, words)
                if (step := steps.get(decision.proposal_id)) is not None
                and step.recommendation.first.activity_id == decision.activity_id
                else ""
            ),
        )
        for decision in decisions
    ]


def _told_wishes(
    classroom: Classroom, wishes: Sequence[Directive], names: Mapping[int, str], words: Words
) -> list[DecisionView]:
    _ = words.gettext
    left = _("Somebody who has left")
    told = []
    for wish in wishes:
        text = wish_text(classroom, wish, words)
        if wish.kind is not DirectiveKind.VETO:
            begun = _("decided: %(wish)s") % {"wish": text}
            if wish.until is not None:
                begun = _("decided, until %(day)s: %(wish)s") % {
                    "day": words.format_date(wish.until),
                    "wish": text,
                }
            told.append(DecisionView(wish.created_at, names.get(wish.created_by or 0, left), begun, ""))
        if wish.lifted_at is not None:
            ended = _("ended: %(wish)s") % {"wish": text}
            told.append(DecisionView(wish.lifted_at, names.get(wish.lifted_by or 0, left), ended, ""))
    return told


def _names(
    session: Session, decisions: Sequence[Decision], wishes: Sequence[Directive], words: Words
) -> dict[int, str]:
    keys = {decision.decided_by for decision in decisions}
    keys |= {key for wish in wishes for key in (wish.created_by, wish.lifted_by)}
    people = session.scalars(select(Person).where(Person.id.in_({key for key in keys if key is not None})))
    return {person.id: full_name(person, words) for person in people}


def _title(classroom: Classroom, activity_id: str | None, words: Words) -> str:
    if activity_id is None:
        return words.gettext("Talk to your teacher")
    if not classroom.skill_map.has_activity(activity_id):
        return words.gettext("An activity that the skill map has no more")
    return classroom.skill_map.activity(activity_id).title


def _reason(classroom: Classroom, step: _Step, words: Words) -> str:
    """Why it was suggested; nothing where it names what the skill map has no more, or fewer facts than are told today."""
    if not can_be_said(step.recommendation, classroom.skill_map):
        return ""
    try:
        return sentence(
            step.recommendation.first,
            Audience.TEACHER,
            classroom.skill_map,
            words.gettext,
            ngettext=words.ngettext,
            format_date=words.format_date,
        )
    except KeyError:  # kept by an earlier release, whose sentence for it said less
        return ""
