"""Whose value a cell of our column holds: ours, or somebody's who entered it at the platform.

Platforms differ: some answer 409 to a score that is older than a teacher's change, others overwrite it, others say
200 and ignore ours. So before a score is sent, the cell is looked at, and a value that we did not put there stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.grades.results import PlatformResult, read_results
from lti_tool.grades.service_client import ServiceClient
from lti_tool.grades.vocab import Scope
from lti_tool.models.courses import Context

# The longest that what a column showed is believed within one round.
BELIEVED_FOR = timedelta(seconds=30)
# The longest that one waits for another who reads the same column; its lease has room for that.
PATIENCE_SECONDS = 15.0
# What platforms answer of a column that is no longer there.
GONE = frozenset({404, 410})
# Moodle keeps five decimal places.
_SAME = 1e-4


def same_score(result: PlatformResult, score: float, maximum: float) -> bool:
    """Whether a result is this score, whatever the column is scaled to."""
    if result.score is None:
        return False
    return abs(score / maximum - result.score / (result.maximum or maximum)) < _SAME


def holds_foreign_value(result: PlatformResult | None, sent: Iterable[Sequence[float]]) -> bool:
    """Whether the cell holds a score that is none of those that we `sent` (score, maximum). Empty is nobody's."""
    if result is None or result.score is None:
        return False
    return not any(same_score(result, score, maximum) for score, maximum in sent)


@dataclass(slots=True)
class _Column:
    """One column in one round; its lock is held by the one who reads it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: set[str] = field(default_factory=set)
    read_at: datetime | None = None
    results: dict[str, PlatformResult] = field(default_factory=dict)


@dataclass(slots=True)
class Cells:
    """What the cells of a platform show, for one round of deliveries, in as many threads as there are.

    A lone cell is read by itself; from the second on, the whole column is, once: the others wait for it. No answer
    is used twice: what we sent since is in none of them.
    """

    clock: Callable[[], datetime]
    _columns: dict[str, _Column] = field(default_factory=dict)

    def look(
        self, client: ServiceClient, context: Context, *, line_item_url: str, user_id: str
    ) -> PlatformResult | None:
        """The cell as it is now; None also where the course grants no reading, or the column is gone.

        Raises PlatformError: a cell that cannot be seen is not written to.
        """
        if Scope.RESULT_READ_ONLY not in context.service_scopes:
            return None
        try:
            return self._look(client, context, line_item_url, user_id)
        except PlatformRefused as refusal:
            if refusal.http_status not in GONE:
                raise
            return None  # sending finds out what became of the column

    def _look(
        self, client: ServiceClient, context: Context, line_item_url: str, user_id: str
    ) -> PlatformResult | None:
        column = self._columns.setdefault(line_item_url, _Column())  # one step for other threads
        if not column.lock.acquire(timeout=PATIENCE_SECONDS):
            raise PlatformUnavailable(
                "score.column_busy",
                "Looking at the gradebook column takes long; Waymark tries again by itself.",
            )
        try:
            alone, again = not column.asked, user_id in column.asked
            column.asked.add(user_id)
            if not (alone or again):
                return self._in_column(column, client, context, line_item_url).get(user_id)
        finally:
            column.lock.release()
        results = read_results(client, context, line_item_url=line_item_url, user_id=user_id)
        return next(iter(results), None)

    def _in_column(
        self, column: _Column, client: ServiceClient, context: Context, line_item_url: str
    ) -> dict[str, PlatformResult]:
        if column.read_at is None or self.clock() - column.read_at > BELIEVED_FOR:
            begun_at = self.clock()
            results = read_results(client, context, line_item_url=line_item_url)
            column.read_at, column.results = begun_at, {result.user_id: result for result in results}
        return column.results
