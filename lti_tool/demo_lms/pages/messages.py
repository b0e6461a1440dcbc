"""The message log."""

from flask import Blueprint, render_template, request
from sqlalchemy import select

from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.message_log import KINDS, messages
from lti_tool.demo_lms.tables import Tool
from lti_tool.demo_lms.visitor import page_for

bp = Blueprint("messages", __name__)

PAGE = 50


@bp.get("/messages")
@page_for("administrator", "teacher", "co_teacher")
def show() -> str:
    """The newest messages first, filtered by kind, tool, and whether they were refused."""
    session = db()
    kind, tool, refused = (
        request.args.get("kind", ""),
        request.args.get("tool", ""),
        request.args.get("refused") == "1",
    )
    found = messages(
        session,
        kind=kind,
        tool=tool,
        refused=refused,
        before=request.args.get("before", type=int),
        limit=PAGE + 1,
    )
    return render_template(
        "demo_lms/messages.html",
        messages=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        kinds=KINDS,
        tools=list(session.scalars(select(Tool.name).distinct())),
        kind=kind,
        tool=tool,
        refused=refused,
    )
