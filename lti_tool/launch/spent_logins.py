"""What became of a login that was answered before: the session that came of it, for its own browser alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from lti_tool.errors import LaunchRefused
from lti_tool.launch.secrets import token_hash
from lti_tool.launch.sessions import find_launch_session
from lti_tool.launch.state import read_state
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Deployment


def open_session_of(
    connection: Connection, secret: str, state: str, browser_token: str | None, now: datetime
) -> str | None:
    """The id of the session that the launch with this spent state opened, as long as it is open.

    A browser sends a launch again when a page is reloaded or a closed tab comes back. That opens nothing
    (`launch.state_used`), and nobody learns of a session but the browser that holds its cookie. A state does
    not say which session came of it: where this browser opened several in the time that the state lasts,
    none is named, so that nobody comes to the page of another tab.
    """
    if browser_token is None:
        return None
    try:
        login = read_state(secret, state, now)
        opened = connection.scalars(
            select(LaunchSession.public_id)
            .join(Deployment, LaunchSession.deployment_id == Deployment.id)
            .where(
                LaunchSession.browser_hash == token_hash(browser_token),
                Deployment.registration_id == login.registration_id,
                LaunchSession.created_at.between(login.issued_at, login.expires_at),
            )
            .limit(2)
        ).all()
        if len(opened) != 1:
            return None
        find_launch_session(connection, opened[0], browser_token, now)
    except LaunchRefused:
        return None
    return opened[0]
