"""A tiny tool, written from the specifications and independent of the tool in this project."""

import html
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Flask, Response, jsonify
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.demo_lms.live import LiveLms

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
ROSTER_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALL_SCOPES = (f"{AGS}lineitem", f"{AGS}result.readonly", f"{AGS}score", ROSTER_SCOPE)
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
ROSTER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

_KEY = RSAKey.generate_key(2048, {"kid": "probe-1", "use": "sig", "alg": "RS256"}, private=True)
_OTHER_KEY = RSAKey.generate_key(2048, {"kid": "probe-2", "use": "sig", "alg": "RS256"}, private=True)


def key_set_app(keys: list[RSAKey]) -> Flask:
    """The tool's key set, on a port of its own."""
    app = Flask("probe")

    @app.get("/jwks")
    def jwks() -> Response:
        return jsonify({"keys": [key.as_dict(private=False) for key in keys]})

    return app


@dataclass(slots=True)
class Form:
    """A form in a page of the LMS."""

    action: str
    fields: dict[str, str]


def forms_in(page: str) -> list[Form]:
    """The forms of a page with their hidden fields."""
    found = []
    for attributes, body in re.findall(r"<form([^>]*)>(.*?)</form>", page, re.S):
        action = re.search(r'action="([^"]*)"', attributes)
        fields = {
            html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', body)
        }
        found.append(Form(html.unescape(action.group(1)) if action else "", fields))
    return found


class Person(requests.Session):
    """Somebody at a browser, signed in to the LMS."""

    def __init__(self, lms: LiveLms, key: str) -> None:
        super().__init__()
        self.lms = lms
        self.post(f"{lms.address}/sign-in/{key}", allow_redirects=False).raise_for_status()

    def page(self, path: str) -> requests.Response:
        return self.get(self.lms.address + path)

    def act(self, path: str, **form: Any) -> requests.Response:
        return self.post(self.lms.address + path, data=form)


