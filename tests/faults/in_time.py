"""Stories in which time passes: a courier with a clock that the test moves, a real platform behind a real proxy.

A story breaks something and yields when the trouble is at its height; what follows is the mending.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from sqlalchemy import delete, insert, select
from werkzeug.wrappers import Response

from lti_tool import deadlines
from lti_tool.grades.lanes import FULL_RATE
from lti_tool.grades.leases import claim_next
from lti_tool.models.courses import Person, SyncState
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.usecases.delivery_overview import send_trouble_again
from tests.faults import proxy
from tests.faults.bench import Bench, HurriedSession, in_another_thread
from tests.faults.extent import EVERYTHING
from tests.grades.linked_course import linked_course
from tests.grades.strict_platform import answer
from tests.usecases.desk import Desk

Story = Iterator[None]
Telling = Callable[[Bench], Story]
PAGE = answer(200, "<html>Sign in</html>", Content_Type="text/html")


def refused_connections(bench: Bench) -> Story:
    bench.want("u1", 7.0)
    with bench.proxy.nobody_listens():
        bench.wait(minutes=10)
        yield
    bench.wait(minutes=15)


def no_such_name(bench: Bench) -> Story:
    """The name service says no, as it does of names that are not there; nobody asks a real one."""

    def refuse(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    bench.want("u1", 7.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        bench.wait(minutes=10)
        assert bench.proxy.requests == []
        yield
    bench.wait(minutes=15)


def no_connection(bench: Bench) -> Story:
    bench.want("u1", 7.0)
    with bench.proxy.unreachable():
        bench.deliver()
        yield
    bench.wait(minutes=15)


def no_answer(bench: Bench) -> Story:
    bench.proxy.plan(proxy.silence, path="/scores")
    bench.want("u1", 7.0)
    bench.deliver()
    yield
    bench.wait(minutes=15)


def slow_loris(bench: Bench) -> Story:
    """From the first byte of the head on. A shorter deadline, and bytes that come the faster for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadlines, "ANSWER_SECONDS", 0.6)
        bench.proxy.plan(proxy.drip(seconds=0.1), path="/scores")
        bench.want("u1", 7.0)
        bench.deliver()
    yield
    bench.wait(minutes=15)


def reset_after_commit(bench: Bench) -> Story:
    bench.proxy.plan(proxy.reset_after_the_request, path="/scores")
    bench.want("u1", 7.0, "well done")
    bench.deliver()
    yield
    bench.wait(minutes=15)
    assert len({body["timestamp"] for _, body in bench.platform.heard}) == 1


def reset_after_commit_on_canvas(bench: Bench) -> Story:
    bench.platform.counts_whole_seconds = False
    yield from reset_after_commit(bench)


def words_that_were_reset(bench: Bench) -> Story:
    bench.proxy.plan(proxy.reset_after_the_request, path="/scores")
    bench.want("u1", None, "Next: Tape diagrams")
    bench.deliver()
    yield
    bench.wait(minutes=15)


def truncated_answer(bench: Bench) -> Story:
    bench.proxy.plan(proxy.instead("200 OK", "Content-Length: 400", body='{"resultUrl": "ht'), path="/scores")
    bench.want("u1", 7.0)
    bench.deliver()
    yield
    bench.wait(minutes=15)


def sign_in_page(bench: Bench) -> Story:
    bench.platform.fail(PAGE, path="/scores")
    bench.want("u1", 7.0)
    bench.deliver()
    yield
    bench.wait(minutes=15)


def accepted_without_words(bench: Bench) -> Story:
    for score, status in enumerate(("200 OK", "201 Created", "202 Accepted", "204 No Content"), start=1):
        bench.proxy.plan(proxy.instead(status), path="/scores")
        bench.want("u1", float(score))
        assert bench.deliver().delivered == 1, status
        bench.clock.advance(seconds=5)
    assert len(bench.platform.heard) == 4
    yield


def an_hour_of_errors(bench: Bench) -> Story:
    students = [f"s{number}" for number in range(8)]
    bench.add_students(*students)
    moments = bench.watch("/1/")
    bench.refuse(*(answer(status) for status in (500, 503, 502, 504, 500, 502)), path="/1/")
    bench.want("u1", 7.0)
    for student in students:
        bench.want(student, 5.0)
    bench.wait(minutes=60 if EVERYTHING else 10)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments[5:])]
    assert all(seconds >= 30 for seconds in gaps), gaps
    assert len(gaps) > 6, "it is probed"
    yield
    bench.mend()
    bench.wait(minutes=15)


