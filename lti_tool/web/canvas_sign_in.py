"""Connecting with one's own Canvas account: the window in which a teacher signs in there, and the way back.

Canvas refuses to be shown in a frame, and the window beside the frame has another cookie, so these two addresses
belong to no launch; see `launch.authorisations`. Only a page of ours may open the window: an answer of Canvas would
else connect the account of whoever was led there (RFC 6749, section 10.12).
"""

from __future__ import annotations

from flask import Blueprint, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable, NotAllowed
from lti_tool.launch.addresses import AUTHORISED_PATH
from lti_tool.launch.authorisations import Origin, issue_state, issue_ticket, read_state, read_ticket, spend
from lti_tool.launch.roles import IN_CHARGE, Role
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.launch.sessions import find_session_of
from lti_tool.models.launches import LaunchSession
from lti_tool.usecases import sign_in_at_canvas
from lti_tool.usecases.sign_in_at_canvas import SigningIn
from lti_tool.web.browser import browser_token, give_browser_token
from lti_tool.web.security import csrf, forged, forms_say_whence, is_from_own_page
from lti_tool.web.services import services
from lti_tool.web.session import current_launch

canvas_sign_in = Blueprint("canvas_sign_in", __name__)
csrf.exempt(canvas_sign_in)


def ticket() -> str:
    """What the present page of a launch gives to the window in which a teacher signs in."""
    forms_say_whence()
    return issue_ticket(_secret(), current_launch(), services().clock())


def signing_in() -> SigningIn:
    """What the steps of signing in at Canvas need."""
    found = services()
    return SigningIn(found.database, found.outbound, _secret(), found.settings.address, found.clock)


@canvas_sign_in.post("/canvas/sign-in")
def begin() -> BaseResponse:
    """The window opens: bind it, and lead on to Canvas."""
    _require_own_page()
    now, token = services().clock(), browser_token() or random_token()
    origin = read_ticket(_secret(), request.form.get("ticket", ""), now)
    launch = _launch_of(origin)
    state, verifier = issue_state(_secret(), origin, browser_token=token, now=now)
    address = sign_in_at_canvas.authorisation_address(
        signing_in(), launch.context_id or 0, state=state, verifier=verifier
    )
    # Not a redirect: our policy on where forms go would have to permit every address that Canvas leads on to.
    response = make_response(render_template("canvas/going.html", onward=address))
    give_browser_token(response, token)
    return response


@canvas_sign_in.get(AUTHORISED_PATH)
def authorised() -> BaseResponse:
    """Canvas's answer: redeem it, connect the course, and go on to its page where this window can show it."""
    now = services().clock()
    authorisation = read_state(
        _secret(), request.args.get("state", ""), browser_token=browser_token(), now=now
    )
    launch = _launch_of(authorisation.origin)
    with services().database.transaction() as session:
        spend(session, authorisation)
    code = request.args.get("code", "")
    if not code:
        raise _not_agreed(request.args.get("error", ""))
    context_key, person_key = launch.context_id or 0, launch.person_id or 0
    sign_in_at_canvas.finish(
        signing_in(), authorisation, code, context_key=context_key, person_key=person_key
    )
    services().request_sync(context_key)
    page = f"/l/{launch.public_id}/setup/gradebook/connection" if "launch_id" in g else "/canvas/connected"
    return redirect(page, 303)


@canvas_sign_in.get("/canvas/connected")
def connected() -> str:
    """For a window beside the course's own: there is nothing more to do here."""
    return render_template("canvas/connected.html")


def _launch_of(origin: Origin) -> LaunchSession:
    """The launch, as long as it is open and may set up its course. Raises LaunchRefused or NotAllowed."""
    with services().database.connect() as connection:
        found = find_session_of(connection, origin.launch_id, origin.browser_hash, services().clock())
    launch = found.launch
    g.registration_id = found.registration.id
    token = browser_token()
    if token is not None and token_hash(token) == origin.browser_hash:
        g.launch_id = launch.public_id  # this window can show the pages of the launch
    if launch.is_masquerading or launch.person_id is None or launch.context_id is None:
        raise _not_here()
    if IN_CHARGE.isdisjoint(Role(role) for role in launch.roles):
        raise _not_here()
    return launch


def _require_own_page() -> None:
    if not is_from_own_page():
        raise forged()


def _secret() -> str:
    return services().settings.secret_key.get_secret_value()


def _not_here() -> NotAllowed:
    return NotAllowed(
        "sign_in.role", "Only teachers of the course can connect its gradebook, with their own launch."
    )


def _not_agreed(error: str) -> Fixable:
    """Canvas's error words: RFC 6749, section 4.1.2.1."""
    detail = error if error.replace("_", "").isalpha() and len(error) < 64 else ""
    if detail in {"invalid_scope", "unauthorized_client"}:
        return Fixable(
            "sign_in.key_refused",
            "Canvas refuses the key that your school made for Waymark: it is switched off, or does not permit everything "
            "that Waymark needs. Tell the person who runs Waymark at your school.",
            detail=detail,
        )
    return Fixable(
        "sign_in.not_agreed",
        "You did not agree in Canvas, so nothing is connected. You can press Connect again at any time, or bring in a "
        "file.",
        detail=detail,
    )
