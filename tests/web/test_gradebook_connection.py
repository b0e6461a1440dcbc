"""A teacher connects the gradebook: what is offered, what is kept, and what the page says of a reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.http import OutboundSession
from lti_tool.models.courses import Context, Person, SyncState
from lti_tool.models.gradebook import ColumnSource, LineItem, NativeConnection
from lti_tool.usecases.read_native_gradebook import read_native_gradebook, store_native_gradebook
from tests.factories import NOW
from tests.grades.native_apis.canvas_server import TOKEN, CanvasSchool, enrollment, running_canvas
from tests.web.school import SECRET, School, open_school, text_of
from tests.web.test_gradebook_import import answer_address, send

PAGE = "setup/gradebook/connection"


@dataclass(frozen=True, slots=True)
class Site:
    """A course on this Canvas, with two of its students there."""

    school: School
    canvas: CanvasSchool

    def read(self, now: datetime = NOW) -> None:
        """What the worker does with the course, as far as this gradebook is concerned."""
        with OutboundSession(local_origins=[self.canvas.origin], read_retries=0) as outbound:
            native = read_native_gradebook(
                self.school.database,
                outbound,
                SECRET,
                self.school.context_key,
                clock=lambda: now,
                progress=lambda: None,
            )
        assert native is not None
        with self.school.database.transaction() as session:
            context = session.get_one(Context, self.school.context_key)
            store_native_gradebook(session, context=context, native=native, now=now)
            context.sync_requested_at, context.sync_state = None, SyncState.DONE


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    course = CanvasSchool(own_enrollments=[enrollment(limited=False)])
    with running_canvas(course) as canvas, open_school(database_url, tmp_path / "queue.sqlite") as school:
        with school.database.transaction() as session:
            context = session.get_one(Context, school.context_key)
            context.memberships_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/names_and_roles"
            context.line_items_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/line_items"
            for number, key in enumerate(school.learner_keys[:2], 1001):
                person = session.get_one(Person, key)
                canvas.add_student(number, person.given_name, person.family_name, sub=person.user_id)
        canvas.add_assignment(201, "Poster", 10)
        canvas.add_assignment(202, "Comma test", 0)
        canvas.grade(1001, 201, 8.0)
        yield Site(school, canvas)


def test_from_setup_to_results_and_back(site: Site) -> None:
    teacher = site.school.teacher()
    assert "Connect to Canvas" in teacher.read("setup/gradebook")
    assert "New access token" in teacher.read(PAGE)
    answer = teacher.post(PAGE, credential=f"  {TOKEN}\n")
    assert (answer.status_code, answer.location.rpartition("/")[2]) == (303, "connection")
    assert "Reading your course" in teacher.read(PAGE)
    site.read()
    text = teacher.read(PAGE)
    assert "Your gradebook in Canvas" in text
    assert f"1 column, 2 of {len(site.school.learner_keys)} students" in text
    assert "1 column is left out: worth 0 points" in text
    setup = teacher.read("setup")
    assert "Poster" in setup
    assert "1 column comes in by itself." in setup
    assert "You need no file" in teacher.read("setup/gradebook")
    ended = teacher.follow(teacher.post(f"{PAGE}/end"))
    assert "the token is deleted" in ended
    assert "Connect to Canvas" in teacher.read("setup/gradebook")


def test_the_token_is_shown_nowhere(site: Site) -> None:
    teacher = site.school.teacher()
    teacher.post(PAGE, credential=TOKEN)
    site.read()
    for path in ("setup", "setup/gradebook", PAGE, "today"):
        assert TOKEN not in teacher.get(path).text


def test_a_refused_token_is_said_with_a_form_for_another(site: Site) -> None:
    teacher = site.school.teacher()
    teacher.post(PAGE, credential="one-that-was-deleted-at-canvas")
    site.read()
    text = teacher.read(PAGE)
    assert "The gradebook was not read." in text
    assert "Connect again" in text
    teacher.post(PAGE, credential=TOKEN)
    site.read()
    assert "was not read" not in teacher.read(PAGE)


def test_half_a_token_leads_back_to_the_form(site: Site) -> None:
    answer = site.school.teacher().post(PAGE, credential="half a token")
    assert answer.status_code == 422
    assert "Copy the whole token" in answer.text
    assert f'/{PAGE}"' in answer.text
    with site.school.database.read() as session:
        assert session.scalars(select(NativeConnection)).all() == []


def test_a_platform_without_such_a_gradebook_says_so_and_offers_the_file(
    database_url: str, tmp_path: Path
) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        teacher = school.teacher()
        assert "Nothing to connect to" in teacher.read(PAGE)
        assert "read it by itself" not in teacher.read("setup/gradebook")
        assert teacher.post(PAGE, credential=TOKEN).status_code == 404
        assert teacher.post(f"{PAGE}/end").status_code == 404


@pytest.mark.parametrize("role", ["learner", "mentor", "teaching_assistant"])
def test_only_who_answers_for_the_course_connects_it(site: Site, role: str) -> None:
    visitor = site.school.visit(site.school.learner_keys[0], role)
    assert visitor.get(PAGE).status_code == 403
    assert visitor.post(PAGE, credential=TOKEN).status_code == 403
    assert visitor.post(f"{PAGE}/end").status_code == 403


def test_a_file_leaves_a_connected_column_alone(site: Site) -> None:
    teacher = site.school.teacher()
    teacher.post(PAGE, credential=TOKEN)
    site.read()
    file = (
        b'Student,ID,Section,Poster (201),Essay (203)\n    Points Possible,,,10,20\n"Morales, Ana",1,6B,1,2\n'
    )
    preview = send(teacher, content=file)
    assert "1 column is left out: Waymark reads a column with this title from your LMS already" in text_of(
        preview
    )
    teacher.post(answer_address(preview))
    with site.school.database.read() as session:
        sources = dict(
            session.execute(
                select(LineItem.url, LineItem.source).where(LineItem.source != ColumnSource.PLATFORM)
            ).all()
        )
    assert sources == {"canvas:201": ColumnSource.NATIVE, "canvas:203": ColumnSource.FILE}
