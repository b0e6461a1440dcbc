import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from joserfc.jwk import RSAKey

from tests.demo_lms.live import LiveLms, serving
from tests.demo_lms.probe import ALL_SCOPES, ROSTER_SCOPE, Person, Probe, first_key, key_set_app, other_key


def test_a_good_assertion_gets_a_token_for_the_scopes_asked_for(tool: Probe) -> None:
    answer = tool.ask_token(tool.assertion(), scope=ROSTER_SCOPE)
    assert answer.status_code == 200
    assert answer.json() | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": ROSTER_SCOPE,
    }
    assert answer.headers["Cache-Control"] == "no-store"


def _now(seconds: int) -> int:
    return int(time.time()) + seconds


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"iss": None},
        {"sub": "somebody"},
        {"sub": None},
        {"aud": "http://localhost/lti/token"},
        {"aud": None},
        {"aud": ["http://localhost/lti/token", "http://127.0.0.1/other"]},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": 1},
        {"iat": 10**400},
        {"jti": None},
        {"jti": ""},
    ],
    ids=lambda changes: "-".join(f"{name}={value}" for name, value in changes.items()),
)
def test_an_assertion_with_one_wrong_claim_is_refused(tool: Probe, changes: dict[str, Any]) -> None:
    answer = tool.ask_token(tool.assertion(**changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"]


def test_an_assertion_from_the_future_is_refused(tool: Probe) -> None:
    answer = tool.ask_token(tool.assertion(iat=_now(30)))
    assert "future" in answer.json()["error_description"]


def test_an_assertion_that_is_good_for_a_day_is_refused(tool: Probe) -> None:
    assert tool.ask_token(tool.assertion(exp=_now(86_400))).status_code == 401


def test_an_assertion_is_taken_once(tool: Probe) -> None:
    assertion = tool.assertion()
    assert tool.ask_token(assertion).status_code == 200
    answer = tool.ask_token(assertion)
    assert answer.status_code == 401
    assert "jti" in answer.json()["error_description"]


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (other_key(), {}),
        (other_key(), {"kid": "probe-1"}),
        (None, {"kid": ""}),
    ],
    ids=["unknown key", "other key under a known name", "no kid"],
)
def test_a_wrong_signature_is_refused(tool: Probe, key: RSAKey | None, header: dict[str, Any]) -> None:
    answer = tool.ask_token(tool.assertion(key=key, header=header))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_unsigned_and_broken_assertions_are_refused(tool: Probe) -> None:
    header, claims, signature = tool.assertion().split(".")
    other_algorithm = "eyJhbGciOiJSUzUxMiIsImtpZCI6InByb2JlLTEifQ." + claims + "." + signature
    assert tool.ask_token(other_algorithm).status_code == 401
    unsigned = "eyJhbGciOiJub25lIn0." + claims + "."
    assert tool.ask_token(unsigned).status_code == 401
    assert tool.ask_token(header + "." + claims + ".AAAA").status_code == 401
    assert tool.ask_token("not a token").status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"client_assertion_type": "password"}, "invalid_request"),
        ({"client_assertion": None}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "https://example.org/everything"}, "invalid_scope"),
        ({"scope": f"{ROSTER_SCOPE} https://example.org/everything"}, "invalid_scope"),
    ],
)
def test_a_wrong_token_request_is_refused(tool: Probe, changes: dict[str, Any], error: str) -> None:
    answer = tool.ask_token(tool.assertion(), **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_only_a_form_post_is_a_token_request(tool: Probe) -> None:
    address = f"{tool.lms.address}/lti/token"
    assert requests.get(address, timeout=10).status_code == 400
    assert requests.post(address, json={"grant_type": "client_credentials"}, timeout=10).status_code == 400


def test_a_scope_that_the_administrator_took_away_is_refused_even_with_an_older_token(
    fresh_tool: Probe, administrator: Person, student: Person
) -> None:
    roster = fresh_tool.launch(student)["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"][
        "context_memberships_url"
    ]
    service = fresh_tool.service(ROSTER_SCOPE)
    assert service.get(roster).status_code == 200
    administrator.act(
        f"/tools/{fresh_tool.number}/settings",
        scopes=[scope for scope in ALL_SCOPES if scope != ROSTER_SCOPE],
    )
    assert service.get(roster).status_code == 403
    assert fresh_tool.ask_token(fresh_tool.assertion(), scope=ROSTER_SCOPE).json()["error"] == "invalid_scope"


def test_a_tool_that_waits_for_the_administrator_gets_no_token(
    fresh_tool: Probe, administrator: Person
) -> None:
    administrator.act(f"/tools/{fresh_tool.number}/deactivate")
    assert fresh_tool.ask_token(fresh_tool.assertion()).status_code == 401


def test_a_token_expires_after_an_hour(tool: Probe, student: Person, lms: LiveLms) -> None:
    line_items = tool.launch(student)["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitems"]
    service = tool.service()
    lms.clock.shift = timedelta(minutes=61)
    try:
        answer = service.get(line_items)
    finally:
        lms.clock.shift = timedelta()
    assert answer.status_code == 401
    assert answer.json()["code"] == "token.expired"
    assert answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer nonsense", "Basic dG9vbDpzZWNyZXQ="])
def test_a_service_call_needs_a_token_of_this_platform(
    tool: Probe, student: Person, header: str | None
) -> None:
    line_items = tool.launch(student)["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitems"]
    answer = requests.get(line_items, headers={"Authorization": header} if header else {}, timeout=10)
    assert answer.status_code == 401


def test_a_new_key_of_the_tool_is_fetched_when_a_token_names_it(lms: LiveLms) -> None:
    keys = [first_key()]
    with serving(key_set_app(keys)) as server:
        tool = Probe(lms, f"http://127.0.0.1:{server.server_port}", keys).register()
        assert tool.ask_token(tool.assertion()).status_code == 200
        keys[:] = [other_key()]
        time.sleep(1.1)
        assert tool.ask_token(tool.assertion(key=other_key())).status_code == 200


def test_an_unreachable_key_set_is_named_in_the_refusal(
    lms: LiveLms, tool_for: Callable[[LiveLms], Probe]
) -> None:
    tool = tool_for(lms).register(jwks_uri="http://127.0.0.1:9/jwks")
    answer = tool.ask_token(tool.assertion())
    assert answer.status_code == 401
    assert "http://127.0.0.1:9/jwks could not be read" in answer.json()["error_description"]


def test_moodle_answers_every_refusal_with_400_and_its_own_words(
    lms_of: Callable[[str], LiveLms], tool_for: Callable[[LiveLms], Probe]
) -> None:
    tool = tool_for(lms_of("moodle"))
    rows: list[tuple[requests.Response, str]] = [
        (tool.ask_token(tool.assertion(exp=1)), "Expired token"),
        (tool.ask_token(tool.assertion(key=other_key())), '"kid" invalid, unable to lookup correct key'),
        (
            tool.ask_token(tool.assertion(key=other_key(), header={"kid": "probe-1"})),
            "Signature verification failed",
        ),
        (tool.ask_token(tool.assertion(sub="nobody")), "invalid_client"),
        (tool.ask_token(tool.assertion(), scope="nothing"), "invalid_scope"),
        (tool.ask_token(tool.assertion(), scope=None), "invalid_request"),
        (tool.ask_token("garbage"), "invalid_request"),
        (tool.ask_token(tool.assertion(), grant_type="password"), "unsupported_grant_type"),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer, _ in rows] == [
        (400, error) for _, error in rows
    ]
    assert (
        tool.ask_token(tool.assertion(iat=_now(60)))
        .json()["error"]
        .startswith("Cannot handle token with iat prior to ")
    )
    assert tool.ask_token(tool.assertion(aud="anything", jti=None, iss="x")).status_code == 200
