"""The day on which the learning platform says that the course ends, from custom parameters of a launch.

`$CourseSection.timeFrame.end` is a variable of LTI 1.3 Core, appendix B (https://www.imsglobal.org/spec/lti/v1p3#custom-property-substitution),
an ISO 8601 moment; Moodle has it (public/mod/lti/locallib.php of https://github.com/moodle/moodle). Canvas has
`$Canvas.course.endAt` instead, written like `2018-05-01 00:00:00 -0700` (lib/lti/variable_expander.rb of
https://github.com/instructure/canvas-lms). Schoology documents neither (https://developers.schoology.com/app-platform/lti-apps).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import structlog

PARAMETERS: Final = ("course_end", "canvas_course_end")
_LONGEST = 40

log = structlog.get_logger()


def course_end(custom: Mapping[str, str]) -> date | None:
    """The last day of the course; None where nothing is said. What cannot be read counts as nothing and is logged."""
    said = next((custom[name].strip() for name in PARAMETERS if custom.get(name, "").strip()), "")
    if not said:
        return None
    # A zone after a space is Canvas's; "UTC" instead of an offset is how Ruby writes that one.
    written = re.sub(r" ?UTC$", "+00:00", re.sub(r" (?=[+-]\d\d:?\d\d$)", "", said))
    try:
        moment = datetime.fromisoformat(written) if len(said) <= _LONGEST else None
    except ValueError:
        moment = None
    if moment is None or moment.year <= 1:
        # unconfirmed: whether a platform writes the end of a course in any other way
        log.warning("launch.course_end_unread", characters=len(said))
        return None
    # "Until midnight" ends with the day before. The time zone of the school is unknown: the day is that of the text.
    has_time = ":" in written or "T" in written
    return (moment - timedelta(seconds=1)).date() if has_time else moment.date()
