"""Schoology's REST API v1, with the consumer key and secret of a teacher or of the school.

Source: developers.schoology.com, "Authentication" (two-legged OAuth 1.0a: HMAC-SHA1, realm "Schoology API", an empty
`oauth_token` that is sent nevertheless), "Enrollment", "Assignment" and "Grade", read in the copy
github.com/KTibow/schoology-docs-md; how lists are paged also in github.com/Ed-Fi-Exchange-OSS/LMS-Toolkit,
`src/schoology-extractor` (`links.next`). No traffic was recorded.

- The section's number is not in launches' addresses; it stands in the address of the course
  (app.schoology.com/course/12345), so a teacher has to say it.
- `grade_items` and not `assignments`: discussions and tests are graded, too, and `limit` counts differently there.
- Whether each list names its next page is unconfirmed (the documented sample of `grades` has no `links`). A list that
  does not is asked on by `start` until it has as many rows as its `total` says, or brings nothing new.
- Time stamps must not go backwards for one key, so requests come one after another.
- Whether a student's own key is answered with that student's grades alone is unconfirmed, and nothing in the answer
  would tell.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

import requests
import structlog
from requests_oauthlib import OAuth1

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import raise_for_status, unreadable_answer
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Access, CourseAddresses, Place, Reading
from lti_tool.grades.native_apis.schoology_lists import (
    Row,
    read_grades,
    read_items,
    read_students,
    to_gradebook,
)
from lti_tool.grades.service_client import MAXIMUM_PAGES
from lti_tool.launch.addresses import origin
from lti_tool.launch.wire import read_json, wire_id

logger = structlog.get_logger(__name__)

_ISSUER = "https://schoology.schoology.com"
_ROOT = "https://api.schoology.com/v1"
_PAGE_SIZE = 200
_SECTION = re.compile(r"[0-9]{1,18}")
_NO_COURSE = (
    "native.course_not_found",
    "Schoology has no course section with this number. Open the course in Schoology: the number stands in the address, "
    "after “/course/”.",
)
_BY_STATUS = {
    401: (
        "native.token_refused",
        "Schoology does not accept this key and secret: they are mistyped or no longer valid, or they may not see "
        "other people. Make new ones at app.schoology.com/api, or ask your Schoology administrator for a key of the "
        "school.",
    ),
    403: (
        "native.not_permitted",
        "The account of this key may not see the gradebook of this course section. Use the key of a teacher of the "
        "section, or ask your Schoology administrator for the permission “Access Schoology API”.",
    ),
    404: _NO_COURSE,
}

# Both libraries write each signed request with its key at the level DEBUG.
for _library in ("oauthlib", "requests_oauthlib"):
    logging.getLogger(_library).setLevel(logging.INFO)


class SchoologyApi:
    """The gradebook of a Schoology course section; see `native_api.NativeApi`."""

    product = Product.SCHOOLOGY
    has_key = True

    def offers(self, course: CourseAddresses) -> Place | None:
        """One issuer serves all schools; the section's number has to be said."""
        return Place(Product.SCHOOLOGY, _ROOT) if course.issuer == _ISSUER else None

    def read(self, access: Access, *, user_ids: Sequence[str], native_ids: Mapping[str, str]) -> Reading:
        """The whole gradebook. Nobody is known by an id of launches: see `schoology_lists`."""
        if not _SECTION.fullmatch(access.place.course):
            raise PlatformRefused(*_NO_COURSE)
        enrollments = _all_rows(access, "enrollments", _rows_named("enrollment"))
        items = _all_rows(access, "grade_items", _rows_named("assignment"))
        grades = _all_rows(access, "grades", _rows_of_grades)
        try:
            gradebook = to_gradebook(read_students(enrollments), read_items(items), read_grades(grades))
        except ValueError:
            raise unreadable_answer(status=200) from None
        return Reading(gradebook, {})


class _TwoLegged(OAuth1.client_class):  # type: ignore[misc] # the library has no types
    """Signs without a token, which Schoology wants to be sent all the same; the library would leave it out."""

    def get_oauth_params(self, request: Any) -> list[tuple[str, str]]:
        return [*super().get_oauth_params(request), ("oauth_token", "")]


