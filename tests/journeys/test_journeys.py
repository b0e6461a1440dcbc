"""One row of `make journeys`: a family on a phone, whose child's teacher has just begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.demo import running_demo
from tests.integration.people import chromium, signed_in
from tests.journeys import family, teacher
from tests.journeys.keyboard import Keyboard

pytestmark = pytest.mark.browser


def test_a_family_reads_saves_and_stops_its_report_by_keyboard_in_the_frame(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo, chromium() as browser:
        with signed_in(browser, demo, "Rivera", width=320, still=True) as visitor:
            keyboard = Keyboard(visitor.page)
            teacher.first_use(visitor, keyboard)
            assert keyboard.found == []
        with signed_in(browser, demo, "Malia", width=320, still=True) as visitor:
            keyboard = Keyboard(visitor.page)
            family.read_the_report(visitor, keyboard)
            family.want_none(keyboard)
            assert keyboard.found == []
            assert keyboard.stops > 50, "every page was walked through"
