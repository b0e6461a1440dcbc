"""C31 at the student's page: the database is locked, or drops the connection in the middle of a transaction."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, make_url, select, text
from werkzeug.test import TestResponse

from lti_tool import db
from lti_tool.models.learning import CheckResponse
from tests.web.school import School, open_school
from tests.web.test_student import check, right_answer, start

CHECK = "check-times-as-many"


@pytest.fixture
def school(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[School]:
    """A school whose database waits half a second for locks instead of twenty."""
    monkeypatch.setattr(db, "_LONGEST_WAIT_SECONDS", 0.5)
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1) as school:
        yield school


def answered(school: School) -> int:
    with school.database.read() as session:
        return session.scalar(select(func.count(CheckResponse.id))) or 0


def assert_to_be_sent_again(response: TestResponse) -> None:
    assert response.status_code == 503, response.text
    assert int(response.headers["Retry-After"]) > 0
    assert "database.unavailable" in response.text


def while_locked(url: str, act: Callable[[], TestResponse]) -> TestResponse:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        lock = sqlite3.connect(str(address.database), isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        try:
            return act()
        finally:
            lock.close()
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            connection.execute(text("LOCK TABLE check_responses IN EXCLUSIVE MODE"))
            return act()
    finally:
        engine.dispose()


def test_c31_a_locked_database_is_a_page_that_says_to_send_it_again(
    school: School, database_url: str
) -> None:
    learner = school.learner()
    path, question = start(learner, CHECK), check(CHECK).questions[0]
    learner.get(path)
    token = learner.form_token

    def send() -> TestResponse:
        fields = {"csrf_token": token, "question": question.id, **right_answer(question)}
        address = f"/l/{learner.launch_id}/{path}/answer"
        return learner.client.post(address, data=fields, base_url=learner.origin)

    assert_to_be_sent_again(while_locked(database_url, send))
    assert answered(school) == 0
    assert send().status_code == 303
    assert answered(school) == 1


def test_c31_a_connection_dropped_in_a_transaction_leaves_nothing_half_done(
    school: School, database_url: str
) -> None:
    if make_url(database_url).get_backend_name() == "sqlite":
        return  # it has no connection that could drop
    learner = school.learner()
    path, question = start(learner, CHECK), check(CHECK).questions[0]
    dropped = threading.Event()

    def drop_who_waits() -> None:
        engine = create_engine(make_url(database_url), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            waiting = text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            )
            while not dropped.is_set():
                if connection.execute(waiting).first():
                    dropped.set()
                time.sleep(0.01)
        engine.dispose()

    thread = threading.Thread(target=drop_who_waits)
    thread.start()
    try:
        fields = right_answer(question)
        response = while_locked(
            database_url, lambda: learner.post(f"{path}/answer", question=question.id, **fields)
        )
        assert dropped.is_set()
    finally:
        dropped.set()
        thread.join()
    assert_to_be_sent_again(response)
    assert answered(school) == 0
    assert learner.post(f"{path}/answer", question=question.id, **fields).status_code == 303
