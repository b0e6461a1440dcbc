"""Somebody who has a keyboard only, and who notices where the focus is.

At every stop the ring has to be seen (an outline with a contrast of 3:1, WCAG 2.2, 1.4.11 and 2.4.7), nothing may cover
it (2.4.11), and the next one stands where a reader expects it (2.4.3). What is wrong is collected, so that one journey
tells all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ElementHandle, Frame, Locator, Page

from tests.web.axe import axe_findings
from tests.web.layout import TOO_WIDE

MOST_STOPS = 700
_STOP = (Path(__file__).parent / "stop.js").read_text(encoding="utf-8")
# What takes the focus and was never stopped at; of radio buttons one of each group is.
_NEVER_REACHED = """() => {
    const kept = globalThis.journey.visited;
    const takes = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
    const met = (one) => kept.has(one) || (one.type === "radio" &&
        [...kept].some(other => other.type === "radio" && other.name === one.name && other.form === one.form));
    return [...document.querySelectorAll(takes)]
        .filter(one => one.checkVisibility() && !one.matches(":disabled") && !met(one))
        .map(one => `never reached: ${one.outerHTML.slice(0, 90)}`);
}"""
_FORGET = "() => { globalThis.journey = { previous: null, visited: new Set() } }"
_IN_MOTION = """() => document.getAnimations()
    .filter(one => one.playState === "running" && one.effect.getComputedTiming().activeDuration > 1)
    .map(one => `moves, though less motion is wished: ${one.effect.target.outerHTML.slice(0, 90)}`)"""
_SEEN = """element => new Promise(tell => {
    new IntersectionObserver(([entry], observer) => { observer.disconnect(); tell(entry.isIntersecting) }).observe(element);
})"""
_FOCUSED_IN = "element => document.hasFocus() && element.contains(document.activeElement)"


@dataclass(slots=True)
class Keyboard:
    """A keyboard at a page, whose part that is looked at may stand in a frame; `found` is what is wrong on the way."""

    page: Page
    framed: bool = True
    found: list[str] = field(default_factory=list)
    stops: int = 0

    @property
    def tool(self) -> Frame:
        """The page of the tool."""
        frame = self.page.frame(name="tool-frame") if self.framed else self.page.main_frame
        assert frame is not None
        return frame

    def to(self, target: Locator) -> None:
        """Go there with Tab, or back with Shift and Tab; stays there when the focus is there."""
        element = target.element_handle()
        stop = self._stop(element)
        key = "Shift+Tab" if stop["before"] else "Tab"
        for _ in range(MOST_STOPS):
            if stop["reached"]:
                break
            self.page.keyboard.press(key)
            stop = self._stop(element)
        else:
            raise AssertionError(f"{target} is not reached with {key}\n" + "\n".join(self.found))
        if not element.evaluate(_SEEN):
            self.found.append(f"{target} has the focus where nobody sees it")

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Go there and press a key."""
        self.to(target)
        self.page.keyboard.press(key)

    def write(self, target: Locator, text: str) -> None:
        """Go to a field and write into it, instead of what stands there."""
        self.to(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def expect_in(self, part: Locator, after: str) -> None:
        """The focus is in this part of the page, which is where a person goes on `after` a change."""
        part.wait_for()
        if not part.evaluate(_FOCUSED_IN):
            at = self.tool.evaluate("document.activeElement.outerHTML.slice(0, 90)")
            self.found.append(f"after {after} the focus is not in {part}, but at {at}")

    def look(self, state: str) -> None:
        """Judge the page in this state: by the rules, its width, its motion, and every stop from its first to its last."""
        wrong = (
            axe_findings(self.tool)
            + list(self.tool.evaluate(TOO_WIDE))
            + list(self.tool.evaluate(_IN_MOTION))
        )
        before = len(self.found)
        self.found += wrong
        self._walk()
        self.found[before:] = [f"{state}: {one}" for one in self.found[before:]]

    def _walk(self) -> None:
        self.tool.evaluate(_FORGET)
        self.tool.locator("a.skip").focus()
        anything = self.tool.locator("main").element_handle()
        for _ in range(MOST_STOPS):
            if (stop := self._stop(anything))["away"] or stop["again"]:
                break
            self.page.keyboard.press("Tab")
        else:
            self.found.append("the focus does not come out again")
        self.found += self.tool.evaluate(_NEVER_REACHED)

    def _stop(self, target: ElementHandle) -> dict[str, Any]:
        stop: dict[str, Any] = target.evaluate(_STOP)
        self.stops += not stop["away"]
        self.found += [one for one in stop["wrong"] if one not in self.found]
        return stop