def readings_leave_it_alone(bench: Bench) -> Story:
    """Five failed write-backs close the lane for the reading, too; it comes again by itself."""
    students = [f"s{number}" for number in range(5)]
    bench.add_students(*students)
    bench.refuse(answer(503))
    for student in ("u1", *students):
        bench.want(student, 7.0)
    bench.deliver()
    asked = bench.watch()
    assert bench.try_reading() is SyncState.FAILED
    assert "left alone" in str(bench.course.context().sync_error)
    assert asked == []
    yield
    bench.mend()
    bench.wait(minutes=15)
    assert bench.awaited_readings() == (bench.course.context_key,)
    bench.read_course()
    assert bench.awaited_readings() == ()


def told_while_reading(bench: Bench) -> Story:
    """What a reading was told holds for what is written."""
    bench.platform.fail(answer(503, Retry_After="120"), path="/lineitems")
    told_at = bench.clock()
    assert bench.try_reading() is SyncState.FAILED
    asked = bench.watch()
    bench.want("u1", 7.0)
    bench.wait(seconds=119)
    assert asked == []
    yield
    bench.wait(minutes=15)
    assert asked[0] - told_at >= timedelta(seconds=120)


def told_when_to_come_back(bench: Bench) -> Story:
    for value, seconds in (("120", 120), ("date", 120), ("999999", 3600)):
        bench.mend()
        bench.wait(hours=1)
        moment = format_datetime(bench.clock() + timedelta(seconds=120), usegmt=True)
        # Twice: two calls may be under way when the platform says it.
        told = answer(503, Retry_After=moment if value == "date" else value)
        bench.platform.fail(told, path="/results", times=2)
        for user_id in ("u1", "u2"):
            bench.want(user_id, len(value) / 10)
        began, moments = bench.clock(), bench.watch()
        bench.wait(seconds=seconds - 2)
        assert set(moments) == {began}, value
    yield
    bench.mend()
    bench.wait(minutes=15)


def throttled(bench: Bench) -> Story:
    bench.platform.fail(answer(403, "403 Forbidden (Rate Limit Exceeded)"), path="/scores")
    bench.want("u1", 7.0)
    bench.deliver()
    yield
    bench.wait(minutes=15)


def too_many_requests(bench: Bench) -> Story:
    """Without and with a time to come back; the other row of the platform waits as well."""
    bench.platform.fail(answer(429), path="/results")
    bench.want("u1", 6.0)
    bench.wait(minutes=15)
    assert bench.shown() == 6
    bench.platform.fail(answer(429, Retry_After="60"), path="/results", times=2)
    bench.want("u1", 7.0)
    bench.want("u2", 7.0)
    began, moments = bench.clock(), bench.watch()
    bench.wait(seconds=59)
    assert set(moments) == {began}
    yield
    bench.mend()
    bench.wait(minutes=15)


def slower_after_too_many_requests(bench: Bench) -> Story:
    """What goes within a second afterwards: half as much as before, and all of it when some time has passed."""
    students = [f"s{number}" for number in range(40)]
    bench.add_students(*students)
    bench.want("u1", 6.0)
    bench.deliver()
    bench.platform.fail(answer(429, Retry_After="10"), path="/scores")
    bench.want("u1", 7.0)
    bench.clock.advance(seconds=1)
    bench.deliver()
    yield
    bench.clock.advance(seconds=60)
    for student in students:
        bench.want(student, 5.0)
    moments = bench.watch("/scores")
    bench.deliver()
    assert FULL_RATE / 2 <= len(moments) < FULL_RATE * 3 / 4
    bench.clock.advance(minutes=10)
    bench.deliver()
    assert len(moments) == 41


def out_of_quota(bench: Bench) -> Story:
    bench.platform.fail(answer(403, "no", X_Rate_Limit_Remaining="0.0"), path="/scores")
    bench.want("u1", 7.0)
    bench.deliver()
    yield
    bench.wait(minutes=15)


def not_permitted(bench: Bench) -> Story:
    bench.refuse(answer(403, "no"))
    bench.want("u1", 7.0)
    bench.wait(hours=20, every=3600)
    assert len(bench.platform.heard) == 1, "it stops"
    yield
    bench.mend()
    bench.read_course()  # what a teacher's launch asks for
    bench.deliver()


def scores_not_granted(bench: Bench) -> Story:
    granted = bench.course.context().service_scopes
    bench.grant([scope for scope in granted if "score" not in scope])
    bench.want("u1", 7.0)
    bench.wait(minutes=20)
    yield
    bench.grant(granted)
    bench.read_course()
    bench.deliver()


