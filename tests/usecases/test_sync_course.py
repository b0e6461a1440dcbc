"""Reading a course: complete or not at all, with progress and a sentence when it fails."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Request, Response

from lti_tool.db import Database
from lti_tool.http import OutboundSession
from lti_tool.launch.secrets import Purpose, cipher
from lti_tool.models.courses import Context, Membership, SyncState
from lti_tool.models.gradebook import LineItem, NativeConnection, Result
from lti_tool.usecases.adopted_map import adopt
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.sync_course import (
    NATIVE_AGAIN_AFTER,
    STALE_AFTER,
    OnRead,
    sync_course,
    waiting_courses,
)
from tests.factories import NOW, make_teacher, ratios
from tests.grades.linked_course import Clock, Course, linked_course
from tests.grades.native_apis.canvas_server import TOKEN, CanvasSchool, enrollment, running_canvas
from tests.grades.strict_platform import Fault, answer
from tests.written_rows import written_rows


def nothing(session: Session, context: Context, now: datetime) -> None:
    """Nothing follows the reading."""


@pytest.fixture
def course(database: Database) -> Iterator[Course]:
    with linked_course(database, Clock()) as course:
        course.platform.add_members("teacher", role="Instructor")
        course.platform.add_members(*(f"u{number}" for number in range(28)))
        for number in range(24):
            url = course.platform.add_line_item(f"Column {number}")
            for learner in range(28):
                course.platform.teacher_enters(url, f"u{learner}", learner % 10, at=course.clock())
        yield course


def sync(course: Course, on_read: OnRead = nothing) -> SyncState:
    return sync_course(
        course.database,
        course.outbound,
        course.secret,
        course.context_key,
        clock=course.clock,
        on_read=on_read,
    )


def count(course: Course, table: type[LineItem | Result | Membership]) -> int:
    with course.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_class_of_28_with_24_columns_is_read_in_a_moment(course: Course) -> None:
    started = time.monotonic()
    assert sync(course) is SyncState.DONE
    assert time.monotonic() - started < 5  # under 2 s when nothing else runs on the machine
    assert (count(course, Membership), count(course, LineItem), count(course, Result)) == (29, 24, 24 * 28)
    context = course.context()
    assert context.roster_read_at == context.gradebook_read_at == course.clock()
    assert (context.sync_progress, context.sync_error, context.sync_requested_at) == ("", None, None)


def test_what_follows_happens_in_the_transaction_that_stores_the_gradebook(course: Course) -> None:
    seen: list[tuple[int, int, datetime]] = []

    def look(session: Session, context: Context, now: datetime) -> None:
        seen.append((context.id, session.scalar(select(func.count(Result.id))) or 0, now))

    sync(course, look)
    assert seen == [(course.context_key, 24 * 28, course.clock())]


def test_progress_can_be_seen_while_the_reading_runs(course: Course) -> None:
    texts: set[str] = set()

    def peek(request: Request) -> bool:
        texts.add(course.context().sync_progress)
        return False

    course.platform.faults.append(Fault("cut", peek))
    sync(course)
    assert {"Reading the roster…", "Reading the columns…"} <= texts
    assert any(re.fullmatch(r"Reading results: \d+ of 24 columns", text) for text in texts)


def test_a_second_reading_without_changes_writes_no_row_but_those_of_course_and_lane(course: Course) -> None:
    """Plans follow the clock as well: what somebody knows fades."""
    with course.database.transaction() as session:
        context = session.get_one(Context, course.context_key)
        adopt(
            session,
            context=context,
            sample=ratios(),
            tags={},
            teacher=make_teacher(session, context),
            now=NOW,
        )
    with written_rows(course.database) as first:
        sync(course, after_sync)
    course.clock.advance(hours=1)
    with written_rows(course.database) as second:
        sync(course, after_sync)
    assert {"memberships", "people", "line_items", "results"} <= set(first)
    assert set(second) <= {"contexts", "lanes", "proposals"}


@pytest.mark.parametrize("path", ["/members", "/1/lineitems", "/results"])
def test_a_failed_reading_keeps_everything_and_says_why(course: Course, path: str) -> None:
    sync(course)
    read_at = course.context().gradebook_read_at
    course.clock.advance(hours=1)
    course.platform.cells.clear()
    course.platform.fail(answer(500), path=path)
    called: list[int] = []
    assert sync(course, lambda session, context, now: called.append(context.id)) is SyncState.FAILED
    context = course.context()
    assert called == []
    assert context.gradebook_read_at == read_at
    assert "problem of its own" in (context.sync_error or "")
    with course.database.read() as session:
        assert session.scalar(select(func.count()).where(Result.result_score.is_not(None))) == 24 * 28


def test_a_column_that_the_platform_refuses_stays_as_it_was(course: Course) -> None:
    sync(course)
    course.platform.cells.clear()
    course.platform.fail(answer(403, "not yours"), path="/lineitems/7/lineitem/results")
    assert sync(course) is SyncState.DONE
    assert course.context().sync_error == "Not read, so shown as before: Column 6."
    with course.database.read() as session:
        assert session.scalar(select(func.count()).where(Result.result_score.is_not(None))) == 28


def test_an_unbelievable_roster_is_said_to_the_teacher(course: Course) -> None:
    sync(course)
    course.platform.members = course.platform.members[:3]
    assert sync(course) is SyncState.DONE
    assert "suspiciously short" in (course.context().sync_error or "")
    with course.database.read() as session:
        assert session.scalar(select(func.count()).where(Membership.active)) == 29


def test_a_course_without_services_is_read_as_far_as_it_goes(course: Course) -> None:
    with course.database.transaction() as session:
        context = session.get_one(Context, course.context_key)
        context.memberships_url = context.line_items_url = None
    called: list[int] = []
    assert sync(course, lambda session, context, now: called.append(context.id)) is SyncState.DONE
    assert called == [course.context_key]
    assert course.context().gradebook_read_at is None


def test_a_course_is_read_by_one_worker_at_a_time(course: Course) -> None:
    """The second worker comes in the middle of a request of the first: no transaction is open then."""
    states: list[SyncState] = []

    def second_worker(request: Request) -> bool:
        states.append(sync(course))
        return False

    course.platform.faults.append(Fault("cut", second_worker))
    assert sync(course) is SyncState.DONE
    assert set(states) == {SyncState.RUNNING}


def test_an_error_of_our_own_is_noted_and_raised(course: Course) -> None:
    def broken(session: Session, context: Context, now: datetime) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        sync(course, broken)
    assert course.context().sync_state is SyncState.FAILED
    assert course.context().gradebook_read_at is None


def test_waiting_courses_are_those_asked_for_and_those_cut_off(course: Course) -> None:
    def waiting() -> tuple[int, ...]:
        with course.database.read() as session:
            return waiting_courses(session, now=course.clock())

    def put(state: SyncState, requested_at: datetime | None) -> None:
        with course.database.transaction() as session:
            context = session.get_one(Context, course.context_key)
            context.sync_state, context.sync_requested_at = state, requested_at

    assert waiting() == ()
    put(SyncState.DONE, course.clock())
    assert waiting() == (course.context_key,)
    put(SyncState.RUNNING, course.clock())
    assert waiting() == ()
    put(SyncState.RUNNING, course.clock() - STALE_AFTER - timedelta(seconds=1))
    assert waiting() == (course.context_key,)
    assert sync(course) is SyncState.DONE
    assert waiting() == ()


@pytest.fixture
def canvas(course: Course) -> Iterator[CanvasSchool]:
    """The whole gradebook of the course, to which it is connected; its student u1 has number 1001 there."""
    with running_canvas(CanvasSchool(own_enrollments=[enrollment(limited=False)])) as canvas:
        canvas.add_student(1001, "Name", "U1", sub="u1")
        canvas.add_assignment(201, "Poster", 10)
        canvas.add_assignment(202, "Column 3", 10)
        canvas.grade(1001, 201, 8.0)
        with course.database.transaction() as session:
            session.add(
                NativeConnection(
                    context_id=course.context_key,
                    product="canvas",
                    root=canvas.origin,
                    course=canvas.course,
                    encrypted_secret=cipher(course.secret, Purpose.NATIVE_CREDENTIALS)
                    .encrypt(TOKEN.encode())
                    .decode(),
                    connected_at=course.clock(),
                )
            )
        course.outbound.close()
        course.outbound = OutboundSession(
            local_origins=[course.platform.origin, canvas.origin], read_retries=0
        )
        yield canvas


def test_a_connected_gradebook_is_read_with_the_course(course: Course, canvas: CanvasSchool) -> None:
    assert sync(course) is SyncState.DONE
    assert (course.context().sync_error, count(course, LineItem)) == (None, 25)
    with course.database.read() as session:
        poster = session.scalars(select(LineItem).where(LineItem.label == "Poster")).one()
        assert [
            row.result_score for row in session.scalars(select(Result).filter_by(line_item_id=poster.id))
        ] == [8]


def test_when_the_rest_of_the_gradebook_cannot_be_read_the_platforms_part_still_is(
    course: Course, canvas: CanvasSchool
) -> None:
    canvas.token = "another"
    assert sync(course) is SyncState.DONE
    assert "rest of the gradebook" in str(course.context().sync_error)
    assert count(course, Result) == 24 * 28


def test_what_the_platforms_own_api_did_not_let_through_is_read_again_soon_and_later_if_it_fails_again(
    course: Course, canvas: CanvasSchool
) -> None:
    """The rest is stored meanwhile, and nobody has to wait for the night."""
    for url in list(course.platform.line_items)[
        4:
    ]:  # the clock stands, and one moment has room for some calls
        del course.platform.line_items[url]
    del course.platform.members[3:]
    busy = Response("", status=429, headers={"Retry-After": "120"})
    canvas.fail(busy, times=2)
    assert sync(course) is SyncState.DONE
    assert "rest of the gradebook" in str(course.context().sync_error)
    assert count(course, Result) == 4 * 2
    assert course.context().sync_again_at == course.clock() + timedelta(minutes=2)
    course.clock.advance(minutes=2)
    with course.database.read() as session:
        assert waiting_courses(session, now=course.clock()) == (course.context_key,)
    assert sync(course) is SyncState.DONE
    assert course.context().sync_again_at == course.clock() + NATIVE_AGAIN_AFTER
    course.clock.now += NATIVE_AGAIN_AFTER
    assert sync(course) is SyncState.DONE
    assert (course.context().sync_error, course.context().sync_again_at) == (None, None)


def test_what_the_platforms_own_api_refused_waits_for_a_person_or_the_night(
    course: Course, canvas: CanvasSchool
) -> None:
    canvas.token = "another"
    sync(course)
    assert course.context().sync_again_at is None
