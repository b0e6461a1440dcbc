"""The class at a glance: students by skills, with level word and certainty apart, and the map as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.map_picture import MapPicture, class_picture
from lti_tool.usecases.names import full_name
from lti_tool.usecases.skill_views import SkillView, skill_view
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class MapColumn:
    """One skill; `secure_percent` is the share of the class that is Secure or Lasting on it."""

    skill_id: str
    title: str
    codes: tuple[str, ...]
    goal: bool
    secure_percent: int


@dataclass(frozen=True, slots=True)
class MapRow:
    """One student with a cell for every column."""

    person_key: int
    name: str
    cells: tuple[SkillView, ...]


@dataclass(frozen=True, slots=True)
class MapView:
    """The grid, in teaching order, and the same map as a picture."""

    columns: tuple[MapColumn, ...]
    rows: tuple[MapRow, ...]
    as_of: datetime | None
    picture: MapPicture


def class_map(session: Session, *, context: Context, now: datetime, words: Words) -> MapView:
    """The grid of the whole class."""
    classroom = open_classroom(session, context=context, now=now)
    skills = [classroom.skill_map.skill(skill) for layer in classroom.skill_map.layers() for skill in layer]
    rows = tuple(
        MapRow(
            person_key=learner.id,
            name=full_name(learner, words),
            cells=tuple(
                skill_view(skill, classroom.estimates[learner.id][skill.id], words) for skill in skills
            ),
        )
        for learner in classroom.learners
    )
    secure = {
        skill.id: sum(row.cells[index].level.at_least_secure for row in rows)
        for index, skill in enumerate(skills)
    }
    columns = tuple(
        MapColumn(
            skill_id=skill.id,
            title=skill.title,
            codes=skill.codes,
            goal=skill.goal,
            secure_percent=round(100 * secure[skill.id] / len(rows)) if rows else 0,
        )
        for skill in skills
    )
    picture = class_picture(classroom.skill_map, secure, len(rows), words)
    return MapView(columns, rows, context.gradebook_read_at, picture)
