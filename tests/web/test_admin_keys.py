"""The page of signing keys."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from lti_tool.launch.keys import new_signing_key
from lti_tool.models.platforms import Registration, ToolKey
from tests.launch.platform import ADDRESS, NOW, SECRET, Tool
from tests.web.administrator import App, get, send, signed_in

PAGE = "/admin/keys"


def kids(tool: Tool) -> list[str]:
    with tool.app.extensions["waymark"].database.read() as session:
        return list(session.scalars(select(ToolKey.kid).order_by(ToolKey.id)))


def published(tool: Tool) -> list[str]:
    return [key["kid"] for key in tool.browser().get("/lti/jwks", base_url=ADDRESS).get_json()["keys"]]


def states(browser: FlaskClient) -> list[str]:
    return re.findall(
        r'<li>\s*<div class="stack-s">\s*<div class="row"><span class="chip \w*">([^<]+)<',
        get(browser, PAGE).text,
    )


def first_key(tool: Tool) -> str:
    with tool.app.extensions["waymark"].database.transaction() as session:
        return new_signing_key(session, session.get_one(Registration, 1), SECRET, NOW, bits=2048).kid


def test_a_platform_without_a_key_gets_its_first_one(own_tool: Tool, ada: FlaskClient) -> None:
    assert "There is no key yet" in get(ada, PAGE).text
    assert send(ada, f"{PAGE}/1/rotate", page=PAGE).location == f"{PAGE}?done=rotated"
    assert states(ada) == ["Signs"]
    assert published(own_tool) == kids(own_tool)


def test_the_next_key_waits_a_day_and_the_old_one_stays_public_for_two_weeks(
    own_tool: Tool, app_of_ada: App, ada: FlaskClient
) -> None:
    first = first_key(own_tool)
    send(ada, f"{PAGE}/1/rotate", page=PAGE)
    assert states(ada) == ["Signs", "Public, signs later"]
    assert "signs from <time" in get(ada, PAGE).text
    own_tool.clock.forward(days=1)
    ada = signed_in(own_tool, app_of_ada)
    assert states(ada) == ["Signs no more", "Signs"]
    assert first in published(own_tool)
    own_tool.clock.forward(days=14)
    assert first not in published(own_tool)


def test_a_stolen_key_is_replaced_at_once_and_withdrawn(own_tool: Tool, ada: FlaskClient) -> None:
    first = first_key(own_tool)
    early = send(ada, f"{PAGE}/{first}/withdraw", page=PAGE)
    assert (early.status_code, "keys.in_use" in early.text) == (422, True)
    send(ada, f"{PAGE}/1/rotate", page=PAGE, at_once="yes")
    assert states(ada) == ["Signs no more", "Signs"]
    page = get(ada, send(ada, f"{PAGE}/{first}/withdraw", page=PAGE).location)
    assert "no longer public" in page.text
    assert first not in published(own_tool)
    assert send(ada, f"{PAGE}/{first}/withdraw", page=PAGE).status_code == 404
    assert send(ada, f"{PAGE}/99/rotate", page=PAGE).status_code == 404


def test_no_page_shows_anything_of_a_private_key(own_tool: Tool, ada: FlaskClient) -> None:
    first_key(own_tool)
    with own_tool.app.extensions["waymark"].database.read() as session:
        stored = session.scalars(select(ToolKey)).one()
    for path in (PAGE, "/admin/audit", "/admin/audit.csv", "/admin/", "/lti/jwks"):
        text = get(ada, path).text
        assert stored.encrypted_private_key not in text
        assert "PRIVATE KEY" not in text