def _all_rows(access: Access, name: str, rows_of: Callable[[Mapping[str, Any]], list[Row]]) -> list[Row]:
    """The rows of all pages of one of the section's lists."""
    first = f"{access.place.root}/sections/{access.place.course}/{name}"
    auth = OAuth1(access.key, access.secret, client_class=_TwoLegged, realm="Schoology API")
    found: dict[str, Row] = {}
    visited: set[str] = set()
    url: str | None = _page(first, start=0)
    while url is not None:
        if url in visited or len(visited) >= MAXIMUM_PAGES:
            raise _paging_refused("pages repeat or do not end")
        visited.add(url)
        document = _document(access, url, auth)
        try:
            rows = {json.dumps(row, sort_keys=True): row for row in rows_of(document)}
        except ValueError:
            raise unreadable_answer(status=200) from None
        brings_new = not rows.keys() <= found.keys()
        found |= rows
        url = _next_link(document, first=first)
        if url is None and not _is_complete(document, len(found), name, brings_new=brings_new):
            url = _page(first, start=len(found))
    return list(found.values())


def _page(first: str, *, start: int) -> str:
    return f"{first}?start={start}&limit={_PAGE_SIZE}"


def _is_complete(document: Mapping[str, Any], rows: int, name: str, *, brings_new: bool) -> bool:
    """Whether a list without a next page is at its end. Raises when it ends before it should."""
    total = wire_id(document.get("total"))
    if total.isdigit():
        if rows < int(total) and not brings_new:
            raise unreadable_answer(status=200)
        return rows >= int(total)
    logger.info("native.schoology_unconfirmed", what="a list without a total", list=name)
    return not brings_new


def _next_link(document: Mapping[str, Any], *, first: str) -> str | None:
    """The address of the next page if the list names one; raises when it lies elsewhere."""
    links = document.get("links")
    said = links.get("next") if isinstance(links, dict) else None
    if not said:
        return None
    try:
        url = urljoin(first, said) if isinstance(said, str) and said.isprintable() else ""
    except ValueError:
        url = ""
    # The documentation's samples have http in their links; the request itself is never sent so.
    if first.startswith("https://") and url.startswith("http://"):
        url = f"https://{url.removeprefix('http://')}"
    if origin(url) != origin(first):
        raise _paging_refused("next page at another origin")
    return url


def _document(access: Access, url: str, auth: OAuth1) -> Mapping[str, Any]:
    try:
        response = _successful(access, url, auth)
    except PlatformRefused as error:
        if error.code != "native.token_refused":
            raise
        # The way out repeats a read that failed with the same signature, which is refused as already used. A
        # new one tells whether it is the key.
        response = _successful(access, url, auth)
    try:
        document = read_json(response.content)
    except ValueError:
        raise unreadable_answer(status=response.status_code) from None
    if not isinstance(document, dict):
        raise unreadable_answer(status=response.status_code)
    return document


def _successful(access: Access, url: str, auth: OAuth1) -> requests.Response:
    try:
        response = access.outbound.get(url, auth=auth, headers={"Accept": "application/json"})
    except ValueError:  # an address that cannot be signed
        raise _paging_refused("next page with an unusable address") from None
    raise_for_status(response, now=access.clock(), refusals=_BY_STATUS)
    return response


def _rows_named(name: str) -> Callable[[Mapping[str, Any]], list[Row]]:
    def rows_of(document: Mapping[str, Any]) -> list[Row]:
        return _rows(document.get(name))

    return rows_of


def _rows_of_grades(document: Mapping[str, Any]) -> list[Row]:
    """Grades lie one level deeper; what is said of periods and final grades beside them is worked out."""
    grades = document.get("grades")
    # An empty object of PHP's may be written as an empty list.
    return [] if grades == [] else _rows(grades.get("grade") if isinstance(grades, dict) else None)


def _rows(value: object) -> list[Row]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("no list of objects")
    return value


def _paging_refused(detail: str) -> PlatformRefused:
    return PlatformRefused(
        "roster.refused",
        "Schoology's list does not end or leads elsewhere, so nothing of it is used; tell whoever runs Waymark.",
        detail=detail,
    )
