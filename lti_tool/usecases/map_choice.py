"""Which students and which skills the map shows, and in which order: the same choice for the page and for the file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lti_tool.models.courses import Person
from lti_tool.pathways.buckets import Bucket
from lti_tool.pathways.levels import Level
from lti_tool.pathways.skill_map import Skill, SkillMap
from lti_tool.usecases.class_buckets import buckets_of
from lti_tool.usecases.classroom import Classroom

GOALS = "goals"
_RANKS = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class MapChoice:
    """What a teacher asked to see; what a course does not have, it leaves out of account.

    `sort` is empty for the order of the roster, else a skill: those who need it most stand first, with `strongest` last.
    `bucket` is one of the four groups. `group` is GOALS for the goal skills alone, or a goal for it and what it rests on.
    `students` and `skills` leave out students and skills without any result.
    """

    sort: str = ""
    strongest: bool = False
    bucket: str = ""
    group: str = ""
    students: bool = False
    skills: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown: skills in teaching order, and the students; `choice` is what of the question could be answered."""

    choice: MapChoice
    skills: tuple[Skill, ...]
    learners: tuple[Person, ...]
    buckets: Mapping[int, Bucket]


def select(classroom: Classroom, choice: MapChoice) -> Selection:
    """The students and skills that a choice leaves."""
    skill_map = classroom.skill_map
    choice = _possible(choice, skill_map)
    buckets = buckets_of(classroom)
    learners = [
        learner
        for learner in classroom.learners
        if choice.bucket in ("", buckets[learner.id].value)
        if not choice.students or _has_results(classroom, learner)
    ]
    if choice.sort:
        learners.sort(
            key=lambda learner: _RANKS[classroom.estimates[learner.id][choice.sort].level],
            reverse=choice.strongest,
        )
    wanted = _group(choice.group, skill_map)
    skills = tuple(
        skill
        for skill in in_teaching_order(skill_map)
        if wanted is None or skill.id in wanted
        if not choice.skills or _is_known(classroom, skill)
    )
    return Selection(choice, skills, tuple(learners), buckets)


def in_teaching_order(skill_map: SkillMap) -> tuple[Skill, ...]:
    """All skills, foundations first."""
    return tuple(skill_map.skill(skill_id) for layer in skill_map.layers() for skill_id in layer)


def goals_of(skill_map: SkillMap) -> tuple[Skill, ...]:
    """The skills where the course leads to, in teaching order."""
    return tuple(skill for skill in in_teaching_order(skill_map) if skill.goal)


def _possible(choice: MapChoice, skill_map: SkillMap) -> MapChoice:
    groups = {GOALS, *(skill.id for skill in goals_of(skill_map))}
    sorts = skill_map.has_skill(choice.sort)
    return MapChoice(
        sort=choice.sort if sorts else "",
        strongest=choice.strongest and sorts,
        bucket=choice.bucket if choice.bucket in set(Bucket) else "",
        group=choice.group if choice.group in groups else "",
        students=choice.students,
        skills=choice.skills,
    )


def _group(group: str, skill_map: SkillMap) -> Collection[str] | None:
    """The ids of the skills of a group; None for all."""
    if not group:
        return None
    if group == GOALS:
        return {skill.id for skill in goals_of(skill_map)}
    return {group} | {skill.id for skill in skill_map.skills if group in skill_map.dependents_of(skill.id)}


def _has_results(classroom: Classroom, learner: Person) -> bool:
    return any(
        estimate.level is not Level.NOT_STARTED for estimate in classroom.estimates[learner.id].values()
    )


def _is_known(classroom: Classroom, skill: Skill) -> bool:
    """Whether anybody of the class has a result on it."""
    return any(
        classroom.estimates[learner.id][skill.id].level is not Level.NOT_STARTED
        for learner in classroom.learners
    )
