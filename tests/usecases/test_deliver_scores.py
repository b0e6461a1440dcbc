"""Delivery against a strict platform: nothing lost, nothing doubled, never backwards."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.grades.leases import INTERRUPTED, claim_next, mark_delivered
from lti_tool.grades.outbox import send_again, want_score, wanted_column
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery, OutboxEntry, Result
from lti_tool.usecases.deliver_scores import Courier, Deliveries
from tests.factories import make_person
from tests.grades.linked_course import Clock, Course, ImpatientSession, linked_course
from tests.grades.strict_platform import Fault, Platform, answer


@dataclass
class Desk:
    """A course, its students, and a courier with a clock that tests move."""

    course: Course

    @property
    def platform(self) -> Platform:
        return self.course.platform

    def add_students(self, *user_ids: str) -> None:
        self.platform.add_members(*user_ids)
        with self.course.database.transaction() as session:
            context = session.get_one(Context, self.course.context_key)
            for user_id in user_ids:
                make_person(session, context, user_id)

    def want(
        self, user_id: str, score: float | None, comment: str | None = None, *, activity: str = "quiz"
    ) -> None:
        with self.course.database.transaction() as session:
            context = session.get_one(Context, self.course.context_key)
            column = wanted_column(
                session,
                context=context,
                tag="waymark-activity",
                resource_id=activity,
                label=activity,
                score_maximum=10,
                now=self.course.clock(),
            )
            want_score(
                session,
                column=column,
                person=session.scalars(select(Person).where(Person.user_id == user_id)).one(),
                score_given=score,
                score_maximum=None if score is None else 10,
                comment=comment,
                now=self.course.clock(),
            )

    def deliver(self) -> Deliveries:
        return self.courier().deliver_due()

    def courier(self) -> Courier:
        return Courier(
            self.course.database,
            self.course.outbound,
            self.course.secret,
            self.course.clock,
            rng=random.Random(1),
        )

    def deliver_for(self, **units: float) -> None:
        """Deliver again and again while time passes in steps of 10 seconds."""
        end = self.course.clock() + timedelta(**units)
        while self.course.clock() < end:
            self.deliver()
            self.course.clock.advance(seconds=10)

    def entry(self, user_id: str = "u1") -> OutboxEntry:
        with self.course.database.read() as session:
            return session.scalars(
                select(OutboxEntry)
                .join(Person, OutboxEntry.person_id == Person.id)
                .where(Person.user_id == user_id)
            ).one()

    def sent(self) -> list[tuple[str, str]]:
        return [request for request in self.platform.requests if request[1].split("?")[0].endswith("/scores")]


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


def test_one_column_is_made_although_the_answer_to_its_creation_was_lost(desk: Desk) -> None:
    desk.platform.fail("lost", method="POST", path="/lineitems")
    desk.want("u1", 7.0)
    assert desk.deliver().postponed == 1
    desk.course.clock.advance(seconds=6)
    assert desk.deliver().delivered == 1
    assert len(desk.platform.line_items) == 1


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


@pytest.mark.parametrize("fault", ["cut", "lost", "slow"])
@pytest.mark.parametrize("score", [7.0, None])
def test_after_a_broken_connection_the_same_message_goes_again_and_counts_once(
    desk: Desk, fault: str, score: float | None
) -> None:
    desk.platform.fail(fault, method="POST", path="/scores")
    desk.want("u1", score, "words")
    assert desk.deliver().postponed == 1
    assert desk.entry().state is Delivery.PENDING
    desk.deliver_for(seconds=30)
    assert desk.entry().state is Delivery.DELIVERED
    assert len(desk.platform.accepted_for("u1")) == 1


@pytest.mark.parametrize(
    "fault", [answer(500), answer(502), answer(503), answer(429), answer(403, "Rate Limit Exceeded")]
)
def test_a_platform_in_trouble_gets_the_score_later(desk: Desk, fault: object) -> None:
    desk.platform.fail(fault, times=3, path="/scores")  # type: ignore[arg-type]  # a table of responses
    desk.want("u1", 7.0)
    desk.deliver_for(minutes=3)
    assert desk.entry().state is Delivery.DELIVERED
    assert len(desk.platform.ledger) == 1


def test_retry_after_is_kept_for_the_whole_registration(desk: Desk) -> None:
    desk.platform.fail(answer(503, Retry_After="120"), path="/scores")
    desk.want("u1", 7.0)
    desk.deliver()
    desk.want("u2", 8.0)
    desk.deliver_for(seconds=110)
    assert desk.platform.ledger == []
    desk.deliver_for(seconds=30)
    assert len(desk.platform.ledger) == 2


def test_a_web_page_with_status_200_is_not_taken_for_an_acceptance(desk: Desk) -> None:
    page = answer(200, "<html>sign in</html>", Content_Type="text/html")
    desk.platform.fail(page, path="/scores")
    desk.want("u1", 7.0)
    assert desk.deliver().delivered == 0
    desk.deliver_for(seconds=30)
    assert len(desk.platform.ledger) == 1


def test_twenty_changes_while_the_platform_is_down_end_in_one_update(desk: Desk) -> None:
    desk.platform.fail(answer(503), times=20, path="/scores")
    for score in range(1, 9):
        desk.want("u1", float(score))
        desk.deliver()
        desk.course.clock.advance(milliseconds=100)
    desk.platform.faults.clear()
    desk.deliver_for(minutes=2)
    (body,) = desk.platform.accepted_for("u1")
    assert body["scoreGiven"] == 8


def test_scores_in_quick_succession_carry_growing_timestamps(desk: Desk) -> None:
    for score in (5.0, 6.0, 7.0):
        desk.want("u1", score)
        desk.deliver()
        desk.course.clock.advance(milliseconds=1100)
    moments = [line.timestamp for line in desk.platform.ledger]
    assert len(moments) == 3
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(moments))


def test_an_older_score_at_the_platform_of_a_foreign_clock_is_superseded_once(desk: Desk) -> None:
    """The platform's stored time is ahead of ours and it gives no timestamps in results."""
    desk.platform.gives_timestamps = False
    desk.want("u1", 5.0)
    desk.deliver()
    (url,) = desk.platform.line_items
    desk.platform.teacher_enters(url, "u1", 5, at=desk.course.clock() + timedelta(seconds=1))
    desk.course.clock.advance(milliseconds=500)
    desk.want("u1", 6.0)
    desk.deliver_for(seconds=20)
    assert desk.platform.cells[url, "u1"]["score"] == 6


