"""Notices to tools about what happens while nobody is looking (LTI Platform Notification Service 1.0).

A notice is a signed token that is posted to the address the tool gave for its type, once and in the background: a tool that
does not answer is not asked again, as in Canvas (instructure/canvas-lms, doc/api/pns.md, whose claims are copied here).
"""

import threading
import uuid
from dataclasses import dataclass
from typing import Any

import requests
from flask import current_app
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.demo_lms import message_log, vocab
from lti_tool.demo_lms.keys import sign
from lti_tool.demo_lms.platform import Platform
from lti_tool.demo_lms.tables import CourseRow, NoticeHandler, Tool

SEND_SECONDS = 10
NOTICE_LIFE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class _Notice:
    """One notice on its way."""

    address: str
    token: str
    claims: dict[str, Any]


def send_copy_notices(
    session: Session, platform: Platform, *, copied: CourseRow, original: CourseRow
) -> None:
    """Tell every tool that subscribed to it that a course was copied; commits."""
    context = {
        "id": copied.public_id,
        "label": copied.label,
        "title": copied.title,
        "type": list(platform.profile.context_type),
    }
    about = {vocab.CONTEXT: context, vocab.ORIGIN_CONTEXTS: [original.public_id]}
    query = select(NoticeHandler).where(NoticeHandler.notice_type == vocab.CONTEXT_COPY_NOTICE)
    handlers = [
        handler for handler in session.scalars(query) if session.get_one(Tool, handler.tool_id).active
    ]
    session.commit()
    for handler in handlers:
        _send(session, platform, handler, about)


def send_hello(session: Session, platform: Platform, handler: NoticeHandler) -> None:
    """Greet a tool that has just subscribed; commits."""
    session.commit()
    context = {"id": platform.profile.context_id(0), "title": "Demo LMS", "type": ["Account"]}
    hello = {"title": "Hello World!", "message": "The notices of the demo LMS reach this address."}
    _send(
        session,
        platform,
        handler,
        {vocab.CONTEXT: context, "https://www.instructure.com/hello_world": hello},
    )


def notice_claims(platform: Platform, tool: Tool, notice_type: str, about: dict[str, Any]) -> dict[str, Any]:
    """The payload of a notice; `about` are the claims of its type."""
    now = platform.now()
    return {
        "iss": platform.issuer,
        "aud": tool.client_id,
        "azp": tool.client_id,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + NOTICE_LIFE_SECONDS,
        "nonce": str(uuid.uuid4()),
        vocab.VERSION: vocab.LTI_VERSION,
        vocab.DEPLOYMENT_ID: tool.deployment_id,
        vocab.NOTICE: {
            "id": str(uuid.uuid4()),
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "type": notice_type,
        },
        **about,
    }


def _send(session: Session, platform: Platform, handler: NoticeHandler, about: dict[str, Any]) -> None:
    tool = session.get_one(Tool, handler.tool_id)
    claims = notice_claims(platform, tool, handler.notice_type, about)
    engine: Engine = current_app.extensions["demo_lms_engine"]
    threading.Thread(
        target=_post,
        args=(engine, platform, tool.id, _Notice(handler.handler, sign(session, claims), claims)),
        daemon=True,
    ).start()


def _post(engine: Engine, platform: Platform, tool_id: int, notice: _Notice) -> None:
    status, answer = None, ""
    try:
        response = requests.post(
            notice.address,
            json={"notices": [{"jwt": notice.token}]},
            timeout=SEND_SECONDS,
            allow_redirects=False,
        )
        status, answer = response.status_code, response.text[:2000]
    except requests.RequestException as error:
        answer = type(error).__name__
    with Session(engine) as session:
        message_log.record(
            session,
            now=platform.now(),
            kind="notice",
            from_tool=False,
            tool=session.get(Tool, tool_id),
            summary=f"{notice.claims[vocab.NOTICE]['type']} to {notice.address}",
            status=status,
            detail={"address": notice.address, "claims": notice.claims, "answer": answer},
        )
        session.commit()
