"""Platforms that hang fill no pool: the next one gets its thread."""

from __future__ import annotations

import threading
from collections import Counter

from lti_tool.grades.lanes import PARALLEL
from lti_tool.usecases.crews import MOST_THREADS, MOST_WITH_HELPERS, Crew

PATIENCE_SECONDS = 30.0


def waiting_for(event: threading.Event) -> Crew:
    def work(_: int) -> None:
        event.wait()

    return Crew(work)


def test_fifty_platforms_that_hang_with_all_their_threads_do_not_stop_the_next() -> None:
    over, served = threading.Event(), threading.Event()

    def work(registration_id: int) -> None:
        if registration_id == 51:
            served.set()
        else:
            over.wait()

    crew = Crew(work)
    at_work = Counter(number for _ in range(PARALLEL) for number in range(50) if crew.send(number))
    assert all(at_work[number] >= 1 for number in range(50))
    assert at_work.total() <= MOST_WITH_HELPERS
    crew.send(51)
    assert served.wait(PATIENCE_SECONDS)
    assert not crew.wait(0.01)
    over.set()
    assert crew.wait(PATIENCE_SECONDS)


def test_one_platform_gets_as_many_threads_as_its_lane_takes_calls() -> None:
    over = threading.Event()
    crew = waiting_for(over)
    assert [crew.send(1) for _ in range(PARALLEL + 1)] == [True] * PARALLEL + [False]
    over.set()
    assert crew.wait(PATIENCE_SECONDS)
    assert crew.send(1), "those that ended make room"
    assert crew.wait(PATIENCE_SECONDS)


def test_there_is_an_end_to_threads() -> None:
    over = threading.Event()
    crew = waiting_for(over)
    assert sum(crew.send(number) for number in range(MOST_THREADS + 9)) == MOST_THREADS
    over.set()
    assert crew.wait(PATIENCE_SECONDS)


def test_work_that_fails_makes_room() -> None:
    def fail(_: int) -> None:
        raise OSError

    crew = Crew(fail)
    crew.send(1)
    assert crew.wait(PATIENCE_SECONDS)
