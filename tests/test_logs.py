"""What is logged: events with ids, and of a failure the place in the code without what was in hand there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from lti_tool.logs import configure_logs


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_known_dangerous_keys_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    structlog.get_logger().info("launch.done", context=7, token="t-secret", email="ana@school.example")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["context"]) == ("launch.done", 7)
    assert not {"token", "email"} & line.keys()


def test_a_failure_is_logged_with_its_place_and_without_the_variables_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("info")

    def fails(authorization: str) -> None:
        raise RuntimeError("a bug")

    try:
        fails("Bearer " + "s3cret-" * 3)
    except RuntimeError:
        structlog.get_logger().exception("delivery.bug", entry=3)
    text = capsys.readouterr().err
    assert "s3cret" not in text
    [failure] = json.loads(text)["exception"]
    assert (failure["exc_type"], failure["exc_value"]) == ("RuntimeError", "a bug")
    assert failure["frames"][-1]["name"] == "fails"
