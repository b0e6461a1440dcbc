"""Let Waymark read a course's whole gradebook by the LMS's own API, with a credential that a teacher gives.

Connecting calls nothing: it keeps the credential, encrypted, and asks for a reading; what comes of that is said on
the page (`read_native_gradebook` notes it). A credential is never shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.choice import api_of, place_of
from lti_tool.grades.native_apis.native_api import CourseAddresses, Place
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import ColumnSource, LineItem, NativeConnection
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.native_credentials import seal
from lti_tool.usecases.reading import request_reading

LONGEST_CREDENTIAL = 1024
LONGEST_COURSE = 32


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """What a teacher needs to know: what can be connected, and how it goes since it is.

    `product` is a value of `Product`. `asks_course` and `asks_key`: what a teacher has to say beside the secret.
    `learners` counts the students of the course, `students` those of them whom the latest reading found.
    """

    product: str
    asks_course: bool
    asks_key: bool
    connected_at: datetime | None = None
    read_at: datetime | None = None
    columns: int = 0
    students: int = 0
    learners: int = 0
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str | None = None

    @property
    def is_connected(self) -> bool:
        """Whether a credential is kept."""
        return self.connected_at is not None


def look_at_connection(session: Session, context: Context) -> ConnectionView | None:
    """The connection of this course, or what could be connected; None where nothing can."""
    connection = connection_of(session, context)
    place = _place(context, connection)
    if place is None:
        return None
    offer = ConnectionView(
        product=place.product.value,
        asks_course=not place.course,
        asks_key=api_of(place.product).has_key,
        learners=len(active_learners(session, context)),
    )
    if connection is None:
        return offer
    return replace(
        offer,
        connected_at=connection.connected_at,
        read_at=connection.read_at,
        columns=connection.columns,
        students=connection.students,
        left_out=connection.left_out,
        problem=connection.problem,
    )


def connection_of(session: Session, context: Context) -> NativeConnection | None:
    """The kept connection of this course."""
    return session.scalar(select(NativeConnection).where(NativeConnection.context_id == context.id))


def connect(
    session: Session,
    *,
    context: Context,
    teacher: Person,
    credential: str,
    key: str,
    course: str,
    secret: str,
    now: datetime,
) -> None:
    """Keep a credential, in place of an earlier one, and ask for a reading.

    `key` and `course` are needed only where the view asks for them. `secret` is the installation's. Raises
    NotVisible `native.not_offered`, Fixable `native.credential` or `native.course`.
    """
    connection = connection_of(session, context)
    place = _place(context, connection)
    if place is None:
        raise NotVisible(
            "native.not_offered",
            "This learning platform has no gradebook that Waymark could connect to. Bring in a file instead.",
        )
    credential, key, course = credential.strip(), key.strip(), place.course or course.strip()
    if not _is_credential(credential) or (api_of(place.product).has_key and not _is_credential(key)):
        raise Fixable(
            "native.credential",
            "That is not all of it. Copy the whole token from your learning platform, without spaces, and paste it "
            "here.",
        )
    if not (course.isascii() and course.isdecimal() and len(course) <= LONGEST_COURSE):
        raise Fixable(
            "native.course",
            "The number of the course is missing. It stands in the address of the course in your learning platform.",
        )
    connection = connection or NativeConnection(context_id=context.id)
    connection.product, connection.root, connection.course = place.product.value, place.root, course
    connection.key = key if api_of(place.product).has_key else ""
    connection.encrypted_secret = seal(credential, secret)
    connection.connected_by_id, connection.connected_at = teacher.id, now
    connection.native_ids, connection.left_out = {}, {}
    connection.read_at, connection.columns, connection.students = None, 0, 0
    connection.problem_code = connection.problem = None
    session.add(connection)
    request_reading(context, now=now)


def disconnect(session: Session, *, context: Context) -> None:
    """Forget the credential. Columns and results stay as they were read last; a file may bring newer ones.

    Raises NotVisible `native.not_connected`.
    """
    connection = connection_of(session, context)
    if connection is None:
        raise NotVisible(
            "native.not_connected",
            "This course is not connected any more. Open Setup to see how its gradebook comes in.",
        )
    session.delete(connection)
    session.execute(
        update(LineItem)
        .where(LineItem.context_id == context.id, LineItem.source == ColumnSource.NATIVE)
        .values(source=ColumnSource.FILE)
    )


def _place(context: Context, connection: NativeConnection | None) -> Place | None:
    """Where launches say that the gradebook is; else where it is read from now."""
    registration = context.deployment.registration
    found = place_of(
        CourseAddresses(
            issuer=registration.issuer,
            context_id=context.context_id,
            memberships_url=context.memberships_url or "",
            line_items_url=context.line_items_url or "",
        )
    )
    if found is None and connection is not None:
        return Place(Product(connection.product), connection.root, connection.course)
    return found


def _is_credential(text: str) -> bool:
    return 8 <= len(text) <= LONGEST_CREDENTIAL and text.isascii() and text.isprintable() and " " not in text
