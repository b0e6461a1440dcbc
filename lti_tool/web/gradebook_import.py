"""Setup → Bring in the gradebook: choose a file, see what is in it, take its results or not."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable
from lti_tool.grades.gradebook_files.cells import read_number
from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from lti_tool.grades.gradebook_files.table import LARGEST_FILE
from lti_tool.launch.roles import IN_CHARGE
from lti_tool.usecases import gradebook_uploads
from lti_tool.usecases.connect_gradebook import look_at_connection
from lti_tool.usecases.course_classes import course_classes
from lti_tool.usecases.import_gradebook import preview, take
from lti_tool.web.course import open_course
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import words
from lti_tool.web.security import takes_bodies_up_to
from lti_tool.web.services import services
from lti_tool.web.session import allow, current_launch, launch_blueprint

gradebook_import = launch_blueprint("gradebook_import", __name__)
# As with any set-up: those who answer for the course.
_may_set_up = allow(*IN_CHARGE)
_FIELD = "points-"
PRODUCTS = {"canvas": "Canvas", "moodle": "Moodle", "schoology": "Schoology", "oneroster": "OneRoster"}


@gradebook_import.get("/setup/gradebook")
@_may_set_up
def choose() -> str:
    """How to export the gradebook, and where to put the file."""
    ways = {
        PRODUCTS["canvas"]: _("Grades → Export → Export Entire Gradebook."),
        PRODUCTS["moodle"]: _(
            "Grades → Export → Plain text file. Open “Export format options” and tick “Percentage”, then Download."
        ),
        PRODUCTS["schoology"]: _("Gradebook → the three dots → Export → Gradebook as CSV."),
        PRODUCTS["oneroster"]: _(
            "From the school’s information system: an export of version 1.1 or 1.2 as CSV files, with everything (“bulk”) "
            "and with the gradebook. Choose the zip file as it is; Waymark finds the class."
        ),
    }
    with open_course() as course:
        connection = look_at_connection(course.session, course.context)
    return render_template(
        "teacher/gradebook_choose.html",
        ways=ways,
        connection=connection,
        product=PRODUCTS.get(connection.product, "") if connection else "",
    )


@gradebook_import.post("/setup/gradebook")
@takes_bodies_up_to(LARGEST_FILE)
@_may_set_up
def look() -> str:
    """Read the file and show what is in it; nothing of the course is changed."""
    file = read_gradebook_file(_sent_file())
    with open_course(write=True) as course:
        classes = course_classes(course.session, context=course.context, gradebooks=file.gradebooks)
        views = [
            preview(
                course.session, context=course.context, gradebook=gradebook, words=words(), now=course.now
            )
            for gradebook in classes.gradebooks
        ]
        upload = gradebook_uploads.keep(
            course.session,
            launch=current_launch(),
            classes=[view.waiting for view in views],
            now=course.now,
        )
    return render_template(
        "teacher/gradebook_preview.html" if len(views) == 1 else "teacher/gradebook_classes.html",
        view=views[0],
        views=views,
        strange=classes.strange,
        not_shown=classes.not_shown,
        encoding_guessed=file.encoding_guessed,
        upload=upload,
        address=url_for(".choose"),
        **_labels(),
    )


@gradebook_import.post("/setup/gradebook/<upload>/take")
@_may_set_up
def take_results(upload: str) -> BaseResponse:
    """Store what the preview showed, of the class that this course is."""
    with open_course(write=True) as course:
        columns = gradebook_uploads.give_out(
            course.session,
            launch=current_launch(),
            public_id=upload,
            place=_said_class(),
            now=course.now,
        )
        taken = take(
            course.session, context=course.context, columns=columns, points=_said_points(), now=course.now
        )
    services().request_delivery()
    return redirect(url_for("teacher.setup", done="gradebook_taken", n=taken.results), 303)


@gradebook_import.post("/setup/gradebook/<upload>/refuse")
@_may_set_up
def refuse(upload: str) -> BaseResponse:
    """Forget what the preview showed."""
    with open_course(write=True) as course:
        gradebook_uploads.give_out(course.session, launch=current_launch(), public_id=upload, now=course.now)
    return redirect(url_for("teacher.setup", done="gradebook_refused"), 303)


def _sent_file() -> bytes:
    sent = request.files.get("file")
    content = sent.read(LARGEST_FILE + 1) if sent else b""
    if sent is None or not (sent.filename or content):
        raise Fixable(
            "gradebook_file.none", _("No file was chosen. Choose the exported file and send it again.")
        )
    return content


def _said_class() -> int:
    """The form's field "class", a place among those that the page showed; a page without the question has none."""
    said = request.form.get("class", "0")
    return int(said) if said.isdecimal() and len(said) <= 4 else -1


def _said_points() -> dict[int, float | None]:
    """The form's fields "points-<place>"; an empty one leaves the column out."""
    fields = (
        (name.removeprefix(_FIELD), value) for name, value in request.form.items() if name.startswith(_FIELD)
    )
    return {int(place): _points(value) for place, value in fields if place.isdecimal() and len(place) <= 4}


def _points(value: str) -> float | None:
    if not value.strip():
        return None
    number = read_number(value)
    if number is None:
        raise Fixable(
            "gradebook_file.points",
            _(
                "Points are a number, such as 10 or 12.5. Choose the file again and give the points once more."
            ),
        )
    return number


def _labels() -> dict[str, dict[str, str]]:
    """Words for the codes of the preview."""
    return {
        "products": PRODUCTS,
        "matched_by": {
            "user id": _("by the LMS’s user number"),
            "login": _("by login"),
            "school id": _("by the school’s number"),
            "e-mail": _("by e-mail address"),
            "name": _("by full name"),
        },
        "reasons": {
            "nobody": _("nobody in this course has this name"),
            "several in course": _("several people in this course have this name"),
            "several in file": _("the file has this person or name more than once"),
            "other name": _("the user number belongs to somebody with another name"),
        },
        "column_reasons": column_reasons(),
        "problems": {
            "not a number": _("not a number"),
            "two signs": _("it is not clear which sign is the decimal one"),
            "held back": _("hidden in the LMS, so it is not known whether there is a grade"),
            "several": _("the file has more than one result here"),
            "unknown status": _("Waymark does not know this status"),
        },
    }


def column_reasons() -> dict[str, str]:
    """Words for why a column is left out."""
    return {
        "read by itself": _("Waymark reads a column with this title from your LMS already"),
        "no results": _("no results yet"),
        "not a number": _("letters or words, not points"),
        "no points": _("worth 0 points"),
        "no range": _("the lowest or highest points cannot be read"),
        "same title": _("two columns have this title, and nothing tells them apart"),
        "not listed": _("your LMS does not say what these results are for"),
        "calculated": _("totals that the LMS works out itself"),
    }
