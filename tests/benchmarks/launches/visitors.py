"""People who launch: login, the platform's signed answer, and every redirect up to the page.

Plain HTTP written to kept connections, so that the measuring costs little beside the measured.
"""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import local
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.launch.platform import MEMBERSHIP, base64url, make_key

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
KEY = "platform"
KID = "key-1"


@dataclass(frozen=True, slots=True)
class Visit:
    """Seconds of each request of one launch, in order; the last is the page."""

    seconds: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.seconds)


@dataclass(frozen=True, slots=True)
class School:
    """Who launches from where to where."""

    issuer: str
    client_id: str
    deployment_id: str
    tool: str
    students: int = 300

    def login(self) -> bytes:
        """The body of a login initiation."""
        fields = {
            "iss": self.issuer,
            "login_hint": "hint-1",
            "target_link_uri": f"{self.tool}/lti/launch",
            "client_id": self.client_id,
            "lti_message_hint": '{"cmid":4,"launchid":"ltilaunch4_1234567890"}',
        }
        return urlencode(fields).encode()

    def token(self, number: int, nonce: str) -> str:
        """A signed launch as rich as those of a real platform."""
        now = int(datetime.now(UTC).timestamp())
        person = number % self.students
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": f"student-{person}",
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "name": f"Given{person} Family{person}",
            "given_name": f"Given{person}",
            "family_name": f"Family{person}",
            "email": f"student{person}@example.edu",
            _LTI + "version": "1.3.0",
            _LTI + "message_type": "LtiResourceLinkRequest",
            _LTI + "deployment_id": self.deployment_id,
            _LTI + "target_link_uri": f"{self.tool}/lti/launch",
            _LTI + "resource_link": {"id": "4", "title": "Waymark", "description": "Your next step"},
            _LTI + "roles": [MEMBERSHIP + "Learner"],
            _LTI + "context": {
                "id": "2",
                "label": "R6",
                "title": "Grade 6 ratios",
                "type": ["CourseSection"],
            },
            _LTI + "tool_platform": {"product_family_code": "moodle", "guid": "g", "name": "School"},
            _LTI + "launch_presentation": {"locale": "en", "document_target": "iframe"},
            _LTI + "custom": {"unit": "3", "history": ""},
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": [
                    f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}"
                    for name in ("lineitem", "result.readonly", "score")
                ],
                "lineitems": f"{self.issuer}/mod/lti/services.php/2/lineitems?type_id=1",
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{self.issuer}/mod/lti/services.php/CourseSection/2/memberships",
                "service_versions": ["1.0", "2.0"],
            },
        }
        parts = ({"alg": "RS256", "typ": "JWT", "kid": KID}, claims)
        signed = b".".join(base64url(json.dumps(part).encode()) for part in parts)
        return (signed + b"." + base64url(make_key(KEY, 2048).sign(signed, PKCS1v15(), SHA256()))).decode()


@dataclass(frozen=True, slots=True)
class _Begun:
    """A login that was answered: what the platform has to sign now."""

    number: int
    cookies: dict[str, str]
    state: str
    nonce: str
    seconds: float


class Visitors:
    """Launches at one tool, several at a time; each thread keeps its connection."""

    def __init__(self, school: School) -> None:
        self._school = school
        self._address = urlsplit(school.tool)
        self._login = school.login()
        self._here = local()

    def launch(self, number: int) -> Visit:
        """One launch of a new browser. Raises AssertionError when it does not end on a page."""
        begun = self._begin(number)
        return self._finish(begun, self._school.token(number, begun.nonce))

    def at_once(self, count: int, *, together: int) -> float:
        """`count` launches, `together` at a time; gives the seconds that all took.

        First all logins, then all answers: what the platform does in between, signing, takes longer than a
        request and is no part of what is measured.
        """
        with ThreadPoolExecutor(together) as pool:
            started = time.perf_counter()
            begun = list(pool.map(self._begin, range(count)))
            seconds = time.perf_counter() - started
            tokens = [self._school.token(one.number, one.nonce) for one in begun]
            started = time.perf_counter()
            for _ in pool.map(self._finish, begun, tokens):
                pass
            return seconds + time.perf_counter() - started

    def arriving(self, moments: list[float]) -> list[Visit]:
        """Launches that begin at these seconds from now, whether or not earlier ones have ended."""
        started = time.perf_counter()

        def visit(number: int, moment: float) -> Visit:
            time.sleep(max(0.0, started + moment - time.perf_counter()))
            return self.launch(number)

        with ThreadPoolExecutor(64) as pool:
            return list(pool.map(visit, range(len(moments)), moments))

    def _begin(self, number: int) -> _Begun:
        cookies: dict[str, str] = {}
        started = time.perf_counter()
        status, headers, _ = self._send("POST", "/lti/login", self._login, cookies)
        seconds = time.perf_counter() - started
        assert status == 302, status
        asked = parse_qs(urlsplit(headers["location"]).query)
        return _Begun(number, cookies, asked["state"][0], asked["nonce"][0], seconds)

    def _finish(self, begun: _Begun, token: str) -> Visit:
        seconds = [begun.seconds]
        method, url = "POST", "/lti/launch"
        body: bytes | None = urlencode({"state": begun.state, "id_token": token}).encode()
        while True:
            started = time.perf_counter()
            status, headers, page = self._send(method, url, body, begun.cookies)
            seconds.append(time.perf_counter() - started)
            if status not in (302, 303):
                break
            method, url, body = "GET", headers["location"], None
        assert status == 200, (status, page[-700:])
        return Visit(tuple(seconds))

    def _send(
        self, method: str, url: str, body: bytes | None, cookies: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        path = urlsplit(url)
        lines = [
            f"{method} {path.path}{'?' + path.query if path.query else ''} HTTP/1.1",
            f"Host: {self._address.netloc}",
        ]
        if body is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        if cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
        request = "\r\n".join((*lines, "", "")).encode() + (body or b"")
        for connect in (self._kept, self._new):  # a server may have closed a kept connection
            connection = connect()
            try:
                connection.sendall(request)
                return _answer(connection, cookies)
            except ConnectionError:
                connection.close()
        raise ConnectionError(url)

    def _kept(self) -> socket.socket:
        connection: socket.socket | None = getattr(self._here, "connection", None)
        return connection or self._new()

    def _new(self) -> socket.socket:
        address = (str(self._address.hostname), self._address.port or 80)
        connection: socket.socket = socket.create_connection(address, timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._here.connection = connection
        return connection


def _answer(connection: socket.socket, cookies: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body; cookies go where they belong. All contenders send a Content-Length."""
    received = _more(connection)
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _more(connection)
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
        if name.lower() == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            cookies[cookie] = content
    body = received[end + 4 :]
    while len(body) < int(headers["content-length"]):
        body += _more(connection)
    if headers.get("connection", "").lower() == "close":
        connection.close()
    return int(first.split(" ", 2)[1]), headers, body


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError
    return received
