"""A teacher of a Moodle course lets Waymark make a group, restricts an activity by it, and turns the channel on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Place
from lti_tool.models.courses import Context, Mode, Person
from tests.grades.native_apis.moodle_school import HIDDEN_GROUPS, MoodleSchool
from tests.grades.native_apis.moodle_server import TOKEN, Item, Student, serving
from tests.web.school import School, open_school
from tests.web.step_site import PAGE, StepSite, connect_first_step

GROUP = "moodle_group"


@dataclass(frozen=True, slots=True)
class Site(StepSite):
    """On this Moodle. The first student's step is activity 201, which is for everybody."""

    moodle: MoodleSchool
    activity: str


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    moodle = MoodleSchool(items=[Item(201, "Poster")])
    moodle.add_module(201, "Poster")
    with (
        serving(moodle),
        open_school(sqlite_url, tmp_path / "queue.sqlite", local_platforms=(moodle.origin,)) as school,
    ):
        activity = _put_on_moodle(school, moodle)
        yield Site(school, school.teacher(), moodle.origin, moodle, activity)


def _put_on_moodle(school: School, moodle: MoodleSchool) -> str:
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        context.deployment.registration.issuer = moodle.root
        context.context_id = str(moodle.course)
        context.line_items_url = f"{moodle.root}/mod/lti/services.php/{moodle.course}/lineitems"
        context.memberships_url = None
        for number, key in enumerate(school.learner_keys, 5):
            session.get_one(Person, key).user_id = str(number)
            moodle.students.append(Student(number, "A B"))
        place = Place(Product.MOODLE, moodle.root, str(moodle.course))
        return connect_first_step(session, school, place, TOKEN, "moodle:201")


def test_from_the_group_to_the_student(site: Site) -> None:
    site.approve()
    text = site.post(GROUP, "preview")
    assert "has it already" in text
    assert "Make a group" in text
    assert site.moodle.groups == {}
    text = site.post(GROUP, "prepare", activity=site.activity)
    assert "restrict the activity by this group in Moodle first" in text
    assert "Next step: Poster (201)" in text
    assert "Make a group" not in text
    site.moodle.restrict_by_our_group(201)
    text = site.post(GROUP, "preview")
    assert "1 student would get something now." in text
    assert "Turned on." in site.turn_on(GROUP)
    site.deliver()
    assert site.moodle.may_open(5, 201)
    site.post(GROUP, "off")
    site.deliver()
    assert not site.moodle.may_open(5, 201)


def test_a_group_that_is_made_later_serves_the_steps_that_stand(site: Site) -> None:
    site.approve()
    site.post(GROUP, "preview")
    site.turn_on(GROUP)
    site.deliver()
    site.post(GROUP, "prepare", activity=site.activity)
    site.deliver()
    assert "Did not work" in site.teacher.read("deliveries")  # the activity does not ask for the group yet
    site.moodle.restrict_by_our_group(201)
    [key] = re.findall(r"deliveries/steps/(\d+)/send-again", site.teacher.get("deliveries").text)
    site.teacher.post(f"deliveries/steps/{key}/send-again")
    site.deliver()
    assert site.moodle.may_open(5, 201)


def test_nothing_is_made_that_was_not_asked_for(site: Site) -> None:
    prepare = f"{PAGE}/{GROUP}/prepare"
    assert site.teacher.post(prepare, activity="another").status_code == 404
    assert site.teacher.post(f"{PAGE}/moodle_message/prepare", activity=site.activity).status_code == 404
    with site.school.database.transaction() as session:
        session.get_one(Context, site.school.context_key).mode = Mode.SUGGEST
    assert site.teacher.post(prepare, activity=site.activity).status_code == 422
    assert site.moodle.groups == {}


def test_a_group_that_cannot_be_made_says_why(site: Site) -> None:
    site.post(GROUP, "prepare", activity=site.activity)
    site.moodle.rights.discard(HIDDEN_GROUPS)
    answered = site.teacher.post(f"{PAGE}/{GROUP}/prepare", activity=site.activity)
    assert (answered.status_code, "moodle/course:viewhiddengroups" in answered.text) == (502, True)
