"""Which activity a gradebook column is: certain by its resource id, else suggested by its title."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades.vocab import OPENING_TAG
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import LineItem
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.announce_step import NEXT_STEP_TAG


def tag_new_columns(session: Session, *, context: Context, skill_map: SkillMap) -> None:
    """Tag columns whose resource id names an activity: no other reading of it is possible."""
    for column in _untagged(session, context):
        if column.resource_id and skill_map.offers(column.resource_id):
            column.activity_id = column.resource_id


def untagged_matches(session: Session, *, context: Context, skill_map: SkillMap) -> int:
    """How many columns without a tag have a suggestion that a teacher could confirm."""
    return sum(suggested_activity(column, skill_map)[0] is not None for column in _untagged(session, context))


def suggested_activity(column: LineItem, skill_map: SkillMap) -> tuple[str | None, str]:
    """The activity that a column seems to be, and why; nothing is guessed.

    Why is "confirmed" (it is tagged already), "resource id", "title", or "" where there is none. A column
    that a teacher left out stays out.
    """
    if column.left_out:
        return None, ""
    for known, why in ((column.activity_id, "confirmed"), (column.resource_id, "resource id")):
        if known and skill_map.offers(known):
            return known, why
    titled = [a.id for a in skill_map.activities if folded(a.title) == folded(column.label)]
    return (titled[0], "title") if len(titled) == 1 else (None, "")


def possible_evidence(columns: Iterable[LineItem]) -> list[LineItem]:
    """The columns that can be evidence: all but the one with our own words, and those that open activities."""
    return [column for column in columns if column.tag not in {NEXT_STEP_TAG, OPENING_TAG}]


def _untagged(session: Session, context: Context) -> list[LineItem]:
    columns = session.scalars(
        select(LineItem).where(
            LineItem.context_id == context.id,
            LineItem.present,
            LineItem.activity_id.is_(None),
            LineItem.left_out.is_(False),
        )
    )
    return possible_evidence(columns)


def folded(title: str) -> str:
    """A title without regard to case and spacing."""
    return " ".join(title.casefold().split())
