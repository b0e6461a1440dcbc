"""A pytest plugin that notes which lines of the tool each test executes, and how long it takes.

`python -m pytest -p tests.mutation.collecting --lines-to FILE …` writes them as JSON, failed tests left out.
"""

from __future__ import annotations

import json
import warnings
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says where to write."""
    parser.addoption("--lines-to", required=True)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch."""
    config.pluginmanager.register(_Watcher(config.rootpath, Path(config.getoption("--lines-to"))))


class _Watcher:
    def __init__(self, root: Path, target: Path) -> None:
        self._root = root
        self._target = target
        self._seconds: dict[str, float] = defaultdict(float)
        self._failed: set[str] = set()
        self._coverage = Coverage(data_file=None, config_file=False, include=[f"{root}/lti_tool/*"])
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self._coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some files of tests execute nothing of the tool
            data = self._coverage.get_data()
        lines: dict[str, dict[str, list[int]]] = defaultdict(dict)
        for file in sorted(data.measured_files()):
            name = str(Path(file).relative_to(self._root))
            for line, tests in data.contexts_by_lineno(file).items():
                for test in tests:
                    lines[test].setdefault(name, []).append(line)
        found = {
            test: {"seconds": round(self._seconds[test], 3), "lines": lines[test]}
            for test in self._seconds
            if test not in self._failed
        }
        self._target.write_text(
            json.dumps({"failed": sorted(self._failed), "tests": found}), encoding="utf-8"
        )
