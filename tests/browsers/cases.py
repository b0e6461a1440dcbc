"""The cases of group E: each is a story of one person (or two) in a fresh browser.

A case returns a remark for the table, and fails by AssertionError.
"""

from __future__ import annotations

import time

from lti_tool.pathways.checks import Question
from tests.browsers.browsers import Browser, Cookies
from tests.browsers.drivers import PROBLEMS, Driver
from tests.browsers.views import View, until
from tests.factories import ratios
from tests.web.embedding import Embedded, fixed_page
from tests.web.layout import TOO_WIDE
from tests.web.test_student import right_answer

ACTIVITY = "check-equivalent-fractions"  # without a question that is answered by moving things
NEW_WINDOW = "#new-window:not([hidden]) button:not([formtarget])"
SEND = "form[data-in-place] button, form button[type=submit]"
NARROW = 320


def e01_a_learner_launches_answers_and_finishes(embedded: Embedded, browser: Browser) -> str:
    """With third-party cookies blocked; no dead end, and no cookie but ours."""
    with browser.running() as driver:
        tool, where = _launch(_open(driver, embedded, "/course"))
        _start_check(tool)
        for question in ratios().checks[ACTIVITY].questions:
            _answer(tool, question)
            tool.press(SEND)
            tool.wait(".feedback", "Right!")
            tool.press("a.button")
        tool.wait("h1, h2", "Everything right")
        assert tool.run("return document.cookie") == "", "our cookie is not for scripts"
        return where


def e02_platform_storage_stands_in_for_the_cookie(embedded: Embedded, browser: Browser) -> str:
    """Where the browser keeps no cookie at all; the page that hears the messages is the platform's own."""
    with browser.running(Cookies.NONE) as driver:
        page = _open(driver, embedded, "/course-with-storage")
        page.inside().wait("#opened")
        heard = page.run("return window.heard.map(message => message.subject)")
        assert heard == ["lti.put_data", "lti.get_data"], heard
        # The same page elsewhere is not the registered platform: the browser gives it no message.
        page.driver.open(embedded.stranger + "/course-with-storage")
        time.sleep(3)  # longer than a login waits for an answer
        assert page.run("return window.heard") == []
        return ""


def e02_storage_and_a_window_lead_to_the_page(embedded: Embedded, browser: Browser) -> str:
    """The whole way where only cookies of other sites are blocked."""
    with browser.running() as driver:
        page = _open(driver, embedded, "/course-with-storage")
        tool, where = _launch(page)
        tool.wait("h1")
        return f"{where}, {len(page.run('return window.heard'))} messages"


def e04_one_button_leads_on_where_nothing_can_be_kept(embedded: Embedded, browser: Browser) -> str:
    """A frame without an origin keeps nothing in any browser."""
    with browser.running() as driver:
        frame = _open(driver, embedded, "/course-in-a-sandbox").inside()
        frame.wait(NEW_WINDOW)
        assert "/l/" not in frame.address()
        window = frame.opens(NEW_WINDOW)
        window.arrive("/l/")
        window.wait("h1")
        return ""


def e04_the_binding_is_never_skipped(embedded: Embedded, browser: Browser) -> str:
    """A browser without any cookie is refused with words in the window, too."""
    with browser.running(Cookies.NONE) as driver:
        frame = _open(driver, embedded, "/course").inside()
        window = frame.opens(NEW_WINDOW)
        window.wait("code", "launch.state_not_bound")
        return ""


def e06_two_tabs_keep_their_users(embedded: Embedded, browser: Browser) -> str:
    """An answer counts for whoever sees the question, or for nobody."""
    with browser.running() as driver:
        student, _ = _launch(_open(driver, embedded, "/course"))
        _start_check(student)
        teacher, _ = _launch(_tab(driver, embedded, "/course-as-teacher"))
        assert teacher.address().endswith("/today"), teacher.address()
        first, second = ratios().checks[ACTIVITY].questions[:2]
        _answer(student, first)
        student.press(SEND)
        student.wait(".feedback", "Right!")
        student.press("a.button")
        teacher.run("location.reload()")
        teacher.arrive("/today")
        # The next student's launch ends what earlier students left open in this browser.
        other, _ = _launch(_tab(driver, embedded, "/course-as-another-student"))
        other.wait("h1", "Ben")
        _answer(student, second)
        student.press(SEND)
        student.wait("[role=alert]", "Your answer is still here")
        _start_check(other)
        other.wait("#prompt", first.prompt.split("\n")[0])
        return ""


def e07_back_reload_and_a_launch_sent_again(embedded: Embedded, browser: Browser) -> str:
    """Nothing ends in a loop of refusals."""
    with browser.running() as driver:
        page = _open(driver, embedded, "/course")
        tool, where = _launch(page)
        opened = tool.address()
        tool.run("location.reload()")
        tool.arrive(opened)
        tool.wait("h1")
        # What a browser does for a tab that comes back: the platform's form is posted a second time.
        embedded.platform.pages["/again"] = fixed_page(embedded.platform.pages["/latest"]({}))
        again = embedded.platform.issuer + "/again"
        if tool.frame:
            page.run("document.querySelector('iframe').src = arguments[0]", again)
        else:
            tool.run("location.href = arguments[0]", again)
        tool.wait("code", "launch.state_used")
        tool.press("a.button")
        tool.arrive(opened)
        # Away from the course and back: the frame was discarded meanwhile.
        page.run("")
        driver.open(embedded.platform.issuer + "/stranger")
        driver.back()
        until(
            lambda: (
                "/l/" in page.inside().address()
                or page.inside().sees(NEW_WINDOW)
                or page.inside().sees(".lead", "open Waymark from your course")
            ),
            "a way on",
            page.inside(),
        )
        page.run("")
        driver.reload()
        _launch(page)
        return where


