"""How easy a class finds each activity and skill, relative to the course.

Shrunk to "as easy as the course" with pseudo-answers, and always without the answers of the learner it is used for:
with them, a learner's own score would leak into the prediction of that score.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters
from lti_tool.pathways.skill_map import SkillMap


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers seen, and how many of them were right; both may be fractions."""

    right: float = 0.0
    answers: float = 0.0

    def plus(self, right: float, answers: float) -> "Tally":
        return Tally(self.right + right, self.answers + answers)

    def minus(self, other: "Tally") -> "Tally":
        return Tally(max(self.right - other.right, 0.0), max(self.answers - other.answers, 0.0))


_NONE = Tally()
Key = tuple[str, str]
"""(kind, id): kind is "activity", "skill" or "course"."""
_COURSE: Key = ("course", "")


@dataclass(frozen=True, slots=True)
class ClassStatistics:
    """Tallies of a whole class and of each learner in it, so that any one learner can be left out."""

    total: Mapping[Key, Tally] = field(default_factory=dict)
    by_learner: Mapping[str, Mapping[Key, Tally]] = field(default_factory=dict)

    def activity_ease(
        self, activity_id: str, *, without: str, parameters: Parameters = DEFAULT_PARAMETERS
    ) -> float:
        """Log-odds by which the others find the activity easier (+) or harder (-) than the course."""
        return self._ease(
            ("activity", activity_id), without, parameters.pseudo_answers_activity, parameters.ease_limit
        )

    def skill_ease(
        self, skill_id: str, *, without: str, parameters: Parameters = DEFAULT_PARAMETERS
    ) -> float:
        """Log-odds by which the others find the skill easier (+) or harder (-) than the course."""
        return self._ease(
            ("skill", skill_id), without, parameters.pseudo_answers_skill, parameters.ease_limit
        )

    def _ease(self, key: Key, without: str, pseudo_answers: float, limit: float) -> float:
        course = self._others(_COURSE, without)
        mean = (course.right + 1.0) / (course.answers + 2.0)
        there = self._others(key, without)
        rate = (there.right + pseudo_answers * mean) / (there.answers + pseudo_answers)
        return min(max(_logit(rate) - _logit(mean), -limit), limit)

    def _others(self, key: Key, without: str) -> Tally:
        own = self.by_learner.get(without, {}).get(key, _NONE)
        return self.total.get(key, _NONE).minus(own)


def class_statistics(
    evidence: Iterable[Evidence], skill_map: SkillMap, parameters: Parameters = DEFAULT_PARAMETERS
) -> ClassStatistics:
    """Tallies of all evidence of a class, of every learner in it. Activities outside the map are left aside."""
    total: dict[Key, Tally] = defaultdict(Tally)
    by_learner: dict[str, dict[Key, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for piece in evidence:
        if not skill_map.has_activity(piece.activity_id):
            continue
        answers = piece.informativeness * parameters.answers_per_activity
        shares = skill_map.activity(piece.activity_id).skills
        entries: list[tuple[Key, float]] = [(_COURSE, 1.0), (("activity", piece.activity_id), 1.0)]
        entries += [(("skill", skill_id), share) for skill_id, share in shares.items()]
        for key, share in entries:
            right, weight = piece.fraction * answers * share, answers * share
            total[key] = total[key].plus(right, weight)
            by_learner[piece.learner_id][key] = by_learner[piece.learner_id][key].plus(right, weight)
    return ClassStatistics(
        total=dict(total), by_learner={learner: dict(own) for learner, own in by_learner.items()}
    )


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
