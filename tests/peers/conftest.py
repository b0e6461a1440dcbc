"""One connected peer and one browser for the tests of a module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.integration.people import chromium
from tests.peers.platforms import OpenEdx, running_openedx
from tests.peers.tool import Tool, served_tool


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that blocks third-party cookies."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def openedx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenEdx]:
    """Open edX's platform code with a course of five people."""
    with running_openedx(tmp_path_factory.mktemp("openedx")) as started:
        yield started


@pytest.fixture(scope="module")
def tool(openedx: OpenEdx, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Tool]:
    """Waymark, registered there by hand, as its administrator would read the values off the platform's page."""
    folder = tmp_path_factory.mktemp("waymark")
    shutil.copy(sqlite_template, folder / "waymark.sqlite")
    url = f"sqlite:///{folder / 'waymark.sqlite'}"
    with served_tool(url, folder, local_platforms=(openedx.address,)) as started:
        shown = openedx.connect(started.origin)
        started.register(
            issuer=shown["issuer"],
            client_id=shown["client_id"],
            deployment_id=shown["deployment_id"],
            auth_login_url=shown["oidc_callback"],
            auth_token_url=shown["token_url"],
            key_set_url=shown["keyset_url"],
        )
        yield started
