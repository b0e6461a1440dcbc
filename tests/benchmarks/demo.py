"""How long people wait in the demo: first Today page, student launches, and the weight of the student's page.

Run by `make bench-demo`. Times are those of a real Chromium with third-party cookies blocked, from the click
in the LMS until the page shows what it is for. The slow line is that of a phone in the bus: 150 ms to and fro, 1.6 Mbit/s,
nothing in the cache (the "slow 4G" of the web's usual tools).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Response

from tests.integration.demo import Demo, running_demo
from tests.integration.people import Clicks, chromium, signed_in

_SLOW_LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
_PAGE_TIMES = """() => [performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd]"""


def main() -> None:
    """Measure and print."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo, chromium() as browser:
        print(f"demo ready after its start           {time.monotonic() - started:6.1f} s")
        names = _teacher(browser, demo)
        seconds, kibibytes = _students(browser, demo, names)
        slow = [_on_a_slow_line(browser, demo, name) for name in names[:5]]
    cuts = statistics.quantiles(seconds, n=20)
    print(
        f"student launch, {len(seconds)} students          p50 {statistics.median(seconds) * 1000:5.0f} ms, p95 {cuts[18] * 1000:5.0f} ms"
    )
    print(f"student page with all that it loads  {kibibytes:6.1f} KiB")
    click, readable, usable = (statistics.median(one) for one in zip(*slow, strict=True))
    print(
        f"on a slow line, {len(slow)} students: launch {click:.1f} s; the page itself readable {readable:.2f} s, usable {usable:.2f} s"
    )


def _teacher(browser: Browser, demo: Demo) -> list[str]:
    with signed_in(browser, demo, "Rivera") as teacher:
        started = time.monotonic()
        first, again = Clicks(), Clicks()
        tool = teacher.open_tool()
        tool.get_by_role("link", name="See the suggestion").wait_for()
        print(f"teacher's first launch to all read   {time.monotonic() - started:6.1f} s")
        first.on(tool.get_by_role("link", name="See the suggestion"))
        first.on(tool.get_by_role("button", name="Use this skill map"))
        tool.locator("li[id^=student-]").first.wait_for()
        print(
            f"… to Today with all next steps       {time.monotonic() - started:6.1f} s, {first.number} clicks"
        )
        first.on(tool.locator("#approve-all"))
        tool.get_by_text("0 wait for you").wait_for()
        print(
            f"… to the first approved list         {time.monotonic() - started:6.1f} s, {first.number} clicks"
        )
        tool.locator("#undo").click()
        tool.locator("#approve-all").wait_for()
        started = time.monotonic()
        teacher.open_tool()
        again.on(tool.locator("#approve-all"))
        tool.get_by_text("0 wait for you").wait_for()
        print(
            f"a later launch to the class's plan   {time.monotonic() - started:6.1f} s, {again.number} click(s)"
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


def _on_a_slow_line(browser: Browser, demo: Demo, name: str) -> tuple[float, float, float]:
    """Seconds from the click to the step, and of the student's page alone until text is there and until it works."""
    with signed_in(browser, demo, name) as student:
        link = student.page.get_by_role("navigation").get_by_role("link", name="Waymark", exact=True).first
        link.wait_for()
        line = student.page.context.new_cdp_session(student.page)
        line.send("Network.enable")
        line.send("Network.setCacheDisabled", {"cacheDisabled": True})
        line.send("Network.emulateNetworkConditions", _SLOW_LINE)
        started = time.monotonic()
        link.click()
        frame = student.tool()
        frame.locator("#step").wait_for()
        click = time.monotonic() - started
        student.page.wait_for_load_state("networkidle")
        readable, usable = frame.locator("body").evaluate(_PAGE_TIMES)
        return click, readable / 1000, usable / 1000


if __name__ == "__main__":
    main()
