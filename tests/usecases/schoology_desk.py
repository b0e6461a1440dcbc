"""A section on a small Schoology with assignments for some students, and a courier of steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lti_tool.db import Database
from lti_tool.grades.channels.channel import Student
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Access, Place
from tests.grades.linked_course import ImpatientSession
from tests.grades.native_apis.schoology_school import SchoologySchool
from tests.grades.native_apis.schoology_server import KEY, SECRET, enrollment, item, serving
from tests.usecases.step_desk import StepDesk, connected_course

STUDENTS = {"1": 41, "2": 42, "3": 43}
OTHERS = 44


@dataclass
class SchoologyDesk(StepDesk):
    """Students "1" to "3" have the enrollments 41 to 43; the assignments 201 and 202 are for 44 alone."""

    @property
    def schoology(self) -> SchoologySchool:
        assert isinstance(self.lms, SchoologySchool)
        return self.lms

    def access(self) -> Access:
        place = Place(Product.SCHOOLOGY, self.schoology.root, self.schoology.section)
        outbound = ImpatientSession(self.schoology.origin)
        return Access(place, SECRET, outbound, lambda: self.clock().timestamp(), KEY)

    def student(self, user_id: str) -> Student:
        return Student(self.person_keys[user_id], user_id, str(STUDENTS.get(user_id, "")))

    def assignees(self, assignment: int) -> set[int]:
        return set(self.schoology.assignment(assignment)["assignees"])


@contextmanager
def open_schoology_desk(database: Database) -> Iterator[SchoologyDesk]:
    """A desk on an empty database."""
    schoology = SchoologySchool(
        enrollments=[
            enrollment(40, "Tess", "Teacher", admin=1),
            *(enrollment(number, f"Given{number}", "Family") for number in (*STUDENTS.values(), OTHERS)),
        ],
        items=[
            item(number, f"Activity {number}", assignees=[OTHERS], grading_group_ids=[])
            for number in (201, 202)
        ],
    )
    with serving(schoology):
        place = Place(Product.SCHOOLOGY, schoology.root, schoology.section)
        native_ids = {user_id: str(number) for user_id, number in STUDENTS.items()}
        key, people = connected_course(database, place, SECRET, STUDENTS, key=KEY, native_ids=native_ids)
        yield SchoologyDesk(database, schoology, key, people, "schoology")
