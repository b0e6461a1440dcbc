"""A made-up student at work: what they can do grows with practice, fades without, and never exceeds its foundations by much."""

from collections.abc import Mapping, Sequence
from math import exp

from lti_tool.demo_lms.course.chance import normal
from lti_tool.demo_lms.course.personas import Persona

HEADROOM = 0.3
"""How far, in logits, a skill can be above the weakest skill that it rests on."""
LESSONS_PER_WEEK = 5
MOST_WEEKS_FORGOTTEN = 2
"""After this many weeks without work, no more is lost."""
_OWN_PROFILE = 0.25


class Learner:
    """One student's hidden ability in each skill, in logits. Changes with `practise`, and as lessons go by."""

    def __init__(self, student_id: str, persona: Persona, rests_on: Mapping[str, Sequence[str]]) -> None:
        self._persona = persona
        self._rests_on = rests_on
        self._ability = {
            skill: persona.ability
            + persona.strengths.get(skill, 0.0)
            - persona.needs.get(skill, 0.0)
            + _OWN_PROFILE * normal(student_id, "profile", skill)
            for skill in rests_on
        }
        self._practised_in: dict[str, int] = {}

    def chance_right(self, skills: Sequence[str], *, lesson: int, difficulty: float) -> float:
        """Chance of a right answer on a task about these skills; `difficulty` in logits."""
        chances = [1 / (1 + exp(difficulty - self._usable(skill, lesson))) for skill in skills]
        return sum(chances) / len(chances)

    def practise(self, skills: Sequence[str], *, lesson: int) -> None:
        """One piece of work on these skills."""
        for skill in skills:
            self._ability[skill] += self._persona.growth
            self._practised_in[skill] = lesson

    def _usable(self, skill: str, lesson: int) -> float:
        below = [self._usable(needed, lesson) + HEADROOM for needed in self._rests_on[skill]]
        general = self._persona.weekly * lesson / LESSONS_PER_WEEK
        return min([self._remembered(skill, lesson) + general, *below])

    def _remembered(self, skill: str, lesson: int) -> float:
        weeks_idle = (lesson - self._practised_in.get(skill, lesson)) / LESSONS_PER_WEEK
        lost = self._persona.forgetting * min(weeks_idle, MOST_WEEKS_FORGOTTEN)
        return self._ability[skill] - lost
