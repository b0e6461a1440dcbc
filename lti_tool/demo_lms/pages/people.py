"""The administrator's list of people, with suspending and reinstating."""

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.people import ROLE_NAMES
from lti_tool.demo_lms.tables import PersonRow
from lti_tool.demo_lms.visitor import page_for, refuse_foreign_forms

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
