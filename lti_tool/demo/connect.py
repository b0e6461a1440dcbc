"""Connecting the demo's two halves as their administrators would by hand, page by page over HTTP.

Where the LMS offers dynamic registration, its administrator pastes the tool's registration address, the
tool's page asks before it connects, the LMS's administrator activates the tool, and the tool's
administrator approves it. Where it does not, both type the other's addresses into a form.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.demo.browser import Browser, NotAsExpectedError, Page
from lti_tool.demo_lms.course import sample_course
from lti_tool.errors import Fixable
from lti_tool.launch.invitations import create_invitation
from lti_tool.launch.manual_registration import add_registration
from lti_tool.launch.registration import approve_registration
from lti_tool.models.platforms import Registration, RegistrationStatus
from lti_tool.settings import Settings

_NAME = "Demo LMS"
_ACTOR = "demo"


def connect_demo(database: Database, *, settings: Settings, lms_address: str) -> None:
    """Register the tool with the demo LMS, unless that was done before.

    Raises Fixable `demo.not_connected` with the refused step when a page does not answer as expected.
    """
    with database.read() as session:
        connected = session.scalar(
            select(Registration.id).where(Registration.status == RegistrationStatus.ACTIVE).limit(1)
        )
    if connected is not None:
        return
    browser = Browser()
    try:
        browser.send(browser.open(f"{lms_address}/sign-in").form(rf"/sign-in/{_lms_administrator()}$"))
        tools = browser.open(f"{lms_address}/tools")
        if tools.has_form(r"/tools/register$"):
            _connect_dynamically(browser, tools, database, settings)
        else:
            _connect_by_hand(browser, tools, database, settings)
    except NotAsExpectedError as error:
        raise Fixable(
            "demo.not_connected",
            f"The demo LMS and the tool could not be connected: {error}. "
            "Start afresh with: make demo-reset, then make demo",
        ) from error


def _connect_dynamically(browser: Browser, tools: Page, database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        invitation = create_invitation(session, label=_NAME, now=_now())
    registering = tools.form(r"/tools/register$")
    registering.fields["address"] = f"{settings.address}/lti/register?invitation={invitation}"
    frame = browser.send(registering).frame()
    browser.send(browser.open(frame).form(r"/lti/register$"))
    browser.send(browser.open(tools.url).form(r"/tools/\d+/activate$"))
    with database.transaction() as session:
        newest = session.scalars(select(Registration.id).order_by(Registration.id.desc())).first()
        if newest is None:
            raise NotAsExpectedError("the tool kept no registration")
        approve_registration(session, newest, actor=_ACTOR, now=_now())


def _connect_by_hand(browser: Browser, tools: Page, database: Database, settings: Settings) -> None:
    form = tools.form(r"/tools/manual$")
    form.fields |= {
        "name": "Waymark",
        "initiate_login_uri": f"{settings.address}/lti/login",
        "redirect_uris": f"{settings.address}/lti/launch",
        "jwks_uri": f"{settings.address}/lti/jwks",
        "target_link_uri": f"{settings.address}/lti/launch",
        "deep_linking_uri": f"{settings.address}/lti/launch",
    }
    shown = browser.send(form).facts()
    values = {
        "label": _NAME,
        "issuer": shown["Issuer"],
        "client_id": shown["Client id"],
        "deployment_id": shown["Deployment id"],
        "auth_login_url": shown["Authentication address"],
        "auth_token_url": shown["Token address"],
        "key_set_url": shown["Key set of this platform"],
    }
    with database.transaction() as session:
        add_registration(
            session,
            values,
            local_origins=settings.local_platforms,
            actor=_ACTOR,
            secret=settings.secret_key.get_secret_value(),
            now=_now(),
        )


def _lms_administrator() -> str:
    people = sample_course(_now()).people
    return re.escape(next(person.id for person in people if person.role == "administrator"))


def _now() -> datetime:
    return datetime.now(UTC)
