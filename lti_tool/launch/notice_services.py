"""Where a deployment's platform takes our address for notices, as its launches say.

Platform Notification Service 1.0 (https://www.imsglobal.org/spec/lti-pns/v1p0/main). Here the service is only
noted; the worker subscribes (`usecases.subscribe_to_notices`), so that no launch waits for it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.launch import vocab
from lti_tool.launch.addresses import may_call
from lti_tool.launch.claims import Launch
from lti_tool.launch.inserting import insert_once
from lti_tool.models.platforms import NoticeService, Registration

WANTED = frozenset({vocab.HELLO_WORLD_NOTICE, vocab.CONTEXT_COPY_NOTICE})


def note_service(
    session: Session,
    registration: Registration,
    deployment_key: int,
    launch: Launch,
    *,
    local_origins: Collection[str],
    now: datetime,
) -> None:
    """Keep the service that a launch names, when it says something new; then a subscription is due.

    An address that this registration may not use counts as absent.
    """
    claim = launch.notice_service
    if claim is None or not may_call(registration, claim.url, local_origins):
        return
    if claim.scopes and vocab.NOTICE_HANDLERS not in claim.scopes:
        return
    supported = sorted(WANTED.intersection(claim.supported))
    known = session.get(NoticeService, deployment_key)
    if known is None:
        if supported:
            fresh = {"deployment_id": deployment_key, "url": claim.url, "supported": supported}
            insert_once(session, NoticeService, {**fresh, "subscribed": [], "due_at": now, "attempts": 0})
        return
    if known.url == claim.url and known.supported == supported:
        return
    known.subscribed = [] if known.url != claim.url else [n for n in known.subscribed if n in supported]
    known.url, known.supported = claim.url, supported
    known.due_at, known.attempts, known.problem_code = now, 0, None
