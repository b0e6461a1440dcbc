"""People who launch: login, the platform's signed answer, and every redirect up to the page.

Plain HTTP over kept connections, so that the measuring costs little beside the measured.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from threading import local
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.launch.platform import MEMBERSHIP, base64url, make_key

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
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


class Visitors:
    """Launches at one tool, several at a time; each thread keeps its connection."""

    def __init__(self, school: School) -> None:
        self._school = school
        self._here = local()

    def launch(self, number: int) -> Visit:
        """One launch of a new browser. Raises AssertionError when it does not end on a page."""
        cookies: dict[str, str] = {}
        seconds: list[float] = []
        status, headers, _ = self._send("POST", "/lti/login", self._school.login(), cookies, seconds)
        assert status == 302, status
        asked = parse_qs(urlsplit(headers["location"]).query)
        form = {"state": asked["state"][0], "id_token": self._school.token(number, asked["nonce"][0])}
        status, headers, body = self._send("POST", "/lti/launch", urlencode(form).encode(), cookies, seconds)
        while status in (302, 303):
            status, headers, body = self._send("GET", headers["location"], None, cookies, seconds)
        assert status == 200, (status, body[-700:])
        return Visit(tuple(seconds))

    def at_once(self, count: int, *, together: int) -> tuple[list[Visit], float]:
        """`count` launches, `together` at a time; gives the visits and the seconds that all took."""
        with ThreadPoolExecutor(together) as pool:
            started = time.perf_counter()
            visits = list(pool.map(self.launch, range(count)))
            return visits, time.perf_counter() - started

    def arriving(self, moments: list[float]) -> list[Visit]:
        """Launches that begin at these seconds from now, whether or not earlier ones have ended."""
        started = time.perf_counter()

        def visit(number: int, moment: float) -> Visit:
            time.sleep(max(0.0, started + moment - time.perf_counter()))
            return self.launch(number)

        with ThreadPoolExecutor(64) as pool:
            return list(pool.map(visit, range(len(moments)), moments))

    def _send(
        self, method: str, url: str, body: bytes | None, cookies: dict[str, str], seconds: list[float]
    ) -> tuple[int, Mapping[str, str], bytes]:
        headers = dict(_FORM) if body is not None else {}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        path = urlsplit(url)
        target = path.path + (f"?{path.query}" if path.query else "")
        started = time.perf_counter()
        response, content = self._exchange(method, target, body, headers)
        seconds.append(time.perf_counter() - started)
        for line in response.headers.get_all("Set-Cookie") or ():
            jar: SimpleCookie = SimpleCookie()
            jar.load(line.replace("; Partitioned", ""))
            cookies.update({name: morsel.value for name, morsel in jar.items()})
        return response.status, {name.lower(): value for name, value in response.headers.items()}, content

    def _exchange(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        for connect in (self._kept, self._new):  # a server may have closed a kept connection
            connection = connect()
            try:
                connection.request(method, target, body, headers)
                response = connection.getresponse()
                return response, response.read()
            except (ConnectionError, http.client.BadStatusLine):
                connection.close()
        raise ConnectionError(target)

    def _kept(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._here, "connection", None)
        return connection or self._new()

    def _new(self) -> http.client.HTTPConnection:
        address = urlsplit(self._school.tool)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        self._here.connection = connection
        return connection
