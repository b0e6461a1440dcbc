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
from lti_tool.launch.wire import (
    wire_id,
    wire_ids,
    wire_list,
    wire_object,
    wire_string,
    wire_text,
    wire_words,
)

_MOST_MENTEES = 200
_MOST_ANCESTORS = 50


@dataclass(frozen=True, slots=True)
class ContextClaim:
    """The course that the launch came from."""

    id: str
    title: str
    label: str


@dataclass(frozen=True, slots=True)
class NoticeServiceClaim:
    """Where the platform takes our address for its notices (Platform Notification Service 1.0)."""

    url: str
    supported: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Launch:
    """What one verified launch says, in our own words.

    `context_history` and `resource_link_history` are the ids that this course and link were copied from,
    the latest first. `for_user_id` is the learner whom a submission review is about. `deep_linking` is the platform's settings claim, untouched, of a deep-linking request; None otherwise.
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
    context_history: tuple[str, ...]
    resource_link_id: str
    resource_link_history: tuple[str, ...]
    mentee_user_ids: tuple[str, ...]
    custom: Mapping[str, str]
    memberships_url: str
    line_items_url: str
    line_item_url: str
    service_scopes: tuple[str, ...]
    notice_service: NoticeServiceClaim | None
    for_user_id: str
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
        _required_id(wire_object(payload, vocab.RESOURCE_LINK), "id")
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
    endpoint = wire_object(payload, vocab.GRADE_ENDPOINT)
    presentation = wire_object(payload, vocab.LAUNCH_PRESENTATION)
    return Launch(
        message_type=message_type,
        deployment_id=deployment_id,
        target_link_uri=target_link_uri,
        user_id=user_id,
        roles=roles,
        is_test=is_test_user(sent_roles),
        name=wire_text(payload.get("name")),
        given_name=wire_text(payload.get("given_name")),
        family_name=wire_text(payload.get("family_name")),
        context=context,
        context_history=_ancestors(custom, "context_history"),
        resource_link_id=wire_id(wire_object(payload, vocab.RESOURCE_LINK).get("id")),
        resource_link_history=_ancestors(custom, "resource_link_history", "activity_history"),
        mentee_user_ids=_mentees(payload, custom) if Role.MENTOR in roles else (),
        custom=custom,
        memberships_url=wire_string(
            wire_object(payload, vocab.NAMES_AND_ROLES).get("context_memberships_url")
        ),
        line_items_url=wire_string(endpoint.get("lineitems")),
        line_item_url=wire_string(endpoint.get("lineitem")),
        service_scopes=wire_words(endpoint.get("scope")),
        notice_service=_notice_service(payload),
        for_user_id=wire_id(wire_object(payload, vocab.FOR_USER).get("user_id")),
        deep_linking=deep_linking,
        product_family=wire_text(wire_object(payload, vocab.TOOL_PLATFORM).get("product_family_code"))[:64],
        locale=wire_text(presentation.get("locale"))[:35],
        return_url=wire_string(presentation.get("return_url")),
    )


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
    claim = wire_object(payload, vocab.CONTEXT)
    context_id = wire_id(claim.get("id"))
    if not context_id:
        raise LaunchRefused(
            "launch.context_required",
            "Waymark works inside a course. Open a course first, then open Waymark from there.",
            status=400,
        )
    return ContextClaim(
        id=context_id, title=wire_text(claim.get("title")), label=wire_text(claim.get("label"))
    )


def _deep_linking(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    claim = wire_object(payload, vocab.DEEP_LINKING_SETTINGS)
    if not claim.get("deep_link_return_url") or vocab.RESOURCE_LINK_TYPE not in wire_list(
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
    named = wire_list(payload.get(vocab.ROLE_SCOPE_MENTOR)) or custom.get("observees", "").split(",")
    return wire_ids(named, most=_MOST_MENTEES)


def _notice_service(payload: Mapping[str, Any]) -> NoticeServiceClaim | None:
    claim = wire_object(payload, vocab.NOTICE_SERVICE)
    url = wire_string(claim.get("platform_notification_service_url"))
    if not url:
        return None
    return NoticeServiceClaim(
        url=url,
        supported=wire_words(claim.get("notice_types_supported")),
        scopes=wire_words(claim.get("scope")),
    )


def _ancestors(custom: Mapping[str, str], *names: str) -> tuple[str, ...]:
    """The ids that a `…id.history` variable lists, the immediate ancestor first (LTI 1.3 Core, appendix B)."""
    listed = next((custom[name] for name in names if name in custom), "")
    return wire_ids(listed.split(","), most=_MOST_ANCESTORS)


def _custom(payload: Mapping[str, Any]) -> dict[str, str]:
    """Custom parameters with a value. A variable that the platform did not know comes back as `$Name`."""
    return {
        key: value
        for key, value in wire_object(payload, vocab.CUSTOM).items()
        if isinstance(value, str) and value and not value.startswith("$")
    }
