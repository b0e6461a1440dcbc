"""A course on a small LMS with its students, and a courier of steps with a clock that tests move."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.grades import step_wishes
from lti_tool.grades.channels.channel import Channel, Step, StepColumn
from lti_tool.grades.channels.choice import channel_named
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Access, Place
from lti_tool.models.channels import StepDelivery
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery, NativeConnection
from lti_tool.usecases.deliver_steps import StepCourier
from lti_tool.usecases.native_access import opening_of
from lti_tool.usecases.native_credentials import seal
from tests.factories import make_context, make_person
from tests.grades.linked_course import Clock, ImpatientSession
from tests.grades.native_apis.canvas_server import CanvasSchool, enrollment, running_canvas

SECRET = "a secret of this installation, long enough"
STUDENTS = {"1": 1001, "2": 1002, "3": 1003}


@dataclass
class StepDesk:
    """Steps on their way to `lms`, one of the small servers, whose own API is of this `product`."""

    database: Database
    lms: Any
    context_key: int
    person_keys: dict[str, int]
    product: str
    clock: Clock = field(default_factory=Clock)
    courier: StepCourier = field(init=False)

    def __post_init__(self) -> None:
        self.lms.clock = self.clock
        outbound = ImpatientSession(self.lms.origin)
        self.courier = StepCourier(self.database, outbound, SECRET, self.clock, rng=random.Random(1))

    def want(self, channel: str, user_id: str, assignment: int | None, *, proposal: int = 1) -> None:
        """Let a channel bring a step to a student; None takes it back."""
        with self.database.transaction() as session:
            context = session.get_one(Context, self.context_key)
            person = session.get_one(Person, self.person_keys[user_id])
            now = self.clock()
            if assignment is None:
                step_wishes.take_back(session, context=context, person=person, channel=channel, now=now)
                return
            step_wishes.want_step(
                session,
                context=context,
                channel=known(channel),
                person=person,
                step=a_step(assignment, proposal=proposal, product=self.product),
                now=now,
            )

    def access(self) -> Access:
        """What calls to the Canvas need."""
        opening = opening_of(self.database, self.courier.outbound, SECRET, self.context_key, clock=self.clock)
        assert opening is not None
        return opening.access()

    def deliver(self) -> Counter[Delivery]:
        return self.courier.deliver_due()

    def deliver_until_quiet(self) -> None:
        """Let the clock run, a quarter of an hour at a time, as long as something is only postponed."""
        for _ in range(20):
            self.deliver()
            states = {row.state for row in self.rows()}
            if not states & {Delivery.PENDING, Delivery.SENDING}:
                return
            self.clock.now += timedelta(minutes=16)
        raise AssertionError("it does not become quiet")

    def rows(self) -> list[StepDelivery]:
        with self.database.read() as session:
            return list(session.scalars(select(StepDelivery).order_by(StepDelivery.id)))

    def row(self) -> StepDelivery:
        [row] = self.rows()
        return row

    def send_again(self) -> None:
        with self.database.transaction() as session:
            for row in session.scalars(select(StepDelivery)):
                step_wishes.send_again(row, now=self.clock())

    def connection(self) -> NativeConnection:
        with self.database.read() as session:
            return session.scalars(select(NativeConnection)).one()


@dataclass
class Desk(StepDesk):
    """A Canvas. Students "1", "2" and "3" have the numbers 1001 to 1003; assignments 201 and 202 are for overrides."""

    @property
    def canvas(self) -> CanvasSchool:
        assert isinstance(self.lms, CanvasSchool)
        return self.lms


def a_step(assignment: int, *, proposal: int = 1, product: str = "canvas") -> Step:
    """A step whose activity is this assignment."""
    return Step(
        proposal=proposal,
        activity=f"activity-{assignment}",
        title=f"Activity {assignment}",
        reason="It comes next on your path.",
        minutes=10,
        column=StepColumn(f"{product}:{assignment}", f"Activity {assignment}"),
    )


def known(name: str) -> Channel:
    """The channel of this name, which there must be."""
    channel = channel_named(name)
    assert channel is not None
    return channel


@contextmanager
def open_desk(database: Database) -> Iterator[Desk]:
    """A desk on an empty database."""
    course = CanvasSchool(own_enrollments=[enrollment(limited=False)])
    with running_canvas(course) as canvas:
        for assignment in (201, 202):
            canvas.add_assignment(assignment, f"Activity {assignment}", 10, only_visible_to_overrides=True)
        for user_id, number in STUDENTS.items():
            canvas.add_student(number, f"Given{user_id}", f"Family{user_id}", sub=user_id)
        place = Place(Product.CANVAS, canvas.origin, canvas.course)
        # The ids of the others are asked for.
        key, people = connected_course(database, place, canvas.token, STUDENTS, native_ids={"1": "1001"})
        yield Desk(database, canvas, key, people, "canvas")


def connected_course(
    database: Database,
    place: Place,
    secret: str,
    user_ids: Iterable[str],
    *,
    key: str = "",
    native_ids: dict[str, str] | None = None,
) -> tuple[int, dict[str, int]]:
    """A course that is connected with this place, and its people, by what launches call them."""
    with database.transaction() as session:
        context = make_context(session)
        people = {user_id: make_person(session, context, user_id).id for user_id in user_ids}
        session.add(
            NativeConnection(
                context_id=context.id,
                product=place.product.value,
                root=place.root,
                course=place.course,
                key=key,
                encrypted_secret=seal(secret, SECRET),
                connected_at=Clock().now,
                native_ids=native_ids or {},
            )
        )
        return context.id, people
