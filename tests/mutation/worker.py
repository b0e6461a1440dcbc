"""Runs tests again and again without paying for the libraries' imports each time.

Reads one job a line (JSON: tests, seconds, output), runs it in a forked child, answers one line: pytest's
exit code, or null where the time was over. Nothing of the tool or its tests may be imported here.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
import traceback
from contextlib import suppress

import pytest

LIBRARIES = (
    "alembic.command",
    "argon2",
    "coverage",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "flask",
    "flask_wtf",
    "huey",
    "hypothesis",
    "joserfc.jws",
    "numpy",
    "playwright.sync_api",
    "pydantic",
    "pylti1p3.message_launch",
    "requests",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.orm",
    "structlog",
    "werkzeug.serving",
)


def main() -> None:
    for library in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(library)
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(_run(job["tests"], job["seconds"], job["output"], job["folder"])), flush=True)


def _run(tests: list[str], seconds: float, output: str, folder: str) -> int | None:
    child = os.fork()
    if child == 0:
        _be_pytest(tests, output, folder)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _be_pytest(tests: list[str], output: str, folder: str) -> None:
    os.setsid()
    target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for stream, into in ((0, nothing), (1, target), (2, target)):
        os.dup2(into, stream)
    code: int = 3
    try:
        options = [
            "-x",
            "-q",
            "--tb=short",
            "-rfE",
            "--no-header",
            "-p",
            "no:cacheprovider",
            "--basetemp",
            folder,
        ]
        # Plugins were imported before pytest could prepare their assertions, which are not ours.
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = int(pytest.main([*options, *tests]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
