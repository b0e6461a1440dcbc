"""From when activities are open and when they are due, as a teacher writes it -> moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lti_tool.usecases.words import Words

_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDates:
    """The moments in UTC. `problems` says by field (`opens`, `due`) what to correct; then nothing is dated."""

    opens_at: datetime | None = None
    due_at: datetime | None = None
    problems: Mapping[str, str] = field(default_factory=dict)


def read_dates(*, opens: str, due: str, now: datetime, words: Words) -> ActivityDates:
    """Read the two fields, each of which may be empty.

    A browser's date field knows no time zone. The page's script adds the reader's; a time without a zone is
    one in UTC, which is what the page says as long as no script runs.
    """
    unreadable = words.gettext("Write a day and a time, such as 2026-11-23 08:00, or leave it empty.")
    opens_at, due_at = _moment(opens), _moment(due)
    problems: dict[str, str] = {}
    if opens.strip() and opens_at is None:
        problems["opens"] = unreadable
    if due.strip() and due_at is None:
        problems["due"] = unreadable
    elif due_at is not None and due_at <= now:
        problems["due"] = words.gettext("This time is over. Choose a later one, or leave it empty.")
    elif due_at is not None and opens_at is not None and due_at <= opens_at:
        problems["due"] = words.gettext("The work would be due before it opens. Choose a later time.")
    return ActivityDates(problems=problems) if problems else ActivityDates(opens_at=opens_at, due_at=due_at)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
