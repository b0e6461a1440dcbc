"""What axe has to say of a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Of what a page does right, only the number is asked for: to describe all of it takes as long as to look at the page.
_OPTIONS = {"runOnly": _RULES, "resultTypes": ["violations"]}


def axe_findings(page: Page) -> list[str]:
    """What axe finds by the rules of WCAG 2.2 AA, a line each, once the page and its styles are there.

    A page that a click leads to is judged without its styles otherwise.
    """
    page.wait_for_load_state()
    found = Axe().run(page, options=_OPTIONS).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
