"""Try the way to a platform, step by step: its keys, our sign-in, a course's people, its columns.

Nothing is stored or changed, here or there, and no name is kept: an administrator gets numbers and
sentences. One test per registration and process at a time, with a time limit for the whole; each of its calls takes
its turn in the platform's lane (`reading_lane`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, PlatformError, PlatformUnavailable
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.service_client import ServiceClient
from lti_tool.grades.vocab import MediaType, Scope
from lti_tool.http import OutboundSession
from lti_tool.launch.access_tokens import PlatformConnector, TokenCache
from lti_tool.launch.key_sets import count_keys
from lti_tool.launch.keys import SigningKey, signing_key
from lti_tool.launch.registration import find_registration_by_key
from lti_tool.launch.wire import read_json
from lti_tool.models.courses import Context
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Deployment, Registration
from lti_tool.usecases.connection_advice import KEYS_ADVICE, SCOPE_ADVICE, SERVICE_ADVICE, explain_sign_in
from lti_tool.usecases.hurried_session import HurriedSession
from lti_tool.usecases.reading_lane import NOT_LET_THROUGH, trying_lane

_running: set[int] = set()
_running_lock = threading.Lock()

# No request begins later than this; the last one may take 5 s to connect, 10 s to answer, 30 s to end.
START_NOTHING_AFTER_SECONDS: Final = 15.0
MOST_PAGES: Final = 20


class Outcome(StrEnum):
    """How one step went."""

    OK = "ok"
    PROBLEM = "problem"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: what was found, and, after a problem, what to do. `code` is for support."""

    title: str
    outcome: Outcome
    found: str
    advice: str = ""
    code: str = ""


@dataclass(slots=True)
class _Try:
    """One test under way."""

    registration: Registration
    context: Context | None
    client: ServiceClient
    outbound: OutboundSession
    address: str
    steps: list[Step] = field(default_factory=list)

    def note(self, title: str, outcome: Outcome, found: str, advice: str = "", code: str = "") -> None:
        self.steps.append(Step(title, outcome, found, advice, code))

    def note_failure(self, title: str, error: PlatformError, advice: str, found: str = "") -> None:
        """What is not tried, because the platform is left alone, is no problem to look for anywhere."""
        if error.code in NOT_LET_THROUGH:
            self.note(title, Outcome.NOT_TRIED, _LEFT_ALONE, code=error.code)
        else:
            self.note(title, Outcome.PROBLEM, found or error.message, advice, error.code)


def run_connection_test(
    database: Database,
    secret: str,
    registration_key: int,
    *,
    address: str,
    local_origins: Iterable[str],
    clock: Callable[[], datetime],
    seconds: float = START_NOTHING_AFTER_SECONDS,
) -> tuple[Step, ...]:
    """Try everything that the registration needs; `address` is our own origin.

    Raises NotVisible (`registration.not_found`), and Fixable (`connection_test.running`) while a test of
    the same registration is under way.
    """
    with _alone(registration_key):
        with database.read() as session:
            registration = find_registration_by_key(session, registration_key)
            context = _latest_course(session, registration)
            try:
                key = signing_key(session, registration, secret, clock())
            except Fixable as error:
                return (Step(_OWN_KEY, Outcome.PROBLEM, error.message, code=error.code),)
        gate = trying_lane(database, registration_key, clock).call
        with HurriedSession(local_origins, seconds, gate=gate) as hurried:
            client = _client(registration, key, hurried, clock)
            return _try_all(_Try(registration, context, client, hurried, address))


def _try_all(trying: _Try) -> tuple[Step, ...]:
    _try_keys(trying)
    if _try_sign_in(trying):
        _try_roster(trying)
        _try_columns(trying)
    else:
        for title in (_ROSTER, _COLUMNS):
            trying.note(
                title, Outcome.NOT_TRIED, "Waymark could not sign in, so there was no point in trying."
            )
    return tuple(trying.steps)


_LEFT_ALONE = (
    "The platform asked for a pause, or is busy with other work of Waymark, so this was not tried. Test again in some "
    "minutes."
)
_OWN_KEY = "Waymark's own key"
_KEYS = "The platform's keys"
_SIGN_IN = "Signing in to the platform"
_ROSTER = "People of a course"
_COLUMNS = "Gradebook columns"
_SERVICES: Final = {
    Scope.MEMBERSHIPS: "read who is in a course",
    Scope.LINE_ITEM: "list and make gradebook columns",
    Scope.RESULT_READ_ONLY: "read results",
    Scope.SCORE: "write scores",
}


def _try_keys(trying: _Try) -> None:
    url = trying.registration.key_set_url
    try:
        response = trying.outbound.get(url, headers={"Accept": "application/json"})
        document: Any = read_json(response.content) if response.status_code == 200 else None
    except PlatformError as error:
        trying.note_failure(_KEYS, error, KEYS_ADVICE)
        return
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        found = f"The address of the keys answered with status {response.status_code} and no key set."
        trying.note(_KEYS, Outcome.PROBLEM, found, KEYS_ADVICE, "connection_test.no_key_set")
        return
    usable, weak = count_keys(document)
    if usable:
        found = f"{_number(usable, 'key')} that launches can be checked with."
        trying.note(_KEYS, Outcome.OK, found)
    else:
        found = (
            "The platform publishes only keys that are too short to be safe (under 2048 bits)."
            if weak
            else "The platform publishes no RSA key for signatures."
        )
        advice = "Ask whoever runs the platform to make a new RSA key of at least 2048 bits. Until then nobody gets in."
        trying.note(_KEYS, Outcome.PROBLEM, found, advice, "connection_test.no_usable_key")


