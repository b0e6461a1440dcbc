"""A tiny signing platform with a real key set over HTTP, and the tool with a clock that tests set."""

from __future__ import annotations

import base64
import functools
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.app import create_app
from lti_tool.launch import vocab
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    Registration,
    RegistrationStatus,
)
from lti_tool.settings import Settings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:8080"
SECRET = "a secret of the tests, long enough to be one"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
MISSING = object()


@functools.cache
def make_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One RSA key per name for the whole run: they are slow to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def base64url(data: bytes) -> bytes:
    """As in RFC 7515, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def public_jwk(name: str, bits: int = 2048, **more: str) -> dict[str, str]:
    """The public part of a key pair as platforms publish it."""
    numbers = make_key(name, bits).public_key().public_numbers()
    modulus, exponent = (
        base64url(number.to_bytes((number.bit_length() + 7) // 8)).decode()
        for number in (numbers.n, numbers.e)
    )
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "n": modulus, "e": exponent} | more


class SigningPlatform:
    """Signs id_tokens; serves whatever documents a test gives it; counts what was asked for."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.client_id = "client-1"
        self.deployment_id = "deployment-1"
        self.kid = "key-1"
        self.documents: dict[str, Any] = {}
        self.pages: dict[str, Callable[[dict[str, str]], str]] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.requested: list[str] = []
        self.received: dict[str, bytes] = {}
        self.authorizations: dict[str, str] = {}
        self.publish()

    def publish(self, *keys: tuple[str, str, int]) -> None:
        """Publish these keys: (kid, name of the key pair, bits)."""
        chosen = keys or ((self.kid, "platform", 2048),)
        self.documents["/keys"] = {"keys": [public_jwk(name, bits, kid=kid) for kid, name, bits in chosen]}

    def claims(self, nonce: str, now: datetime = NOW, /, **changes: Any) -> dict[str, Any]:
        """A valid student's launch. `changes` replace claims; MISSING takes one away."""
        issued = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "student-1",
            "iat": issued,
            "exp": issued + 300,
            "nonce": nonce,
            vocab.VERSION: "1.3.0",
            vocab.MESSAGE_TYPE: vocab.RESOURCE_LINK_REQUEST,
            vocab.DEPLOYMENT_ID: self.deployment_id,
            vocab.TARGET_LINK_URI: ADDRESS + "/lti/launch",
            vocab.RESOURCE_LINK: {"id": "link-1"},
            vocab.ROLES: [MEMBERSHIP + "Learner"],
            vocab.CONTEXT: {"id": "course-1", "title": "Ratios", "label": "R6"},
            "given_name": "Ann",
            "family_name": "Alpha",
            "name": "Ann Alpha",
        }
        claims |= changes
        return {name: value for name, value in claims.items() if value is not MISSING}

    def sign(
        self, claims: Mapping[str, Any], *, key: str = "platform", bits: int = 2048, **header: Any
    ) -> str:
        """Sign a payload. `header` replaces header parameters; MISSING takes one away."""
        full = {"alg": "RS256", "typ": "JWT", "kid": self.kid} | header
        parts = ({name: value for name, value in full.items() if value is not MISSING}, claims)
        signed = b".".join(base64url(json.dumps(part).encode()) for part in parts)
        signature = make_key(key, bits).sign(signed, PKCS1v15(), SHA256())
        return (signed + b"." + base64url(signature)).decode()

    def login_parameters(self, **changes: Any) -> dict[str, Any]:
        """A valid login initiation."""
        parameters = {
            "iss": self.issuer,
            "login_hint": "hint-1",
            "target_link_uri": ADDRESS + "/lti/launch",
            "client_id": self.client_id,
            "lti_message_hint": '{"cmid":4,"launchid":"a b+c&d=é"}',
        } | changes
        return {name: value for name, value in parameters.items() if value is not MISSING}


