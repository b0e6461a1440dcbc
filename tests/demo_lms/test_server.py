import os
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
import requests

from lti_tool.demo_lms.app import create_app
from lti_tool.demo_lms.course import Course
from lti_tool.demo_lms.server import CannotStartError, prepare, settings_from
from lti_tool.demo_lms.settings import DemoLmsSettings
from tests.demo_lms.tiny_course import tiny_course


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lti_tool.demo_lms", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def _settings(database: Path, profile: str = "strict") -> DemoLmsSettings:
    return DemoLmsSettings(
        address="http://localhost:1", database=database, profile=profile, course=tiny_course
    )


def test_an_unknown_profile_ends_with_one_sentence(tmp_path: Path) -> None:
    ended = _run("--profile", "blackboard", "--database", str(tmp_path / "x.sqlite"), "--port", "0")
    assert ended.returncode == 2
    assert (
        ended.stderr == "There is no profile 'blackboard'; choose one of strict, canvas, moodle, schoology.\n"
    )


def test_a_port_in_use_ends_with_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStartError, match=f"Port {port} on 127.0.0.1 is in use") as raised:
            prepare(_settings(tmp_path / "x.sqlite"), host="127.0.0.1", port=port)
    assert "--port" in str(raised.value)


@pytest.mark.parametrize("database", ["/proc/lms/x.sqlite", "/dev/null/x.sqlite", "."])
def test_a_database_that_cannot_be_written_ends_with_one_sentence(database: str) -> None:
    with pytest.raises(CannotStartError, match=r"cannot be written; give another file with --database"):
        prepare(_settings(Path(database)), host="127.0.0.1", port=0)


def test_a_file_that_is_no_database_ends_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("words, not a database, and enough of them to be read as a header")
    with pytest.raises(CannotStartError):
        prepare(_settings(tmp_path / "x.sqlite"), host="127.0.0.1", port=0)


def test_a_database_of_another_profile_is_left_alone(tmp_path: Path) -> None:
    create_app(_settings(tmp_path / "x.sqlite")).extensions["demo_lms_engine"].dispose()
    with pytest.raises(CannotStartError, match="made with the profile 'strict'"):
        prepare(_settings(tmp_path / "x.sqlite", "moodle"), host="127.0.0.1", port=0)


def test_a_second_start_keeps_what_is_there(tmp_path: Path) -> None:
    seeds: list[datetime] = []

    def course(now: datetime) -> Course:
        seeds.append(now)
        return tiny_course(now)

    settings = DemoLmsSettings(
        address="http://localhost:1", database=tmp_path / "deep" / "x.sqlite", course=course
    )
    keys = []
    for _ in range(2):
        app = create_app(settings)
        keys.append(app.test_client().get("/lti/jwks").json)
        app.extensions["demo_lms_engine"].dispose()
    assert len(seeds) == 1
    assert keys[0] == keys[1]


def test_the_command_serves_the_sample_course_until_it_is_stopped(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "lti_tool.demo_lms",
            "--port",
            str(port),
            "--database",
            str(tmp_path / "x.sqlite"),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    try:
        end = time.monotonic() + 20
        while True:
            try:
                page = requests.get(f"http://127.0.0.1:{port}/sign-in", timeout=2)
                break
            except requests.ConnectionError:
                assert time.monotonic() < end
                time.sleep(0.1)
        assert "Students" in page.text
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=10)
    assert out.startswith(f"Demo LMS (strict) at http://localhost:{port}")
    assert not (tmp_path / ".gunicorn").exists()


def test_settings_come_from_words() -> None:
    settings = settings_from(address="http://localhost:8081/", database="var/x.sqlite", profile="canvas")
    assert (settings.address, settings.database) == ("http://localhost:8081", Path("var/x.sqlite"))
