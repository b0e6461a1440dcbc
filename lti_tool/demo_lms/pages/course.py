"""The course page with its modules, the LMS's own items, and adding or removing links to tools."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.demo_lms.content_items import add_link, add_to_module
from lti_tool.demo_lms.course_copies import copy_course
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.launching import origin_of, origins_of
from lti_tool.demo_lms.notices import send_copy_notices
from lti_tool.demo_lms.people import STAFF
from lti_tool.demo_lms.platform import platform
from lti_tool.demo_lms.tables import Column, CourseRow, Grade, ItemRow, ModuleRow, Tool
from lti_tool.demo_lms.visitor import choose_course, page_for, refuse_foreign_forms, the_course, the_person

bp = Blueprint("course", __name__)
bp.before_request(refuse_foreign_forms)


@bp.get("/course")
@page_for()
def show() -> str:
    """All modules with their items."""
    session, course = db(), the_course()
    modules = list(
        session.scalars(
            select(ModuleRow).where(ModuleRow.course_id == course.id).order_by(ModuleRow.position)
        )
    )
    tools = list(session.scalars(select(Tool).where(Tool.active).order_by(Tool.id)))
    return render_template(
        "demo_lms/course.html",
        course=course,
        courses=list(session.scalars(select(CourseRow).order_by(CourseRow.id))),
        modules=modules,
        tools=tools,
        choosing_tools=[tool for tool in tools if tool.deep_linking_uri],
        may_edit=the_person().role in STAFF,
    )


@bp.get("/courses/<int:course_id>")
@page_for()
def choose(course_id: int) -> Response:
    """Go on in another course."""
    choose_course(db().get(CourseRow, course_id) or abort(404))
    return redirect(url_for("course.show"))


@bp.post("/course/copy")
@page_for(*STAFF)
def copy() -> Response:
    """Copy the course without anybody's grades, tell the tools that asked to be told, and go on in the copy."""
    session, original = db(), the_course()
    copied = copy_course(session, platform(), original)
    send_copy_notices(session, platform(), copied=copied, original=original)
    choose_course(copied)
    return redirect(url_for("course.show"))


@bp.get("/course/items/<int:item_id>")
@page_for()
def item(item_id: int) -> str | Response:
    """One of the LMS's own items; a link to a tool leads on to the tool."""
    session = db()
    found = session.get(ItemRow, item_id) or abort(404)
    if found.link_id is not None:
        return redirect(url_for("activities.open_link", link_id=found.link_id))
    column = session.scalars(select(Column).where(Column.item_id == found.id)).first()
    grade = (
        session.scalars(
            select(Grade).where(Grade.column_id == column.id, Grade.person_id == the_person().id)
        ).first()
        if column
        else None
    )
    return render_template("demo_lms/item.html", item=found, column=column, grade=grade)


@bp.post("/course/modules/<int:module_id>/links")
@page_for(*STAFF)
def add(module_id: int) -> Response | tuple[str, int]:
    """Add a link to a tool by hand."""
    session = db()
    module = session.get(ModuleRow, module_id) or abort(404)
    tool = session.get(Tool, request.form.get("tool", type=int) or 0)
    if tool is None or not tool.active:
        abort(404)
    title = request.form.get("title", "").strip() or tool.name
    url = request.form.get("url", "").strip() or tool.target_link_uri
    if origin_of(url) not in origins_of(tool):
        sentence = f"The address must be one of {tool.name}: {', '.join(origins_of(tool))}."
        return render_template("demo_lms/refused.html", sentence=sentence, code="link.address"), 400
    points = request.form.get("points", type=float)
    link = add_link(session, platform(), course_id=module.course_id, tool=tool, title=title[:200], url=url)
    add_to_module(session, module_id=module.id, link=link, points=points)
    if points is not None and points > 0:
        session.add(
            Column(
                course_id=module.course_id,
                tool_id=tool.id,
                link_id=link.id,
                label=link.title,
                score_maximum=points,
            )
        )
    session.commit()
    return redirect(url_for("course.show") + f"#module-{module.id}")


@bp.post("/course/items/<int:item_id>/delete")
@page_for(*STAFF)
def remove(item_id: int) -> Response:
    """Take a link to a tool out of the course, with its columns."""
    session = db()
    found = session.get(ItemRow, item_id)
    if found is None or found.link is None:
        abort(404)
    link, module_id = found.link, found.module_id
    for column in session.scalars(select(Column).where(Column.link_id == link.id)):
        session.delete(column)
    session.delete(found)
    session.flush()
    session.delete(link)
    session.commit()
    return redirect(url_for("course.show") + f"#module-{module_id}")
