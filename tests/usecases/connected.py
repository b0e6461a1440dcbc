"""The sample class, whose gradebook is in a small Canvas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from lti_tool.http import OutboundSession
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import ColumnSource, LineItem, Result
from lti_tool.usecases.connect_gradebook import ConnectionView, connect, look_at_connection
from lti_tool.usecases.read_native_gradebook import (
    NativeReading,
    read_native_gradebook,
    store_native_gradebook,
)
from tests.factories import NOW
from tests.grades.native_apis.canvas_server import TOKEN, CanvasSchool, enrollment, running_canvas
from tests.usecases.school import School

SECRET = "a secret of this installation, long enough"
LATER = NOW + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Connected:
    """The sample class, whose course is on this Canvas. Ana has number 1001 there, Ben 1002."""

    school: School
    canvas: CanvasSchool
    outbound: OutboundSession

    def connect(self, credential: str = TOKEN, now: datetime = NOW) -> None:
        with self.school.database.transaction() as session:
            context, teacher, _ana, _ben = self.school.rows(session)
            connect(
                session,
                context=context,
                teacher=teacher,
                credential=credential,
                key="",
                course="",
                secret=SECRET,
                now=now,
            )

    def read(self) -> NativeReading | None:
        return read_native_gradebook(
            self.school.database,
            self.outbound,
            SECRET,
            self.school.context,
            clock=lambda: NOW,
            progress=lambda: None,
        )

    def keep(self, native: NativeReading | None, now: datetime = NOW) -> list[str]:
        assert native is not None
        with self.school.database.transaction() as session:
            context = session.get_one(Context, self.school.context)
            return store_native_gradebook(session, context=context, native=native, now=now)

    def read_and_keep(self, now: datetime = NOW) -> list[str]:
        return self.keep(self.read(), now)

    def view(self) -> ConnectionView:
        with self.school.database.read() as session:
            view = look_at_connection(session, session.get_one(Context, self.school.context))
        assert view is not None
        return view

    def held(self) -> dict[tuple[str, int], tuple[float | None, datetime | None]]:
        """Scores and their moments that came this way, by title and person."""
        with self.school.database.read() as session:
            rows = session.execute(
                select(LineItem.label, Result.person_id, Result.result_score, Result.platform_time)
                .join(Result, Result.line_item_id == LineItem.id)
                .where(LineItem.source == ColumnSource.NATIVE, LineItem.present)
            )
            return {(label, person): (score, moment) for label, person, score, moment in rows}

    def scores(self) -> dict[tuple[str, int], float | None]:
        return {cell: score for cell, (score, _moment) in self.held().items()}


@contextmanager
def connected_school(school: School) -> Iterator[Connected]:
    """Ana has 8 of 10 in the column “Poster”; nothing is connected yet."""
    course = CanvasSchool(own_enrollments=[enrollment(limited=False)])
    with running_canvas(course) as canvas:
        canvas.add_student(1001, "Given1", "Family1", sub="1")
        canvas.add_student(1002, "Given2", "Family2", sub="2")
        canvas.add_assignment(201, "Poster", 10)
        canvas.grade(1001, 201, 8.0)
        with school.database.transaction() as session:
            context = session.get_one(Context, school.context)
            context.memberships_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/names_and_roles"
            context.line_items_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/line_items"
        with OutboundSession(local_origins=[canvas.origin], read_retries=0) as outbound:
            yield Connected(school, canvas, outbound)
