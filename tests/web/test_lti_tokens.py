"""Tokens: one row per claim or header that is wrong, with its exact status and code; and valid ones.

The numbers (A16 ...) are the project's own list of refused inputs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select

from lti_tool.launch import vocab
from lti_tool.models.courses import Person
from lti_tool.models.platforms import (
    Registration,
)
from tests.launch.platform import (
    ADDRESS,
    MEMBERSHIP,
    MISSING,
    NOW,
    SigningPlatform,
    Tool,
    add_registration,
    make_key,
    public_jwk,
    running_tool,
)
from tests.web.refusals import (
    assert_nothing_stored,
    assert_refused,
    token_sent,
)

SECONDS = int(NOW.timestamp())
EVIL = "https://evil.example"


# ---- Tokens (A16, A18, A20 to A48): one claim or header changed ---------------------------------------

ONE_CLAIM: list[tuple[str, dict[str, Any], int, str]] = [
    ("A16 no nonce", {"nonce": MISSING}, 401, "launch.nonce_invalid"),
    ("A16 another nonce", {"nonce": "never issued"}, 401, "launch.nonce_invalid"),
    ("A16 nonce of another type", {"nonce": ["x"]}, 401, "launch.nonce_invalid"),
    ("A18 another client of the issuer", {"aud": "client-2"}, 401, "launch.registration_mixup"),
    ("A31 another issuer", {"iss": EVIL}, 401, "launch.iss"),
    ("A31 an issuer with NUL", {"iss": "a\0b"}, 401, "launch.iss"),
    ("A31 no issuer", {"iss": MISSING}, 401, "launch.iss"),
    ("A32 another audience", {"aud": "somebody"}, 401, "launch.aud"),
    ("A32 no audience", {"aud": MISSING}, 401, "launch.aud"),
    ("A32 audiences without us", {"aud": ["x", "y"]}, 401, "launch.aud"),
    ("A32 our id in other letters", {"aud": "CLIENT-1"}, 401, "launch.aud"),
    ("A33 a stranger beside us, no azp", {"aud": ["client-1", "x"]}, 401, "launch.azp"),
    ("A33 a stranger as azp", {"aud": ["client-1", "x"], "azp": "x"}, 401, "launch.azp"),
    ("A33 one audience, a stranger as azp", {"azp": "x"}, 401, "launch.azp"),
    ("A34 expired", {"exp": SECONDS - 61}, 401, "launch.expired"),
    ("A34 no exp", {"exp": MISSING}, 401, "launch.expired"),
    ("A34 exp is text", {"exp": str(SECONDS + 60)}, 401, "launch.expired"),
    ("A34 exp is true", {"exp": True}, 401, "launch.expired"),
    ("A35 no iat", {"iat": MISSING}, 401, "launch.time"),
    ("A35 iat ahead", {"iat": SECONDS + 61}, 401, "launch.time"),
    ("A35 nbf ahead", {"nbf": SECONDS + 61}, 401, "launch.time"),
    ("A35 iat a day old", {"iat": SECONDS - 86400}, 401, "launch.time"),
    ("A35 iat over ten minutes old", {"iat": SECONDS - 601}, 401, "launch.time"),
    ("A35 lives for ten years", {"exp": SECONDS + 10 * 365 * 86400}, 401, "launch.time"),
    ("A36 no version", {vocab.VERSION: MISSING}, 400, "launch.version"),
    ("A36 another version", {vocab.VERSION: "11.3"}, 400, "launch.version"),
    ("A37 no message type", {vocab.MESSAGE_TYPE: MISSING}, 400, "launch.message_type"),
    ("A37 unknown message type", {vocab.MESSAGE_TYPE: "LtiOther"}, 400, "launch.message_type"),
    ("A38 no deployment", {vocab.DEPLOYMENT_ID: MISSING}, 400, "launch.claim_missing"),
    ("A38 empty deployment", {vocab.DEPLOYMENT_ID: ""}, 400, "launch.claim_missing"),
    ("A38 long deployment", {vocab.DEPLOYMENT_ID: "x" * 256}, 400, "launch.claim_missing"),
    ("A39 unknown deployment", {vocab.DEPLOYMENT_ID: "x"}, 403, "launch.deployment_unknown"),
    ("A39 deployment of another", {vocab.DEPLOYMENT_ID: "deployment-2"}, 403, "launch.deployment_unknown"),
    ("A40 no resource link", {vocab.RESOURCE_LINK: MISSING}, 400, "launch.claim_missing"),
    ("A40 no id", {vocab.RESOURCE_LINK: {"title": "x"}}, 400, "launch.claim_missing"),
    ("A40 empty id", {vocab.RESOURCE_LINK: {"id": ""}}, 400, "launch.claim_missing"),
    ("A40 long id", {vocab.RESOURCE_LINK: {"id": "x" * 256}}, 400, "launch.claim_missing"),
    ("A41 nobody", {"sub": MISSING}, 403, "launch.anonymous"),
    ("A41 empty sub", {"sub": ""}, 403, "launch.anonymous"),
    ("A41 long sub", {"sub": "x" * 256}, 400, "launch.claim_missing"),
    ("A41 NUL in sub", {"sub": "a\0b"}, 400, "launch.claim_missing"),
    ("A42 no roles", {vocab.ROLES: MISSING}, 400, "launch.claim_missing"),
    ("A42 roles as text", {vocab.ROLES: MEMBERSHIP + "Learner"}, 400, "launch.claim_missing"),
    ("A43 empty roles", {vocab.ROLES: []}, 403, "launch.no_role"),
    ("A43 an empty role", {vocab.ROLES: [""]}, 403, "launch.no_role"),
    ("A43 unknown roles", {vocab.ROLES: [MEMBERSHIP + "Wizard", 7]}, 403, "launch.no_role"),
    (
        "A43 an institution's instructor only",
        {vocab.ROLES: ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"]},
        403,
        "launch.no_role",
    ),
    ("A44 no target", {vocab.TARGET_LINK_URI: MISSING}, 400, "launch.claim_missing"),
    ("A44 a target elsewhere", {vocab.TARGET_LINK_URI: EVIL + "/x"}, 400, "launch.target_not_ours"),
    (
        "A45 an activity without context",
        {vocab.CONTEXT: MISSING, vocab.CUSTOM: {"activity": "check-1"}},
        400,
        "launch.context_required",
    ),
    (
        "A45 a graded link with an empty context",
        {vocab.CONTEXT: {}, vocab.GRADE_ENDPOINT: {"lineitem": "https://lms.example/1"}},
        400,
        "launch.context_required",
    ),
    (
        "certification: timestamps of long ago",
        {"iat": 11111, "exp": 22222},
        401,
        "launch.expired",
    ),
    (
        "certification: several claims missing",
        {vocab.DEPLOYMENT_ID: MISSING, vocab.ROLES: MISSING},
        400,
        "launch.claim_missing",
    ),
]


@pytest.mark.parametrize(
    ("claims", "status", "code"), [row[1:] for row in ONE_CLAIM], ids=[row[0] for row in ONE_CLAIM]
)
def test_one_wrong_claim_is_refused(tool: Tool, claims: dict[str, Any], status: int, code: str) -> None:
    assert_refused(tool.launch(**claims), status, code)
    assert_nothing_stored(tool)


def test_a16_the_nonce_of_another_login_of_the_same_browser_is_refused(tool: Tool) -> None:
    browser = tool.browser()
    first, second = tool.begin(browser), tool.begin(browser)
    token = tool.platform.sign(tool.platform.claims(first["nonce"]))
    assert_refused(tool.answer(browser, second["state"], token), 401, "launch.nonce_invalid")


def test_an_arbitrary_signed_object_is_not_a_launch(tool: Tool) -> None:
    assert_refused(token_sent(tool, lambda _nonce: tool.platform.sign({"hello": 1})), 401, "launch.iss")


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unsigned(header: object, payload: object, *, raw: bytes | None = None) -> str:
    body = _part(payload) if raw is None else base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return f"{_part(header)}.{body}.c2ln"


def _with_header(token: str, header: object, *, signature: str | None = None, parts: int = 3) -> str:
    _, payload, own = token.split(".")
    return ".".join([_part(header), payload, own if signature is None else signature][:parts])


def _with_claim(token: str, name: str, value: object) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{_part(_payload(token) | {name: value})}.{signature}"


def _payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return payload


def _resigned(platform: SigningPlatform, token: str, *, key: str = "platform", **header: Any) -> str:
    return platform.sign(_payload(token), key=key, **header)


def _hmac_signed(platform: SigningPlatform, token: str) -> str:
    public = make_key("platform").public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = _with_header(token, {"alg": "HS256", "kid": platform.kid}, parts=2)
    digest = hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


TOKENS: list[tuple[str, Callable[[SigningPlatform, str], str], int, str]] = [
    ("A20 no token", lambda _p, _t: "", 400, "launch.token_malformed"),
    ("A20 one part", lambda _p, _t: "abc", 400, "launch.token_malformed"),
    ("A20 two parts", lambda _p, t: ".".join(t.split(".")[:2]), 400, "launch.token_malformed"),
    ("A20 five parts", lambda _p, t: t + ".x.y", 400, "launch.token_malformed"),
    ("A20 bad base64", lambda _p, t: "*" + t, 400, "launch.token_malformed"),
    ("A20 not ASCII", lambda _p, t: "é" + t, 400, "launch.token_malformed"),
    (
        "A20 payload is a list",
        lambda p, _t: _unsigned({"alg": "RS256", "kid": p.kid}, [1]),
        400,
        "launch.token_malformed",
    ),
    (
        "A20 half a surrogate",
        lambda p, _t: p.sign(p.claims("x", name="\ud800")),
        400,
        "launch.token_malformed",
    ),
    ("A20 NaN", lambda p, _t: p.sign(p.claims("x", exp=float("nan"))), 400, "launch.token_malformed"),
    (
        "A20 deep nesting",
        lambda p, _t: _unsigned({"alg": "RS256"}, "", raw=b"[" * 20_000),
        400,
        "launch.token_malformed",
    ),
    ("A21 over 64 KiB", lambda p, _t: p.sign({"x": "y" * 70_000}), 413, "launch.token_too_long"),
    (
        "A22 alg none, no signature",
        lambda _p, t: _with_header(t, {"alg": "none"}, signature=""),
        401,
        "launch.alg_refused",
    ),
    (
        "A22 alg none, two parts",
        lambda _p, t: _with_header(t, {"alg": "none"}, parts=2),
        401,
        "launch.alg_refused",
    ),
    ("A22 alg nOnE", lambda _p, t: _with_header(t, {"alg": "nOnE"}), 401, "launch.alg_refused"),
    ("A22 alg empty", lambda _p, t: _with_header(t, {"alg": ""}), 401, "launch.alg_refused"),
    ("A22 alg missing", lambda _p, t: _with_header(t, {"kid": "key-1"}), 401, "launch.alg_refused"),
    ("A22 alg in small letters", lambda _p, t: _with_header(t, {"alg": "rs256"}), 401, "launch.alg_refused"),
    ("A23 HS256 with the public key", _hmac_signed, 401, "launch.alg_refused"),
    ("A25 no kid", lambda _p, t: _resigned(_p, t, kid=MISSING), 401, "launch.key_unknown"),
    ("A25 a path as kid", lambda _p, t: _resigned(_p, t, kid="../../dev/null"), 401, "launch.key_unknown"),
    ("A25 SQL as kid", lambda _p, t: _resigned(_p, t, kid="' OR 1=1--"), 401, "launch.key_unknown"),
    ("A25 an address as kid", lambda _p, t: _resigned(_p, t, kid=EVIL), 401, "launch.key_unknown"),
    ("A25 10 KiB of kid", lambda _p, t: _resigned(_p, t, kid="x" * 10_240), 401, "launch.key_unknown"),
    (
        "A25 a number as kid",
        lambda _p, t: _with_header(t, {"alg": "RS256", "kid": 7}),
        401,
        "launch.key_unknown",
    ),
    (
        "A24 a key that is not published",
        lambda p, t: _resigned(p, t, key="stranger", kid="s"),
        401,
        "launch.key_unknown",
    ),
    (
        "A24 another key under a known name",
        lambda p, t: _resigned(p, t, key="stranger"),
        401,
        "launch.signature",
    ),
    ("A27 payload changed", lambda _p, t: _with_claim(t, "sub", "teacher-1"), 401, "launch.signature"),
    ("A27 signature cut", lambda _p, t: t[:-8], 401, "launch.signature"),
    ("A27 no signature", lambda _p, t: t.rpartition(".")[0] + ".", 401, "launch.signature"),
    ("a critical header", lambda p, t: _resigned(p, t, crit=["exp"], exp=1), 401, "launch.header_refused"),
]


@pytest.mark.parametrize(
    ("change", "status", "code"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS]
)
def test_one_wrong_token_is_refused(
    tool: Tool, change: Callable[[SigningPlatform, str], str], status: int, code: str
) -> None:
    def made(nonce: str) -> str:
        return change(tool.platform, tool.platform.sign(tool.platform.claims(nonce)))

    assert_refused(token_sent(tool, made), status, code)
    assert_nothing_stored(tool)


@pytest.mark.parametrize("header", ["jku", "x5u", "jwk", "x5c"])
def test_a26_a_key_named_in_the_header_is_never_followed(tool: Tool, header: str) -> None:
    public = make_key("stranger").public_key()
    certificate = base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    named: dict[str, Any] = {"jwk": public_jwk("stranger"), "x5c": [certificate.decode()]}
    headers: dict[str, Any] = {header: named.get(header, tool.platform.issuer + "/attacker")}
    tool.platform.requested.clear()
    answer = token_sent(
        tool, lambda nonce: tool.platform.sign(tool.platform.claims(nonce), key="stranger", **headers)
    )
    assert_refused(answer, 401, "launch.signature")
    assert "/attacker" not in tool.platform.requested


@pytest.fixture
def fresh(platform: SigningPlatform, tmp_path: Path, database_url: str) -> Iterator[Tool]:
    """A tool that has not seen any key yet."""
    with running_tool(database_url, platform, tmp_path) as tool:
        yield tool
    platform.publish()


def test_a28_without_any_key_set_the_person_is_asked_to_come_back(fresh: Tool) -> None:
    fresh.platform.documents["/keys"] = 500
    response = fresh.launch()
    assert_refused(response, 503, "launch.platform_keys_unavailable")
    assert response.headers["Retry-After"] == "30"


def test_a29_a_key_that_is_too_short_is_refused(fresh: Tool) -> None:
    fresh.platform.publish(("key-1", "short", 1024))
    response = token_sent(
        fresh, lambda nonce: fresh.platform.sign(fresh.platform.claims(nonce), key="short", bits=1024)
    )
    assert_refused(response, 401, "launch.key_weak")


# ---- Valid launches that a careless tool would refuse -------------------------------------------------

VALID: list[tuple[str, dict[str, Any]]] = [
    ("A35 iat 5 s ahead", {"iat": SECONDS + 5}),
    ("A35 iat 55 s ahead", {"iat": SECONDS + 55}),
    ("A34 expired 59 s ago", {"iat": SECONDS - 300, "exp": SECONDS - 59}),
    ("our id second, named as azp", {"aud": ["somebody", "client-1"], "azp": "client-1"}),
    ("one audience in a list", {"aud": ["client-1"]}),
    ("times with fractions", {"iat": SECONDS + 0.5}),
    ("a target of ours other than the login's", {vocab.TARGET_LINK_URI: ADDRESS + "/lti/launch?x=1"}),
    ("a number as person and context", {"sub": 5, vocab.CONTEXT: {"id": 2}}),
    ("no names", {"name": MISSING, "given_name": MISSING, "family_name": MISSING}),
    ("e-mail only", {"name": MISSING, "given_name": MISSING, "family_name": MISSING, "email": "a@b.example"}),
    ("several roles", {vocab.ROLES: [MEMBERSHIP + "Learner", MEMBERSHIP + "Mentor"]}),
    ("a bare role name", {vocab.ROLES: ["Learner"]}),
    ("an unknown role beside a known one", {vocab.ROLES: [MEMBERSHIP + "Learner", "urn:x"]}),
    ("odd optional claims", {vocab.CUSTOM: "x", vocab.LAUNCH_PRESENTATION: [], vocab.GRADE_ENDPOINT: 7}),
    ("names of 5,000 characters with NUL", {"name": "x\0" * 5000}),
]


@pytest.mark.parametrize("claims", [row[1] for row in VALID], ids=[row[0] for row in VALID])
def test_what_is_valid_is_let_in(tool: Tool, claims: dict[str, Any]) -> None:
    response = tool.launch(**claims)
    assert response.status_code == 200, response.text


def test_a47_the_same_email_joins_no_accounts(tool: Tool) -> None:
    tool.launch(email="teacher@example.edu")
    tool.launch(sub="student-2", email="teacher@example.edu")
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 2


def test_the_first_launch_of_a_registration_without_deployments_adds_its_own_and_no_second(
    tool: Tool,
) -> None:
    database = tool.app.extensions["waymark"].database
    with database.transaction() as session:
        new = add_registration(session, tool.platform, client_id="client-3", deployment_id=None).id
    tool.platform.client_id = "client-3"
    try:
        assert tool.launch(**{vocab.DEPLOYMENT_ID: "first"}).status_code == 200
        second = tool.launch(**{vocab.DEPLOYMENT_ID: "second"})
        assert_refused(second, 403, "launch.deployment_unknown")
    finally:
        tool.platform.client_id = "client-1"
        with database.transaction() as session:
            session.delete(session.get_one(Registration, new))
