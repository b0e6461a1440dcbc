"""The page of the audit log, and the same as a file."""

from __future__ import annotations

import csv
import html
import re
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient

import lti_tool
from lti_tool.launch import audit
from lti_tool.web.admin_audit import action_words
from tests.launch.platform import Tool
from tests.web.administrator import get, give_password, send

PAGE = "/admin/audit"


def fill(tool: Tool, count: int, *, days_ago: int = 0) -> None:
    with tool.app.extensions["waymark"].database.transaction() as session:
        for number in range(count):
            audit.record(
                session,
                actor="command line",
                action="key.rotated",
                subject=f"registration {number}",
                now=tool.clock.now - timedelta(days=days_ago),
                kid="=1+1",
            )


def lines(text: str) -> list[str]:
    return re.findall(r'<span class="strong">([^<]+)</span>', text)


def test_what_was_done_stands_on_top_in_words_with_its_time_zone(own_tool: Tool, ada: FlaskClient) -> None:
    send(ada, "/admin/registrations/1/rename", label="North")
    page = get(ada, PAGE)
    assert lines(page.text)[:2] == ["Platform renamed", "Signed in"]
    assert ">2026-03-02 09:00:00 UTC</time>" in page.text


def test_pages_lead_to_each_other_and_keep_the_filters(own_tool: Tool, ada: FlaskClient) -> None:
    fill(own_tool, 120)
    seen: list[str] = []
    address = f"{PAGE}?about=command&days=7"
    for count in (50, 50, 20):
        page = get(ada, address)
        found = re.findall(r"<td role=\"cell\">(registration \d+)", page.text)
        assert len(found) == count
        seen += found
        older = re.search(r'href="([^"]+)" rel="next"', page.text)
        address = html.unescape(older[1]) if older else ""
    assert address == ""
    assert seen == [f"registration {number}" for number in reversed(range(120))]
    newer = re.search(r'href="([^"]+)" rel="prev"', page.text)
    assert newer
    assert "registration 69" in get(ada, html.unescape(newer[1])).text


def test_filters_narrow_by_name_action_and_days(own_tool: Tool, ada: FlaskClient) -> None:
    fill(own_tool, 2, days_ago=10)
    assert "Next signing key made" in lines(get(ada, f"{PAGE}?days=30").text)
    assert "Next signing key made" not in lines(get(ada, f"{PAGE}?days=7").text)
    assert set(lines(get(ada, f"{PAGE}?action=key.rotated").text)) == {"Next signing key made"}
    assert "No entry fits" in get(ada, f"{PAGE}?about=nobody").text
    for odd in ("before=x", "before=-1", "after=99999999999999999999", "days=-5", "days=1e9", "before=²"):
        assert get(ada, f"{PAGE}?{odd}").status_code == 200


def test_markup_in_a_name_is_only_text(own_tool: Tool, ada: FlaskClient) -> None:
    send(ada, "/admin/invitations", label="<img src=x onerror=alert(1)>")
    assert "<img" not in get(ada, PAGE).text


def test_a78_the_file_runs_nothing_in_a_spreadsheet(own_tool: Tool, ada: FlaskClient) -> None:
    with own_tool.app.extensions["waymark"].database.transaction() as session:
        for start in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx"):
            audit.record(session, actor="ada", action=start, subject=start, now=own_tool.clock.now)
    response = get(ada, f"{PAGE}.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="waymark-audit-2026-03-02.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.mimetype == "text/csv"
    rows = list(csv.reader(response.text.removeprefix("\ufeff").splitlines(keepends=True)))
    assert rows[0] == ["Number", "Time (UTC)", "Who", "What", "Code", "About", "Details"]
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    assert rows[1][3] == "Audit log saved as a file", "taking the file stands in it, too"
    assert rows[2][5] == "'\rx"
    assert rows[2][0].isdigit()


def test_the_file_holds_what_the_filters_leave(own_tool: Tool, ada: FlaskClient) -> None:
    fill(own_tool, 3)
    text = get(ada, f"{PAGE}.csv?action=key.rotated").text
    assert [row[5] for row in csv.reader(text.splitlines())][1:] == [
        "registration 2",
        "registration 1",
        "registration 0",
    ]


def test_wrong_passwords_write_nothing_so_that_strangers_cannot_fill_the_log(
    own_tool: Tool, ada: FlaskClient
) -> None:
    before = len(lines(get(ada, PAGE).text))
    give_password(own_tool.browser(), "wrong")
    give_password(own_tool.browser(), login="<script>")
    assert len(lines(get(ada, PAGE).text)) == before


def test_every_action_that_is_recorded_has_words(own_tool: Tool) -> None:
    package = Path(lti_tool.__file__).parent
    recorded = set()
    for path in package.rglob("*.py"):
        if "demo_lms" not in path.parts and "audit" in (text := path.read_text(encoding="utf-8")):
            recorded |= set(re.findall(r'(?:action=|_note\([^"\n]*|action = )"(\w+\.\w+)"', text))
            recorded |= set(re.findall(r'else "((?:key|staff)\.\w+)"', text))
    with own_tool.app.test_request_context():
        assert sorted(recorded - set(action_words())) == []
    assert len(recorded) > 15
