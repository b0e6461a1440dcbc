"""A teacher signs in at Canvas and agrees that Waymark reads the course's gradebook; and takes that back.

Whoever agrees has to be the person whose launch this is: else somebody could be led to agree to a course of somebody
else's. Canvas is asked who that person is there, with the very access that was given; what does not fit is revoked.
Revocation is told to Canvas once nothing of it is kept any more, and only as far as Canvas answers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import NotAllowed, PlatformError, WaymarkError
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis import canvas_oauth
from lti_tool.grades.native_apis.canvas import canvas_number_of
from lti_tool.grades.native_apis.canvas_oauth import DeveloperKey, Grant
from lti_tool.grades.native_apis.native_api import Access, Place
from lti_tool.http import OutboundSession
from lti_tool.launch.addresses import AUTHORISED_PATH
from lti_tool.launch.authorisations import Authorisation
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Way
from lti_tool.usecases.connect_gradebook import begin_anew, disconnect, not_offered
from lti_tool.usecases.native_access import connection_of, keep_access, opening_of
from lti_tool.usecases.native_credentials import seal
from lti_tool.usecases.platform_connections import developer_key, place_of_course, serving_connection

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SigningIn:
    """What every step needs; `address` is our own origin, `secret` the installation's."""

    database: Database
    outbound: OutboundSession
    secret: str = field(repr=False)
    address: str
    clock: Callable[[], datetime]

    @property
    def redirect_uri(self) -> str:
        """Where Canvas sends the browser back to; the developer key has to name exactly this."""
        return f"{self.address}{AUTHORISED_PATH}"

    def now(self) -> float:
        """POSIX time."""
        return self.clock().timestamp()


def authorisation_address(step: SigningIn, context_key: int, *, state: str, verifier: str) -> str:
    """Where the browser goes on. Raises NotVisible `native.not_offered`, Fixable `native.no_developer_key`."""
    with step.database.read() as session:
        context = session.get_one(Context, context_key)
        _place, key = _canvas_of(session, context, step.secret)
        kept = connection_of(session, context)
    return canvas_oauth.authorisation_address(
        key,
        redirect_uri=step.redirect_uri,
        state=state,
        verifier=verifier,
        with_outcomes=kept is not None and kept.with_outcomes,
    )


def finish(
    step: SigningIn, authorisation: Authorisation, code: str, *, context_key: int, person_key: int
) -> None:
    """Redeem the code that came back, and connect the course with it.

    Raises NotAllowed `sign_in.somebody_else`, and what `canvas_oauth.redeem` raises; then nothing is changed.
    """
    with step.database.read() as session:
        place, key = _canvas_of(session, session.get_one(Context, context_key), step.secret)
        user_id = session.get_one(Person, person_key).user_id
    grant = canvas_oauth.redeem(
        step.outbound,
        key,
        code,
        redirect_uri=step.redirect_uri,
        verifier=authorisation.verifier,
        now=step.now(),
    )
    try:
        _check_who_agreed(step, place, grant, user_id)
    except WaymarkError:
        _revoke(step, key.root, grant.access)
        raise
    with step.database.transaction() as session:
        connection = begin_anew(
            session,
            context=session.get_one(Context, context_key),
            place=place,
            way=Way.SIGNED_IN,
            sealed=seal(grant.refresh, step.secret),
            teacher_key=person_key,
            now=step.clock(),
        )
        keep_access(connection, grant, step.secret, now=step.clock())


def end(step: SigningIn, context_key: int) -> bool:
    """Disconnect the course; gives back whether nothing of it is left at the LMS that somebody could take away.

    Raises NotVisible `native.not_connected`.
    """
    opening = opening_of(step.database, step.outbound, step.secret, context_key, clock=step.clock)
    access = ""
    if opening is not None and opening.connection.way is Way.SIGNED_IN:
        with suppress(WaymarkError):
            access = opening.access().secret
    with step.database.transaction() as session:
        disconnect(session, context=session.get_one(Context, context_key))
    if opening is None or opening.connection.way is not Way.SIGNED_IN:
        return True
    return bool(access) and _revoke(step, opening.connection.root, access)


def _canvas_of(session: Session, context: Context, secret: str) -> tuple[Place, DeveloperKey]:
    place = place_of_course(context)
    if place is None or place.product is not Product.CANVAS:
        raise not_offered()
    return place, developer_key(serving_connection(session, context), secret)


def _check_who_agreed(step: SigningIn, place: Place, grant: Grant, user_id: str) -> None:
    """Raises NotAllowed unless the account that agreed is the one that launches call `user_id`."""
    access = Access(place, grant.access, step.outbound, step.now)
    # Unconfirmed: that both numbers are written alike for accounts of another shard of the same Canvas.
    if not grant.user or canvas_number_of(access, user_id) != grant.user:
        logger.warning("canvas.somebody_else_agreed")
        raise NotAllowed(
            "sign_in.somebody_else",
            "The Canvas account that agreed is not the one with which you opened this course, or it does not belong to "
            "the course. Sign out in Canvas, sign in with your own account, and press Connect again.",
        )


def _revoke(step: SigningIn, root: str, access: str) -> bool:
    try:
        canvas_oauth.revoke(step.outbound, root, access, now=step.now())
    except PlatformError as error:
        logger.warning("canvas.not_revoked", code=error.code)
        return False
    return True
