"""The administrator's list of people, with suspending and reinstating; being somebody else for a while."""

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.people import ROLE_NAMES, STAFF, test_student
from lti_tool.demo_lms.platform import platform
from lti_tool.demo_lms.tables import PersonRow
from lti_tool.demo_lms.visitor import act_as, page_for, refuse_foreign_forms, stop_acting

bp = Blueprint("people", __name__)
bp.before_request(refuse_foreign_forms)


@bp.get("/people")
@page_for("administrator")
def show() -> str:
    """Everybody, with role and state."""
    people = list(db().scalars(select(PersonRow).order_by(PersonRow.id)))
    return render_template("demo_lms/people.html", people=people, role_names=ROLE_NAMES)


@bp.post("/people/<int:person_id>/state")
@page_for("administrator")
def toggle(person_id: int) -> Response:
    """Suspend somebody in the course, or let them back in."""
    session = db()
    person = session.get(PersonRow, person_id)
    if person is None or person.role == "administrator":
        abort(404)
    person.active = not person.active
    session.commit()
    return redirect(url_for("people.show"))


@bp.post("/people/<int:person_id>/act")
@page_for("administrator")
def act(person_id: int) -> Response:
    """Act as somebody, to see what they see."""
    person = db().get(PersonRow, person_id)
    if person is None or not person.active or person.role in {"administrator", "test_student"}:
        abort(404)
    act_as(person)
    return redirect(url_for("course.show"))


@bp.post("/student-view")
@page_for(*STAFF)
def student_view() -> Response:
    """See the course as students do, as a student of the platform's own making."""
    if "test_student" not in platform().profile.roles:
        abort(404)
    session = db()
    person = test_student(session, platform())
    session.commit()
    act_as(person)
    return redirect(url_for("course.show"))


@bp.post("/people/stop")
@page_for()
def stop() -> Response:
    """Be oneself again."""
    stop_acting()
    return redirect(url_for("sign_in.home"))
