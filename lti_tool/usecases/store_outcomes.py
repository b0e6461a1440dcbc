"""Keep what was read of outcomes, beside the gradebook that it came with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import PlatformError
from lti_tool.grades.gradebooks.gradebook import Gradebook
from lti_tool.grades.gradebooks.matching import Matching
from lti_tool.grades.native_apis.outcomes import OutcomeResult as ReadResult
from lti_tool.grades.native_apis.outcomes import Outcomes
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import ColumnSource, NativeConnection
from lti_tool.models.outcomes import LearningOutcome, OutcomeResult
from lti_tool.usecases.column_matches import folded
from lti_tool.usecases.native_access import in_words_for
from lti_tool.usecases.whole_gradebook import held_columns


def store_outcomes(
    session: Session,
    *,
    context: Context,
    connection: NativeConnection,
    read: Outcomes | PlatformError | None,
    gradebook: Gradebook,
    matching: Matching,
    now: datetime,
) -> list[str]:
    """Keep a complete reading, or note why there is none; gives back warnings for teachers.

    Results of the matched students that are no longer there are deleted; the others keep theirs.
    """
    if read is None:
        return []
    if isinstance(read, PlatformError):
        connection.outcomes_problem = in_words_for(connection.way, read).message[:255]
        return [f"Outcomes were not read: {connection.outcomes_problem}"]
    outcomes = _store_outcomes(session, context, read)
    _store_results(
        session,
        read,
        outcomes=outcomes,
        people={match.row: match.key for match in matching.matched},
        columns=_columns_of_works(session, context, gradebook),
        now=now,
    )
    connection.outcomes_read_at, connection.outcomes_problem = now, None
    return []


def _store_outcomes(session: Session, context: Context, read: Outcomes) -> dict[str, LearningOutcome]:
    held = {
        outcome.key: outcome
        for outcome in session.scalars(
            select(LearningOutcome).where(LearningOutcome.context_id == context.id)
        )
    }
    for outcome in held.values():
        outcome.present = False
    for one in read.outcomes:
        kept = held.setdefault(one.key, LearningOutcome(context_id=context.id, key=one.key))
        kept.title, kept.name, kept.statement = one.title, one.name, one.statement
        kept.mastered, kept.present = one.mastered, True
        session.add(kept)
    session.flush()
    return held


def _store_results(
    session: Session,
    read: Outcomes,
    *,
    outcomes: dict[str, LearningOutcome],
    people: dict[int, int],
    columns: dict[str, int],
    now: datetime,
) -> None:
    keys = [outcome.id for outcome in outcomes.values()]
    held = {
        (result.outcome_id, result.person_id, result.work): result
        for result in session.scalars(select(OutcomeResult).where(OutcomeResult.outcome_id.in_(keys)))
    }
    seen = set()
    for one in read.results:
        if one.student not in people:
            continue
        key = (outcomes[one.outcome].id, people[one.student], one.work)
        seen.add(key)
        kept = held.get(key) or OutcomeResult(outcome_id=key[0], person_id=key[1], work=key[2], read_at=now)
        _keep(kept, one, columns.get(one.work), now)
        session.add(kept)
    matched = set(people.values())
    for key, gone in held.items():
        if key not in seen and gone.person_id in matched:
            session.delete(gone)
    session.flush()


def _keep(kept: OutcomeResult, one: ReadResult, column: int | None, now: datetime) -> None:
    """A moment that is still to come is a mistake over there, and not believed."""
    moment = one.assessed_at if one.assessed_at is None or one.assessed_at <= now else None
    if (kept.share, kept.platform_time) != (one.share, moment):
        kept.share, kept.platform_time, kept.read_at = one.share, moment, now
    kept.line_item_id = column


def _columns_of_works(session: Session, context: Context, gradebook: Gradebook) -> dict[str, int]:
    """Our columns by the keys that works are named with.

    A column that the platform shows by itself is not held under such a key, but is of the same title.
    """
    held = held_columns(session, context, ColumnSource.NATIVE, ColumnSource.FILE)
    shown = {
        folded(item.label): item.id
        for item in held_columns(session, context, ColumnSource.PLATFORM).values()
        if item.present
    }
    by_title = {
        column.key: shown[folded(column.title)]
        for column in gradebook.columns
        if folded(column.title) in shown
    }
    return {key: item.id for key, item in held.items()} | by_title
