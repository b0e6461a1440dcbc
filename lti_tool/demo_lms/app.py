"""The application factory: the one place where the demo LMS is wired together."""

import json
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from lti_tool.demo_lms import deep_linking, oidc, registration, tokens
from lti_tool.demo_lms.database import close_db, db, open_database
from lti_tool.demo_lms.pages import activities, course, gradebook, messages, people, sign_in, tools
from lti_tool.demo_lms.people import ROLE_NAMES, STAFF
from lti_tool.demo_lms.platform import Platform, platform
from lti_tool.demo_lms.profiles import PROFILES
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.seed import seed, site_of
from lti_tool.demo_lms.services import line_items, notice_handlers, results, roster, scores
from lti_tool.demo_lms.services.calls import refused_answer
from lti_tool.demo_lms.settings import DemoLmsSettings
from lti_tool.demo_lms.tables import Tool
from lti_tool.demo_lms.tool_tokens import ToolKeys
from lti_tool.demo_lms.visitor import actual_person, signed_in

BLUEPRINTS = (sign_in, course, activities, gradebook, messages, tools, people)
MACHINE_BLUEPRINTS = (
    oidc,
    tokens,
    registration,
    deep_linking,
    roster,
    line_items,
    scores,
    results,
    notice_handlers,
)


def create_app(settings: DemoLmsSettings) -> Flask:
    """A demo LMS on its own database, filled with the course when it is empty.

    Errors: KeyError for an unknown profile, `ProfileMismatchError` for a database of another profile, OSError or sqlalchemy's
    OperationalError where the database cannot be written.
    """
    profile = PROFILES[settings.profile]
    engine = open_database(settings.database)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        site = site_of(session, profile)
        if site is None:
            now = settings.now()
            site = seed(session, _course(settings, now), profile, now=now)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=site.cookie_secret,
        SESSION_COOKIE_NAME="demo_lms_session",
        # First-party: the LMS is the top page. See `oidc` for requests that come out of a tool's frame.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        PERMANENT_SESSION_LIFETIME=timedelta(days=7),
        MAX_CONTENT_LENGTH=1_000_000,
    )
    app.extensions["demo_lms_engine"] = engine
    app.extensions["demo_lms_platform"] = Platform(
        issuer=settings.address.rstrip("/"), profile=profile, now=settings.now
    )
    app.extensions["demo_lms_tool_keys"] = ToolKeys()
    for module in (*BLUEPRINTS, *MACHINE_BLUEPRINTS):
        app.register_blueprint(module.bp)
    app.teardown_appcontext(close_db)
    app.context_processor(_for_every_page)
    app.after_request(_headers)
    app.register_error_handler(HTTPException, _error)
    app.add_template_filter(_number, "number")
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(_pretty, "pretty")
    return app


def _course(settings: DemoLmsSettings, now: datetime) -> Any:
    if settings.course is not None:
        return settings.course(now)
    from lti_tool.demo_lms.course import sample_course  # noqa: PLC0415 - only read where a database is filled

    return sample_course(now)


def _for_every_page() -> dict[str, Any]:
    person = signed_in()
    navigation = (
        list(db().scalars(select(Tool).where(Tool.active, Tool.in_course_navigation).order_by(Tool.id)))
        if person is not None and person.role in platform().profile.roles
        else []
    )
    return {
        "person": person,
        "actual": actual_person(),
        "role_name": ROLE_NAMES[person.role] if person else "",
        "is_staff": person is not None and person.role in STAFF,
        "navigation_tools": navigation,
        "profile": platform().profile,
    }


def _headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if response.mimetype == "text/html":
        # Tools live in frames and receive forms, wherever they are; nothing else of another site is loaded.
        response.headers.setdefault(
            "Content-Security-Policy",
            "default-src 'self'; frame-src http: https:; form-action http: https:; img-src 'self' data:; "
            "base-uri 'none'; object-src 'none'; frame-ancestors 'self'",
        )
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _error(error: HTTPException) -> Response | tuple[str, int] | HTTPException:
    status = error.code or 500
    if request.path.startswith(
        ("/lti/courses/", "/lti/tools/", "/lti/token", "/lti/registration", "/lti/jwks", "/.well-known/")
    ):
        refusal = Refusal(f"http.{status}", error.description or error.name, status=status)
        answer = refused_answer(refusal, "")
        for name, value in error.get_headers():
            if name == "Allow":
                answer.headers[name] = value
        return answer
    if status < 400:
        return error
    return render_template(
        "demo_lms/refused.html", sentence=error.description or error.name, code=f"http.{status}"
    ), status


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S UTC")


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
