"""Finding a Chromium or Chrome on this machine; `python -m tests.browser` prints it or fails."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Error, Frame, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
# A frame of another site keeps to the process of its page: the driver now and then loses a frame that moves from
# one process to another, and what pages may do and see does not depend on processes.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
)
_MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find_chromium() -> str | None:
    """The path of a browser: WAYMARK_CHROMIUM, an installed one, else Playwright's own; None when there is none."""
    candidates = [os.environ.get("WAYMARK_CHROMIUM"), *map(shutil.which, _NAMES), *_MAC]
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return candidate
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.is_file() else None


def address_of(frame: Frame | Page, pattern: str = "/l/[^/]+/.") -> str:
    """What stands in the frame's address bar, as soon as it has `pattern` in it.

    From the frame itself: Playwright's own idea of it misses `history.replaceState`, by which a launch's first
    page takes its address, where that happens while it still attaches to a frame of another site.
    """
    while True:
        try:
            frame.wait_for_function("pattern => new RegExp(pattern).test(location.href)", arg=pattern)
            address: str = frame.evaluate("location.href")
        except Error as error:
            if "context was destroyed" not in error.message:
                raise  # else it went on to another page meanwhile
        else:
            return address


if __name__ == "__main__":
    found = find_chromium()
    print(found or "no Chromium or Chrome found")
    sys.exit(0 if found else 1)
