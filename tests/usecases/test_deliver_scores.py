"""Delivery against a strict platform: nothing lost, nothing doubled, never backwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.grades.leases import Ending, claim_next, settle, settle_late
from lti_tool.grades.outbox import send_again
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery, OutboxEntry, Result
from lti_tool.usecases.deliver_scores import Deliveries
from tests.grades.linked_course import Clock, ImpatientSession, linked_course
from tests.grades.strict_platform import answer
from tests.usecases.desk import Desk


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with linked_course(database, Clock()) as course:
        desk = Desk(course)
        desk.add_students("u1", "u2")
        yield desk


@pytest.fixture
def desk_on_both(database: Database) -> Iterator[Desk]:
    with linked_course(database, Clock()) as course:
        desk = Desk(course)
        desk.add_students("u1", "u2")
        yield desk


def test_a_score_reaches_the_gradebook_in_a_column_made_for_it(desk_on_both: Desk) -> None:
    desk = desk_on_both
    desk.want("u1", 7.0, "well done")
    desk.want("u2", 9.0)
    assert desk.deliver() == Deliveries(delivered=2)
    (item,) = desk.platform.line_items.values()
    assert (item["label"], item["tag"], item["resourceId"]) == ("quiz", "waymark-activity", "quiz")
    assert desk.platform.cells[item["id"], "u1"]["score"] == 7
    assert desk.platform.cells[item["id"], "u1"]["comment"] == "well done"
    assert desk.entry().state is Delivery.DELIVERED
    assert desk.entry().delivered_version == 1


def test_a_column_that_the_platform_has_already_is_used(desk: Desk) -> None:
    url = desk.platform.add_line_item("Quiz", tag="waymark-activity", resourceId="quiz")
    desk.want("u1", 7.0)
    desk.deliver()
    assert list(desk.platform.line_items) == [url]
    assert desk.platform.cells[url, "u1"]["score"] == 7


def test_words_without_points_leave_the_grade_empty(desk: Desk) -> None:
    desk.want("u1", None, "Next: Tape diagrams (10 min)")
    desk.deliver()
    ((_, cell),) = desk.platform.cells.items()
    assert cell["score"] is None
    assert cell["comment"] == "Next: Tape diagrams (10 min)"


def test_words_do_not_write_over_a_grade_that_a_teacher_entered(desk: Desk) -> None:
    desk.want("u1", None, "Next: Tape diagrams")
    desk.deliver()
    with desk.course.database.transaction() as session:
        column = session.scalars(select(OutboxEntry)).one().column
        person_id = session.scalars(select(Person.id).where(Person.user_id == "u1")).one()
        session.add(
            Result(
                line_item_id=column.line_item_id or 0,
                person_id=person_id,
                result_score=1,
                read_at=desk.course.clock(),
            )
        )
    desk.want("u1", None, "Next: Double number lines")
    desk.deliver_for(seconds=20)
    assert desk.entry().problem_code == "score.grade_in_cell"
    assert len(desk.platform.ledger) == 1


def test_scores_in_quick_succession_carry_growing_timestamps(desk: Desk) -> None:
    for score in (5.0, 6.0, 7.0):
        desk.want("u1", score)
        desk.deliver()
        desk.course.clock.advance(milliseconds=1100)
    moments = [line.timestamp for line in desk.platform.ledger]
    assert len(moments) == 3
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(moments))


def test_missing_permission_is_looked_at_once_a_day(desk: Desk) -> None:
    desk.platform.fail(answer(403, "no"), path="/scores")
    desk.want("u1", 5.0)
    desk.deliver()
    assert (desk.entry().state, desk.entry().problem_code) == (Delivery.ATTENTION, "platform.forbidden")
    desk.course.clock.advance(hours=23)
    assert desk.deliver().delivered == 0
    desk.course.clock.advance(hours=2)
    assert desk.deliver().delivered == 1


def test_authorisation_that_fails_with_a_fresh_token_too_needs_attention(desk: Desk) -> None:
    desk.platform.fail(answer(401), times=99, path="/scores")
    desk.want("u1", 5.0)
    desk.deliver()
    assert desk.entry().state is Delivery.PENDING
    desk.deliver_for(minutes=15)
    assert (desk.entry().state, desk.entry().problem_code) == (Delivery.ATTENTION, "platform.not_authorised")


def test_after_a_week_of_trying_a_person_must_look(desk: Desk) -> None:
    desk.platform.fail("cut", times=10_000, path="/scores")
    desk.want("u1", 5.0)
    desk.deliver()
    desk.course.clock.advance(days=7, minutes=1)
    desk.deliver()
    assert desk.entry().problem_code == "score.gave_up"


def test_an_application_that_was_switched_off_sends_nothing_and_loses_nothing(desk: Desk) -> None:
    desk.want("u1", 5.0)
    with desk.course.database.transaction() as session:
        registration = session.get_one(Context, desk.course.context_key).deployment.registration
        before, registration.status = registration.status, type(registration.status).DISABLED
    assert desk.deliver() == Deliveries()
    with desk.course.database.transaction() as session:
        session.get_one(Context, desk.course.context_key).deployment.registration.status = before
    assert desk.deliver().delivered == 1


def test_a_worker_that_died_while_sending_is_followed_by_another(desk_on_both: Desk) -> None:
    desk = desk_on_both
    desk.want("u1", 5.0)
    registration_id = desk.course.context().deployment.registration_id
    with desk.course.database.transaction() as session:
        [claim] = claim_next(session, registration_id=registration_id, now=desk.course.clock())
    assert desk.deliver() == Deliveries(), "the lease still holds"
    desk.course.clock.advance(seconds=61)
    assert desk.deliver().delivered == 1
    with desk.course.database.transaction() as session:
        [late] = settle(session, [Ending(claim)], now=desk.course.clock())
        assert not settle_late(session, late, now=desk.course.clock()), "its lease is over"
    assert len(desk.platform.ledger) == 1


@pytest.mark.parametrize("seconds", [0.1, 120])
def test_what_another_worker_has_claimed_is_left_to_it_though_its_clock_is_ahead(
    desk_on_both: Desk, seconds: float
) -> None:
    """It may have looked at the clock later than we did, who then waited for its lock; or its clock is another."""
    desk = desk_on_both
    desk.want("u1", 5.0)
    desk.want("u2", 5.0)
    key, now = desk.course.context().deployment.registration_id, desk.course.clock()
    with desk.course.database.transaction() as session:
        assert len(claim_next(session, registration_id=key, now=now + timedelta(seconds=seconds))) == 1
    with desk.course.database.transaction() as session:
        assert claim_next(session, registration_id=key, now=now) == (), (
            "nor a second one, who would make the column"
        )


class Together(ImpatientSession):
    """The four scores after the first leave only when all of them are on their way; counts how many ever were."""

    def __init__(self, origin: str, clock: Clock) -> None:
        super().__init__(origin, clock=lambda: clock().timestamp())
        self.all_there = threading.Barrier(4)
        self.lock = threading.Lock()
        self.sent = self.under_way = self.most = 0

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Any:
        if "/scores" not in str(url):
            return super().request(method, url, *args, **kwargs)
        with self.lock:
            self.sent += 1
            waits = 1 < self.sent <= 5
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        if waits:
            self.all_there.wait(20)
        try:
            return super().request(method, url, *args, **kwargs)
        finally:
            with self.lock:
                self.under_way -= 1


def test_scores_of_a_platform_leave_four_at_a_time_once_their_column_is_there(desk: Desk) -> None:
    students = [f"s{number}" for number in range(9)]
    desk.add_students(*students)
    for student in students:
        desk.want(student, 5.0)
    outbound = Together(desk.platform.origin, desk.course.clock)
    assert replace(desk.courier(), outbound=outbound).deliver_due().delivered == 9
    outbound.close()
    assert outbound.most == 4
    assert len(desk.platform.line_items) == 1
    assert len([path for _, path in desk.platform.requests if "/results" in path]) == 2
    assert len([path for _, path in desk.platform.requests if path == "/token"]) == 2, (
        "one for each scope set"
    )


def prepare_column(desk: Desk, *students: str) -> int:
    """A column that is there, and a score for each of these students; gives the registration's key."""
    desk.want("u1", 1.0)
    desk.deliver()
    desk.add_students(*students)
    for student in students:
        desk.want(student, 5.0)
    return desk.course.context().deployment.registration_id


