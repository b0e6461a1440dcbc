"""Observations: work from elsewhere that somebody judged skill by skill.

Evidence names an activity. Such a judgement is about a piece of work that the map does not know, or about one skill
of it only, so it gets an activity of its own, which its id alone describes: which skill, and in which work. It counts
in mastery and in histories like any other, and the judgements of one class in one work share their ease. The map does not
list it, so it is never recommended, placed, chosen for a column or counted in the map's health.
"""

from lti_tool.pathways.content import Activity, Format, Skill

_OBSERVED = "observed"


def observation_id(skill_id: str, work: str) -> str:
    """The activity of judging this skill in this work; `work` is any text without a colon."""
    if ":" in work:
        raise ValueError(f"A piece of work is named without a colon, not {work!r}.")
    return f"{_OBSERVED}:{work}:{skill_id}"


def observed_skill(activity_id: str) -> str:
    """The id of the skill that an observation is about; empty for every other activity."""
    kind, _, rest = activity_id.partition(":")
    return rest.partition(":")[2] if kind == _OBSERVED else ""


def observation(activity_id: str, skill: Skill) -> Activity:
    """The activity itself: all of it is about the one skill, and it tells as much as a check."""
    return Activity(
        id=activity_id, title=skill.title, skills={skill.id: 1.0}, format=Format.CHECK, informativeness=1.0
    )
