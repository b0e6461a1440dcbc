"""Open edX's own platform code: launches, deep linking, roster, scores and results over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect
from sqlalchemy import select

from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.models.courses import Context, Membership, Person, SyncState
from lti_tool.models.gradebook import Delivery, LineItem, OutboxEntry, Result
from lti_tool.usecases import skill_maps
from lti_tool.usecases.deliver_scores import Deliveries
from tests.browser import address_of
from tests.factories import SKILL_MAPS
from tests.peers.platforms import OpenEdx
from tests.peers.tool import Tool, clock

pytestmark = pytest.mark.browser

CHECK, CHECK_TITLE = "check-times-as-many", "Check: times as many"
QUIZ = "quiz-times-as-many"


@pytest.fixture(scope="module")
def course(openedx: OpenEdx, tool: Tool, browser: Browser) -> int:
    """The key of the course after the teacher's first launch, a reading, and the sample skill map."""
    with signed_in(openedx, browser, "teacher") as page:
        expect(open_block(openedx, page).locator("h1")).to_have_text("Today")
    tool.read_course()
    key = tool.context_key()
    with tool.database.transaction() as session:
        context = session.get_one(Context, key)
        skill_maps.adopt(
            session,
            context=context,
            folder=Path(SKILL_MAPS),
            sample_id="grade6-ratios",
            tags={},
            teacher=None,
            now=clock(),
        )
    return key


def test_a_teacher_and_a_student_come_to_the_page_of_their_role(
    openedx: OpenEdx, tool: Tool, browser: Browser, course: int
) -> None:
    for login, page_name in (("teacher", "today"), ("assistant", "today"), ("ana", "next")):
        with signed_in(openedx, browser, login) as page:
            frame = open_block(openedx, page)
            frame.locator("h1").wait_for()
            assert shown_page(page) == (tool.origin, page_name)
    with tool.database.read() as session:
        rows = session.execute(
            select(Person.name, Membership.roles).join(Membership, Membership.person_id == Person.id)
        )
        people = {row.name: row.roles for row in rows}
    # Open edX's course administrators are "instructors", its teachers "staff".
    assert people["Rosa Rivera"] == ["instructor", "administrator"]
    assert people["Theo Tan"] == ["instructor"]
    assert people["Ana Morales"] == ["learner"]


def test_the_roster_is_read_with_names_and_roles(tool: Tool, course: int) -> None:
    assert tool.read_course() == (SyncState.DONE, None)
    with tool.database.read() as session:
        rows = session.execute(
            select(Person.name, Membership.is_learner, Membership.active)
            .join(Membership, Membership.person_id == Person.id)
            .order_by(Person.name)
        )
        assert [tuple(row) for row in rows] == [
            ("Ana Morales", True, True),
            ("Ben Carter", True, True),
            ("Chloé Dubois", True, True),
            ("Rosa Rivera", False, True),
            ("Theo Tan", False, True),
        ]


def test_a_score_is_taken_into_a_new_column_and_read_back(openedx: OpenEdx, tool: Tool, course: int) -> None:
    want(tool, course, "Ana Morales", score=3.0, comment="3 of 4")
    want(tool, course, "Ben Carter", score=4.0, comment="")
    assert tool.deliver().delivered == 2

    (column,) = openedx.inspect("line_items")
    assert (column["tag"], column["resource_id"]) == ("waymark-activity", CHECK)
    assert (column["label"], column["score_maximum"]) == (CHECK_TITLE, 4)
    stored = {(row["score_given"], row["score_maximum"], row["comment"]) for row in openedx.inspect("scores")}
    assert stored == {(3.0, 4.0, "3 of 4"), (4.0, 4.0, None)}
    assert {row["grading_progress"] for row in openedx.inspect("scores")} == {"FullyGraded"}

    assert tool.read_course() == (SyncState.DONE, None)
    with tool.database.read() as session:
        rows = session.execute(
            select(Person.name, Result.result_score, Result.result_maximum, Result.comment)
            .join(Person, Person.id == Result.person_id)
            .order_by(Person.name)
        )
        assert [tuple(row) for row in rows] == [
            ("Ana Morales", 3.0, 4.0, "3 of 4"),
            ("Ben Carter", 4.0, 4.0, ""),
        ]
        assert session.scalars(select(LineItem.resource_id).where(LineItem.present)).all() == [CHECK]


