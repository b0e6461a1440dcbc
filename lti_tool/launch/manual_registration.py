"""Registering a platform by hand: an administrator pastes what the platform shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch import audit, vocab
from lti_tool.launch.addresses import origin
from lti_tool.launch.keys import new_signing_key
from lti_tool.launch.platforms import record_deployment
from lti_tool.models.platforms import Registration, RegistrationStatus

FIELDS: Final = {
    "label": "Name on Waymark's own pages",
    "issuer": "Issuer (platform id)",
    "client_id": "Client id",
    "auth_login_url": "Authentication request address",
    "auth_token_url": "Access token address",
    "key_set_url": "Public key set address",
    "deployment_id": "Deployment id (may stay empty)",
    "service_hosts": "Further hosts of the platform, such as *.instructure.com (may stay empty)",
    "frame_origins": "Addresses whose pages show Waymark, such as https://school.instructure.com (may stay empty)",
}
_ADDRESSES = ("issuer", "auth_login_url", "auth_token_url", "key_set_url")


class RegistrationProblems(Fixable):
    """The pasted values cannot be used; `problems` says for each field what to correct."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("registration.incomplete", "Some values need correcting; see the marked fields.")


def add_registration(
    session: Session,
    values: Mapping[str, str],
    *,
    local_origins: Collection[str],
    actor: str,
    secret: str,
    now: datetime,
) -> Registration:
    """Register a platform, approved at once because an administrator typed it in.

    Raises RegistrationProblems with everything that is wrong, by field.
    """
    given = {name: values.get(name, "").strip() for name in FIELDS}
    problems = _problems(session, given, local_origins)
    if problems:
        raise RegistrationProblems(problems)
    registration = Registration(
        **{name: given[name] for name in (*_ADDRESSES, "client_id", "label")},
        scopes=list(vocab.SCOPES),
        service_hosts=given["service_hosts"].split(),
        frame_origins=[origin(item) for item in given["frame_origins"].split()],
        status=RegistrationStatus.ACTIVE,
        created_at=now,
        approved_at=now,
    )
    session.add(registration)
    session.flush()
    new_signing_key(session, registration, secret, now)
    if given["deployment_id"]:
        record_deployment(session, registration, given["deployment_id"], now)
    subject = f"registration {registration.id}"
    audit.record(session, actor=actor, action="registration.added", subject=subject, now=now)
    return registration


def _problems(session: Session, given: Mapping[str, str], local_origins: Collection[str]) -> dict[str, str]:
    problems = {
        name: "This field is needed." for name in (*_ADDRESSES, "label", "client_id") if not given[name]
    }
    for name in _ADDRESSES:
        found = origin(given[name])
        if given[name] and not found.startswith("https://") and (not found or found not in local_origins):
            problems[name] = "This must be an address that begins with https://."
    for item in given["frame_origins"].split():
        if not origin(item):
            problems["frame_origins"] = "Write addresses such as https://school.example, with spaces between."
    for host in given["service_hosts"].split():
        plain = host.removeprefix("*.")
        if "." not in plain or origin(f"https://{plain}") != f"https://{plain}":
            problems["service_hosts"] = "Write host names such as school.example, with spaces between."
    for name in ("issuer", "client_id", "deployment_id"):
        if len(given[name]) > vocab.LONGEST_ID:
            problems[name] = "This is longer than LTI allows (255 characters)."
    if not problems and session.scalar(
        select(Registration.id).where(
            Registration.issuer == given["issuer"], Registration.client_id == given["client_id"]
        )
    ):
        problems["client_id"] = "This issuer is registered with this client id already."
    return problems
