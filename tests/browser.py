"""Finding a Chromium or Chrome on this machine; `python -m tests.browser` prints it or fails."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
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


if __name__ == "__main__":
    found = find_chromium()
    print(found or "no Chromium or Chrome found")
    sys.exit(0 if found else 1)
