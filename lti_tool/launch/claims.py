"""A verified id_token's payload -> a small typed `Launch` (LTI 1.3 Core, section 5.3 and 5.4).

Only what Waymark uses is taken; e-mail addresses, pictures and all the rest are never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.errors import LaunchRefused
from lti_tool.launch import vocab
from lti_tool.launch.roles import Role, context_roles, is_test_user

_LONGEST_NAME = 255
_MOST_MENTEES = 200
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class ContextClaim:
    """The course that the launch came from."""

    id: str
    title: str
    label: str


@dataclass(frozen=True, slots=True)
class Launch:
    """What one verified launch says, in our own words.

    `deep_linking` is the platform's settings claim, untouched, of a deep-linking request; None otherwise.
    """

    message_type: str
    deployment_id: str
    target_link_uri: str
    user_id: str
    roles: tuple[Role, ...]
    is_test: bool
    name: str
    given_name: str
    family_name: str
    context: ContextClaim
    mentee_user_ids: tuple[str, ...]
    custom: Mapping[str, str]
    memberships_url: str
    line_items_url: str
    service_scopes: tuple[str, ...]
    deep_linking: Mapping[str, Any] | None
    product_family: str
    locale: str
    return_url: str

    @property
    def activity_id(self) -> str | None:
        """The activity that the link was made for (our own custom parameter), if any."""
        return wire_id(self.custom.get("activity")) or None


def read_launch(payload: Mapping[str, Any]) -> Launch:
    """Understand a payload whose signature, issuer, audience and times are already verified.

    Raises LaunchRefused: `launch.version`, `launch.message_type`, `launch.claim_missing`,
    `launch.anonymous`, `launch.no_role`, `launch.context_required`, `deeplink.claim_missing`.
    """
    if payload.get(vocab.VERSION) != vocab.LTI_VERSION:
        raise LaunchRefused(
            "launch.version",
            "This is not an LTI 1.3 launch; ask your administrator to set Waymark up as an LTI 1.3 tool.",
            status=400,
        )
    message_type = payload.get(vocab.MESSAGE_TYPE)
    if not isinstance(message_type, str) or message_type not in vocab.MESSAGE_TYPES:
        raise LaunchRefused(
            "launch.message_type",
            "Waymark does not know this kind of launch; open it from a course or from the content picker.",
            status=400,
        )
    deployment_id = _required_id(payload, vocab.DEPLOYMENT_ID)
    target_link_uri = payload.get(vocab.TARGET_LINK_URI)
    if not isinstance(target_link_uri, str) or not target_link_uri:
        raise _missing(vocab.TARGET_LINK_URI)
    if message_type == vocab.RESOURCE_LINK_REQUEST:
        _required_id(_object(payload, vocab.RESOURCE_LINK), "id")
    sent_roles = payload.get(vocab.ROLES)
    if not isinstance(sent_roles, list):
        raise _missing(vocab.ROLES)
    deep_linking = _deep_linking(payload) if message_type == vocab.DEEP_LINKING_REQUEST else None
    user_id = _user_id(payload)
    context = _context(payload)
    roles = context_roles(sent_roles)
    if not roles:
        raise LaunchRefused(
            "launch.no_role",
            "Your course did not say whether you are a teacher or a student here; ask your teacher or "
            "administrator to check your role in the course.",
            status=403,
        )
    custom = _custom(payload)
    endpoint = _object(payload, vocab.GRADE_ENDPOINT)
    presentation = _object(payload, vocab.LAUNCH_PRESENTATION)
    return Launch(
        message_type=message_type,
        deployment_id=deployment_id,
        target_link_uri=target_link_uri,
        user_id=user_id,
        roles=roles,
        is_test=is_test_user(sent_roles),
        name=_text(payload.get("name")),
        given_name=_text(payload.get("given_name")),
        family_name=_text(payload.get("family_name")),
        context=context,
        mentee_user_ids=_mentees(payload, custom) if Role.MENTOR in roles else (),
        custom=custom,
        memberships_url=_string(_object(payload, vocab.NAMES_AND_ROLES).get("context_memberships_url")),
        line_items_url=_string(endpoint.get("lineitems")),
        service_scopes=tuple(item for item in _list(endpoint.get("scope")) if isinstance(item, str)),
        deep_linking=deep_linking,
        product_family=_text(_object(payload, vocab.TOOL_PLATFORM).get("product_family_code"))[:64],
        locale=_text(presentation.get("locale"))[:35],
        return_url=_string(presentation.get("return_url")),
    )


def wire_id(value: object) -> str:
    """An identifier as text, whatever JSON type it was sent as; empty when it is not usable.

    Moodle sends some ids as numbers in one place and as strings in another.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text if 0 < len(text) <= vocab.LONGEST_ID and text.isprintable() else ""


