"""Groups of Moodle and assignees of Schoology: in whatever order, whom a teacher added stays, and nobody else does."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections import defaultdict
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lti_tool.db import Database
from lti_tool.models.gradebook import Delivery
from tests.grades.linked_course import sqlite_copy
from tests.grades.strict_platform import answer
from tests.usecases import moodle_desk, schoology_desk
from tests.usecases.step_desk import StepDesk
from tests.usecases.test_delivery_properties import template

PLACES = st.sampled_from([0, 1, 2])
ACTIVITIES = st.sampled_from([201, 202])
FAULTS = st.sampled_from(["cut", "lost", "lost", answer(500), answer(503, Retry_After="30")])


class Memberships(RuleBasedStateMachine):
    """`theirs` are whom the teacher added to an activity; `wanted` is the step of each student."""

    channel = ""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.desk = self.open_desk(self.open.enter_context(sqlite_copy(template(), folder)))
        self.users = sorted(self.desk.person_keys)
        self.theirs: dict[int, set[int]] = defaultdict(set)
        self.wanted: dict[str, int | None] = {}
        self.count = 0
        for activity in (201, 202):
            self.theirs[activity] |= self.holders(activity)

    @abstractmethod
    def open_desk(self, database: Database) -> StepDesk: ...

    @abstractmethod
    def holders(self, activity: int) -> set[int]:
        """Who has the activity."""

    @abstractmethod
    def change(self, activity: int, number: int, *, add: bool) -> None:
        """What a teacher does in the LMS."""

    @abstractmethod
    def number(self, user: str) -> int:
        """The LMS's own number of a student."""

    @abstractmethod
    def fail(self, kind: Any, *, writing: bool, times: int) -> None: ...

    # -- decisions in Waymark ------------------------------------------------------------------------

    @rule(place=PLACES, activity=st.none() | ACTIVITIES)
    def decide(self, place: int, activity: int | None) -> None:
        self.count += 1
        self.desk.want(self.channel, self.users[place], activity, proposal=self.count)
        self.wanted[self.users[place]] = activity

    # -- the teacher in the LMS ----------------------------------------------------------------------

    @rule(place=PLACES, activity=ACTIVITIES, add=st.booleans())
    def teacher_changes(self, place: int, activity: int, add: bool) -> None:
        """Nothing tells who added somebody whom we may have added, too; so this is about the others."""
        user = self.users[place]
        mine = [row.in_place for row in self.desk.rows() if row.person_id == self.desk.person_keys[user]]
        if any(held and held["activity"] == f"activity-{activity}" for held in mine):
            return
        if add == (self.number(user) in self.holders(activity)):
            return
        self.change(activity, self.number(user), add=add)
        (self.theirs[activity].add if add else self.theirs[activity].discard)(self.number(user))

    # -- the world -----------------------------------------------------------------------------------

    @rule(kind=FAULTS, writing=st.booleans(), times=st.integers(1, 3))
    def fault(self, kind: Any, writing: bool, times: int) -> None:
        self.fail(kind, writing=writing, times=times)

    @rule()
    def deliver(self) -> None:
        self.desk.deliver()

    @rule(minutes=st.sampled_from([1, 16]))
    def wait(self, minutes: int) -> None:
        self.desk.clock.now += timedelta(minutes=minutes)

    # -- what must hold ------------------------------------------------------------------------------

    @invariant()
    def whom_the_teacher_added_stays(self) -> None:
        for activity in (201, 202):
            assert self.theirs[activity] <= self.holders(activity)

    def teardown(self) -> None:
        try:
            self.desk.lms.faults.clear()
            self.desk.deliver_until_quiet()
            for row in self.desk.rows():
                assert row.state is Delivery.DELIVERED, row.problem_code
            for activity in (201, 202):
                ours = {self.number(user) for user, wanted in self.wanted.items() if wanted == activity}
                has_it, theirs = self.holders(activity), self.theirs[activity]
                assert theirs <= has_it <= theirs | ours
        finally:
            self.open.close()


class Groups(Memberships):
    channel = "moodle_group"

    def open_desk(self, database: Database) -> StepDesk:
        desk = self.open.enter_context(moodle_desk.open_moodle_desk(database))
        self.moodle = desk.moodle
        for activity in (201, 202):
            desk.open_by_group(activity)
        return desk

    def holders(self, activity: int) -> set[int]:
        return set(self.moodle.members[self.moodle.group_for(activity)])

    def change(self, activity: int, number: int, *, add: bool) -> None:
        members = self.moodle.members[self.moodle.group_for(activity)]
        (members.add if add else members.discard)(number)

    def number(self, user: str) -> int:
        return moodle_desk.STUDENTS[user]

    def fail(self, kind: Any, *, writing: bool, times: int) -> None:
        self.moodle.fail(kind, function="_group_members" if writing else "", times=times)


class Assignees(Memberships):
    channel = "schoology_assignees"

    def open_desk(self, database: Database) -> StepDesk:
        desk = self.open.enter_context(schoology_desk.open_schoology_desk(database))
        self.schoology = desk.schoology
        return desk

    def holders(self, activity: int) -> set[int]:
        return set(self.schoology.assignment(activity)["assignees"])

    def change(self, activity: int, number: int, *, add: bool) -> None:
        assignees = self.schoology.assignment(activity)["assignees"]
        (assignees.append if add else assignees.remove)(number)

    def number(self, user: str) -> int:
        return schoology_desk.STUDENTS[user]

    def fail(self, kind: Any, *, writing: bool, times: int) -> None:
        self.schoology.fail(kind, method="PUT" if writing else "", times=times)

    @invariant()
    def nothing_becomes_everybodys(self) -> None:
        assert all(self.holders(activity) for activity in (201, 202))


_SETTINGS = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
Groups.TestCase.settings = _SETTINGS
Assignees.TestCase.settings = _SETTINGS
TestGroups = Groups.TestCase
TestAssignees = Assignees.TestCase
