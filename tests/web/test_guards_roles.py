"""Who may use which page inside a launch: a table of all of them, every other role refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from lti_tool.launch.roles import Role
from tests.web.school import ADDRESS, School, open_school

TEACHING = {Role.INSTRUCTOR, Role.TEACHING_ASSISTANT, Role.ADMINISTRATOR}
DECIDING = {Role.INSTRUCTOR, Role.ADMINISTRATOR}
PLACING = TEACHING | {Role.CONTENT_DEVELOPER}

PAGES = {
    "teacher.today": TEACHING,
    "teacher.status": TEACHING,
    "teacher.read_again": TEACHING,
    "teacher.proposal": TEACHING,
    "teacher.approve": TEACHING,
    "teacher.approve_all": TEACHING,
    "teacher.swap": TEACHING,
    "teacher.veto": TEACHING,
    "teacher.undo": TEACHING,
    "teacher.student": TEACHING,
    "teacher.map": TEACHING,
    "teacher.deliveries": TEACHING,
    "teacher.send_again": TEACHING,
    "teacher.setup": TEACHING,
    "teacher.adopt": DECIDING,
    "course_copy.take": DECIDING,
    "course_copy.decline": DECIDING,
    "course_copy.take_back": DECIDING,
    "picker.pick": PLACING,
    "picker.send": PLACING,
    "review.show": TEACHING | {Role.LEARNER},
    "student.next": {Role.LEARNER},
    "student.choose": {Role.LEARNER},
    "student.contest": {Role.LEARNER},
    "student.activity": {Role.LEARNER},
    "student.start": {Role.LEARNER},
    "student.done": {Role.LEARNER},
    "student.check": {Role.LEARNER},
    "student.answer": {Role.LEARNER},
    "family.home": {Role.MENTOR},
    "family.report": {Role.MENTOR},
}
FOR_EVERYBODY = {"landing.lead_on", "landing.welcome"}
VALUES = {"activity_id": "check-times-as-many", "attempt_id": "none", "person_key": 1, "key": 1}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    shutil.copy(sqlite_template, folder / "waymark.sqlite")
    with open_school(f"sqlite:///{folder}/waymark.sqlite", folder / "queue.sqlite") as school:
        school.app.config["WTF_CSRF_ENABLED"] = False  # what is asked here comes after it
        yield school


def test_the_table_names_every_page_of_a_launch(school: School) -> None:
    found = {
        rule.endpoint for rule in school.app.url_map.iter_rules() if rule.rule.startswith("/l/<launch_id>/")
    }
    assert found == PAGES.keys() | FOR_EVERYBODY


@pytest.mark.parametrize("endpoint", PAGES)
def test_a_page_is_refused_to_everybody_whose_role_is_not_named_for_it(school: School, endpoint: str) -> None:
    for role in Role:
        response = visit(school, endpoint, role)
        refused = response.status_code == 403 and "auth.role" in response.text
        assert refused == (role not in PAGES[endpoint]), f"{role}: {response.status}"


def visit(school: School, endpoint: str, role: Role) -> TestResponse:
    person = school.learner_keys[0] if role is Role.LEARNER else school.teacher_key
    visitor = school.visit(person, role.value)
    urls = school.app.url_map.bind("127.0.0.1:8080")
    method = next(
        "GET" if "GET" in (rule.methods or ()) else "POST" for rule in school.app.url_map.iter_rules(endpoint)
    )
    path = urls.build(endpoint, {**VALUES, "launch_id": visitor.launch_id}, method=method)
    return visitor.client.open(path, method=method, base_url=ADDRESS)
