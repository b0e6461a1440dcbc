"""What a family reads, whichever way it came: from the LMS (web.family) or by a link (web.family_open)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import render_template, request

from lti_tool.errors import Fixable
from lti_tool.models.courses import Context
from lti_tool.pathways.wording import N_
from lti_tool.usecases.family_report import FamilyView
from lti_tool.web.i18n import LANGUAGES


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the family's forms are sent, and until when the way here is open; None where it does not end by itself.

    `letter` is where the report is a PDF, if it is.
    """

    language: str
    stop: str
    again: str
    until: date | None = None
    letter: str = ""


def report_page(
    view: FamilyView,
    *,
    context: Context,
    ways: Ways,
    person_key: int,
    children: tuple[tuple[int, str], ...] = (),
) -> str:
    """The report; `children` are all whom this reader may choose between."""
    return render_template(
        "family/report.html",
        view=view,
        children=children,
        person_key=person_key,
        course_title=context.title,
        languages=LANGUAGES,
        ways=ways,
    )


def stopped_page(*, ways: Ways, person_key: int, children: tuple[tuple[int, str], ...] = ()) -> str:
    """In place of a report that the family does not want: nothing about the child, and the way back."""
    return render_template(
        "family/stopped.html", ways=ways, children=children, person_key=person_key, languages=LANGUAGES
    )


def nothing_page(reason: str) -> str:
    """Why there is no report yet."""
    return render_template("family/none.html", reason=reason, languages=LANGUAGES)


def chosen_language() -> str:
    """The language that a form chose. Raises Fixable `family.language` for any that no page offers."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        raise Fixable("family.language", N_("Choose one of the languages that the page offers."))
    return language
