"""Triggers pass from one process to another through a file, PostgreSQL or Redis, and only ours are run."""

from __future__ import annotations

import pickle
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import Engine, text

from lti_tool.errors import Fixable, SettingsError
from lti_tool.queues import POSTGRESQL_SCHEMA, open_storage, queue_address
from lti_tool.settings import Settings
from lti_tool.worker import make_queue, make_triggers
from tests.benchmarks.launches.servers import free_port
from tests.factories import SKILL_MAPS


def settings(database_url: str, queue_url: str = "", secret: str = "s" * 40) -> Settings:
    return Settings(
        address="http://127.0.0.1:8080",
        database_url=database_url,
        queue_url=queue_url,
        secret_key=SecretStr(secret),
        skill_maps_folder=SKILL_MAPS,
    )


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def with_queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield settings(f"sqlite:///{tmp_path / 'waymark.sqlite'}")
    elif request.param == "postgresql":
        server: Engine = request.getfixturevalue("postgresql_server")
        yield settings(server.url.render_as_string(hide_password=False))
        with server.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {POSTGRESQL_SCHEMA} CASCADE"))
    else:
        yield from _on_redis(tmp_path)


def _on_redis(folder: Path) -> Iterator[Settings]:
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no Redis server on this machine")
    port = free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with Redis(port=port, retry=Retry(ConstantBackoff(0.05), 200)) as client:
            client.ping()
        yield settings(f"sqlite:///{folder / 'waymark.sqlite'}", f"redis://127.0.0.1:{port}/0")
    finally:
        process.terminate()
        process.wait()


def test_a_trigger_passes_from_one_process_to_another_and_later_ones_wait(with_queue: Settings) -> None:
    web = make_queue(with_queue)
    web.sync(7)
    web.deliver()
    other = open_storage(with_queue).huey
    assert other.pending_count() == 2
    first = other.storage.dequeue()
    assert first is not None
    assert b"deliver" in first, "scores go before readings"
    assert b"sync" in other.storage.dequeue()
    for storage in (web.huey.storage, other.storage):
        storage.close()


def test_a_task_that_somebody_else_put_there_is_not_read(with_queue: Settings) -> None:
    """Huey's tasks are pickles, which run what is in them."""
    storage = open_storage(with_queue).huey
    storage.storage.enqueue(pickle.dumps(print))
    with pytest.raises(ValueError, match=r"[Ss]eparator|[Ss]ignature"):
        storage.dequeue()
    storage.storage.enqueue(storage.serializer.serialize("ours"))
    strangers = open_storage(with_queue.model_copy(update={"secret_key": SecretStr("x" * 40)})).huey
    with pytest.raises(ValueError, match="Signature"):
        strangers.dequeue()
    storage.storage.close()
    strangers.storage.close()


@pytest.mark.parametrize(
    ("database_url", "queue_url", "expected"),
    [
        ("sqlite:////data/waymark.sqlite", "", "sqlite:////data/waymark-queue.sqlite"),
        ("sqlite:////data/waymark.sqlite", "sqlite:////x/q", "sqlite:////x/q"),
        ("postgresql://waymark@db/waymark", "", "postgresql://waymark@db/waymark"),
        ("postgresql://waymark@db/waymark", "sqlite:////x/q", "sqlite:////x/q"),
        ("postgresql://waymark@db/waymark", "redis://cache:6379/0", "redis://cache:6379/0"),
    ],
)
def test_triggers_are_kept_where_the_settings_say(database_url: str, queue_url: str, expected: str) -> None:
    assert queue_address(settings(database_url, queue_url)).render_as_string(False) == expected


def test_a_database_in_memory_needs_a_queue_that_is_named() -> None:
    with pytest.raises(SettingsError, match="LTI_TOOL_QUEUE_URL is missing"):
        queue_address(settings("sqlite://"))


def test_a_queue_in_postgresql_that_cannot_be_opened_says_what_to_check() -> None:
    where = f"postgresql://waymark:hush@127.0.0.1:{free_port()}/waymark"
    with pytest.raises(Fixable, match="LTI_TOOL_QUEUE_URL") as refusal:
        open_storage(settings("sqlite://", where))
    assert "hush" not in f"{refusal.value} {refusal.value.detail} {settings('sqlite://', where)!r}"


def test_a_trigger_that_cannot_be_sent_is_harmless(tmp_path: Path) -> None:
    where = f"redis://127.0.0.1:{free_port()}/0"
    request_sync, request_delivery = make_triggers(settings(f"sqlite:///{tmp_path / 'w'}", where))
    request_sync(7)
    request_delivery()
