"""Who is signed in to the LMS in this browser."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort, redirect, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.tables import CourseRow, PersonRow

P = ParamSpec("P")
R = TypeVar("R")


def signed_in() -> PersonRow | None:
    """The person who is signed in, or None."""
    key = session.get("person")
    return db().get(PersonRow, key) if isinstance(key, int) else None


def the_person() -> PersonRow:
    """The person who is signed in; 401 for nobody."""
    person = signed_in()
    if person is None:
        abort(401)
    return person


def actual_person() -> PersonRow | None:
    """Somebody who acts as the person who is signed in, or None."""
    key = session.get("actual")
    return db().get(PersonRow, key) if isinstance(key, int) else None


def act_as(person: PersonRow) -> None:
    """Go on as another person, until `stop_acting`."""
    session["actual"], session["person"] = the_person().id, person.id


def stop_acting() -> None:
    """Be oneself again."""
    actual = actual_person() or abort(404)
    session["person"] = actual.id
    del session["actual"]


def the_course() -> CourseRow:
    """The course that the person chose last in this browser, else the first one. Everybody is in every course."""
    key = session.get("course")
    return (db().get(CourseRow, key) if isinstance(key, int) else None) or first_course()


def first_course() -> CourseRow:
    """The course that the LMS was filled with."""
    return db().scalars(select(CourseRow).order_by(CourseRow.id).limit(1)).one()


def choose_course(course: CourseRow) -> None:
    """Go on in another course."""
    session["course"] = course.id


def page_for(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """A page for people with one of these roles (none named: for everybody who is signed in)."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def shown(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            person = signed_in()
            if person is None:
                return redirect(url_for("sign_in.choose"))
            if roles and person.role not in roles:
                abort(403)
            return view(*args, **kwargs)

        return shown

    return decorate


def refuse_foreign_forms() -> None:
    """Stop a form of another site from acting in the name of the person who is signed in here.

    Browsers name the sender (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/, else `Origin`); programs send neither.
    """
    if request.method not in {"POST", "PUT", "DELETE"}:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        abort(403)
    origin = request.headers.get("Origin")
    if site is None and origin is not None and origin != request.host_url.rstrip("/"):
        abort(403)
