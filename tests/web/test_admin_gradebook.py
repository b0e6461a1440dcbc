"""The administration's page on what serves the gradebooks of a whole platform."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lti_tool.grades.native_apis.canvas_oauth import KEY_SCOPES
from lti_tool.models.gradebook import PlatformConnection
from lti_tool.models.platforms import Registration
from tests.factories import make_context
from tests.grades.native_apis.canvas_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    CanvasSchool,
    enrollment,
    running_canvas,
)
from tests.launch.platform import ADDRESS, SigningPlatform, Tool, running_tool
from tests.web.administrator import add_administrator, get, send, signed_in
from tests.web.school import text_of
from tests.web.test_admin_platforms import audited, fields_of

PAGE = "/admin/registrations/1/gradebook"


@pytest.fixture(scope="module")
def canvas() -> Iterator[CanvasSchool]:
    with running_canvas(CanvasSchool(own_enrollments=[enrollment(limited=False)])) as canvas:
        canvas.add_student(1001, "Ana", "Morales", sub="1")
        canvas.add_assignment(201, "Poster", 10)
        yield canvas


@pytest.fixture
def tool(
    platform: SigningPlatform, canvas: CanvasSchool, sqlite_template: Path, tmp_path: Path
) -> Iterator[Tool]:
    """The tool with one course, which is on this Canvas."""
    shutil.copy(sqlite_template, tmp_path / "waymark.sqlite")
    with running_tool(f"sqlite:///{tmp_path}/waymark.sqlite", platform, tmp_path) as tool:
        services = tool.app.extensions["waymark"]
        settings = services.settings.model_copy(update={"local_platforms": (canvas.origin,)})
        tool.app.extensions["waymark"] = replace(services, settings=settings)
        with services.database.transaction() as session:
            context = make_context(session, registration=session.get_one(Registration, 1))
            context.memberships_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/names_and_roles"
            context.line_items_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/line_items"
        yield tool


@pytest.fixture
def ada(tool: Tool) -> FlaskClient:
    return signed_in(tool, add_administrator(tool))


def test_from_nothing_to_tested_and_back(tool: Tool, ada: FlaskClient, canvas: CanvasSchool) -> None:
    assert f'href="{PAGE}"' in get(ada, "/admin/registrations/1").text
    page = get(ada, PAGE)
    copied = fields_of(page)
    assert copied["Redirect URIs"] == f"{ADDRESS}/canvas/authorised"
    assert copied["Scopes"].split("\n") == list(KEY_SCOPES)
    root = canvas.origin
    key = {"root": root, "client_id": CLIENT_ID, "client_secret": f" {CLIENT_SECRET}\n"}
    saved = send(ada, f"{PAGE}/developer-key", **key)
    assert (saved.status_code, saved.location) == (302, f"{PAGE}?done=gradebook_given")
    send(ada, f"{PAGE}/credential", root=root, credential=TOKEN)
    tested = send(ada, f"{PAGE}/test", root=root)
    text = text_of(tested)
    assert "Canvas knows it." in text
    assert "columns: 1, students: 1" in text
    shown = get(ada, f"{PAGE}?done=gradebook_given").text + tested.text
    assert CLIENT_ID in shown
    assert not any(secret in shown for secret in (CLIENT_SECRET, TOKEN, "Morales"))
    send(ada, f"{PAGE}/pasting/forbid", root=root)
    assert "Forbidden: courses are connected" in text_of(get(ada, PAGE))
    send(ada, f"{PAGE}/pasting/permit", root=root)
    send(ada, f"{PAGE}/developer-key/remove", root=root)
    send(ada, f"{PAGE}/credential/remove", root=root)
    with tool.app.extensions["waymark"].database.read() as session:
        [row] = session.scalars(select(PlatformConnection))
        assert (row.encrypted_secret, row.encrypted_client_secret, row.client_id) == (None, None, "")
    assert [action for action in audited(tool) if action.startswith("gradebook.")] == [
        "gradebook.developer_key_given",
        "gradebook.credential_given",
        "gradebook.pasting_forbidden",
        "gradebook.pasting_permitted",
        "gradebook.developer_key_removed",
        "gradebook.credential_removed",
    ]
    assert "Developer key of Canvas entered" in text_of(get(ada, "/admin/audit"))


def test_nothing_is_kept_for_an_address_that_no_launch_named(tool: Tool, ada: FlaskClient) -> None:
    for path, more in (
        ("credential", {"credential": TOKEN}),
        ("developer-key", {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}),
        ("pasting/forbid", {}),
    ):
        answer = send(ada, f"{PAGE}/{path}", root="https://169.254.169.254", **more)
        assert answer.status_code == 404
        assert send(ada, f"/admin/registrations/99/gradebook/{path}", **more).status_code == 404
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.scalars(select(PlatformConnection)).all() == []


def test_half_a_credential_is_said(ada: FlaskClient, canvas: CanvasSchool) -> None:
    answer = send(ada, f"{PAGE}/credential", root=canvas.origin, credential="half a token")
    assert (answer.status_code, "Copy the whole of it" in answer.text) == (422, True)
    assert not re.search(r"half a token", answer.text)


def test_a_moodle_lists_the_functions_of_each_use_to_copy(tool: Tool, ada: FlaskClient) -> None:
    with tool.app.extensions["waymark"].database.transaction() as session:
        registration = session.get_one(Registration, 1)
        context = make_context(session, registration=registration, context_id="2")
        services = f"{registration.issuer}/mod/lti/services.php"
        context.memberships_url = f"{services}/CourseSection/2/bindings/2/memberships"
        context.line_items_url = f"{services}/2/lineitems"
        root = registration.issuer
    page = get(ada, PAGE)
    copied = fields_of(page)
    assert copied["Reading the gradebook"] == "gradereport_user_get_grade_items"
    assert copied["Testing, which says what is missing"] == "core_webservice_get_site_info"
    assert "core_message_send_instant_messages" in copied["Message in Moodle"].split("\n")
    assert len(copied["Group that opens an activity in Moodle"].split("\n")) == 7
    assert root in text_of(page)
