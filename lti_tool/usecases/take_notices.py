"""Notices as a platform posts them: the good ones are taken, whatever is wrong with the others."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import structlog

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused, PlatformUnavailable, WaymarkError
from lti_tool.launch.notices import malformed, take_notice, verify_notice
from lti_tool.launch.platform_keys import PlatformKeys

MOST_NOTICES = 100

logger = structlog.get_logger(__name__)


def read_notices(body: bytes) -> tuple[str, ...]:
    """The tokens in a platform's post, not yet trustworthy.

    Raises LaunchRefused `notice.malformed` (400), `notice.too_many` (413).
    """
    try:
        document: Any = json.loads(body)
        tokens = [item["jwt"] for item in document["notices"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise malformed("no list of notices") from None
    if not tokens or not all(isinstance(token, str) and token.isascii() for token in tokens):
        raise malformed("no list of tokens")
    if len(tokens) > MOST_NOTICES:
        raise LaunchRefused("notice.too_many", f"Send at most {MOST_NOTICES} notices at once.", status=413)
    return tuple(tokens)


def take_notices(database: Database, tokens: tuple[str, ...], *, keys: PlatformKeys, now: datetime) -> int:
    """Verify and take each notice by itself; gives back how many are ours now, new or known.

    Raises LaunchRefused `notice.refused` (401) or `notice.malformed` (400) when none was good, and
    PlatformUnavailable when one may be good but its platform's keys cannot be had: then all may be sent
    again, because a notice that was taken already changes nothing.
    """
    good = 0
    problems: list[WaymarkError] = []
    for token in tokens:
        try:
            with database.read() as session:
                notice = verify_notice(session, token, keys=keys, now=now)
            with database.transaction() as session:
                is_new = take_notice(session, notice, now=now)
        except WaymarkError as error:
            logger.warning("notice.refused", code=error.code, detail=error.detail)
            problems.append(error)
            continue
        logger.info("notice.taken", deployment=notice.deployment_key, type=notice.type, new=is_new)
        good += 1
    unavailable = next((error for error in problems if isinstance(error, PlatformUnavailable)), None)
    if unavailable is not None:
        raise unavailable
    if not good:
        raise _refused(problems)
    return good


def _refused(problems: list[WaymarkError]) -> LaunchRefused:
    codes = ",".join(sorted({error.code for error in problems}))[:255]
    if all(error.status == 400 for error in problems):
        return malformed(codes)
    return LaunchRefused("notice.refused", "None of these notices was accepted.", detail=codes)
