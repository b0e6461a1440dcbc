"""What the platform holds for each person in a column (AGS section 3.3).

PyLTI1p3's `get_grades` reads the first page only; here every page is read or the reading fails. A value
that a teacher overrode at the platform is simply the result, and counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.line_items import reading_scopes
from lti_tool.grades.service_client import ServiceClient, with_path_ending
from lti_tool.grades.vocab import MediaType, Scope
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import LineItem, Result


@dataclass(frozen=True, slots=True)
class PlatformResult:
    """One person's result. `score` is None where the platform has none: no grade is not a zero."""

    user_id: str
    score: float | None
    maximum: float | None
    comment: str = ""
    timestamp: datetime | None = None


def read_results(
    client: ServiceClient, context: Context, *, line_item_url: str, user_id: str | None = None
) -> tuple[PlatformResult, ...]:
    """All results of a column, or those of one person. Raises PlatformError.

    No `limit` is sent: Moodle answers 404 to it here.
    """
    if Scope.RESULT_READ_ONLY not in context.service_scopes:
        raise PlatformRefused(
            "grades.results_not_permitted",
            "The learning platform does not let Waymark read results in this course; ask an administrator to "
            "permit it.",
        )
    url = with_path_ending(line_item_url, "results")
    if user_id is not None:
        url += f"{'&' if '?' in url else '?'}user_id={quote(user_id, safe='')}"
    found: dict[str, PlatformResult] = {}
    for page in client.read_pages(url, scopes=reading_scopes(context), accept=MediaType.RESULTS):
        if not isinstance(page, list):
            raise unreadable_answer(status=200)
        found |= {result.user_id: result for result in map(_platform_result, page)}
    if user_id is not None:  # not every platform filters
        return tuple(result for result in found.values() if result.user_id == user_id)
    return tuple(found.values())


def store_results(
    session: Session,
    *,
    line_item: LineItem,
    results: Iterable[PlatformResult],
    people: Mapping[str, int],
    now: datetime,
    complete: bool = True,
) -> int:
    """Keep a reading of one column; gives back how many rows changed.

    `people` maps user ids to row ids; results of anybody else are left out (people who left, test
    students). A person whom a `complete` reading no longer lists has no score any more. Rows that say the same as
    before are not touched, so `read_at` is the moment at which a value was first seen.
    """
    known = {
        row.person_id: row
        for row in session.scalars(select(Result).where(Result.line_item_id == line_item.id))
    }
    listed = {people[result.user_id]: result for result in results if result.user_id in people}
    changed = sum(
        _store(session, line_item, result, person_id=person_id, known=known.get(person_id), now=now)
        for person_id, result in listed.items()
    )
    for person_id, row in known.items():
        if complete and person_id not in listed and (row.result_score is not None or row.comment):
            row.result_score, row.comment, row.platform_time, row.read_at = None, "", None, now
            changed += 1
    return changed


def _store(
    session: Session,
    line_item: LineItem,
    result: PlatformResult,
    *,
    person_id: int,
    known: Result | None,
    now: datetime,
) -> bool:
    maximum = result.maximum if result.maximum is not None else line_item.score_maximum
    said = (result.score, maximum, result.comment, result.timestamp)
    if known is None:
        if result.score is None and not result.comment:
            return False
        known = Result(line_item_id=line_item.id, person_id=person_id)
        session.add(known)
    elif said == (known.result_score, known.result_maximum, known.comment, known.platform_time):
        return False
    known.result_score, known.result_maximum, known.comment, known.platform_time = said
    known.read_at = now
    return True


def _platform_result(item: Any) -> PlatformResult:
    if not isinstance(item, dict) or item.get("userId") in (None, ""):
        raise unreadable_answer(status=200)
    score = _number(item.get("resultScore"))
    return PlatformResult(
        user_id=str(item["userId"]),
        score=score,
        maximum=_number(item.get("resultMaximum")) if score is not None else None,
        comment=str(item.get("comment") or ""),
        timestamp=_moment(item.get("timestamp")) if score is not None else None,
    )


def _number(value: object) -> float | None:
    """A score as number; platforms with other ideas (a letter, a text) give none. Raises nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _moment(value: object) -> datetime | None:
    """When the platform says the result changed (Moodle does, the standard has no such member)."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
