"""Delivering one claimed outbox entry: make its column if need be, send, and settle a conflict by reading.

After a time-out, a reset or a crash nobody knows whether a score arrived. The repeat carries the same
timestamp, so the platform answers "not newer" to what it has already; then its result decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from lti_tool.db import Database
from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.grades.cell_values import GONE, Cells, holds_foreign_value
from lti_tool.grades.columns import bind_column, find_column, find_or_create_column, mark_column_gone
from lti_tool.grades.connectors import capabilities
from lti_tool.grades.leases import CHANGED_AT_PLATFORM, Claim, move_timestamp
from lti_tool.grades.outbox import TIMESTAMP_STEP
from lti_tool.grades.results import PlatformResult, read_results
from lti_tool.grades.scores import NewerAtPlatform, Score, clock_ahead, prepare_to_send, send_score, shows
from lti_tool.grades.service_client import ServiceClient
from lti_tool.http import TOTAL_SECONDS
from lti_tool.models.gradebook import OutboxEntry

# The longest that one request may take: nothing is sent that might still be under way when the lease is over.
REQUEST_TIME = timedelta(seconds=TOTAL_SECONDS)


def deliver(
    claim: Claim, client: ServiceClient, *, cells: Cells, database: Database, clock: Callable[[], datetime]
) -> None:
    """Bring the claimed version to the platform; returns when the platform has it.

    Raises PlatformUnavailable when another try makes sense, PlatformRefused when a person must look, both
    with a sentence for teachers.
    """
    if claim.grade_in_cell:
        raise PlatformRefused(
            "score.grade_in_cell",
            "Somebody entered a grade in this student's cell, and Waymark does not write over it. Empty the "
            "cell in the gradebook, then send again.",
        )
    line_item_url = claim.line_item_url or _make_column(claim, client, database=database, clock=clock)
    _leave_foreign_value(claim, client, line_item_url, cells=cells, clock=clock)
    try:
        _send(claim, client, line_item_url, timestamp=claim.entry.score_timestamp, clock=clock)
    except NewerAtPlatform:
        _settle(claim, client, line_item_url, database=database, clock=clock)
    except PlatformRefused as refusal:
        if refusal.http_status not in GONE:
            raise
        _look_again(claim, client, line_item_url, cells=cells, database=database, clock=clock)


def _leave_foreign_value(
    claim: Claim,
    client: ServiceClient,
    line_item_url: str,
    *,
    cells: Cells,
    clock: Callable[[], datetime],
) -> None:
    """Raise PlatformRefused where the cell holds a score that somebody else put there."""
    entry = claim.entry
    if entry.score_given is None or entry.may_replace or claim.sent_before is None:
        return
    _check_lease(claim, clock)
    ours = [*claim.sent_before, *_own(claim)]
    result = cells.look(client, claim.context, line_item_url=line_item_url, user_id=claim.user_id)
    if holds_foreign_value(result, ours):
        # The column may have been read before another worker sent what the cell shows by now. Asked for a second time,
        # a cell is read by itself.
        result = cells.look(client, claim.context, line_item_url=line_item_url, user_id=claim.user_id)
    if holds_foreign_value(result, ours):
        raise changed_at_platform(result, entry)


def _own(claim: Claim) -> list[tuple[float, float]]:
    """The score that is to be sent: where the cell shows it already, sending it again changes nothing."""
    entry = claim.entry
    if entry.score_given is None or entry.score_maximum is None:
        return []
    return [(entry.score_given, entry.score_maximum)]


def changed_at_platform(result: PlatformResult | None, entry: OutboxEntry) -> PlatformRefused:
    """What to tell about a cell that somebody changed, with both values where they are known."""
    values = ""
    if result is not None and result.score is not None and entry.score_given is not None:
        top = entry.score_maximum or 0.0
        values = (
            f" The gradebook shows {_points(result.score, result.maximum or top)}; Waymark has "
            f"{_points(entry.score_given, top)}."
        )
    return PlatformRefused(
        CHANGED_AT_PLATFORM,
        f"The grade was entered or changed in the gradebook, and Waymark leaves it as it is.{values} Send again to "
        "replace it with Waymark's.",
    )


def _points(score: float, maximum: float) -> str:
    return f"{score:g}/{maximum:g}"


def _make_column(
    claim: Claim, client: ServiceClient, *, database: Database, clock: Callable[[], datetime]
) -> str:
    _check_lease(claim, clock)
    found = find_or_create_column(client, claim.context, claim.column)
    with database.transaction() as session:
        bind_column(session, column_id=claim.column.id, found=found, now=clock())
    return found.url


def _send(
    claim: Claim,
    client: ServiceClient,
    line_item_url: str,
    *,
    timestamp: datetime,
    clock: Callable[[], datetime],
) -> None:
    prepare_to_send(client, claim.context)
    if timestamp.timestamp() > client.time_at(line_item_url):
        raise clock_ahead()
    _check_lease(claim, clock)
    send_score(
        client,
        claim.context,
        line_item_url=line_item_url,
        score=_score(claim, timestamp),
        capabilities=capabilities(claim.registration.product_family),
    )


def _settle(
    claim: Claim,
    client: ServiceClient,
    line_item_url: str,
    *,
    database: Database,
    clock: Callable[[], datetime],
) -> None:
    """The platform holds something that is not older: ours already, a teacher's, or a foreign clock's."""
    timestamp = claim.entry.score_timestamp
    results = read_results(client, claim.context, line_item_url=line_item_url, user_id=claim.user_id)
    result = next(iter(results), None)
    if shows(result, _score(claim, timestamp)) or _must_be_ours(claim, result):
        return
    if _is_later(result, timestamp):
        raise changed_at_platform(result, claim.entry)
    with database.transaction() as session:
        later = move_timestamp(session, claim, after=max(timestamp, clock() - TIMESTAMP_STEP))
    if later is None:
        raise _lease_is_over()
    _send(claim, client, line_item_url, timestamp=later, clock=clock)


def _look_again(
    claim: Claim,
    client: ServiceClient,
    line_item_url: str,
    *,
    cells: Cells,
    database: Database,
    clock: Callable[[], datetime],
) -> None:
    """404: either the column is gone, or the platform does not know the person in this column."""
    found = find_column(client, claim.context, claim.column)
    if found is None:
        with database.transaction() as session:
            mark_column_gone(session, column_id=claim.column.id)
        raise PlatformRefused(
            "score.column_gone",
            "The gradebook column was deleted at the learning platform. Send again to have it made anew.",
        )
    if found.url == line_item_url:
        raise PlatformRefused(
            "score.not_gradable",
            "The gradebook takes no score for this person: probably no longer enrolled as a student.",
        )
    with database.transaction() as session:
        bind_column(session, column_id=claim.column.id, found=found, now=clock())
    _leave_foreign_value(claim, client, found.url, cells=cells, clock=clock)
    _send(claim, client, found.url, timestamp=claim.entry.score_timestamp, clock=clock)


def _score(claim: Claim, timestamp: datetime) -> Score:
    entry = claim.entry
    return Score(
        user_id=claim.user_id,
        timestamp=timestamp,
        activity_progress=entry.activity_progress,
        grading_progress=entry.grading_progress,
        score_given=entry.score_given,
        score_maximum=entry.score_maximum,
        comment=entry.comment,
    )


def _must_be_ours(claim: Claim, result: PlatformResult | None) -> bool:
    """Whether words without points, which the result does not show, arrived with an earlier try.

    Moodle's results say nothing of a comment without a score. Sending again with a later timestamp would
    show the words twice on platforms that append them.
    """
    shows_nothing = result is None or (result.score is None and not result.comment)
    return claim.entry.score_given is None and claim.earlier_attempts > 0 and shows_nothing


def _is_later(result: PlatformResult | None, timestamp: datetime) -> bool:
    """Whether the platform says that the result changed after our score (whole seconds, as Moodle counts)."""
    if result is None or result.score is None or result.timestamp is None:
        return False
    return result.timestamp >= timestamp.replace(microsecond=0)


def _check_lease(claim: Claim, clock: Callable[[], datetime]) -> None:
    if clock() + REQUEST_TIME > claim.lease_until:
        raise _lease_is_over()


def _lease_is_over() -> PlatformUnavailable:
    return PlatformUnavailable("score.lease_over", "Sending took too long; Waymark tries again by itself.")
