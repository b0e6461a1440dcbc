"""Columns: all pages, exact media types, found before they are made."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from lti_tool.errors import PlatformRefused
from lti_tool.grades.line_items import (
    PlatformColumn,
    create_line_item,
    read_line_items,
    store_line_items,
)
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import LineItem
from tests.grades.linked_course import Course
from tests.grades.strict_platform import ALL_SCOPES


def test_all_pages_of_columns_are_read(course: Course) -> None:
    course.platform.page_size = 10
    urls = {course.platform.add_line_item(f"Column {number}") for number in range(24)}
    columns = read_line_items(course.client(), course.context())
    assert {column.url for column in columns} == urls


def test_a_column_is_found_by_tag_and_resource_id(course: Course) -> None:
    course.platform.add_line_item("Other", tag="t", resourceId="other")
    url = course.platform.add_line_item("Mine", tag="t", resourceId="mine")
    (column,) = read_line_items(course.client(), course.context(), tag="t", resource_id="mine")
    assert column == PlatformColumn(url=url, label="Mine", score_maximum=10, resource_id="mine", tag="t")


def test_a_made_column_carries_tag_and_resource_id(course: Course) -> None:
    column = create_line_item(
        course.client(), course.context(), label="Next step", score_maximum=1.0, tag="t", resource_id="r"
    )
    assert course.platform.line_items[column.url]["resourceId"] == "r"
    assert (column.tag, column.score_maximum) == ("t", 1.0)


def test_a_course_that_does_not_permit_columns_is_not_asked(course: Course) -> None:
    context = course.context()
    context.service_scopes = [scope for scope in ALL_SCOPES if not scope.endswith("/lineitem")]
    with pytest.raises(PlatformRefused) as caught:
        create_line_item(course.client(), context, label="x", score_maximum=1, tag="t", resource_id="r")
    assert caught.value.code == "grades.columns_not_permitted"
    assert course.platform.requests == []


@pytest.mark.parametrize("missing", ["address", "scopes"])
def test_a_course_without_a_gradebook_service_says_so(course: Course, missing: str) -> None:
    context = course.context()
    if missing == "address":
        context.line_items_url = None
    else:
        context.service_scopes = []
    with pytest.raises(PlatformRefused, match="switch on grade services"):
        read_line_items(course.client(), context)


def test_a_complete_reading_marks_what_is_gone_and_what_is_back(course: Course) -> None:
    first = PlatformColumn(url="https://lms.example/1", label="One", score_maximum=10)
    second = PlatformColumn(url="https://lms.example/2", label="Two", score_maximum=5)

    def present_after(*columns: PlatformColumn) -> set[str]:
        with course.database.transaction() as session:
            context = session.get_one(Context, course.context_key)
            store_line_items(session, context=context, columns=columns, now=course.clock())
            return set(session.scalars(select(LineItem.label).where(LineItem.present)))

    assert present_after(first, second) == {"One", "Two"}
    assert present_after(second) == {"Two"}
    assert present_after(first, second) == {"One", "Two"}
