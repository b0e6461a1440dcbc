"""The calls to one course section of Schoology: how they are signed, how lists are paged, and what answers mean.

Sources as in `native_apis.schoology`. Time stamps must not go backwards for one key, so requests come one after
another. A call that changes something is sent once: whether another try is safe is for its caller to say.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests
import structlog
from requests_oauthlib import OAuth1

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import Refusals, raise_for_status, unreadable_answer
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.grades.native_apis.schoology_lists import Row
from lti_tool.grades.service_client import MAXIMUM_PAGES
from lti_tool.launch.addresses import origin
from lti_tool.launch.wire import read_json, wire_id

logger = structlog.get_logger(__name__)

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


@dataclass(frozen=True, slots=True)
class SchoologySection:
    """One section, called with the key of `access`.

    `refusals` has code and sentence for statuses that mean something else than at a reading of the gradebook. Raises
    PlatformRefused `native.course_not_found` for what is no number of a section.
    """

    access: Access
    refusals: Refusals = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _SECTION.fullmatch(self.access.place.course):
            raise PlatformRefused(*_NO_COURSE)

    def rows(self, name: str, rows_of: Callable[[Mapping[str, Any]], list[Row]]) -> list[Row]:
        """The rows of all pages of one of the section's lists."""
        return self._all(self._in_section(name), name, rows_of)

    def rows_of_account(self, path: str, rows_of: Callable[[Mapping[str, Any]], list[Row]]) -> list[Row]:
        """The rows of all pages of a list that belongs to the account of the key."""
        return self._all(f"{self.access.place.root}/{path}", path, rows_of)

    def found(self, path: str) -> Mapping[str, Any] | None:
        """A document of the section; None where there is none. Only for sections that are known to be there."""
        try:
            return self._document(self._in_section(path))
        except PlatformRefused as refusal:
            if refusal.http_status not in {404, 410}:
                raise
            return None

    def change(self, path: str, body: Mapping[str, Any]) -> None:
        """Change something of the section."""
        self._answer("PUT", self._in_section(path), body)

    def send_for_account(self, path: str, body: Mapping[str, Any]) -> None:
        """Make something in the name of the account of the key."""
        self._answer("POST", f"{self.access.place.root}/{path}", body)

    def _in_section(self, path: str) -> str:
        return f"{self.access.place.root}/sections/{self.access.place.course}/{path}"

    def _all(self, first: str, name: str, rows_of: Callable[[Mapping[str, Any]], list[Row]]) -> list[Row]:
        found: dict[str, Row] = {}
        visited: set[str] = set()
        url: str | None = _page(first, start=0)
        while url is not None:
            if url in visited or len(visited) >= MAXIMUM_PAGES:
                raise _paging_refused("pages repeat or do not end")
            visited.add(url)
            document = self._document(url)
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

    def _document(self, url: str) -> Mapping[str, Any]:
        try:
            response = self._answer("GET", url)
        except PlatformRefused as error:
            if error.code != "native.token_refused":
                raise
            # The way out repeats a read that failed with the same signature, which is refused as already used. A
            # new one tells whether it is the key.
            response = self._answer("GET", url)
        try:
            document = read_json(response.content)
        except ValueError:
            raise unreadable_answer(status=response.status_code) from None
        if not isinstance(document, dict):
            raise unreadable_answer(status=response.status_code)
        return document

    def _answer(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> requests.Response:
        access = self.access
        auth = OAuth1(access.key, access.secret, client_class=_TwoLegged, realm="Schoology API")
        headers = {"Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        try:
            response = access.outbound.request(method, url, auth=auth, headers=headers, data=data)
        except ValueError:  # an address that cannot be signed
            raise _paging_refused("next page with an unusable address") from None
        raise_for_status(response, now=access.clock(), refusals={**_BY_STATUS, **self.refusals})
        return response


class _TwoLegged(OAuth1.client_class):  # type: ignore[misc] # the library has no types
    """Signs without a token, which Schoology wants to be sent all the same; the library would leave it out."""

    def get_oauth_params(self, request: Any) -> list[tuple[str, str]]:
        return [*super().get_oauth_params(request), ("oauth_token", "")]


def rows_named(name: str) -> Callable[[Mapping[str, Any]], list[Row]]:
    """Reads the rows of a page that lie under this name; raises ValueError for what are none."""

    def rows_of(document: Mapping[str, Any]) -> list[Row]:
        return list_of_rows(document.get(name))

    return rows_of


def list_of_rows(value: object) -> list[Row]:
    """The value if it is a list of objects. Raises ValueError."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("no list of objects")
    return value


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


def _paging_refused(detail: str) -> PlatformRefused:
    return PlatformRefused(
        "roster.refused",
        "Schoology's list does not end or leads elsewhere, so nothing of it is used; tell whoever runs Waymark.",
        detail=detail,
    )
