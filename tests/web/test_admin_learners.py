"""The administration shows names only with a reason, and gives one person's records out once."""

from __future__ import annotations

import html
import io
import json
import re
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from tests.every_table import fill_every_table
from tests.factories import make_context, make_person
from tests.launch.platform import Tool
from tests.web.administrator import get, send

PAGE = "/admin/people"
SEARCH = "/admin/registrations/1/people"


@pytest.fixture
def elif_(own_tool: Tool) -> int:
    """A learner of the first platform."""
    with own_tool.app.extensions["waymark"].database.transaction() as session:
        context = make_context(session)
        context.deployment.registration_id = 1
        session.flush()
        session.expire_all()
        person = make_person(session, context, "user-7")
        person.name = "Élif <b>Yılmaz</b>"
        return person.id


def open_names(browser: FlaskClient, **changes: str) -> None:
    given = {"registration": "1", "reason": "family", "reference": "2026-014"} | changes
    response = send(browser, f"{PAGE}/names", page=PAGE, **given)
    assert (response.status_code, response.location) == (303, SEARCH)


def test_b16_from_the_reason_to_the_file_which_is_saved_once(
    own_tool: Tool, ada: FlaskClient, elif_: int
) -> None:
    assert "Names are not shown here without a reason" in get(ada, SEARCH).text
    open_names(ada)
    found = send(ada, SEARCH, page=SEARCH, wanted="yılmaz")
    assert "1 person fits" in found.text
    assert "Élif &lt;b&gt;Yılmaz" in found.text
    assert send(ada, f"{SEARCH}/{elif_}/export", page=SEARCH).location == f"{PAGE}?done=made"
    ready = get(ada, f"{PAGE}?done=made").text
    assert f"Person {elif_}" in ready
    assert "Élif" not in ready
    [address] = re.findall(r'action="(/admin/exports/\d+)"', ready)
    response = send(ada, address, page=PAGE)
    assert (response.status_code, response.mimetype) == (200, "application/zip")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"] == f'attachment; filename="waymark-person-{elif_}.zip"'
    assert "learner_export.used" in send(ada, address, page=PAGE).text
    assert "Ready to save" not in get(ada, PAGE).text
    log = html.unescape(get(ada, "/admin/audit").text)
    assert log.count("Export of a person's records saved") == 2  # the entry, and the filter's choice
    assert f"person {elif_}" in log
    assert "lif" not in log.replace(f"person {elif_}", "")


def test_the_file_has_a_page_that_runs_nothing_and_the_same_as_json(own_tool: Tool, ada: FlaskClient) -> None:
    with own_tool.app.extensions["waymark"].database.transaction() as session:
        mark = "<script>alert(1)</script>"
        filled = fill_every_table(session, mark)
    platform = str(filled.keys["registrations"])
    open_names_of = {"registration": platform, "reason": "school", "reference": "7"}
    assert send(ada, f"{PAGE}/names", page=PAGE, **open_names_of).status_code == 303
    made = send(ada, f"/admin/registrations/{platform}/people/{filled.person}/export", page=PAGE)
    assert made.status_code == 303, made.text
    [address] = re.findall(r'action="(/admin/exports/\d+)"', get(ada, PAGE).text)
    with ZipFile(io.BytesIO(send(ada, address, page=PAGE).data)) as archive:
        assert archive.namelist() == ["records.html", "records.json"]
        page, document = archive.read("records.html").decode(), json.loads(archive.read("records.json"))
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    records = document["records"]
    assert records["person"][0]["name"] == filled.texts["people.name"]
    assert records["check_responses"][0]["feedback"] == filled.texts["check_responses.feedback"]
    assert html.escape(filled.texts["results.comment"]) in page
    assert html.escape(filled.texts["proposals.recommendation"]) in page
    titles = [text for text in re.findall(r"<h2[^>]*>([^<]+)</h2>", page) if "Nothing" not in text]
    assert len(titles) == len(records)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "family", "reference": "Elif"}, "Give the number of the request"),
        ({"reference": "2026-014"}, "Choose why"),
    ],
)
def test_what_is_missing_is_said_beside_the_form(ada: FlaskClient, fields: dict[str, str], said: str) -> None:
    response = send(ada, f"{PAGE}/names", page=PAGE, registration="1", **fields)
    assert (response.status_code, said in response.text) == (422, True)
    assert f'value="{fields["reference"]}"' in response.text


def test_too_little_to_search_for_is_said_and_nobody_is_named(ada: FlaskClient, elif_: int) -> None:
    open_names(ada)
    response = send(ada, SEARCH, page=SEARCH, wanted="É")
    assert (response.status_code, "at least 2 letters" in response.text) == (422, True)
    assert "Yılmaz" not in response.text


def test_names_are_gone_when_the_access_is_ended(ada: FlaskClient, elif_: int) -> None:
    open_names(ada)
    assert send(ada, f"{SEARCH}/close", page=PAGE).location == f"{PAGE}?done=closed"
    response = send(ada, SEARCH, page=PAGE, wanted="yılmaz")
    assert (response.status_code, "names.no_access" in response.text) == (403, True)