def e09_a_stranger_cannot_frame_us(embedded: Embedded, browser: Browser) -> str:
    """Neither a launch nor the administration."""
    administration = f"<iframe name=tool src={embedded.address}/admin/sign-in></iframe>"
    embedded.platform.pages["/frames-administration"] = fixed_page(administration)
    with browser.running() as driver:
        for course in (
            embedded.stranger + "/course",
            embedded.platform.issuer + "/frames-administration",
            embedded.stranger + "/frames-administration",
        ):
            driver.open(course)
            frame = View(driver, driver.windows()[0], "iframe")
            deadline = time.monotonic() + 4
            while time.monotonic() < deadline:
                assert not _shows_us(frame, embedded.address), course
                time.sleep(0.2)
        return ""


def e11_an_answer_outlives_its_session(embedded: Embedded, browser: Browser) -> str:
    """The answer stays in the page, and is there again after the next launch."""
    with browser.running() as driver:
        page = _open(driver, embedded, "/course")
        tool, where = _launch(page)
        _start_check(tool)
        question = ratios().checks[ACTIVITY].questions[0]
        _answer(tool, question)
        embedded.end_sessions()
        tool.press(SEND)
        tool.wait("[role=alert]", "Your answer is still here: open Waymark again")
        assert _given(tool) == right_answer(question)["response"]
        page.run("")
        driver.reload()
        again, _ = _launch(page)
        _start_check(again)
        kept = _given(again) == right_answer(question)["response"]
        if where == "in the frame":
            assert kept, "the answer is there again"
        else:
            _answer(again, question)
        again.press(SEND)
        again.wait(".feedback", "Right!")
        return where


def e13_nothing_is_wider_than_a_narrow_frame(embedded: Embedded, browser: Browser) -> str:
    """The student's and the teacher's pages in a frame of 320 CSS pixels, as they are when cookies are kept."""
    pages = {
        "/course-narrow": ("next", f"activity/{ACTIVITY}"),
        "/course-narrow-as-teacher": ("today", "setup"),
    }
    with browser.running(Cookies.KEPT) as driver:
        for course, paths in pages.items():
            tool, where = _launch(_open(driver, embedded, course))
            assert where == "in the frame"
            root = tool.address().rpartition("/")[0]
            for path in paths:
                tool.run("location.href = arguments[0]", f"{root}/{path}")
                tool.arrive(f"/{path}")
                tool.wait("h1")
                assert tool.run("return innerWidth") == NARROW
                assert tool.run(f"return ({TOO_WIDE})()") == [], path
        return ""


def e15_a_second_person_finds_nothing_of_the_first(embedded: Embedded, browser: Browser) -> str:
    """The back button on a shared computer."""
    with browser.running() as driver:
        window = _open(driver, embedded, "/start")
        first = window.arrive("/l/")
        window.wait("h1", "Ann")
        driver.open(embedded.platform.issuer + "/start-as-another-student")
        until(lambda: "/l/" in window.address() and window.address() != first, "the second person", window)
        window.wait("h1", "Ben")
        driver.open(first)
        until(lambda: window.sees("code"), "a refusal", window)
        driver.back()
        driver.back()
        for _ in range(10):
            assert not _says(window, "Ann"), window.text()
            time.sleep(0.2)
        return ""


CASES = tuple(case for name, case in list(globals().items()) if name.startswith("e") and name[1:3].isdigit())


def _open(driver: Driver, embedded: Embedded, path: str) -> View:
    page = View(driver, driver.windows()[0])
    driver.open(embedded.platform.issuer + path)
    return page


def _tab(driver: Driver, embedded: Embedded, path: str) -> View:
    page = View(driver, driver.new_tab())
    driver.open(embedded.platform.issuer + path)
    return page


def _launch(page: View) -> tuple[View, str]:
    """Where the launch leads, pressing the one button where there is one; and in which words."""
    frame = page.inside()
    until(lambda: "/l/" in frame.address() or frame.sees(NEW_WINDOW), "a page or the button", frame)
    if "/l/" in frame.address():
        frame.arrive("/l/")
        return frame, "in the frame"
    window = frame.opens(NEW_WINDOW)
    window.arrive("/l/")
    return window, "in a window"


def _start_check(tool: View) -> None:
    root = "/".join(tool.address().split("/")[:5])
    tool.run("location.href = arguments[0]", f"{root}/activity/{ACTIVITY}")
    tool.arrive(f"/activity/{ACTIVITY}")
    tool.press("main form[action$='/start'] button")
    tool.arrive("/checks/")
    tool.wait("#prompt")


def _answer(tool: View, question: Question) -> None:
    """Give the right answer."""
    tool.wait("#prompt", question.prompt.split("\n")[0])
    response = right_answer(question)["response"]
    if isinstance(response, list):
        for value in response:
            tool.press(f"label.option:has([value='{value}'])")
    else:
        tool.run("document.querySelector('[name=response]').value = arguments[0]", response)


def _given(tool: View) -> object:
    return tool.run(
        "return [...document.querySelectorAll('[name=response]:checked')].map(input => input.value)"
    )


def _says(view: View, text: str) -> bool:
    try:
        return text in view.text()
    except PROBLEMS:
        return False  # between two pages


def _shows_us(frame: View, address: str) -> bool:
    """Whether a page of ours is really there; a blocked one is a page of the browser's, or cannot be entered."""
    try:
        return bool(
            frame.run(
                "return location.origin === arguments[0] && !!document.querySelector('main, form')", address
            )
        )
    except PROBLEMS:
        return False
