"""One service call: who calls, with which permission, about which course; and its line in the message log."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.demo_lms import message_log
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.platform import Platform, platform
from lti_tool.demo_lms.profiles.base import Profile, ServiceRequest
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tables import AccessToken, CourseRow, Tool
from lti_tool.demo_lms.tokens import token_hash

LARGEST_BODY = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An authorised call of a service."""

    session: Session
    platform: Platform
    tool: Tool
    course: CourseRow

    @property
    def profile(self) -> Profile:
        return self.platform.profile


View = Callable[..., Response]


def service_call(kind: str, *scopes: str) -> Callable[[View], Callable[..., Response]]:
    """A view for tools: needs a token with one of `scopes`, answers refusals as the profile does, and is logged."""

    def decorate(view: View) -> Callable[..., Response]:
        @wraps(view)
        def answered(*, course_id: str | None = None, **path: Any) -> Response:
            session = db()
            tool: Tool | None = None
            refusal: Refusal | None = None
            try:
                tool, token = _caller(session)
                _may(platform().profile, tool, token, scopes)
                call = Call(
                    session=session, platform=platform(), tool=tool, course=_course(session, course_id)
                )
                response = view(call, **path)
                session.flush()
            except Refusal as refused:
                session.rollback()
                refusal = refused
                response = refused_answer(refused, kind)
            _record(session, kind, tool, response, refusal)
            session.commit()
            return response

        return answered

    return decorate


def _course(session: Session, course_id: str | None) -> CourseRow:
    """The course of the address; services of a whole deployment name none and get the first one."""
    if course_id is None:
        return session.scalars(select(CourseRow).order_by(CourseRow.id).limit(1)).one()
    course = session.scalars(select(CourseRow).where(CourseRow.public_id == course_id)).first()
    if course is None:
        raise Refusal("service.unknown_course", f"Course {course_id} doesn't exist", status=404)
    return course


def _caller(session: Session) -> tuple[Tool, AccessToken]:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        raise Refusal("token.missing", "The call carries no bearer token.", status=401)
    token = session.get(AccessToken, token_hash(bearer.strip()))
    if token is None:
        raise Refusal("token.unknown", "The bearer token was not issued by this platform.", status=401)
    if token.expires_at <= platform().now():
        raise Refusal("token.expired", "The bearer token has expired; request a new one.", status=401)
    return session.get_one(Tool, token.tool_id), token


def _may(profile: Profile, tool: Tool, token: AccessToken, scopes: tuple[str, ...]) -> None:
    if not tool.active and not profile.tokens_while_pending:
        raise Refusal("token.tool_pending", "The administrator has not activated this tool.", status=401)
    # A scope that the administrator took away after the token was issued no longer counts.
    implied = {profile.implied_scopes.get(scope, scope) for scope in tool.scopes}
    if not set(token.scopes) & (set(tool.scopes) | implied) & set(scopes):
        raise Refusal("token.scope_missing", f"This call needs the scope {scopes[0]}.", status=403)


def _service_request(kind: str) -> ServiceRequest:
    query = request.query_string.decode()
    return ServiceRequest(
        method=request.method,
        path=request.path,
        url=request.path + (f"?{query}" if query else ""),
        accept=request.headers.get("Accept", ""),
        content_type=request.headers.get("Content-Type", "").partition(";")[0].strip(),
        body=request.get_data(as_text=True)[:2000],
        is_score=kind == "score",
    )


def refused_answer(refusal: Refusal, kind: str) -> Response:
    """A refusal in the words of the profile."""
    answer = platform().profile.answer(refusal, _service_request(kind))
    response = Response(json.dumps(answer.body), content_type=f"{answer.content_type}; charset=utf-8")
    # A line break or a character outside latin-1 cannot stand in a status line.
    reason = (
        answer.reason.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace").decode("latin-1")
        if answer.reason
        else ""
    )
    response.status = f"{answer.status} {reason}" if reason else str(answer.status)
    if answer.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def answer(
    body: Any, media_type: str, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A service answer in its own media type."""
    return Response(json.dumps(body), status, headers, content_type=f"{media_type}; charset=utf-8")


def accept_only(call: Call, media_type: str) -> None:
    """Refuse a reader that does not take the media type of this service."""
    accept = request.headers.get("Accept", "")
    if not call.profile.accepts(accept, media_type):
        raise Refusal(
            "media_type.not_acceptable",
            f"This address answers in {media_type}; the call accepts {accept}.",
            status=406,
        )


def json_body(call: Call, media_type: str) -> dict[str, Any]:
    """The JSON object of a request in exactly the media type of this service."""
    allowed = {media_type, "application/json"} if call.profile.json_content_type_allowed else {media_type}
    if request.mimetype not in allowed:
        raise Refusal(
            "media_type.unsupported",
            f"Send this as {media_type}, not as {request.mimetype or 'nothing'}.",
            status=415,
        )
    body = request.get_data()
    if len(body) > LARGEST_BODY:
        raise Refusal("body.too_large", f"The body is larger than {LARGEST_BODY} bytes.", status=413)
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        raise Refusal("body.not_json", "The body is not JSON.", status=400) from error
    if not isinstance(value, dict):
        raise Refusal("body.not_an_object", "The body is not a JSON object.", status=400)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _record(
    session: Session, kind: str, tool: Tool | None, response: Response, refusal: Refusal | None
) -> None:
    message_log.record(
        session,
        now=platform().now(),
        kind=kind,
        from_tool=True,
        tool=tool,
        summary=f"{request.method} {request.path}",
        status=response.status_code,
        refusal=refusal,
        detail={
            "address": request.url,
            "headers": message_log.without_secrets(
                {
                    name: value
                    for name, value in request.headers.items()
                    if name in {"Accept", "Content-Type", "User-Agent", "Authorization"}
                }
            ),
            "body": _shown(request.get_data()),
            "answer": {
                "headers": {
                    name: value
                    for name, value in response.headers.items()
                    if name in {"Content-Type", "Link"}
                },
                "body": _shown(response.get_data()),
            },
        },
    )


def _shown(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body[:2000].decode("utf-8", "replace")
