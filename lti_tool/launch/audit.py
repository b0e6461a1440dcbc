"""Who changed what in the administration: append-only, ids and codes only, no names of people in courses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.platforms import AuditEntry


def record(session: Session, *, actor: str, action: str, subject: str, now: datetime, **detail: str) -> None:
    """Note that `actor` (an administrator's login, "command line" or "platform") did `action` to `subject`."""
    session.add(AuditEntry(at=now, actor=actor[:120], action=action, subject=subject[:120], detail=detail))