def test_scores_that_were_claimed_together_go_alone_after_their_worker_died(desk_on_both: Desk) -> None:
    """One of them kills every worker that takes it: only that one is set aside, though all shared the first crash."""
    desk = desk_on_both
    key = prepare_column(desk, "a", "b", "c", "poison")
    died_over: list[list[str]] = []
    for _ in range(12):
        with desk.course.database.transaction() as session:
            claims = claim_next(session, registration_id=key, most=8, now=desk.course.clock())
        users = [claim.user_id for claim in claims]
        if not claims:
            break
        if "poison" in users:
            died_over.append(users)
            desk.course.clock.advance(seconds=61)
            continue
        with desk.course.database.transaction() as session:
            assert settle(session, [Ending(claim) for claim in claims], now=desk.course.clock()) == []
    assert died_over == [["a", "b", "c", "poison"], ["poison"], ["poison"]]
    assert {desk.entry(user).state for user in "abc"} == {Delivery.DELIVERED}
    assert desk.entry("poison").state is Delivery.ATTENTION


def test_when_one_of_a_batch_fails_the_rest_is_as_if_it_had_never_been_claimed(desk: Desk) -> None:
    key = prepare_column(desk, "a", "b", "c")
    with desk.course.database.transaction() as session:
        claims = claim_next(session, registration_id=key, most=3, now=desk.course.clock())
    desk.platform.fail(answer(503), path="/scores")
    batch = desk.courier()._deliver_all(claims)
    with desk.course.database.transaction() as session:
        assert settle(session, batch.endings, now=desk.course.clock()) == []
    assert len(desk.sent()) == 2, "the first of all, and the one that failed"
    entries = [desk.entry(user) for user in "abc"]
    assert [(entry.state, entry.attempts, entry.sent_scores) for entry in entries] == [
        (Delivery.PENDING, 1, [[5.0, 10.0]]),
        (Delivery.PENDING, 0, []),
        (Delivery.PENDING, 0, []),
    ]
    desk.deliver_for(minutes=2)
    assert {desk.entry(user).state for user in "abc"} == {Delivery.DELIVERED}


