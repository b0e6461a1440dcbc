"""Which skill an outcome of the LMS is: suggested by its code, else by its title; a teacher confirms."""

from __future__ import annotations

import re

from lti_tool.models.outcomes import LearningOutcome
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.column_matches import folded

# A code such as 6.RP.A.3 or CCSS.MATH.CONTENT.6.RP.A.3, wherever it stands in a sentence.
_WORD = re.compile(r"[\w.\-]*\w")


def suggested_skill(outcome: LearningOutcome, skill_map: SkillMap) -> tuple[str | None, str]:
    """The skill that an outcome seems to be, and why; nothing is guessed.

    Why is "confirmed", "code", "title", or "" where there is none, because nothing fits or several skills do. An
    outcome that a teacher left out stays out.
    """
    if outcome.left_out:
        return None, ""
    if outcome.skill_id and skill_map.has_skill(outcome.skill_id):
        return outcome.skill_id, "confirmed"
    texts = [folded(text) for text in (outcome.title, outcome.name, outcome.statement) if text]
    words = {word for text in texts for word in _WORD.findall(text)}
    coded = [
        skill.id for skill in skill_map.skills if any(_is_in(folded(code), words) for code in skill.codes)
    ]
    titled = [
        skill.id
        for skill in skill_map.skills
        if folded(skill.title) in texts or (skill.statement and folded(skill.statement) in texts)
    ]
    for found, why in ((coded, "code"), (titled, "title")):
        if len(found) == 1:
            return found[0], why
    return None, ""


def _is_in(code: str, words: set[str]) -> bool:
    """Whether the code is one of the words, or the end of one that begins with the name of its framework."""
    return any(word == code or word.endswith(f".{code}") for word in words)
