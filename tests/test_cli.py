"""Commands answer wrong input with one sentence that says what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as its user does."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("LTI_TOOL_")}
    return subprocess.run(
        [sys.executable, "-m", "lti_tool", *arguments],
        cwd=ROOT,
        env=clean | (environment or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "LTI_TOOL_ADDRESS": "http://127.0.0.1:8080",
        "LTI_TOOL_DATABASE_URL": f"sqlite:///{tmp_path / 'waymark.sqlite'}",
        "LTI_TOOL_SECRET_KEY": "k" * 32,
    }


def test_missing_settings_are_one_sentence_and_exit_code_two() -> None:
    result = run("serve")
    assert result.returncode == 2
    assert "LTI_TOOL_ADDRESS is missing" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_server_on_an_old_database_says_which_command_brings_it_up_to_date(
    environment: dict[str, str],
) -> None:
    result = run("serve", environment=environment)
    assert result.returncode == 2
    assert result.stderr.strip() == "The database is not up to date. Run: python -m lti_tool db upgrade"


def test_a_database_that_cannot_be_opened_is_one_sentence(environment: dict[str, str]) -> None:
    environment["LTI_TOOL_DATABASE_URL"] = "sqlite:////no/such/folder/waymark.sqlite"
    result = run("db", "upgrade", environment=environment)
    assert result.returncode == 2
    assert "LTI_TOOL_DATABASE_URL" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_invitation_is_a_one_time_registration_address(environment: dict[str, str]) -> None:
    assert run("db", "upgrade", environment=environment).returncode == 0
    first = run("platforms", "invite", "Our school", environment=environment).stdout
    second = run("platforms", "invite", "Our school", environment=environment).stdout
    assert first.startswith("http://127.0.0.1:8080/lti/register?invitation=")
    assert first != second
    assert run("platforms", "list", environment=environment).stdout == ""


def test_approving_a_platform_that_is_not_there_is_one_sentence(environment: dict[str, str]) -> None:
    run("db", "upgrade", environment=environment)
    result = run("platforms", "approve", "7", environment=environment)
    assert result.returncode == 2
    assert "no such platform" in result.stderr.lower()


def test_a_demo_on_a_port_in_use_says_how_to_choose_another(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        result = run("demo", "--folder", str(tmp_path), "--tool-port", port)
    assert result.returncode == 2
    assert f"Port {port} is in use" in result.stderr
    assert "--tool-port" in result.stderr


def test_a_demo_that_cannot_write_its_folder_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder", encoding="utf-8")
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        ports = [str(first.getsockname()[1]), str(second.getsockname()[1])]
    result = run("demo", "--folder", str(file), "--tool-port", ports[0], "--lms-port", ports[1])
    assert result.returncode == 2
    assert "--folder" in result.stderr
    assert "Traceback" not in result.stderr
