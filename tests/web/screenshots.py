"""Pictures of every page that is tested for accessibility, to be looked at by people: `make screenshots`.

The folder is named by the variable SCREENSHOTS; without it nothing is kept. `python -m tests.web.screenshots FOLDER` writes
the page that shows them all.
"""

from __future__ import annotations

import os
import re
import sys
from html import escape
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

LOOKS = tuple((width, scheme) for width in (320, 1280) for scheme in ("light", "dark"))


def keep(page: Page) -> None:
    """Keep the page as it stands, whole, in every look; changes its window."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    name = next(name for name in _names(page.url) if not _file(folder, name, LOOKS[-1]).exists())
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.screenshot(path=_file(folder, name, (width, scheme)), full_page=True)


def _names(url: str) -> map[str]:
    """What a page may be called: its address without the launch and without keys, then the same with a number."""
    path = re.sub(r"^/l/[^/]+/", "", urlsplit(url).path).strip("/")
    said = re.sub(r"[^a-z]+", "-", path.lower()).strip("-") or "start"
    return map(f"{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}-{said}-{{}}".format, count(1))


def _file(folder: str | Path, name: str, look: tuple[int, str]) -> Path:
    return Path(folder) / f"{name}-{look[0]}-{look[1]}.png"


def write_index(folder: Path) -> int:
    """The page with all pictures of the folder, four to a row; returns how many pages there are."""
    last = _file("", "", LOOKS[-1]).name
    names = sorted(
        (file.name.removesuffix(last) for file in folder.glob(f"*{last}")),
        key=lambda name: name.partition("-")[2],
    )
    rows = (
        f"<h2>{escape(name.partition('-')[2])}</h2><p>"
        + "".join(f'<img loading="lazy" alt="" src="{escape(_file("", name, look).name)}">' for look in LOOKS)
        for name in names
    )
    style = "body { font-family: sans-serif } p { display: flex; gap: 1rem; align-items: start } img { max-width: 38% }"
    (folder / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>Pages</title><style>{style}</style>" + "\n".join(rows)
    )
    return len(names)


if __name__ == "__main__":
    print(f"{write_index(Path(sys.argv[1]))} pages in {Path(sys.argv[1]) / 'index.html'}")
