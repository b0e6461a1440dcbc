"""Bring in a gradebook file: first a preview that stores nothing, then its results.

A platform shows a tool only the columns that the tool made. With a file come the others. They become columns
like those that are read, to be tagged in Setup, with `source` FILE: nothing is read from or sent to them. A result
counts from the moment at which it was graded. Most files do not say it; then it counts from the day on which it was
first brought in.

What is read by itself goes first: a column of the file with the title of one of those is left out, because it is
that column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.grades.gradebooks.cells import CellState, Problem
from lti_tool.grades.gradebooks.gradebook import Gradebook, LeftOut, Product
from lti_tool.grades.gradebooks.matching import Matching
from lti_tool.grades.line_items import LONGEST_LABEL
from lti_tool.grades.results import PlatformResult
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import ColumnSource, LineItem, Result
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.column_matches import folded
from lti_tool.usecases.gradebook_uploads import WaitingColumn
from lti_tool.usecases.names import full_name
from lti_tool.usecases.whole_gradebook import (
    READ_BY_ITSELF,
    held_columns,
    held_titles,
    known_cells,
    left_out_by_reason,
    match_learners,
    store_column,
)
from lti_tool.usecases.words import Words

NO_RESULTS = "no results"
MOST_POINTS = 1_000_000.0
_MOST_CELLS_SHOWN = 50
_READ_BY_THEMSELVES = (ColumnSource.PLATFORM, ColumnSource.NATIVE)


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """One column that can be taken. `added`, `changed`, `removed` and `same` count results.

    `asks_points` where the file does not say how many points there were; `points` is then what we hold from
    before, or None. `highest` is the highest score.
    """

    title: str
    points: float | None
    asks_points: bool
    is_new: bool
    highest: float
    added: int
    changed: int
    removed: int
    same: int

    @property
    def differs(self) -> bool:
        """Whether taking it would change anything."""
        return self.is_new or bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class UnreadCell:
    """A cell that cannot be read; what we hold there stays."""

    student: str
    column: str
    text: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """All that a teacher needs to know before taking results from a file.

    `matched` counts students by what matched them, `left_out_students` are rows of the file with the reason
    (`matching.Unmatched`), `absent` students of the course whom the file does not have. `left_out_columns` have a
    reason of `LeftOut`, READ_BY_ITSELF or NO_RESULTS. `unfinished` counts results that are not graded in full. Of
    `unread_cells` the first are shown, `unread` says how many there are.
    """

    product: Product
    class_title: str
    students: int
    matched: Mapping[str, int]
    left_out_students: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]
    columns: tuple[ColumnPreview, ...]
    left_out_columns: Mapping[str, tuple[str, ...]]
    excused: int
    unfinished: int
    unread_cells: tuple[UnreadCell, ...]
    unread: int
    waiting: tuple[WaitingColumn, ...]

    @property
    def differs(self) -> bool:
        """Whether taking it would change anything."""
        return any(column.differs for column in self.columns)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many columns were taken, and how many results are new or other than before."""

    columns: int
    results: int


def preview(
    session: Session, *, context: Context, gradebook: Gradebook, words: Words, now: datetime
) -> ImportPreview:
    """What taking this file would do. Stores nothing."""
    learners = active_learners(session, context)
    matching = match_learners(learners, gradebook)
    names = {person.id: full_name(person, words) for person in learners}
    held = held_columns(session, context, ColumnSource.FILE)
    results = _held_results(session, context)
    columns, left_out = _sorted_out(session, context, gradebook, matching)
    waiting = [
        WaitingColumn(
            key=gradebook.columns[place].key,
            title=gradebook.columns[place].title[:LONGEST_LABEL],
            points=gradebook.columns[place].points,
            scores={key: cell.score for key, cell in cells.items()},
            graded_at={key: cell.graded_at for key, cell in cells.items() if cell.graded_at is not None},
        )
        for place in columns
        for cells in [known_cells(gradebook, matching, place, now)]
    ]
    unread = [
        UnreadCell(names[match.key], gradebook.columns[place].title, cell.text, cell.problem)
        for match in matching.matched
        for place in columns
        if (cell := gradebook.cells[match.row][place]).problem is not None
    ]
    present = {match.key for match in matching.matched}
    states = Counter(
        gradebook.cells[match.row][place].state for match in matching.matched for place in columns
    )
    return ImportPreview(
        product=gradebook.product,
        class_title=gradebook.class_title,
        students=len(gradebook.students),
        matched=Counter(match.by.value for match in matching.matched),
        left_out_students=tuple((gradebook.students[row].name, why.value) for row, why in matching.left_out),
        absent=tuple(name for key, name in names.items() if key not in present),
        columns=tuple(_compared(column, held.get(column.key), results) for column in waiting),
        left_out_columns=left_out,
        excused=states[CellState.EXCUSED],
        unfinished=states[CellState.UNFINISHED],
        unread_cells=tuple(unread[:_MOST_CELLS_SHOWN]),
        unread=len(unread),
        waiting=tuple(waiting),
    )