def test_a_grade_that_a_teacher_changed_later_is_left_alone_until_somebody_sends_again(desk: Desk) -> None:
    desk.want("u1", 5.0)
    desk.deliver()
    (url,) = desk.platform.line_items
    desk.course.clock.advance(minutes=1)
    desk.want("u1", 6.0)
    desk.platform.teacher_enters(url, "u1", 9, at=desk.course.clock() + timedelta(seconds=30))
    desk.deliver()
    entry = desk.entry()
    assert (entry.state, entry.problem_code) == (Delivery.ATTENTION, "score.changed_at_platform")
    desk.deliver_for(minutes=30)
    assert desk.platform.cells[url, "u1"]["score"] == 9

    with desk.course.database.transaction() as session:
        send_again(session.get_one(OutboxEntry, entry.id), now=desk.course.clock())
    desk.deliver()
    assert desk.platform.cells[url, "u1"]["score"] == 6


def test_a_person_whom_the_gradebook_does_not_know_does_not_hold_up_the_others(desk: Desk) -> None:
    desk.platform.members = [member for member in desk.platform.members if member["user_id"] != "u1"]
    desk.want("u1", 7.0)
    desk.want("u2", 8.0)
    assert desk.deliver() == Deliveries(delivered=1, attention=1)
    assert desk.entry("u1").problem_code == "score.not_gradable"
    assert "no longer enrolled" in (desk.entry("u1").problem_message or "")


def test_a_deleted_column_needs_a_person_who_may_have_it_made_anew(desk: Desk) -> None:
    desk.want("u1", 5.0)
    desk.deliver()
    desk.platform.line_items.clear()
    desk.course.clock.advance(minutes=1)
    desk.want("u1", 6.0)
    desk.want("u2", 6.0)
    desk.deliver_for(minutes=5)
    assert desk.platform.line_items == {}
    assert desk.entry("u1").problem_code == desk.entry("u2").problem_code == "score.column_gone"
    with desk.course.database.transaction() as session:
        send_again(session.get_one(OutboxEntry, desk.entry("u1").id), now=desk.course.clock())
    desk.deliver()
    (url,) = desk.platform.line_items
    assert desk.platform.cells[url, "u1"]["score"] == 6


def test_a_column_with_a_new_address_is_found_again(desk: Desk) -> None:
    desk.want("u1", 5.0)
    desk.deliver()
    ((_, item),) = desk.platform.line_items.items()
    moved = item["id"].replace("/1/lineitems/", "/1/lineitems/9")
    desk.platform.line_items = {moved: {**item, "id": moved}}
    desk.course.clock.advance(minutes=1)
    desk.want("u1", 6.0)
    assert desk.deliver().delivered == 1
    assert desk.platform.cells[moved, "u1"]["score"] == 6


def test_a_closed_column_waits_for_a_person(desk: Desk) -> None:
    desk.platform.fail(answer(422, "This assignment is still unpublished"), path="/scores")
    desk.want("u1", 5.0)
    desk.deliver_for(hours=1)
    assert desk.entry().problem_code == "score.column_closed"


def test_missing_permission_is_looked_at_once_a_day(desk: Desk) -> None:
    desk.platform.fail(answer(403, "no"), path="/scores")
    desk.want("u1", 5.0)
    desk.deliver()
    assert (desk.entry().state, desk.entry().problem_code) == (Delivery.ATTENTION, "platform.forbidden")
    desk.course.clock.advance(hours=23)
    assert desk.deliver().delivered == 0
    desk.course.clock.advance(hours=2)
    assert desk.deliver().delivered == 1


