"""What the pages need from the outside, put together once by `app.create_app`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from lti_tool.db import Database
from lti_tool.http import OutboundSession
from lti_tool.settings import Settings

EXTENSION = "waymark"


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, database, way out, clock, and the two triggers for work in the background.

    `request_sync(context_key)` and `request_delivery()` only wake the worker; what is to be done stands
    in the database, so a lost trigger loses nothing.
    """

    settings: Settings
    database: Database
    outbound: OutboundSession
    clock: Callable[[], datetime]
    request_sync: Callable[[int], None]
    request_delivery: Callable[[], None]


def services() -> Services:
    """The services of the running application."""
    found: Services = current_app.extensions[EXTENSION]
    return found
