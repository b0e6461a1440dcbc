"""Which skill an outcome of a copied course is, by what teachers decided in the original.

An outcome of the school keeps its key in every course; one of the course's own gets another with the copy, and is
recognised by its words. Where that leaves a doubt, nothing is decided.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, CopyState
from lti_tool.models.outcomes import LearningOutcome
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.column_matches import folded
from lti_tool.usecases.copied_tags import agreed


def decide_copied_outcomes(session: Session, *, context: Context, skill_map: SkillMap) -> None:
    """Decide about outcomes of a copy that has taken over its original's set-up. Other courses stay as they are."""
    if context.copy_state is not CopyState.TAKEN or context.copied_from_id is None:
        return
    decided = [
        outcome
        for outcome in _outcomes(session, context.copied_from_id)
        if outcome.left_out or (outcome.skill_id and skill_map.has_skill(outcome.skill_id))
    ]
    by_key = agreed((outcome.key, outcome.skill_id) for outcome in decided)
    by_words = agreed((_words(outcome), outcome.skill_id) for outcome in decided)
    for outcome in _outcomes(session, context.id):
        if outcome.skill_id or outcome.left_out:
            continue
        if outcome.key in by_key:
            outcome.skill_id = by_key[outcome.key]
        elif _words(outcome) in by_words:
            outcome.skill_id = by_words[_words(outcome)]
        else:
            continue
        outcome.left_out = outcome.skill_id is None


def forget_decisions(session: Session, *, context: Context) -> None:
    """As if nobody had decided about any outcome of this course."""
    for outcome in _outcomes(session, context.id):
        outcome.skill_id, outcome.left_out = None, False


def _outcomes(session: Session, context_key: int) -> list[LearningOutcome]:
    return list(session.scalars(select(LearningOutcome).where(LearningOutcome.context_id == context_key)))


def _words(outcome: LearningOutcome) -> tuple[str, str, str]:
    return folded(outcome.title), folded(outcome.name), folded(outcome.statement)
