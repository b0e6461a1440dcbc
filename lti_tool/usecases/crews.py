"""Threads that work for registrations side by side, so that a platform that hangs holds up its own work alone.

A thread works for one registration and ends when it finds nothing more to do. Each registration gets one whenever
there is work, hundreds of them if need be: threads that wait for an answer cost little. Further ones for the same
registration, up to as many as its lane takes calls, come only while few are at work altogether. So fifty platforms
that hang at once occupy at most some dozens more than fifty threads, and the next platform gets its own.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import structlog

from lti_tool.grades.lanes import PARALLEL

MOST_THREADS = 512
MOST_WITH_HELPERS = 64

logger = structlog.get_logger(__name__)


class Crew:
    """Runs `work(registration_id)` in threads of its own."""

    def __init__(self, work: Callable[[int], None]) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._at_work: Counter[int] = Counter()

    def send(self, registration_id: int) -> bool:
        """Set one more thread to work; False when enough are at work already."""
        with self._changed:
            here, everywhere = self._at_work[registration_id], self._at_work.total()
            if here >= PARALLEL or everywhere >= (MOST_WITH_HELPERS if here else MOST_THREADS):
                return False
            self._at_work[registration_id] += 1
        # Not waited for at the end of the process: what hangs then is given back by `deliver_scores`.
        threading.Thread(target=self._run, args=(registration_id,), daemon=True).start()
        return True

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nobody is at work; False when that took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._at_work, seconds)

    def _run(self, registration_id: int) -> None:
        try:
            self._work(registration_id)
        except Exception:  # the edge of the thread: a database that is away must not end it in silence
            logger.exception("crew.failed", registration=registration_id)
        finally:
            with self._changed:
                self._at_work[registration_id] -= 1
                self._at_work += Counter()  # drops what is at zero
                self._changed.notify_all()
