"""What every command needs from the machine that it runs on."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from lti_tool.settings import Settings, load_settings

# Who did it, in the audit log.
ACTOR = "command line"


def settings_from_environment() -> Settings:
    """The settings as the environment gives them. Raises SettingsError."""
    return load_settings(os.environ)


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
