"""What somebody sees in one window, or in a frame of it, and waits for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.browsers.drivers import PROBLEMS, Driver

PATIENCE_SECONDS = 15
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class View:
    """A window, or the frame in it that the selector names."""

    driver: Driver
    window: str
    frame: str = ""

    def inside(self, frame: str = "iframe") -> View:
        """The frame in this window."""
        return View(self.driver, self.window, frame)

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script in the page returns."""
        self.driver.choose(self.window)
        self.driver.enter(self.frame)
        return self.driver.run(script, *arguments)

    def address(self) -> str:
        """Where the page is."""
        return str(self.run("return location.href"))

    def text(self) -> str:
        """What the page says."""
        return str(self.run("return document.body ? document.body.innerText : ''"))

    def sees(self, selector: str, text: str = "") -> bool:
        """Whether something is visible that the selector names and that has the text in it."""
        return bool(
            self.run(
                "return [...document.querySelectorAll(arguments[0])].some("
                "e => e.getClientRects().length && e.innerText.includes(arguments[1]))",
                selector,
                text,
            )
        )

    def wait(self, selector: str, text: str = "") -> None:
        """Until it is seen."""
        until(lambda: self.sees(selector, text), f"{selector} {text!r}", self)

    def arrive(self, part: str) -> str:
        """Wait until the address has `part` in it and the page is there; gives the address."""
        until(
            lambda: part in self.address() and self.run("return document.readyState === 'complete'"),
            f"an address with {part!r}",
            self,
        )
        return self.address()

    def press(self, selector: str) -> None:
        """Press something as soon as it is there."""
        self.wait(selector)

        def pressed() -> bool:
            self.run("")
            self.driver.press(selector)
            return True

        until(pressed, f"pressing {selector}", self)

    def opens(self, press: str) -> View:
        """Press something that opens a window."""
        before = set(self.driver.windows())
        self.press(press)
        [window] = until(lambda: set(self.driver.windows()) - before, "a new window", self)
        return View(self.driver, window)


def until(condition: Callable[[], Result], wanted: str, view: View | None = None) -> Result:
    """What the condition gives as soon as it is something; pages may change underneath meanwhile."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    problem = ""
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
            problem = ""
        except PROBLEMS as error:
            problem = type(error).__name__
        time.sleep(0.1)
    shown = ""
    if view is not None and not problem:
        shown = f"; at {view.address()}: {view.text()[:300]!r}"
    raise AssertionError(f"waited in vain for {wanted} {problem}{shown}")
