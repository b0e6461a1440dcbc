"""What every answer and every change must respect: headers, host name, origin, anti-forgery token.

Sources: Content Security Policy Level 3 (https://www.w3.org/TR/CSP3/), Fetch Metadata
(https://www.w3.org/TR/fetch-metadata/), OWASP Cross-Site Request Forgery Prevention Cheat Sheet.
"""

from __future__ import annotations

import hmac
import io
import secrets
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import SessionInterface, SessionMixin
from flask_wtf.csrf import CSRFError, CSRFProtect

from lti_tool.errors import NotAllowed, Refused
from lti_tool.launch.secrets import Purpose, derived_key, random_token
from lti_tool.pathways.wording import N_
from lti_tool.settings import Settings
from lti_tool.web.browser import browser_token, give_browser_token
from lti_tool.web.family_cookie import link_token
from lti_tool.web.services import services

LARGEST_BODY = 256 * 1024
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LARGEST = "largest_body"
_POLICY = "Content-Security-Policy"
_PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()


class _Request(Request):
    """A file that is sent stays in memory: it names students, and Werkzeug's temporary file is on a disk."""

    def _get_file_stream(self, *_about: Any, **_more: Any) -> io.BytesIO:
        return io.BytesIO()


class _NoSession(dict[str, str], SessionMixin):
    """For addresses without forms of their own, and browsers without a cookie."""


class _BrowserSession(dict[str, str], SessionMixin):
    """What Flask-WTF finds in place of Flask's session: the secret that anti-forgery tokens sign."""

    def __init__(self, key: bytes, browser: str, scope: str) -> None:
        super().__init__()
        self._signed = key, f"{browser} {scope}".encode()

    def __contains__(self, name: object) -> bool:
        return name == "csrf_token"  # made when it is asked for; there is nothing else

    def __missing__(self, name: str) -> str:
        if name != "csrf_token":
            raise KeyError(name)
        secret = self[name] = hmac.digest(*self._signed, "sha256").hex()
        return secret


