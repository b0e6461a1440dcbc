"""A skill map: skills, the prerequisites between them, and the activities tagged with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

import numpy as np

from lti_tool.pathways.content import (
    Activity,
    Format,
    Host,
    Mode,
    Prerequisite,
    PrerequisiteKind,
    Purpose,
    Skill,
)
from lti_tool.pathways.foundations import foundations_in
from lti_tool.pathways.kinds import Looks, Numbers, kinds_of
from lti_tool.pathways.map_health import Finding, findings
from lti_tool.pathways.map_problems import SkillMapError, problems_of
from lti_tool.pathways.observations import observation, observed_skill
from lti_tool.pathways.parameters import Parameters
from lti_tool.pathways.skill_map_toml import parse_skill_map
from lti_tool.pathways.tasks import Task, task_of

__all__ = [
    "Activity",
    "Finding",
    "Format",
    "Host",
    "Mode",
    "Prerequisite",
    "PrerequisiteKind",
    "Purpose",
    "Skill",
    "SkillMap",
    "SkillMapError",
    "read_skill_map",
]


@dataclass(frozen=True)  # not slotted: the indexes below are computed once, on first use
class SkillMap:
    """What can be learnt in a course, in which order, and with which activities. Ids are unique within it.

    Raises SkillMapError when ids repeat, something names an unknown skill, or the prerequisites run in a circle.
    """

    id: str
    title: str
    grade: int
    version: str
    skills: tuple[Skill, ...]
    prerequisites: tuple[Prerequisite, ...] = ()
    activities: tuple[Activity, ...] = ()

    def __post_init__(self) -> None:
        problems = problems_of(self.skills, self.prerequisites, self.activities)
        if problems:
            raise SkillMapError(problems)

    def skill(self, skill_id: str) -> Skill:
        """The skill with this id; KeyError when there is none."""
        return self._skills[skill_id]

    def activity(self, activity_id: str) -> Activity:
        """The activity, or the observation, with this id; KeyError when there is none."""
        found = self._activities.get(activity_id)
        return observation(activity_id, self._skills[observed_skill(activity_id)]) if found is None else found

    def task(self, activity_id: str, parameters: Parameters) -> Task:
        """What the activity, or the observation, with this id asks; made once."""
        key = activity_id, parameters.level_step
        found = self._tasks.get(key)
        if found is None:
            found = self._tasks[key] = task_of(self.activity(activity_id), parameters)
        return found

    def has_skill(self, skill_id: str) -> bool:
        return skill_id in self._skills

    def has_activity(self, activity_id: str) -> bool:
        """Whether evidence can be about it: an activity of the map, or an observation of one of its skills."""
        return activity_id in self._activities or observed_skill(activity_id) in self._skills

    def offers(self, activity_id: str) -> bool:
        """Whether it is something to do: an activity of the map itself."""
        return activity_id in self._activities

    def prerequisites_of(self, skill_id: str) -> tuple[Prerequisite, ...]:
        """What comes directly before a skill, hard ones first."""
        return self._before[skill_id]

    def dependents_of(self, skill_id: str) -> frozenset[str]:
        """Ids of all skills that rest on this one by hard prerequisites, directly or through others."""
        return self._dependents[skill_id]

    def foundations_of(self, skill_id: str) -> tuple[str, ...]:
        """Earlier skills that the skill's activities also use, and that are not among what it rests on already."""
        return self._foundations[skill_id]

    def leads_to(self, skill_id: str) -> frozenset[str]:
        """Ids of all skills that rest on this one by hard prerequisites or foundations, directly or through others."""
        return self._leads_to[skill_id]

    def layers(self) -> list[list[str]]:
        """Skill ids in layers: each skill stands one layer after the latest of its prerequisites."""
        return [list(layer) for layer in self._layers]

    def activities_for(self, skill_id: str) -> tuple[Activity, ...]:
        """All activities tagged with the skill, in the order of the map."""
        return self._activities_for[skill_id]

    def kinds(self, looks: Looks) -> Numbers:
        """The kind of each of the `taught` activities for a rule that looks at nothing but these attributes."""
        found = self._kinds.get(looks)
        if found is None:
            found = self._kinds[looks] = kinds_of(self.taught, looks)
        return found

    @cached_property
    def taught(self) -> tuple[Activity, ...]:
        """The activities with at least one skill."""
        return tuple(activity for activity in self.activities if activity.skills)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each of the `taught` activities stands among them, by id."""
        return {activity.id: place for place, activity in enumerate(self.taught)}

    @cached_property
    def alphabetical(self) -> Numbers:
        """Where each of the `taught` activities would stand if they were sorted by id."""
        ranks = np.empty(len(self.taught), dtype=np.intp)
        ranks[[self.places[name] for name in sorted(self.places)]] = np.arange(len(self.taught))
        return ranks

    @cached_property
    def goals(self) -> tuple[str, ...]:
        """Ids of the goal skills; every skill is a goal when none is marked."""
        return tuple(s.id for s in self.skills if s.goal) or tuple(s.id for s in self.skills)

    @cached_property
    def needed(self) -> frozenset[str]:
        """Ids of the goal skills and of everything they rest on, by hard prerequisites or foundations."""
        goals = set(self.goals)
        return frozenset(
            s.id for s in self.skills if s.id in goals or not goals.isdisjoint(self._leads_to[s.id])
        )

    def health(self) -> tuple[Finding, ...]:
        """Gaps in the map that a teacher may want to close; none of them stops the tool from working."""
        return findings(self.skills, self.prerequisites, self.activities)

    @cached_property
    def _skills(self) -> dict[str, Skill]:
        return {skill.id: skill for skill in self.skills}

    @cached_property
    def _activities(self) -> dict[str, Activity]:
        return {activity.id: activity for activity in self.activities}

    @cached_property
    def _before(self) -> dict[str, tuple[Prerequisite, ...]]:
        before: dict[str, list[Prerequisite]] = {skill.id: [] for skill in self.skills}
        for prerequisite in self.prerequisites:
            before[prerequisite.after].append(prerequisite)
        return {
            after: tuple(sorted(edges, key=lambda e: e.kind is PrerequisiteKind.SOFT))
            for after, edges in before.items()
        }

    @cached_property
    def _layers(self) -> tuple[tuple[str, ...], ...]:
        depth: dict[str, int] = {}
        for skill_id in _sorter(self).static_order():
            depth[skill_id] = 1 + max((depth[edge.before] for edge in self._before[skill_id]), default=-1)
        return tuple(
            tuple(skill.id for skill in self.skills if depth[skill.id] == level)
            for level in range(1 + max(depth.values(), default=-1))
        )

    @cached_property
    def _tasks(self) -> dict[tuple[str, float], Task]:
        """The level step is all that a task takes from the parameters."""
        return {}

    @cached_property
    def _kinds(self) -> dict[Looks, Numbers]:
        return {}

    @cached_property
    def _dependents(self) -> dict[str, frozenset[str]]:
        dependents: dict[str, frozenset[str]] = {}
        for skill_id in reversed(list(_sorter(self).static_order())):
            direct = [
                e.after
                for e in self.prerequisites
                if e.before == skill_id and e.kind is PrerequisiteKind.HARD
            ]
            dependents[skill_id] = frozenset(direct).union(*(dependents[after] for after in direct))
        return dependents

    @cached_property
    def _foundations(self) -> dict[str, tuple[str, ...]]:
        return foundations_in(self.skills, self.activities, self._dependents)

    @cached_property
    def _leads_to(self) -> dict[str, frozenset[str]]:
        """A walk from each skill to all that is above it; foundations and prerequisites together may run in a circle."""
        above: dict[str, set[str]] = {skill.id: set() for skill in self.skills}
        for edge in self.prerequisites:
            if edge.kind is PrerequisiteKind.HARD:
                above[edge.before].add(edge.after)
        for later, foundations in self._foundations.items():
            for earlier in foundations:
                above[earlier].add(later)
        reached = {}
        for skill_id in above:
            seen, open_ends = set[str](), [skill_id]
            while open_ends:
                new = above[open_ends.pop()] - seen
                seen |= new
                open_ends += new
            reached[skill_id] = frozenset(seen - {skill_id})
        return reached

    @cached_property
    def _activities_for(self) -> dict[str, tuple[Activity, ...]]:
        return {s.id: tuple(a for a in self.activities if s.id in a.skills) for s in self.skills}


def read_skill_map(mapping: Mapping[str, Any]) -> SkillMap:
    """The skill map in `{"map": {...}, "skills": [...], "activities": [...]}`, as `tomllib` reads it.

    Raises SkillMapError with all problems at once.
    """
    parsed = parse_skill_map(mapping)
    try:
        skill_map = SkillMap(
            id=parsed.id,
            title=parsed.title,
            grade=parsed.grade,
            version=parsed.version,
            skills=tuple(parsed.skills),
            prerequisites=tuple(parsed.prerequisites),
            activities=tuple(parsed.activities),
        )
    except SkillMapError as error:
        found = [replace(problem, line=parsed.lines.get(problem.subject)) for problem in error.problems]
        raise SkillMapError([*parsed.problems, *found]) from None
    if parsed.problems:
        raise SkillMapError(parsed.problems)
    return skill_map


def _sorter(skill_map: SkillMap) -> TopologicalSorter[str]:
    """Orders skills so that prerequisites come first; ties follow the order of the map."""
    sorter: TopologicalSorter[str] = TopologicalSorter({skill.id: () for skill in skill_map.skills})
    for prerequisite in skill_map.prerequisites:
        sorter.add(prerequisite.after, prerequisite.before)
    return sorter
