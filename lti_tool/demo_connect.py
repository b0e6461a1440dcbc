"""Connecting the demo's two halves as an administrator would by hand, page by page over HTTP.

The LMS's administrator pastes the tool's registration address, the tool's page asks before it connects,
the LMS's administrator activates the tool, and the tool's administrator approves the registration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.demo_lms.course import sample_course
from lti_tool.errors import Fixable
from lti_tool.launch.invitations import create_invitation
from lti_tool.launch.registration import approve_registration
from lti_tool.models.platforms import Registration, RegistrationStatus
from lti_tool.settings import Settings

_TIMEOUT_SECONDS = 20


def connect_demo(database: Database, *, settings: Settings, lms_address: str) -> None:
    """Register the tool with the demo LMS, unless that was done before.

    Raises Fixable `demo.not_connected` with the refused step when a page does not answer as expected.
    """
    with database.read() as session:
        active = session.scalar(
            select(Registration.id).where(
                Registration.issuer == lms_address, Registration.status == RegistrationStatus.ACTIVE
            )
        )
    if active is not None:
        return
    with database.transaction() as session:
        invitation = create_invitation(session, label="Demo LMS", now=datetime.now(UTC))

    browser = _Browser()
    sign_in = browser.open(f"{lms_address}/sign-in")
    browser.send(sign_in.form(rf"/sign-in/{re.escape(_lms_administrator())}$"))
    tools = browser.open(f"{lms_address}/tools")
    registering = tools.form(r"/tools/register$")
    registering.fields["address"] = f"{settings.address}/lti/register?invitation={invitation}"
    frame = browser.send(registering).frame()
    browser.send(browser.open(frame).form(r"/lti/register$"))
    browser.send(browser.open(f"{lms_address}/tools").form(r"/tools/\d+/activate$"))

    with database.transaction() as session:
        registration = session.scalars(
            select(Registration).where(Registration.issuer == lms_address).order_by(Registration.id.desc())
        ).first()
        if registration is None:
            raise _not_connected("the tool kept no registration")
        approve_registration(session, registration.id, actor="demo", now=datetime.now(UTC))


def _lms_administrator() -> str:
    people = sample_course(datetime.now(UTC)).people
    return next(person.id for person in people if person.role == "administrator")


@dataclass(slots=True)
class _Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Page(HTMLParser):
    """The forms and frames of one page: all that two clicks need, so no browser library is brought for it."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self._url = url
        self._forms: list[_Form] = []
        self._frames: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._forms.append(_Form(urljoin(self._url, values.get("action", ""))))
        elif tag == "input" and self._forms and "name" in values:
            self._forms[-1].fields[values["name"]] = values.get("value", "")
        elif tag == "iframe":
            self._frames.append(urljoin(self._url, values.get("src", "")))

    def form(self, path: str) -> _Form:
        for form in self._forms:
            if re.search(path, urlsplit(form.action).path):
                return form
        raise _not_connected(f"{self._url} has no such form as expected")

    def frame(self) -> str:
        if not self._frames:
            raise _not_connected(f"{self._url} shows no registration page")
        return self._frames[0]


class _Browser:
    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, url: str) -> _Page:
        return self._page(self._session.get(url, timeout=_TIMEOUT_SECONDS))

    def send(self, form: _Form) -> _Page:
        parts = urlsplit(form.action)
        origin = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        return self._page(
            self._session.post(form.action, data=form.fields, headers=origin, timeout=_TIMEOUT_SECONDS)
        )

    def _page(self, response: requests.Response) -> _Page:
        if not response.ok:
            raise _not_connected(f"{urlsplit(response.url).path} answered {response.status_code}")
        return _Page(response.url, response.text)


def _not_connected(why: str) -> Fixable:
    return Fixable(
        "demo.not_connected",
        f"The demo LMS and the tool could not be connected: {why}. "
        "Start afresh with: make demo-reset, then make demo",
    )
