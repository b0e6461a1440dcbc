"""A skill map made of the course's own columns, for a course that no map at hand fits.

Nothing is guessed: a part of the course becomes a skill and its columns the activities of that skill, a column
without a part is a skill of its own, and no skill comes before another. The teacher renames, joins and orders
them afterwards, as in any other map.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import LineItem
from lti_tool.pathways.skill_map_toml import MOST_SKILLS
from lti_tool.pathways.toml_tables import LONGEST_TITLE
from lti_tool.usecases.adopted_map import newest_row, parse, put_to_use, tag_columns
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.column_matches import folded, possible_evidence

HIGHEST_GRADE = 13


def adopt_own_columns(
    session: Session, *, context: Context, grade: int, teacher: Person, now: datetime
) -> None:
    """Put a map of the columns to use, with every column tagged; every student gets a plan.

    Raises Fixable `own_columns.in_use` (409) where the course has a map, and `own_columns.none`,
    `own_columns.too_many` or `own_columns.grade` where no map can be made; then nothing is changed.
    """
    # Two requests may come at once; the second one waits here and finds the first one's map.
    session.scalar(select(Context.id).where(Context.id == context.id).with_for_update())
    if newest_row(session, context) is not None:
        raise Fixable(
            "own_columns.in_use",
            "This course has a skill map already. Open Setup, then “Skill map”, to change it.",
            status=409,
        )
    if not 0 <= grade <= HIGHEST_GRADE:
        raise Fixable("own_columns.grade", "Choose the grade of the course, then make the map again.")
    columns = own_columns(session, context)
    if not columns:
        raise Fixable(
            "own_columns.none",
            "No column of your gradebook is known here yet. Read the course again on Today, or bring in the gradebook.",
        )
    if len(columns) > MOST_SKILLS:
        raise Fixable(
            "own_columns.too_many",
            f"There are {len(columns):,} columns; a map can be made of {MOST_SKILLS}. Bring a map of your own instead.",
        )
    document = document_of(columns, title=context.title, grade=grade)
    tags: dict[int, str | None] = {column.id: _activity_id(column) for column in columns}
    tag_columns(session, context=context, skill_map=parse(document)[0], tags=tags)
    put_to_use(session, context=context, document=document, teacher=teacher, now=now)
    after_sync(session, context, now)


def own_columns(session: Session, context: Context) -> list[LineItem]:
    """The columns that a map can be made of, in the order of the course as far as it is known."""
    return possible_evidence(
        session.scalars(
            select(LineItem)
            .where(LineItem.context_id == context.id, LineItem.present, LineItem.left_out.is_(False))
            .order_by(LineItem.course_place.asc().nulls_last(), LineItem.label, LineItem.id)
        )
    )


def document_of(columns: Iterable[LineItem], *, title: str, grade: int) -> dict[str, Any]:
    """The map of these columns as a document."""
    skills: dict[str, dict[str, Any]] = {}
    activities = []
    for column in columns:
        label = _title(column.label, f"Column {column.id}")
        part = _title(column.module, "")
        skill = skills.setdefault(
            f"part {folded(part)}" if part else f"column {column.id}",
            {"id": f"skill-{len(skills) + 1}", "title": part or label, "grade": grade, "goal": True},
        )
        activities.append({"id": _activity_id(column), "title": label, "skills": {skill["id"]: 1.0}})
    return {
        "map": {"id": "own-columns", "title": _title(title, "This course"), "grade": grade},
        "skills": list(skills.values()),
        "activities": activities,
    }


def _activity_id(column: LineItem) -> str:
    return f"column-{column.id}"


def _title(text: str, otherwise: str) -> str:
    """What can stand in a map as a title."""
    shown = "".join(letter for letter in text if letter.isprintable())
    return shown.strip()[:LONGEST_TITLE].strip() or otherwise
