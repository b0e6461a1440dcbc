"""What an administrator gave for a whole platform: which courses it serves, and how it is given and taken back.

An address of an API is never typed in. It counts only where a signed launch of this registration named it, and what
is given for it serves courses of this registration at this address, and no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.canvas_oauth import DeveloperKey
from lti_tool.grades.native_apis.choice import api_of, place_of
from lti_tool.grades.native_apis.native_api import CourseAddresses, Place
from lti_tool.launch import audit
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import ColumnSource, LineItem, NativeConnection, PlatformConnection, Way
from lti_tool.models.platforms import Deployment, Registration
from lti_tool.usecases.native_credentials import is_credential, seal, unseal
from lti_tool.usecases.needed_functions import Use, uses_of

_LONGEST_CLIENT_ID = 32
# Enough to meet every address of a platform, of which most have one.
_LOOK_AT_MOST = 2000


@dataclass(frozen=True, slots=True)
class PlatformConnectionView:
    """One address of an LMS's API, and what was given for it. `product` is a value of `Product`.

    `courses` counts those that the credential serves, `pasted` and `signed_in` those that teachers connected. `uses`
    say which functions have to be permitted there.
    """

    root: str
    product: str
    asks_key: bool
    has_credential: bool = False
    key: str = ""
    client_id: str = ""
    pasting: bool = True
    courses: int = 0
    pasted: int = 0
    signed_in: int = 0
    uses: tuple[Use, ...] = ()


def place_of_course(context: Context) -> Place | None:
    """Where launches say that the gradebook of this course is."""
    registration = context.deployment.registration
    return place_of(
        CourseAddresses(
            issuer=registration.issuer,
            context_id=context.context_id,
            memberships_url=context.memberships_url or "",
            line_items_url=context.line_items_url or "",
        )
    )


def serving_connection(session: Session, context: Context) -> PlatformConnection | None:
    """What was given for the place of this course, by an administrator of its own registration."""
    place = place_of_course(context)
    if place is None:
        return None
    return _given(session, context.deployment.registration_id, place.root, place.product)


def developer_key(connection: PlatformConnection | None, secret: str) -> DeveloperKey:
    """The key with which teachers sign in. Raises Fixable `native.no_developer_key`, `native.unreadable`."""
    if connection is None or not connection.encrypted_client_secret:
        raise Fixable(
            "native.no_developer_key",
            "Your school no longer lets Waymark sign in at Canvas this way. Tell the person who runs Waymark at your "
            "school, or bring in a file.",
        )
    opened = unseal(connection.encrypted_client_secret, secret)
    return DeveloperKey(connection.root, connection.client_id, opened)


def look_at_platform(session: Session, registration: Registration) -> tuple[PlatformConnectionView, ...]:
    """Every address that launches of this registration named, with what was given for it."""
    return tuple(
        _view(session, registration, root, product)
        for root, product in sorted(_known_roots(session, registration).items())
    )


def give_credential(
    session: Session,
    registration: Registration,
    *,
    root: str,
    key: str,
    credential: str,
    secret: str,
    actor: str,
    now: datetime,
) -> None:
    """Let one credential read all courses at `root`; `key` only where it has two parts.

    Raises NotVisible `platform_connection.unknown_address`, Fixable `platform_connection.credential`.
    """
    connection = _to_change(session, registration, root, now)
    key, credential = key.strip(), credential.strip()
    has_key = api_of(connection.product).has_key
    if not is_credential(credential) or (has_key and (not is_credential(key) or len(key) > 255)):
        raise Fixable(
            "platform_connection.credential",
            "That is not all of it. Copy the whole of it, without spaces, and paste it again.",
        )
    connection.key = key if has_key else ""
    connection.encrypted_secret = seal(credential, secret)
    _note(session, connection, "gradebook.credential_given", actor, now)


def take_credential_back(
    session: Session, registration: Registration, *, root: str, actor: str, now: datetime
) -> None:
    """Forget the credential. Courses that were read with it keep what was read."""
    connection = _to_change(session, registration, root, now)
    connection.key, connection.encrypted_secret = "", None
    _forget(session, registration, root, Way.SCHOOL)
    _note(session, connection, "gradebook.credential_removed", actor, now)


def give_developer_key(
    session: Session,
    registration: Registration,
    *,
    root: str,
    client_id: str,
    client_secret: str,
    secret: str,
    actor: str,
    now: datetime,
) -> None:
    """Let teachers sign in at the Canvas at `root`.

    Raises NotVisible `platform_connection.unknown_address`, Fixable `platform_connection.developer_key`.
    """
    connection = _to_change(session, registration, root, now)
    client_id, client_secret = client_id.strip(), client_secret.strip()
    is_number = client_id.isascii() and client_id.isdecimal() and len(client_id) <= _LONGEST_CLIENT_ID
    if connection.product != Product.CANVAS or not is_number or not is_credential(client_secret):
        raise Fixable(
            "platform_connection.developer_key",
            "The client id is the long number in the column “Details” of Canvas's developer keys, and the key is what "
            "“Show key” shows below it. Copy both, without spaces.",
        )
    connection.client_id, connection.encrypted_client_secret = client_id, seal(client_secret, secret)
    _note(session, connection, "gradebook.developer_key_given", actor, now)


def take_developer_key_back(
    session: Session, registration: Registration, *, root: str, actor: str, now: datetime
) -> None:
    """Forget the developer key, and with it what teachers agreed to: nothing of it can be renewed any more."""
    connection = _to_change(session, registration, root, now)
    connection.client_id, connection.encrypted_client_secret = "", None
    _forget(session, registration, root, Way.SIGNED_IN)
    _note(session, connection, "gradebook.developer_key_removed", actor, now)


def permit_pasting(
    session: Session, registration: Registration, *, root: str, permitted: bool, actor: str, now: datetime
) -> None:
    """Say whether teachers may paste credentials of their own. Where they may not, those that they did are deleted."""
    connection = _to_change(session, registration, root, now)
    connection.pasting = permitted
    if not permitted:
        _forget(session, registration, root, Way.PASTED)
    action = "gradebook.pasting_permitted" if permitted else "gradebook.pasting_forbidden"
    _note(session, connection, action, actor, now)


def forget_connections(session: Session, connections: Iterable[NativeConnection]) -> None:
    """Delete connections of courses. Columns and results stay as they were read last, as if from a file."""
    found = list(connections)
    session.execute(
        update(LineItem)
        .where(
            LineItem.context_id.in_([connection.context_id for connection in found]),
            LineItem.source == ColumnSource.NATIVE,
        )
        .values(source=ColumnSource.FILE)
    )
    session.execute(
        delete(NativeConnection).where(NativeConnection.id.in_([connection.id for connection in found]))
    )


def _given(session: Session, registration_key: int, root: str, product: str) -> PlatformConnection | None:
    return session.scalar(
        select(PlatformConnection).where(
            PlatformConnection.registration_id == registration_key,
            PlatformConnection.root == root,
            PlatformConnection.product == product,
        )
    )


def _known_roots(session: Session, registration: Registration) -> dict[str, Product]:
    courses = session.scalars(
        select(Context)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(Deployment.registration_id == registration.id)
        .order_by(Context.id.desc())
        .limit(_LOOK_AT_MOST)
    )
    places = filter(None, map(place_of_course, courses))
    return {place.root: place.product for place in places}


def _to_change(session: Session, registration: Registration, root: str, now: datetime) -> PlatformConnection:
    product = _known_roots(session, registration).get(root)
    if product is None:
        raise NotVisible(
            "platform_connection.unknown_address",
            "No course of this platform has named that address. Open Waymark in a course of it first.",
        )
    connection = _given(session, registration.id, root, product)
    if connection is None:
        connection = PlatformConnection(
            registration_id=registration.id, root=root, product=product.value, changed_at=now
        )
        session.add(connection)
        session.flush()
    return connection


def _note(session: Session, connection: PlatformConnection, action: str, actor: str, now: datetime) -> None:
    connection.changed_at = now
    subject = f"registration {connection.registration_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, address=connection.root)


def _connections(session: Session, registration: Registration, root: str) -> list[NativeConnection]:
    return list(
        session.scalars(
            select(NativeConnection)
            .join(Context, Context.id == NativeConnection.context_id)
            .join(Deployment, Deployment.id == Context.deployment_id)
            .where(Deployment.registration_id == registration.id, NativeConnection.root == root)
        )
    )


def _forget(session: Session, registration: Registration, root: str, way: Way) -> None:
    found = _connections(session, registration, root)
    forget_connections(session, [connection for connection in found if connection.way is way])


def _view(
    session: Session, registration: Registration, root: str, product: Product
) -> PlatformConnectionView:
    given = _given(session, registration.id, root, product)
    ways = [connection.way for connection in _connections(session, registration, root)]
    return PlatformConnectionView(
        root=root,
        product=product.value,
        asks_key=api_of(product).has_key,
        has_credential=given is not None and given.encrypted_secret is not None,
        key=given.key if given else "",
        client_id=given.client_id if given else "",
        pasting=given is None or given.pasting,
        courses=ways.count(Way.SCHOOL),
        pasted=ways.count(Way.PASTED),
        signed_in=ways.count(Way.SIGNED_IN),
        uses=uses_of(session, registration, product),
    )
