"""A made-up class on a skill map: learners who are on different things, each with work of the last weeks."""

from random import Random

from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.recommender import LearnerState, Policy
from lti_tool.pathways.situation import Situation, situation
from lti_tool.pathways.skill_map import SkillMap
from tests.pathways.factories import NOW, days_ago


def made_up_class(skill_map: SkillMap, size: int, seed: int = 1) -> dict[str, Situation]:
    """`size` learners from 01 on; each has worked through a part of the map, in its order, well or less well."""
    rng = Random(seed)
    order = [skill_id for layer in skill_map.layers() for skill_id in layer]
    learners = {}
    for number in range(1, size + 1):
        learner_id = f"{number:03d}"
        reach, skill = rng.uniform(0.15, 0.9), rng.uniform(0.45, 0.95)
        pieces = []
        for position, skill_id in enumerate(order[: int(reach * len(order)) + 1]):
            scored = [a for a in skill_map.activities_for(skill_id) if a.informativeness > 0]
            for count, activity in enumerate(rng.sample(scored, min(len(scored), 3))):
                pieces.append(
                    Evidence(
                        id=f"{learner_id}-{position}-{count}",
                        learner_id=learner_id,
                        activity_id=activity.id,
                        fraction=min(max(rng.gauss(skill, 0.15), 0.0), 1.0),
                        occurred_at=days_ago(40 - 38 * position / len(order) - count / 10),
                        informativeness=activity.informativeness,
                    )
                )
        state = LearnerState(
            learner_id=learner_id,
            estimates=estimate_mastery(pieces, skill_map, now=NOW),
            evidence=tuple(pieces),
        )
        learners[learner_id] = situation(state, skill_map, Policy(), NOW)
    return learners
