"""The proof with killed workers, cut short."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from lti_tool.db import Database
from lti_tool.queues import POSTGRESQL_SCHEMA
from tests.conftest import empty
from tests.proofs.two_workers import prove


@pytest.fixture
def postgresql(postgresql_server: Engine) -> Iterator[str]:
    yield postgresql_server.url.render_as_string(hide_password=False)
    empty(postgresql_server)
    with postgresql_server.connect() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {POSTGRESQL_SCHEMA} CASCADE"))


def test_workers_that_are_killed_under_load_lose_and_double_nothing(postgresql: str) -> None:
    database = Database(postgresql)
    try:
        proof = prove(database, postgresql, seconds=8, kill_every=3, seed=1)
    finally:
        database.close()
    assert proof.kills >= 2
