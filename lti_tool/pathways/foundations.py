"""Foundations: earlier skills that the work on a skill uses, although nobody wrote them down as prerequisites.

Maps are written by people and miss some prerequisites. An activity on two skills says something of its own: work on the
later one also needs the earlier one. Until the later skill goes well, its foundations come first as far as other work is open.
Mixed work on three or more skills says nothing of the kind.
"""

from collections.abc import Mapping, Sequence

from lti_tool.pathways.content import Activity, Skill

USED_TOGETHER = 2
"""Skills of an activity that shows which one the other uses."""


def foundations_in(
    skills: Sequence[Skill], activities: Sequence[Activity], dependents: Mapping[str, frozenset[str]]
) -> dict[str, tuple[str, ...]]:
    """By skill id the foundations that `dependents` (what rests on what already) does not know; skills come as taught."""
    taught = {skill.id: place for place, skill in enumerate(skills)}
    found: dict[str, set[str]] = {skill.id: set() for skill in skills}
    for activity in activities:
        if len(activity.skills) != USED_TOGETHER:
            continue
        earlier, later = sorted(activity.skills, key=taught.__getitem__)
        if later not in dependents[earlier] and earlier not in dependents[later]:
            found[later].add(earlier)
    return {later: tuple(sorted(earlier, key=taught.__getitem__)) for later, earlier in found.items()}
