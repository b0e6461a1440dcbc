"""What the administration sees of deliveries: numbers and reasons of each platform, and never a name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades.backoff import NEVER
from lti_tool.grades.leases import CHANGED_AT_PLATFORM
from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.models.platforms import AuditEntry, Registration
from tests.factories import make_context, make_person
from tests.launch.platform import NOW, Tool
from tests.web.administrator import get, send

PAGE = "/admin/deliveries"
FORBIDDEN = "platform.forbidden"


def fail(session: Session, entry: OutboxEntry, code: str, *, state: Delivery = Delivery.ATTENTION) -> None:
    entry.state, entry.problem_code = state, code
    entry.problem_message = f"A sentence about {code}."
    entry.next_attempt_at = NEVER if state is Delivery.ATTENTION else NOW


def add_troubles(session: Session) -> None:
    """Five students of two courses: two in trouble with a right, one with a teacher, one tried again, one served."""
    registration = session.get_one(Registration, 1)
    entries = []
    for course, students in (("a", 3), ("b", 2)):
        context = make_context(session, registration=registration, context_id=course)
        column = wanted_column(
            session, context=context, tag="t", resource_id="r", label="Quiz", score_maximum=10, now=NOW
        )
        for number in range(students):
            person = make_person(session, context, f"{course}{number}")
            entries.append(
                want_score(
                    session,
                    column=column,
                    person=person,
                    score_given=5,
                    score_maximum=10,
                    comment=None,
                    now=NOW - timedelta(hours=3),
                )
            )
    session.flush()
    fail(session, entries[0], FORBIDDEN)
    fail(session, entries[3], FORBIDDEN)
    fail(session, entries[1], CHANGED_AT_PLATFORM)
    fail(session, entries[2], "platform.timeout", state=Delivery.PENDING)
    entries[4].state = Delivery.DELIVERED


@pytest.fixture
def troubled(own_tool: Tool) -> Tool:
    with own_tool.app.extensions["waymark"].database.transaction() as session:
        add_troubles(session)
    return own_tool


def states(tool: Tool) -> list[tuple[Delivery, str | None]]:
    with tool.app.extensions["waymark"].database.read() as session:
        entries = session.scalars(select(OutboxEntry).order_by(OutboxEntry.id))
        return [(entry.state, entry.problem_code) for entry in entries]


def test_each_reason_is_told_with_its_numbers_and_no_name(troubled: Tool, ada: FlaskClient) -> None:
    text = get(ada, PAGE).text
    assert "1 delivered" in text
    assert "1 on its way" in text
    assert "2 wait</span><code>platform.forbidden</code>" in text
    assert "in 2 courses" in text
    assert "the oldest from 3 hours ago" in text
    assert "A sentence about platform.forbidden." in text
    assert "1 is tried again</span><code>platform.timeout</code>" in text
    assert "Given" not in text
    assert "Family" not in text


def test_what_a_teacher_decides_is_not_for_the_administration(troubled: Tool, ada: FlaskClient) -> None:
    text = get(ada, PAGE).text
    assert "The teacher of the course decides" in text
    assert f"A sentence about {CHANGED_AT_PLATFORM}" not in text, "its values are the class's business"
    send(ada, f"{PAGE}/1/send-again", page=PAGE, code=CHANGED_AT_PLATFORM)
    assert states(troubled)[1] == (Delivery.ATTENTION, CHANGED_AT_PLATFORM)


def test_sending_again_takes_one_reason_of_one_platform_and_is_noted(
    troubled: Tool, ada: FlaskClient
) -> None:
    before = states(troubled)
    answer = send(ada, f"{PAGE}/1/send-again", page=PAGE, code=FORBIDDEN)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}?done=sending")
    after = states(troubled)
    assert after[0] == after[3] == (Delivery.PENDING, None)
    assert [after[place] for place in (1, 2, 4)] == [before[place] for place in (1, 2, 4)]
    with troubled.app.extensions["waymark"].database.read() as session:
        entries = session.scalars(select(OutboxEntry)).all()
        assert not any(entry.may_replace for entry in entries), "a teacher's value stays"
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "deliveries.sent_again")).one()
    assert (noted.actor, noted.detail) == ("ada", {"code": FORBIDDEN, "number": "2"})


def test_an_unknown_platform_is_not_there(troubled: Tool, ada: FlaskClient) -> None:
    assert send(ada, f"{PAGE}/99/send-again", page=PAGE, code=FORBIDDEN).status_code == 404
    assert states(troubled)[0] == (Delivery.ATTENTION, FORBIDDEN)


def test_without_troubles_the_page_says_so(own_tool: Tool, ada: FlaskClient) -> None:
    assert "Nothing is in trouble." in get(ada, PAGE).text
