"""Where results of outcomes become evidence: the policy of that translation.

An outcome counts once a teacher has confirmed which skill it is. Its result is a judgement of that one skill in one
piece of work, so the evidence names the observation of that skill in that work (`pathways.observations`).

The same work never tells twice. What outcomes say of it by skill goes first, and the score of its column keeps the
share of the activity's skills of which no outcome speaks. Where outcomes speak of all of them, the score tells
nothing more of skills, but the activity still counts as done. That share is taken off the score's weight as a whole:
it then speaks a little less of each skill, in place of not at all of some and fully of others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.outcomes import LearningOutcome, OutcomeResult
from lti_tool.pathways.content import Activity
from lti_tool.pathways.evidence import Source
from lti_tool.pathways.observations import observation_id
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.observations import Observation

ORIGIN: Final = "outcome:"
# What "mastered" counts as. Levels of a rubric are no shares of right answers: 3 points of 5 may be all that is
# expected. So the points for mastery are a clear success, and the levels below and above lie evenly around them.
MASTERED: Final = 0.8


def fraction_of(share: float, mastered: float | None) -> float:
    """The score that a share of an outcome's points stands for; `mastered` is the share from which it is mastered."""
    if mastered is None or not 0.0 < mastered < 1.0:
        return share
    if share < mastered:
        return MASTERED * share / mastered
    return MASTERED + (1.0 - MASTERED) * (share - mastered) / (1.0 - mastered)


def outcome_observations(session: Session, context: Context, skill_map: SkillMap) -> list[Observation]:
    """What outcomes with a confirmed skill say of the students now."""
    return [
        Observation(
            origin=f"{ORIGIN}{result.id}",
            person_id=result.person_id,
            activity_id=observation_id(outcome.skill_id or "", result.work.replace(":", "-")),
            fraction=fraction_of(result.share, outcome.mastered),
            occurred_at=result.platform_time or result.read_at,
            source=Source.OUTCOME,
        )
        for result, outcome in _confirmed(session, context)
        if skill_map.has_skill(outcome.skill_id or "")
    ]


def told_by_outcomes(session: Session, context: Context) -> Mapping[tuple[int, int], frozenset[str]]:
    """The skills of which outcomes speak, by person and by the column of the work."""
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for result, outcome in _confirmed(session, context):
        if result.line_item_id is not None:
            found[result.person_id, result.line_item_id].add(outcome.skill_id or "")
    return {key: frozenset(skills) for key, skills in found.items()}


def left_to_tell(activity: Activity, told: Collection[str]) -> float:
    """The part of a score of this activity that is about skills of which nothing finer is known."""
    whole = sum(activity.skills.values())
    left = sum(share for skill_id, share in activity.skills.items() if skill_id not in told)
    return left / whole if whole else 1.0


def _confirmed(session: Session, context: Context) -> list[tuple[OutcomeResult, LearningOutcome]]:
    rows = session.execute(
        select(OutcomeResult, LearningOutcome)
        .join(LearningOutcome, OutcomeResult.outcome_id == LearningOutcome.id)
        .where(LearningOutcome.context_id == context.id, LearningOutcome.skill_id.is_not(None))
        .order_by(OutcomeResult.id)
    )
    return [(result, outcome) for result, outcome in rows]
