"""The smallest change that brings learners to a goal in time: one more activity a week, a mini-lesson, a later date.

Few, named, and tried in the outlook itself, smallest first. What the lesson is assumed to do stands in `practice.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lti_tool.pathways.leverage import is_served
from lti_tool.pathways.pacing import Outlook

LIKELY = 0.8
"""The chance, or share of a class, from which nothing has to change."""
NOTABLE = 0.05
"""A change that lifts less than this, or in a class less than one learner, is not worth naming."""
LATER_DAYS = 7


class ChangeKind(StrEnum):
    """What is changed."""

    MORE = "more"
    """So many activities a week more."""
    LESSON = "lesson"
    """A mini-lesson on one skill."""
    LATER = "later"
    """The date moved by a week."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change and what it does to the chance, of one learner or on average.

    `number` is activities a week or days; `served` are the learners of a lesson on `skill_id`.
    """

    kind: ChangeKind
    number: int
    before: float
    after: float
    skill_id: str | None = None
    served: tuple[str, ...] = ()

    @property
    def is_enough(self) -> bool:
        return self.after >= LIKELY


def smallest_change(outlook: Outlook, goal: str, *, days: float, among: Sequence[str]) -> Change | None:
    """The smallest change that makes a goal likely for these learners, else the one that lifts most.

    None where it is likely as it is, and where no change would be noticed.
    """
    before = outlook.chance(goal, days=days, among=among)
    if before >= LIKELY:
        return None
    notable = before + (max(NOTABLE, 1 / len(among)) if len(among) > 1 else NOTABLE)
    best: Change | None = None
    for change in _changes(outlook, goal, days=days, among=among, before=before):
        if change.is_enough:
            return change
        if change.after >= notable and (best is None or change.after > best.after):
            best = change
    return best


def _changes(
    outlook: Outlook, goal: str, *, days: float, among: Sequence[str], before: float
) -> Iterator[Change]:
    """From small to large."""
    yield _more(outlook, goal, 1, days=days, among=among, before=before)
    holding = _holding(outlook, goal, among)
    if holding is not None:
        skill_id, served = holding
        after = outlook.chance(goal, days=days, among=among, lesson=(skill_id, *served))
        yield Change(ChangeKind.LESSON, 1, before, after, skill_id, served)
    yield _more(outlook, goal, 2, days=days, among=among, before=before)
    later = outlook.chance(goal, days=days + LATER_DAYS, among=among)
    yield Change(ChangeKind.LATER, LATER_DAYS, before, later)
    yield _more(outlook, goal, 3, days=days, among=among, before=before)


def _more(
    outlook: Outlook, goal: str, number: int, *, days: float, among: Sequence[str], before: float
) -> Change:
    after = outlook.chance(goal, days=days, among=among, more=number)
    return Change(ChangeKind.MORE, number, before, after)


def _holding(outlook: Outlook, goal: str, among: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """The skill on the way to the goal that holds most of these learners, and whom; of equally many the earlier one."""
    best: tuple[str, tuple[str, ...]] | None = None
    for skill_id in (skill_id for layer in outlook.skill_map.layers() for skill_id in layer):
        if skill_id != goal and goal not in outlook.skill_map.dependents_of(skill_id):
            continue
        served = tuple(
            learner_id
            for learner_id in among
            if is_served(
                skill_id,
                outlook.learners[learner_id].estimates,
                outlook.skill_map,
                outlook.policy,
                outlook.learners[learner_id].waived,
            )
        )
        if served and (best is None or len(served) > len(best[1])):
            best = skill_id, served
    return best
