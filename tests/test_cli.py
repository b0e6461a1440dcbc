"""Commands answer wrong input with one sentence that says what to do."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.launch.keys import new_signing_key, signing_key
from lti_tool.launch.secrets import Purpose, cipher
from lti_tool.models.gradebook import NativeConnection
from lti_tool.models.platforms import Registration
from tests.command_line import run, run_alone
from tests.factories import make_context, make_registration


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "LTI_TOOL_ADDRESS": "http://127.0.0.1:8080",
        "LTI_TOOL_DATABASE_URL": f"sqlite:///{tmp_path / 'waymark.sqlite'}",
        "LTI_TOOL_SECRET_KEY": "k" * 32,
    }


def test_missing_settings_are_one_sentence_and_exit_code_two() -> None:
    result = run_alone("serve")
    assert result.returncode == 2
    assert "LTI_TOOL_ADDRESS is missing" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_server_on_an_old_database_says_which_command_brings_it_up_to_date(
    environment: dict[str, str],
) -> None:
    result = run_alone("serve", environment=environment)
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
        result = run_alone("demo", "--folder", str(tmp_path), "--tool-port", port)
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
    result = run_alone("demo", "--folder", str(file), "--tool-port", ports[0], "--lms-port", ports[1])
    assert result.returncode == 2
    assert "--folder" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def installed(environment: dict[str, str]) -> dict[str, str]:
    """An up-to-date database with one administrator and one platform that has a signing key."""
    assert run("db", "upgrade", environment=environment).returncode == 0
    created = run("admin", "create", "ada", "--password", "correct horse battery", environment=environment)
    assert created.stdout == "ada can sign in at http://127.0.0.1:8080/admin/\n"
    database = Database(environment["LTI_TOOL_DATABASE_URL"])
    with database.transaction() as session:
        registration = make_registration(session)
        new_signing_key(session, registration, environment["LTI_TOOL_SECRET_KEY"], datetime.now(UTC))
    database.close()
    return environment


def test_administrators_are_listed_and_removed_save_the_last_one(installed: dict[str, str]) -> None:
    last = run("admin", "remove", "ada", "--yes", environment=installed)
    assert (last.returncode, "only administrator" in last.stderr) == (2, True)
    run("admin", "create", "bob", "--password", "another horse battery", environment=installed)
    listed = run("admin", "list", environment=installed).stdout
    assert re.fullmatch(r"ada  since \d{4}-\d\d-\d\d  sets up the second step next\nbob  since .*\n", listed)
    assert run("admin", "remove", "ada", "--yes", environment=installed).returncode == 0
    assert run("admin", "list", environment=installed).stdout.startswith("bob ")


def test_a_password_and_a_second_step_are_reset_and_audited(installed: dict[str, str]) -> None:
    easy = run("admin", "password", "ada", "--password", "aaaaaaaaaaaaa", environment=installed)
    assert (easy.returncode, "repeats itself" in easy.stderr) == (2, True)
    changed = run("admin", "password", "ada", "--password", "another horse battery", environment=installed)
    assert changed.returncode == 0
    assert run("admin", "reset-second-factor", "ada", environment=installed).returncode == 0
    missing = run("admin", "reset-second-factor", "eve", environment=installed)
    assert (missing.returncode, missing.stderr) == (2, "There is no administrator called eve.\n")
    log = run("audit", "list", "--days", "1", environment=installed).stdout.splitlines()
    assert [line.split("  ")[1:4] for line in log] == [
        ["command line", "second_factor.reset", "ada"],
        ["command line", "administrator.password_changed", "ada"],
        ["ada", "administrator.created", "ada"],
    ]
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  ", log[0])


def test_signing_keys_are_rotated_replaced_and_withdrawn(installed: dict[str, str]) -> None:
    def states() -> dict[str, str]:
        lines = run("keys", "list", environment=installed).stdout.splitlines()
        assert lines[0] == "   1  Example LMS"
        return {line.split()[0]: line.split("UTC  ", 1)[1] for line in lines[1:]}

    (first,) = states()
    rotated = run("keys", "rotate", environment=installed).stdout
    second = rotated.split("key ")[1].split()[0]
    assert "signs from" in rotated
    assert states() == {first: "signs", second: "public, signs later"}
    early = run("keys", "withdraw", first, environment=installed)
    assert (early.returncode, "still signs" in early.stderr) == (2, True)
    replaced = run("keys", "rotate", "1", "--now", environment=installed).stdout
    third = replaced.split("key ")[1].split()[0]
    assert f"key {third} is public and signs now" in replaced
    assert "refuse Waymark until they look again" in replaced
    assert [state.split(",")[0] for state in states().values()] == ["signs no more", "signs no more", "signs"]
    assert run("keys", "withdraw", first, environment=installed).returncode == 0
    assert list(states()) == [second, third]


def test_a_new_secret_takes_over_line_by_line(installed: dict[str, str], tmp_path: Path) -> None:
    old = installed["LTI_TOOL_SECRET_KEY"]
    database = Database(installed["LTI_TOOL_DATABASE_URL"])
    with database.transaction() as session:
        context = make_context(session, registration=session.get_one(Registration, 1))
        sealed = cipher(old, Purpose.NATIVE_CREDENTIALS).encrypt(b"a token of Canvas").decode()
        session.add(
            NativeConnection(
                context_id=context.id,
                product="canvas",
                root="https://canvas.example",
                course="7",
                encrypted_secret=sealed,
                connected_at=datetime.now(UTC),
            )
        )
    alone = run("keys", "reencrypt", environment=installed)
    assert (alone.returncode, "one line only" in alone.stderr) == (2, True)
    installed.pop("LTI_TOOL_SECRET_KEY")
    file = tmp_path / "secret"
    installed["LTI_TOOL_SECRET_KEY_FILE"] = str(file)
    file.write_text(f"{'n' * 32}\n{'x' * 32}\n", encoding="utf-8")
    wrong = run("keys", "reencrypt", environment=installed)
    assert (wrong.returncode, "cannot be read" in wrong.stderr) == (2, True)
    file.write_text(f"{'n' * 32}\n{old}\n", encoding="utf-8")
    done = run("keys", "reencrypt", environment=installed)
    assert done.stdout.startswith(
        "1 signing keys, the second step of 0 administrators and 1 credentials for gradebooks now need the new"
    ), done.stderr
    with database.read() as session:
        assert signing_key(session, session.get_one(Registration, 1), "n" * 32, datetime.now(UTC))
        kept = session.scalars(select(NativeConnection.encrypted_secret)).one()
    assert cipher("n" * 32, Purpose.NATIVE_CREDENTIALS).decrypt(kept.encode()) == b"a token of Canvas"
    database.close()
