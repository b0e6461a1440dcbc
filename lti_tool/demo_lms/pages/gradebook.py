"""The gradebook: the whole grid for teachers, one's own rows for students and families."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.gradebook import read_gradebook
from lti_tool.demo_lms.people import STAFF, visible_students
from lti_tool.demo_lms.platform import platform
from lti_tool.demo_lms.tables import Column, Grade, PersonRow, Tool
from lti_tool.demo_lms.visitor import page_for, refuse_foreign_forms, the_course, the_person

bp = Blueprint("gradebook", __name__)
bp.before_request(refuse_foreign_forms)


@bp.get("/gradebook")
@page_for("teacher", "co_teacher", "student", "family")
def show() -> str:
    """The grid, or the rows that this person may see."""
    session, person = db(), the_person()
    book = read_gradebook(session, the_course(), visible_students(session, person))
    tools = {tool.id: tool.name for tool in session.scalars(select(Tool))}
    if person.role in STAFF:
        only_tools = request.args.get("columns") == "tools"
        shown = [column for column in book.columns if column.tool_id is not None or not only_tools]
        return render_template(
            "demo_lms/gradebook.html", book=book, shown=shown, only_tools=only_tools, tools=tools
        )
    return render_template("demo_lms/own_grades.html", book=book, tools=tools)


@bp.route("/gradebook/<int:column_id>/<int:person_id>", methods=["GET", "POST"])
@page_for(*STAFF)
def cell(column_id: int, person_id: int) -> Response | str | tuple[str, int]:
    """One cell: what is in it, and typing a grade over it."""
    session = db()
    column, student = session.get(Column, column_id), session.get(PersonRow, person_id)
    if column is None or student is None or student.role != "student":
        abort(404)
    grade = session.scalars(
        select(Grade).where(Grade.column_id == column.id, Grade.person_id == student.id)
    ).first()
    if request.method == "GET":
        return render_template("demo_lms/cell.html", column=column, student=student, grade=grade, problem="")
    text = request.form.get("score", "").strip().replace(",", ".")
    score = _number(text)
    if text and (score is None or score < 0):
        problem = "Type a number of 0 or more, or leave the field empty to remove the grade."
        return render_template(
            "demo_lms/cell.html", column=column, student=student, grade=grade, problem=problem
        ), 400
    now = platform().now()
    if grade is None:
        grade = Grade(column_id=column.id, person_id=student.id, timestamp=now)
        session.add(grade)
    grade.score, grade.overridden, grade.timestamp = score, score is not None, now
    session.commit()
    return redirect(url_for("gradebook.show"))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1_000_000 else None
