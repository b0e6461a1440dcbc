"""Let Waymark read a course's whole gradebook by the LMS's own API, with a credential that a teacher pastes.

Connecting calls nothing: it keeps the credential, encrypted, and asks for a reading; what comes of that is said on
the page (`read_native_gradebook` notes it). A credential is never shown again. The other two ways to be connected are
`sign_in_at_canvas`, and what an administrator gave for the whole platform (`platform_connections`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotAllowed, NotVisible
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.choice import api_of
from lti_tool.grades.native_apis.native_api import Place
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import NativeConnection, PlatformConnection, Way
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.native_access import connection_of, is_served
from lti_tool.usecases.native_credentials import is_credential, seal
from lti_tool.usecases.platform_connections import forget_connections, place_of_course, serving_connection
from lti_tool.usecases.reading import request_reading

LONGEST_COURSE = 32


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """What a teacher needs to know: what can be connected, and how it goes since it is.

    `product` is a value of `Product`. `asks_course` and `asks_key`: what a teacher has to say beside the secret.
    `may_paste` a credential and `may_sign_in` are the ways that are open, `is_served` says that the school gave a
    credential for all courses, and `way` whose it is that is used (a value of `Way`).
    `learners` counts the students of the course, `students` those of them whom the latest reading found.
    """

    product: str
    asks_course: bool
    asks_key: bool
    may_paste: bool = True
    may_sign_in: bool = False
    is_served: bool = False
    way: str = ""
    connected_at: datetime | None = None
    read_at: datetime | None = None
    columns: int = 0
    students: int = 0
    learners: int = 0
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the course is read, with whosever credential."""
        return self.connected_at is not None


def look_at_connection(session: Session, context: Context) -> ConnectionView | None:
    """The connection of this course, or what could be connected; None where nothing can."""
    connection = connection_of(session, context)
    place = _place(context, connection)
    if place is None:
        return None
    serving = serving_connection(session, context)
    offer = ConnectionView(
        product=place.product.value,
        asks_course=not place.course,
        asks_key=api_of(place.product).has_key,
        may_paste=serving is None or serving.pasting,
        may_sign_in=serving is not None and serving.encrypted_client_secret is not None,
        is_served=is_served(serving),
        learners=len(active_learners(session, context)),
    )
    if connection is None:
        return offer
    return replace(
        offer,
        way=connection.way.value,
        connected_at=connection.connected_at,
        read_at=connection.read_at,
        columns=connection.columns,
        students=connection.students,
        left_out=connection.left_out,
        problem=connection.problem,
    )


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

    `key` and `course` are needed only where the view asks for them; without a `credential`, that of the school is
    used if there is one. `secret` is the installation's. Raises NotVisible `native.not_offered`, NotAllowed
    `native.pasting_forbidden`, Fixable `native.credential` or `native.course`.
    """
    kept = connection_of(session, context)
    place = _place(context, kept)
    if place is None:
        raise not_offered()
    serving = serving_connection(session, context)
    credential, key, course = credential.strip(), key.strip(), place.course or course.strip()
    of_the_school = not credential and is_served(serving)
    if not of_the_school:
        _check_pasted(credential, key, place, serving)
    if not (course.isascii() and course.isdecimal() and len(course) <= LONGEST_COURSE):
        raise Fixable(
            "native.course",
            "The number of the course is missing. It stands in the address of the course in your learning platform.",
        )
    connection = begin_anew(
        session,
        context=context,
        place=replace(place, course=course),
        way=Way.SCHOOL if of_the_school else Way.PASTED,
        sealed="" if of_the_school else seal(credential, secret),
        teacher_key=teacher.id,
        now=now,
    )
    connection.key = key if api_of(place.product).has_key and not of_the_school else ""


def begin_anew(
    session: Session,
    *,
    context: Context,
    place: Place,
    way: Way,
    sealed: str,
    teacher_key: int,
    now: datetime,
) -> NativeConnection:
    """Connect a course this way from now on, with nothing of an earlier connection, and ask for a reading."""
    connection = connection_of(session, context) or NativeConnection(context_id=context.id)
    connection.product, connection.root, connection.course = place.product.value, place.root, place.course
    connection.way, connection.encrypted_secret, connection.key = way, sealed, ""
    connection.encrypted_access = connection.access_until = None
    connection.connected_by_id, connection.connected_at = teacher_key, now
    connection.native_ids, connection.left_out = {}, {}
    connection.read_at, connection.columns, connection.students = None, 0, 0
    connection.problem_code = connection.problem = None
    connection.outcomes_read_at = connection.outcomes_problem = None
    session.add(connection)
    request_reading(context, now=now)
    return connection


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
    forget_connections(session, [connection])


def not_offered() -> NotVisible:
    """The refusal where no API that we know serves a course."""
    return NotVisible(
        "native.not_offered",
        "This learning platform has no gradebook that Waymark could connect to. Bring in a file instead.",
    )


def _place(context: Context, connection: NativeConnection | None) -> Place | None:
    """Where launches say that the gradebook is; else where it is read from now."""
    found = place_of_course(context)
    if found is None and connection is not None:
        return Place(Product(connection.product), connection.root, connection.course)
    return found


def _check_pasted(credential: str, key: str, place: Place, serving: PlatformConnection | None) -> None:
    if serving is not None and not serving.pasting:
        raise NotAllowed(
            "native.pasting_forbidden",
            "Your school does not permit pasted tokens. Use the other way on this page, or ask the person who runs "
            "Waymark at your school.",
        )
    if not is_credential(credential) or (api_of(place.product).has_key and not is_credential(key)):
        raise Fixable(
            "native.credential",
            "That is not all of it. Copy the whole token from your learning platform, without spaces, and paste it "
            "here.",
        )
