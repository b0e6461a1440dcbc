"""The page on which a learning platform is connected, or its registration updated, by itself.

The platform opens it in a window or frame of its own. Nothing is fetched without a one-time invitation,
which also stands in for the anti-forgery token: only pages that were invited know it, and a frame whose
browser keeps no cookie can be used all the same. An invitation that names a registration updates that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lti_tool.launch.invitations import check_invitation, give_back_invitation, use_invitation
from lti_tool.launch.platform_configuration import PlatformConfiguration, fetch_configuration
from lti_tool.launch.registration import find_registration_by_key, missing_scopes, store_registration
from lti_tool.launch.registration_exchange import read_current, send_registration, send_update
from lti_tool.launch.registration_request import registration_request, tells_families, wanted_scopes
from lti_tool.launch.registration_updates import (
    apply_update,
    differences,
    endpoint_changes,
    require_same_platform,
)
from lti_tool.models.platforms import Invitation, Registration
from lti_tool.web.platform_words import endpoint_words, item_words, part_words, services_of
from lti_tool.web.security import csrf, may_be_framed_by
from lti_tool.web.services import services

registration = Blueprint("registration", __name__, url_prefix="/lti")
csrf.exempt(registration)


@registration.get("/register")
def ask() -> ResponseReturnValue:
    """Say which platform wants to connect, or what an update changes, and what it will be asked for."""
    may_be_framed_by(["*"])  # who the platform is, is known only when its configuration is read
    invitation, token = request.args.get("invitation", ""), request.args.get("registration_token", "")
    with services().database.read() as session:
        invited = check_invitation(session, invitation, services().clock())
        known = session.get(Registration, invited.registration_id or 0)  # keys begin at 1
    configuration = _fetch(request.args.get("openid_configuration", ""), token)
    shared = {
        "configuration": configuration,
        "invitation": invitation,
        "registration_token": token,
        "services": services_of(wanted_scopes(configuration)),
        "families": tells_families(configuration),
    }
    if known is None:
        return render_template("lti/register.html", **shared)
    current = read_current(services().outbound, configuration, token)
    require_same_platform(known, configuration, current)
    wanted = registration_request(configuration, services().settings.address)
    return render_template(
        "lti/register.html",
        **shared,
        known=known,
        shown=current is not None,
        differences=[
            (
                part_words(item),
                [item_words(item, text) for text in item.new],
                [item_words(item, text) for text in item.gone],
            )
            for item in (differences(current, wanted) if current else ())
        ],
        endpoints=[(endpoint_words(item), item) for item in endpoint_changes(known, configuration)],
    )


@registration.post("/register")
def connect() -> ResponseReturnValue:
    """Register at the platform, or update; a new registration waits for an administrator of Waymark."""
    may_be_framed_by(["*"])
    token = request.form.get("registration_token", "")
    with _used_invitation(request.form.get("invitation", "")) as invitation:
        configuration = _fetch(request.form.get("openid_configuration", ""), token)
        if invitation.registration_id is None:
            return _connect(configuration, invitation, token)
        return _update(configuration, invitation.registration_id, token)


def _connect(configuration: PlatformConfiguration, invitation: Invitation, token: str) -> str:
    settings = services().settings
    answer = send_registration(services().outbound, configuration, token, settings.address)
    with services().database.transaction() as session:
        kept = store_registration(
            session,
            configuration,
            answer,
            label=invitation.label,
            secret=settings.secret_key.get_secret_value(),
            now=services().clock(),
        )
    return _done(kept, configuration)


def _update(configuration: PlatformConfiguration, key: int, token: str) -> str:
    with services().database.read() as session:
        known = find_registration_by_key(session, key)
    current = read_current(services().outbound, configuration, token)
    require_same_platform(known, configuration, current)
    answer = send_update(
        services().outbound, configuration, token, services().settings.address, current=current
    )
    with services().database.transaction() as session:
        known = find_registration_by_key(session, key)
        waiting = apply_update(session, known, configuration, answer, now=services().clock())
    return _done(known, configuration, updated=True, waiting=[endpoint_words(item) for item in waiting])


def _done(
    kept: Registration,
    configuration: PlatformConfiguration,
    *,
    updated: bool = False,
    waiting: list[str] | None = None,
) -> str:
    return render_template(
        "lti/registered.html",
        registration=kept,
        granted=services_of(kept.scopes),
        missing=services_of(missing_scopes(kept)),
        updated=updated,
        waiting=waiting or [],
        platform_origins=configuration.page_origins,
    )


@contextmanager
def _used_invitation(token: str) -> Iterator[Invitation]:
    """The invitation, used up, and given back when the block fails: the administrator will try once more."""
    with services().database.transaction() as session:
        invitation = use_invitation(session, token, services().clock())
    try:
        yield invitation
    except BaseException:
        with services().database.transaction() as session:
            give_back_invitation(session, invitation)
        raise


def _fetch(address: str, token: str) -> PlatformConfiguration:
    configuration = fetch_configuration(
        services().outbound, address, token, local_origins=services().settings.local_platforms
    )
    may_be_framed_by(configuration.page_origins)
    return configuration
