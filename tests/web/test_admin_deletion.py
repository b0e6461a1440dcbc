"""The page that deletes a platform: only when it is off, only by its name, and it says what goes."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from lti_tool.models.platforms import Registration
from tests.every_table import fill_every_table
from tests.launch.platform import Tool
from tests.web.administrator import get, send


def page(key: int) -> str:
    return f"/admin/registrations/{key}/delete"


def test_a_platform_goes_when_it_is_off_and_its_name_was_typed(own_tool: Tool, ada: FlaskClient) -> None:
    database = own_tool.app.extensions["waymark"].database
    with database.transaction() as session:
        filled = fill_every_table(session, "<b>school")
    key, label = filled.keys["registrations"], filled.texts["registrations.label"]
    send(ada, f"/admin/registrations/{key}/approve")
    assert "Delete</a>" not in get(ada, f"/admin/registrations/{key}").text
    refused = get(ada, page(key))
    assert (refused.status_code, "registration.not_disabled" in refused.text) == (422, True)
    send(ada, f"/admin/registrations/{key}/disable")
    assert f'href="{page(key)}"' in get(ada, f"/admin/registrations/{key}").text
    shown = get(ada, page(key))
    assert "<b>school" not in shown.text
    assert ">People</th>" in shown.text
    wrong = send(ada, page(key), page=page(key), name=label.upper())
    assert (wrong.status_code, "Nothing was deleted" in wrong.text) == (422, True)
    response = send(ada, page(key), page=page(key), name=f" {label} ")
    assert (response.status_code, response.location) == (303, "/admin/?done=deleted")
    assert "The platform is deleted" in get(ada, response.location).text
    with database.read() as session:
        assert session.scalars(select(Registration.id)).all() == [1]
    assert "Platform deleted with everything in it" in get(ada, "/admin/audit").text
