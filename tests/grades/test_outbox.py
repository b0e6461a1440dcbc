"""The outbox keeps desired states: unchanged wishes do nothing, timestamps grow, nothing erases a grade."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.grades.outbox import send_again, want_score, wanted_column
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Column, Delivery, OutboxEntry
from tests.factories import make_context, make_person
from tests.grades.linked_course import START, Clock

Want = Callable[..., OutboxEntry]


@pytest.fixture
def want(both_databases: Database, clock: Clock) -> Want:
    """Say what the one student's cell shall show, in a transaction of its own."""
    with both_databases.transaction() as session:
        context = make_context(session)
        person = make_person(session, context, "u1")

    def wish(score: float | None = None, comment: str | None = None, **more: Any) -> OutboxEntry:
        with both_databases.transaction() as session:
            return want_score(
                session,
                column=the_column(session, session.get_one(Context, context.id)),
                person=session.get_one(Person, person.id),
                score_given=score,
                score_maximum=None if score is None else 10,
                comment=comment,
                now=clock(),
                **more,
            )

    return wish


def the_column(session: Session, context: Context) -> Column:
    return wanted_column(
        session, context=context, tag="t", resource_id="r", label="Quiz", score_maximum=10, now=START
    )


def test_a_column_is_wanted_once(both_databases: Database, want: Want) -> None:
    want(1.0)
    want(2.0)
    with both_databases.read() as session:
        assert session.scalar(select(func.count(Column.id))) == 1


def test_a_new_wish_is_due_at_once(want: Want) -> None:
    entry = want(7.0, "well done")
    assert (entry.version, entry.state, entry.next_attempt_at) == (1, Delivery.PENDING, START)


def test_the_same_wish_again_changes_nothing(want: Want, clock: Clock) -> None:
    want(7.0, "well done")
    clock.advance(minutes=1)
    entry = want(7.0, "well done")
    assert (entry.version, entry.score_timestamp) == (1, START)


def test_a_newer_wish_replaces_one_that_was_not_sent(want: Want, clock: Clock) -> None:
    for score in range(20):
        clock.advance(milliseconds=100)
        entry = want(float(score))
    assert (entry.version, entry.score_given) == (20, 19)
    assert entry.score_timestamp == clock()


def test_timestamps_of_what_was_sent_are_a_second_apart(
    both_databases: Database, want: Want, clock: Clock
) -> None:
    entry = want(7.0)
    with both_databases.transaction() as session:
        session.get_one(OutboxEntry, entry.id).state = Delivery.DELIVERED
    clock.advance(milliseconds=200)
    entry = want(8.0)
    assert entry.score_timestamp == START + timedelta(seconds=1)
    assert entry.next_attempt_at == entry.score_timestamp, "not sent before its own timestamp"
    assert entry.state is Delivery.PENDING


def test_a_clock_that_was_set_back_neither_repeats_timestamps_nor_stalls(
    both_databases: Database, want: Want, clock: Clock
) -> None:
    entry = want(7.0)
    with both_databases.transaction() as session:
        session.get_one(OutboxEntry, entry.id).state = Delivery.DELIVERED
    clock.advance(hours=-1)
    entry = want(8.0)
    assert entry.score_timestamp == START + timedelta(seconds=1)
    assert entry.next_attempt_at == clock()


def test_a_wish_while_sending_waits_for_the_fate_of_the_older_one(
    both_databases: Database, want: Want, clock: Clock
) -> None:
    entry = want(7.0)
    with both_databases.transaction() as session:
        sending = session.get_one(OutboxEntry, entry.id)
        sending.state, sending.attempts = Delivery.SENDING, 1
    entry = want(8.0)
    assert (entry.state, entry.version) == (Delivery.SENDING, 2)


@pytest.mark.parametrize("progress", ["Pending", "PendingManual", "Failed", "NotReady"])
def test_a_progress_that_would_erase_a_grade_is_refused(want: Want, progress: str) -> None:
    with pytest.raises(ValueError, match="erases grades"):
        want(7.0, grading_progress=progress)


def test_words_do_not_replace_a_score(want: Want) -> None:
    want(7.0)
    with pytest.raises(ValueError, match="would erase"):
        want(None, "only words")


@pytest.mark.parametrize("score", [-1.0, float("nan"), float("inf")])
def test_a_score_that_is_no_score_is_refused(want: Want, score: float) -> None:
    with pytest.raises(ValueError, match="a score"):
        want(score)


def test_only_what_needs_attention_is_sent_again(both_databases: Database, want: Want, clock: Clock) -> None:
    entry = want(7.0)
    with both_databases.transaction() as session:
        row = session.get_one(OutboxEntry, entry.id)
        row.state = Delivery.DELIVERED
        send_again(row, now=clock())
        assert (row.state, row.version) == (Delivery.DELIVERED, 1)
        row.state = Delivery.ATTENTION
        row.problem_code = "score.locked"
        clock.advance(days=1)
        send_again(row, now=clock())
        assert (row.state.value, row.version) == ("pending", 2)
        assert row.problem_code is None
        assert row.score_timestamp == clock()
