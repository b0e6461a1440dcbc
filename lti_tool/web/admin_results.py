"""What Waymark was worth, platform by platform, for those who lead schools."""

from __future__ import annotations

from flask import render_template

from lti_tool.usecases.school_results import FEWEST_LEARNERS, look_at_results
from lti_tool.web.admin import admin
from lti_tool.web.i18n import words
from lti_tool.web.services import services


@admin.get("/results")
def results() -> str:
    """Every platform in sums, without small numbers."""
    with services().database.read() as session:
        platforms = look_at_results(session, words())
    return render_template("admin/results.html", platforms=platforms, fewest=FEWEST_LEARNERS)
