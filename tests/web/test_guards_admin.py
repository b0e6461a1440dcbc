"""What the administration's pages write down, and the cookie that they take back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from lti_tool.models.platforms import AuditEntry
from tests.launch.platform import Tool
from tests.web.administrator import COOKIE, add_administrator, send, signed_in


@pytest.fixture
def tool(own_tool: Tool) -> Tool:
    return own_tool


def written(tool: Tool) -> list[tuple[str, str, str]]:
    with tool.app.extensions["waymark"].database.read() as session:
        rows = session.execute(
            select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id)
        )
        return [(row.actor, row.action, row.subject) for row in rows]


def test_invitations_and_signing_in_and_out_are_written_down(tool: Tool) -> None:
    browser = signed_in(tool, add_administrator(tool))
    before = len(written(tool))
    send(browser, "/admin/invitations", label="North school")
    send(browser, "/admin/registrations/1/update")
    send(browser, "/admin/sign-out")
    assert ("ada", "administrator.signed_in", "ada") in written(tool)[:before]
    assert written(tool)[before:] == [
        ("ada", "invitation.created", "North school"),
        ("ada", "invitation.created_for_update", "registration 1"),
        ("ada", "administrator.signed_out", "ada"),
    ]


def test_the_cookie_is_taken_back_as_it_was_given(tool: Tool) -> None:
    """A browser drops a `__Host-` cookie only where secure and path are named again."""
    browser = signed_in(tool, add_administrator(tool))
    value, *attributes = send(browser, "/admin/sign-out").headers["Set-Cookie"].split("; ")
    assert value == f"{COOKIE}="
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict", "Max-Age=0"} <= set(attributes)
