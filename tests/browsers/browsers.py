"""The browsers, as schools set them: which are on this machine, and how each is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from marionette_driver.marionette import Marionette
from selenium import webdriver
from selenium.webdriver.chrome.options import Options as ChromiumOptions
from selenium.webdriver.chrome.service import Service as ChromiumService
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from tests.browsers.drivers import ByMarionette, ByWebDriver, Driver
from tests.integration.demo import free_ports


class Cookies(StrEnum):
    """What the browser takes from a site inside another one's page."""

    KEPT = "kept"
    BLOCKED = "blocked"
    NONE = "none"  # nor from any other page


class MissingError(Exception):
    """The browser or its driver is not on this machine; the text says what to install."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser as schools set it: `start` gives it with a fresh profile in a folder."""

    name: str
    start: Callable[[Path, Cookies], Driver]

    @contextmanager
    def running(self, cookies: Cookies = Cookies.BLOCKED) -> Iterator[Driver]:
        """The browser, running. Raises MissingError."""
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            driver = self.start(Path(folder), cookies)
            try:
                yield driver
            finally:
                driver.close()


def _program(package: str, *names: str) -> str:
    for name in names:
        if found := shutil.which(name) or next(iter(Path("/usr/lib").glob(f"*/webkit2gtk-4.*/{name}")), None):
            return str(found)
    raise MissingError(f"apt-get install {package}")


def _chromium(folder: Path, cookies: Cookies) -> Driver:
    options = ChromiumOptions()
    options.binary_location = _program("chromium", "chromium", "google-chrome", "chrome")
    options.accept_insecure_certs = True
    for argument in ("--headless=new", "--no-sandbox", "--window-size=1280,900", f"--user-data-dir={folder}"):
        options.add_argument(argument)
    options.add_experimental_option(
        "prefs",
        {
            "profile.cookie_controls_mode": 0 if cookies is Cookies.KEPT else 1,
            "profile.default_content_setting_values.cookies": 2 if cookies is Cookies.NONE else 1,
        },
    )
    service = ChromiumService(_program("chromium-driver", "chromedriver"))
    return ByWebDriver(webdriver.Chrome(options=options, service=service))


def _firefox(*, strict: bool) -> Callable[[Path, Cookies], Driver]:
    """Strict tracking protection (each site has a jar per embedding site), or nothing at all from foreign sites.

    The numbers are those of network.cookie.cookieBehavior in Mozilla's StaticPrefList.yaml: 5 a jar per embedding
    site, 0 everything, 1 nothing from a foreign site, 2 nothing from any. The category "strict" would set it back to 5.
    """

    def start(folder: Path, cookies: Cookies) -> Driver:
        taken = {Cookies.KEPT: 0, Cookies.BLOCKED: 5 if strict else 1, Cookies.NONE: 2}[cookies]
        marionette = Marionette(
            bin=_program("firefox-esr", "firefox-esr", "firefox"),
            headless=True,
            port=free_ports(1)[0],
            workspace=str(folder),
            gecko_log=str(folder / "gecko.log"),
            prefs={
                "browser.contentblocking.category": "strict" if taken == 5 else "custom",
                "network.cookie.cookieBehavior": taken,
            },
        )
        marionette.start_session({"acceptInsecureCerts": True})
        return ByMarionette(marionette)

    return start


def _webkit(_folder: Path, cookies: Cookies) -> Driver:
    options = WebKitOptions()
    options.binary_location = _program("webkit2gtk-driver", "MiniBrowser")
    options.accept_insecure_certs = True
    policy = {Cookies.KEPT: "always", Cookies.BLOCKED: "no-third-party", Cookies.NONE: "never"}[cookies]
    for argument in ("--automation", f"--cookies-policy={policy}"):
        options.add_argument(argument)
    service = WebKitService(_program("webkit2gtk-driver", "WebKitWebDriver"))
    return ByWebDriver(webdriver.WebKitGTK(options=options, service=service))


BROWSERS = (
    Browser("chromium", _chromium),
    Browser("firefox", _firefox(strict=True)),
    Browser("firefox-blocking", _firefox(strict=False)),
    Browser("webkit", _webkit),
)


@contextmanager
def screen() -> Iterator[None]:
    """A screen for browsers that need one, where the machine has none."""
    if "DISPLAY" in os.environ or not shutil.which("Xvfb"):
        yield
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    try:
        os.environ["DISPLAY"] = ":" + os.read(reading, 10).decode().strip()
        yield
    finally:
        del os.environ["DISPLAY"]
        server.terminate()
        server.wait()
        os.close(reading)
        os.close(writing)
