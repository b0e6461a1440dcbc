"""What whoever runs Moodle has to permit: listed use by use, and tried by the test of the connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.moodle_functions import MoodleFunction
from lti_tool.models.channels import ChannelChoice
from lti_tool.models.courses import Context
from lti_tool.usecases.connection_test import Outcome, Step
from lti_tool.usecases.needed_functions import READING, TESTING, Use, uses_of
from lti_tool.usecases.platform_connections import give_credential, look_at_platform
from lti_tool.usecases.try_platform_connection import try_platform_connection
from tests.factories import NOW, make_context, make_registration
from tests.grades.native_apis.moodle_school import FUNCTIONS, MoodleSchool
from tests.grades.native_apis.moodle_server import TOKEN, Item, Student, json_answer, serving
from tests.usecases.connected import SECRET
from tests.usecases.school import School

MESSAGES = "core_message_send_instant_messages"


@dataclass(frozen=True, slots=True)
class Site:
    """The sample class on a Moodle, for which an administrator gave a token."""

    school: School
    moodle: MoodleSchool

    def uses(self) -> dict[str, Use]:
        with self.school.database.read() as session:
            registration = session.get_one(Context, self.school.context).deployment.registration
            [view] = look_at_platform(session, registration)
        return {use.name: use for use in view.uses}

    def turn_on(self, channel: str) -> None:
        with self.school.database.transaction() as session:
            session.add(ChannelChoice(context_id=self.school.context, channel=channel, chosen_at=NOW))

    def tried(self) -> Step:
        with self.school.database.read() as session:
            key = session.get_one(Context, self.school.context).deployment.registration_id
        functions, reading = try_platform_connection(
            self.school.database,
            SECRET,
            key,
            self.moodle.root,
            local_origins=[self.moodle.origin],
            clock=lambda: NOW,
        )
        assert (functions.title, reading.title) == ("Functions of the web service", "Reading a gradebook")
        return functions


@pytest.fixture
def site(school: School) -> Iterator[Site]:
    moodle = MoodleSchool(course=1, students=[Student(1, "Ana")], items=[Item(1, "Poster")])
    with serving(moodle):
        with school.database.transaction() as session:
            context = session.get_one(Context, school.context)
            registration = context.deployment.registration
            registration.issuer = moodle.root
            services = f"{moodle.root}/mod/lti/services.php"
            context.memberships_url = f"{services}/CourseSection/1/bindings/2/memberships"
            context.line_items_url = f"{services}/1/lineitems"
            session.flush()
            given = {"root": moodle.root, "key": "", "credential": TOKEN, "secret": SECRET}
            give_credential(session, registration, **given, actor="ada", now=NOW)
        yield Site(school, moodle)


def test_each_use_lists_what_it_needs_and_all_together_are_what_is_called(site: Site) -> None:
    uses = site.uses()
    assert list(uses) == [READING, TESTING, "moodle_group", "moodle_message"]
    assert uses[READING].functions == ("gradereport_user_get_grade_items",)
    assert {name for use in uses.values() for name in use.functions} == FUNCTIONS == set(MoodleFunction)
    assert [use.name for use in uses.values() if use.is_wanted] == [READING]
    site.turn_on("moodle_group")
    assert site.uses()["moodle_group"].courses == 1


def test_an_lms_without_such_a_list_has_no_uses(school: School) -> None:
    with school.database.read() as session:
        registration = session.get_one(Context, school.context).deployment.registration
        assert [
            uses_of(session, registration, product) for product in (Product.CANVAS, Product.SCHOOLOGY)
        ] == [
            (),
            (),
        ]


def test_all_that_is_permitted_is_said(site: Site) -> None:
    step = site.tried()
    assert (step.outcome, step.found) == (Outcome.OK, "All that is in use here is permitted.")


def test_what_is_missing_is_a_problem_only_where_something_uses_it(site: Site) -> None:
    site.moodle.functions.discard(MESSAGES)
    step = site.tried()
    assert step.outcome is Outcome.OK
    assert f"Missing for what no course uses yet: {MESSAGES}." in step.found
    site.turn_on("moodle_message")
    step = site.tried()
    assert (step.outcome, step.code) == (Outcome.PROBLEM, "native.functions_missing")
    assert step.found == f"Missing for what is in use here: {MESSAGES}."


def test_a_channel_that_is_off_or_of_another_registration_is_not_in_use_here(site: Site) -> None:
    site.turn_on("moodle_message")
    with site.school.database.transaction() as session:
        other = make_registration(session, issuer="https://other.example", client_id="c9")
        elsewhere = make_context(session, registration=other, context_id="9")
        session.add(ChannelChoice(context_id=elsewhere.id, channel="moodle_group", chosen_at=NOW))
        session.scalars(
            select(ChannelChoice).where(ChannelChoice.channel == "moodle_message")
        ).one().chosen_at = None
    assert [use.courses for use in site.uses().values()] == [0, 0, 0, 0]


@pytest.mark.parametrize("answer", [{"userid": 8}, {"functions": [{"name": 1}]}, {"functions": ["x"]}, []])
def test_an_answer_that_does_not_tell_is_not_taken_for_an_empty_list(site: Site, answer: object) -> None:
    site.moodle.instead = lambda request: (
        json_answer(answer) if request.form["wsfunction"] == MoodleFunction.SITE_INFO else None
    )
    assert site.tried().outcome is Outcome.NOT_TRIED


def test_a_service_that_does_not_tell_says_which_function_would(site: Site) -> None:
    site.moodle.functions.discard("core_webservice_get_site_info")
    step = site.tried()
    assert step.outcome is Outcome.NOT_TRIED
    assert "core_webservice_get_site_info" in step.found
