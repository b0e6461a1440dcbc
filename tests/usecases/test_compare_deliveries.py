"""An accepted score that is not in the gradebook, or not as we sent it, is found by the next reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lti_tool.db import Database
from lti_tool.grades.outbox import send_again
from lti_tool.models.courses import Context, SyncState
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.usecases.deliver_scores import Deliveries
from lti_tool.usecases.sync_course import sync_course
from tests.grades.linked_course import Clock, linked_course
from tests.grades.strict_platform import answer
from tests.usecases.desk import Desk
from tests.usecases.test_sync_course import nothing


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """Two students whose score of 5 was delivered half an hour ago."""
    with linked_course(database, Clock()) as course:
        desk = Desk(course)
        desk.add_students("u1", "u2")
        desk.want("u1", 5.0)
        desk.want("u2", 5.0)
        assert desk.deliver().delivered == 2
        course.clock.advance(minutes=30)
        yield desk


def read(desk: Desk) -> None:
    course = desk.course
    state = sync_course(
        course.database,
        course.outbound,
        course.secret,
        course.context_key,
        clock=course.clock,
        on_read=nothing,
    )
    assert state is SyncState.DONE
    course.clock.advance(minutes=30)


def cell(desk: Desk, user_id: str = "u1") -> tuple[str, str]:
    (url,) = desk.platform.line_items
    return url, user_id


def test_what_the_gradebook_shows_as_sent_stays_delivered(desk: Desk) -> None:
    read(desk)
    assert desk.entry().state is Delivery.DELIVERED
    assert desk.deliver() == Deliveries()


def test_a_score_that_was_accepted_and_never_recorded_is_sent_once_more(desk: Desk) -> None:
    del desk.platform.cells[cell(desk)]
    read(desk)
    assert (desk.entry("u1").state, desk.entry("u2").state) == (Delivery.PENDING, Delivery.DELIVERED)
    desk.deliver()
    assert desk.platform.cells[cell(desk)]["score"] == 5
    first, second = desk.platform.accepted_for("u1")
    assert first["timestamp"] < second["timestamp"]


def test_a_score_that_is_dropped_again_waits_for_a_person(desk: Desk) -> None:
    for _ in range(2):
        del desk.platform.cells[cell(desk)]
        read(desk)
        desk.deliver()
        desk.course.clock.advance(minutes=30)
    assert (desk.entry().state, desk.entry().problem_code) == (Delivery.ATTENTION, "score.not_recorded")
    assert len(desk.platform.accepted_for("u1")) == 2


def test_a_score_that_was_seen_and_is_gone_was_removed_by_hand_and_stays_away(desk: Desk) -> None:
    read(desk)
    del desk.platform.cells[cell(desk)]
    read(desk)
    assert (desk.entry().state, desk.entry().problem_code) == (
        Delivery.ATTENTION,
        "score.removed_at_platform",
    )
    desk.deliver_for(minutes=30)
    assert len(desk.platform.accepted_for("u1")) == 1
    with desk.course.database.transaction() as session:
        send_again(session.get_one(OutboxEntry, desk.entry().id), now=desk.course.clock())
    desk.deliver()
    assert desk.platform.cells[cell(desk)]["score"] == 5


def test_another_value_is_told_with_both_and_left_alone(desk: Desk) -> None:
    desk.platform.teacher_enters(*cell(desk), 9, at=desk.course.clock())
    read(desk)
    entry = desk.entry()
    assert (entry.state, entry.problem_code) == (Delivery.ATTENTION, "score.changed_at_platform")
    assert "The gradebook shows 9/10; Waymark has 5/10." in str(entry.problem_message)
    assert desk.platform.cells[cell(desk)]["score"] == 9


def test_when_the_gradebook_shows_our_value_again_nobody_has_to_do_anything(desk: Desk) -> None:
    desk.platform.teacher_enters(*cell(desk), 9, at=desk.course.clock())
    read(desk)
    desk.platform.teacher_enters(*cell(desk), 5, at=desk.course.clock())
    read(desk)
    assert (desk.entry().state, desk.entry().problem_code) == (Delivery.DELIVERED, None)


def test_a_score_that_was_delivered_a_moment_ago_has_time_to_appear(desk: Desk) -> None:
    desk.want("u1", 6.0)
    desk.deliver()
    del desk.platform.cells[cell(desk)]
    desk.course.clock.advance(minutes=9)
    read(desk)
    assert desk.entry().state is Delivery.DELIVERED


def test_who_left_the_course_is_not_missed_in_its_gradebook(desk: Desk) -> None:
    desk.platform.members = [member for member in desk.platform.members if member["user_id"] != "u1"]
    with desk.course.database.transaction() as session:
        session.get_one(
            Context, desk.course.context_key
        ).memberships_url = f"{desk.platform.origin}/1/members"
    del desk.platform.cells[cell(desk)]
    read(desk)
    assert desk.entry().state is Delivery.DELIVERED


def test_words_without_points_are_not_compared(desk: Desk) -> None:
    desk.want("u1", None, "Next: Tape diagrams", activity="step")
    desk.deliver()
    desk.course.clock.advance(minutes=30)
    desk.platform.cells.clear()
    read(desk)
    with desk.course.database.read() as session:
        states = {entry.comment: entry.state for entry in session.query(OutboxEntry)}
    assert states["Next: Tape diagrams"] is Delivery.DELIVERED


def test_a_column_that_could_not_be_read_is_not_compared(desk: Desk) -> None:
    desk.platform.add_line_item("Another", tag="x", resourceId="y")
    url, _user = next(iter(desk.platform.cells))
    desk.platform.cells.clear()
    desk.platform.fail(answer(403, "no"), path=url.removeprefix(desk.platform.origin).split("?")[0])
    read(desk)
    assert desk.entry("u1").state is Delivery.DELIVERED
