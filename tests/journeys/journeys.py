"""The journeys of all people, one after the other, in one demo; each row of `make journeys` is one width and one scheme."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser

from tests.integration.demo import Demo
from tests.integration.people import Visitor, signed_in
from tests.journeys import administrator, family, student, teacher
from tests.journeys.keyboard import Keyboard

WIDTHS = (320, 768, 1280)
Journey = Callable[[Visitor, Keyboard], None]


def everybody(browser: Browser, demo: Demo, *, width: int, dark: bool) -> list[str]:
    """What is wrong on any journey; a journey that does not come to its end raises AssertionError."""
    found: list[str] = []
    chosen: list[str] = []

    def go(name: str, journey: Journey, *, framed: bool = True) -> None:
        with signed_in(browser, demo, name, width=width, dark=dark, still=True) as visitor:
            keyboard = Keyboard(visitor.page, framed)
            try:
                journey(visitor, keyboard)
            finally:
                print("\n".join(keyboard.found))
            visitor.problems[:] = [
                one for one in visitor.problems if "status of 4" not in one
            ]  # errors on purpose
            found.extend(f"{name}: {one}" for one in keyboard.found)

    def as_teacher(visitor: Visitor, keyboard: Keyboard) -> None:
        teacher.first_use(visitor, keyboard)
        teacher.decide(keyboard)
        chosen.append(teacher.student_with_a_check(keyboard))
        teacher.read_the_reason(keyboard)
        teacher.write_a_note(keyboard)
        teacher.form_groups(keyboard)
        teacher.preview_the_policy(keyboard)

    def as_student(visitor: Visitor, keyboard: Keyboard) -> None:
        student.take_a_check(visitor, keyboard)
        student.choose_another(keyboard)
        student.speak_of_myself(keyboard)

    def as_family(visitor: Visitor, keyboard: Keyboard) -> None:
        family.read_the_report(visitor, keyboard)
        family.want_none(keyboard)

    go("Rivera", as_teacher)
    go(chosen[0], as_student)
    go("Malia", as_family)
    go("Rivera", administrator.sign_in, framed=False)
    return found