@dataclass(slots=True)
class Probe:
    """The tool: its address, key, and what the LMS gave it at registration."""

    lms: LiveLms
    address: str
    keys: list[RSAKey]
    key: RSAKey = field(default_factory=lambda: _KEY)
    client_id: str = ""
    deployment_id: str = ""
    number: int = 0

    def registration(self, **changes: Any) -> dict[str, Any]:
        """A good registration request, with changes (None takes a member out)."""
        wanted: dict[str, Any] = {
            "application_type": "web",
            "response_types": ["id_token"],
            "grant_types": ["implicit", "client_credentials"],
            "initiate_login_uri": f"{self.address}/login",
            "redirect_uris": [f"{self.address}/launch"],
            "client_name": "Probe",
            "jwks_uri": f"{self.address}/jwks",
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": " ".join(ALL_SCOPES),
            TOOL_CONFIGURATION: {
                "domain": urlsplit(self.address).netloc,
                "target_link_uri": f"{self.address}/launch",
                "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
                "custom_parameters": {"course": "$Context.id", "unknown": "$Not.a.variable"},
                "messages": [
                    {
                        "type": "LtiResourceLinkRequest",
                        "target_link_uri": f"{self.address}/launch",
                        "label": "Probe",
                    },
                    {"type": "LtiDeepLinkingRequest", "target_link_uri": f"{self.address}/pick"},
                ],
            },
        } | changes
        return {name: value for name, value in wanted.items() if value is not None}

    def registration_token(self, administrator: Person) -> str:
        """What the LMS hands to the tool when an administrator enters its registration address."""
        page = administrator.act("/tools/register", address=f"{self.address}/register?invitation=7")
        source = re.search(r'<iframe[^>]* src="([^"]*)"', page.text)
        assert source is not None
        query = parse_qs(urlsplit(html.unescape(source.group(1))).query)
        assert query["invitation"] == ["7"]
        assert query["openid_configuration"] == [f"{self.lms.address}/.well-known/openid-configuration"]
        return query["registration_token"][0]

    def send_registration(self, token: str | None, body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.post(f"{self.lms.address}/lti/registration", json=body, headers=headers, timeout=10)

    def register(self, *, active: bool = True, **changes: Any) -> "Probe":
        """Register by hand of the administrator's page, the way every profile has it."""
        administrator = Person(self.lms, "alma")
        form = {
            "name": f"Probe {uuid.uuid4().hex[:6]}",
            "initiate_login_uri": f"{self.address}/login",
            "redirect_uris": f"{self.address}/launch\n{self.address}/other-launch",
            "jwks_uri": f"{self.address}/jwks",
            "target_link_uri": f"{self.address}/launch",
            "deep_linking_uri": f"{self.address}/pick",
            "scopes": list(ALL_SCOPES),
            "share_names": "on",
            "share_email": "on",
            "navigation": "on",
            "custom": "course=$Context.id\nunknown=$Not.a.variable\nmail=$Person.email.primary",
        } | changes
        page = administrator.act(
            "/tools/manual", **{name: value for name, value in form.items() if value is not None}
        )
        page.raise_for_status()
        self.number = max(int(number) for number in re.findall(r'id="tool-(\d+)"', page.text))
        part = page.text.split(f'id="tool-{self.number}"')[1]
        self.client_id = html.unescape(re.findall(r"<dt>Client id</dt><dd><code>([^<]*)", part)[0])
        self.deployment_id = html.unescape(re.findall(r"<dt>Deployment id</dt><dd><code>([^<]*)", part)[0])
        if not active:
            administrator.act(f"/tools/{self.number}/deactivate")
        return self

    def add_link(self, teacher: Person, title: str, *, points: float | None = None) -> str:
        """Add a link by hand to the first module; gives its path."""
        page = teacher.act("/course/modules/1/links", tool=self.number, title=title, points=points or "")
        page.raise_for_status()
        paths: list[str] = re.findall(rf'href="(/course/items/\d+)">{title}</a>', page.text)
        return max(paths, key=len)

    def assertion(
        self, *, key: RSAKey | None = None, header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        """A good client assertion, with changes (None takes a claim out)."""
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": f"{self.lms.address}/lti/token",
            "iat": now - 5,
            "exp": now + 300,
            "jti": uuid.uuid4().hex,
        } | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        signing = key or self.key
        return jwt.encode(
            {"alg": "RS256", "kid": signing.kid} | (header or {}),
            claims,
            signing,
            algorithms=["RS256", "RS512"],
        )

    def ask_token(self, assertion: str, **changes: Any) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": " ".join(ALL_SCOPES),
        } | changes
        return requests.post(
            f"{self.lms.address}/lti/token",
            data={name: value for name, value in form.items() if value is not None},
            timeout=10,
        )

    def service(self, *scopes: str) -> "Service":
        """A caller with a token for these scopes (none named: all)."""
        answer = self.ask_token(self.assertion(), scope=" ".join(scopes or ALL_SCOPES))
        answer.raise_for_status()
        return Service(answer.json()["access_token"])

    def initiation(self, person: Person, path: str | None = None) -> dict[str, str]:
        """What the LMS sends to the tool's login address."""
        page = person.page(path or f"/course/tools/{self.number}")
        page.raise_for_status()
        form = next(form for form in forms_in(page.text) if form.action == f"{self.address}/login")
        return form.fields

    def authentication(self, initiation: dict[str, str], **changes: Any) -> dict[str, str]:
        """A good authentication request, with changes (None takes a parameter out)."""
        wanted = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": self.client_id,
            "redirect_uri": f"{self.address}/launch",
            "state": uuid.uuid4().hex,
            "nonce": uuid.uuid4().hex,
            "login_hint": initiation["login_hint"],
            "lti_message_hint": initiation["lti_message_hint"],
        } | changes
        return {name: value for name, value in wanted.items() if value is not None}

    def authenticate(self, person: Person, asked: dict[str, str], method: str = "GET") -> requests.Response:
        address = f"{self.lms.address}/lti/authorize"
        return person.get(address, params=asked) if method == "GET" else person.post(address, data=asked)

    def launch(self, person: Person, path: str | None = None) -> dict[str, Any]:
        """The verified claims of a whole launch."""
        asked = self.authentication(self.initiation(person, path))
        answer = self.authenticate(person, asked)
        form = forms_in(answer.text)[0]
        assert form.action == asked["redirect_uri"]
        assert form.fields["state"] == asked["state"]
        keys = KeySet.import_key_set(requests.get(f"{self.lms.address}/lti/jwks", timeout=10).json())
        claims = jwt.decode(form.fields["id_token"], keys, algorithms=["RS256"]).claims
        assert claims["nonce"] == asked["nonce"]
        return claims

    def deep_linking_response(
        self,
        request: dict[str, Any],
        items: list[dict[str, Any]],
        *,
        key: RSAKey | None = None,
        **changes: Any,
    ) -> str:
        """A good deep-linking response, with changes (None takes a claim out)."""
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "aud": self.lms.address,
            "iat": now - 5,
            "exp": now + 300,
            "nonce": uuid.uuid4().hex,
            f"{CLAIM}deployment_id": self.deployment_id,
            f"{CLAIM}message_type": "LtiDeepLinkingResponse",
            f"{CLAIM}version": "1.3.0",
            f"{DL}content_items": items,
            f"{DL}data": request[f"{DL}deep_linking_settings"].get("data"),
        } | changes
        signing = key or self.key
        return jwt.encode(
            {"alg": "RS256", "kid": signing.kid}, {n: v for n, v in claims.items() if v is not None}, signing
        )


class Service(requests.Session):
    """Calls of services with one access token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.headers["Authorization"] = f"Bearer {token}"

    def read(self, address: str, media_type: str, **query: Any) -> requests.Response:
        return self.get(address, headers={"Accept": media_type}, params=query)

    def pages(self, address: str, media_type: str, **query: Any) -> Iterator[requests.Response]:
        """All pages of a list, by their next links exactly as given."""
        answer = self.read(address, media_type, **query)
        yield answer
        while "next" in answer.links:
            answer = self.read(answer.links["next"]["url"], media_type)
            yield answer

    def make_column(self, line_items: str, **members: Any) -> requests.Response:
        body = {"label": "Next step", "scoreMaximum": 1} | members
        return self.post(line_items, json=body, headers={"Content-Type": LINE_ITEM, "Accept": LINE_ITEM})

    def score(
        self, line_item: str, user_id: str, *, content_type: str = SCORE, **changes: Any
    ) -> requests.Response:
        body = {
            "userId": user_id,
            "timestamp": datetime.now(UTC).isoformat(),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "scoreGiven": 0.5,
            "scoreMaximum": 1,
        } | changes
        body = {name: value for name, value in body.items() if value is not None}
        return self.post(under(line_item, "/scores"), json=body, headers={"Content-Type": content_type})


def under(address: str, path: str) -> str:
    """A service address with more path, before its query."""
    before, mark, query = address.partition("?")
    return before + path + mark + query


def other_key() -> RSAKey:
    """A second key, which the tool has not published."""
    return _OTHER_KEY


def first_key() -> RSAKey:
    """The key that the tool publishes."""
    return _KEY
