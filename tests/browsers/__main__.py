"""Every case in every browser: python -m tests.browsers [--browsers chromium,webkit] [--cases e01,e04]

Prints a table; 1 where a case fails or a browser is missing that was not left out on purpose.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from lti_tool import migrations
from lti_tool.db import Database
from tests.browsers.browsers import BROWSERS, Browser, MissingError, screen
from tests.browsers.cases import CASES
from tests.browsers.drivers import PROBLEMS
from tests.certificates import Authority, make_authority
from tests.web.embedding import Embedded, embedded_tool

Case = Callable[[Embedded, Browser], str]


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; the exit code."""
    names = [browser.name for browser in BROWSERS]
    parser = argparse.ArgumentParser(prog="python -m tests.browsers")
    parser.add_argument("--browsers", default=",".join(names), help=f"some of {', '.join(names)}")
    parser.add_argument("--cases", default="", help="some ids, such as e01,e04")
    chosen = parser.parse_args(arguments)
    asked = chosen.browsers.replace(",", " ").split()
    if unknown := set(asked) - set(names):
        parser.error(f"there is no browser called {', '.join(sorted(unknown))}")
    ids = chosen.cases.replace(",", " ").split()
    cases = [case for case in CASES if not ids or case.__name__.split("_")[0] in ids]
    browsers = [browser for browser in BROWSERS if browser.name in asked]
    for name in ("werkzeug", "mozversion"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with TemporaryDirectory() as folder, screen():
        template = Path(folder) / "template.sqlite"
        database = Database(f"sqlite:///{template}")
        migrations.upgrade(database)
        database.close()
        authority = make_authority(Path(folder))
        results = [
            (case.__name__, [_result(case, browser, template, authority) for browser in browsers])
            for case in cases
        ]
    for line in _table([("", [browser.name for browser in browsers]), *results]):
        print(line)
    good = bool(results) and all(text.startswith("ok") for _, row in results for text in row)
    return 0 if good else 1


def _result(case: Case, browser: Browser, template: Path, authority: Authority) -> str:
    """The case in the browser, with a school of its own."""
    print(f"{browser.name}: {case.__name__}", flush=True)
    try:
        with TemporaryDirectory() as folder:
            shutil.copy(template, Path(folder) / "waymark.sqlite")
            with embedded_tool(Path(folder), authority) as embedded:
                embedded.adopt_skill_map()
                return f"ok {case(embedded, browser)}".strip()
    except MissingError as missing:
        return f"MISSING: {missing}"
    except (AssertionError, OSError, *PROBLEMS):  # OSError: Firefox that does not start or went away
        traceback.print_exc()
        return "FAILED"


def _table(rows: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    columns = list(zip(*([name, *cells] for name, cells in rows), strict=True))
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(text.ljust(width) for text, width in zip([name, *cells], widths, strict=True)).rstrip()
        for name, cells in rows
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
