"""The administration in a real browser: signing in for the first time, and its pages for everybody."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from lti_tool.launch import audit, keys
from lti_tool.launch.administrators import create_administrator, find_administrator
from lti_tool.launch.name_access import open_name_access
from lti_tool.models.channels import ChannelChoice
from lti_tool.models.courses import Person
from lti_tool.models.gradebook import PlatformConnection
from lti_tool.models.platforms import Registration, RegistrationStatus
from lti_tool.usecases.kept_evaluations import keep_evaluation
from lti_tool.usecases.learner_export import prepare_export
from tests.factories import make_context
from tests.integration.people import chromium
from tests.launch.platform import NOW, SECRET, SigningPlatform, Tool, add_registration, running_tool
from tests.migrated import migrated_sqlite
from tests.usecases.test_school_results import add_course, add_trials
from tests.web.administrator import PASSWORD, App, add_administrator
from tests.web.axe import findings_at_every_size
from tests.web.test_admin_deliveries import add_troubles

pytestmark = pytest.mark.browser

PAGES = (
    "deliveries",
    "deliveries?done=sending",
    "results",
    "keys",
    "keys?done=rotated",
    "administrators",
    "registrations/1/gradebook",
    "registrations/1/policy",
    "registrations/1/gradebook?done=gradebook_given",
    "audit",
    "audit?about=nobody",
    "people?done=made",
    "registrations/1/people",
    "registrations/2/delete",
)
LONG_NAME = "somebody.with.a.long.name@the-district.example"


@dataclass(frozen=True, slots=True)
class Site:
    """The tool at its own origin, and the app of ada."""

    tool: Tool
    app: App
    origin: str


@dataclass(slots=True)
class Desk:
    """A browser window on the administration; what the browser complains about is kept."""

    page: Page
    site: Site
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.site.origin}/admin/{path}")
        return self.page

    def give_password(self, login: str) -> None:
        page = self.open("sign-in")
        page.get_by_label("Name").fill(login)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))

    def give_recovery_code(self) -> None:
        self.page.get_by_label("Code from your authenticator app").fill(self.site.app.recovery_codes.pop())
        self.page.keyboard.press("Enter")
        expect(self.page).to_have_url(f"{self.site.origin}/admin/")

    def inspect(self) -> list[str]:
        """What axe finds, and what makes the page scroll sideways."""
        return findings_at_every_size(self.page)


@contextmanager
def served_tool(platform: SigningPlatform, folder: Path) -> Iterator[Site]:
    """The tool on a fresh database at a free port, with something to show on every page."""
    url = migrated_sqlite(folder / "waymark.sqlite")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        origin = f"http://127.0.0.1:{port}"
        with running_tool(url, platform, folder, address=origin) as tool:
            app = add_administrator(tool, "ada")
            with tool.app.extensions["waymark"].database.transaction() as session:
                fill(session, platform)
                course = add_course(session, session.get_one(Registration, 1), "with results", learners=12)
                add_trials(session, course.deployment.registration_id)
            keep_evaluation(tool.app.extensions["waymark"].database, course.id, now=NOW)
            server = make_server("127.0.0.1", port, tool.app, threaded=True, fd=listening.fileno())
            Thread(target=server.serve_forever, daemon=True).start()
            yield Site(tool, app, origin)
            server.shutdown()
            server.server_close()


def fill(session: Session, platform: SigningPlatform) -> None:
    """Keys in every state, a platform without one, an account without an app, a log of two pages."""
    other = add_registration(session, platform, client_id="client-2")
    other.label = "A platform with a rather long name: the North District's Learning Management System"
    other.status = RegistrationStatus.DISABLED
    school = session.get_one(Registration, 1)
    keys.new_signing_key(session, school, SECRET, NOW - timedelta(days=100), bits=2048)
    for days in (5, 0.1):
        moment = NOW - timedelta(days=days)
        keys.rotate_key(session, 1, secret=SECRET, actor="worker", now=moment, bits=2048)
    add_troubles(session)
    ada = find_administrator(session, "ada")
    open_name_access(session, ada, 1, reason="family", reference="2026-014", now=NOW)
    for person in session.scalars(select(Person).limit(2)):
        prepare_export(session, ada, 1, person.id, NOW)
    connect_gradebooks(session, school)
    create_administrator(session, LONG_NAME, PASSWORD, NOW)
    for number in range(60):
        moment = NOW - timedelta(minutes=number)
        subject = f"registration {number % 3}"
        audit.record(
            session, actor="command line", action="registration.renamed", subject=subject, now=moment
        )


def connect_gradebooks(session: Session, registration: Registration) -> None:
    """Two Canvases of one registration, of one everything is given, of the other nothing; and a Moodle."""
    services = f"{registration.issuer}/mod/lti/services.php"
    on_moodle = make_context(session, registration=registration, context_id="7")
    on_moodle.memberships_url = f"{services}/CourseSection/7/bindings/2/memberships"
    on_moodle.line_items_url = f"{services}/7/lineitems"
    session.add(ChannelChoice(context_id=on_moodle.id, channel="moodle_group", chosen_at=NOW))
    for number, root in enumerate(("https://canvas.example", "https://canvas.of-another-school.example")):
        context = make_context(session, registration=registration, context_id=f"on canvas {number}")
        context.memberships_url = f"{root}/api/lti/courses/7/names_and_roles"
        context.line_items_url = f"{root}/api/lti/courses/7/line_items"
    session.add(
        PlatformConnection(
            registration_id=registration.id,
            product="canvas",
            root="https://canvas.example",
            encrypted_secret="-",
            client_id="100000000000000000000000000042",
            encrypted_client_secret="-",
            changed_at=NOW,
        )
    )


@contextmanager
def desk(browser: Browser, site: Site, *, width: int = 1280, dark: bool = False) -> Iterator[Desk]:
    """A fresh browser profile; at the end nothing may have gone wrong in it but refused forms."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    found = Desk(page, site)
    page.on("pageerror", lambda error: found.problems.append(str(error)))
    page.on("console", lambda said: found.problems.append(said.text) if said.type == "error" else None)
    yield found
    context.close()
    assert [text for text in found.problems if "401 (UNAUTHORIZED)" not in text] == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(platform: SigningPlatform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served_tool(platform, tmp_path_factory.mktemp("admin")) as site:
        yield site


def test_the_first_sign_in_by_keyboard_leads_through_the_app_to_the_platforms(
    browser: Browser, site: Site
) -> None:
    with desk(browser, site, width=320) as ada:
        ada.give_password(LONG_NAME)
        page = ada.page
        expect(page.locator("h1")).to_have_text("Set up the second step")
        picture = page.get_by_role("img", name="QR code").locator("svg").bounding_box()
        assert picture is not None
        assert picture["width"] == picture["height"] >= 120
        assert ada.inspect() == []
        page.get_by_label("Code of six digits").fill("000 000")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not right")
        assert ada.inspect() == []
        secret = page.locator("code").first.inner_text().replace(" ", "")
        page.get_by_label("Code of six digits").fill(pyotp.TOTP(secret).at(site.tool.clock.now))
        page.keyboard.press("Enter")
        expect(page.locator("li code")).to_have_count(10)
        assert ada.inspect() == []
        page.get_by_role("link", name="I have kept them").click()
        expect(page).to_have_url(f"{site.origin}/admin/")


def test_every_page_is_for_everybody(browser: Browser, site: Site) -> None:
    problems = {}
    with desk(browser, site) as ada:
        ada.open("sign-in")
        problems["sign-in"] = ada.inspect()
        ada.give_password("ada")
        problems["code"] = ada.inspect()
        ada.give_recovery_code()
        expect(ada.page).to_have_url(f"{site.origin}/admin/")
        for path in PAGES:
            ada.open(path)
            problems[path] = ada.inspect()
    assert {path: found for path, found in problems.items() if found} == {}


def test_the_log_is_narrowed_and_turned_over_by_keyboard(browser: Browser, site: Site) -> None:
    with desk(browser, site) as ada:
        ada.give_password("ada")
        ada.give_recovery_code()
        page = ada.open("audit")
        page.get_by_label("Who or about what").fill("command")
        page.keyboard.press("Enter")
        expect(page.locator("tbody tr")).to_have_count(50)
        page.get_by_role("link", name="Older").press("Enter")
        expect(page.locator("tbody tr")).to_have_count(10)
        with page.expect_download() as saving:
            page.get_by_role("link", name="Save as a file").press("Enter")
        assert saving.value.suggested_filename == "waymark-audit-2026-03-02.csv"
        assert Path(saving.value.path()).read_text(encoding="utf-8").count("\n") == 61