class _BrowserSessions(SessionInterface):
    """Flask's session, reduced to one value that is computed where it is needed and never stored.

    Flask-WTF keeps its secret in Flask's session, which is a second cookie. Here the secret follows from
    the browser's cookie and the launch that the page belongs to, so a token made in one launch or browser
    is worth nothing in another; on a family's pages from the link, so it is worth nothing for another child. There is no other session data: what lasts is in the database.
    """

    def __init__(self, secret: str) -> None:
        self._key = derived_key(secret, Purpose.ANTI_FORGERY)

    def open_session(self, app: Flask, request: Request) -> _BrowserSession | _NoSession:
        area, scope = (*request.path.split("/"), "")[1:3]
        if area == "f":
            link = link_token()
            return _NoSession() if link is None else _BrowserSession(self._key, link, "family")
        if area not in {"l", "admin"}:
            return _NoSession()
        token = browser_token()
        if token is None and area == "admin":
            # A launch gives the cookie at its login; the administration is opened directly.
            token = g.new_browser_token = random_token()
        if token is None:
            return _NoSession()
        return _BrowserSession(self._key, token, scope if area == "l" else "")

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save, save for a cookie that the secret was just made from."""
        if "new_browser_token" in g:
            give_browser_token(response, g.new_browser_token)


def init_security(app: Flask, settings: Settings) -> None:
    """Give `app` its headers, its limits and the checks of every request."""
    secret = settings.secret_key.get_secret_value()
    app.request_class = _Request
    app.session_interface = _BrowserSessions(secret)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        WTF_CSRF_SECRET_KEY=derived_key(secret, Purpose.ANTI_FORGERY).hex(),
        WTF_CSRF_TIME_LIMIT=None,  # the launch session's own limits apply
        WTF_CSRF_SSL_STRICT=False,  # asks for a Referer, which our Referrer-Policy withholds; see _check_origin
    )
    app.before_request(_check_host)
    app.before_request(_permit_larger_body)  # before anything reads the form
    app.before_request(_refuse_nul)
    app.before_request(_check_origin)
    csrf.init_app(app)
    app.after_request(_add_headers)
    app.context_processor(lambda: {"nonce": script_nonce(), "frame_origins": g.get("frame_origins", ())})


def takes_bodies_up_to(largest: int) -> Callable[[View], View]:
    """Let a view be sent more than others: `largest` bytes of a file, beside an ordinary form."""

    def mark(view: View) -> View:
        view.__dict__[_LARGEST] = largest + LARGEST_BODY
        return view

    return mark


def may_be_framed_by(origins: Iterable[str]) -> None:
    """Let pages of these origins embed the answer to the present request."""
    g.frame_origins = tuple(origins)


def may_post_to(*origins: str) -> None:
    """Let forms of the present page be sent to these origins, too."""
    g.form_targets = origins


def forms_say_whence() -> None:
    """Let browsers say with forms of the present page, and to us alone, that they are from here.

    Those that know no `Sec-Fetch-Site` then send our `Origin`, in place of `null` (Fetch, "append a request `Origin`
    header").
    """
    g.referrer_policy = "same-origin"


def is_from_own_page() -> bool:
    """Whether the browser says that a page of ours sent this; only after `forms_say_whence` does every browser."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == services().settings.address


def script_nonce() -> str:
    """The nonce that scripts of the present page carry."""
    if "script_nonce" not in g:
        g.script_nonce = secrets.token_urlsafe(18)
    nonce: str = g.script_nonce
    return nonce


def forged() -> NotAllowed:
    """The refusal of a change that did not come from one of our own pages."""
    return NotAllowed(
        "auth.csrf",
        N_(
            "This form was not sent from a page of Waymark, or your browser withheld the cookie that shows it. "
            "Nothing was changed; open Waymark again from your course and try once more."
        ),
    )


def _check_host() -> None:
    """Refuse requests for other host names: links are never built from them, but caches might be."""
    expected = urlsplit(services().settings.address).netloc
    if request.path != "/health" and request.host != expected:
        raise Refused(
            "request.host", f"This is not an address of Waymark; use {services().settings.address}."
        )


def _permit_larger_body() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    largest = getattr(view, _LARGEST, None)
    if largest is not None:
        request.max_content_length = largest


def _refuse_nul() -> None:
    """Refuse NUL characters, which no honest form sends and no database takes as text."""
    values = (
        value for source in (request.args, request.form) for value in (*source.keys(), *source.values())
    )
    # A part of a form may come without a name, which is then None.
    if "\0" in request.path or any(value is None or "\0" in value for value in values):
        raise Refused("request.nul", N_("The request has a character in it that is not text; send it again."))


def _check_origin() -> None:
    """Refuse changes that another site began, save those that are meant to come from a platform.

    Our Referrer-Policy makes browsers send `Origin: null` with our own forms, so `Sec-Fetch-Site` decides
    where there is one.
    """
    if request.method not in _CHANGES or request.endpoint is None or csrf._is_exempt():
        return
    says_nothing = "Sec-Fetch-Site" not in request.headers and request.headers.get("Origin", "null") == "null"
    if not says_nothing and not is_from_own_page():
        raise forged()


def _add_headers(response: Response) -> Response:
    if _POLICY in response.headers:
        return response  # the first page of a launch has its own already, see landing
    settings = services().settings
    frames = g.get("frame_origins", ())
    response.headers[_POLICY] = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{script_nonce()}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            " ".join(("form-action 'self'", *g.get("form_targets", ()))),
            "frame-ancestors " + (" ".join(frames) or "'none'"),
        )
    )
    response.headers["Referrer-Policy"] = g.get("referrer_policy", "no-referrer")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Permissions-Policy"] = _PERMISSIONS
    if request.endpoint != "static" and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if settings.address.startswith("https:"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


__all__ = [
    "CSRFError",
    "csrf",
    "forged",
    "forms_say_whence",
    "init_security",
    "is_from_own_page",
    "may_be_framed_by",
    "may_post_to",
    "script_nonce",
    "takes_bodies_up_to",
]