def expired_token(bench: Bench) -> Story:
    bench.want("u2", 5.0)
    bench.deliver()
    bench.platform.tokens.clear()
    tokens = bench.watch("/token")
    bench.want("u1", 7.0)
    bench.deliver()
    assert len(tokens) == 2, "one for reading, one for writing"
    yield


def authorisation_fails(bench: Bench) -> Story:
    students = [f"s{number}" for number in range(10)]
    bench.add_students(*students)
    bench.refuse(answer(401))
    tokens = bench.watch("/token")
    bench.want("u1", 7.0)
    for student in students:
        bench.want(student, 5.0)
    bench.wait(minutes=59)
    assert len(bench.platform.heard) <= 2 * 7, "the whole registration waits"
    assert len(tokens) <= 3 * 7
    yield
    bench.mend()
    bench.wait(minutes=75)


def sign_in_refused(bench: Bench) -> Story:
    bench.platform.client_id = "somebody else"
    tokens = bench.watch("/token")
    bench.want("u1", 7.0)
    bench.want("u2", 7.0)
    bench.wait(hours=1)
    assert all(later - earlier >= timedelta(minutes=10) for earlier, later in pairwise(tokens))
    yield
    bench.platform.client_id = "c1"
    bench.wait(minutes=75)


def scope_refused(bench: Bench) -> Story:
    bench.refuse(answer(400, '{"error": "invalid_scope"}'), path="/token")
    tokens = bench.watch("/token")
    bench.want("u1", 7.0)
    bench.want("u2", 7.0)
    bench.wait(hours=1)
    assert all(later - earlier >= timedelta(minutes=10) for earlier, later in pairwise(tokens))
    yield
    bench.mend()
    bench.wait(minutes=75)


def sign_in_down(bench: Bench) -> Story:
    with linked_course(bench.course.database, bench.clock) as other_course:
        other = Desk(other_course)
        other.add_students("v1")
        bench.proxy.plan(proxy.black_hole, path="/token", times=99)
        bench.want("u1", 7.0)
        other.want("v1", 6.0)
        with HurriedSession(bench.clock, bench.proxy.origin, other.platform.origin) as both:
            assert replace(bench.courier(), outbound=both).deliver_due().delivered == 1
        assert len(other.platform.ledger) == 1
    yield
    bench.mend()
    bench.wait(minutes=15)


def slow_sign_in_past_the_lease(bench: Bench) -> Story:
    """The token for writing arrives when the lease is nearly over: by then it may be another worker's row."""
    bench.want("u2", 5.0)
    bench.deliver()
    bench.clock.advance(hours=2)
    asked = bench.watch("/token")

    def slow(exchange: proxy.Exchange) -> None:
        said = exchange.ask()
        bench.clock.advance(seconds=25)
        exchange.give(said)

    bench.proxy.plan(slow, path="/token", times=2)
    bench.want("u1", 7.0)
    bench.deliver()
    assert len(asked) == 2
    assert len(bench.platform.heard) == 1, "nothing is sent that may arrive after the lease"
    yield
    bench.wait(minutes=15)


def odd_token_lives(bench: Bench) -> Story:
    for seconds in (None, 0, -5, "3600"):
        bench.platform.token_seconds = seconds
        bench.clock.advance(hours=2)
        tokens = bench.watch("/token")
        for score in range(3):
            bench.want("u1", float(score))
            bench.deliver()
            bench.clock.advance(seconds=20)
        assert len(tokens) <= 2, seconds
        bench.clock.advance(minutes=5)
        bench.want("u1", 4.0)
        bench.deliver()
        assert len(tokens) == 4, "believed for five minutes at most"
        bench.mend()
    yield


def column_deleted(bench: Bench) -> Story:
    bench.want("u1", 5.0)
    bench.deliver()
    bench.platform.line_items.clear()
    bench.clock.advance(minutes=1)
    bench.want("u1", 6.0)
    bench.want("u2", 6.0)
    bench.wait(hours=1)
    assert bench.platform.line_items == {}
    assert bench.standing("u2") == (Delivery.ATTENTION, "score.column_gone")
    yield
    for user_id in ("u1", "u2"):
        bench.press_send_again(user_id)
    bench.deliver()


