"""Rosters: complete or refused, and people leave only on good evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.grades.roster import Member, RosterChange, read_roster, store_roster
from lti_tool.launch.roles import Role
from lti_tool.models.courses import Context, Membership, Person
from tests.factories import make_person
from tests.grades.linked_course import Course
from tests.grades.strict_platform import answer


def learner(user_id: str, *, active: bool = True) -> Member:
    return Member(user_id=user_id, roles=(Role.LEARNER,), active=active)


def learners(count: int) -> list[Member]:
    return [learner(f"u{number}") for number in range(count)]


def store(course: Course, members: Sequence[Member]) -> RosterChange:
    with course.database.transaction() as session:
        context = session.get_one(Context, course.context_key)
        return store_roster(session, context=context, members=members, now=course.clock())


def seen_at(course: Course, user_id: str) -> datetime:
    with course.database.read() as session:
        person = select(Person.id).where(Person.user_id == user_id).scalar_subquery()
        return session.scalars(select(Membership.seen_at).where(Membership.person_id == person)).one()


def active(course: Course) -> set[str]:
    with course.database.read() as session:
        rows = session.scalars(
            select(Person.user_id)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.active)
        )
        return set(rows)


def test_every_page_is_read_with_case_sensitive_page_tokens(course: Course) -> None:
    course.platform.add_members(*(f"u{number}" for number in range(120)))
    members = read_roster(course.client(), course.context())
    assert len(members) == 120
    assert len([path for _, path in course.platform.requests if "/members" in path]) == 3


def test_numbers_as_ids_become_text_and_the_test_student_is_marked(course: Course) -> None:
    course.platform.members = [
        {"user_id": 17, "roles": ["Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]}
    ]
    (member,) = read_roster(course.client(), course.context())
    assert member == Member(user_id="17", roles=(Role.LEARNER,), is_test=True)


def test_somebody_listed_twice_is_one_person_with_both_roles(course: Course) -> None:
    course.platform.add_members("u1", role="Learner")
    course.platform.add_members("u1", role="Mentor")
    (member,) = read_roster(course.client(), course.context())
    assert set(member.roles) == {Role.LEARNER, Role.MENTOR}


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (answer(500), "platform.failed"),
        (answer(429), "platform.throttled"),
        (answer(403, "Forbidden (Rate Limit Exceeded)"), "platform.throttled"),
        (answer(403, "no", X_Rate_Limit_Remaining="0.0"), "platform.throttled"),
        (answer(403, "not yours"), "platform.forbidden"),
        (answer(302, Location="http://127.0.0.1:9/"), "platform.redirected"),
        (answer(200, "<html>sign in</html>"), "platform.answer_unreadable"),
        (answer(200, '{"members": null}'), "platform.answer_unreadable"),
        (answer(200, '{"members": [{"name": "no id"}]}'), "platform.answer_unreadable"),
        ("cut", "platform.unreachable"),
    ],
)
def test_a_page_that_fails_fails_the_whole_reading(course: Course, bad: str | Response, code: str) -> None:
    course.platform.add_members(*(f"u{number}" for number in range(60)))
    client = course.client()
    read_roster(client, course.context())
    course.platform.fail(bad, path="/members")
    with pytest.raises(PlatformError) as caught:
        read_roster(client, course.context())
    assert caught.value.code == code


def test_retry_after_is_passed_on(course: Course) -> None:
    course.platform.fail(answer(503, Retry_After="120"), path="/members")
    with pytest.raises(PlatformUnavailable) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.retry_after_seconds == 120


@pytest.mark.parametrize("link", ["<{origin}/1/members>", "<https://elsewhere.example/1/members>"])
def test_next_links_that_repeat_or_lead_elsewhere_are_refused(course: Course, link: str) -> None:
    linked = answer(200, '{"members": []}', Link=f'{link.format(origin=course.platform.origin)}; rel="next"')
    course.platform.fail(linked, times=5, path="/members")
    with pytest.raises(PlatformRefused) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.code == "roster.refused"


def test_a_service_address_on_a_foreign_host_is_not_called(course: Course) -> None:
    context = course.context()
    context.memberships_url = "https://elsewhere.example/members"
    with pytest.raises(PlatformRefused) as caught:
        read_roster(course.client(), context)
    assert caught.value.code == "platform.address_refused"
    assert course.platform.requests == []


def test_a_course_without_the_service_says_so(course: Course) -> None:
    context = course.context()
    context.memberships_url = None
    with pytest.raises(PlatformRefused, match="switch on names and roles"):
        read_roster(course.client(), context)


def test_people_who_vanish_become_inactive_and_come_back(course: Course) -> None:
    assert store(course, learners(5)) == RosterChange(joined=5, left=0)
    assert store(course, learners(4)) == RosterChange(joined=0, left=1)
    assert active(course) == {"u0", "u1", "u2", "u3"}
    assert store(course, learners(5)) == RosterChange(joined=1, left=0)


def test_a_person_who_vanishes_was_there_until_the_last_reading_that_named_them(course: Course) -> None:
    """A session opened in between ends by it, though the readings that found nothing new wrote nothing."""
    first = course.clock()
    store(course, learners(5))
    course.clock.advance(hours=1)
    store(course, learners(5))
    assert seen_at(course, "u4") == first
    course.clock.advance(hours=1)
    store(course, learners(4))
    assert seen_at(course, "u4") == first + timedelta(hours=1)
    course.clock.advance(hours=1)
    store(course, learners(4))
    assert seen_at(course, "u4") == first + timedelta(hours=1)


def test_a_person_whom_no_reading_names_was_there_at_the_launch_only(course: Course) -> None:
    with course.database.transaction() as session:
        make_person(session, session.get_one(Context, course.context_key), "admin", roles=["administrator"])
    before = seen_at(course, "admin")
    for _ in range(2):
        course.clock.advance(hours=1)
        store(course, learners(2))
    assert (seen_at(course, "admin"), "admin" in active(course)) == (before, False)


@pytest.mark.parametrize("count", [0, 1, 14])
def test_an_empty_or_suspiciously_small_roster_removes_nobody_and_says_so(course: Course, count: int) -> None:
    store(course, learners(30))
    change = store(course, learners(count))
    assert change.left == 0
    assert change.warning is not None
    assert len(active(course)) == 30


def test_a_small_course_may_shrink_to_less_than_half(course: Course) -> None:
    store(course, learners(8))
    assert store(course, learners(2)).left == 6


def test_inactive_and_deleted_members_are_taken_out_at_once(course: Course) -> None:
    store(course, learners(30))
    change = store(course, [*learners(30)[:29], learner("u29", active=False), learner("new", active=False)])
    assert change.warning is None
    assert active(course) == {f"u{number}" for number in range(29)}
    with course.database.read() as session:
        assert session.scalar(select(Person).where(Person.user_id == "new")) is None


def test_status_words_of_the_standard_are_understood(course: Course) -> None:
    course.platform.add_members("a", "b", "c")
    course.platform.members[1]["status"] = "Inactive"
    course.platform.members[2]["status"] = "Deleted"
    members = read_roster(course.client(), course.context())
    assert [member.active for member in members] == [True, False, False]


def test_a_teacher_known_from_a_launch_stays_one_when_the_roster_says_learner(course: Course) -> None:
    with course.database.transaction() as session:
        context = session.get_one(Context, course.context_key)
        make_person(session, context, "ta", roles=["instructor"])
    store(course, [learner("ta"), learner("u1")])
    with course.database.read() as session:
        memberships = {row.person.user_id: row for row in session.scalars(select(Membership))}
        assert memberships["ta"].roles == ["instructor"]
        assert not memberships["ta"].is_learner
        assert memberships["u1"].is_learner


def test_roles_are_replaced_and_names_are_not_taken_away(course: Course) -> None:
    store(course, [Member("u1", (Role.LEARNER,), name="Ann Alpha")])
    store(course, [Member("u1", (Role.INSTRUCTOR,))])
    with course.database.read() as session:
        membership = session.scalars(select(Membership)).one()
        assert membership.roles == ["instructor"]
        assert membership.person.name == "Ann Alpha"