def take(
    session: Session,
    *,
    context: Context,
    columns: Sequence[WaitingColumn],
    points: Mapping[int, float | None],
    now: datetime,
) -> Taken:
    """Store columns with their results, and let evidence and plans follow.

    `points` says how many points there were in a column, by its place, where the file did not; a column for
    which nobody says it is left out. Raises Fixable `gradebook_file.points` when the points cannot be right; then
    nothing is changed.
    """
    session.scalar(select(Context.id).where(Context.id == context.id).with_for_update())
    held = held_columns(session, context, ColumnSource.FILE)
    read = held_titles(session, context, *_READ_BY_THEMSELVES)
    learners = {str(person.id): person.id for person in active_learners(session, context)}
    taken = changed = 0
    for place, column in enumerate(columns):
        maximum = column.points if column.points is not None else _said_points(column, points.get(place))
        if maximum is None or folded(column.title) in read:
            continue
        changed += store_column(
            session,
            context=context,
            held=held.get(column.key),
            source=ColumnSource.FILE,
            key=column.key,
            title=column.title,
            results=[
                PlatformResult(str(key), score, maximum, timestamp=column.graded_at.get(key))
                for key, score in column.scores.items()
            ],
            maximum=maximum,
            people=learners,
            now=now,
        )
        taken += 1
    session.flush()
    after_sync(session, context, now)
    return Taken(taken, changed)


def _sorted_out(
    session: Session, context: Context, gradebook: Gradebook, matching: Matching
) -> tuple[list[int], dict[str, tuple[str, ...]]]:
    """The places of the columns that can be taken, and the titles of the others by the reason."""
    left_out = left_out_by_reason(gradebook)
    held = held_columns(session, context, ColumnSource.FILE)
    read = held_titles(session, context, *_READ_BY_THEMSELVES)
    kept: list[int] = []
    for place, file_column in enumerate(gradebook.columns):
        states = Counter(gradebook.cells[match.row][place].state for match in matching.matched)
        why = ""
        if folded(file_column.title) in read:
            why = READ_BY_ITSELF
        elif not states[CellState.SCORE] and states[CellState.UNREADABLE]:
            why = LeftOut.NOT_A_NUMBER.value
        elif not states[CellState.SCORE] and file_column.key not in held:
            why = NO_RESULTS
        if why:
            left_out.setdefault(why, []).append(file_column.title)
        else:
            kept.append(place)
    return kept, {why: tuple(titles) for why, titles in left_out.items()}


def _compared(
    column: WaitingColumn, held: LineItem | None, results: Mapping[tuple[int, int], Result]
) -> ColumnPreview:
    counts: Counter[str] = Counter()
    points = column.points if column.points is not None else (held.score_maximum if held else None)
    for key, score in column.scores.items():
        known = results.get((held.id, key)) if held else None
        before = known.result_score if known else None
        if before is None and score is None:
            continue
        if before is None:
            counts["added"] += 1
        elif score is None:
            counts["removed"] += 1
        elif known is not None and (score, points, column.graded_at.get(key)) == (
            before,
            known.result_maximum,
            known.platform_time,
        ):
            counts["same"] += 1
        else:
            counts["changed"] += 1
    return ColumnPreview(
        title=column.title,
        points=points,
        asks_points=column.points is None,
        is_new=held is None,
        highest=max((score for score in column.scores.values() if score is not None), default=0.0),
        added=counts["added"],
        changed=counts["changed"],
        removed=counts["removed"],
        same=counts["same"],
    )


def _held_results(session: Session, context: Context) -> dict[tuple[int, int], Result]:
    """What files brought in, by column and person."""
    results = session.scalars(
        select(Result)
        .join(LineItem, Result.line_item_id == LineItem.id)
        .where(LineItem.context_id == context.id, LineItem.source == ColumnSource.FILE)
    )
    return {(result.line_item_id, result.person_id): result for result in results}


def _said_points(column: WaitingColumn, said: float | None) -> float | None:
    """The points that a teacher gave. Raises Fixable when somebody has more, or when they are none."""
    if said is None:
        return None
    highest = max((score for score in column.scores.values() if score is not None), default=0.0)
    if not 0 < said <= MOST_POINTS or said < highest:
        raise Fixable(
            "gradebook_file.points",
            f"“{column.title}” cannot be out of {said:g} points: the highest result in the file is {highest:g}. Choose "
            "the file again and give the points once more.",
        )
    return said
