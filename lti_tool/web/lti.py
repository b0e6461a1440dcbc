"""The addresses that learning platforms use: login, launch, key set."""

from __future__ import annotations

from collections import defaultdict

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import LaunchRefused
from lti_tool.launch.addresses import frame_origins, origin
from lti_tool.launch.deep_linking import DeepLinkingResponse
from lti_tool.launch.keys import public_key_set
from lti_tool.launch.login import check_login, start_login
from lti_tool.launch.opening import open_launch
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.platforms import let_wait, registration_of_login
from lti_tool.launch.secrets import random_token
from lti_tool.launch.sessions import OpenSession, hand_over
from lti_tool.launch.state import LoginState, is_bound, read_state, require_bound, spend_state
from lti_tool.launch.validation import verify_launch
from lti_tool.models.platforms import Registration
from lti_tool.web.browser import browser_token, give_browser_token
from lti_tool.web.landing import first_page, landing, way_on
from lti_tool.web.rate_limit import RateLimit
from lti_tool.web.registration import registration
from lti_tool.web.security import csrf, may_be_framed_by, may_post_to
from lti_tool.web.services import services

# A whole school may come from one address when a lesson begins.
LOGINS_PER_MINUTE = 3000
_KEYS = "waymark-platform-keys"
_LIMIT = "waymark-login-limit"

lti = Blueprint("lti", __name__, url_prefix="/lti")
csrf.exempt(lti)


def init_lti(app: Flask) -> None:
    """Add the platforms' addresses and the landing page of a launch to `app`."""
    with app.app_context():
        app.extensions[_KEYS] = PlatformKeys(services().database, services().outbound)
    app.extensions[_LIMIT] = RateLimit(per_minute=LOGINS_PER_MINUTE)
    app.register_blueprint(lti)
    app.register_blueprint(registration)
    app.register_blueprint(landing)


def platform_keys() -> PlatformKeys:
    """The platforms' keys, as this process holds them."""
    keys: PlatformKeys = current_app.extensions[_KEYS]
    return keys


@lti.route("/login", methods=["GET", "POST"])
def login() -> BaseResponse:
    """A platform begins a launch: check what it says and send the browser back to it."""
    now, address = services().clock(), services().settings.address
    may_be_framed_by(["*"])  # a refusal must be readable where the platform shows us; see _known_platform
    limit: RateLimit = current_app.extensions[_LIMIT]
    limit.count(request.remote_addr or "", now)
    parameters = _single_values("login.duplicate_param")
    with services().database.connect() as connection:
        platform = check_login(connection, parameters, address=address)
    _known_platform(platform)
    known = browser_token()
    token = known or random_token()
    started = start_login(
        platform,
        parameters,
        browser_token=token,
        is_new_browser=known is None,
        address=address,
        secret=_secret(),
        now=now,
    )
    if known is None and request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"}:
        # A frame whose browser may keep no cookie for us: find out before the platform's hints are used
        # up, because platforms take each of them once (Moodle answers 404 to the second use).
        may_post_to("http:", "https:")  # the new window is redirected to the platform, and perhaps beyond
        response = make_response(
            render_template(
                "lti/login.html",
                started=started,
                parameters={
                    name: value for name, value in parameters.items() if name != "lti_storage_target"
                },
                platform_origin=origin(platform.auth_login_url),
                proof=token,
            )
        )
    else:
        response = make_response(redirect(started.redirect_url, 302))
    give_browser_token(response, token)
    return response


@lti.post("/launch")
def launch() -> BaseResponse:
    """The platform's signed answer: verify it, open a launch session, go on to its page."""
    now, settings = services().clock(), services().settings
    may_be_framed_by(["*"])
    form = _single_values("launch.duplicate_param")
    proof = form.get("proof")
    token = proof or browser_token()
    state = read_state(_secret(), form.get("state", ""), now)
    with services().database.connect() as connection:
        platform = registration_of_login(connection, state)
        _known_platform(platform)
        if not proof and state.storage_target and "id_token" in form and not is_bound(state, token):
            return _ask_platform_storage(state, platform, form)
        require_bound(state, token)
        if "id_token" not in form and "error" in form:
            verified = None
        else:
            verified = verify_launch(
                connection,
                state,
                platform,
                form.get("id_token", ""),
                keys=platform_keys(),
                address=settings.address,
                now=now,
            )
    if verified is None:
        with services().database.write() as connection:
            spend_state(connection, state)
        raise _platform_refused(form["error"])
    try:
        with services().database.write() as connection:
            opened = open_launch(
                connection,
                state,
                platform,
                verified,
                browser_token=str(token),
                local_origins=settings.local_platforms,
                now=now,
            )
    except LaunchRefused as refused:
        if refused.code == "launch.deployment_unknown":
            with services().database.transaction() as session:
                let_wait(session, platform, verified.deployment_id, now)
        raise
    g.launch = opened
    if proof:
        response = make_response(
            render_template("lti/opened.html", page=way_on(), launch_id=opened.public_id, code=proof)
        )
    else:
        response = first_page(OpenSession(opened, platform), str(token))
    give_browser_token(response, str(token))
    return response


@lti.post("/continue")
def continue_in_new_window() -> BaseResponse:
    """Take an open launch session over into a window of its own, by a code that works once."""
    now, token = services().clock(), browser_token() or random_token()
    with services().database.transaction() as session:
        launch_id = hand_over(
            session,
            request.form.get("launch_id", ""),
            code=request.form.get("code", ""),
            browser_token=token,
            now=now,
        )
    response = make_response(redirect(f"/l/{launch_id}/", 303))
    give_browser_token(response, token)
    return response


@lti.get("/jwks")
def key_set() -> Response:
    """Our public keys."""
    with services().database.read() as session:
        response = jsonify(public_key_set(session, services().clock()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def return_to_platform(answer: DeepLinkingResponse) -> Response:
    """A page that posts the signed deep-linking answer to the platform by itself."""
    may_post_to(origin(answer.return_url))
    return make_response(render_template("lti/return.html", answer=answer))


def _secret() -> str:
    return services().settings.secret_key.get_secret_value()


def _known_platform(platform: Registration) -> None:
    g.registration_id = platform.id
    may_be_framed_by(frame_origins(platform))


def _ask_platform_storage(state: LoginState, platform: Registration, form: dict[str, str]) -> Response:
    """No cookie came back: ask the platform's window for what the login left there (LTI platform storage)."""
    page = render_template(
        "lti/storage.html",
        state=form["state"],
        id_token=form["id_token"],
        target=state.storage_target,
        platform_origin=origin(platform.auth_login_url),
    )
    return make_response(page)


def _single_values(code: str) -> dict[str, str]:
    """The parameters of query and form; a launch's only from the form, so that no token stands in a log.

    Raises LaunchRefused with `code` when one has two different values.
    """
    values: dict[str, set[str]] = defaultdict(set)
    sources = (request.form,) if request.path == "/lti/launch" else (request.args, request.form)
    for source in sources:
        for name, several in source.lists():
            values[name].update(several)
    if any(len(several) > 1 for several in values.values()):
        raise LaunchRefused(
            code,
            "The learning platform said two different things at once; tell your administrator.",
            status=400,
        )
    return {name: several.pop() for name, several in values.items()}


def _platform_refused(error: str) -> LaunchRefused:
    """The platform answered our login with an error (OpenID Connect Core 1.0, section 3.1.2.6)."""
    return LaunchRefused(
        "launch.platform_error",
        "Your learning platform did not let this launch go on; sign in there and open the link again.",
        detail=error if error.replace("_", "").isalpha() and len(error) < 64 else "",
    )
