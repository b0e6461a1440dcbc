"""The administrator's page for external tools."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.keys import rotate_keys
from lti_tool.demo_lms.launching import origin_of
from lti_tool.demo_lms.platform import platform
from lti_tool.demo_lms.registration import new_registration_token
from lti_tool.demo_lms.tables import Tool
from lti_tool.demo_lms.tool_registry import ToolDescription, delete_tool, register
from lti_tool.demo_lms.visitor import page_for, refuse_foreign_forms

bp = Blueprint("tools", __name__, url_prefix="/tools")
bp.before_request(refuse_foreign_forms)

SCOPE_NAMES = {
    vocab.LINE_ITEM_SCOPE: "Make and change its gradebook columns",
    vocab.LINE_ITEM_READ_SCOPE: "Read gradebook columns",
    vocab.RESULT_SCOPE: "Read results",
    vocab.SCORE_SCOPE: "Send scores and comments",
    vocab.ROSTER_SCOPE: "Read who is in the course",
    vocab.NOTICE_HANDLERS_SCOPE: "Be told about copies of courses",
}


@bp.get("")
@page_for("administrator")
def overview() -> str:
    """All tools, and the forms for adding one."""
    return _overview()


def _overview(problems: tuple[str, ...] = ()) -> str:
    tools = list(db().scalars(select(Tool).order_by(Tool.id)))
    return render_template(
        "demo_lms/tools.html", tools=tools, scope_names=_scope_names(), platform=platform(), problems=problems
    )


def _scope_names() -> dict[str, str]:
    return {scope: SCOPE_NAMES[scope] for scope in SCOPE_NAMES if scope in platform().profile.scopes}


@bp.post("/register", defaults={"tool_id": None})
@bp.post("/<int:tool_id>/update")
@page_for("administrator")
def start_registration(tool_id: int | None) -> str | tuple[str, int]:
    """Open a tool's registration address in a frame, with a token for registering or for updating it."""
    address = request.form.get("address" if tool_id is None else "update_address", "").strip()
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return _overview(("The registration address must begin with http:// or https://.",)), 400
    session = db()
    tool = None if tool_id is None else session.get(Tool, tool_id) or abort(404)
    token = new_registration_token(session, platform(), tool=tool)
    session.commit()
    asked = urlencode({"openid_configuration": platform().configuration_address, "registration_token": token})
    target = urlunsplit(parts._replace(query="&".join(part for part in (parts.query, asked) if part)))
    return render_template(
        "demo_lms/register.html", target=target, origin=origin_of(address), host=parts.netloc
    )


@bp.post("/manual")
@page_for("administrator")
def add_by_hand() -> Response | tuple[str, int]:
    """Register a tool from a form, for tools without dynamic registration."""
    form = {name: value.strip() for name, value in request.form.items()}
    redirect_uris = tuple(form.get("redirect_uris", "").split())
    addresses = {
        "Login address": form.get("initiate_login_uri", ""),
        "Key set address": form.get("jwks_uri", ""),
        "Target link address": form.get("target_link_uri", ""),
    } | {f"Redirect address {number}": uri for number, uri in enumerate(redirect_uris, start=1)}
    problems = [
        f"{name} must begin with http:// or https://."
        for name, value in addresses.items()
        if not _is_address(value)
    ]
    if not form.get("name"):
        problems.append("The tool needs a name.")
    if not redirect_uris:
        problems.append("Name at least one redirect address.")
    if problems:
        return _overview(tuple(problems)), 400
    session = db()
    register(
        session,
        platform().profile,
        ToolDescription(
            name=form["name"],
            initiate_login_uri=form["initiate_login_uri"],
            redirect_uris=redirect_uris,
            jwks_uri=form["jwks_uri"],
            target_link_uri=form["target_link_uri"],
            deep_linking_uri=form.get("deep_linking_uri") or None,
            navigation_uri=form["target_link_uri"] if form.get("navigation") else None,
            scopes=tuple(request.form.getlist("scopes")),
            share_names="share_names" in form,
            share_email="share_email" in form,
            custom=_custom(request.form.get("custom", "")),
        ),
        active=True,
        now=platform().now(),
    )
    session.commit()
    return redirect(url_for("tools.overview"))


def _is_address(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _custom(lines: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in lines.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


@bp.post("/<int:tool_id>/activate")
@page_for("administrator")
def activate(tool_id: int) -> Response:
    """Let the tool in."""
    return _set_active(tool_id, active=True)


@bp.post("/<int:tool_id>/deactivate")
@page_for("administrator")
def deactivate(tool_id: int) -> Response:
    """Keep the tool out, without losing anything."""
    return _set_active(tool_id, active=False)


def _set_active(tool_id: int, *, active: bool) -> Response:
    session = db()
    tool = session.get(Tool, tool_id) or abort(404)
    tool.active = active
    session.commit()
    return redirect(url_for("tools.overview") + f"#tool-{tool.id}")


@bp.post("/<int:tool_id>/settings")
@page_for("administrator")
def change(tool_id: int) -> Response:
    """Change what the tool may do and what it is told."""
    session = db()
    tool = session.get(Tool, tool_id) or abort(404)
    chosen = set(request.form.getlist("scopes"))
    tool.scopes = [scope for scope in platform().profile.scopes if scope in chosen]
    tool.share_names = "share_names" in request.form
    tool.share_email = "share_email" in request.form
    tool.anonymous = "anonymous" in request.form
    tool.in_course_navigation = (
        "in_course_navigation" in request.form and platform().profile.navigation_placement is not None
    )
    session.commit()
    return redirect(url_for("tools.overview") + f"#tool-{tool.id}")


@bp.post("/<int:tool_id>/delete")
@page_for("administrator")
def delete(tool_id: int) -> Response:
    """Remove the tool with everything it put into the course."""
    session = db()
    tool = session.get(Tool, tool_id) or abort(404)
    delete_tool(session, tool)
    session.commit()
    return redirect(url_for("tools.overview"))


@bp.post("/keys/rotate")
@page_for("administrator")
def rotate() -> Response:
    """Sign with a new key from now on."""
    session = db()
    rotate_keys(session, now=platform().now())
    session.commit()
    return redirect(url_for("tools.overview") + "#keys")
