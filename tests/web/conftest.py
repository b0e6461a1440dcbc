"""One tool for all rows of a table of launches; modules with a tool of their own override these."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from lti_tool.models.courses import Context, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import (
    PlatformKeySet,
)
from tests.launch.platform import (
    NOW,
    SigningPlatform,
    Tool,
    add_registration,
    running_platform,
    running_tool,
)


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture(scope="module")
def running(
    platform: SigningPlatform, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Tool]:
    """One tool for the whole table; a second client of the same issuer is registered, too."""
    folder = tmp_path_factory.mktemp("tool")
    shutil.copy(sqlite_template, folder / "waymark.sqlite")
    with running_tool(f"sqlite:///{folder}/waymark.sqlite", platform, folder) as tool:
        with tool.app.extensions["waymark"].database.transaction() as session:
            add_registration(session, platform, client_id="client-2", deployment_id="deployment-2")
        yield tool


@pytest.fixture
def tool(running: Tool) -> Iterator[Tool]:
    running.clock.now = NOW
    running.platform.publish()
    yield running
    with running.app.extensions["waymark"].database.transaction() as session:
        for table in (LaunchSession, Person, Context, PlatformKeySet):
            session.execute(delete(table))
