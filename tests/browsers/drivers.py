"""The few things that a person does with a browser, over two libraries that drive them."""

from __future__ import annotations

from typing import Any, Protocol

from marionette_driver.errors import MarionetteException
from marionette_driver.marionette import Marionette
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

# What the libraries raise, for instance while a page changes.
PROBLEMS = (MarionetteException, WebDriverException)
_BY = "css selector"


class Driver(Protocol):
    """One browser with a fresh profile; everything happens in the window and frame chosen last."""

    def open(self, address: str) -> None:
        """Go to an address, at the top of the window."""

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page; what it returns."""

    def enter(self, frame: str) -> None:
        """Choose a frame of the window's page by its selector; empty for the page itself."""

    def press(self, selector: str) -> None:
        """Press something, as a person does."""

    def back(self) -> None:
        """The back button."""

    def reload(self) -> None:
        """The reload button."""

    def windows(self) -> list[str]:
        """All windows and tabs."""

    def choose(self, window: str) -> None:
        """Turn to another window."""

    def new_tab(self) -> str:
        """Open a tab."""

    def picture(self, file: str) -> None:
        """Keep a picture of the window's page."""

    def close(self) -> None:
        """End the browser."""


class ByWebDriver:
    """Chromium and WebKit."""

    def __init__(self, driver: WebDriver) -> None:
        self._driver = driver

    def open(self, address: str) -> None:
        self._driver.get(address)

    def run(self, script: str, *arguments: Any) -> Any:
        return self._driver.execute_script(script, *arguments)

    def enter(self, frame: str) -> None:
        self._driver.switch_to.default_content()
        if frame:
            self._driver.switch_to.frame(self._driver.find_element(_BY, frame))

    def press(self, selector: str) -> None:
        self._driver.find_element(_BY, selector).click()

    def back(self) -> None:
        self._driver.back()

    def reload(self) -> None:
        self._driver.refresh()

    def windows(self) -> list[str]:
        return list(self._driver.window_handles)

    def choose(self, window: str) -> None:
        self._driver.switch_to.window(window)

    def new_tab(self) -> str:
        self._driver.switch_to.new_window("tab")
        return str(self._driver.current_window_handle)

    def picture(self, file: str) -> None:
        self._driver.save_screenshot(file)

    def close(self) -> None:
        self._driver.quit()


class ByMarionette:
    """Firefox."""

    def __init__(self, marionette: Marionette) -> None:
        self._marionette = marionette

    def open(self, address: str) -> None:
        self._marionette.navigate(address)

    def run(self, script: str, *arguments: Any) -> Any:
        return self._marionette.execute_script(script, script_args=arguments, sandbox=None)

    def enter(self, frame: str) -> None:
        self._marionette.switch_to_frame()
        if frame:
            self._marionette.switch_to_frame(self._marionette.find_element(_BY, frame))

    def press(self, selector: str) -> None:
        self._marionette.find_element(_BY, selector).click()

    def back(self) -> None:
        self._marionette.go_back()

    def reload(self) -> None:
        self._marionette.refresh()

    def windows(self) -> list[str]:
        return list(self._marionette.window_handles)

    def choose(self, window: str) -> None:
        self._marionette.switch_to_window(window)

    def new_tab(self) -> str:
        window = self._marionette.open(type="tab", focus=True)["handle"]
        self._marionette.switch_to_window(window)
        return str(window)

    def picture(self, file: str) -> None:
        with open(file, "wb") as target:  # noqa: PTH123 - the library writes into it
            self._marionette.save_screenshot(target, full=False)

    def close(self) -> None:
        profile = self._marionette.instance.profile
        self._marionette.cleanup()  # ends the process; asking it to quit takes minutes when a page is busy
        profile.cleanup()
