"""Whatever order wishes, faults, clock jumps and workers come in: none lost, none doubled, never backwards, and a teacher's value stays."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from lti_tool.errors import PlatformError
from lti_tool.grades.cell_values import Cells
from lti_tool.grades.claims import INTERRUPTED
from lti_tool.grades.delivery import deliver
from lti_tool.grades.leases import CHANGED_AT_PLATFORM, Claim, Ending, claim_next, settle
from lti_tool.grades.outbox import send_again, want_score, wanted_column
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.usecases.deliver_scores import Courier
from tests.factories import make_person
from tests.grades.linked_course import Clock, linked_course, sqlite_copy
from tests.grades.strict_platform import answer
from tests.migrated import migrated_sqlite

STUDENTS = ("u1", "u2")
MAXIMUM = 1000.0

FAULTS = st.sampled_from(
    [
        "cut",
        "lost",
        "lost",
        "lost",
        *(answer(status) for status in (401, 429, 500, 502, 503)),
        answer(503, Retry_After="30"),
        answer(403, "Rate Limit Exceeded"),
        answer(200, "<html>", Content_Type="text/html"),
    ]
)
PATHS = st.sampled_from(["/scores", "/lineitems", "/results", "/token", ""])


@cache
def template() -> Path:
    """A migrated SQLite database, made once."""
    path = Path(tempfile.mkdtemp(prefix="waymark-")) / "template.sqlite"
    migrated_sqlite(path)
    return path


class WriteBack(RuleBasedStateMachine):
    """Each wish has a score of its own, so the ledger shows which wish each accepted score was."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        database = self.open.enter_context(sqlite_copy(template(), folder))
        self.course = self.open.enter_context(linked_course(database, Clock()))
        self.courier = Courier(
            database,
            self.course.outbound,
            self.course.secret,
            self.course.clock,
            rng=random.Random(1),
        )
        self.wishes: dict[str, list[float]] = defaultdict(list)
        self.entered: dict[str, float] = {}
        self.stalled: list[Claim] = []
        self.count = 0

    @initialize(first_fault=st.sampled_from(["none", "cut", "lost"]), path=PATHS)
    def enrol(self, first_fault: str, path: str) -> None:
        # Making the column happens once in each run, so it deserves a fault of its own often.
        if first_fault != "none":
            self.course.platform.fail(first_fault, method="POST", path=path)
        self.course.platform.add_members(*STUDENTS)
        with self.course.database.transaction() as session:
            context = session.get_one(Context, self.course.context_key)
            for user_id in STUDENTS:
                make_person(session, context, user_id)

    @rule(user_id=st.sampled_from(STUDENTS))
    def want(self, user_id: str) -> None:
        self.count += 1
        self.wishes[user_id].append(float(self.count))
        with self.course.database.transaction() as session:
            context = session.get_one(Context, self.course.context_key)
            column = wanted_column(
                session,
                context=context,
                tag="t",
                resource_id="r",
                label="Quiz",
                score_maximum=MAXIMUM,
                now=self.course.clock(),
            )
            want_score(
                session,
                column=column,
                person=session.scalars(select(Person).where(Person.user_id == user_id)).one(),
                score_given=float(self.count),
                score_maximum=MAXIMUM,
                comment=None,
                now=self.course.clock(),
            )

    @rule()
    def deliver(self) -> None:
        self.courier.deliver_due()

    @precondition(lambda self: self.course.platform.line_items)
    @rule(user_id=st.sampled_from(STUDENTS))
    def teacher_enters(self, user_id: str) -> None:
        [url] = self.course.platform.line_items
        self.count += 1
        self.entered[user_id] = self.count + 0.5
        self.course.platform.teacher_enters(url, user_id, self.entered[user_id], at=self.course.clock())

    @precondition(lambda self: self.entered)
    @rule()
    def teacher_lets_waymark_replace_it(self) -> None:
        with self.course.database.transaction() as session:
            waiting = select(OutboxEntry).where(OutboxEntry.problem_code == CHANGED_AT_PLATFORM)
            for entry in session.scalars(waiting):
                send_again(entry, now=self.course.clock())
                self.entered.pop(entry.person.user_id, None)

    @rule(kind=FAULTS, path=PATHS, times=st.integers(1, 3))
    def break_something(self, kind: object, path: str, times: int) -> None:
        self.course.platform.fail(kind, times=times, path=path)  # type: ignore[arg-type]  # sampled from both kinds

    @rule(seconds=st.sampled_from([0.2, 1.0, 7.0, 35.0, 70.0, 900.0]))
    def wait(self, seconds: float) -> None:
        self.course.clock.advance(seconds=seconds)

    @rule()
    def second_worker_claims_and_stalls(self) -> None:
        registration_id = self.course.context().deployment.registration_id
        with self.course.database.transaction() as session:
            self.stalled += claim_next(session, registration_id=registration_id, now=self.course.clock())

    @precondition(lambda self: self.stalled)
    @rule()
    def second_worker_goes_on(self) -> None:
        claim = self.stalled.pop()
        try:
            deliver(
                claim,
                self.course.client(),
                cells=Cells(self.course.clock),
                database=self.course.database,
                clock=self.course.clock,
            )
        except PlatformError:
            return
        with self.course.database.transaction() as session:
            settle(session, [Ending(claim)], now=self.course.clock())

    @rule(user_id=st.sampled_from(STUDENTS))
    def wish_changes_while_it_is_sent(self, user_id: str) -> None:
        self.want(user_id)
        self.second_worker_claims_and_stalls()
        self.want(user_id)
        if self.stalled:
            self.second_worker_goes_on()

    @invariant()
    def never_backwards(self) -> None:
        for user_id in STUDENTS:
            lines = [line for line in self.course.platform.ledger if line.user_id == user_id]
            assert [line.timestamp for line in lines] == sorted({line.timestamp for line in lines})
            scores = [line.body["scoreGiven"] for line in lines]
            assert scores == sorted(scores), "an older wish followed a newer one"

    @invariant()
    def what_a_teacher_entered_stays(self) -> None:
        for user_id, score in self.entered.items():
            [cell] = [cell for (_, user), cell in self.course.platform.cells.items() if user == user_id]
            assert cell["score"] == score

    @invariant()
    def none_doubled(self) -> None:
        for user_id in STUDENTS:
            scores = [body["scoreGiven"] for body in self.course.platform.accepted_for(user_id)]
            assert len(scores) == len(set(scores)), "one wish was accepted twice"
        assert len(self.course.platform.line_items) <= 1, "a second column was made"

    def teardown(self) -> None:
        try:
            self._none_lost()
        finally:
            self.open.close()

    def _none_lost(self) -> None:
        """When the faults end, every last wish arrives: none of these faults needs a person in the end.

        Save for one: an entry at which worker after worker stalled is set aside, with a reason.
        """
        self.course.platform.faults.clear()
        for _ in range(12):
            self.course.clock.advance(minutes=20)
            self.courier.deliver_due()
        self.never_backwards()
        self.none_doubled()
        self.what_a_teacher_entered_stays()
        with self.course.database.read() as session:
            entries = session.scalars(select(OutboxEntry)).all()
            states = {entry.person.user_id: (entry.state, entry.problem_code) for entry in entries}
        for user_id, wishes in self.wishes.items():
            if states[user_id] == (Delivery.ATTENTION, INTERRUPTED):
                continue
            if user_id in self.entered and states[user_id] == (Delivery.ATTENTION, CHANGED_AT_PLATFORM):
                continue
            if user_id in self.entered and states[user_id] == (Delivery.DELIVERED, None):
                continue  # entered after the last delivery: the daily comparison finds it
            assert states[user_id] == (Delivery.DELIVERED, None)
            (cell,) = [cell for (_, user), cell in self.course.platform.cells.items() if user == user_id]
            assert cell["score"] == wishes[-1]


TestWriteBack = WriteBack.TestCase
TestWriteBack.settings = settings(
    max_examples=20,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
