"""A client for the services of one platform, with our key for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lti_tool.db import Database
from lti_tool.grades.service_client import Gate, ServiceClient, at_once
from lti_tool.http import OutboundSession
from lti_tool.launch.access_tokens import service_connector
from lti_tool.launch.keys import signing_key
from lti_tool.models.platforms import Registration


def service_client(
    database: Database,
    registration: Registration,
    *,
    outbound: OutboundSession,
    secret: str,
    clock: Callable[[], datetime],
    gate: Gate = at_once,
) -> ServiceClient:
    """The client; asks the platform for nothing yet."""
    with database.read() as session:
        key = signing_key(session, registration, secret, clock())
    connector = service_connector(registration, key, outbound, clock=lambda: clock().timestamp())
    return ServiceClient(registration, connector, clock=lambda: clock().timestamp(), gate=gate)
