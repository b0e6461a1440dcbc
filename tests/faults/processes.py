"""Stories in which processes die: real ones, stopped at named points by what the proxy and the database hold back."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import requests
from sqlalchemy import select, update

from lti_tool.grades.claims import INTERRUPTED
from lti_tool.models.courses import Context, SyncState
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.usecases.sync_course import STALE_AFTER
from tests.factories import make_context
from tests.faults import proxy
from tests.faults.bench import in_another_thread
from tests.faults.workshop import Browser, Workshop
from tests.web.test_student import check, right_answer

Kill = Callable[[Workshop, str], None]


def _accepted(workshop: Workshop, activity: str) -> int:
    return len(
        [
            line
            for line in workshop.bench.platform.ledger
            if workshop.bench.platform.purpose(line.line_item) == activity
        ]
    )


def killed_before_sending(workshop: Workshop, activity: str) -> None:
    held = workshop.proxy.hold(path="/scores")
    worker = workshop.worker()
    workshop.want(7.0, activity=activity)
    assert held.reached.wait(60)
    workshop.kill(worker)
    held.drop()
    assert _accepted(workshop, activity) == 0
    assert workshop.bench.rows()[activity, "u1"].state is Delivery.SENDING
    workshop.recover(activity)


def killed_before_the_answer(workshop: Workshop, activity: str) -> None:
    held = workshop.proxy.hold(path="/scores", after_the_platform=True)
    worker = workshop.worker()
    workshop.want(7.0, activity=activity)
    assert held.reached.wait(60)
    workshop.kill(worker)
    held.drop()
    assert _accepted(workshop, activity) == 1
    workshop.recover(activity)
    assert _accepted(workshop, activity) == 1


def killed_before_marking(workshop: Workshop, activity: str) -> None:
    held = workshop.proxy.hold(path="/scores", after_the_platform=True)
    worker = workshop.worker()
    workshop.want(7.0, activity=activity)
    assert held.reached.wait(60)
    with workshop.locked():
        held.let_go()
        assert held.over.wait(60)
        time.sleep(0.2)  # it waits for the lock by now; if not yet, it dies a moment earlier
        workshop.kill(worker)
    assert workshop.bench.rows()[activity, "u1"].state is Delivery.SENDING
    workshop.recover(activity)
    assert _accepted(workshop, activity) == 1


def killed_while_marking(workshop: Workshop, activity: str) -> None:
    held = workshop.proxy.hold(path="/scores", after_the_platform=True)
    worker = workshop.worker()
    workshop.want(7.0, activity=activity)
    assert held.reached.wait(60)
    with workshop.slow_marking():
        held.let_go()
        workshop.wait_until(workshop.is_writing)
        workshop.kill(worker)
    assert workshop.bench.rows()[activity, "u1"].state is Delivery.SENDING
    workshop.recover(activity)
    assert _accepted(workshop, activity) == 1


def killed_while_signing_in(workshop: Workshop, activity: str) -> None:
    workshop.kill(workshop.worker())  # the next one has no token yet
    held = workshop.proxy.hold(path="/token")
    worker = workshop.worker()
    workshop.want(7.0, activity=activity)
    assert held.reached.wait(60)
    workshop.kill(worker)
    held.drop()
    workshop.recover(activity)


def killed_between_two_batches(workshop: Workshop, activity: str) -> None:
    """Three courses are to be read, two at a time; the worker dies over the first two."""
    held = [workshop.proxy.hold(path="/lineitems", method="GET") for _ in range(2)]
    with workshop.database.transaction() as session:
        context = session.get_one(Context, workshop.bench.course.context_key)
        others = [
            make_context(
                session, registration=context.deployment.registration, context_id=f"{activity}-{number}"
            )
            for number in range(2)
        ]
        keys = [context.id, *(other.id for other in others)]
        for course in (context, *others):
            course.memberships_url = None
            course.line_items_url, course.service_scopes = context.line_items_url, context.service_scopes
            course.sync_state, course.sync_requested_at = SyncState.NEVER, datetime.now(UTC)
    workshop.kill(workshop.worker())
    worker = workshop.worker()  # its first sweep finds the courses
    assert all(each.reached.wait(60) for each in held)
    workshop.kill(worker)
    for each in held:
        each.drop()
    long_ago = datetime.now(UTC) - STALE_AFTER - timedelta(seconds=1)
    with workshop.database.transaction() as session:
        session.execute(
            update(Context).where(Context.sync_state == SyncState.RUNNING).values(sync_requested_at=long_ago)
        )
    workshop.worker()

    def all_read() -> bool:
        with workshop.database.read() as session:
            states = session.scalars(select(Context.sync_state).where(Context.id.in_(keys))).all()
        return set(states) == {SyncState.DONE}

    workshop.wait_until(all_read)
    workshop.want(7.0, activity=activity)
    workshop.delivered(activity)


def stopped_past_the_lease(workshop: Workshop, activity: str) -> None:
    """The first worker sleeps over its answer; meanwhile a newer score is delivered by a second one."""
    held = workshop.proxy.hold(path="/scores", after_the_platform=True)
    first = workshop.worker()
    workshop.want(5.0, activity=activity)
    assert held.reached.wait(60)
    first.send_signal(signal.SIGSTOP)
    workshop.bench.want("u1", 6.0, activity=activity)
    workshop.let_leases_run_out()
    second = workshop.another_worker()
    workshop.trigger()
    workshop.delivered(activity)
    before = workshop.bench.rows()[activity, "u1"]
    held.let_go()
    first.send_signal(signal.SIGCONT)
    assert held.over.wait(60)
    workshop.want(1.0, activity=f"{activity}-next")
    workshop.delivered(f"{activity}-next")
    after = workshop.bench.rows()[activity, "u1"]
    assert (after.version, after.delivered_version, after.delivered_at) == (2, 2, before.delivered_at)
    assert workshop.bench.shown(activity=activity) == 6
    workshop.kill(second)


def database_locked_under_the_worker(workshop: Workshop, activity: str) -> None:
    workshop.worker()
    with workshop.locked():
        time.sleep(1.0)
    workshop.want(7.0, activity=activity)
    workshop.delivered(activity)


def poison(workshop: Workshop, activity: str) -> None:
    """Each worker dies over the row."""
    for _ in range(3):
        held = workshop.proxy.hold(path="/scores")
        worker = workshop.worker()
        if (activity, "u1") not in workshop.bench.rows():
            workshop.bench.want("u1", 7.0, activity=activity)
        workshop.trigger()
        assert held.reached.wait(60)
        workshop.kill(worker)
        held.drop()
        workshop.let_leases_run_out()
    workshop.want(8.0, activity=f"{activity}-next")
    workshop.worker()
    workshop.delivered(f"{activity}-next")
    row = workshop.bench.rows()[activity, "u1"]
    assert (row.state, row.problem_code) == (Delivery.ATTENTION, INTERRUPTED)


def stopped_under_load(workshop: Workshop, activity: str) -> None:
    """SIGTERM while a platform is slow and rows wait; one answer never comes."""
    worker = workshop.worker()
    workshop.want(1.0, activity=f"{activity}-first")
    workshop.delivered(f"{activity}-first")
    workshop.proxy.plan(proxy.black_hole, path="/results")
    for number in range(20):
        workshop.bench.want("u1", 7.0, activity=f"{activity}-{number}")
    requests_before = len(workshop.proxy.requests)
    workshop.trigger()
    workshop.wait_until(lambda: len(workshop.proxy.requests) > requests_before + 2)
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert time.monotonic() - began < 30  # the sentence of the case
    assert not [row for row in workshop.bench.rows().values() if row.state is Delivery.SENDING]
    workshop.proxy.calm()
    workshop.let_leases_run_out()
    workshop.worker()
    workshop.trigger()
    for number in range(20):
        workshop.delivered(f"{activity}-{number}")


def web_killed_before_its_commit(workshop: Workshop, activity: str) -> None:
    sitting = _all_but_the_last_answer(workshop, "check-times-as-many")
    web = workshop.web()
    with ExitStack() as held:
        held.enter_context(in_another_thread(sitting.last_answer_fails))
        held.enter_context(workshop.locked())
        time.sleep(0.7)  # it stands before the lock; if not yet, it dies a moment earlier
        workshop.kill(web)
    assert sitting.row() is None
    workshop.web()
    workshop.worker()
    assert sitting.last_answer().status_code == 303
    sitting.arrives()


def web_killed_after_its_commit(workshop: Workshop, activity: str) -> None:
    sitting = _all_but_the_last_answer(workshop, "check-fractions-as-division")
    web = workshop.web()
    workshop.kill(workshop.worker())
    with in_another_thread(sitting.last_answer_fails), workshop.locked_queue():
        workshop.wait_until(sitting.row)
        workshop.kill(web)
    workshop.worker()  # no trigger was sent: the first sweep finds the row
    sitting.arrives()


def full_disk(workshop: Workshop, activity: str) -> None:
    sitting = _all_but_the_last_answer(workshop, "check-scaling")
    with workshop.full_disk(workshop.web()):
        answer = sitting.last_answer()
        assert answer.status_code == 503
        assert "database.unavailable" in answer.text
        assert answer.headers["Retry-After"]
        assert sitting.row() is None
    held = workshop.proxy.hold(path="/scores", after_the_platform=True)
    worker = workshop.worker()
    assert sitting.last_answer().status_code == 303
    assert held.reached.wait(60)
    with workshop.full_disk(worker):
        held.let_go()
        assert held.over.wait(60)
        time.sleep(1.0)
        assert worker.poll() is None
    sitting.arrives()


@dataclass(frozen=True, slots=True)
class Sitting:
    """A check of which one answer is missing."""

    workshop: Workshop
    browser: Browser
    check_id: str
    path: str

    def last_answer(self) -> requests.Response:
        """Give it."""
        question = check(self.check_id).questions[-1]
        return self.browser.post(f"{self.path}/answer", question=question.id, **right_answer(question))

    def last_answer_fails(self) -> None:
        """Give it to a server that does not live to answer."""
        with suppress(requests.ConnectionError):
            assert self.last_answer().status_code >= 500

    def row(self) -> OutboxEntry | None:
        """The score in the outbox."""
        return self.workshop.bench.rows().get((self.check_id, "u1"))

    def arrives(self) -> None:
        """The score is at the platform, though a worker may have died over it."""
        row = self.row()
        assert row is not None
        self.workshop.bench.wishes[self.check_id, "u1"].append(row.score_given)
        self.workshop.recover(self.check_id)


def _all_but_the_last_answer(workshop: Workshop, check_id: str) -> Sitting:
    workshop.web()
    browser = workshop.browser()
    path = "checks/" + browser.post(f"activity/{check_id}/start").headers["Location"].rpartition("/")[2]
    for question in check(check_id).questions[:-1]:
        answer = browser.post(f"{path}/answer", question=question.id, **right_answer(question))
        assert answer.status_code == 303
    return Sitting(workshop, browser, check_id, path)
