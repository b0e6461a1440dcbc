"""The table of the write-back faults: number, what breaks, what becomes of the row, and the story that tells it.

`trouble` is where the row of the first student stands at the height of the trouble, `end` where it stands when the
trouble is over and a quarter of an hour has passed: state and code of the problem. After each story the three rules
hold: none lost, none doubled, never backwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lti_tool.grades.claims import INTERRUPTED
from lti_tool.grades.leases import CHANGED_AT_PLATFORM
from lti_tool.models.gradebook import Delivery
from tests.faults import in_time as told
from tests.faults import processes as died
from tests.faults.in_time import Telling
from tests.faults.processes import Kill
from tests.grades.strict_platform import answer

Standing = tuple[Delivery, str | None]

DELIVERED: Final = (Delivery.DELIVERED, None)


def pending(code: str | None) -> Standing:
    return Delivery.PENDING, code


def attention(code: str) -> Standing:
    return Delivery.ATTENTION, code


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    number: str
    sentence: str
    trouble: Standing
    end: Standing
    story: Telling

    def __str__(self) -> str:
        return f"{self.number} {self.sentence}"


IN_TIME: Final = (
    Row(
        "C01",
        "connections refused for 10 minutes",
        pending("platform.unreachable"),
        DELIVERED,
        told.refused_connections,
    ),
    Row(
        "C01",
        "the name is not found for 10 minutes",
        pending("platform.unreachable"),
        DELIVERED,
        told.no_such_name,
    ),
    Row("C02", "time-out at connecting", pending("platform.timeout"), DELIVERED, told.no_connection),
    Row(
        "C02",
        "time-out at reading, after the platform took it",
        pending("platform.timeout"),
        DELIVERED,
        told.no_answer,
    ),
    Row(
        "C03",
        "slow-loris from the first byte of the head on",
        pending("platform.timeout"),
        DELIVERED,
        told.slow_loris,
    ),
    Row(
        "C04",
        "reset after the platform committed",
        pending("platform.unreachable"),
        DELIVERED,
        told.reset_after_commit,
    ),
    Row(
        "C04",
        "the same where a repeat is taken",
        pending("platform.unreachable"),
        DELIVERED,
        told.reset_after_commit_on_canvas,
    ),
    Row(
        "C04",
        "the same with words without points",
        pending("platform.unreachable"),
        DELIVERED,
        told.words_that_were_reset,
    ),
    Row(
        "C05", "200 with a truncated body", pending("platform.unreachable"), DELIVERED, told.truncated_answer
    ),
    Row(
        "C05", "200 with a sign-in page", pending("platform.answer_unreadable"), DELIVERED, told.sign_in_page
    ),
    Row("C05", "empty 200, 201, 202, 204", DELIVERED, DELIVERED, told.accepted_without_words),
    Row(
        "C06",
        "5xx in random order for an hour",
        pending("platform.failed"),
        DELIVERED,
        told.an_hour_of_errors,
    ),
    Row(
        "C06",
        "5xx, until readings leave the platform alone as well",
        pending("platform.failed"),
        DELIVERED,
        told.readings_leave_it_alone,
    ),
    Row("C07", "503 with Retry-After, to a reading", pending(None), DELIVERED, told.told_while_reading),
    Row(
        "C07",
        "503 with Retry-After, in seconds, as a date, and beyond an hour",
        pending("platform.failed"),
        DELIVERED,
        told.told_when_to_come_back,
    ),
    Row(
        "C08",
        "429 without and with Retry-After",
        pending("platform.throttled"),
        DELIVERED,
        told.too_many_requests,
    ),
    Row(
        "C08",
        "429, and the rate afterwards",
        pending("platform.throttled"),
        DELIVERED,
        told.slower_after_too_many_requests,
    ),
    Row("C09", "403 with a rate-limit text", pending("platform.throttled"), DELIVERED, told.throttled),
    Row("C09", "403 with no quota left", pending("platform.throttled"), DELIVERED, told.out_of_quota),
    Row(
        "C10",
        "403, not permitted; then the course is opened again",
        attention("platform.forbidden"),
        DELIVERED,
        told.not_permitted,
    ),
    Row(
        "C10",
        "the scope is not granted; then a launch grants it",
        attention("grades.scores_not_permitted"),
        DELIVERED,
        told.scores_not_granted,
    ),
    Row("C11", "401, the token expired", DELIVERED, DELIVERED, told.expired_token),
    Row(
        "C12",
        "401 with a fresh token too",
        pending("platform.not_authorised"),
        DELIVERED,
        told.authorisation_fails,
    ),
    Row(
        "C13",
        "sign-in refused: invalid_client",
        attention("platform.token_refused"),
        DELIVERED,
        told.sign_in_refused,
    ),
    Row(
        "C13",
        "sign-in refused: invalid_scope",
        attention("platform.token_refused"),
        DELIVERED,
        told.scope_refused,
    ),
    Row(
        "C14",
        "token endpoint hangs: only this platform waits",
        pending("platform.timeout"),
        DELIVERED,
        told.sign_in_down,
    ),
    Row(
        "C14",
        "token endpoint slower than the lease",
        pending("score.lease_over"),
        DELIVERED,
        told.slow_sign_in_past_the_lease,
    ),
    Row("C15", "token with an odd life", DELIVERED, DELIVERED, told.odd_token_lives),
    Row(
        "C16",
        "404, the column was deleted; then a person asks for it",
        attention("score.column_gone"),
        DELIVERED,
        told.column_deleted,
    ),
    Row("C16", "404, the column has a new address", DELIVERED, DELIVERED, told.column_moved),
    Row(
        "C17",
        "404, the person is not in the course",
        attention("score.not_gradable"),
        attention("score.not_gradable"),
        told.not_in_the_course(404),
    ),
    Row(
        "C17",
        "400, the person is not in the course",
        attention("score.not_gradable"),
        attention("score.not_gradable"),
        told.not_in_the_course(400),
    ),
    Row(
        "C17",
        "422, the person is no student",
        attention("score.not_gradable"),
        attention("score.not_gradable"),
        told.not_in_the_course(422),
    ),
    Row(
        "C18",
        "409, a teacher's newer value",
        attention(CHANGED_AT_PLATFORM),
        DELIVERED,
        told.a_teachers_newer_value,
    ),
    Row(
        "C18",
        "409, our own older value with a later time",
        DELIVERED,
        DELIVERED,
        told.an_older_score_with_a_later_time,
    ),
    Row("C19", "422, attempts exhausted", attention("score.column_closed"), DELIVERED, told.closed_column),
    Row(
        "C20",
        "400, malformed",
        attention("score.not_gradable"),
        attention("score.not_gradable"),
        told.malformed,
    ),
    *(
        Row(
            "C21",
            f"{status} from a service",
            attention("platform.redirected"),
            attention("platform.redirected"),
            told.redirected(status),
        )
        for status in (301, 302, 307)
    ),
    Row(
        "C22",
        "the list of columns is a page",
        attention("platform.answer_unreadable"),
        DELIVERED,
        told.unreadable_list(told.PAGE),
    ),
    Row(
        "C22",
        "the list of columns is malformed JSON",
        attention("platform.answer_unreadable"),
        DELIVERED,
        told.unreadable_list(answer(200, '[{"id": ', Content_Type="application/json")),
    ),
    Row(
        "C23",
        "the answer to making the column is lost",
        pending("platform.unreachable"),
        DELIVERED,
        told.creation_lost,
    ),
    Row(
        "C30",
        "an older score arrives after its lease is over and a newer one is there",
        DELIVERED,
        DELIVERED,
        told.paused_before_sending,
    ),
    Row(
        "C33",
        "the clock jumps an hour forward, then back",
        pending("platform.token_refused"),
        DELIVERED,
        told.clock_jumps,
    ),
    Row(
        "C33",
        "a worker dies while the clock is an hour ahead",
        (Delivery.SENDING, None),
        DELIVERED,
        told.a_lease_from_the_future,
    ),
    Row(
        "C34",
        "20 changes in 2 seconds while the platform is down",
        pending(None),
        DELIVERED,
        told.twenty_changes,
    ),
    Row("C35", "lowered, raised, set to zero; a removal is not sent", DELIVERED, DELIVERED, told.regrades),
    Row("C36", "offline for 72 hours", pending("platform.unreachable"), DELIVERED, told.three_days_offline),
    Row(
        "C36",
        "a class offline for 72 hours",
        pending("platform.unreachable"),
        DELIVERED,
        told.a_class_offline,
    ),
    Row("C37", "a row that crashes three workers", attention(INTERRUPTED), DELIVERED, told.poison),
    Row("C39", "resend on 5,000 delivered rows", DELIVERED, DELIVERED, told.resend_of_delivered),
    Row(
        "C40",
        "the nightly comparison finds another value, and an empty cell",
        attention(CHANGED_AT_PLATFORM),
        attention(CHANGED_AT_PLATFORM),
        told.nightly_comparison,
    ),
    Row(
        "C41",
        "one row always gets 500, others do not",
        attention("score.locked"),
        DELIVERED,
        told.locked_grade,
    ),
    Row(
        "C42",
        "a teacher edited the value, then ours changes",
        attention(CHANGED_AT_PLATFORM),
        DELIVERED,
        told.edited_by_the_teacher,
    ),
    Row("C43", "the clock is 45 seconds fast", DELIVERED, DELIVERED, told.skewed_clock(45)),
    Row("C43", "the clock is 45 seconds slow", DELIVERED, DELIVERED, told.skewed_clock(-45)),
)


@dataclass(frozen=True, slots=True)
class Death:
    """A line of the table in which a process dies: its story ends with the row delivered and says so itself.

    `rounds` where it is worth many: the moment of the kill is never quite the same. `quick` rows run with all other
    tests, too.
    """

    number: str
    sentence: str
    story: Kill
    rounds: bool = False
    quick: bool = False

    def __str__(self) -> str:
        return f"{self.number} {self.sentence}"


PROCESSES: Final = (
    Death("C24", "web process killed before the commit of a score", died.web_killed_before_its_commit),
    Death(
        "C24", "web process killed after the commit of a score", died.web_killed_after_its_commit, quick=True
    ),
    Death("C25", "worker killed after claiming, before sending", died.killed_before_sending, rounds=True),
    Death(
        "C26",
        "worker killed after the bytes were sent, before the answer",
        died.killed_before_the_answer,
        rounds=True,
        quick=True,
    ),
    Death("C27", "worker killed after 2xx, before marking", died.killed_before_marking, rounds=True),
    Death(
        "C28",
        "worker killed in the middle of the marking transaction",
        died.killed_while_marking,
        rounds=True,
        quick=True,
    ),
    Death("C29", "worker killed while signing in", died.killed_while_signing_in, rounds=True),
    Death("C29", "worker killed between two batches of readings", died.killed_between_two_batches),
    Death(
        "C30",
        "one of two workers sleeps past its lease",
        died.stopped_past_the_lease,
        rounds=True,
        quick=True,
    ),
    Death("C31", "database locked under the worker", died.database_locked_under_the_worker),
    Death("C32", "disk full under the web process, then under the worker", died.full_disk, quick=True),
    Death("C37", "a row over which three workers die", died.poison),
    Death("C38", "SIGTERM under load, with an answer that never comes", died.stopped_under_load),
)