def test_a_better_score_replaces_the_first_in_the_same_column(
    openedx: OpenEdx, tool: Tool, course: int
) -> None:
    want(tool, course, "Chloé Dubois", score=1.0, comment="")
    assert tool.deliver().delivered == 1
    want(tool, course, "Chloé Dubois", score=4.0, comment="second sitting")
    assert deliver_when_due(tool).delivered == 1
    scores = [row for row in openedx.inspect("scores") if row["comment"] == "second sitting"]
    assert [row["score_given"] for row in scores] == [4.0]
    assert len(openedx.inspect("line_items")) == 1


def test_a_score_whose_answer_was_lost_counts_as_delivered_when_the_platform_refuses_the_same_moment(
    openedx: OpenEdx, tool: Tool, course: int
) -> None:
    want(tool, course, "Ben Carter", score=2.0, comment="")
    assert deliver_when_due(tool).delivered == 1
    before = openedx.inspect("scores")
    with tool.database.transaction() as session:
        (entry,) = session.scalars(select(OutboxEntry).where(OutboxEntry.score_given == 2.0))
        entry.state, entry.delivered_version, entry.next_attempt_at = Delivery.PENDING, None, clock()
    assert tool.deliver().delivered == 1
    assert openedx.inspect("scores") == before


def test_words_without_points_are_taken(openedx: OpenEdx, tool: Tool, course: int) -> None:
    want(
        tool,
        course,
        "Ana Morales",
        score=None,
        comment="Next: Ratio tables",
        tag="waymark-next-step",
        resource_id="waymark-next-step",
    )
    assert tool.deliver().delivered == 1
    (row,) = [row for row in openedx.inspect("scores") if row["score_given"] is None]
    assert row["comment"] == "Next: Ratio tables"


def test_activities_that_a_teacher_picks_are_stored_and_launched(
    openedx: OpenEdx, tool: Tool, browser: Browser, course: int
) -> None:
    with signed_in(openedx, browser, "teacher") as page:
        pick(openedx, page, CHECK, QUIZ)
        expect(tool_frame(page).locator("body")).to_contain_text("successfully saved")
    items = openedx.inspect("content_items")
    assert [item["type"] for item in items] == ["ltiResourceLink", "ltiResourceLink"]
    assert [item["custom"]["activity"] for item in items] == [CHECK, QUIZ]
    assert {item["url"] for item in items} == {f"{tool.origin}/lti/launch"}
    assert items[0]["lineItem"] == {
        "label": CHECK_TITLE,
        "scoreMaximum": 5.0,
        "resourceId": CHECK,
        "tag": "waymark-activity",
    }

    with signed_in(openedx, browser, "ana") as page:
        # The platform lists several items with a link to each, which opens a window of its own.
        listed = open_block(openedx, page, "chosen")
        expect(listed.locator("h2")).to_have_text([item["title"] for item in items])
        with page.context.expect_page() as opened:
            listed.locator("a").first.click()
        expect(opened.value.locator("h1")).to_have_text(items[0]["title"])
        assert shown_page(opened.value) == (tool.origin, f"activity/{CHECK}")


def test_one_picked_activity_opens_in_place(
    openedx: OpenEdx, tool: Tool, browser: Browser, course: int
) -> None:
    with signed_in(openedx, browser, "teacher") as page:
        pick(openedx, page, CHECK)
        expect(tool_frame(page).locator("body")).to_contain_text("successfully saved")
    with signed_in(openedx, browser, "ben") as page:
        open_block(openedx, page, "chosen").locator("h1").wait_for()
        assert shown_page(page) == (tool.origin, f"activity/{CHECK}")


