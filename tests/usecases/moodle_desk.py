"""A course on a small Moodle with activities that students may open or not, and a courier of steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lti_tool.db import Database
from lti_tool.grades.channels.channel import PreparedChannel, Student
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Access, Place
from tests.grades.linked_course import ImpatientSession
from tests.grades.native_apis.moodle_school import MoodleSchool
from tests.grades.native_apis.moodle_server import TOKEN, Item, serving
from tests.grades.native_apis.moodle_server import Student as Enrolled
from tests.usecases.step_desk import StepDesk, a_step, connected_course, known

STUDENTS = {"5": 5, "6": 6, "7": 7}


@dataclass
class MoodleDesk(StepDesk):
    """A Moodle with the activities 201 and 202; a grade item has its activity's number."""

    @property
    def moodle(self) -> MoodleSchool:
        assert isinstance(self.lms, MoodleSchool)
        return self.lms

    def access(self) -> Access:
        place = Place(Product.MOODLE, self.moodle.root, str(self.moodle.course))
        outbound = ImpatientSession(self.moodle.origin)
        return Access(place, TOKEN, outbound, lambda: self.clock().timestamp())

    def student(self, user_id: str) -> Student:
        return Student(self.person_keys[user_id], user_id)

    def make_group(self, activity: int) -> None:
        """As a teacher lets Waymark do it, who has seen the dry run."""
        channel, step = known("moodle_group"), a_step(activity, product="moodle")
        assert isinstance(channel, PreparedChannel)
        assert step.column
        channel.prepare(self.access(), self.student("5"), step.column)

    def open_by_group(self, activity: int) -> int:
        """What a teacher does once for an activity; gives back the group."""
        self.make_group(activity)
        self.moodle.restrict_by_our_group(activity)
        return self.moodle.group_for(activity)


@contextmanager
def open_moodle_desk(database: Database) -> Iterator[MoodleDesk]:
    """A desk on an empty database."""
    names = ("Ann Alpha", "Ben Bravo", "Cleo Charlie")
    moodle = MoodleSchool(
        students=[Enrolled(number, name) for number, name in zip(STUDENTS.values(), names, strict=True)]
    )
    for activity in (201, 202):
        moodle.items.append(Item(activity, f"Activity {activity}"))
        moodle.add_module(activity, f"Activity {activity}")
    with serving(moodle):
        place = Place(Product.MOODLE, moodle.root, str(moodle.course))
        key, people = connected_course(database, place, TOKEN, STUDENTS)
        yield MoodleDesk(database, moodle, key, people, "moodle")
