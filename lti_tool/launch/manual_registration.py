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
    product_family: str = "",
) -> Registration:
    """Register a platform, approved at once because an administrator typed it in.

    Raises RegistrationProblems with everything that is wrong, by field.
    """
    given = {name: values.get(name, "").strip() for name in FIELDS}
    problems = _problems(session, given, local_origins)
    if problems:
        raise RegistrationProblems(problems)
    hosts, origins = address_lists(given)
    registration = Registration(
        **{name: given[name] for name in (*_ADDRESSES, "client_id", "label")},
        product_family=product_family,
        scopes=list(vocab.SCOPES),  # what was granted shows only in the connection test
        service_hosts=hosts,
        frame_origins=origins,
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
        if given[name] and not _is_acceptable(given[name], local_origins):
            problems[name] = "This must be an address that begins with https://."
    problems |= list_problems(given, local_origins)
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


def address_lists(given: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Hosts and origins from texts with spaces between, each once."""
    hosts = dict.fromkeys(given["service_hosts"].lower().split())
    origins = dict.fromkeys(origin(item) for item in given["frame_origins"].split())
    return list(hosts), list(origins)


def list_problems(given: Mapping[str, str], local_origins: Collection[str]) -> dict[str, str]:
    """What is wrong with further hosts and with origins of embedding pages, by field."""
    problems = {}
    if not all(_is_acceptable(item, local_origins) for item in given["frame_origins"].split()):
        problems["frame_origins"] = "Write addresses such as https://school.example, with spaces between."
    for host in given["service_hosts"].lower().split():
        plain = host.removeprefix("*.")
        # A port says nothing: services are called at any port of a host that is allowed, see `may_call`.
        if "." not in plain or ":" in plain or origin(f"https://{plain}") != f"https://{plain}":
            problems["service_hosts"] = "Write host names such as school.example, with spaces between."
    return problems


def _is_acceptable(address: str, local_origins: Collection[str]) -> bool:
    found = origin(address)
    return found.startswith("https://") or (found != "" and found in local_origins)
