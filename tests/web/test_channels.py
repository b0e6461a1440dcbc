"""A teacher lets steps go out by the LMS: seen before anything is written, turned on, delivered, turned off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.grades.channels.canvas_assignment import TITLE
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Place
from lti_tool.models.courses import Context, Membership, Mode, Person
from lti_tool.models.gradebook import Delivery
from lti_tool.models.platforms import AuditEntry
from lti_tool.usecases.plan_path import chosen_option
from tests.grades.native_apis.canvas_server import CanvasSchool, enrollment, running_canvas
from tests.grades.strict_platform import answer
from tests.web.school import School, open_school
from tests.web.step_site import PAGE, StepSite, connect_first_step

OVERRIDE, MESSAGE = "canvas_override", "canvas_message"


@dataclass(frozen=True, slots=True)
class Site(StepSite):
    """On this Canvas. The first student's step is assignment 201, which is for some students only."""

    canvas: CanvasSchool


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with open_site(database_url, tmp_path) as site:
        yield site


@pytest.fixture
def quick(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site on SQLite alone: for what is decided outside of the database."""
    with open_site(sqlite_url, tmp_path) as site:
        yield site


@contextmanager
def open_site(database_url: str, folder: Path) -> Iterator[Site]:
    course = CanvasSchool(own_enrollments=[enrollment(limited=False)])
    with (
        running_canvas(course) as canvas,
        open_school(database_url, folder / "queue.sqlite", local_platforms=(canvas.origin,)) as school,
    ):
        _put_on_canvas(school, canvas)
        yield Site(school, school.teacher(), canvas.origin, canvas)


def _put_on_canvas(school: School, canvas: CanvasSchool) -> None:
    canvas.add_assignment(201, "Poster", 10, only_visible_to_overrides=True)
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        context.line_items_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/line_items"
        context.memberships_url = None
        for number, key in enumerate(school.learner_keys, 1001):
            person = session.get_one(Person, key)
            canvas.add_student(number, person.given_name, person.family_name, sub=person.user_id)
        place = Place(Product.CANVAS, canvas.origin, canvas.course)
        connect_first_step(session, school, place, canvas.token, "canvas:201")


def test_from_the_preview_to_the_student_and_back(site: Site) -> None:
    assert "How steps reach students" in site.teacher.read("setup")
    site.approve(0)
    before = site.teacher.read(PAGE)
    assert "Assign To in Canvas" in before
    assert "Turn on" not in before
    text = site.preview(OVERRIDE)
    assert "1 student would get something now. Nothing is written yet." in text
    assert (site.canvas.overrides, site.rows()) == ({}, [])
    fingerprint = site.fingerprint(OVERRIDE)
    done = site.teacher.follow(site.teacher.post(f"{PAGE}/{OVERRIDE}/on", fingerprint=fingerprint))
    assert "Turned on." in done
    site.deliver()
    assert site.canvas.students_of(TITLE, 201) == [1001]
    assert "Assign To in Canvas" in site.teacher.read("deliveries")
    assert "Turned off." in site.teacher.follow(site.teacher.post(f"{PAGE}/{OVERRIDE}/off"))
    site.deliver()
    assert site.canvas.overrides == {}
    with site.school.database.read() as session:
        noted = session.execute(select(AuditEntry.action, AuditEntry.detail)).all()
    assert [(action, detail["channel"]) for action, detail in noted] == [
        ("channel.turned_on", OVERRIDE),
        ("channel.turned_off", OVERRIDE),
    ]


def test_each_decision_about_a_step_reaches_the_channels(site: Site) -> None:
    site.turn_on(OVERRIDE)
    site.turn_on(MESSAGE)
    site.approve(0)
    assert [(row.channel, row.wanted is not None) for row in site.rows()] == [
        (OVERRIDE, True),
        (MESSAGE, True),
    ]
    site.deliver()
    [conversation] = site.canvas.conversations.values()
    assert conversation["audience"] == [1001]
    site.teacher.post("decisions/undo")
    assert [row.wanted for row in site.rows()] == [None, None]
    site.deliver()
    assert (site.canvas.overrides, len(site.canvas.conversations)) == ({}, 1)
    site.approve(0)
    site.deliver()
    assert (site.canvas.students_of(TITLE, 201), len(site.canvas.conversations)) == ([1001], 1)
    site.teacher.post(f"proposals/{site.step(0).id}/veto")
    site.deliver()
    assert (site.canvas.overrides, len(site.canvas.conversations)) == ({}, 1)


def test_the_students_own_choice_and_what_is_done_reach_the_channels(quick: Site) -> None:
    quick.turn_on(MESSAGE)
    quick.approve(0)
    quick.deliver()
    learner = quick.school.learner(0)
    learner.post("next/choose", option="1")
    quick.deliver()
    assert len(quick.canvas.conversations) == 2
    chosen = chosen_option(quick.step(0)).activity_id
    learner.post(f"activity/{chosen}/done")
    assert quick.rows()[0].wanted is None


def test_a_step_without_a_column_is_named_in_the_preview_and_only_the_message_carries_it(quick: Site) -> None:
    quick.approve(0)
    quick.approve(1)
    text = quick.preview(OVERRIDE)
    assert "not something in your gradebook, so there is nothing to give" in text
    text = quick.preview(MESSAGE)
    assert "2 students would get something now." in text
    assert "Open Waymark in your course." in text
    quick.turn_on(OVERRIDE)
    assert [row.person_id for row in quick.rows()] == [quick.school.learner_keys[0]]


def test_the_page_says_who_has_it_already(quick: Site) -> None:
    quick.canvas.override(201, [1001], title="For the first")
    quick.approve(0)
    assert "has it already" in quick.preview(OVERRIDE)
    assert "0 students would get something now." in quick.preview(OVERRIDE)


def test_only_what_was_shown_can_be_turned_on(quick: Site) -> None:
    assert quick.teacher.post(f"{PAGE}/{OVERRIDE}/on", fingerprint="").status_code == 409
    quick.preview(OVERRIDE)
    shown = quick.fingerprint(OVERRIDE)
    other = quick.teacher.post(f"{PAGE}/{MESSAGE}/on", fingerprint=shown)
    assert other.status_code == 409, "what another channel would write was shown"
    assert quick.teacher.post(f"{PAGE}/{OVERRIDE}/on", fingerprint="0" * 32).status_code == 409
    quick.approve(0)
    answered = quick.teacher.post(f"{PAGE}/{OVERRIDE}/on", fingerprint=shown)
    assert (answered.status_code, "Look at the preview again" in answered.text) == (409, True)
    assert "Look again before you turn this on." in quick.teacher.read(PAGE)
    quick.turn_on(OVERRIDE)
    quick.teacher.post(f"{PAGE}/{OVERRIDE}/off")
    assert quick.fingerprint(OVERRIDE) == "", "a preview is good for one time"


def test_a_preview_that_fails_shows_why_and_keeps_nothing(quick: Site) -> None:
    quick.canvas.fail(answer(500), times=9)
    answered = quick.teacher.post(f"{PAGE}/{OVERRIDE}/preview")
    assert (answered.status_code, "Nothing was written" in answered.text) == (502, True)
    assert quick.fingerprint(OVERRIDE) == ""


def test_nothing_goes_to_test_students_and_nothing_in_a_course_that_only_suggests(quick: Site) -> None:
    quick.turn_on(MESSAGE)
    with quick.school.database.transaction() as session:
        membership = session.scalars(
            select(Membership).where(Membership.person_id == quick.school.learner_keys[0])
        ).one()
        membership.is_test = True
    quick.approve(0)
    assert quick.rows() == []
    with quick.school.database.transaction() as session:
        session.get_one(Context, quick.school.context_key).mode = Mode.SUGGEST
    quick.approve(1)
    assert quick.rows() == []
    quick.teacher.post(f"{PAGE}/{OVERRIDE}/preview")
    assert quick.teacher.post(f"{PAGE}/{OVERRIDE}/on", fingerprint="x").status_code == 422


def test_what_did_not_work_says_why_and_can_be_sent_again(quick: Site) -> None:
    quick.turn_on(OVERRIDE)
    quick.canvas.assignments[201]["published"] = False
    quick.approve(0)
    quick.deliver()
    page = quick.teacher.read("deliveries")
    assert "Did not work" in page
    assert "Publish it" in page
    assert "1 delivery" in quick.teacher.read("today")
    quick.canvas.assignments[201]["published"] = True
    [row] = quick.rows()
    assert "Sending it again now." in quick.teacher.follow(
        quick.teacher.post(f"deliveries/steps/{row.id}/send-again")
    )
    quick.deliver()
    assert quick.rows()[0].state is Delivery.DELIVERED


def test_without_a_connection_the_page_leads_to_it(quick: Site) -> None:
    quick.teacher.post("setup/gradebook/connection/end")
    assert "Connect the gradebook first" in quick.teacher.read(PAGE)
    assert quick.teacher.post(f"{PAGE}/{OVERRIDE}/preview").status_code == 422
    assert quick.teacher.post(f"{PAGE}/{OVERRIDE}/on").status_code == 422
    assert quick.teacher.post(f"{PAGE}/moodle_group/preview").status_code == 404
