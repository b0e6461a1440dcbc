"""One tool for all rows of a table of launches; modules with a tool of their own override these."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete

from lti_tool.models.courses import Context, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import (
    PlatformKeySet,
)
from tests.conftest import empty
from tests.launch.platform import (
    NOW,
    SigningPlatform,
    Tool,
    add_registration,
    running_platform,
    running_tool,
)
from tests.web.administrator import App, add_administrator, signed_in
from tests.web.kept_database import kept_postgresql, kept_sqlite
from tests.web.matrix_world import World, open_world


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


@pytest.fixture(scope="module")
def sqlite_world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """All tenants of the table of roles and objects, on SQLite."""
    folder = tmp_path_factory.mktemp("matrix")
    file = folder / "waymark.sqlite"
    shutil.copy(sqlite_template, file)
    with open_world(f"sqlite:///{file}", folder, lambda: kept_sqlite(file, folder)) as world:
        yield world


@pytest.fixture(scope="module")
def postgresql_world(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Engine) -> Iterator[World]:
    """The same on PostgreSQL."""
    url = postgresql_server.url.render_as_string(hide_password=False)
    with open_world(
        url, tmp_path_factory.mktemp("matrix"), lambda: kept_postgresql(postgresql_server)
    ) as world:
        yield world
    empty(postgresql_server)


@pytest.fixture
def own_tool(platform: SigningPlatform, tmp_path: Path, database_url: str) -> Iterator[Tool]:
    """A tool for one test alone, on SQLite and on PostgreSQL."""
    with running_tool(database_url, platform, tmp_path) as tool:
        yield tool


@pytest.fixture
def app_of_ada(own_tool: Tool) -> App:
    """The authenticator app of ada, an administrator of `own_tool`."""
    return add_administrator(own_tool, "ada")


@pytest.fixture
def ada(own_tool: Tool, app_of_ada: App) -> FlaskClient:
    """The browser of ada, who is signed in with password and code."""
    return signed_in(own_tool, app_of_ada)
