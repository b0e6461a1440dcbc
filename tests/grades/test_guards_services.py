"""Tokens and service calls where a platform answers oddly or leads elsewhere."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Response

from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.grades import service_client
from lti_tool.grades.roster import read_roster
from lti_tool.grades.service_client import ServiceClient
from lti_tool.grades.vocab import MediaType, Scope
from lti_tool.launch.access_tokens import PlatformConnector
from lti_tool.models.platforms import Registration
from tests.grades.linked_course import Course
from tests.grades.strict_platform import answer


@pytest.mark.parametrize("token", ['{"a": 1}', "5", "null", '""', "[]"])
def test_a_token_that_is_no_text_is_not_used(course: Course, token: str) -> None:
    course.platform.fail(answer(200, f'{{"access_token": {token}}}'), path="/token")
    with pytest.raises(PlatformUnavailable) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.code == "platform.token_unreadable"


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        ('"invalid_scope"', "invalid_scope"),
        ('"the assertion eyJhbGciOi was refused"', ""),
        ('["invalid_scope"]', ""),
        ("7", ""),
    ],
)
def test_only_the_standard_word_of_a_refusal_is_kept(course: Course, error: str, kept: str) -> None:
    course.platform.fail(answer(400, f'{{"error": {error}}}'), path="/token")
    with pytest.raises(PlatformRefused) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.detail == kept


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/members",
        "http://127.0.0.1:9/members",
        "https://evil.example@lms.example/",
        "file:///x",
    ],
)
def test_no_token_goes_to_a_host_that_is_not_the_platform_s(course: Course, address: str) -> None:
    with pytest.raises(PlatformRefused) as caught:
        course.client().request("GET", address, scopes=[Scope.MEMBERSHIPS.value])
    assert caught.value.code == "platform.address_refused"
    assert course.platform.requests == []


def page(link: str) -> Response:
    response = answer(200, '{"id": "x", "members": []}')
    response.headers["Link"] = link
    return response


@pytest.mark.parametrize("link", ['<https://evil.example/2>; rel="next"', '<//evil.example/2>; rel="next"'])
def test_the_next_page_lies_with_the_first(course: Course, link: str) -> None:
    course.platform.fail(page(link), path="/members")
    with pytest.raises(PlatformRefused) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.code == "roster.refused"


@pytest.mark.parametrize("link", ["<?page=2>", '<?page=2>; rel="prev"', '<?page=2>; title="next"'])
def test_only_what_is_called_next_is_followed(course: Course, link: str) -> None:
    course.platform.fail(page(link), path="/members")
    assert read_roster(course.client(), course.context()) == ()


def test_a_page_that_is_no_json_is_a_failure_and_not_an_empty_page(course: Course) -> None:
    course.platform.fail(answer(200, "<html>Sign in first</html>"), path="/members")
    pages = course.client().read_pages(
        str(course.context().memberships_url),
        scopes=[Scope.MEMBERSHIPS.value],
        accept=MediaType.MEMBERSHIPS,
    )
    with pytest.raises(PlatformUnavailable) as caught:
        list(pages)
    assert (caught.value.code, caught.value.http_status) == ("platform.answer_unreadable", 200)


def test_a_list_that_never_ends_is_given_up(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_client, "MAXIMUM_PAGES", 3)
    course.platform.page_size = 1
    course.platform.add_members("a", "b", "c", "d")
    with pytest.raises(PlatformRefused) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.code == "roster.refused"
    asked = [path for _, path in course.platform.requests if "members" in path]
    assert len(asked) == 3


class Endless(PlatformConnector):
    """A platform whose every page names another one after it."""

    def __init__(self) -> None:
        self._pages = 0

    def send(self, method: str, url: str, **options: Any) -> requests.Response:
        self._pages += 1
        response = requests.Response()
        response.status_code, response.url, response._content = 200, url, b"{}"
        response.headers["Link"] = f'<?page={self._pages}>; rel="next"'
        return response


def test_a_list_has_at_most_a_thousand_pages() -> None:
    issuer = "https://lms.example"
    registration = Registration(
        issuer=issuer, auth_login_url=issuer, auth_token_url=issuer, key_set_url=issuer, service_hosts=[]
    )
    client = ServiceClient(registration, Endless())
    pages = client.read_pages(f"{issuer}/members", scopes=[], accept=MediaType.MEMBERSHIPS)
    assert sum(1 for _ in islice(pages, 1000)) == 1000
    with pytest.raises(PlatformRefused) as caught:
        next(pages)
    assert caught.value.code == "roster.refused"


def test_a_page_that_was_read_already_is_not_read_again(course: Course) -> None:
    course.platform.fail(page('<members?type=2>; rel="next"'), times=2, path="/members")
    with pytest.raises(PlatformRefused) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.code == "roster.refused"


def test_a_request_without_a_body_names_no_media_type_of_one(course: Course) -> None:
    response = course.client().request(
        "GET",
        str(course.context().memberships_url),
        scopes=[Scope.MEMBERSHIPS.value],
        accept=MediaType.MEMBERSHIPS,
    )
    assert "Content-Type" not in response.request.headers
    assert response.request.body is None
