"""Switch one check off in a copy of the checkout and run the tests that could notice."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

import pytest

from tests.mutation.guards import Guard

_NOT_COPIED = (".git", ".venv", "var", "__pycache__", ".*_cache", ".hypothesis", "node_modules")
_SLACK = 4.0
_LEAST_SECONDS = 60.0
# Tests failed; tests could not even be loaded.
_RED = frozenset({pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED})


class Outcome(StrEnum):
    """What became of a check that was switched off."""

    KILLED = "killed"
    SURVIVED = "survived"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, and the first test that turned red."""

    outcome: Outcome
    by: str = ""


def make_copy(root: Path, target: Path) -> Path:
    """A fresh copy of the checkout."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root, target, ignore=shutil.ignore_patterns(*_NOT_COPIED), symlinks=True)
    return target


@dataclass(slots=True)
class Bench:
    """One copy with a process that runs tests in it; use as a context manager."""

    copy: Path
    _process: subprocess.Popen[str] = field(init=False)
    _moment: int = 1_000_000_000

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutation.worker"],
            cwd=self.copy,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def tried(self, guard: Guard, tests: list[str], *, seconds: float) -> Verdict:
        """Run `tests`, which take `seconds` as a rule, while `guard` is switched off."""
        if not tests:
            return Verdict(Outcome.UNTESTED)
        path = self.copy / guard.file
        source = path.read_bytes()
        try:
            self._write(path, source[: guard.start] + guard.replacement.encode() + source[guard.end :])
            code = self._run(tests, seconds=seconds * _SLACK + _LEAST_SECONDS)
        finally:
            self._write(path, source)
        if code == 0:
            return Verdict(Outcome.SURVIVED)
        if code is None:
            return Verdict(Outcome.KILLED, "time-out")
        if code not in _RED:
            raise RuntimeError(f"The tests cannot be run (pytest answered {code}):\n{self._said()[-3000:]}")
        return Verdict(Outcome.KILLED, self._red())

    def _write(self, path: Path, source: bytes) -> None:
        path.write_bytes(source)
        # Compiled modules are told apart by second and size only.
        self._moment += 10
        os.utime(path, (self._moment, self._moment))

    def _run(self, tests: list[str], *, seconds: float) -> int | None:
        job = {
            "tests": tests,
            "seconds": seconds,
            "output": str(self._output),
            "folder": str(self.copy.with_name(self.copy.name + "-tmp")),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        code: int | None = json.loads(self._process.stdout.readline())
        return code

    @property
    def _output(self) -> Path:
        return self.copy.with_suffix(".txt")

    def _said(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")

    def _red(self) -> str:
        found = re.search(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", self._said(), re.MULTILINE)
        return found[1] if found else "the tests cannot even be loaded"
