"""From evidence to mastery estimates: what one learner can do, how sure that is, and the level word for it.

Mastery of a skill is the predicted success on a typical activity of that skill (`response.py`): one as easy as usual, not
met before.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lti_tool.pathways.answers import Answer, answers_of
from lti_tool.pathways.ease import AS_USUAL, Ease
from lti_tool.pathways.evidence import Evidence, in_order
from lti_tool.pathways.features import LOG_STALE_DAYS, days_between, log_days, logit_of, sigmoid
from lti_tool.pathways.levels import MIN_EVIDENCE, History, Level
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters
from lti_tool.pathways.record import Record, SkillRecord
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.tasks import Task

__all__ = [
    "AS_USUAL",
    "DEFAULT_PARAMETERS",
    "DEFAULT_THRESHOLD",
    "Ease",
    "Level",
    "MasteryEstimate",
    "Parameters",
    "Standing",
    "estimate_mastery",
    "expected_success",
    "probability_after",
    "standing_of",
]

DEFAULT_THRESHOLD = 0.70
_PLAIN = ResponseModel()
_UNSEEN = SkillRecord()


@dataclass(frozen=True, slots=True)
class MasteryEstimate:
    """What one learner can do with one skill, as of one moment.

    `probability` is the predicted success on a typical activity; `lower` and `upper` are its one-sided 80 % bounds.
    `level` is the word earned so far and `enough_evidence` whether at least three scores stand behind it; the two are
    separate. `refresh_due` goes with an earned word whose evidence has faded or was followed by a miss. `fading` is the
    log-odds lost per log-day since `last_right_at`, the last success.
    """

    skill_id: str
    probability: float
    lower: float
    upper: float
    evidence_count: int
    level: Level
    enough_evidence: bool
    last_evidence_at: datetime | None
    refresh_due: bool = False
    fading: float = 0.0
    last_right_at: datetime | None = None
    secure_since: datetime | None = None
    lasting_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one learner stands: the running record of all results, and what it says of every skill of the map."""

    record: Record
    estimates: dict[str, MasteryEstimate]


def estimate_mastery(
    evidence: Iterable[Evidence],
    skill_map: SkillMap,
    *,
    now: datetime,
    ease: Ease = AS_USUAL,
    parameters: Parameters = DEFAULT_PARAMETERS,
    threshold: float = DEFAULT_THRESHOLD,
) -> dict[str, MasteryEstimate]:
    """Estimates for every skill of the map, as `standing_of` makes them."""
    model = ResponseModel(parameters, ease)
    return standing_of(evidence, skill_map, model=model, now=now, threshold=threshold).estimates


def standing_of(
    evidence: Iterable[Evidence],
    skill_map: SkillMap,
    *,
    model: ResponseModel,
    now: datetime,
    threshold: float = DEFAULT_THRESHOLD,
) -> Standing:
    """The standing after all evidence of ONE learner, given in any order.

    Evidence after `now` and evidence on activities outside the map are left aside.
    """
    pieces = [
        piece
        for piece in in_order(evidence)
        if piece.occurred_at <= now and skill_map.has_activity(piece.activity_id)
    ]
    answers = answers_of(pieces, skill_map, model.parameters)
    plain = (
        answers
        if model.parameters.scale == _PLAIN.parameters.scale
        else answers_of(pieces, skill_map, _PLAIN.parameters)
    )
    histories = _histories(pieces, plain, skill_map, threshold)
    record = Record()
    for answer in answers:
        model.add(record, answer)
    learner_id = pieces[0].learner_id if pieces else None
    return Standing(
        record,
        {
            skill.id: _estimate(
                skill.id,
                model=model,
                record=record,
                history=histories[skill.id],
                learner_id=learner_id,
                now=now,
                threshold=threshold,
            )
            for skill in skill_map.skills
        },
    )


