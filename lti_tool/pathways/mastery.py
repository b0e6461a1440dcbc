"""From evidence to mastery estimates: what one learner can do, how sure that is, and the level word for it.

Mastery of a skill is the predicted success on a typical activity of that skill. The model is one pooled logistic
regression with shared weights (`parameters.py`) on a few running features (`features.py`).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lti_tool.pathways.class_statistics import ClassStatistics, class_statistics
from lti_tool.pathways.evidence import Evidence, in_order
from lti_tool.pathways.features import (
    Track,
    days_between,
    fading_rate,
    logit_of,
    logit_spread,
    sigmoid,
    typical_logit,
)
from lti_tool.pathways.levels import MIN_EVIDENCE, History, Level
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters
from lti_tool.pathways.skill_map import Activity, SkillMap

__all__ = [
    "DEFAULT_PARAMETERS",
    "DEFAULT_THRESHOLD",
    "ClassStatistics",
    "Level",
    "MasteryEstimate",
    "Parameters",
    "class_statistics",
    "estimate_mastery",
    "expected_success",
    "probability_after",
]

DEFAULT_THRESHOLD = 0.70
_NO_STATISTICS = ClassStatistics()


@dataclass(frozen=True, slots=True)
class MasteryEstimate:
    """What one learner can do with one skill, as of one moment.

    `probability` is the predicted success on a typical activity; `lower` and `upper` are its one-sided 80 % bounds.
    `level` is the word earned so far and `enough_evidence` whether at least three scores stand behind it; the two are
    separate. `refresh_due` goes with an earned word whose evidence has faded or was followed by a miss. `fading` is the log-odds lost per log-day.
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
    secure_since: datetime | None = None
    lasting_since: datetime | None = None


def estimate_mastery(
    evidence: Iterable[Evidence],
    skill_map: SkillMap,
    *,
    now: datetime,
    statistics: ClassStatistics = _NO_STATISTICS,
    parameters: Parameters = DEFAULT_PARAMETERS,
    threshold: float = DEFAULT_THRESHOLD,
) -> dict[str, MasteryEstimate]:
    """Estimates for every skill of the map from all evidence of ONE learner, in any order.

    Evidence after `now` and evidence on activities outside the map are left aside. Levels are judged on the learner's own
    results at the time each came in, without the classmates' view: a level never drops because others did badly.
    """
    skills = {skill.id: Track(parameters.skill_memory) for skill in skill_map.skills}
    histories = {skill.id: History() for skill in skill_map.skills}
    course = Track(parameters.course_memory)
    learner_id = ""
    for piece in in_order(evidence):
        if piece.occurred_at > now or not skill_map.has_activity(piece.activity_id):
            continue
        learner_id = piece.learner_id
        _add(
            piece,
            skill_map.activity(piece.activity_id),
            skills=skills,
            histories=histories,
            course=course,
            parameters=parameters,
            threshold=threshold,
        )
    return {
        skill_id: _estimate(
            skill_id,
            track=track,
            course=course,
            history=histories[skill_id],
            ease=statistics.skill_ease(skill_id, without=learner_id, parameters=parameters),
            now=now,
            parameters=parameters,
            threshold=threshold,
        )
        for skill_id, track in skills.items()
    }


def expected_success(
    activity: Activity,
    estimates: Mapping[str, MasteryEstimate],
    *,
    ease: float = 0.0,
    parameters: Parameters = DEFAULT_PARAMETERS,
) -> float:
    """Predicted success on one activity: its skills' estimates, its level, and how easy classmates find it (log-odds)."""
    share = sum(activity.skills.values())
    if not share:
        return 0.5
    skills = (
        sum(w * logit_of(estimates[skill_id].probability) for skill_id, w in activity.skills.items()) / share
    )
    return sigmoid(skills + parameters.level_step * (activity.level - 2) + parameters.activity_ease * ease)


def probability_after(estimate: MasteryEstimate, *, days: float, now: datetime) -> float:
    """The estimate as it will stand in `days` days when nothing is done on the skill until then."""
    if estimate.last_evidence_at is None:
        return estimate.probability
    waited = days_between(estimate.last_evidence_at, now)
    fading = estimate.fading * (math.log1p(waited + days) - math.log1p(waited))
    return sigmoid(logit_of(estimate.probability) + fading)


def _add(
    piece: Evidence,
    activity: Activity,
    *,
    skills: Mapping[str, Track],
    histories: Mapping[str, History],
    course: Track,
    parameters: Parameters,
    threshold: float,
) -> None:
    """Takes one score into the running record, then judges the levels of its skills right after it."""
    worth = piece.informativeness * parameters.repeat_discount ** (piece.attempt - 1)
    answers = worth * parameters.answers_per_activity
    for skill_id in activity.skills:
        histories[skill_id].tried = True
    if answers <= 0.0:
        return
    course.add(piece.fraction, answers, piece.occurred_at)
    for skill_id, share in activity.skills.items():
        skills[skill_id].add(piece.fraction, answers * share, piece.occurred_at)
    for skill_id in activity.skills:
        track = skills[skill_id]
        logit = typical_logit(track, course, 0.0, piece.occurred_at, parameters)
        spread = logit_spread(track, sigmoid(logit), piece.occurred_at, parameters)
        histories[skill_id].add(
            activity_id=activity.id,
            fraction=piece.fraction,
            at=piece.occurred_at,
            count=track.count,
            lower=sigmoid(logit - parameters.bound_z * spread),
            threshold=threshold,
        )


def _estimate(
    skill_id: str,
    *,
    track: Track,
    course: Track,
    history: History,
    ease: float,
    now: datetime,
    parameters: Parameters,
    threshold: float,
) -> MasteryEstimate:
    logit = typical_logit(track, course, ease, now, parameters)
    probability = sigmoid(logit)
    reach = parameters.bound_z * logit_spread(track, probability, now, parameters)
    return MasteryEstimate(
        skill_id=skill_id,
        probability=probability,
        lower=sigmoid(logit - reach),
        upper=sigmoid(logit + reach),
        evidence_count=track.count,
        level=history.level,
        enough_evidence=track.count >= MIN_EVIDENCE,
        last_evidence_at=track.last_at,
        refresh_due=history.refresh_due(probability, threshold),
        fading=fading_rate(track, parameters),
        secure_since=history.secure_since,
        lasting_since=history.lasting_since,
    )
