"""The class at a glance: students by skills, with level word and certainty apart, and the map as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.pathways.buckets import Bucket
from lti_tool.pathways.levels import Level
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.labels import bucket_label
from lti_tool.usecases.map_choice import MapChoice, Selection, goals_of, in_teaching_order, select
from lti_tool.usecases.map_picture import MapPicture, class_picture
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words

STUDENTS_ON_A_PAGE = 40
"""A class stands on one page; a year group is turned over."""
ALL_PAGES = 0


@dataclass(frozen=True, slots=True)
class MapCell:
    """One student on one skill: the level, and in steps from 0 to 4 how sure it is."""

    level: Level
    sure: int
    enough_evidence: bool
    refresh_due: bool


@dataclass(frozen=True, slots=True)
class MapColumn:
    """One skill; `number` counts skills in teaching order, `spread` how many of the students stand at each level."""

    number: int
    skill_id: str
    title: str
    codes: tuple[str, ...]
    goal: bool
    spread: Mapping[Level, int]


@dataclass(frozen=True, slots=True)
class MapRow:
    """One student with a cell for every column; `spread` counts them by level."""

    person_key: int
    name: str
    cells: tuple[MapCell, ...]
    spread: Mapping[Level, int]


@dataclass(frozen=True, slots=True)
class MapView:
    """One page of the grid, in the order that was asked for, and the whole class as a picture.

    `shown` of `everybody` are left by the choice; `pages` is how many pages they fill. `goals`, `skills` and `buckets` are
    what can be chosen, `names` all students by number.
    """

    choice: MapChoice
    columns: tuple[MapColumn, ...]
    rows: tuple[MapRow, ...]
    page: int
    pages: int
    shown: int
    names: tuple[tuple[int, str], ...]
    skills: tuple[tuple[str, str], ...]
    goals: tuple[tuple[str, str], ...]
    buckets: tuple[tuple[str, str], ...]
    as_of: datetime | None
    picture: MapPicture


def class_map(
    session: Session,
    *,
    context: Context,
    choice: MapChoice,
    page: int = 1,
    with_student: int = 0,
    now: datetime,
    words: Words,
) -> MapView:
    """The grid of the class, as chosen; a page after the last one is the last one, ALL_PAGES has them all.

    `with_student` asks for the page on which a student stands, by number.
    """
    classroom = open_classroom(session, context=context, now=now)
    selection = select(classroom, choice)
    pages = max(1, ceil(len(selection.learners) / STUDENTS_ON_A_PAGE))
    page = _page_with(selection.learners, with_student) or min(max(page, ALL_PAGES), pages)
    first = (page - 1) * STUDENTS_ON_A_PAGE
    here = selection.learners if page == ALL_PAGES else selection.learners[first : first + STUDENTS_ON_A_PAGE]
    order = in_teaching_order(classroom.skill_map)
    return MapView(
        choice=selection.choice,
        columns=_columns(classroom, selection),
        rows=tuple(_row(classroom, learner, selection, words) for learner in here),
        page=page,
        pages=pages,
        shown=len(selection.learners),
        names=tuple((learner.id, full_name(learner, words)) for learner in classroom.learners),
        skills=tuple((skill.id, skill.title) for skill in order),
        goals=tuple((skill.id, skill.title) for skill in goals_of(classroom.skill_map)),
        buckets=tuple((bucket.value, bucket_label(bucket, words)) for bucket in Bucket),
        as_of=context.gradebook_read_at,
        picture=_picture(classroom, words),
    )


def _page_with(learners: tuple[Person, ...], person_key: int) -> int | None:
    """The page on which a student stands among these; None where there is none of that number."""
    keys = [learner.id for learner in learners]
    return keys.index(person_key) // STUDENTS_ON_A_PAGE + 1 if person_key in keys else None


def _columns(classroom: Classroom, selection: Selection) -> tuple[MapColumn, ...]:
    numbers = {skill.id: number for number, skill in enumerate(in_teaching_order(classroom.skill_map))}
    return tuple(
        MapColumn(
            number=numbers[skill.id],
            skill_id=skill.id,
            title=skill.title,
            codes=skill.codes,
            goal=skill.goal,
            spread=Counter(classroom.estimates[learner.id][skill.id].level for learner in selection.learners),
        )
        for skill in selection.skills
    )


def _row(classroom: Classroom, learner: Person, selection: Selection, words: Words) -> MapRow:
    estimates = classroom.estimates[learner.id]
    cells = tuple(_cell(estimates[skill.id]) for skill in selection.skills)
    return MapRow(learner.id, full_name(learner, words), cells, Counter(cell.level for cell in cells))


def _cell(estimate: MasteryEstimate) -> MapCell:
    return MapCell(
        level=estimate.level,
        sure=round(4 * max(0.0, min(1.0, 1.0 - (estimate.upper - estimate.lower)))),
        enough_evidence=estimate.enough_evidence,
        refresh_due=estimate.refresh_due,
    )


def _picture(classroom: Classroom, words: Words) -> MapPicture:
    secure = {
        skill.id: sum(
            classroom.estimates[learner.id][skill.id].level.at_least_secure for learner in classroom.learners
        )
        for skill in classroom.skill_map.skills
    }
    return class_picture(classroom.skill_map, secure, len(classroom.learners), words)
