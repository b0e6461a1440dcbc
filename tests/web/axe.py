"""What axe has to say of a page."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

from tests.web import screenshots
from tests.web.layout import TOO_WIDE

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Of what a page does right, only the number is asked for: to describe all of it takes as long as to look at the page.
_OPTIONS = {"runOnly": _RULES, "resultTypes": ["violations"]}
_TAKES_FOCUS = (
    "([one]) => { const it = document.querySelector(one); it.focus(); return document.activeElement === it }"
)


def axe_findings(page: Page | Frame) -> list[str]:
    """What axe finds by the rules of WCAG 2.2 AA, a line each, once the page and its styles are there.

    A page that a click leads to is judged without its styles otherwise.
    """
    page.wait_for_load_state()
    found = Axe().run(page, options=_OPTIONS).response["violations"]
    return [
        f"{rule['id']}: {nodes[0]['html'][:120]}"
        for rule in found
        if (nodes := _true_findings(page, rule["id"], rule["nodes"]))
    ]


def _true_findings(page: Page | Frame, rule: str, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the regions that scroll and do take the focus: axe holds that nothing in a disabled fieldset does.

    Only fields and buttons are disabled with a fieldset (HTML, "Form control infrastructure"); the browser itself is asked.
    """
    if rule != "scrollable-region-focusable":
        return nodes
    return [node for node in nodes if not page.evaluate(_TAKES_FOCUS, node["target"])]


def findings_at_every_size(page: Page) -> list[str]:
    """What is wrong with the page on a phone in light and at a desk in dark, and what is too wide on a tablet as well.

    In one window, because to open a page takes longer than to look at it; without motion, so that no colour is judged on
    its way to another.
    """
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found: list[str] = []
    for width, scheme in ((320, "light"), (768, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        wrong = list(page.evaluate(TOO_WIDE)) + ([] if width == 768 else axe_findings(page))
        found += [f"{width} {scheme}: {one}" for one in wrong]
    screenshots.keep(page)
    return found
