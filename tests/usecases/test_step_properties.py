"""Whatever a teacher, faults and decisions do in whatever order: what the teacher made stays, and nothing of ours stays behind."""

from __future__ import annotations

import copy
import tempfile
from collections import Counter, defaultdict
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lti_tool.grades.channels.canvas_assignment import TITLE
from lti_tool.grades.channels.channel import Effect
from lti_tool.models.gradebook import Delivery
from tests.grades.linked_course import sqlite_copy
from tests.grades.native_apis.canvas_server import throttled
from tests.grades.strict_platform import answer
from tests.usecases.step_desk import STUDENTS, open_desk
from tests.usecases.test_delivery_properties import template

USERS = st.sampled_from(sorted(STUDENTS))
ASSIGNMENTS = st.sampled_from([201, 202])
OVERRIDE, MESSAGE = "canvas_override", "canvas_message"
FAULTS = st.sampled_from(["cut", "lost", "lost", answer(500), answer(503, Retry_After="30"), throttled()])
REQUESTS = st.sampled_from(
    [("POST", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/overrides"), ("GET", "/conversations"), ("GET", "")]
)


class Classroom(RuleBasedStateMachine):
    """`theirs` are the overrides that a teacher made, as the teacher left them; `guests` whom one put into ours."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.desk = self.open.enter_context(
            open_desk(self.open.enter_context(sqlite_copy(template(), folder)))
        )
        self.canvas = self.desk.canvas
        self.theirs: dict[int, dict[str, Any]] = {}
        self.guests: dict[int, set[int]] = defaultdict(set)
        self.wanted: dict[str, int | None] = {}
        self.messages: Counter[tuple[int, str]] = Counter()
        self.count = 0

    # -- decisions in Waymark ------------------------------------------------------------------------

    @rule(user=USERS, assignment=ASSIGNMENTS)
    def approve(self, user: str, assignment: int) -> None:
        self.count += 1
        self.desk.want(OVERRIDE, user, assignment, proposal=self.count)
        self.desk.want(MESSAGE, user, assignment, proposal=self.count)
        self.messages[STUDENTS[user], f"Your next step: Activity {assignment}"] += 1
        self.wanted[user] = assignment

    @rule(user=USERS)
    def withdraw(self, user: str) -> None:
        self.desk.want(OVERRIDE, user, None)
        self.desk.want(MESSAGE, user, None)
        self.wanted[user] = None

    # -- the teacher in Canvas -----------------------------------------------------------------------

    def free(self, assignment: int, user: str) -> bool:
        """Whether Canvas lets the teacher put the student into an override of this assignment."""
        return not any(
            STUDENTS[user] in override["student_ids"]
            for override in self.canvas.overrides.values()
            if override["assignment_id"] == assignment
        )

    def keep(self, number: int) -> None:
        self.theirs[number] = copy.deepcopy(self.canvas.overrides[number])

    @rule(user=USERS, assignment=ASSIGNMENTS, title=st.sampled_from(["1 student", "Next step", "Retake"]))
    def gives(self, user: str, assignment: int, title: str) -> None:
        if self.free(assignment, user):
            self.keep(self.canvas.override(assignment, [STUDENTS[user]], title=title))

    @precondition(lambda self: self.theirs)
    @rule(data=st.data(), user=USERS, day=st.none() | st.integers(1, 28))
    def changes_their_own(self, data: st.DataObject, user: str, day: int | None) -> None:
        number = data.draw(st.sampled_from(sorted(self.theirs)))
        override = self.canvas.overrides[number]
        override["due_at"] = f"2026-03-{day:02}T22:00:00Z" if day else None
        if self.free(override["assignment_id"], user):
            override["student_ids"].append(STUDENTS[user])
        self.keep(number)

    @precondition(lambda self: self.theirs)
    @rule(data=st.data())
    def deletes_their_own(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.theirs)))
        del self.canvas.overrides[number], self.theirs[number]

    @rule(assignment=ASSIGNMENTS, user=USERS, takes_over=st.booleans())
    def changes_ours(self, assignment: int, user: str, takes_over: bool) -> None:
        for number, override in self.canvas.overrides.items():
            if (override["title"], override["assignment_id"]) != (TITLE, assignment):
                continue
            if takes_over:
                override["title"] = "Taken over"
                self.keep(number)
                self.guests[assignment].clear()
            elif self.free(assignment, user):
                override["student_ids"].append(STUDENTS[user])
                self.guests[assignment].add(STUDENTS[user])

    # -- the world -----------------------------------------------------------------------------------

    @rule(kind=FAULTS, request=REQUESTS, times=st.integers(1, 3))
    def fault(self, kind: Any, request: tuple[str, str], times: int) -> None:
        method, path = request
        self.canvas.fail(kind, path=path, method=method, times=times)

    @rule()
    def deliver(self) -> None:
        self.desk.deliver()

    @rule(minutes=st.sampled_from([1, 16]))
    def wait(self, minutes: int) -> None:
        self.desk.clock.now += timedelta(minutes=minutes)

    # -- what must hold ------------------------------------------------------------------------------

    @invariant()
    def what_the_teacher_made_is_as_the_teacher_left_it(self) -> None:
        for number, override in self.theirs.items():
            assert self.canvas.overrides.get(number) == override

    @invariant()
    def nobody_is_written_to_twice_about_one_step(self) -> None:
        sent = Counter(
            (conversation["audience"][0], conversation["subject"])
            for conversation in self.canvas.conversations.values()
        )
        assert sent <= self.messages

    def teardown(self) -> None:
        try:
            self.canvas.faults.clear()
            self.desk.deliver_until_quiet()
            self.what_the_teacher_made_is_as_the_teacher_left_it()
            self.nobody_is_written_to_twice_about_one_step()
            self.everything_is_as_it_was_decided()
        finally:
            self.open.close()

    def everything_is_as_it_was_decided(self) -> None:
        for row in self.desk.rows():
            assert row.state is Delivery.DELIVERED, row.problem_code
        for user, wanted in self.wanted.items():
            for assignment in (201, 202):
                ours = STUDENTS[user] in self.canvas.students_of(TITLE, assignment)
                if wanted != assignment:
                    assert not ours or STUDENTS[user] in self.guests[assignment]
        for row in self.desk.rows():
            if row.channel == OVERRIDE and row.effect == Effect.TAKEN_BACK:
                assert row.in_place is None


Classroom.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestClassroom = Classroom.TestCase