def test_settling_waits_for_no_row_while_it_holds_others(desk: Desk) -> None:
    """A teacher who regrades a class holds one row and wants the next; the two must not wait for each other."""
    database = desk.course.database
    if database.engine.name == "sqlite":
        return  # there is one writer at a time
    key = prepare_column(desk, "a", "b", "c")
    with database.transaction() as session:
        claims = claim_next(session, registration_id=key, most=3, now=desk.course.clock())
    with database.transaction() as teacher:
        teacher.get_one(OutboxEntry, claims[1].entry.id, with_for_update=True)
        with database.transaction() as session:
            late = settle(session, [Ending(claim) for claim in claims], now=desk.course.clock())
    assert [ending.claim.user_id for ending in late] == ["b"]
    assert [desk.entry(user).state for user in "abc"] == ["delivered", "sending", "delivered"]
    with database.transaction() as session:
        assert settle_late(session, late[0], now=desk.course.clock())
    assert desk.entry("b").state is Delivery.DELIVERED


def test_what_another_worker_sent_since_the_column_was_read_is_nobody_elses(desk: Desk) -> None:
    desk.add_students("u3")
    one, other = desk.courier(), desk.courier()
    desk.want("u3", 1.0)
    other.deliver_due()
    desk.want("u1", 5.0)
    desk.want("u2", 5.0)
    one.deliver_due()  # reads the whole column for the second cell, the third with it
    for score, courier in ((2.0, other), (3.0, one)):
        desk.course.clock.advance(seconds=2)
        desk.want("u3", score)
        courier.deliver_due()
    assert (desk.entry("u3").state, desk.entry("u3").problem_code) == (Delivery.DELIVERED, None)
    assert [cell["score"] for (_, user), cell in desk.platform.cells.items() if user == "u3"] == [3.0]