def column_moved(bench: Bench) -> Story:
    bench.want("u1", 5.0)
    bench.deliver()
    ((_, item),) = bench.platform.line_items.items()
    moved = item["id"].replace("/1/lineitems/", "/1/lineitems/9")
    bench.platform.line_items = {moved: {**item, "id": moved}}
    bench.platform.purposes[moved] = "quiz"
    bench.clock.advance(minutes=1)
    bench.want("u1", 6.0)
    bench.deliver()
    yield


def not_in_the_course(status: int) -> Telling:
    def story(bench: Bench) -> Story:
        bench.refuse(answer(status, "Incorrect score received"), user_id="u1")
        bench.want("u1", 7.0)
        bench.want("u2", 8.0)
        bench.wait(days=3, every=6 * 3600)
        assert bench.standing("u2") == (Delivery.DELIVERED, None)
        assert len([body for _, body in bench.platform.heard if body["userId"] == "u1"]) == 1
        yield

    return story


def a_teachers_newer_value(bench: Bench) -> Story:
    """Entered between our look at the cell and our sending."""
    bench.want("u1", 5.0)
    bench.deliver()
    bench.clock.advance(minutes=1)
    bench.want("u1", 6.0)
    url = bench.url()

    def enter(exchange: proxy.Exchange) -> None:
        bench.platform.teacher_enters(url, "u1", 9, at=bench.clock() + timedelta(seconds=1))
        exchange.give(exchange.ask())

    bench.proxy.plan(enter, path="/scores")
    bench.wait(minutes=30)
    bench.entered.append(("quiz", "u1"))
    assert bench.shown() == 9
    yield
    bench.press_send_again()
    bench.wait(minutes=1)
    assert bench.shown() == 6
    bench.entered.clear()


def an_older_score_with_a_later_time(bench: Bench) -> Story:
    """The cell is ours, its time is not: a clock at the platform was ahead."""
    bench.platform.gives_timestamps = False
    bench.want("u1", 5.0)
    bench.deliver()
    bench.platform.cells[bench.url(), "u1"]["at"] = bench.clock() + timedelta(seconds=1)
    bench.clock.advance(milliseconds=500)
    bench.want("u1", 6.0)
    bench.wait(minutes=1)
    assert [body["scoreGiven"] for _, body in bench.platform.heard].count(6) == 2, "once more, and later"
    yield


def closed_column(bench: Bench) -> Story:
    bench.refuse(answer(422, "Maximum number of allowed attempts has been reached"))
    bench.want("u1", 7.0)
    bench.wait(days=3, every=6 * 3600)
    assert len(bench.platform.heard) == 1
    yield
    bench.mend()
    bench.press_send_again()
    bench.deliver()


def malformed(bench: Bench) -> Story:
    bench.refuse(answer(400, "scoreGiven must be a number"))
    bench.want("u1", 7.0)
    bench.wait(days=3, every=6 * 3600)
    assert len(bench.platform.heard) == 1
    row = bench.rows()["quiz", "u1"]
    assert (row.score_given, row.score_maximum) == (7.0, 10.0), "the row is the copy of the request"
    yield


def redirected(status: int) -> Telling:
    def story(bench: Bench) -> Story:
        bench.refuse(answer(status, Location=f"{bench.proxy.origin}/elsewhere"))
        elsewhere = bench.watch("/elsewhere")
        bench.want("u1", 7.0)
        bench.wait(days=1, every=6 * 3600)
        assert elsewhere == []
        assert len(bench.platform.heard) == 1
        yield

    return story


def unreadable_list(page: Response) -> Telling:
    def story(bench: Bench) -> Story:
        bench.refuse(page, path="/lineitems")
        lists = bench.watch("/lineitems")
        bench.want("u1", 7.0)
        bench.wait(minutes=30)
        assert len(lists) == 3
        assert bench.platform.line_items == {}
        yield
        bench.mend()
        bench.wait(minutes=75)

    return story


def creation_lost(bench: Bench) -> Story:
    bench.proxy.plan(proxy.reset_after_the_request, method="POST", path="/lineitems")
    bench.want("u1", 7.0)
    bench.want("u2", 8.0)
    bench.deliver()
    yield
    bench.wait(minutes=15)
    assert len(bench.platform.line_items) == 1


def paused_before_sending(bench: Bench) -> Story:
    """The older score of a worker that slept past its lease arrives after the newer one of another worker."""
    bench.want("u2", 1.0)
    bench.deliver()
    held = bench.proxy.hold(path="/scores")
    bench.want("u1", 5.0)
    with in_another_thread(bench.deliver):
        assert held.reached.wait(10)
        bench.clock.advance(seconds=61)
        bench.want("u1", 6.0)
        second = Bench(bench.course, proxy=bench.proxy)
        second.deliver()
        second.clock.advance(seconds=2)
        second.deliver()
        assert bench.shown() == 6
        held.let_go()
    yield
    bench.wait(minutes=15)
    assert bench.shown() == 6