def _try_sign_in(trying: _Try) -> bool:
    """Ask for a token for each service alone; true when there is one at all."""
    granted: list[str] = []
    refused: list[tuple[str, PlatformError]] = []
    for scope, words in _SERVICES.items():
        try:
            trying.client.connector.get_access_token([scope.value])
            granted.append(words)
        except PlatformError as error:
            refused.append((words, error))
            if not (granted or _is_about_scope(error)):
                break  # neither client nor address will do better for another service
    if not refused:
        trying.note(_SIGN_IN, Outcome.OK, "Waymark may " + ", ".join(granted) + ".")
    elif granted:
        not_granted = ", ".join(words for words, _error in refused)
        trying.note(
            _SIGN_IN,
            Outcome.PROBLEM,
            f"Waymark may {', '.join(granted)}, but not: {not_granted}.",
            SCOPE_ADVICE,
            refused[0][1].code,
        )
    else:
        first = refused[0][1]
        found, advice = explain_sign_in(first, trying.address)
        trying.note_failure(_SIGN_IN, first, advice, found)
    return bool(granted)


def _try_roster(trying: _Try) -> None:
    context = trying.context
    if context is None or not context.memberships_url:
        trying.note(_ROSTER, Outcome.NOT_TRIED, _no_course(context, "list of people"))
        return
    try:
        members, complete = _read(
            trying, context.memberships_url, Scope.MEMBERSHIPS, MediaType.MEMBERSHIPS, "members"
        )
    except PlatformError as error:
        trying.note_failure(_ROSTER, error, SERVICE_ADVICE)
        return
    named = sum(
        1 for item in members if isinstance(item, dict) and (item.get("name") or item.get("given_name"))
    )
    found = f"{_number(len(members), 'person', 'people')}{'' if complete else ' or more'} in the course that was opened last."
    if members and not named:
        trying.note(
            _ROSTER,
            Outcome.PROBLEM,
            f"{found} The platform sends no names.",
            "Teachers see numbers instead of names. In the platform, let Waymark have people's names "
            "(Canvas: privacy level “Name only”; Moodle: “Share launcher's name with tool: Always”).",
            "connection_test.no_names",
        )
        return
    trying.note(_ROSTER, Outcome.OK, f"{found} Names come for {named} of them.")


def _try_columns(trying: _Try) -> None:
    context = trying.context
    if context is None or not context.line_items_url:
        trying.note(_COLUMNS, Outcome.NOT_TRIED, _no_course(context, "gradebook"))
        return
    try:
        columns, complete = _read(trying, context.line_items_url, Scope.LINE_ITEM, MediaType.LINE_ITEMS, None)
    except PlatformError as error:
        trying.note_failure(_COLUMNS, error, SERVICE_ADVICE)
        return
    found = f"{_number(len(columns), 'column')}{'' if complete else ' or more'} in the course that was opened last."
    trying.note(_COLUMNS, Outcome.OK, f"{found} Most platforms show Waymark only its own columns.")


def _read(
    trying: _Try, url: str, scope: Scope, accept: MediaType, member: str | None
) -> tuple[list[Any], bool]:
    """The entries of a list and whether that is all of it; a long list is cut off, not read to its end."""
    entries: list[Any] = []
    pages = trying.client.read_pages(url, scopes=[scope.value], accept=accept)
    try:
        for number, page in enumerate(pages, start=1):
            found = page.get(member) if member and isinstance(page, dict) else page
            if not isinstance(found, list):
                raise unreadable_answer(status=200)
            entries += found
            if number >= MOST_PAGES:
                return entries, False
    except PlatformUnavailable as error:
        if not (entries and error.code == "connection_test.out_of_time"):
            raise
        return entries, False
    return entries, True


def _latest_course(session: Session, registration: Registration) -> Context | None:
    """The course from which somebody opened us last, one with services if there is any."""
    opened = func.max(LaunchSession.created_at)
    query = (
        select(Context)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .outerjoin(LaunchSession, LaunchSession.context_id == Context.id)
        .where(Deployment.registration_id == registration.id)
        .group_by(Context.id)
        .order_by(Context.memberships_url.is_(None), opened.is_(None), opened.desc(), Context.id.desc())
    )
    return session.scalars(query.limit(1)).first()


def _client(
    registration: Registration, key: SigningKey, outbound: OutboundSession, clock: Callable[[], datetime]
) -> ServiceClient:
    def seconds() -> float:
        return clock().timestamp()

    # Tokens of its own: one from a cache would prove nothing.
    connector = PlatformConnector(registration, key, outbound, tokens=TokenCache(), clock=seconds)
    return ServiceClient(registration, connector, clock=seconds)


def _is_about_scope(error: PlatformError) -> bool:
    return error.detail == "invalid_scope"


def _no_course(context: Context | None, what: str) -> str:
    if context is None:
        return (
            "Nobody has opened Waymark from a course of this platform yet; try again after the first launch."
        )
    return (
        f"The course that was opened last came without its {what}; grant the service and open it once more."
    )


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


@contextmanager
def _alone(registration_key: int) -> Iterator[None]:
    with _running_lock:
        if registration_key in _running:
            raise Fixable(
                "connection_test.running",
                "A test of this platform is running already; wait a minute and look again.",
                status=409,
            )
        _running.add(registration_key)
    try:
        yield
    finally:
        with _running_lock:
            _running.discard(registration_key)