@contextmanager
def running_platform(tls: ssl.SSLContext | None = None) -> Iterator[SigningPlatform]:
    """A platform at http://localhost:<free port>; with `tls` at https."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            platform.received[self.path] = body
            platform.authorizations[self.path] = self.headers.get("Authorization", "")
            self._answer()

        def _answer(self) -> None:
            path = urlsplit(self.path).path
            platform.requested.append(path)
            found = platform.documents.get(path)
            status = found if isinstance(found, int) else 404 if found is None else 200
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            kind = "application/json"
            if path in platform.pages:
                query = dict(parse_qsl(urlsplit(self.path).query))
                status, kind, body = 200, "text/html", platform.pages[path](query).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in platform.headers.get(path, {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
            """Quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_about: object) -> None:
            """Quiet: a caller that does not trust our certificate, or that went away."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        # The handshake waits for a connection's own thread, so that no caller holds up another.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    platform = SigningPlatform(f"{'https' if tls else 'http'}://localhost:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Clock:
    """The tool's clock; a test sets it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Tool:
    """The whole tool on a real database, and a browser for it."""

    app: Flask
    platform: SigningPlatform
    clock: Clock = field(default_factory=Clock)

    def browser(self) -> FlaskClient:
        """A new browser without cookies."""
        return self.app.test_client()

    def login(self, browser: FlaskClient, **changes: Any) -> TestResponse:
        """Begin a login."""
        return browser.post("/lti/login", data=self.platform.login_parameters(**changes), base_url=ADDRESS)

    def begin(self, browser: FlaskClient, **changes: Any) -> dict[str, str]:
        """Begin a login that is accepted; gives the authorisation request's parameters."""
        response = self.login(browser, **changes)
        assert response.status_code == 302, response.text
        return dict(parse_qsl(urlsplit(response.location).query))

    def answer(self, browser: FlaskClient, state: str, token: str, **more: str) -> TestResponse:
        """Post a launch."""
        return browser.post("/lti/launch", data={"state": state, "id_token": token} | more, base_url=ADDRESS)

    def launch(self, browser: FlaskClient | None = None, /, **claims: Any) -> TestResponse:
        """A whole launch with these claims changed."""
        browser = browser or self.browser()
        asked = self.begin(browser)
        token = self.platform.sign(self.platform.claims(asked["nonce"], self.clock.now, **claims))
        return self.answer(browser, asked["state"], token)


def platform_description(platform: SigningPlatform, **changes: Any) -> dict[str, Any]:
    """A complete description of the platform, shaped as Moodle's."""
    return {
        "issuer": platform.issuer,
        "authorization_endpoint": platform.issuer + "/auth",
        "token_endpoint": platform.issuer + "/token",
        "jwks_uri": platform.issuer + "/keys",
        "registration_endpoint": platform.issuer + "/register",
        "scopes_supported": [*vocab.SCOPES, "openid"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        "id_token_signing_alg_values_supported": ["RS256"],
        vocab.PLATFORM_CONFIGURATION: {
            "product_family_code": "moodle",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
            ],
            "variables": ["Context.id.history"],
        },
    } | changes


def first_page_of(response: TestResponse) -> str:
    """The address of the page that a launch was answered with."""
    assert "Content-Location" in response.headers, response.text
    return response.headers["Content-Location"]


def root_of(response: TestResponse) -> str:
    """The address that all pages of the launch have in common, from the answer to the launch."""
    return "/".join(first_page_of(response).split("/")[:3]) + "/"


@contextmanager
def running_tool(
    database_url: str,
    platform: SigningPlatform,
    folder: Path,
    *,
    address: str = ADDRESS,
    ca_bundle: Path | None = None,
) -> Iterator[Tool]:
    """The tool with `platform` registered, approved and deployed once; `folder` is for the queue."""
    clock = Clock()
    settings = Settings(
        address=address,
        database_url=database_url,
        queue_url=f"sqlite:///{folder / 'queue.sqlite'}",
        secret_key=SecretStr(SECRET),
        local_platforms=(platform.issuer,),
        ca_bundle=ca_bundle,
        skill_maps_folder=Path("configs/skill_maps"),
    )
    app = create_app(settings, clock=clock)
    database = app.extensions["waymark"].database
    with database.transaction() as session:
        add_registration(session, platform)
    try:
        yield Tool(app, platform, clock)
    finally:
        app.extensions["waymark-platform-keys"].close()
        app.extensions["waymark"].outbound.close()
        database.close()


def add_registration(
    session: Session,
    platform: SigningPlatform,
    *,
    client_id: str | None = None,
    deployment_id: str | None = "deployment-1",
    status: RegistrationStatus = RegistrationStatus.ACTIVE,
) -> Registration:
    """Register `platform`, by default with its one client and deployment."""
    registration = Registration(
        label="Platform of the tests",
        issuer=platform.issuer,
        client_id=client_id or platform.client_id,
        auth_login_url=platform.issuer + "/auth",
        auth_token_url=platform.issuer + "/token",
        key_set_url=platform.issuer + "/keys",
        status=status,
        created_at=NOW,
    )
    session.add(registration)
    session.flush()
    if deployment_id is not None:
        session.add(
            Deployment(
                registration_id=registration.id,
                deployment_id=deployment_id,
                status=DeploymentStatus.ACTIVE,
                created_at=NOW,
            )
        )
    return registration