def expected_success(
    task: Task,
    estimates: Mapping[str, MasteryEstimate],
    *,
    ease: float = 0.0,
    parameters: Parameters = DEFAULT_PARAMETERS,
) -> float:
    """Predicted success on one task: its skills' estimates, its level, and how easy classmates find it (log-odds)."""
    if not task.skills:
        return 0.5
    skills = sum(part * logit_of(estimates[skill_id].probability) for skill_id, part, _ in task.skills)
    return sigmoid(skills + parameters.activity_ease * (task.ease + ease))


def probability_after(estimate: MasteryEstimate, *, days: float, now: datetime) -> float:
    """The estimate as it will stand in `days` days when nothing is done on the skill until then."""
    if estimate.last_right_at is None:
        return estimate.probability
    waited = days_between(estimate.last_right_at, now)
    fading = estimate.fading * (log_days(waited + days) - log_days(waited))
    return sigmoid(logit_of(estimate.probability) + fading)


def _histories(
    pieces: list[Evidence], answers: list[Answer], skill_map: SkillMap, threshold: float
) -> dict[str, History]:
    """The moments when each skill's level words were earned.

    Words are judged on the learner's own results, at the time each came in, with the shipped weights: neither classmates
    nor a new fit of the weights takes a word away.
    """
    histories = {skill.id: History() for skill in skill_map.skills}
    for piece in pieces:
        for skill_id in skill_map.activity(piece.activity_id).skills:
            histories[skill_id].tried = True
    record = Record()
    for answer in answers:
        _PLAIN.add(record, answer)
        for skill_id, _, _ in answer.task.skills:
            _note(histories[skill_id], skill_id, record, answer, threshold)
    return histories


def _note(history: History, skill_id: str, record: Record, answer: Answer, threshold: float) -> None:
    history.add(
        activity_id=answer.task.activity_id,
        fraction=answer.fraction,
        at=answer.at,
        count=record.skills[skill_id].scores,
        lower=lambda: lower_bound(_PLAIN, record, skill_id, answer.at),
        threshold=threshold,
    )


def lower_bound(model: ResponseModel, record: Record, skill_id: str, now: datetime) -> float:
    """The bound above which success on a typical activity of a skill met before lies, with a chance of 80 %."""
    logit = model.logit(record, _typical(skill_id), learner_id=None, now=now)
    return sigmoid(logit - _reach(record.skills[skill_id], logit, now, model.parameters))


@lru_cache(maxsize=4096)
def _typical(skill_id: str) -> Task:
    """A task on nothing but the skill, as easy as usual, that nobody has met."""
    return Task(activity_id="", skills=((skill_id, 1.0, 1.0),))


def _reach(skill: SkillRecord, logit: float, now: datetime, parameters: Parameters) -> float:
    """From the log-odds of success to their one-sided 80 % bound.

    A normal (Laplace) approximation: the prior's precision plus the Fisher information p(1-p) of each answer on the
    skill; to the variance comes what learners differ in forgetting since they last practised.
    """
    p = sigmoid(logit)
    precision = parameters.spread**-2 + skill.answers * p * (1.0 - p)
    faded = parameters.fading_spread * log_days(days_between(skill.last_at, now))
    return parameters.bound_z * math.sqrt(1.0 / precision + faded**2)


def _estimate(
    skill_id: str,
    *,
    model: ResponseModel,
    record: Record,
    history: History,
    learner_id: str | None,
    now: datetime,
    threshold: float,
) -> MasteryEstimate:
    skill = record.skills.get(skill_id, _UNSEEN)
    logit = model.logit(record, _typical(skill_id), learner_id=learner_id, now=now)
    reach = _reach(skill, logit, now, model.parameters)
    probability = sigmoid(logit)
    return MasteryEstimate(
        skill_id=skill_id,
        probability=probability,
        lower=sigmoid(logit - reach),
        upper=sigmoid(logit + reach),
        evidence_count=skill.scores,
        level=history.level,
        enough_evidence=skill.scores >= MIN_EVIDENCE,
        last_evidence_at=skill.last_at,
        refresh_due=history.refresh_due(probability, threshold),
        fading=model.parameters.staleness / LOG_STALE_DAYS,
        last_right_at=skill.last_right_at,
        secure_since=history.secure_since,
        lasting_since=history.lasting_since,
    )
