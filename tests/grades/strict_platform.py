"""A small, strict platform with the grade services, over real HTTP, with a ledger and faults.

It keeps a ledger of every score that it accepted, refuses what a strict platform refuses, and fails on
demand. It shares no code with the tool.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ALL_SCOPES = [
    NRPS,
    f"{AGS}lineitem",
    f"{AGS}lineitem.readonly",
    f"{AGS}result.readonly",
    f"{AGS}score",
]
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


@dataclass(frozen=True)
class Accepted:
    """One line of the ledger: a score that took effect, and when by the platform's clock."""

    line_item: str
    user_id: str
    timestamp: datetime
    body: dict[str, Any]
    accepted_at: float


@dataclass
class Fault:
    """Something that goes wrong with the next requests that `matches` picks.

    `kind`: "cut" (no answer, nothing done), "lost" (done, but the answer is cut off), "slow" (done, answered
    too late), or a response to give instead of doing anything.
    """

    kind: str | Response
    matches: Callable[[Request], bool] = lambda request: True
    times: int = 1


@dataclass(frozen=True)
class Route:
    """What a request must bring to reach its handler."""

    handler: Callable[[Request], Response]
    scopes: list[str]
    accept: str | None = None
    content_type: str | None = None

    def refusal(self, request: Request, tokens: dict[str, frozenset[str]]) -> Response | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not tokens.get(token, frozenset()).intersection(self.scopes):
            return _error(401, "Unauthorized")
        if self.accept is not None and request.headers.get("Accept") != self.accept:
            return _error(400, "unsupported Accept")
        if self.content_type is not None and request.headers.get("Content-Type") != self.content_type:
            return _error(400, "unsupported Content-Type")
        return None


