"""The calls to one course of a Canvas: addresses, paging, and what its answers mean.

Sources as in `native_apis.canvas`. No redirect is followed (`OutboundSession`), and a call that changes something is
sent once: whether another try is safe is for its caller to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import requests

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import (
    Refusals,
    canvas_failure,
    canvas_sees_a_part,
    canvas_token_unusable,
    is_success,
    unreadable_answer,
)
from lti_tool.grades.native_apis.canvas_gradebook import canvas_number, sees_only_sections
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.grades.service_client import all_pages, document

Query = Sequence[tuple[str, str]]

# Rails ends a path segment at a full stop, and requests undoes the encoding of one.
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_OWN_ENROLLMENTS = [("user_id", "self"), ("per_page", "100")]


@dataclass(frozen=True, slots=True)
class CanvasCourse:
    """One course, called with the token of `access`.

    `refusals` has code and sentence for statuses that mean something else than at a reading of the gradebook.
    """

    access: Access
    refusals: Refusals | None = None

    def read(self, path: str, query: Query = ()) -> Any:
        """The document at `path` of the course."""
        return document(self._answer("GET", self._in_course(path, query)))

    def items(self, path: str, query: Query, *, under: str = "") -> list[Mapping[str, Any]]:
        """All items of all pages, each a list, or an object that has the list `under` this name."""
        return self._pages(self._in_course(path, query), under)

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        """Change something of the course."""
        self._answer(method, self._in_course(path), body)

    def read_of_account(self, path: str, query: Query = ()) -> Any:
        """The document at a `path` that belongs to the account of the token."""
        return document(self._answer("GET", self._of_account(path, query)))

    def items_of_account(self, path: str, query: Query) -> list[Mapping[str, Any]]:
        """All items of all pages that belong to the account of the token."""
        return self._pages(self._of_account(path, query))

    def send_for_account(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        """Change something in the name of the account of the token."""
        self._answer(method, self._of_account(path), body)

    def check_that_all_sections_are_seen(self) -> None:
        """Raises PlatformRefused `native.not_permitted` where the account sees only some of the course's students."""
        own = self.items("enrollments", _OWN_ENROLLMENTS)
        if sees_only_sections(own, course=self.access.place.course):
            raise canvas_sees_a_part(status=200)

    def number_of(self, user_id: str) -> str:
        """Canvas's number of the user whom launches call `user_id`; empty when the course has nobody of this id."""
        if not user_id:
            return ""
        native = f"lti_1_3_id:{user_id}"
        if not _PLAIN_ID.fullmatch(user_id):
            native = f"hex:lti_1_3_id:{user_id.encode().hex()}"  # `Api.sis_parse_id`
        user = self.found(f"users/{native}")
        if user is None:
            return ""
        if not isinstance(user, dict):
            raise unreadable_answer(status=200)
        return canvas_number(user.get("id"))

    def found(self, path: str, query: Query = ()) -> Any:
        """The document at `path`; None where there is none. Only for courses that are known to be there."""
        try:
            return self.read(path, query)
        except PlatformRefused as error:
            if error.http_status not in {404, 410}:
                raise
            return None

    def _pages(self, url: str, under: str = "") -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for answer in all_pages(url, lambda address: self._answer("GET", address)):
            page = answer.get(under) if under and isinstance(answer, dict) else answer
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise unreadable_answer(status=200)
            found += page
        return found

    def _in_course(self, path: str, query: Query = ()) -> str:
        return self._of_account(f"courses/{quote(self.access.place.course, safe='')}/{path}", query)

    def _of_account(self, path: str, query: Query = ()) -> str:
        address = f"{self.access.place.root}/api/v1/{path}"
        return f"{address}?{urlencode(query)}" if query else address

    def _answer(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> requests.Response:
        secret = self.access.secret.strip()
        if not _TOKEN.fullmatch(secret):
            raise canvas_token_unusable()
        headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        response = self.access.outbound.request(method, url, headers=headers, data=data)
        if not is_success(response):
            raise canvas_failure(response, now=self.access.clock(), refusals=self.refusals)
        return response
