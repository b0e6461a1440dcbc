"""The command line does with platforms what the administration's pages do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.command_line import run


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A migrated database with one Moodle."""
    found = {
        "LTI_TOOL_ADDRESS": "https://waymark.example",
        "LTI_TOOL_DATABASE_URL": f"sqlite:///{tmp_path / 'waymark.sqlite'}",
        "LTI_TOOL_SECRET_KEY": "k" * 32,
        "LTI_TOOL_LOCAL_PLATFORMS": "http://127.0.0.1:9",
    }
    assert run("db", "upgrade", environment=found).returncode == 0
    added = run(
        *("platforms", "add", "moodle", "--label", "School", "--client-id", "abc", "--deployment-id", "3"),
        *("--site", "http://127.0.0.1:9"),
        environment=found,
    )
    assert added.stdout.startswith("Registration 1 is active."), added.stderr
    return found


def platforms(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("platforms", *arguments, environment=environment)


def test_a_platform_is_shown_renamed_and_switched_off(environment: dict[str, str]) -> None:
    assert "is called North" in platforms(environment, "rename", "1", "North").stdout
    assert platforms(environment, "disable", "1").returncode == 0
    shown = platforms(environment, "show", "1").stdout
    assert shown.startswith("North: disabled, 0 courses, 0 people")
    assert "http://127.0.0.1:9/mod/lti/certs.php" in shown
    assert "deployment    1  active    3" in shown


def test_hosts_and_deployments_are_changed_and_an_update_is_invited(environment: dict[str, str]) -> None:
    platforms(environment, "hosts", "1", "--services", "*.school.example", "--pages", "https://s.example")
    platforms(environment, "deployments", "add", "1", "second")
    platforms(environment, "deployments", "switch", "2", "off")
    shown = platforms(environment, "show", "1").stdout
    assert "*.school.example" in shown
    assert "https://s.example" in shown
    assert "suspended second" in shown
    address = platforms(environment, "update", "1").stdout
    assert address.startswith("https://waymark.example/lti/register?invitation=")


def test_a_connection_that_does_not_work_is_said_with_exit_code_one(environment: dict[str, str]) -> None:
    result = platforms(environment, "test", "1")
    assert result.returncode == 1
    assert "problem    The platform's keys" in result.stdout
    assert "What to do:" in result.stdout
    assert "Traceback" not in result.stderr


def test_a_platform_that_is_switched_off_is_deleted_by_its_name(environment: dict[str, str]) -> None:
    in_use = platforms(environment, "delete", "1", "--name", "School")
    assert (in_use.returncode, "Switch it off first" in in_use.stderr) == (2, True)
    platforms(environment, "disable", "1")
    wrong = platforms(environment, "delete", "1", "--name", "school")
    assert (wrong.returncode, "Nothing was deleted" in wrong.stderr) == (2, True)
    deleted = platforms(environment, "delete", "1", "--name", "School")
    assert "Deployments             1" in deleted.stdout
    assert "Registration 1 is deleted." in deleted.stdout
    assert platforms(environment, "list").stdout == ""


def test_values_that_cannot_be_used_are_named(environment: dict[str, str]) -> None:
    again = platforms(
        environment, "add", "moodle", "--label", "S", "--client-id", "abc", "--site", "http://127.0.0.1:9"
    )
    assert (again.returncode, "with this client id already" in again.stderr) == (1, True)
    odd = platforms(environment, "hosts", "1", "--services", "*")
    assert (odd.returncode, "host names" in odd.stderr) == (1, True)
    assert platforms(environment, "update", "9").returncode == 2
