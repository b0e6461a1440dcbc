"""A small Schoology with REST API v1 over real HTTP: a section's enrollments, grade items and grades.

It answers as the documentation says (developers.schoology.com, in the copy github.com/KTibow/schoology-docs-md); no
traffic was recorded. It checks each signature by itself (RFC 5849, section 3.4) and shares no code with the tool.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

KEY = "c0ffee0123456789abcdef"
SECRET = "5ecre7&with=signs"


@dataclass
class Schoology:
    """State of the site; tests read and change it freely. `instead` answers in place of the site.

    `paging` is how lists name what follows: "links", "total" or "" for neither.
    """

    origin: str = ""
    section: str = "3719526"
    secret: str = SECRET
    permitted: bool = True
    page_size: int = 20  # at most
    paging: str = "links"
    enrollments: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    grades: list[dict[str, Any]] = field(default_factory=list)
    instead: Callable[[Request], Response | None] = lambda _request: None
    received: list[Request] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    latest: int = 0

    @property
    def root(self) -> str:
        return f"{self.origin}/v1"

    def grade(self, enrollment: int, item: int, grade: Any, **members: Any) -> None:
        self.grades.append(
            {
                "enrollment_id": enrollment,
                "assignment_id": item,
                "grade": grade,
                "exception": 0,
                "max_points": 10,
                "is_final": 0,
                "timestamp": 1389651403,
                "comment": "",
                "type": "assignment",
                "scale_id": 0,
                "scale_type": 0,
                **members,
            }
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        self.received.append(request)
        # A signature counts as used before anything can fail.
        answer = None if self._is_signed(request) else Response("Invalid OAuth signature", status=401)
        answer = answer or self.instead(request) or self._answer(request)
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response:
        parts = request.path.split("/")
        lists = {"enrollments": self.enrollments, "grade_items": self.items, "grades": self.grades}
        if parts[:3] != ["", "v1", "sections"] or len(parts) != 5 or parts[4] not in lists:
            return Response(status=404)
        if parts[3] != self.section:
            return Response(status=404)
        if not self.permitted:
            return Response(status=403)
        return self._list(request, parts[4], lists[parts[4]])

    def _list(self, request: Request, name: str, rows: list[dict[str, Any]]) -> Response:
        start = int(request.args.get("start", 0))
        size = min(int(request.args.get("limit", 20)), self.page_size)
        page = rows[start : start + size]
        document: dict[str, Any] = {
            "enrollments": {"enrollment": page},
            "grade_items": {"assignment": page},
        }.get(name, {"grades": {"grade": page}, "period": [], "final_grade": []})
        if self.paging == "links":
            document["links"] = {"self": f"{self.root}/x?start={start}&limit={size}"}
            if start + size < len(rows):
                document["links"]["next"] = (
                    f"{self.root}/sections/{self.section}/{name}?start={start + size}&limit={size}"
                )
        if self.paging in {"links", "total"}:
            document["total"] = str(len(rows))
        return json_answer(document)

    def _is_signed(self, request: Request) -> bool:
        said = request.headers.get("Authorization", "")
        parameters = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', said)}
        signature = parameters.pop("oauth_signature", "")
        realm = parameters.pop("realm", "")
        fine = (
            said.startswith("OAuth ")
            and realm == "Schoology API"
            and parameters.get("oauth_consumer_key") == KEY
            and parameters.get("oauth_token") == ""
            and parameters.get("oauth_signature_method") == "HMAC-SHA1"
            and parameters.get("oauth_nonce") not in self.used
            and int(parameters.get("oauth_timestamp", 0)) >= self.latest
        )
        if not fine:
            return False
        self.used.add(parameters["oauth_nonce"])
        self.latest = int(parameters["oauth_timestamp"])
        pairs = sorted(
            (quote(name, safe="~"), quote(value, safe="~"))
            for name, value in [*parameters.items(), *request.args.items(multi=True)]
        )
        normal = "&".join(f"{name}={value}" for name, value in pairs)
        base = "&".join(quote(part, safe="~") for part in (request.method, request.base_url, normal))
        digest = hmac.new(f"{quote(self.secret, safe='~')}&".encode(), base.encode(), hashlib.sha1).digest()
        return hmac.compare_digest(base64.b64encode(digest).decode(), signature)


def enrollment(number: int, first: str, last: str, **members: Any) -> dict[str, Any]:
    """A student as the list of enrollments shows one."""
    return {
        "id": str(number),
        "uid": str(number + 1000),
        "school_uid": f"s{number}",
        "name_first": first,
        "name_first_preferred": "",
        "name_last": last,
        "name_display": f"{first} {last}",
        "admin": 0,
        "status": "1",
        **members,
    }


def item(number: int, title: str, **members: Any) -> dict[str, Any]:
    """An assignment as the list of grade items shows one."""
    return {
        "id": number,
        "title": title,
        "max_points": "10",
        "grading_scale": "0",
        "published": 1,
        "type": "assignment",
        "grade_item_id": number,
        "grading_scale_type": 0,
        "count_in_grade": 1,
        "collected_only": 0,
        **members,
    }


def json_answer(document: Any) -> Response:
    return Response(json.dumps(document), content_type="application/json")


@contextmanager
def running_schoology() -> Iterator[Schoology]:
    """A Schoology at a free port of this machine (its `root` says where), with a section of three students."""
    schoology = Schoology(
        enrollments=[
            enrollment(40, "Tess", "Teacher", admin=1),
            enrollment(41, "James", "Howlett"),
            enrollment(42, "Ororo", "Munroe", name_first_preferred="Ro"),
            enrollment(43, "Kurt", "Wagner", school_uid=""),
        ],
        items=[item(501, "Equivalent ratios"), item(502, "Poster", max_points="20"), item(503, "Warm-up")],
    )
    schoology.grade(41, 501, 8)
    schoology.grade(42, 501, "7.5", timestamp="1389651500")
    schoology.grade(41, 502, None, exception=1)
    schoology.grade(43, 502, 17)
    with serving(schoology):
        yield schoology


@contextmanager
def serving(schoology: Schoology) -> Iterator[None]:
    """Let it answer at a free port of this machine."""
    server = make_server("127.0.0.1", 0, schoology, threaded=True)
    schoology.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
