"""Columns that appear after the setup, for instance by deep linking."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.gradebook import LineItem
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.announce_step import NEXT_STEP_TAG


def tag_new_columns(session: Session, *, context: Context, skill_map: SkillMap) -> None:
    """Tag columns whose resource id names an activity: no other reading of it is possible."""
    for column in session.scalars(
        select(LineItem).where(
            LineItem.context_id == context.id, LineItem.present, LineItem.activity_id.is_(None)
        )
    ):
        if column.tag != NEXT_STEP_TAG and column.resource_id and skill_map.has_activity(column.resource_id):
            column.activity_id = column.resource_id
