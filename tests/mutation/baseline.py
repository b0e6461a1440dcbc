"""Which tests execute which lines of the tool: the tests whose answer can change when a line does."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

# Folders whose tests run the tool in another process, or nothing that has to do with who may come in.
ELSEWHERE = frozenset({"benchmarks", "configs", "demo_lms", "integration", "mutation", "pathways", "peers"})
# Tests of these folders count, and those that name one of these modules.
GUARDED = frozenset({"launch", "web"})
MENTIONED = ("lti_tool.launch", "lti_tool.web", "lti_tool.http", "service_client", "strict_platform")
# Looks and wording in a browser, and outboxes: slow, and no check is noticed there first.
PLAIN_PAGES = frozenset(
    {"test_accessibility.py", "test_i18n.py", "test_picker_browser.py", "test_student_browser.py"}
    | {"test_teacher_browser.py", "test_delivery_properties.py"}
)
LONGEST_SECONDS = 1200


@dataclass(frozen=True, slots=True)
class Executed:
    """One test: how long it takes, and the lines (file, number) that it executes."""

    test: str
    seconds: float
    lines: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Baseline:
    """All tests that pass while nothing is switched off; `failed` are those that do not."""

    tests: tuple[Executed, ...]
    failed: tuple[str, ...]


def read_baseline(copies: list[Path], kept: Path) -> Baseline:
    """Run every test file once, in as many processes as there are copies; what did not change is not run again."""
    kept.mkdir(parents=True, exist_ok=True)
    files = _test_files(copies[0])
    rest = digest(path for path in _files(copies[0]) if path not in files)
    waiting = [(file, kept / f"{digest([file], rest)}.json") for file in files]
    missing = [(file, target) for file, target in waiting if not target.exists()]
    lanes = [missing[start :: len(copies)] for start in range(len(copies))]

    def run(copy: Path, lane: list[tuple[Path, Path]]) -> None:
        for file, target in lane:
            _run(copy, file.relative_to(copies[0]), target)
            print(f"  ran {file.relative_to(copies[0])}", flush=True)

    with ThreadPoolExecutor(len(copies)) as pool:
        list(pool.map(run, copies, lanes))
    return _merged(target for _, target in waiting)


def digest(files: Iterable[Path], *more: str) -> str:
    """A hash over the contents of files."""
    found = hashlib.sha256(" ".join(more).encode())
    for file in files:
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:32]


def _test_files(root: Path) -> list[Path]:
    return [path for path in sorted((root / "tests").rglob("test_*.py")) if _counts(path, root)]


def _counts(path: Path, root: Path) -> bool:
    folder = path.relative_to(root).parts[1]
    if folder in ELSEWHERE or path.name in PLAIN_PAGES:
        return False
    return folder in GUARDED or any(name in path.read_text(encoding="utf-8") for name in MENTIONED)


def _files(root: Path) -> list[Path]:
    """All that a test's lines may depend on, save for other tests."""
    found = (path for folder in ("lti_tool", "configs", "tests") for path in (root / folder).rglob("*"))
    apart = {"__pycache__", "mutation", "peers"}
    return sorted(path for path in found if path.is_file() and apart.isdisjoint(path.relative_to(root).parts))


def _run(copy: Path, file: Path, target: Path) -> None:
    partial = target.with_suffix(".partial")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.mutation.collecting",
    ]
    command += ["--lines-to", str(partial), "--basetemp", str(copy.with_name(copy.name + "-tmp"))]
    command += ["-k", "not postgresql or simultaneous", str(file)]
    done = subprocess.run(
        command, cwd=copy, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )
    if not partial.exists():
        raise RuntimeError(f"The tests of {file} cannot be run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    partial.rename(target)


def _merged(targets: Iterable[Path]) -> Baseline:
    tests: list[Executed] = []
    failed: list[str] = []
    for target in targets:
        found = json.loads(target.read_text(encoding="utf-8"))
        failed += found["failed"]
        tests += [
            Executed(
                name,
                test["seconds"],
                frozenset((file, line) for file, lines in test["lines"].items() for line in lines),
            )
            for name, test in found["tests"].items()
        ]
    return Baseline(tuple(tests), tuple(failed))
