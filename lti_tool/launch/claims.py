"""A verified id_token's payload -> a small typed `Launch` (LTI 1.3 Core, section 5.3 and 5.4).

Only what Waymark uses is taken; e-mail addresses, pictures and all the rest are never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote

from lti_tool.errors import LaunchRefused
from lti_tool.launch import vocab
from lti_tool.launch.course_end import course_end
from lti_tool.launch.requirements import (
    claim_missing,
    person_id,
    require_consistent_anonymity,
    require_context,
    require_role,
    required_id,
)
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

    `user_id` is None when the platform did not say who it is, `context` when the launch did not come from a
    course; `roles` may then be empty. `is_test` marks the platform's own test student, `is_masquerading`
    somebody who acts as this person. Whoever uses a test student is such a somebody, too (Canvas says so),
    but there is nobody whose name could be misused. `context_history` and `resource_link_history` are the ids that this
    course and link were copied from, the latest first; `course_ends_on` is its last day, where the platform says it. `for_user_id` is the learner whom a submission review
    is about, empty in other messages. `deep_linking` is the platform's settings claim, untouched, of a
    deep-linking request; None otherwise.
    """

    message_type: str
    deployment_id: str
    target_link_uri: str
    user_id: str | None
    roles: tuple[Role, ...]
    is_test: bool
    is_masquerading: bool
    name: str
    given_name: str
    family_name: str
    context: ContextClaim | None
    context_history: tuple[str, ...]
    resource_link_id: str
    resource_link_history: tuple[str, ...]
    mentee_user_ids: tuple[str, ...]
    custom: Mapping[str, str]
    course_ends_on: date | None
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
    `launch.token_malformed`, `launch.anonymous`, `launch.no_role`, `launch.context_required`,
    `deeplink.claim_missing`.
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
    deployment_id = required_id(payload, vocab.DEPLOYMENT_ID)
    target_link_uri = payload.get(vocab.TARGET_LINK_URI)
    if not isinstance(target_link_uri, str) or not target_link_uri:
        raise claim_missing(vocab.TARGET_LINK_URI)
    if message_type == vocab.RESOURCE_LINK_REQUEST:
        required_id(wire_object(payload, vocab.RESOURCE_LINK), "id")
    sent_roles = payload.get(vocab.ROLES)
    if not isinstance(sent_roles, list):
        raise claim_missing(vocab.ROLES)
    deep_linking = _deep_linking(payload) if message_type == vocab.DEEP_LINKING_REQUEST else None
    for_user_id = ""
    if message_type == vocab.SUBMISSION_REVIEW_REQUEST:
        for_user_id = required_id(wire_object(payload, vocab.FOR_USER), "user_id")
    custom = _custom(payload)
    endpoint = wire_object(payload, vocab.GRADE_ENDPOINT)
    roles = context_roles(sent_roles)
    user_id, context = person_id(payload), _context(payload, roles)
    line_item_url = wire_string(endpoint.get("lineitem"))
    about_activity = bool(line_item_url or wire_id(custom.get("activity")))
    if user_id is None:
        require_consistent_anonymity(
            payload, message_type=message_type, about_activity=about_activity, roles=roles
        )
    if context is None:
        require_context(message_type=message_type, about_activity=about_activity)
    else:
        require_role(roles)
    presentation = wire_object(payload, vocab.LAUNCH_PRESENTATION)
    is_test = is_test_user(sent_roles) or custom.get("student_view", "").casefold() == "true"
    return Launch(
        message_type=message_type,
        deployment_id=deployment_id,
        target_link_uri=target_link_uri,
        user_id=user_id,
        roles=roles,
        is_test=is_test,
        is_masquerading=not is_test and custom.get("masquerader", "") not in ("", user_id),
        name=wire_text(payload.get("name")),
        given_name=wire_text(payload.get("given_name")),
        family_name=wire_text(payload.get("family_name")),
        context=context,
        context_history=_ancestors(custom, "context_history"),
        resource_link_id=wire_id(wire_object(payload, vocab.RESOURCE_LINK).get("id")),
        resource_link_history=_ancestors(custom, "resource_link_history", "activity_history"),
        mentee_user_ids=_mentees(payload, custom) if Role.MENTOR in roles else (),
        custom=custom,
        course_ends_on=course_end(custom),
        memberships_url=wire_string(
            wire_object(payload, vocab.NAMES_AND_ROLES).get("context_memberships_url")
        ),
        line_items_url=wire_string(endpoint.get("lineitems")),
        line_item_url=line_item_url,
        service_scopes=wire_words(endpoint.get("scope")),
        notice_service=_notice_service(payload),
        for_user_id=for_user_id,
        deep_linking=deep_linking,
        product_family=wire_text(wire_object(payload, vocab.TOOL_PLATFORM).get("product_family_code"))[:64],
        locale=wire_text(presentation.get("locale"))[:35],
        return_url=wire_string(presentation.get("return_url")),
    )


def _context(payload: Mapping[str, Any], roles: Sequence[Role]) -> ContextClaim | None:
    """The course; None where the launch comes from somewhere else.

    Canvas sends a context for its account pages, too, with a type that the vocabulary does not have
    ("Account"; lib/lti/messages/jwt_message.rb). Where there is neither a type of course nor a role in it,
    it is none.
    """
    claim = wire_object(payload, vocab.CONTEXT)
    context_id = wire_id(claim.get("id"))
    types = wire_words(claim.get("type"))
    if not context_id or (types and not roles and not any(map(vocab.is_course_type, types))):
        return None
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
    """The learners whom a mentor may see: the signed claim, else the custom parameter `observees`.

    The claim is LTI 1.3's own (section 5.4.3). Canvas fills it only at its widest privacy level, but its
    variable `$com.instructure.User.observees` always (github.com/instructure/canvas-lms,
    lib/lti/variable_expander.rb); `$User.scope.mentor` (appendix B.1) says the same where it is known.
    Moodle's core has neither. Schoology documents no variable for it (developers.schoology.com/app-platform/
    lti-apps), and which role and ids its parents are sent with is unconfirmed: whoever arrives there without
    the role Mentor is no family here, and a Mentor without named learners sees nobody.
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
    """The ids that a `…id.history` variable lists, each URL-encoded (LTI 1.3 Core, appendix B.3 and B.4)."""
    listed = next((custom[name] for name in names if name in custom), "")
    return wire_ids(map(unquote, listed.split(",")), most=_MOST_ANCESTORS)


def _custom(payload: Mapping[str, Any]) -> dict[str, str]:
    """Custom parameters with a value, as text whatever JSON type they were sent as.

    The specification has texts only; some platforms send the numbers and truth values that a tool asked
    for in its content items back as such. A variable that the platform did not know comes back as `$Name`.
    Raises LaunchRefused `launch.token_malformed` for NUL, which is no text.
    """
    found = {}
    for key, value in wire_object(payload, vocab.CUSTOM).items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if "\0" in key or "\0" in text:
            raise LaunchRefused(
                "launch.token_malformed",
                "The learning platform sent something that is not text; tell your administrator.",
                detail="custom",
                status=400,
            )
        if isinstance(value, str | int | float) and text and not text.startswith("$"):
            found[key] = text
    return found
