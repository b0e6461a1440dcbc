"""With whose credential a course's gradebook is opened, and what its refusal means for those who gave it.

A course's own connection goes first. Without one, what an administrator gave for the whole platform serves the course,
and a connection notes how that goes. No transaction is open while an access token is renewed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, PlatformRefused, WaymarkError
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis import canvas_oauth
from lti_tool.grades.native_apis.native_api import Access, Place
from lti_tool.http import OutboundSession
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import NativeConnection, PlatformConnection, Way
from lti_tool.usecases.native_credentials import seal, unseal
from lti_tool.usecases.platform_connections import developer_key, place_of_course, serving_connection

# A reading that begins with less might not end with it.
_LEFT_AT_LEAST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Opening:
    """A course's connection, and the ways to open it."""

    database: Database
    outbound: OutboundSession
    secret: str = field(repr=False)
    clock: Callable[[], datetime]
    connection: NativeConnection
    serving: PlatformConnection | None

    @property
    def place(self) -> Place:
        """The course in the LMS's own API."""
        connection = self.connection
        return Place(Product(connection.product), connection.root, connection.course)

    def access(self, *, refused: str = "") -> Access:
        """What calls need. A credential that was just `refused` is not given again where it can be renewed.

        Raises Fixable, PlatformRefused or PlatformUnavailable.
        """
        way = self.connection.way
        if way is Way.SIGNED_IN:
            opened = self._access_token(refused)
        elif way is Way.SCHOOL:
            opened = self._of_the_school()
        else:
            opened = unseal(self.connection.encrypted_secret, self.secret)
        return Access(
            place=self.place,
            secret=opened,
            outbound=self.outbound,
            clock=lambda: self.clock().timestamp(),
            key=self.serving.key if way is Way.SCHOOL and self.serving else self.connection.key,
        )

    def _of_the_school(self) -> str:
        if self.serving is None or self.serving.encrypted_secret is None:
            raise Fixable(
                "native.school_gone",
                "The connection that your school made does not serve this course any more. Connect it yourself, or ask "
                "the person who runs Waymark at your school.",
            )
        return unseal(self.serving.encrypted_secret, self.secret)

    def _access_token(self, refused: str) -> str:
        """A token that lasts a while: the kept one, which another process may have renewed, else a new one."""
        with self.database.read() as session:
            kept = session.get(NativeConnection, self.connection.id)
        if kept is not None and kept.encrypted_access and kept.access_until:
            opened = unseal(kept.encrypted_access, self.secret)
            if kept.access_until > self.clock() + _LEFT_AT_LEAST and opened != refused:
                return opened
        refresh = unseal(self.connection.encrypted_secret, self.secret)
        key = developer_key(self.serving, self.secret)
        grant = canvas_oauth.renew(self.outbound, key, refresh, now=self.clock().timestamp())
        with self.database.transaction() as session:
            row = session.get(NativeConnection, self.connection.id, with_for_update=True)
            if row is not None and row.encrypted_secret == self.connection.encrypted_secret:
                keep_access(row, grant, self.secret, now=self.clock())
        return grant.access


def keep_access(
    connection: NativeConnection, grant: canvas_oauth.Grant, secret: str, *, now: datetime
) -> None:
    """Keep the access token of a grant, encrypted, for as long as it lasts."""
    connection.encrypted_access = seal(grant.access, secret)
    connection.access_until = now + timedelta(seconds=grant.seconds)


def opening_of(
    database: Database,
    outbound: OutboundSession,
    secret: str,
    context_key: int,
    *,
    clock: Callable[[], datetime],
) -> Opening | None:
    """How the course is opened; None where nobody connected it."""
    with database.transaction() as session:
        context = session.get_one(Context, context_key)
        serving = serving_connection(session, context)
        connection = _own_or_served(session, context, serving, clock())
        if connection is None:
            return None
        session.flush()
    return Opening(database, outbound, secret, clock, connection, serving)


def connection_of(session: Session, context: Context) -> NativeConnection | None:
    """The kept connection of this course."""
    return session.scalar(select(NativeConnection).where(NativeConnection.context_id == context.id))


def is_served(serving: PlatformConnection | None) -> bool:
    """Whether an administrator gave a credential for all courses."""
    return serving is not None and serving.encrypted_secret is not None


def in_words_for(way: Way, error: WaymarkError) -> WaymarkError:
    """The same refusal, said to a teacher who did not paste the credential that was refused."""
    words = _WORDS.get((way, error.code))
    return PlatformRefused(error.code, words, detail=error.detail) if words else error


def _own_or_served(
    session: Session, context: Context, serving: PlatformConnection | None, now: datetime
) -> NativeConnection | None:
    own = connection_of(session, context)
    if own is not None and own.way is not Way.SCHOOL:
        return own
    place = place_of_course(context)
    course = (place.course if place else "") or (own.course if own else "")
    if place is None or not is_served(serving) or not course:
        return own
    if own is None:
        own = NativeConnection(
            context_id=context.id, way=Way.SCHOOL, encrypted_secret="", native_ids={}, connected_at=now
        )
        session.add(own)
    if (own.root, own.course) != (place.root, course):
        own.product, own.root, own.course, own.native_ids = place.product.value, place.root, course, {}
    return own


_SCHOOL_REFUSED = (
    "The learning platform no longer accepts the credential that your school gave Waymark. Tell the person who runs "
    "Waymark at your school."
)
_SCHOOL_SEES_A_PART = (
    "The account that your school gave Waymark may not see the whole gradebook of this course. Tell the person who runs "
    "Waymark at your school, or connect the course yourself."
)
_SCHOOL_WITHOUT_OUTCOMES = (
    "The account that your school gave Waymark may not read outcomes. Tell the person who runs Waymark at your school, or "
    "connect the course yourself."
)
_OWN_SEES_A_PART = (
    "The Canvas account that agreed does not see all grades and students of this course. Let a teacher connect who "
    "sees all of them."
)
_WORDS: Mapping[tuple[Way, str], str] = {
    (Way.SCHOOL, "native.token_refused"): _SCHOOL_REFUSED,
    (Way.SCHOOL, "native.unreadable"): _SCHOOL_REFUSED,
    (Way.SCHOOL, "native.not_permitted"): _SCHOOL_SEES_A_PART,
    (Way.SCHOOL, "native.course_not_found"): _SCHOOL_SEES_A_PART,
    (Way.SCHOOL, "native.outcomes_refused"): _SCHOOL_WITHOUT_OUTCOMES,
    (Way.SIGNED_IN, "native.token_refused"): (
        "Canvas refuses what you agreed to, perhaps because the school's key for Waymark permits less than before. "
        "Press Connect and agree once more; if this stays, tell the person who runs Waymark at your school."
    ),
    (Way.SIGNED_IN, "native.not_permitted"): _OWN_SEES_A_PART,
    (Way.SIGNED_IN, "native.course_not_found"): _OWN_SEES_A_PART,
    (
        Way.SIGNED_IN,
        "native.unreadable",
    ): "What you agreed to cannot be read any more. Press Connect and agree once more.",
}
