"""Run the whole table on both kinds of database and print it: number, case, database, outcome.

python -m tests.faults [--rounds 200] [--only C26]
"""

from __future__ import annotations

import argparse
import os
import re
import sys

import pytest

_ROW = re.compile(r"\[(C\d\d .+)-(sqlite|postgresql)\]$")


class Table:
    """Prints each row when its outcome is known."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One line for each row, and for what went wrong before or after it."""
        if report.when != "call" and report.passed:
            return
        found = _ROW.search(report.nodeid)
        case, kind = (found[1], found[2]) if found else (report.nodeid.rpartition("::")[2], "")
        print(f"{case[:4]} {case[4:]:76} {kind:11} {report.outcome} {report.duration:6.1f} s", flush=True)
        if report.failed:
            print(report.longreprtext, flush=True)


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1, help="of each kill point")
    parser.add_argument("--only", default="", help="a part of the names of rows")
    asked = parser.parse_args()
    os.environ |= {"WAYMARK_FAULTS": "all", "WAYMARK_ROUNDS": str(asked.rounds)}
    options = ["tests/faults", "-p", "no:terminal", "-o", "addopts=", "-k", asked.only]
    return int(pytest.main(options, plugins=[Table()]))


sys.exit(main())
