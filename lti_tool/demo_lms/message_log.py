"""The log of LTI messages, in both directions, decoded and without secrets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tables import Message, PersonRow, Tool

KEPT_MESSAGES = 2000
_SECRETS = {
    "authorization",
    "cookie",
    "set-cookie",
    "access_token",
    "registration_token",
    "client_assertion",
    "id_token",
    "jwt",
    "proxy-authorization",
}

KINDS = (
    "login initiation",
    "authentication request",
    "id_token",
    "deep-linking response",
    "token request",
    "roster",
    "line items",
    "score",
    "results",
    "configuration",
    "registration",
    "key set",
    "notice handlers",
    "notice",
)


def without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values with bearer secrets replaced by their length."""
    return {
        name: f"<{len(str(value))} characters>" if name.lower() in _SECRETS else value
        for name, value in values.items()
    }


def record(
    session: Session,
    *,
    now: datetime,
    kind: str,
    from_tool: bool,
    summary: str,
    detail: Mapping[str, Any],
    tool: Tool | None = None,
    person: PersonRow | None = None,
    status: int | None = None,
    refusal: Refusal | None = None,
) -> None:
    """Write one message into the log (the caller commits)."""
    session.add(
        Message(
            at=now,
            kind=kind,
            from_tool=from_tool,
            tool_name=tool.name if tool else "",
            person_name=person.name if person else "",
            summary=summary,
            status=status,
            refusal=refusal.sentence if refusal else None,
            refusal_code=refusal.code if refusal else None,
            detail=dict(detail),
        )
    )
    session.flush()
    newest = session.scalar(select(func.max(Message.id))) or 0
    session.execute(delete(Message).where(Message.id <= newest - KEPT_MESSAGES))


def messages(
    session: Session,
    *,
    kind: str = "",
    tool: str = "",
    refused: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[Message]:
    """The newest messages first, filtered."""
    query = select(Message).order_by(Message.id.desc()).limit(limit)
    if kind:
        query = query.where(Message.kind == kind)
    if tool:
        query = query.where(Message.tool_name == tool)
    if refused:
        query = query.where(Message.refusal.is_not(None))
    if before is not None:
        query = query.where(Message.id < before)
    return list(session.scalars(query))
