"""Reading a big roster, in a process of its own that tells its memory: `roster.py KEY`."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.http import OutboundSession
from lti_tool.usecases.sync_course import sync_course
from tests.benchmarks.deliveries.district import SECRET, Manner, district, make_course
from tests.benchmarks.launches.servers import ROOT


def read_roster(kind: str, members: int) -> None:
    """Read it twice and print what each reading took."""
    with district(kind, [Manner(members=members)]) as school:
        key = make_course(school.database, school.platforms[0], "big", datetime.now(UTC))
        print(f"\n{kind}: a roster of {members} in pages of 50, 50 ms each")
        for reading in ("first", "second"):
            command = [sys.executable, "-m", "tests.benchmarks.deliveries.roster", str(key)]
            said = subprocess.run(
                command, cwd=ROOT, env=school.environment, check=True, capture_output=True, text=True
            )
            print(f"  {reading:7} {said.stdout.strip().splitlines()[-1]}")


def main(key: int) -> None:
    """Read the course once and say what it took."""
    database = Database(os.environ["LTI_TOOL_DATABASE_URL"])
    outbound = OutboundSession(local_origins=os.environ["LTI_TOOL_LOCAL_PLATFORMS"].split(","))
    written: Counter[str] = Counter()

    def count(session: Session, *_: Any) -> None:
        changed = [*session.new, *(row for row in session.dirty if session.is_modified(row))]
        written.update(type(row).__name__ for row in changed)

    event.listen(Session, "before_flush", count)
    started = time.perf_counter()
    state = sync_course(
        database, outbound, SECRET, key, clock=lambda: datetime.now(UTC), on_read=lambda *_: None
    )
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{state} in {seconds:6.1f} s, {memory:6.0f} MiB, rows written: {dict(written)}")
    database.close()
    outbound.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
