"""The command line as its user meets it: what is typed, what comes back."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from lti_tool.cli import main

ROOT = Path(__file__).resolve().parent.parent
_NONE: Mapping[str, str] = {}


def run(*arguments: str, environment: Mapping[str, str] = _NONE) -> subprocess.CompletedProcess[str]:
    """Run a command from its arguments to its exit code, in this process: to start one takes a second each time."""
    typed = ["waymark", *arguments]
    written, complained = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        patch.object(sys, "argv", typed),
        patch.dict(os.environ, _cleared(environment), clear=True),
        redirect_stdout(written),
        redirect_stderr(complained),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return subprocess.CompletedProcess(
        typed, code if isinstance(code, int) else 0, written.getvalue(), complained.getvalue()
    )


def run_alone(*arguments: str, environment: Mapping[str, str] = _NONE) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own: what serves until it is stopped, and what must not even begin to."""
    return subprocess.run(
        [sys.executable, "-m", "lti_tool", *arguments],
        cwd=ROOT,
        env=_cleared(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _cleared(environment: Mapping[str, str]) -> dict[str, str]:
    """The process's environment with no settings of ours but these."""
    return {key: value for key, value in os.environ.items() if not key.startswith("LTI_TOOL_")} | dict(
        environment
    )
