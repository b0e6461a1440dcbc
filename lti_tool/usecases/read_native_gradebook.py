"""Read a connected course's whole gradebook by the LMS's own API, and keep it.

What the platform shows to the tool goes first: a column with the title of one of those is left out here, because it
is that column. A column that came with a file before goes on as the column that is read now, with its tag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import WaymarkError
from lti_tool.grades.gradebooks.gradebook import Gradebook, GradebookColumn
from lti_tool.grades.gradebooks.matching import Matching
from lti_tool.grades.native_apis.choice import api_of
from lti_tool.grades.native_apis.native_api import Reading
from lti_tool.grades.results import PlatformResult
from lti_tool.grades.service_client import Gate, at_once
from lti_tool.http import OutboundSession
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import ColumnSource, LineItem, NativeConnection, Way
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.column_matches import folded
from lti_tool.usecases.native_access import Opening, in_words_for, opening_of
from lti_tool.usecases.store_outcomes import store_outcomes
from lti_tool.usecases.watched_session import WatchedSession
from lti_tool.usecases.whole_gradebook import (
    READ_BY_ITSELF,
    held_columns,
    held_titles,
    known_cells,
    left_out_by_reason,
    match_learners,
    store_column,
)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NativeReading:
    """How one reading went: what was read with which credential, or why it was not.

    `failed_before` says that the reading before this one failed, too.
    """

    connection_key: int
    encrypted_secret: str
    failed_before: bool
    reading: Reading | None = None
    problem: WaymarkError | None = None


def read_native_gradebook(
    database: Database,
    outbound: OutboundSession,
    secret: str,
    context_key: int,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[], None],
    gate: Gate = at_once,
) -> NativeReading | None:
    """Read the whole gradebook, with no transaction open; None where the course is not connected.

    `progress()` is called before the first request and every half minute: a large course takes many. Each request passes
    `gate`.
    """
    watched = WatchedSession(outbound, progress, gate=gate)
    opening = opening_of(database, watched, secret, context_key, clock=clock)
    if opening is None:
        return None
    with database.read() as session:
        context = session.get_one(Context, context_key)
        user_ids = [person.user_id for person in active_learners(session, context)]
    progress()
    connection = opening.connection
    ended = partial(
        NativeReading,
        connection.id,
        connection.encrypted_secret,
        failed_before=connection.problem_code is not None,
    )
    try:
        reading = _read(opening, user_ids)
    except WaymarkError as error:
        logger.warning(
            "native.failed", context=context_key, way=connection.way, code=error.code, detail=error.detail
        )
        return ended(problem=in_words_for(connection.way, error))
    return ended(reading=reading)


def _read(opening: Opening, user_ids: Sequence[str]) -> Reading:
    """Everything; an access token that was void too early is renewed once."""
    api, native_ids = api_of(opening.connection.product), opening.connection.native_ids
    access = opening.access()
    read = partial(
        api.read,
        user_ids=user_ids,
        native_ids=native_ids,
        with_outcomes=opening.connection.with_outcomes,
    )
    try:
        return read(access)
    except WaymarkError as error:
        if opening.connection.way is not Way.SIGNED_IN or error.code != "native.token_refused":
            raise
    return read(opening.access(refused=access.secret))


def store_native_gradebook(
    session: Session, *, context: Context, native: NativeReading, now: datetime
) -> list[str]:
    """Keep what was read, or note why it was not; gives back warnings for teachers.

    Does nothing when the course was disconnected, or given another credential, meanwhile.
    """
    connection = session.get(NativeConnection, native.connection_key, with_for_update=True)
    if connection is None or connection.encrypted_secret != native.encrypted_secret:
        return []
    if native.reading is None:
        problem = native.problem
        connection.problem_code = problem.code[:64] if problem else None
        connection.problem = problem.message[:255] if problem else None
        return [f"The rest of the gradebook was not read: {connection.problem}"]
    gradebook = native.reading.gradebook
    learners = active_learners(session, context)
    matching = match_learners(learners, gradebook)
    left_out = left_out_by_reason(gradebook)
    shown = held_titles(session, context, ColumnSource.PLATFORM)
    doubled = [column.title for column in gradebook.columns if folded(column.title) in shown]
    if doubled:
        left_out[READ_BY_ITSELF] = doubled
    connection.columns = _store(session, context, gradebook, matching, without=shown, now=now)
    _note_places(session, context, native.reading)
    connection.students = len(matching.matched)
    connection.left_out = left_out
    connection.native_ids = {**native.reading.native_ids, **_matched_ids(learners, gradebook, matching)}
    connection.read_at, connection.problem_code, connection.problem = now, None, None
    return store_outcomes(
        session,
        context=context,
        connection=connection,
        read=native.reading.outcomes,
        gradebook=gradebook,
        matching=matching,
        now=now,
    )


def _matched_ids(learners: Iterable[Person], gradebook: Gradebook, matching: Matching) -> dict[str, str]:
    """The LMS's own ids of the students whom only the matching tells, by what launches call them."""
    user_ids = {learner.id: learner.user_id for learner in learners}
    rows = {user_ids[match.key]: gradebook.students[match.row] for match in matching.matched}
    return {user_id: row.native_id for user_id, row in rows.items() if row.native_id}


def _store(
    session: Session,
    context: Context,
    gradebook: Gradebook,
    matching: Matching,
    *,
    without: set[str],
    now: datetime,
) -> int:
    """Keep the columns with their results, and mark those that are no longer there; how many there are."""
    native = held_columns(session, context, ColumnSource.NATIVE)
    from_files = held_columns(session, context, ColumnSource.FILE)
    people = {str(match.key): match.key for match in matching.matched}
    keys = {column.key for column in gradebook.columns}
    kept: set[str] = set()
    for place, column in enumerate(gradebook.columns):
        if folded(column.title) in without or column.points is None:
            continue
        held = native.get(column.key) or _taken_over(column, from_files, keys)
        store_column(
            session,
            context=context,
            held=held,
            source=ColumnSource.NATIVE,
            key=column.key,
            title=column.title,
            results=[
                PlatformResult(str(key), cell.score, column.points, timestamp=cell.graded_at)
                for key, cell in known_cells(gradebook, matching, place, now).items()
            ],
            maximum=column.points,
            people=people,
            now=now,
        )
        kept.add(column.key)
    for key, item in native.items():
        if key not in kept:
            item.present = False
    return len(kept)


def _note_places(session: Session, context: Context, reading: Reading) -> None:
    """Keep where each column stands in the course, if that was read."""
    if reading.places is None:
        return
    for key, item in held_columns(session, context, ColumnSource.NATIVE).items():
        place = reading.places.get(key)
        item.module = place.module if place else ""
        item.course_place = place.place if place else None


def _taken_over(
    column: GradebookColumn, from_files: Mapping[str, LineItem], keys: Set[str]
) -> LineItem | None:
    """The column of a file that this one is: of the same key, else the only one of its title that is no other's."""
    if column.key in from_files:
        return from_files[column.key]
    titled = [
        item
        for key, item in from_files.items()
        if key not in keys and item.source is ColumnSource.FILE and folded(item.label) == folded(column.title)
    ]
    return titled[0] if len(titled) == 1 else None
