"""One table from error families to answers: a page for people, JSON for programs.

A page says what happened, whether anything was lost, what to do next, and a short id that also stands in
the one line of the log; the log has no names, tokens or hints.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from http import HTTPStatus
from traceback import extract_tb

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, HTTPException

from lti_tool.errors import (
    Fixable,
    LaunchRefused,
    NotAllowed,
    NotVisible,
    PlatformError,
    PlatformUnavailable,
    Unavailable,
    WaymarkError,
)
from lti_tool.web.i18n import gettext as _
from lti_tool.web.security import forged
from lti_tool.web.services import services
from lti_tool.web.way_back import WayBack, way_back

_log = structlog.get_logger("waymark.errors")
_TITLES: tuple[tuple[type[WaymarkError], Callable[[], str]], ...] = (
    (LaunchRefused, lambda: _("Waymark could not be opened")),
    (PlatformError, lambda: _("The learning platform did not answer as expected")),
    (NotVisible, lambda: _("There is no such page")),
    (NotAllowed, lambda: _("This is not possible here")),
    (Fixable, lambda: _("One thing to correct")),
    (Unavailable, lambda: _("Waymark is not ready at the moment")),
    (WaymarkError, lambda: _("This did not work")),
)
_PROGRAMS = ("/lti/jwks", "/lti/notices", "/health")


def init_errors(app: Flask) -> None:
    """Answer every error of `app` in one way."""
    app.register_error_handler(WaymarkError, _waymark_error)
    app.register_error_handler(CSRFError, lambda _error: _waymark_error(forged()))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _other_error)


def unreadable(_error: Exception) -> Response:
    """The answer to a request whose bytes the server gives up reading while we ask for its form."""
    return _http_error(BadRequest())


def _waymark_error(error: WaymarkError) -> Response:
    error_id = note_refusal(error.code, error.status, detail=error.detail)
    response = _answer(
        error.code,
        _(error.message) if error.message else "",  # what families and students may meet is marked with N_
        error.status,
        error_id,
        title=_title(error),
        lost=_lost(error),
        back=way_back(error.code),
    )
    if isinstance(error, PlatformUnavailable | Unavailable) and error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(round(error.retry_after_seconds))
    elif error.status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = "60"
    return response


def _http_error(error: HTTPException) -> Response:
    """What Flask itself refuses: unknown addresses, wrong methods, bodies that are too big."""
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    code = {404: "request.not_found", 405: "request.method", 413: "request.too_big"}.get(
        status, f"request.http_{status}"
    )
    message = {
        404: _("There is no such page. Open Waymark again from your course."),
        405: _("This address works only when a learning platform uses it. Open Waymark from your course."),
        413: _("More was sent than this page can take; send less."),
    }.get(status, _("The request could not be understood; go back and try again."))
    response = _answer(code, message, status, note_refusal(code, status), title=_("This did not work"))
    allowed = error.get_response().headers.get("Allow")
    if allowed:
        response.headers["Allow"] = allowed
    return response


def _other_error(error: Exception) -> Response:
    """What nobody raised on purpose: the database is away for a moment, or there is a mistake of ours."""
    if services().database.is_unavailable(error):
        message = _("Waymark cannot reach its own records at the moment. Wait a little, then send it again.")
        return _waymark_error(Unavailable("database.unavailable", message, detail=type(error).__name__))
    return _bug(error)


def _bug(error: Exception) -> Response:
    """A mistake of ours. The log gets where it happened, but no values: they may name a child."""
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    error_id = note_refusal("internal.error", 500, kind=type(error).__name__, where=where[-12:])
    return _answer(
        "internal.error",
        _("Something went wrong in Waymark itself. Try again; if it stays, tell your school's technician."),
        500,
        error_id,
        title=_("A fault of ours"),
        lost=_("What you sent just now may not have been saved."),
    )


def note_refusal(code: str, status: int, **more: object) -> str:
    """Write the one line of the log about a refusal; gives the id that its page shows."""
    error_id = secrets.token_hex(4)
    log = _log.error if status >= 500 else _log.warning
    log("refused", code=code, status=status, error_id=error_id, registration=g.get("registration_id"), **more)
    return error_id


def _answer(
    code: str,
    message: str,
    status: int,
    error_id: str,
    *,
    title: str,
    lost: str = "",
    back: WayBack | None = None,
) -> Response:
    if _wants_json():
        response = jsonify({"code": code, "message": message, "error_id": error_id})
    else:
        page = render_template(
            "error.html",
            title=title,
            message=message,
            lost=lost,
            error_id=error_id,
            code=code,
            back=back,
            address=back.address if back and back.for_reload else "",
        )
        response = make_response(page)
    response.status_code = status
    return response


def _wants_json() -> bool:
    if request.path in _PROGRAMS:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def _title(error: WaymarkError) -> str:
    if isinstance(error, LaunchRefused) and request.path.startswith("/lti/register"):
        return _("The connection was not made")
    return next(title() for family, title in _TITLES if isinstance(error, family))


def _lost(error: WaymarkError) -> str:
    if isinstance(error, PlatformError):
        return _("No. What Waymark already saved stays saved.")
    return _("No, nothing was changed.")
