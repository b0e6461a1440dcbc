"""What keeps skills, prerequisites and activities from being a map: ids that repeat, names of nothing, and circles."""

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter

from lti_tool.pathways.content import Activity, Prerequisite, Skill
from lti_tool.pathways.problems import Problem, in_order

_MOST_CIRCLES = 20


class SkillMapError(ValueError):
    """The skill map cannot be used; `problems` lists everything that has to be mended."""

    code = "skill_map.invalid"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("The skill map cannot be used. Please mend: " + " ".join(map(str, self.problems)))


def problems_of(
    skills: Sequence[Skill], prerequisites: Sequence[Prerequisite], activities: Sequence[Activity]
) -> list[Problem]:
    """All of them at once; none when it is a map."""
    return [
        *_repeated("skill", skills),
        *_repeated("activity", activities),
        *_unknown_skills(skills, prerequisites, activities),
        *_circles(prerequisites),
    ]


def _repeated(noun: str, things: Iterable[Skill | Activity]) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for thing in things:
        if thing.id in seen:
            message = f"The {noun} id “{thing.id}” is used more than once; give each {noun} its own id."
            problems.append(Problem(f"{noun}.repeated", message, (noun, thing.id)))
        seen.add(thing.id)
    return problems


def _unknown_skills(
    skills: Sequence[Skill], prerequisites: Sequence[Prerequisite], activities: Sequence[Activity]
) -> list[Problem]:
    known = {skill.id for skill in skills}
    problems = [
        Problem(
            "prerequisite.unknown_skill",
            f"Skill “{edge.after}” names the prerequisite “{edge.before}”; one of them is not in the map. Add that skill, or "
            "remove the prerequisite.",
            ("prerequisite", edge.before, edge.after),
        )
        for edge in prerequisites
        if edge.before not in known or edge.after not in known
    ]
    seen: set[tuple[str, str]] = set()
    for edge in prerequisites:
        if (edge.before, edge.after) in seen:
            message = f"Skill “{edge.after}” names the prerequisite “{edge.before}” more than once; keep one."
            subject = ("prerequisite", edge.before, edge.after)
            problems.append(Problem("prerequisite.repeated", message, subject))
        seen.add((edge.before, edge.after))
    problems += [
        Problem(
            "activity.unknown_skill",
            f"Activity “{activity.id}” is tagged with “{skill_id}”, which is not in the map. Add that skill, or change the "
            "tag.",
            ("activity", activity.id),
        )
        for activity in activities
        for skill_id in activity.skills
        if skill_id not in known
    ]
    return problems


def _circles(prerequisites: Sequence[Prerequisite]) -> list[Problem]:
    """Every circle that is left when those named before it are broken."""
    edges = [(edge.before, edge.after) for edge in prerequisites]
    problems: list[Problem] = []
    while len(problems) < _MOST_CIRCLES:
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for before, after in edges:
            sorter.add(after, before)
        try:
            sorter.prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            broken = (circle[-2], circle[-1])
            problems.append(
                Problem(
                    "skill_map.circle",
                    f"These prerequisites run in a circle, so none could come first: {' → '.join(circle)}. Remove one of "
                    "them.",
                    ("prerequisite", *broken),
                )
            )
            edges = [edge for edge in edges if edge != broken]
        else:
            break
    return problems
