"""Two worker processes on PostgreSQL, one of them killed every few seconds while scores change: `make proof-workers`.

At the end the platform's own ledger is compared with what was wished: every last wish arrived (none lost), no wish
was accepted twice (none doubled), and neither timestamps nor wishes ever went backwards.

Leases are shorter here than in earnest, because all that a killed worker had under way waits for their end.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from lti_tool import migrations
from lti_tool.db import Database
from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery, OutboxEntry
from tests.benchmarks.launches.servers import ROOT, stored_in
from tests.factories import make_person
from tests.grades.linked_course import SECRET, Clock, Course, linked_course

LEASE_SECONDS = 6
RUN = f"""
import os
from datetime import timedelta
from lti_tool import settings, worker
from lti_tool.grades import claims, delivery
claims.LEASE, delivery.REQUEST_TIME = timedelta(seconds={LEASE_SECONDS}), timedelta(seconds=2)
worker.run_worker(settings.load_settings(os.environ))
"""
STUDENTS = tuple(f"student-{number}" for number in range(12))
ACTIVITIES = ("ratios", "rates", "percent")
MAXIMUM = 1_000_000.0
PATIENCE_SECONDS = 120.0

Cell = tuple[str, str]


class RealClock(Clock):
    """The worker processes have the machine's clock, so platform and wishes have it, too."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Proof:
    """A course, its workers, and every wish so far by cell. Each wish has a score of its own, ever greater."""

    course: Course
    environ: dict[str, str]
    rng: random.Random
    wishes: dict[Cell, list[float]] = field(default_factory=lambda: defaultdict(list))
    kills: int = 0
    _count: int = 0

    def run(self, seconds: float, *, kill_every: float) -> None:
        """Change scores and kill workers for so long, then wait until all is delivered."""
        over = threading.Event()
        wishing = threading.Thread(target=self._wish_until, args=(over,))
        workers = [self._worker(), self._worker()]
        wishing.start()
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                time.sleep(kill_every * self.rng.uniform(0.5, 1.5))
                victim = self.rng.randrange(len(workers))
                workers[victim].kill()
                workers[victim].wait()
                workers[victim] = self._worker()
                self.kills += 1
            over.set()
            wishing.join()
            self._wait_until_delivered()
        finally:
            over.set()
            wishing.join()
            for worker in workers:
                worker.kill()
                worker.wait()

    def check(self) -> None:
        """Raise AssertionError unless the platform's ledger is exactly what it must be."""
        platform = self.course.platform
        names = {url: item["resourceId"] for url, item in platform.line_items.items()}
        assert sorted(names.values()) == sorted({activity for activity, _ in self.wishes}), "columns"
        accepted: dict[Cell, list[tuple[datetime, float]]] = defaultdict(list)
        for line in platform.ledger:
            accepted[names[line.line_item], line.user_id].append((line.timestamp, line.body["scoreGiven"]))
        assert accepted.keys() == self.wishes.keys(), "lost"
        for cell, wishes in self.wishes.items():
            moments, scores = zip(*accepted[cell], strict=True)
            assert len(set(scores)) == len(scores), f"doubled: {cell}"
            assert list(moments) == sorted(set(moments)), f"timestamps backwards: {cell}"
            assert list(scores) == sorted(scores), f"scores backwards: {cell}"
            assert scores[-1] == wishes[-1], f"lost: {cell}"

    def _worker(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", RUN], cwd=ROOT, env=self.environ, stderr=subprocess.DEVNULL
        )

    def _wish_until(self, over: threading.Event) -> None:
        while not over.wait(self.rng.uniform(0.0, 0.1)):
            self._wish(self.rng.choice(ACTIVITIES), self.rng.choice(STUDENTS))

    def _wish(self, activity: str, user_id: str) -> None:
        self._count += 1
        now = self.course.clock()
        with self.course.database.transaction() as session:
            context = session.get_one(Context, self.course.context_key)
            column = wanted_column(
                session,
                context=context,
                tag="t",
                resource_id=activity,
                label=activity,
                score_maximum=MAXIMUM,
                now=now,
            )
            want_score(
                session,
                column=column,
                person=session.scalars(select(Person).where(Person.user_id == user_id)).one(),
                score_given=float(self._count),
                score_maximum=MAXIMUM,
                comment=None,
                now=now,
            )
        self.wishes[activity, user_id].append(float(self._count))

    def _wait_until_delivered(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with self.course.database.read() as session:
                left = select(OutboxEntry.state, OutboxEntry.problem_code).where(
                    OutboxEntry.state != Delivery.DELIVERED
                )
                waiting = session.execute(left).all()
            if not waiting:
                return
            assert time.monotonic() < deadline, f"still waiting: {waiting}"
            time.sleep(0.1)


def prove(database: Database, url: str, *, seconds: float, kill_every: float, seed: int) -> Proof:
    """Run it on an empty, migrated database, and check."""
    with linked_course(database, RealClock()) as course:
        course.platform.add_members(*STUDENTS)
        with database.transaction() as session:
            context = session.get_one(Context, course.context_key)
            for user_id in STUDENTS:
                make_person(session, context, user_id)
        environ = {
            **os.environ,
            "LTI_TOOL_ADDRESS": "http://127.0.0.1:8080",
            "LTI_TOOL_DATABASE_URL": url,
            "LTI_TOOL_SECRET_KEY": SECRET,
            "LTI_TOOL_LOCAL_PLATFORMS": course.platform.origin,
        }
        proof = Proof(course, environ, random.Random(seed))
        proof.run(seconds, kill_every=kill_every)
        proof.check()
        return proof


def main() -> None:
    """Run and say what was shown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # the platform names every call
    print(f"seed {chosen.seed}")
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="waymark-", ignore_cleanup_errors=True))
        )
        url, _ = stack.enter_context(stored_in(folder, "PostgreSQL"))
        database = Database(url)
        stack.callback(database.close)
        migrations.upgrade(database)
        proof = prove(database, url, seconds=chosen.minutes * 60, kill_every=5.0, seed=chosen.seed)
    wishes = sum(map(len, proof.wishes.values()))
    print(
        f"{wishes} wishes for {len(proof.wishes)} cells, {proof.kills} workers killed, "
        f"{len(proof.course.platform.ledger)} scores accepted: none lost, none doubled, never backwards"
    )


if __name__ == "__main__":
    main()