def test_the_platform_checks_our_signature_on_picked_activities(
    openedx: OpenEdx, tool: Tool, browser: Browser, course: int
) -> None:
    before = openedx.inspect("content_items")

    def tampered(route: Route) -> None:
        data = route.request.post_data or ""
        route.continue_(post_data=data[:-40] + ("A" if data[-40] != "A" else "B") + data[-39:])

    with signed_in(openedx, browser, "teacher") as page:
        page.route("**/lti-dl/response", tampered)
        with page.expect_response("**/lti-dl/response") as answered:
            pick(openedx, page, QUIZ)
        assert answered.value.status == 403
    assert openedx.inspect("content_items") == before


def test_a_block_with_a_gradebook_of_its_own_does_not_double_columns(
    openedx: OpenEdx, tool: Tool, browser: Browser, course: int
) -> None:
    """The latest launch's block lists no column; those of the first block go on taking scores."""
    with signed_in(openedx, browser, "ana") as page:
        open_block(openedx, page, "chosen").locator("h1").wait_for()
    columns = openedx.inspect("line_items")
    assert tool.read_course() == (SyncState.DONE, None)
    want(tool, course, "Ana Morales", score=4.0, comment="once more")
    assert deliver_when_due(tool).delivered == 1
    assert openedx.inspect("line_items") == columns
    assert "once more" in {row["comment"] for row in openedx.inspect("scores")}


@contextmanager
def signed_in(openedx: OpenEdx, browser: Browser, login: str) -> Iterator[Page]:
    """A fresh browser profile in which `login` is signed in at the platform."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(f"{openedx.address}/sign-in/{login}")
    try:
        yield page
        for frame in [frame for opened in context.pages for frame in opened.frames]:
            frame.wait_for_load_state()  # a download that is cut off leaves a file open in the tool
    finally:
        context.close()


def open_block(openedx: OpenEdx, page: Page, name: str = "home") -> FrameLocator:
    page.goto(f"{openedx.address}/course/{name}")
    return tool_frame(page)


def pick(openedx: OpenEdx, page: Page, *activities: str) -> None:
    """Choose activities in our picker, opened from the platform's own page."""
    page.goto(f"{openedx.address}/studio/chosen/pick")
    frame = tool_frame(page)
    for activity in activities:
        frame.locator(f"input[name=activity][value={activity}]").check()
    frame.get_by_role("button", name=re.compile("to the course$")).click()


def tool_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[name=tool]")


def shown_page(page: Page) -> tuple[str, str]:
    """Where Waymark stands: its origin, and the page within the launch."""
    frame = page.frame(name="tool") or page.main_frame
    parts = urlsplit(address_of(frame))
    return f"{parts.scheme}://{parts.netloc}", parts.path.split("/", 3)[3]


def want(
    tool: Tool,
    course: int,
    name: str,
    *,
    score: float | None,
    comment: str,
    tag: str = "waymark-activity",
    resource_id: str = CHECK,
) -> None:
    """Put a score of 4 points into the outbox, as a finished check would."""
    with tool.database.transaction() as session:
        column = wanted_column(
            session,
            context=session.get_one(Context, course),
            tag=tag,
            resource_id=resource_id,
            label=CHECK_TITLE,
            score_maximum=4.0,
            now=clock(),
        )
        want_score(
            session,
            column=column,
            person=session.scalars(select(Person).where(Person.name == name)).one(),
            score_given=score,
            score_maximum=None if score is None else 4.0,
            comment=comment,
            now=clock(),
        )


def deliver_when_due(tool: Tool) -> Deliveries:
    """A later score waits until its timestamp, which is at least a second after the one before."""
    due = tool.deliver()
    if due.delivered == 0 and due.next_due_at is not None:
        sleep(max(0.0, (due.next_due_at - clock()).total_seconds()))
        due = tool.deliver()
    return due
