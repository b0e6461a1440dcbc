"""The course's gradebook as Waymark knows it, as a table: a row for each student, a column for each of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.launch import audit
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import LineItem, Result
from lti_tool.models.launches import LaunchSession
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words

Cell = str | int | float
_STUDENTS_AT_A_TIME = 50


@dataclass(frozen=True, slots=True)
class GradebookTable:
    """The head of the table, and its rows as they are read."""

    header: tuple[str, ...]
    rows: Iterator[tuple[Cell, ...]]


def gradebook_table(database: Database, session: Session, context: Context, words: Words) -> GradebookTable:
    """The students that the course has now, by name, with their scores in points of each column.

    The rows read for themselves, some students at a time, after `session` is closed.
    """
    learners = active_learners(session, context)
    columns = session.scalars(
        select(LineItem).where(LineItem.context_id == context.id, LineItem.present).order_by(LineItem.id)
    ).all()
    _ = words.gettext
    titles = [
        _("%(title)s (of %(points)s)") % {"title": column.label, "points": f"{column.score_maximum:g}"}
        for column in columns
    ]
    header = (_("Student"), _("Id at the platform"), *titles)
    return GradebookTable(header, _rows(database, learners, columns, words))


def note_export(session: Session, launch: LaunchSession, now: datetime) -> None:
    """Let the audit log say who took a course's gradebook, from which launch."""
    audit.record(
        session,
        actor=audit.person_name(launch.person_id or 0),
        action="gradebook.exported",
        subject=f"course {launch.context_id}",
        now=now,
        launch=str(launch.id),
    )


def _rows(
    database: Database, learners: Sequence[Person], columns: Sequence[LineItem], words: Words
) -> Iterator[tuple[Cell, ...]]:
    keys = [column.id for column in columns]
    with database.read() as session:
        for start in range(0, len(learners), _STUDENTS_AT_A_TIME):
            some = learners[start : start + _STUDENTS_AT_A_TIME]
            found = session.execute(
                select(
                    Result.person_id, Result.line_item_id, Result.result_score, Result.result_maximum
                ).where(Result.line_item_id.in_(keys), Result.person_id.in_([person.id for person in some]))
            )
            scores = {(person, column): (score, maximum) for person, column, score, maximum in found}
            for person in some:
                cells = [
                    _points(column, *scores.get((person.id, column.id), (None, None))) for column in columns
                ]
                yield full_name(person, words), person.user_id, *cells


def _points(column: LineItem, score: float | None, maximum: float | None) -> Cell:
    """The score in the column's points, whatever the platform gave it out of; empty where there is none."""
    if score is None:
        return ""
    if not maximum or maximum == column.score_maximum:
        return score
    return round(score / maximum * column.score_maximum, 4)
