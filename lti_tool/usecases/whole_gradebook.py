"""What becomes of a whole gradebook, whichever way it came: who is in its rows, and how its columns are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades.gradebooks.cells import Cell, CellState
from lti_tool.grades.gradebooks.gradebook import Gradebook
from lti_tool.grades.gradebooks.matching import Enrolled, Matching, match_students
from lti_tool.grades.line_items import LONGEST_LABEL
from lti_tool.grades.results import PlatformResult, store_results
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import ColumnSource, LineItem
from lti_tool.usecases.column_matches import folded

# Why a column that could be taken is left out, beside the reasons of `LeftOut`.
READ_BY_ITSELF = "read by itself"


def match_learners(learners: Iterable[Person], gradebook: Gradebook) -> Matching:
    """Which of these students is in which row. Of a person we know names and the user id, nothing else."""
    enrolled = [
        Enrolled(
            key=person.id,
            names=(person.name, f"{person.given_name} {person.family_name}".strip()),
            user_id=person.user_id,
        )
        for person in learners
    ]
    return match_students(gradebook.students, enrolled)


def known_cells(gradebook: Gradebook, matching: Matching, place: int, now: datetime) -> dict[int, Cell]:
    """What a column says of each person, by person key; whoever's cell cannot be read is left out and keeps theirs.

    A moment of grading that is still to come is a mistake over there, and not believed.
    """
    cells = {match.key: gradebook.cells[match.row][place] for match in matching.matched}
    return {
        key: replace(cell, graded_at=None) if cell.graded_at is not None and cell.graded_at > now else cell
        for key, cell in cells.items()
        if cell.state is not CellState.UNREADABLE
    }


def left_out_by_reason(gradebook: Gradebook) -> dict[str, list[str]]:
    """The titles of the columns that nothing can be taken from, by the reason (`LeftOut`)."""
    found: dict[str, list[str]] = {}
    for column in gradebook.left_out:
        found.setdefault(column.why.value, []).append(column.title)
    return found


def held_columns(session: Session, context: Context, *sources: ColumnSource) -> dict[str, LineItem]:
    """The columns that came in one of these ways, by key."""
    items = session.scalars(
        select(LineItem).where(LineItem.context_id == context.id, LineItem.source.in_(sources))
    )
    return {item.url: item for item in items}


def held_titles(session: Session, context: Context, *sources: ColumnSource) -> set[str]:
    """The titles, folded, of the columns that come in one of these ways now."""
    columns = held_columns(session, context, *sources).values()
    return {folded(column.label) for column in columns if column.present}


def store_column(
    session: Session,
    *,
    context: Context,
    held: LineItem | None,
    source: ColumnSource,
    key: str,
    title: str,
    results: Sequence[PlatformResult],
    maximum: float,
    people: dict[str, int],
    now: datetime,
) -> int:
    """Keep a column in `held` or in a new row, with these results; gives back how many results changed.

    People who are not among `results` keep what they have.
    """
    item = held or LineItem(context_id=context.id)
    said = (source, key, title[:LONGEST_LABEL], maximum, True)
    if said != (item.source, item.url, item.label, item.score_maximum, item.present):
        item.source, item.url, item.label, item.score_maximum, item.present = said
        item.read_at = now
    session.add(item)
    session.flush()
    return store_results(session, line_item=item, results=results, people=people, now=now, complete=False)
