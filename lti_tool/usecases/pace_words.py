"""How pace is said: the word for a chance, and the sentence for a change, for teachers."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from lti_tool.pathways.pace_changes import LIKELY, Change, ChangeKind
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.words import Words

EVEN = 0.4
"""Below this a goal is out of reach at the present pace; from here to `LIKELY` it is open."""


class Chance(StrEnum):
    """The word for a chance, from the best on."""

    THERE = "there"
    LIKELY = "likely"
    OPEN = "open"
    FAR = "far"


def chance_word(chance: float, *, there: bool = False) -> Chance:
    """The word for a chance; `there` says that the goal is reached now."""
    if there:
        return Chance.THERE
    return Chance.LIKELY if chance >= LIKELY else Chance.OPEN if chance >= EVEN else Chance.FAR


def chance_label(chance: Chance, words: Words) -> str:
    """The word on the page."""
    _ = words.gettext
    return {
        Chance.THERE: _("Reached"),
        Chance.LIKELY: _("Likely in time"),
        Chance.OPEN: _("Could go either way"),
        Chance.FAR: _("Needs more time or help"),
    }[chance]


def change_sentence(change: Change, skill_map: SkillMap, *, learners: int, day: date, words: Words) -> str:
    """The change and what it does, for a class of so many students, or for one."""
    what = _what(change, skill_map, day, words)
    if learners == 1:
        effect = words.gettext("The chance goes from %(before)d %% to %(after)d %%.") % {
            "before": round(100 * change.before),
            "after": round(100 * change.after),
        }
    else:
        effect = words.gettext("Then about %(after)d of %(all)d are there in time, now about %(before)d.") % {
            "before": round(learners * change.before),
            "after": round(learners * change.after),
            "all": learners,
        }
    return f"{what} {effect}"


def _what(change: Change, skill_map: SkillMap, day: date, words: Words) -> str:
    if change.kind is ChangeKind.MORE:
        return words.ngettext(
            "%(number)s activity a week more.", "%(number)s activities a week more.", change.number
        ) % {"number": change.number}
    if change.kind is ChangeKind.LATER:
        return words.gettext("A week later, by %(day)s.") % {
            "day": words.format_date(day + timedelta(days=change.number))
        }
    return words.ngettext(
        "A mini-lesson on “%(skill)s” that goes well, for %(number)s student.",
        "A mini-lesson on “%(skill)s” that goes well, for %(number)s students.",
        len(change.served),
    ) % {"skill": skill_map.skill(change.skill_id or "").title, "number": len(change.served)}