def test_what_hangs_when_the_worker_stops_is_given_back_and_counts_once(desk: Desk) -> None:
    assert isinstance(desk.course.outbound, ImpatientSession)
    desk.course.outbound.read_timeout_seconds = 1.0
    desk.platform.fail("slow", path="/scores")
    desk.want("u1", 5.0)
    courier = desk.courier()
    delivering = threading.Thread(target=courier.keep_delivering)
    delivering.start()
    while not desk.sent():
        delivering.join(0.01)
    courier.stopping.set()
    courier.finish(0.01)
    entry = desk.entry()
    assert (entry.state, entry.lease_token, entry.problem_code) == (
        Delivery.PENDING,
        None,
        "score.given_back",
    )
    courier.finish(20)
    assert desk.entry().problem_code == "score.given_back", "who comes late changes nothing"
    delivering.join()
    desk.course.clock.advance(seconds=10)
    assert desk.deliver().delivered == 1
    assert len(desk.platform.ledger) == 1


def test_nothing_is_sent_after_the_platform_asked_to_wait(desk: Desk) -> None:
    """Two couriers, as in two processes; the second learns of the wait from the database."""
    desk.platform.fail(answer(429, Retry_After="120"), path="/scores")
    desk.want("u1", 7.0)
    desk.courier().deliver_due()
    desk.want("u2", 8.0)
    asked = len(desk.platform.requests)
    desk.course.clock.advance(seconds=119)
    assert desk.courier().deliver_due().delivered == 0
    assert len(desk.platform.requests) == asked
    desk.course.clock.advance(seconds=1)
    assert desk.courier().deliver_due().delivered == 2


LONG_AGO = timedelta(days=30)


def test_a_value_that_a_teacher_entered_stays_on_platforms_that_would_overwrite_it(desk: Desk) -> None:
    desk.want("u1", 5.0)
    desk.deliver()
    (url,) = desk.platform.line_items
    # An older moment: nothing at the platform itself refuses ours.
    desk.platform.teacher_enters(url, "u1", 9, at=desk.course.clock() - LONG_AGO)
    desk.course.clock.advance(minutes=1)
    desk.want("u1", 6.0)
    desk.deliver_for(minutes=1)
    entry = desk.entry()
    assert (entry.state, entry.problem_code) == (Delivery.ATTENTION, "score.changed_at_platform")
    assert "The gradebook shows 9/10; Waymark has 6/10." in str(entry.problem_message)
    desk.want("u1", 7.0)
    desk.deliver_for(minutes=1)
    assert desk.platform.cells[url, "u1"]["score"] == 9
    assert len(desk.platform.ledger) == 1

    with desk.course.database.transaction() as session:
        send_again(session.get_one(OutboxEntry, entry.id), now=desk.course.clock())
    desk.deliver()
    assert desk.platform.cells[url, "u1"]["score"] == 7
    desk.platform.teacher_enters(url, "u1", 8, at=desk.course.clock() - LONG_AGO)
    desk.course.clock.advance(minutes=1)
    desk.want("u1", 10.0)
    desk.deliver()
    assert desk.platform.cells[url, "u1"]["score"] == 8, "the permission was for one time"