def _missing(claim: str) -> LaunchRefused:
    return LaunchRefused(
        "launch.claim_missing",
        "The learning platform left out something that a launch must say; "
        "tell your administrator the number below.",
        detail=claim.rpartition("/")[2],
        status=400,
    )


def _required_id(holder: Mapping[str, Any], name: str) -> str:
    value = wire_id(holder.get(name))
    if not value:
        raise _missing(name)
    return value


def _user_id(payload: Mapping[str, Any]) -> str:
    if payload.get("sub") in (None, ""):
        raise LaunchRefused(
            "launch.anonymous",
            "Your learning platform did not say who you are, so Waymark cannot show you your own next step. "
            "Sign in to your course and open the link again.",
            status=403,
        )
    return _required_id(payload, "sub")


def _context(payload: Mapping[str, Any]) -> ContextClaim:
    claim = _object(payload, vocab.CONTEXT)
    context_id = wire_id(claim.get("id"))
    if not context_id:
        raise LaunchRefused(
            "launch.context_required",
            "Waymark works inside a course. Open a course first, then open Waymark from there.",
            status=400,
        )
    return ContextClaim(id=context_id, title=_text(claim.get("title")), label=_text(claim.get("label")))


def _deep_linking(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    claim = _object(payload, vocab.DEEP_LINKING_SETTINGS)
    if not claim.get("deep_link_return_url") or vocab.RESOURCE_LINK_TYPE not in _list(
        claim.get("accept_types")
    ):
        raise LaunchRefused(
            "deeplink.claim_missing",
            "This place of your learning platform does not take activities from Waymark; "
            "add them from the course's own content picker.",
            status=400,
        )
    return claim


def _mentees(payload: Mapping[str, Any], custom: Mapping[str, str]) -> tuple[str, ...]:
    """The learners whom a mentor may see: the signed claim, else Canvas's list of observed students.

    Canvas fills the claim only at its widest privacy level, the variable
    `$com.instructure.User.observees` always (github.com/instructure/canvas-lms, lib/lti/variable_expander.rb).
    """
    named = _list(payload.get(vocab.ROLE_SCOPE_MENTOR)) or custom.get("observees", "").split(",")
    ids = (wire_id(item.strip() if isinstance(item, str) else item) for item in named[:_MOST_MENTEES])
    return tuple(dict.fromkeys(item for item in ids if item))


def _custom(payload: Mapping[str, Any]) -> dict[str, str]:
    """Custom parameters with a value. A variable that the platform did not know comes back as `$Name`."""
    return {
        key: value
        for key, value in _object(payload, vocab.CUSTOM).items()
        if isinstance(value, str) and value and not value.startswith("$")
    }


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() else ""


def _text(value: object) -> str:
    """A name or title to show, cut to length.

    Control characters and reversed writing are dropped; the two joiners that names in several scripts
    need are kept.
    """
    if not isinstance(value, str):
        return ""
    kept = (char if char.isprintable() or char in _JOINERS else " " for char in value if char != "\0")
    return " ".join("".join(kept).split())[:_LONGEST_NAME]
