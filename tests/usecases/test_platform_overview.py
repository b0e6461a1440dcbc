"""What the administration says about a platform: numbers and states, no names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lti_tool.db import Database
from lti_tool.models.platforms import NoticeService, PlatformNotice
from lti_tool.usecases.platform_overview import Notices, view_platform
from tests.factories import NOW, make_context, make_person

HELLO, COPY = "LtiHelloWorldNotice", "LtiContextCopyNotice"


def test_courses_and_people_are_counted_for_this_platform_alone(database: Database) -> None:
    with database.transaction() as session:
        context = make_context(session)
        for number in range(3):
            make_person(session, context, str(number))
        registration = context.deployment.registration
        make_context(session, registration=registration, context_id="2")
        view = view_platform(session, registration)
    assert (view.courses, view.people, view.last_opened_at) == (2, 3, None)
    assert [item.courses for item in view.deployments] == [1, 1]


@pytest.mark.parametrize(
    ("supported", "subscribed", "problem", "expected"),
    [
        ([], [], None, Notices.NOT_OFFERED),
        ([COPY, HELLO], [], None, Notices.COMING),
        ([COPY, HELLO], [HELLO], "platform.refused", Notices.REFUSED),
        ([COPY, HELLO], [HELLO, COPY], None, Notices.ON),
    ],
)
def test_it_says_whether_notices_come(
    database: Database, supported: list[str], subscribed: list[str], problem: str | None, expected: Notices
) -> None:
    with database.transaction() as session:
        context = make_context(session)
        session.add(
            NoticeService(
                deployment_id=context.deployment_id,
                url="https://lms.example/notices",
                supported=supported,
                subscribed=subscribed,
                problem_code=problem,
            )
        )
        for days in (3, 1, 2):
            session.add(
                PlatformNotice(
                    deployment_id=context.deployment_id,
                    notice_id=str(days),
                    notice_type=HELLO,
                    received_at=NOW - timedelta(days=days),
                )
            )
        session.flush()
        (deployment,) = view_platform(session, context.deployment.registration).deployments
    assert (deployment.notices, deployment.heard_at) == (expected, NOW - timedelta(days=1))