def clock_jumps(bench: Bench) -> Story:
    """One row is in the hands of a worker that dies while the clock is an hour ahead."""
    ahead = timedelta()

    def right() -> float:
        return (bench.clock() - ahead).timestamp()

    bench.platform.clock = right
    bench.want("u1", 5.0)
    bench.deliver()
    bench.clock.advance(minutes=1)
    ahead = timedelta(hours=1)
    bench.clock.now += ahead
    bench.want("u1", 6.0)
    bench.want("u2", 6.0)
    bench.wait(minutes=2)
    bench.want("u2", 6.5)
    with bench.course.database.transaction() as session:
        key = bench.registration_key()
        bench.clock.advance(hours=0.3)
        claim_next(session, registration_id=key, now=bench.clock())
    bench.clock.now -= ahead
    ahead = timedelta()
    yield
    requests = bench.watch()
    bench.want("u1", 7.0)
    bench.wait(minutes=70)
    assert len(requests) < 30, "no storm"


def a_lease_from_the_future(bench: Bench) -> Story:
    bench.clock.advance(hours=1)
    bench.want("u1", 7.0)
    with bench.course.database.transaction() as session:
        key = bench.registration_key()
        assert claim_next(session, registration_id=key, now=bench.clock())
    bench.clock.advance(hours=-1)
    yield
    bench.wait(minutes=2)
    assert bench.standing() == (Delivery.PENDING, "score.clock_ahead"), "its lease does not last an hour"
    bench.wait(minutes=80)


def twenty_changes(bench: Bench) -> Story:
    with bench.proxy.nobody_listens():
        for score in range(1, 21):
            bench.want("u1", score / 2)
            bench.deliver()
            bench.clock.advance(milliseconds=100)
        yield
    bench.wait(minutes=15)
    assert len(bench.platform.ledger) == 1
    assert bench.shown() == 10


def regrades(bench: Bench) -> Story:
    for score in (8.0, 3.0, 10.0, 0.0):
        bench.want("u1", score)
        bench.wait(seconds=30)
        assert bench.shown() == score
    with pytest.raises(ValueError, match="erase"):
        bench.want("u1", None, "attempt deleted")
    bench.wishes["quiz", "u1"].pop()
    assert all("scoreGiven" in body for _, body in bench.platform.heard)
    yield


def three_days_offline(bench: Bench) -> Story:
    with bench.proxy.nobody_listens():
        bench.want("u1", 7.0)
        bench.want("u2", 8.0)
        bench.wait(minutes=14, every=420)
        assert bench.late() == 0
        bench.clock.advance(minutes=1)
        assert bench.late() == 2, "visible from minute 15 on"
        bench.wait(hours=72, every=9 * 3600)
        assert bench.late() == 2
        yield
    bench.wait(minutes=20)


def a_class_offline(bench: Bench) -> Story:
    """What waited for three days goes at the platform's pace, though after a rest more may go at once."""
    students = [f"s{number}" for number in range(32)]
    bench.add_students(*students)
    with bench.proxy.nobody_listens():
        for user_id in ("u1", *students):
            bench.want(user_id, 7.0)
        bench.wait(hours=72, every=9 * 3600)
        yield
    moments = bench.watch("/scores")
    bench.wait(minutes=20)
    assert len(moments) == len(students) + 1
    assert max(Counter(moments).values()) <= 1 + FULL_RATE, "within a second"


def poison(bench: Bench) -> Story:
    """Each worker that takes the row dies of it. Another row of the same platform is not held up."""
    key = bench.registration_key()
    bench.want("u1", 7.0)
    bench.want("u2", 8.0, activity="other")
    for _ in range(3):
        with bench.course.database.transaction() as session:
            [claim] = claim_next(session, registration_id=key, now=bench.clock())
            assert claim.user_id == "u1"
        bench.clock.advance(seconds=61)
    bench.deliver()
    assert bench.standing("u2", "other") == (Delivery.DELIVERED, None)
    assert bench.platform.accepted_for("u1") == []
    yield
    bench.press_send_again()
    bench.deliver()


