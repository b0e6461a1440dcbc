"""The shipped recommender as a program that simulated classes can ask, one JSON object a line.

Run it from the simulator: `simstudents.py --command "python -m tests.benchmarks.learning.policy"`. It knows what a
teacher would have told the tool: the skills in their order, prerequisites, activities with their tags, and every score.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.recommender import recommend
from lti_tool.pathways.skill_map import Activity, Format, Prerequisite, Skill, SkillMap

FIRST_DAY = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
FORMATS = {"lesson": Format.READING, "practice": Format.WORKSHEET, "quiz": Format.QUIZ}
FULLY_TELLING_QUESTIONS = 8
POLICY = Policy(explore_share=0.0)


@dataclass
class SimulatedCourse:
    """One simulated class: its map, and what each student has scored so far."""

    skill_map: SkillMap
    evidence: dict[int, list[Evidence]] = field(default_factory=dict)
    attempts: Counter[tuple[int, int]] = field(default_factory=Counter)

    @classmethod
    def described(cls, course: Mapping[str, Any]) -> SimulatedCourse:
        """The course as its author describes it."""
        return cls(
            SkillMap(
                id="simulated",
                title="Simulated",
                grade=6,
                version="1",
                skills=tuple(
                    Skill(id=str(skill), title=str(skill), grade=6, goal=skill in course["goals"])
                    for skill in course["order"]
                ),
                prerequisites=tuple(
                    Prerequisite(str(before), str(after))
                    for after, all_before in enumerate(course["prereqs"])
                    for before in all_before
                ),
                activities=tuple(_activity(each) for each in course["activities"]),
            )
        )

    def choose(self, student: int, day: float) -> int | None:
        """The activity that goes first for the student, None for “talk to your teacher”."""
        now = self._moment(student, day)
        evidence = tuple(self.evidence.get(student, ()))
        estimates = estimate_mastery(evidence, self.skill_map, now=now, threshold=POLICY.threshold)
        state = LearnerState(learner_id=str(student), estimates=estimates, evidence=evidence)
        first = recommend(state, self.skill_map, POLICY, now=now, rng=Random(0)).first
        return None if first.activity_id is None else int(first.activity_id)

    def observe(self, student: int, activity: int, score: float, day: float) -> None:
        """A score of the student."""
        self.attempts[student, activity] += 1
        own = self.evidence.setdefault(student, [])
        own.append(
            Evidence(
                id=f"{len(own):05d}",
                learner_id=str(student),
                activity_id=str(activity),
                fraction=score,
                occurred_at=self._moment(student, day),
                informativeness=self.skill_map.activity(str(activity)).informativeness,
                attempt=self.attempts[student, activity],
            )
        )

    def _moment(self, student: int, day: float) -> datetime:
        """The time of day follows the number of scores, so that each comes after the one before."""
        return FIRST_DAY + timedelta(days=day, minutes=len(self.evidence.get(student, ())))


def _activity(described: Mapping[str, Any]) -> Activity:
    return Activity(
        id=str(described["id"]),
        title=str(described["id"]),
        skills={str(skill): 1 / len(described["skills"]) for skill in described["skills"]},
        format=FORMATS[described["kind"]],
        level=described["level"] + 1,
        informativeness=described["n_items"] / FULLY_TELLING_QUESTIONS,
    )


def main() -> None:
    """Answer the simulator until it closes the line."""
    course = SimulatedCourse.described({"order": [], "prereqs": [], "activities": [], "goals": []})
    for line in sys.stdin:
        asked = json.loads(line)
        match asked["op"]:
            case "reset":
                course = SimulatedCourse.described(asked["course"])
            case "observe":
                course.observe(asked["student"], asked["activity"], asked["score"], asked["day"])
            case "choose":
                print(json.dumps({"activity": course.choose(asked["student"], asked["day"])}), flush=True)


if __name__ == "__main__":
    main()
