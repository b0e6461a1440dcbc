"""Why this step: the terms of its score, the evidence, the runner-up and why it lost, what would change it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.reasons import Audience, relaxed_sentence, term_label, why_not_runner_up
from lti_tool.pathways.recommendation import Option, Term
from lti_tool.pathways.what_if import change_sentence, why_this_would_change
from lti_tool.usecases.adopted_map import adopted_version
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.evidence_records import evidence_by_learner
from lti_tool.usecases.names import full_name
from lti_tool.usecases.plan_path import chosen_option, recommendation_of
from lti_tool.usecases.skill_views import EvidenceView, evidence_views
from lti_tool.usecases.steps import StepView, step_views
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class TermView:
    """One part of the score: `contribution` = `value` (0..1) times `weight`."""

    name: str
    label: str
    meaning: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one proposal."""

    proposal_key: int
    person_key: int
    name: str
    is_current: bool
    approved: bool
    step: StepView
    alternatives: tuple[StepView, ...]
    terms: tuple[TermView, ...]
    score: float
    why_not: str
    would_change: str
    relaxed: tuple[str, ...]
    evidence: tuple[EvidenceView, ...]
    computed_at: datetime
    result_count: int
    model_version: str


def explain(
    session: Session, *, context: Context, proposal_key: int, now: datetime, words: Words
) -> Explanation:
    """The reasons of one proposal of this course; NotVisible `proposal.not_found` for any other."""
    proposal = session.scalar(
        select(Proposal).where(Proposal.context_id == context.id, Proposal.id == proposal_key)
    )
    if proposal is None:
        raise NotVisible("proposal.not_found", "There is no such next step in this course.")
    classroom = _classroom_of(session, proposal, open_classroom(session, context=context, now=now))
    learner = classroom.learner(proposal.person_id)
    recommendation = recommendation_of(proposal)
    option = chosen_option(proposal)
    step, alternatives = step_views(
        classroom=classroom, proposal=proposal, audience=Audience.TEACHER, words=words
    )
    return Explanation(
        proposal_key=proposal.id,
        person_key=proposal.person_id,
        name=full_name(proposal.person, words),
        is_current=proposal.is_current,
        approved=proposal.status is ProposalStatus.APPROVED,
        step=step,
        alternatives=alternatives,
        terms=tuple(_term_view(term, words) for term in option.terms),
        score=option.score,
        why_not=why_not_runner_up(recommendation, classroom.skill_map, words.gettext) or "",
        would_change=_would_change(classroom, learner, option, words),
        relaxed=tuple(relaxed_sentence(rule, words.gettext) for rule in recommendation.relaxed),
        evidence=evidence_views(classroom, learner, words, skill_id=option.skill_id),
        computed_at=datetime.fromisoformat(recommendation.ledger["now"]),
        result_count=len(classroom.evidence.get(proposal.person_id, ())),
        model_version=str(recommendation.ledger["model_version"]),
    )


def _classroom_of(session: Session, proposal: Proposal, now: Classroom) -> Classroom:
    """The course with the skill map by which the step was chosen: a later one may not have what it names."""
    if proposal.skill_map_version == now.adopted.version:
        return now
    adopted = adopted_version(session, now.context.id, proposal.skill_map_version)
    evidence = evidence_by_learner(session, context=now.context, skill_map=adopted.skill_map)
    return replace(now, adopted=adopted, evidence=evidence)


def _would_change(classroom: Classroom, learner: Person, option: Option, words: Words) -> str:
    change = why_this_would_change(
        classroom.state_of(learner),
        classroom.skill_map,
        classroom.policy,
        option,
        now=classroom.now,
        ease=classroom.ease,
    )
    if change is None:
        return ""
    return change_sentence(
        change, Audience.TEACHER, classroom.skill_map, words.gettext, ngettext=words.ngettext
    )


def _term_view(term: Term, words: Words) -> TermView:
    return TermView(
        name=term.name,
        label=term_label(term.name, words.gettext),
        meaning=_meaning(term.name, words),
        value=term.value,
        weight=term.weight,
        contribution=term.points,
    )


def _meaning(name: str, words: Words) -> str:
    _ = words.gettext
    return {
        "gap": _("how far the skill is from Secure, and how much the goals rest on it"),
        "finish": _("how close the skill is to being done: one is finished before the next"),
        "spread": _("few tries so far on a skill that is still needed, so that all get their turn"),
        "fresh": _("new tasks before repeated ones, because a repeated score says less"),
        "unlocks": _("how many goal skills wait for this one"),
        "stretch": _("neither too easy nor too hard right now"),
        "review": _("about to fade, or a refresh is due"),
        "fit": _("time, format and company suit this student"),
        "variety": _("not the same as the last few activities"),
    }.get(name, "")
