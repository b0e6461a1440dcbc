"""Canvas's REST API, read over real HTTP from a small Canvas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from lti_tool.grades.gradebooks.cells import CellState
from lti_tool.grades.gradebooks.gradebook import LeftOut, Product
from lti_tool.grades.native_apis.canvas import CanvasApi
from lti_tool.grades.native_apis.native_api import Access, NativeApi, Place, Reading
from lti_tool.http import OutboundSession
from tests.grades.linked_course import START, ImpatientSession
from tests.grades.native_apis.canvas_server import CanvasSchool, running_canvas

API: NativeApi = CanvasApi()


@pytest.fixture
def school() -> Iterator[CanvasSchool]:
    with running_canvas() as school:
        yield school


def access(school: CanvasSchool, *, secret: str = "", outbound: OutboundSession | None = None) -> Access:
    return Access(
        Place(Product.CANVAS, school.origin, school.course),
        secret or school.token,
        outbound or ImpatientSession(school.origin),
        clock=START.timestamp,
    )


def read(school: CanvasSchool, *user_ids: str, **native_ids: str) -> Reading:
    return API.read(access(school), user_ids=user_ids or tuple(school.subs), native_ids=native_ids)


def test_the_whole_gradebook_is_read(school: CanvasSchool) -> None:
    book = read(school).gradebook
    assert book.product is Product.CANVAS
    assert [(column.key, column.title, column.points) for column in book.columns] == [
        ("canvas:201", "Equivalent ratios", 10),
        ("canvas:202", "Ratios, tables and graphs", 20),
        ("canvas:203", "Unit project", 50),
    ]
    assert [[cell.score for cell in row] for row in book.cells] == [
        [8, 17.5, None],
        [4, None, None],
        [0, 19.5, None],
    ]
    assert book.cells[1][2].state is CellState.EXCUSED
    assert book.cells[0][2].state is CellState.NO_RESULT
    assert book.cells[0][0].graded_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert [(column.title, column.why) for column in book.left_out] == [("Participation", LeftOut.NO_POINTS)]


def test_students_have_the_id_of_launches(school: CanvasSchool) -> None:
    reading = read(school)
    ana = reading.gradebook.students[0]
    assert (ana.name, ana.full_names, ana.sis_id) == ("Morales, Ana", ("Ana Morales",), "S-1001")
    assert [student.user_id for student in reading.gradebook.students] == list(school.subs)
    assert reading.native_ids == {sub: str(number) for sub, number in school.subs.items()}