@dataclass
class Platform:
    """State of the platform; tests read and change it freely."""

    origin: str = ""
    public_jwk: dict[str, Any] = field(default_factory=dict)
    client_id: str = "c1"
    # What stands at /keys: the platform's own keys, which only launches and the connection test look at.
    key_set: Any = None
    clock: Callable[[], float] = time.time
    page_size: int = 50
    token_seconds: Any = 3600
    gives_timestamps: bool = True
    # As Moodle does: whole seconds count, and what is not newer gets 409. Canvas compares exactly, takes the same
    # timestamp again, and answers 400 to an older one.
    counts_whole_seconds: bool = True
    members: list[dict[str, Any]] = field(default_factory=list)
    line_items: dict[str, dict[str, Any]] = field(default_factory=dict)
    # (line item, user) -> what the gradebook shows
    cells: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    ledger: list[Accepted] = field(default_factory=list)
    # Every score message that arrived, whatever the answer was: line item, body.
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    purposes: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    tokens: dict[str, frozenset[str]] = field(default_factory=dict)
    slow_seconds: float = 1.5
    _used_ids: set[str] = field(default_factory=set)
    _counters: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what tests do -------------------------------------------------------------------------------

    def add_members(self, *user_ids: str, role: str = "Learner") -> None:
        self.members += [
            {
                "user_id": user_id,
                "roles": [f"http://purl.imsglobal.org/vocab/lis/v2/membership#{role}"],
                "name": f"Name {user_id}",
                "status": "Active",
            }
            for user_id in user_ids
        ]

    def add_line_item(self, label: str, **members: Any) -> str:
        url = self._new_line_item_url()
        self.line_items[url] = {"id": url, "label": label, "scoreMaximum": 10, **members}
        self.purposes[url] = str(members.get("resourceId", ""))
        return url

    def teacher_enters(self, line_item: str, user_id: str, score: float, *, at: datetime) -> None:
        maximum = self.line_items[line_item]["scoreMaximum"]
        self.cells[line_item, user_id] = {"score": score, "maximum": maximum, "comment": "", "at": at}

    def fail(
        self, kind: str | Response, *, times: int = 1, method: str | None = None, path: str = ""
    ) -> None:
        def matches(request: Request) -> bool:
            return path in request.path and method in (None, request.method)

        self.faults.append(Fault(kind, matches, times))

    def accepted_for(self, user_id: str) -> list[dict[str, Any]]:
        return [line.body for line in self.ledger if line.user_id == user_id]

    def purpose(self, line_item: str) -> str:
        """What the column is or was for: its resource id."""
        return self.purposes.get(line_item, "")

    # -- HTTP ----------------------------------------------------------------------------------------

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        with self._lock:
            self.requests.append((request.method, request.full_path.rstrip("?")))
            if request.method == "POST" and request.path.endswith("/scores"):
                self.heard.append(
                    (self._line_item_address(request, "/scores"), json.loads(request.get_data()))
                )
            fault = self._take_fault(request)
            if fault is not None and isinstance(fault.kind, Response):
                request.get_data()
                return fault.kind(environ, start_response)
            if fault is not None and fault.kind == "cut":
                _hang_up(environ)
                return []
            response = self._answer(request)
        if fault is not None and fault.kind == "lost":
            _hang_up(environ)
            return []
        if fault is not None and fault.kind == "slow":
            time.sleep(self.slow_seconds)
        return response(environ, start_response)

    def _take_fault(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if fault.matches(request):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def _answer(self, request: Request) -> Response:
        if request.path == "/token" and request.method == "POST":
            return self._token(request)
        if request.path == "/keys" and self.key_set is not None:
            return _json(self.key_set)
        route = self._route(request)
        if route is None:
            return _error(404, "no such thing")
        return route.refusal(request, self.tokens) or route.handler(request)

    def _route(self, request: Request) -> Route | None:
        path, method = request.path, request.method
        if path == "/1/members" and method == "GET":
            return Route(self._members, [NRPS], accept=MEMBERS_TYPE)
        if path == "/1/lineitems" and method == "GET":
            return Route(self._list, [f"{AGS}lineitem", f"{AGS}lineitem.readonly"], accept=LINE_ITEMS_TYPE)
        if path == "/1/lineitems" and method == "POST":
            return Route(self._create, [f"{AGS}lineitem"], content_type=LINE_ITEM_TYPE)
        if path.endswith("/scores") and method == "POST":
            return Route(self._score, [f"{AGS}score"], content_type=SCORE_TYPE)
        if path.endswith("/results") and method == "GET":
            return Route(self._results, [f"{AGS}result.readonly"], accept=RESULTS_TYPE)
        return None

    def _token(self, request: Request) -> Response:
        form = request.form
        key = jwt.PyJWK(self.public_jwk)
        assertion = form.get("client_assertion", "")
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(
                assertion,
                key.key,
                algorithms=["RS256"],
                audience=f"{self.origin}/token",
                options={
                    "require": ["iss", "sub", "aud", "exp", "iat", "jti"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError:
            return _json({"error": "invalid_client"}, status=400)
        now = self.clock()
        good = (
            form.get("grant_type") == "client_credentials"
            and header.get("kid") == self.public_jwk["kid"]
            and claims["iss"] == claims["sub"] == self.client_id
            and claims["iat"] <= now < claims["exp"] <= claims["iat"] + 300
            and claims["jti"] not in self._used_ids
        )
        if not good:
            return _json({"error": "invalid_client"}, status=400)
        self._used_ids.add(claims["jti"])
        scopes = frozenset(form.get("scope", "").split()) & frozenset(ALL_SCOPES)
        if not scopes:
            return _json({"error": "invalid_scope"}, status=400)
        token = f"Token-{self._count('token')}"
        self.tokens[token] = scopes
        answer = {"access_token": token, "token_type": "Bearer", "scope": " ".join(scopes)}
        if self.token_seconds is not None:
            answer["expires_in"] = self.token_seconds
        return _json(answer)

    def _members(self, request: Request) -> Response:
        return self._page(request, self.members, MEMBERS_TYPE, wrap=lambda page: {"id": "x", "members": page})

    def _create(self, request: Request) -> Response:
        item = json.loads(request.data)
        if not item.get("label") or not item.get("scoreMaximum", 0) > 0:
            return _error(400, "No label or Score Maximum")
        item["id"] = self._new_line_item_url()
        self.line_items[item["id"]] = item
        self.purposes[item["id"]] = str(item.get("resourceId", ""))
        return _json(item, status=201, content_type=LINE_ITEM_TYPE)

    def _list(self, request: Request) -> Response:
        wanted = {"tag": request.args.get("tag"), "resourceId": request.args.get("resource_id")}
        found = [
            item
            for item in self.line_items.values()
            if all(value is None or item.get(name) == value for name, value in wanted.items())
        ]
        return self._page(request, found, LINE_ITEMS_TYPE)

    def _score(self, request: Request) -> Response:
        line_item = self._line_item_of(request, "/scores")
        if line_item is None:
            return _error(404, "Grade item doesn't exist")
        body = json.loads(request.data)
        user_id = body.get("userId")
        well_formed = (
            user_id in {member["user_id"] for member in self.members}
            and body.get("gradingProgress") == "FullyGraded"
            and "activityProgress" in body
            and ("scoreGiven" not in body or "scoreMaximum" in body)
        )
        if not well_formed:
            return _error(400, "Incorrect score received")
        timestamp = datetime.fromisoformat(body["timestamp"])
        if timestamp.timestamp() > self.clock() + 5:
            return _error(400, "timestamp lies in the future")
        cell = self.cells.get((line_item, user_id))
        if cell is not None and self._is_older(timestamp, cell["at"]):
            if self.counts_whole_seconds:
                return _error(409, "Refusing score with an earlier timestamp")
            return _error(400, "timestamp is older than the stored result")
        self.cells[line_item, user_id] = {
            "score": body.get("scoreGiven"),
            "maximum": body.get("scoreMaximum"),
            "comment": body.get("comment", ""),
            "at": timestamp,
        }
        self.ledger.append(Accepted(line_item, user_id, timestamp, body, self.clock()))
        return Response(status=200)

    def _is_older(self, timestamp: datetime, stored: datetime) -> bool:
        if self.counts_whole_seconds:
            return int(timestamp.timestamp()) <= int(stored.timestamp())
        return timestamp < stored

    def _results(self, request: Request) -> Response:
        line_item = self._line_item_of(request, "/results")
        if line_item is None:
            return _error(404, "Grade item doesn't exist")
        wanted = request.args.get("user_id")
        results = []
        for (url, user_id), cell in self.cells.items():
            if url != line_item or (wanted is not None and wanted != user_id):
                continue
            result: dict[str, Any] = {"id": f"{url}&user_id={user_id}", "userId": user_id}
            if cell["score"] is not None:
                result |= {"resultScore": cell["score"], "resultMaximum": cell["maximum"]}
                result |= {"comment": cell["comment"]} if cell["comment"] else {}
                if self.gives_timestamps:
                    result["timestamp"] = cell["at"].isoformat(timespec="seconds")
            results.append(result)
        return self._page(request, results, RESULTS_TYPE)

    def _page(
        self,
        request: Request,
        items: list[Any],
        content_type: str,
        *,
        wrap: Callable[[list[Any]], Any] = lambda page: page,
    ) -> Response:
        # The page token is case-sensitive on purpose.
        token = request.args.get("Page", "A0")
        if not token.startswith("A"):
            return _error(404, "no such page")
        start = int(token[1:])
        response = _json(wrap(items[start : start + self.page_size]), content_type=content_type)
        if start + self.page_size < len(items):
            query = {key: value for key, value in request.args.items() if key != "Page"}
            query["Page"] = f"A{start + self.page_size}"
            rest = "&".join(f"{key}={value}" for key, value in query.items())
            response.headers["Link"] = f'<{self.origin}{request.path}?{rest}>; rel="next"'
        return response

    def _line_item_of(self, request: Request, ending: str) -> str | None:
        url = self._line_item_address(request, ending)
        return url if url in self.line_items else None

    def _line_item_address(self, request: Request, ending: str) -> str:
        type_id = request.args.get("type_id")
        return f"{self.origin}{request.path.removesuffix(ending)}?type_id={type_id}"

    def _new_line_item_url(self) -> str:
        return f"{self.origin}/1/lineitems/{self._count('line item')}/lineitem?type_id=1"

    def _count(self, what: str) -> int:
        self._counters[what] += 1
        return self._counters[what]


@contextmanager
def running(platform: Platform) -> Iterator[Platform]:
    """Serve `platform` on a free port of this machine."""

    class Dated(WSGIRequestHandler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(platform.clock() if timestamp is None else timestamp)

    server = make_server("127.0.0.1", 0, platform, threaded=True, request_handler=Dated)
    platform.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(status: int, text: str = "", **headers: str) -> Response:
    """A response to give instead of the right one."""
    response = Response(text, status=status)
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def _json(document: Any, *, status: int = 200, content_type: str = "application/json") -> Response:
    return Response(json.dumps(document), status=status, content_type=content_type)


def _error(status: int, text: str) -> Response:
    return _json({"status": status, "reason": text}, status=status)


def _hang_up(environ: dict[str, Any]) -> None:
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
