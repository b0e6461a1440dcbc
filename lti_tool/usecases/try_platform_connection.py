"""Try what was given for a whole platform: does Canvas know the key, and does the credential open a course?

As with the connection test, nothing is stored or changed, and no name is kept: an administrator gets numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import WaymarkError
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis import canvas_oauth
from lti_tool.grades.native_apis.choice import api_of
from lti_tool.grades.native_apis.native_api import Access, Place
from lti_tool.http import OutboundSession
from lti_tool.launch.registration import find_registration_by_key
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import PlatformConnection, Way
from lti_tool.models.platforms import Deployment
from lti_tool.usecases.connection_test import Outcome, Step
from lti_tool.usecases.hurried_session import HurriedSession
from lti_tool.usecases.native_access import connection_of, in_words_for
from lti_tool.usecases.native_credentials import unseal
from lti_tool.usecases.needed_functions import Use, uses_of
from lti_tool.usecases.platform_connections import developer_key, place_of_course
from lti_tool.usecases.reading_lane import trying_lane

START_NOTHING_AFTER_SECONDS: Final = 15.0
_LOOK_AT_MOST = 50
_KEY = "The developer key"
_CREDENTIAL = "Reading a gradebook"
_FUNCTIONS = "Functions of the web service"
_FUNCTIONS_ADVICE = "In the learning platform, open the web service that this token belongs to, add these functions, and test again."
_KEY_ADVICE = (
    "In Canvas, open Admin → Developer Keys: the key must be an API key, switched on, and its client id and secret those "
    "that you entered here."
)
_CREDENTIAL_ADVICE = (
    "See that the account is still active and may see all grades and people of the courses, then enter its credential "
    "anew."
)


def try_platform_connection(
    database: Database,
    secret: str,
    registration_key: int,
    root: str,
    *,
    local_origins: Iterable[str],
    clock: Callable[[], datetime],
) -> tuple[Step, ...]:
    """Try everything that was given for this address; nothing where nothing was.

    Raises NotVisible `registration.not_found`.
    """
    with database.read() as session:
        registration = find_registration_by_key(session, registration_key)
        given = session.scalar(
            select(PlatformConnection)
            .where(PlatformConnection.registration_id == registration.id, PlatformConnection.root == root)
            .order_by(PlatformConnection.changed_at.desc())
            .limit(1)
        )
        place = _course_to_try(session, registration.id, root) if given else None
        uses = uses_of(session, registration, given.product) if given else ()
    if given is None:
        return ()
    steps = []
    gate = trying_lane(database, registration_key, clock, with_our_key=False).call
    with HurriedSession(local_origins, START_NOTHING_AFTER_SECONDS, gate=gate) as hurried:
        trying = _Try(given, place, uses, hurried, secret, clock)
        if given.encrypted_client_secret:
            steps.append(trying.key())
        if given.encrypted_secret:
            if uses:
                steps.append(trying.functions(given.encrypted_secret))
            steps.append(trying.credential(given.encrypted_secret))
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class _Try:
    """One test under way; `place` is the course that it is tried with, `uses` need functions to be permitted."""

    given: PlatformConnection
    place: Place | None
    uses: tuple[Use, ...]
    outbound: OutboundSession
    secret: str = field(repr=False)
    clock: Callable[[], datetime]

    def key(self) -> Step:
        try:
            key = developer_key(self.given, self.secret)
            canvas_oauth.try_key(self.outbound, key, now=self.clock().timestamp())
        except WaymarkError as error:
            return Step(_KEY, Outcome.PROBLEM, error.message, _KEY_ADVICE, error.code)
        found = "Canvas knows it. Whether it permits all calls shows when a teacher connects."
        return Step(_KEY, Outcome.OK, found)

    def credential(self, sealed: str) -> Step:
        if self.place is None:
            found = "No course here has said its number yet, so there is none to try it with."
            return Step(_CREDENTIAL, Outcome.NOT_TRIED, found)
        try:
            access = self._access(self.place, sealed)
            gradebook = api_of(self.given.product).read(access, user_ids=(), native_ids={}).gradebook
        except WaymarkError as error:
            message = in_words_for(Way.SCHOOL, error).message
            return Step(_CREDENTIAL, Outcome.PROBLEM, message, _CREDENTIAL_ADVICE, error.code)
        columns, students = len(gradebook.columns), len(gradebook.students)
        found = f"The course opened last has columns: {columns}, students: {students}."
        return Step(_CREDENTIAL, Outcome.OK, found)

    def functions(self, sealed: str) -> Step:
        """Which of the functions that something needs the credential may not call."""
        # The list is of the whole site, so any course will do, and none.
        place = self.place or Place(Product(self.given.product), self.given.root)
        try:
            permitted = api_of(self.given.product).permitted(self._access(place, sealed))
        except WaymarkError as error:
            found = f"What the credential may call was not told: {error.message}"
            return Step(_FUNCTIONS, Outcome.NOT_TRIED, found)
        needed = {name for use in self.uses if use.is_wanted for name in use.functions}
        missing = sorted(needed - permitted)
        if missing:
            found = f"Missing for what is in use here: {', '.join(missing)}."
            return Step(_FUNCTIONS, Outcome.PROBLEM, found, _FUNCTIONS_ADVICE, "native.functions_missing")
        more = sorted({name for use in self.uses for name in use.functions} - permitted)
        spare = f" Missing for what no course uses yet: {', '.join(more)}." if more else ""
        return Step(_FUNCTIONS, Outcome.OK, f"All that is in use here is permitted.{spare}")

    def _access(self, place: Place, sealed: str) -> Access:
        return Access(
            place,
            unseal(sealed, self.secret),
            self.outbound,
            lambda: self.clock().timestamp(),
            self.given.key,
        )


def _course_to_try(session: Session, registration_key: int, root: str) -> Place | None:
    """The course opened last whose place at this address is known."""
    courses = session.scalars(
        select(Context)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(Deployment.registration_id == registration_key)
        .order_by(Context.launched_on.desc().nulls_last(), Context.id.desc())
        .limit(_LOOK_AT_MOST)
    )
    for context in courses:
        place, kept = place_of_course(context), connection_of(session, context)
        if place is None or place.root != root:
            continue
        number = place.course or (kept.course if kept else "")
        if number:
            return replace(place, course=number)
    return None