def test_a_refused_sign_in_is_not_hammered(desk: Desk) -> None:
    desk.platform.client_id = "somebody else"
    for user_id in ("u1", "u2"):
        desk.want(user_id, 5.0)
    desk.deliver_for(minutes=60)
    assert len([path for _, path in desk.platform.requests if path == "/token"]) <= 7
    assert desk.entry().problem_code == "platform.token_refused"
    desk.platform.client_id = "c1"
    desk.deliver_for(hours=2)
    assert len(desk.platform.ledger) == 2


def test_authorisation_that_fails_with_a_fresh_token_too_needs_attention(desk: Desk) -> None:
    desk.platform.fail(answer(401), times=99, path="/scores")
    desk.want("u1", 5.0)
    desk.deliver()
    assert desk.entry().state is Delivery.PENDING
    desk.deliver_for(minutes=15)
    assert (desk.entry().state, desk.entry().problem_code) == (Delivery.ATTENTION, "platform.not_authorised")


def test_one_locked_grade_needs_attention_and_holds_up_nobody(desk: Desk) -> None:
    """Moodle answers 500 to a score for a locked grade, every time."""
    locked = Fault(
        answer(500), lambda request: b'"u1"' in request.get_data() and "/scores" in request.path, 99
    )
    desk.platform.faults.append(locked)
    desk.want("u1", 5.0)
    for score in range(10):
        desk.want("u2", float(score))
        assert desk.deliver().delivered == 1
        desk.course.clock.advance(minutes=15)
    assert (desk.entry("u1").state, desk.entry("u1").problem_code) == (Delivery.ATTENTION, "score.locked")
    desk.platform.faults.clear()
    desk.course.clock.advance(days=1)
    assert desk.deliver().delivered == 1


def test_a_platform_that_is_down_is_probed_every_half_minute(desk: Desk) -> None:
    desk.add_students(*(f"s{number}" for number in range(20)))
    desk.platform.fail("cut", times=10_000, path="/scores")
    for number in range(20):
        desk.want(f"s{number}", 5.0)
    desk.deliver_for(seconds=10)
    before = len(desk.sent())
    assert before == 5
    desk.deliver_for(minutes=5)
    assert len(desk.sent()) - before <= 11
    desk.platform.faults.clear()
    desk.deliver_for(minutes=30)
    assert len(desk.platform.ledger) == 20


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
        claim = claim_next(session, registration_id=registration_id, now=desk.course.clock())
    assert claim is not None
    assert desk.deliver() == Deliveries(), "the lease still holds"
    desk.course.clock.advance(seconds=61)
    assert desk.deliver().delivered == 1
    with desk.course.database.transaction() as session:
        assert not mark_delivered(session, claim, now=desk.course.clock()), "its lease is over"
    assert len(desk.platform.ledger) == 1


def test_an_entry_that_kills_worker_after_worker_is_set_aside(desk: Desk) -> None:
    desk.want("u1", 5.0)
    desk.want("u2", 6.0, activity="other")
    registration_id = desk.course.context().deployment.registration_id
    for _ in range(6):
        with desk.course.database.transaction() as session:
            claim_next(session, registration_id=registration_id, now=desk.course.clock())
        desk.course.clock.advance(seconds=61)
    desk.deliver()
    assert (desk.entry("u1").state, desk.entry("u1").problem_code) == (Delivery.ATTENTION, INTERRUPTED)
    assert desk.entry("u2").state is Delivery.DELIVERED


def test_a_hanging_platform_does_not_delay_another(desk: Desk) -> None:
    with linked_course(desk.course.database, desk.course.clock) as healthy_course:
        healthy = Desk(healthy_course)
        healthy.add_students("v1")
        desk.platform.fail("slow", times=99, path="/scores")
        desk.want("u1", 5.0)
        desk.want("u2", 5.0)
        healthy.want("v1", 6.0)
        outbound = ImpatientSession(desk.platform.origin, healthy.platform.origin)
        courier = replace(desk.courier(), outbound=outbound)
        result = courier.deliver_due()
        outbound.close()
    assert result == Deliveries(delivered=1, postponed=2, next_due_at=result.next_due_at)
    assert len(healthy.platform.ledger) == 1


class Together(ImpatientSession):
    """Scores after the first leave only four at a time, and never more."""

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        self.all_there = threading.Barrier(4)
        self.lock = threading.Lock()
        self.sent = self.under_way = self.most = 0

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Any:
        if "/scores" not in str(url):
            return super().request(method, url, *args, **kwargs)
        with self.lock:
            self.sent += 1
            first = self.sent == 1
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        if not first:
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
    outbound = Together(desk.platform.origin)
    assert replace(desk.courier(), outbound=outbound).deliver_due().delivered == 9
    outbound.close()
    assert outbound.most == 4
    assert len(desk.platform.line_items) == 1
    assert len([path for _, path in desk.platform.requests if "/results" in path]) == 2
    assert len([path for _, path in desk.platform.requests if path == "/token"]) == 2, (
        "one for each scope set"
    )


def test_what_hangs_when_the_worker_stops_is_given_back_and_counts_once(desk: Desk) -> None:
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
