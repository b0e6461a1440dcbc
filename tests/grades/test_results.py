"""Results: complete, kept only when they changed, and no grade is not a zero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from lti_tool.grades.line_items import PlatformColumn, store_line_items
from lti_tool.grades.results import PlatformResult, read_results, store_results
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import LineItem, Result
from tests.factories import make_person
from tests.grades.linked_course import Course


def store(course: Course, *results: PlatformResult) -> int:
    with course.database.transaction() as session:
        context = session.get_one(Context, course.context_key)
        column = PlatformColumn(url="https://lms.example/1", label="One", score_maximum=10)
        (line_item,) = store_line_items(session, context=context, columns=[column], now=course.clock())
        return store_results(
            session,
            line_item=session.get_one(LineItem, line_item.id),
            results=results,
            people={"u1": course.extra["u1"]},
            now=course.clock(),
        )


def add_person(course: Course) -> None:
    with course.database.transaction() as session:
        context = session.get_one(Context, course.context_key)
        course.extra["u1"] = make_person(session, context, "u1").id


def stored(course: Course) -> Result:
    with course.database.read() as session:
        return session.scalars(select(Result)).one()


def test_all_pages_are_read_and_a_query_stays_behind_the_path(course: Course) -> None:
    course.platform.page_size = 10
    url = course.platform.add_line_item("Quiz")
    for number in range(25):
        course.platform.teacher_enters(url, f"u{number}", 7, at=course.clock())
    results = read_results(course.client(), course.context(), line_item_url=url)
    assert len(results) == 25
    assert results[0].timestamp == course.clock()


def test_one_persons_result_can_be_asked_for(course: Course) -> None:
    url = course.platform.add_line_item("Quiz")
    course.platform.teacher_enters(url, "u1", 7, at=course.clock())
    course.platform.teacher_enters(url, "u2", 8, at=course.clock())
    (result,) = read_results(course.client(), course.context(), line_item_url=url, user_id="u2")
    assert result.score == 8


def test_unchanged_results_are_not_written_again(course: Course) -> None:
    add_person(course)
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    assert store(course, PlatformResult("u1", 7, 10, timestamp=moment)) == 1
    first_read = stored(course).read_at
    course.clock.advance(hours=1)
    assert store(course, PlatformResult("u1", 7, 10, timestamp=moment)) == 0
    assert stored(course).read_at == first_read
    assert store(course, PlatformResult("u1", 8, 10, timestamp=moment)) == 1
    assert stored(course).read_at == first_read + timedelta(hours=1)


def test_a_result_without_a_score_is_no_zero(course: Course) -> None:
    add_person(course)
    store(course, PlatformResult("u1", 7, 10))
    store(course, PlatformResult("u1", None, None))
    assert stored(course).result_score is None


def test_somebody_no_longer_listed_has_no_score(course: Course) -> None:
    add_person(course)
    store(course, PlatformResult("u1", 7, 10))
    assert store(course) == 1
    assert stored(course).result_score is None


def test_a_zero_is_kept_and_strangers_are_left_out(course: Course) -> None:
    add_person(course)
    assert store(course, PlatformResult("u1", 0, 10), PlatformResult("test student", 9, 10)) == 1
    assert stored(course).result_score == 0
