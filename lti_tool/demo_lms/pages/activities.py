"""Pages that hold a tool in a frame: an activity, a course navigation entry, the choice of activities, a review."""

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy import select

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.content_items import add_link
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.launching import Initiation, initiate, origins_of
from lti_tool.demo_lms.people import STAFF
from lti_tool.demo_lms.platform import platform
from lti_tool.demo_lms.tables import Column, CourseRow, ModuleRow, PersonRow, ResourceLink, Tool
from lti_tool.demo_lms.visitor import actual_person, page_for, refuse_foreign_forms, the_course, the_person

bp = Blueprint("activities", __name__)
bp.before_request(refuse_foreign_forms)


def _frame(initiation: Initiation, tool: Tool, title: str) -> str:
    return render_template(
        "demo_lms/window.html" if _in_window() else "demo_lms/frame.html",
        initiation=initiation,
        tool=tool,
        title=title,
        storage_target=platform().profile.storage_target,
    )


def _in_window() -> bool:
    return request.args.get("window") == "1"


def _may_open(tool: Tool) -> None:
    if not tool.active:
        abort(404)
    if the_person().role not in platform().profile.roles:
        abort(403, "In this LMS families do not open tools.")


@bp.get("/course/links/<int:link_id>")
@page_for()
def open_link(link_id: int) -> str:
    """Launch one activity."""
    session = db()
    link = session.get(ResourceLink, link_id) or abort(404)
    _may_open(link.tool)
    course = session.get_one(CourseRow, link.course_id)
    initiation = initiate(
        session,
        platform(),
        tool=link.tool,
        person=the_person(),
        actual=actual_person(),
        course=course,
        link=link,
        target_link_uri=link.url,
        in_window=_in_window(),
    )
    session.commit()
    return _frame(initiation, link.tool, link.title)


@bp.get("/course/tools/<int:tool_id>")
@page_for()
def open_navigation(tool_id: int) -> str:
    """Launch a tool from the course navigation."""
    session = db()
    tool = session.get(Tool, tool_id)
    if tool is None or not tool.in_course_navigation:
        abort(404)
    _may_open(tool)
    course = the_course()
    target = tool.navigation_uri or tool.target_link_uri
    link = session.scalars(
        select(ResourceLink).where(
            ResourceLink.tool_id == tool.id, ResourceLink.course_id == course.id, ResourceLink.navigation
        )
    ).first()
    if link is None:
        label = tool.navigation_label or tool.name
        link = add_link(
            session, platform(), course_id=course.id, tool=tool, title=label, url=target, navigation=True
        )
    initiation = initiate(
        session,
        platform(),
        tool=tool,
        person=the_person(),
        actual=actual_person(),
        course=course,
        link=link,
        target_link_uri=target,
        in_window=_in_window(),
    )
    session.commit()
    return _frame(initiation, tool, link.title)


@bp.get("/course/modules/<int:module_id>/choose/<int:tool_id>")
@page_for(*STAFF)
def choose(module_id: int, tool_id: int) -> str:
    """Let the teacher choose activities of a tool for a module (deep linking)."""
    session = db()
    module = session.get(ModuleRow, module_id) or abort(404)
    tool = session.get(Tool, tool_id)
    if tool is None or tool.deep_linking_uri is None:
        abort(404)
    _may_open(tool)
    initiation = initiate(
        session,
        platform(),
        tool=tool,
        person=the_person(),
        actual=actual_person(),
        course=session.get_one(CourseRow, module.course_id),
        message_type=vocab.DEEP_LINKING_REQUEST,
        target_link_uri=tool.deep_linking_uri,
        in_window=_in_window(),
        module_id=module.id,
    )
    session.commit()
    return _frame(initiation, tool, f"Add activities from {tool.name} to “{module.title}”")


@bp.get("/tools/<int:tool_id>/open")
@page_for("administrator")
def open_outside(tool_id: int) -> str:
    """Launch a tool from the administration, outside of every course."""
    session = db()
    tool = session.get(Tool, tool_id)
    if tool is None or not platform().profile.outside_of_courses:
        abort(404)
    _may_open(tool)
    initiation = initiate(
        session,
        platform(),
        tool=tool,
        person=the_person(),
        actual=actual_person(),
        course=None,
        target_link_uri=tool.target_link_uri,
        in_window=_in_window(),
    )
    session.commit()
    return _frame(initiation, tool, tool.name)


@bp.get("/gradebook/<int:column_id>/<int:person_id>/review")
@page_for(*STAFF, "student")
def review(column_id: int, person_id: int) -> str:
    """Show what a student handed in, to teachers and to the student (LtiSubmissionReviewRequest)."""
    session, profile = db(), platform().profile
    column, person = session.get(Column, column_id), session.get(PersonRow, person_id)
    if column is None or column.link is None or person is None or person.role != "student":
        abort(404)
    if column.submission_review is None and not profile.reviews_unasked:
        abort(404)
    if the_person().role == "student" and the_person() is not person and not profile.reviews_of_anybody:
        abort(404)
    tool = column.link.tool
    _may_open(tool)
    target = (column.submission_review or {}).get("url") or column.link.url
    initiation = initiate(
        session,
        platform(),
        tool=tool,
        person=the_person(),
        actual=actual_person(),
        course=session.get_one(CourseRow, column.course_id),
        message_type=vocab.SUBMISSION_REVIEW_REQUEST,
        target_link_uri=target,
        in_window=_in_window(),
        link=column.link,
        for_person=person,
    )
    session.commit()
    return _frame(initiation, tool, f"{column.label}: {person.name}")


@bp.get("/lti/storage/<int:tool_id>")
def storage(tool_id: int) -> str:
    """The hidden frame that keeps small values for a tool, for profiles that name such a frame."""
    tool = db().get(Tool, tool_id) or abort(404)
    return render_template("demo_lms/storage.html", origins=origins_of(tool), home=url_for("sign_in.home"))