def test_a_value_that_was_there_before_the_first_score_stays(desk: Desk) -> None:
    url = desk.platform.add_line_item("Quiz", tag="waymark-activity", resourceId="quiz")
    desk.platform.teacher_enters(url, "u1", 9, at=desk.course.clock() - LONG_AGO)
    desk.want("u1", 6.0)
    desk.want("u2", 6.0)
    assert desk.deliver() == Deliveries(delivered=1, attention=1)
    assert desk.platform.cells[url, "u1"]["score"] == 9


def test_the_same_value_from_a_teacher_is_no_reason_to_wait(desk: Desk) -> None:
    url = desk.platform.add_line_item("Quiz", tag="waymark-activity", resourceId="quiz", scoreMaximum=100)
    desk.platform.teacher_enters(url, "u1", 60, at=desk.course.clock() - LONG_AGO)
    desk.want("u1", 6.0)
    assert desk.deliver().delivered == 1


def test_a_score_of_ours_whose_arrival_was_never_noted_gives_way_to_a_newer_one(desk: Desk) -> None:
    desk.want("u1", 5.0)
    desk.platform.fail("lost", path="/scores")
    desk.deliver()
    (url,) = desk.platform.line_items
    assert desk.platform.cells[url, "u1"]["score"] == 5
    desk.course.clock.advance(seconds=2)
    desk.want("u1", 6.0)
    desk.deliver_for(minutes=1)
    assert desk.platform.cells[url, "u1"]["score"] == 6


def test_what_was_wished_and_never_sent_is_not_taken_for_ours(desk: Desk) -> None:
    url = desk.platform.add_line_item("Quiz", tag="waymark-activity", resourceId="quiz")
    desk.platform.teacher_enters(url, "u1", 9, at=desk.course.clock() - LONG_AGO)
    desk.want("u1", 6.0)
    desk.deliver()
    desk.platform.teacher_enters(url, "u1", 6, at=desk.course.clock() - LONG_AGO)
    desk.want("u1", 7.0)
    desk.deliver()
    assert desk.platform.cells[url, "u1"]["score"] == 6


def test_an_empty_cell_is_nobodys(desk: Desk) -> None:
    desk.want("u1", 5.0)
    desk.deliver()
    (url,) = desk.platform.line_items
    del desk.platform.cells[url, "u1"]
    desk.course.clock.advance(minutes=1)
    desk.want("u1", 6.0)
    desk.deliver()
    assert desk.platform.cells[url, "u1"]["score"] == 6


@pytest.mark.parametrize("fault", [answer(403, "no"), answer(500), "cut"])
def test_a_cell_that_cannot_be_seen_is_not_written_to(desk: Desk, fault: object) -> None:
    desk.want("u1", 5.0)
    desk.deliver()
    desk.platform.fail(fault, path="/results", times=3)  # type: ignore[arg-type]  # a table of both kinds
    desk.course.clock.advance(minutes=1)
    desk.want("u1", 6.0)
    assert desk.deliver().delivered == 0
    assert len(desk.platform.ledger) == 1
    assert desk.entry().problem_code is not None


def test_a_class_that_ends_a_check_has_its_column_read_twice_not_thirty_times(desk: Desk) -> None:
    students = [f"s{number}" for number in range(30)]
    desk.add_students(*students)
    desk.platform.add_line_item("Quiz", tag="waymark-activity", resourceId="quiz")
    for student in students:
        desk.want(student, 5.0)
    assert desk.deliver().delivered == 30
    assert len([path for _, path in desk.platform.requests if "/results" in path]) == 2


def test_what_an_earlier_version_sent_is_not_known_so_it_is_sent_as_before(desk: Desk) -> None:
    desk.want("u1", 5.0)
    desk.deliver()
    with desk.course.database.transaction() as session:
        session.scalars(select(OutboxEntry)).one().sent_scores = None
    desk.course.clock.advance(minutes=1)
    desk.want("u1", 6.0)
    desk.deliver()
    (url,) = desk.platform.line_items
    assert desk.platform.cells[url, "u1"]["score"] == 6
    assert desk.entry().sent_scores == [[6, 10]]
