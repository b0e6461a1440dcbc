"""A course on a strict platform, its students, and a courier with a clock that tests move."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import OutboxEntry
from lti_tool.usecases.deliver_scores import Courier, Deliveries
from tests.factories import make_person
from tests.grades.linked_course import Course
from tests.grades.strict_platform import Platform


@dataclass
class Desk:
    """A course, its students, and a courier with a clock that tests move."""

    course: Course
    wishes: dict[tuple[str, str], list[float | None]] = field(default_factory=lambda: defaultdict(list))

    @property
    def platform(self) -> Platform:
        return self.course.platform

    def add_students(self, *user_ids: str) -> None:
        self.platform.add_members(*user_ids)
        with self.course.database.transaction() as session:
            context = session.get_one(Context, self.course.context_key)
            for user_id in user_ids:
                make_person(session, context, user_id)

    def want(
        self, user_id: str, score: float | None, comment: str | None = None, *, activity: str = "quiz"
    ) -> None:
        self.wishes[activity, user_id].append(score)
        with self.course.database.transaction() as session:
            context = session.get_one(Context, self.course.context_key)
            column = wanted_column(
                session,
                context=context,
                tag="waymark-activity",
                resource_id=activity,
                label=activity,
                score_maximum=10,
                now=self.course.clock(),
            )
            want_score(
                session,
                column=column,
                person=session.scalars(select(Person).where(Person.user_id == user_id)).one(),
                score_given=score,
                score_maximum=None if score is None else 10,
                comment=comment,
                now=self.course.clock(),
            )

    def deliver(self) -> Deliveries:
        return self.courier().deliver_due()

    def courier(self) -> Courier:
        return Courier(
            self.course.database,
            self.course.outbound,
            self.course.secret,
            self.course.clock,
            rng=random.Random(1),
        )

    def deliver_for(self, **units: float) -> None:
        """Deliver again and again while time passes in steps of 10 seconds."""
        end = self.course.clock() + timedelta(**units)
        while self.course.clock() < end:
            self.deliver()
            self.course.clock.advance(seconds=10)

    def entry(self, user_id: str = "u1") -> OutboxEntry:
        with self.course.database.read() as session:
            return session.scalars(
                select(OutboxEntry)
                .join(Person, OutboxEntry.person_id == Person.id)
                .where(Person.user_id == user_id)
            ).one()

    def sent(self) -> list[tuple[str, str]]:
        return [request for request in self.platform.requests if request[1].split("?")[0].endswith("/scores")]
