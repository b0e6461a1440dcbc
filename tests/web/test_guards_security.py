"""What every answer carries and every request has to respect, in full: policy, headers, cookie, limits."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from flask import session
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from lti_tool.errors import Refused
from lti_tool.launch.secrets import random_token
from lti_tool.web.browser import COOKIE
from lti_tool.web.rate_limit import FailureLimit, RateLimit
from tests.launch.platform import ADDRESS, NOW, SigningPlatform, Tool, running_tool
from tests.web.refusals import assert_refused
from tests.web.school import open_school

HTTPS = "https://waymark.school.example"


@pytest.fixture
def browser(tool: Tool) -> FlaskClient:
    return tool.browser()


def test_the_content_security_policy_names_all_that_is_allowed(tool: Tool, browser: FlaskClient) -> None:
    headers = tool.launch(browser).headers
    policy = re.sub(r"nonce-[\w-]{24}", "nonce-…", headers["Content-Security-Policy"])
    assert policy.split("; ") == [
        "default-src 'none'",
        "script-src 'nonce-…'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        f"frame-ancestors {tool.platform.issuer}",
    ]
    for power in ("camera", "microphone", "geolocation", "display-capture", "payment", "usb"):
        assert f"{power}=()" in headers["Permissions-Policy"]


def test_only_a_page_that_leads_out_of_its_frame_may_send_its_form_elsewhere(
    tool: Tool, browser: FlaskClient
) -> None:
    answer = browser.post(
        "/lti/login",
        data=tool.platform.login_parameters(),
        base_url=ADDRESS,
        headers={"Sec-Fetch-Dest": "iframe"},
    )
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "form-action 'self' http: https:" in policy


def test_a_refused_login_or_launch_can_be_read_where_the_platform_shows_us(
    tool: Tool, browser: FlaskClient
) -> None:
    for answer in (tool.login(browser, iss="https://x.example"), tool.answer(browser, "unknown", "none")):
        assert answer.status_code in {400, 401}
        assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors *")


def test_a_launch_that_is_refused_after_its_platform_is_known_can_be_framed_by_that_one_alone(
    tool: Tool, browser: FlaskClient
) -> None:
    asked = tool.begin(browser)
    answer = tool.answer(browser, asked["state"], "not a token")
    assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {tool.platform.issuer}")
    begun = tool.login(browser, target_link_uri=ADDRESS + "/lti/launch")
    assert begun.headers["Content-Security-Policy"].endswith(f"frame-ancestors {tool.platform.issuer}")


def test_the_browser_cookie_has_exactly_its_attributes(tool: Tool, browser: FlaskClient) -> None:
    value, *attributes = tool.login(browser).headers["Set-Cookie"].split("; ")
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}", value)
    named = {item for item in attributes if not item.startswith("Expires=")}
    assert named == {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/", "Max-Age=43200"}


@pytest.mark.parametrize("value", ["short", "x" * 44, "x" * 42 + "é"])
def test_a_cookie_that_we_could_not_have_given_is_replaced(
    tool: Tool, browser: FlaskClient, value: str
) -> None:
    browser.set_cookie(COOKIE, value, domain="127.0.0.1")
    given = tool.login(browser).headers["Set-Cookie"]
    assert re.match(rf"{COOKIE}=[\w-]{{43}};", given)
    assert value not in given


def test_only_https_promises_to_stay_https(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "waymark.sqlite")
    with open_school(
        f"sqlite:///{tmp_path}/waymark.sqlite", tmp_path / "queue.sqlite", origin=HTTPS
    ) as school:
        client = school.app.test_client()
        assert "max-age=" in client.get("/health", base_url=HTTPS).headers["Strict-Transport-Security"]


def test_plain_http_promises_nothing(browser: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in browser.get("/health", base_url=ADDRESS).headers


def test_forms_work_over_https_although_browsers_send_no_referer(
    tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "waymark.sqlite")
    with open_school(
        f"sqlite:///{tmp_path}/waymark.sqlite", tmp_path / "queue.sqlite", origin=HTTPS
    ) as school:
        teacher = school.teacher()
        teacher.client.delete_cookie(COOKIE, domain="127.0.0.1")
        teacher.client.set_cookie(COOKIE, teacher.token, domain="waymark.school.example")
        assert teacher.post("read-again").status_code == 303


def test_an_anti_forgery_token_lasts_as_long_as_its_launch_session(own_tool: Tool) -> None:
    assert own_tool.app.config["WTF_CSRF_TIME_LIMIT"] is None


def test_more_than_a_form_holds_is_not_even_read(browser: FlaskClient) -> None:
    sent = browser.post("/lti/login", data={"iss": "x" * 256 * 1024}, base_url=ADDRESS)
    assert_refused(sent, 413, "request.too_big")


@pytest.mark.parametrize(
    ("path", "size", "code"),
    [
        ("/l/x/setup/gradebook", 256 * 1024 + 1, "auth.csrf"),  # read, and found to be without a token
        ("/l/x/setup/gradebook", (10 * 1024 + 256) * 1024 + 1, "request.too_big"),
        ("/l/x/setup/adopt", 256 * 1024 + 1, "request.too_big"),
    ],
)
def test_only_a_gradebook_file_may_be_larger_than_a_form(
    own_tool: Tool, path: str, size: int, code: str
) -> None:
    answer = own_tool.browser().post(
        path,
        data=b"x" * min(size, 256 * 1024 + 1),
        content_type="application/x-www-form-urlencoded",
        base_url=ADDRESS,
        environ_overrides={"CONTENT_LENGTH": str(size)},
    )
    assert_refused(answer, 413 if code == "request.too_big" else 403, code)


def test_the_session_of_forms_holds_the_secret_of_their_tokens_and_nothing_else(tool: Tool) -> None:
    with tool.app.test_request_context("/admin/sign-in", base_url=ADDRESS):
        assert len(session["csrf_token"]) == 64
        assert "another" not in session
        with pytest.raises(KeyError):
            session["another"]


def test_forms_share_their_secret_in_the_administration_and_within_a_launch(tool: Tool) -> None:
    cookie = {"Cookie": f"{COOKIE}={random_token()}"}

    def secret(path: str) -> str:
        with tool.app.test_request_context(path, base_url=ADDRESS, headers=cookie):
            return str(session["csrf_token"])

    assert secret("/admin/") == secret("/admin/keys") == secret("/admin/registrations/1")
    assert secret("/l/one/today") == secret("/l/one/setup")
    assert len({secret("/l/one/today"), secret("/l/two/today"), secret("/admin/")}) == 3


def test_another_host_name_is_refused_save_for_the_sign_of_life(browser: FlaskClient) -> None:
    other = "http://waymark.evil.example"
    assert_refused(browser.get("/lti/jwks", base_url=other), 400, "request.host")
    assert browser.get("/health", base_url=other).status_code == 200


@pytest.mark.parametrize("path", ["/l", "/l/", "/nowhere"])
def test_addresses_that_lead_nowhere_are_not_there(browser: FlaskClient, path: str) -> None:
    assert_refused(browser.get(path, base_url=ADDRESS), 404, "request.not_found")
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert_refused(browser.post(path, base_url=ADDRESS, headers=foreign), 404, "request.not_found")


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/l/a%00b/today", None),
        ("/lti/login?iss=%00", None),
        ("/lti/login", {"iss": "\0"}),
        ("/lti/login", {"\0": "a"}),
    ],
)
def test_a_nul_is_refused_wherever_it_stands(
    browser: FlaskClient, path: str, data: dict[str, str] | None
) -> None:
    answer = browser.open(path, method="POST" if data else "GET", data=data, base_url=ADDRESS)
    assert_refused(answer, 400, "request.nul")


def test_a_launch_comes_from_the_platform_s_own_site(tool: Tool, browser: FlaskClient) -> None:
    asked = tool.begin(browser)
    token = tool.platform.sign(tool.platform.claims(asked["nonce"], tool.clock.now))
    sent = browser.post(
        "/lti/launch",
        data={"state": asked["state"], "id_token": token},
        base_url=ADDRESS,
        headers={"Sec-Fetch-Site": "cross-site", "Origin": tool.platform.issuer},
    )
    assert sent.status_code == 200


def test_a_wrong_method_says_which_are_right(browser: FlaskClient) -> None:
    answer = browser.get("/lti/launch", base_url=ADDRESS)
    assert_refused(answer, 405, "request.method")
    assert "POST" in answer.headers["Allow"]


def test_a_part_of_a_form_without_a_name_is_refused(browser: FlaskClient) -> None:
    body = b'--odd\r\nContent-Disposition: form-data; naie="iss"\r\n\r\nx\r\n--odd--\r\n'
    answer = browser.post(
        "/lti/login", data=body, base_url=ADDRESS, content_type="multipart/form-data; boundary=odd"
    )
    assert_refused(answer, 400, "request.nul")


def test_programs_get_their_refusals_as_json_and_people_as_a_page(browser: FlaskClient) -> None:
    asked = {"Accept": "application/json"}
    assert browser.get("/nowhere", base_url=ADDRESS, headers=asked).get_json()["code"] == "request.not_found"
    assert browser.get("/nowhere", base_url=ADDRESS).mimetype == "text/html"
    assert browser.post("/lti/jwks", base_url=ADDRESS).get_json()["code"] == "request.method"


def test_our_public_keys_may_be_kept_for_five_minutes(browser: FlaskClient) -> None:
    assert browser.get("/lti/jwks", base_url=ADDRESS).headers["Cache-Control"] == "public, max-age=300"


def test_too_many_logins_from_one_address_have_to_wait(
    platform: SigningPlatform, tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "waymark.sqlite")
    with running_tool(f"sqlite:///{tmp_path}/waymark.sqlite", platform, tmp_path) as tool:
        tool.app.extensions["waymark-login-limit"] = RateLimit(per_minute=1)
        assert tool.login(tool.browser()).status_code == 302
        refused = tool.login(tool.browser())
        assert_refused(refused, 429, "request.too_many")
        assert refused.headers["Retry-After"] == "60"
        tool.clock.forward(minutes=1)
        assert tool.login(tool.browser()).status_code == 302


def test_counting_addresses_never_takes_more_memory_than_ten_thousand_of_them() -> None:
    limit = RateLimit(per_minute=1)
    for number in range(10_001):
        limit.count(f"address {number}", NOW)
    limit.count("address 10001", NOW)  # begins anew, so the first is forgotten
    limit.count("address 0", NOW)
    with pytest.raises(Refused):
        limit.count("address 0", NOW)

    failures = FailureLimit(most=1, wait_seconds=60)
    for number in range(10_000):
        failures.count(f"visitor {number}", NOW)
    with pytest.raises(Refused):
        failures.require_room("visitor 0", NOW)
    failures.count("one more", NOW)
    failures.require_room("visitor 0", NOW)


def test_a_wait_after_failures_ends_by_itself_and_by_a_success() -> None:
    failures = FailureLimit(most=2, wait_seconds=60)
    failures.count("ann", NOW)
    failures.require_room("ann", NOW)
    failures.count("ann", NOW)
    with pytest.raises(Refused) as refused:
        failures.require_room("ann", NOW + timedelta(seconds=59))
    assert (refused.value.code, refused.value.status) == ("request.too_many", 429)
    failures.require_room("ben", NOW)
    failures.require_room("ann", NOW + timedelta(seconds=60))
    failures.forget("ann")
    failures.require_room("ann", NOW)


@pytest.mark.parametrize(
    ("error", "shown"), [("login_required", True), ("a name: Ann Alpha", False), ("x" * 64, False)]
)
def test_the_log_keeps_the_platform_s_error_word_and_nothing_else_that_it_sends(
    tool: Tool, browser: FlaskClient, error: str, shown: bool
) -> None:
    asked = tool.begin(browser)
    with capture_logs() as logs:
        answer = browser.post("/lti/launch", data={"state": asked["state"], "error": error}, base_url=ADDRESS)
    assert_refused(answer, 401, "launch.platform_error")
    assert [entry["detail"] for entry in logs] == [error if shown else ""]
