"""What the tables of refused launches share: one assertion, one way to send a token, things switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_tool.models.courses import Context, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    Registration,
    RegistrationStatus,
)
from tests.launch.platform import (
    Tool,
)


def assert_refused(response: TestResponse, status: int, code: str) -> None:
    assert (response.status_code, code in response.text) == (status, True), response.text
    assert "Traceback" not in response.text


def assert_nothing_stored(tool: Tool) -> None:
    with tool.app.extensions["waymark"].database.read() as session:
        for table in (LaunchSession, Person, Context):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def token_sent(tool: Tool, made: Callable[[str], str]) -> TestResponse:
    """Post the token that `made` makes for the nonce of a fresh login."""
    browser = tool.browser()
    asked = tool.begin(browser)
    return tool.answer(browser, asked["state"], made(asked["nonce"]))


@contextmanager
def changed_registration(tool: Tool, status: RegistrationStatus) -> Iterator[None]:
    """The first registration with another status, for a while."""
    database = tool.app.extensions["waymark"].database
    with database.transaction() as session:
        session.get_one(Registration, 1).status = status
    yield
    with database.transaction() as session:
        session.get_one(Registration, 1).status = RegistrationStatus.ACTIVE


@contextmanager
def suspended_deployment(tool: Tool) -> Iterator[None]:
    """The first deployment switched off, for a while."""
    database = tool.app.extensions["waymark"].database
    with database.transaction() as session:
        session.get_one(Deployment, 1).status = DeploymentStatus.SUSPENDED
    yield
    with database.transaction() as session:
        session.get_one(Deployment, 1).status = DeploymentStatus.ACTIVE
