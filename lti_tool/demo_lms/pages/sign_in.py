"""Choosing who to be. There are no passwords: this is a demo, and the page says so."""

from flask import Blueprint, abort, redirect, render_template, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.people import ROLE_NAMES, children_of
from lti_tool.demo_lms.tables import PersonRow
from lti_tool.demo_lms.visitor import first_course, refuse_foreign_forms, signed_in

bp = Blueprint("sign_in", __name__)
bp.before_request(refuse_foreign_forms)


@bp.get("/")
def home() -> Response:
    """The course, or the sign-in page for nobody."""
    person = signed_in()
    if person is None:
        return redirect(url_for("sign_in.choose"))
    return redirect(url_for("tools.overview" if person.role == "administrator" else "course.show"))


@bp.get("/sign-in")
def choose() -> str:
    """Everybody who can sign in, by role."""
    session_db = db()
    people = list(session_db.scalars(select(PersonRow).order_by(PersonRow.id)))
    groups = [
        (
            name,
            [
                (person, ", ".join(child.name for child in children_of(session_db, person)))
                for person in people
                if person.role == role
            ],
        )
        for role, name in ROLE_NAMES.items()
        if role != "test_student"  # nobody signs in as this person; teachers go there from the course
    ]
    return render_template("demo_lms/sign_in.html", groups=groups, course=first_course())


@bp.post("/sign-in/<key>")
def enter(key: str) -> Response:
    """Sign in as the person with this key."""
    person = db().scalars(select(PersonRow).where(PersonRow.key == key)).first()
    if person is None or not person.active:
        abort(404)
    session.clear()
    session["person"] = person.id
    return redirect(url_for("sign_in.home"))


@bp.post("/sign-out")
def leave() -> Response:
    """Sign out."""
    session.clear()
    return redirect(url_for("sign_in.choose"))