def resend_of_delivered(bench: Bench) -> Story:
    """5,000 rows that were delivered, for all reasons that a row may ever have had."""
    bench.want("u1", 7.0)
    bench.want("u2", 7.0)
    bench.deliver()
    row = bench.rows()["quiz", "u1"]
    values = {
        column.name: getattr(row, column.name)
        for column in OutboxEntry.__table__.columns
        if column.name != "id"
    }
    with bench.course.database.transaction() as session:
        some = session.get_one(Person, row.person_id).registration_id
        people = [{"registration_id": some, "user_id": f"p{number}"} for number in range(5000)]
        names = dict.fromkeys(("name", "given_name", "family_name"), "")
        session.execute(insert(Person), [{**names, **person} for person in people])
        keys = session.scalars(select(Person.id).where(Person.user_id.startswith("p")))
        session.execute(insert(OutboxEntry), [{**values, "person_id": key} for key in keys])
    before, requests = dict(bench.platform.cells), bench.watch()
    key = bench.registration_key()
    for code in ("platform.forbidden", "score.gave_up", ""):
        with bench.course.database.transaction() as session:
            assert (
                send_trouble_again(session, registration_key=key, code=code, actor="ada", now=bench.clock())
                == 0
            )
    bench.press_send_again()
    bench.wait(minutes=5)
    assert requests == []
    assert bench.platform.cells == before
    with bench.course.database.transaction() as session:
        session.execute(delete(OutboxEntry).where(OutboxEntry.id > 2))
    yield


def nightly_comparison(bench: Bench) -> Story:
    bench.want("u1", 5.0)
    bench.want("u2", 5.0)
    bench.deliver()
    bench.clock.advance(minutes=30)
    bench.platform.teacher_enters(bench.url(), "u1", 9, at=bench.clock())
    del bench.platform.cells[bench.url(), "u2"]
    bench.read_course()
    bench.wait(minutes=30)
    assert "The gradebook shows 9/10; Waymark has 5/10." in str(bench.rows()["quiz", "u1"].problem_message)
    assert bench.shown("u1") == 9
    assert bench.shown("u2") == 5, "never there, so sent once more"
    assert len(bench.platform.accepted_for("u2")) == 2
    bench.wishes["quiz", "u2"].append(5.0)
    bench.entered.append(("quiz", "u1"))
    yield


def locked_grade(bench: Bench) -> Story:
    bench.refuse(answer(500), user_id="u1")
    bench.want("u1", 5.0)
    for score in range(9):
        bench.want("u2", float(score))
        bench.wait(minutes=20, every=1200)
        assert bench.standing("u2") == (Delivery.DELIVERED, None)
    tries = len([body for _, body in bench.platform.heard if body["userId"] == "u1"])
    assert tries == 8
    bench.wait(days=3, every=6 * 3600)
    assert len([body for _, body in bench.platform.heard if body["userId"] == "u1"]) in {tries + 2, tries + 3}
    yield
    bench.mend()
    bench.wait(days=1, minutes=5, every=6 * 3600)


def edited_by_the_teacher(bench: Bench) -> Story:
    students = [f"s{number}" for number in range(9)]
    bench.add_students(*students)
    for student in ("u1", *students):
        bench.want(student, 5.0)
    bench.deliver()
    # An older moment: nothing at the platform itself refuses ours.
    bench.platform.teacher_enters(bench.url(), "u1", 9, at=bench.clock() - timedelta(days=30))
    bench.clock.advance(minutes=1)
    looks = bench.watch("/results")
    for student in ("u1", *students):
        bench.want(student, 6.0)
    bench.deliver()
    assert len(looks) <= 3, (
        "the column is read once for all; only the changed cell is read by itself, and again"
    )
    assert "The gradebook shows 9/10; Waymark has 6/10." in str(bench.rows()["quiz", "u1"].problem_message)
    assert bench.shown() == 9
    yield
    bench.press_send_again()
    bench.wait(minutes=1)
    assert bench.shown() == 6


def skewed_clock(seconds: float) -> Telling:
    def story(bench: Bench) -> Story:
        bench.platform.clock = lambda: bench.clock().timestamp() - seconds
        bench.want("u2", 5.0)
        bench.deliver()
        bench.want("u1", 7.0)
        bench.wait(minutes=5)
        assert bench.course.outbound.skew.ahead_seconds(bench.url()) == pytest.approx(seconds, abs=1.1)
        late = [line.accepted_at - line.timestamp.timestamp() for line in bench.platform.ledger]
        assert len(late) == 2
        assert min(late) >= -1.0, "no score from the platform's future"
        yield

    return story
