"""All journeys at every width, light and dark: python -m tests.journeys [--widths 320,768] [--schemes dark]

Each row has a demo of its own, because a first use happens once. Prints what is wrong; 1 where anything is.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Error

from tests.integration.demo import running_demo
from tests.integration.people import chromium
from tests.journeys.journeys import WIDTHS, everybody


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.journeys")
    parser.add_argument(
        "--widths", default=",".join(map(str, WIDTHS)), help="widths of the window, with commas"
    )
    parser.add_argument("--schemes", default="light,dark", help="light, dark or both")
    chosen = parser.parse_args(arguments)
    good = True
    for width in map(int, chosen.widths.split(",")):
        for scheme in chosen.schemes.split(","):
            found = _row(width, dark=scheme == "dark")
            print(f"{width} {scheme}: {'ok' if not found else 'FAILED'}", *found, sep="\n  ", flush=True)
            good = good and not found
    return 0 if good else 1


def _row(width: int, *, dark: bool) -> list[str]:
    started = time.monotonic()
    with TemporaryDirectory() as folder, running_demo(Path(folder)) as demo, chromium() as browser:
        try:
            return everybody(browser, demo, width=width, dark=dark)
        except (AssertionError, Error) as error:
            traceback.print_exc()
            return [f"a journey did not come to its end: {str(error).splitlines()[0]}"]
        finally:
            print(f"{time.monotonic() - started:.0f} seconds")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
