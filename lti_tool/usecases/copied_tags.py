"""Which column of a copied course is which activity, by what teachers decided in the original.

A copied column has a new address, and what else stays depends on the platform. So it is recognised, in
this order, by its resource id and tag (recorded from a Moodle 5.1 restoring a backup: both are kept), by the
activity of the link that it belongs to, and by its label. Where that leaves a doubt, nothing is tagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, CopyState, ResourceLink
from lti_tool.models.gradebook import LineItem
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.column_matches import folded, possible_evidence

# What a teacher decided about a column: an activity, or None for "belongs to none".
Decision = str | None
Key = TypeVar("Key")


def tag_copied_columns(session: Session, *, context: Context, skill_map: SkillMap) -> None:
    """Tag the columns of a copy that has taken over its original's set-up. Other courses stay as they are."""
    if context.copy_state is not CopyState.TAKEN or context.copied_from_id is None:
        return
    original = session.get_one(Context, context.copied_from_id)
    for column, decision in copied_tags(session, context=context, original=original, skill_map=skill_map):
        column.activity_id = decision
        column.left_out = decision is None


def copied_tags(
    session: Session, *, context: Context, original: Context, skill_map: SkillMap
) -> list[tuple[LineItem, Decision]]:
    """Columns of `context` that nobody has tagged yet, with what was decided about them in `original`."""
    columns = undecided_columns(session, context)
    decided = [
        column
        for column in _decided_columns(session, original)
        if column.activity_id is None or skill_map.has_activity(column.activity_id)
    ]
    by_id = agreed((_resource(column), column.activity_id) for column in decided if column.resource_id)
    by_label = agreed((_kind_and_label(column), column.activity_id) for column in decided)
    by_link: Mapping[str | None, Decision] = {
        link: activity_id
        for link, activity_id in _activities_of_links(session, context).items()
        if skill_map.has_activity(activity_id)
    }
    here = [_kind_and_label(column) for column in columns]
    found: list[tuple[LineItem, Decision]] = []
    for column in columns:
        label = _kind_and_label(column)
        if column.resource_id and _resource(column) in by_id:
            found.append((column, by_id[_resource(column)]))
        elif column.resource_link_id in by_link:
            found.append((column, by_link[column.resource_link_id]))
        elif label in by_label and here.count(label) == 1:
            found.append((column, by_label[label]))
    return found


def undecided_columns(session: Session, context: Context) -> list[LineItem]:
    """The columns of the platform that could be evidence and that nobody has decided about."""
    return possible_evidence(
        session.scalars(
            select(LineItem).where(
                LineItem.context_id == context.id,
                LineItem.present,
                LineItem.activity_id.is_(None),
                LineItem.left_out.is_(False),
            )
        )
    )


def _decided_columns(session: Session, original: Context) -> list[LineItem]:
    """Columns with a decision, also those that the platform no longer lists: courses are archived."""
    return possible_evidence(
        session.scalars(
            select(LineItem).where(
                LineItem.context_id == original.id, or_(LineItem.activity_id.is_not(None), LineItem.left_out)
            )
        )
    )


def _activities_of_links(session: Session, context: Context) -> dict[str, str]:
    rows = session.execute(
        select(ResourceLink.resource_link_id, ResourceLink.activity_id).where(
            ResourceLink.context_id == context.id
        )
    )
    return {row.resource_link_id: row.activity_id for row in rows}


def _resource(column: LineItem) -> tuple[str, str]:
    return column.resource_id or "", column.tag or ""


def _kind_and_label(column: LineItem) -> tuple[str, bool, str]:
    """The same label counts only between columns of one kind: same tag, both or neither with a link."""
    return column.tag or "", column.resource_link_id is not None, folded(column.label)


def agreed(decisions: Iterable[tuple[Key, Decision]]) -> dict[Key, Decision]:
    """The decision for each key about which all columns of the original agree."""
    found: dict[Key, set[Decision]] = {}
    for key, decision in decisions:
        found.setdefault(key, set()).add(decision)
    return {key: several.pop() for key, several in found.items() if len(several) == 1}
