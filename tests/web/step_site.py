"""A course in which a teacher lets approved steps go out by the LMS, whichever that is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades.native_apis.native_api import Place
from lti_tool.models.channels import StepDelivery
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import ColumnSource, LineItem, NativeConnection
from lti_tool.models.learning import Proposal
from lti_tool.usecases.deliver_steps import StepCourier
from lti_tool.usecases.native_credentials import seal
from lti_tool.usecases.plan_path import chosen_option
from tests.factories import NOW
from tests.grades.linked_course import ImpatientSession
from tests.web.school import SECRET, School, Visitor

PAGE = "setup/channels"


@dataclass(frozen=True, slots=True)
class StepSite:
    """The course, its teacher, and the origin of the LMS that it is on."""

    school: School
    teacher: Visitor
    origin: str

    def deliver(self) -> None:
        """What the worker does."""
        with ImpatientSession(self.origin) as outbound:
            StepCourier(self.school.database, outbound, SECRET, lambda: NOW).deliver_due()

    def step(self, place: int = 0) -> Proposal:
        with self.school.database.read() as session:
            return current_step(session, self.school, place)

    def approve(self, place: int = 0) -> None:
        self.teacher.post(f"proposals/{self.step(place).id}/approve")

    def post(self, channel: str, action: str, **fields: str) -> str:
        """What the page says after one of a channel's forms."""
        return self.teacher.follow(self.teacher.post(f"{PAGE}/{channel}/{action}", **fields))

    def preview(self, channel: str) -> str:
        return self.post(channel, "preview")

    def fingerprint(self, channel: str) -> str:
        """What the form that turns a channel on says of the preview; empty where there is no such form."""
        form = re.search(
            rf'action="[^"]*/{channel}/on".*?name="fingerprint" value="(\w+)"',
            self.teacher.get(PAGE).text,
            re.S,
        )
        return form[1] if form else ""

    def turn_on(self, channel: str) -> str:
        self.preview(channel)
        return self.post(channel, "on", fingerprint=self.fingerprint(channel))

    def rows(self) -> list[StepDelivery]:
        with self.school.database.read() as session:
            return list(session.scalars(select(StepDelivery).order_by(StepDelivery.id)))


def current_step(session: Session, school: School, place: int = 0) -> Proposal:
    """The step that stands for a student, by place in the course."""
    return session.scalars(
        select(Proposal).where(Proposal.person_id == school.learner_keys[place], Proposal.is_current)
    ).one()


def connect_first_step(session: Session, school: School, place: Place, secret: str, column: str) -> str:
    """Connect the course, and let `column` ("Poster") be the first student's step; gives back its activity."""
    context = session.get_one(Context, school.context_key)
    activity = chosen_option(current_step(session, school)).activity_id
    assert activity is not None
    for item in session.scalars(select(LineItem).where(LineItem.activity_id == activity)):
        item.activity_id = None
    session.add(
        LineItem(
            context_id=context.id,
            source=ColumnSource.NATIVE,
            url=column,
            label="Poster",
            score_maximum=10,
            activity_id=activity,
            read_at=NOW,
        )
    )
    session.add(
        NativeConnection(
            context_id=context.id,
            product=place.product.value,
            root=place.root,
            course=place.course,
            encrypted_secret=seal(secret, SECRET),
            connected_at=NOW,
        )
    )
    return activity
