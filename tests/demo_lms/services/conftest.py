"""A token and a column of the shared tool at the strict LMS."""

from typing import Any

import pytest

from tests.demo_lms.probe import (
    ENDPOINT,
    Person,
    Probe,
    Service,
)


@pytest.fixture(scope="module")
def service(tool: Probe) -> Service:
    return tool.service()


@pytest.fixture(scope="module")
def claims(tool: Probe, student: Person) -> dict[str, Any]:
    return tool.launch(student)


@pytest.fixture(scope="module")
def line_items(claims: dict[str, Any]) -> str:
    address: str = claims[ENDPOINT]["lineitems"]
    return address


@pytest.fixture
def column(service: Service, line_items: str) -> str:
    answer = service.make_column(line_items, resourceId="next", tag="step")
    assert answer.status_code == 201
    address: str = answer.json()["id"]
    return address


@pytest.fixture(scope="module")
def ada(claims: dict[str, Any]) -> str:
    sub: str = claims["sub"]
    return sub
