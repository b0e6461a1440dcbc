"""How long people wait in the demo: first Today page, student launches, and the weight of the student's page.

Run by `make bench-demo`. Times are those of a real Chromium with third-party cookies blocked, from the click
in the LMS until the page shows what it is for.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Response

from tests.integration.demo import Demo, running_demo
from tests.integration.people import chromium, signed_in


def main() -> None:
    """Measure and print."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo, chromium() as browser:
        print(f"demo ready after its start           {time.monotonic() - started:6.1f} s")
        names = _teacher(browser, demo)
        seconds, kibibytes = _students(browser, demo, names)
    cuts = statistics.quantiles(seconds, n=20)
    print(
        f"student launch, {len(seconds)} students          p50 {statistics.median(seconds) * 1000:5.0f} ms, p95 {cuts[18] * 1000:5.0f} ms"
    )
    print(f"student page with all that it loads  {kibibytes:6.1f} KiB")


def _teacher(browser: Browser, demo: Demo) -> list[str]:
    with signed_in(browser, demo, "Rivera") as teacher:
        started = time.monotonic()
        tool = teacher.open_tool()
        tool.get_by_role("link", name="See the suggestion").wait_for()
        print(f"teacher's first launch to all read   {time.monotonic() - started:6.1f} s")
        tool.get_by_role("link", name="See the suggestion").click()
        tool.get_by_role("button", name="Use this skill map").click()
        tool.locator("li[id^=student-]").first.wait_for()
        print(
            f"… to Today with all next steps       {time.monotonic() - started:6.1f} s (two clicks among them)"
        )
        return [heading.inner_text() for heading in tool.locator("li[id^=student-] h3").all()]


def _students(browser: Browser, demo: Demo, names: list[str]) -> tuple[list[float], float]:
    seconds: list[float] = []
    weights: list[float] = []
    for name in names:
        with signed_in(browser, demo, name) as student:
            sizes: list[int] = []

            def weigh(response: Response, sizes: list[int] = sizes) -> None:
                if urlsplit(response.url).netloc == urlsplit(demo.tool).netloc and response.ok:
                    sizes.append(response.request.sizes()["responseBodySize"])

            student.page.on("response", weigh)
            link = student.page.get_by_role("navigation").get_by_role("link", name="Waymark", exact=True)
            started = time.monotonic()
            link.first.click()
            student.tool().locator("#step").wait_for()
            seconds.append(time.monotonic() - started)
            student.page.wait_for_load_state("networkidle")
            weights.append(sum(sizes) / 1024)
    return seconds, max(weights)


if __name__ == "__main__":
    main()
