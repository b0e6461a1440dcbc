"""What may differ between platforms, with the strict platform's answer to each question as the default.

The main flow asks the profile *what to do*, never *which platform is this*. A profile file holds only differences, each with
its public source. Where a vendor documents nothing, the strict behaviour stands.
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.refusals import REASON_PHRASES, Refusal


class Precision(Enum):
    """How two score timestamps are compared."""

    EXACT_LATER = "later"
    SECONDS_LATER = "later in whole seconds"
    NOT_EARLIER = "equal or later"


class Override(Enum):
    """What happens to a grade that a teacher typed when the tool sends a newer score."""

    STANDS = "stands"
    STANDS_FOR_LINKED = "stands in a link's own column"
    REPLACED = "replaced"


class AssertionCheck(Enum):
    """Checks of a client assertion beyond its signature, `sub`, expiry and `iat`."""

    AUDIENCE = "aud"
    ISSUER = "iss"
    IDENTIFIER = "jti"
    EXPIRY_PRESENT = "exp"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a refusal looks on the wire."""

    status: int
    body: Any
    reason: str | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """The parts of a service request that some platforms repeat in an error body."""

    method: str
    url: str
    path: str
    accept: str
    content_type: str
    body: str
    is_score: bool = False


def _short_hash(*parts: object) -> bytes:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()


def opaque_id(prefix: str, number: int) -> str:
    """An identifier in mixed case with punctuation, such as the specifications allow but few platforms use."""
    return prefix + base64.urlsafe_b64encode(_short_hash(prefix, number)[:12]).decode()


def uuid_id(kind: str, number: int) -> str:
    """A UUID that is the same for every database made from the same course."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"demo-lms/{kind}/{number}"))


def hex_id(kind: str, number: int) -> str:
    """40 hexadecimal digits."""
    return hashlib.sha256(f"{kind}/{number}".encode()).hexdigest()[:40]


def page_token(offset: int) -> str:
    """A page token in mixed case: a client that changes the case of a `next` link asks for a page that does not exist."""
    mark = _short_hash("page", offset)[:9]
    return base64.urlsafe_b64encode(mark).decode() + f".{offset}"


def offset_of(token: str) -> int | None:
    """The offset in a page token, or None where the token was never given out."""
    number = token.rpartition(".")[2]
    if not number.isascii() or not number.isdigit():
        return None
    offset = int(number)
    return offset if hmac.compare_digest(page_token(offset).encode(), token.encode()) else None


def _strict_answer(refusal: Refusal, _request: ServiceRequest, status: int) -> Answer:
    return Answer(status, {"code": refusal.code, "message": refusal.sentence})


def _strict_token_answer(refusal: Refusal) -> Answer:
    error = refusal.oauth_error or "invalid_request"
    # RFC 6749 section 5.2: 401 where client authentication failed, 400 otherwise.
    status = 401 if error == "invalid_client" else 400
    return Answer(status, {"error": error, "error_description": refusal.sentence})


def _strict_registration_answer(refusal: Refusal) -> Answer:
    return Answer(
        refusal.status, {"error": refusal.oauth_error or refusal.code, "error_description": refusal.sentence}
    )


def accepts(accept: str, media_type: str) -> bool:
    """Whether an Accept header admits a media type (RFC 9110 section 12.5.1; no header admits everything)."""
    if not accept:
        return True
    wanted = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(wanted & {"*/*", "application/*", media_type})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The answers of one kind of platform."""

    name: str = "strict"
    title: str = "Strict platform"
    about: str = "Does what the LTI 1.3 Advantage specifications say, and refuses what they do not allow."
    platform: Mapping[str, str] = field(
        default_factory=lambda: {
            "guid": "demo-lms-strict",
            "name": "Demo LMS",
            "product_family_code": "demo-lms",
            "version": "1.0",
        }
    )

    # Identifiers
    person_id: Callable[[int], str] = lambda number: opaque_id("U.", number)
    context_id: Callable[[int], str] = lambda number: opaque_id("C~", number)
    link_id: Callable[[int], str] = lambda number: opaque_id("L-", number)
    deployment_id: Callable[[int], str] = lambda number: opaque_id("D:", number)
    client_id: Callable[[int], str] = lambda number: opaque_id("client_", number)
    login_hint: Callable[[str, int], str] = lambda public_id, number: (
        f"person {number} + {public_id[::-1]}/=&%"
    )
    message_hint: Callable[[str, int | None], str] = lambda launch, _link: json.dumps(
        {"launch": launch, "a": "b+c&d=%25 e"}
    )

    # Launch
    id_token_seconds: int = 3600
    context_type: tuple[str, ...] = ("http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection",)
    roles: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "teacher": (vocab.INSTRUCTOR, vocab.INSTITUTION_INSTRUCTOR),
            "co_teacher": (vocab.INSTRUCTOR, vocab.SECONDARY_INSTRUCTOR),
            "student": (vocab.LEARNER, vocab.INSTITUTION_STUDENT),
            "test_student": (vocab.LEARNER, vocab.TEST_USER),
            "family": (vocab.MENTOR,),
            "administrator": (vocab.INSTITUTION_ADMINISTRATOR, vocab.SYSTEM_ADMINISTRATOR),
        }
    )
    outside_of_courses: bool = True
    context_outside: Mapping[str, Any] | None = None
    """What the context claim describes in a launch outside of courses; the specification has no claim then."""
    reviews_unasked: bool = False
    """Whether work can be reviewed in every column of a link, also where the tool never asked for it."""
    reviews_of_anybody: bool = False
    """Whether a student who edits the address gets a signed review of somebody else's work."""
    family_may_launch: bool = True
    mentor_claim: bool = True
    mentor_claim_needs_names: bool = False
    storage_target: str | None = "_parent"
    navigation_placement: str | None = "course_navigation"
    variables: Mapping[str, str] = field(default_factory=dict)
    invalid_authentication_status: int = 400
    authentication_errors_on_page: frozenset[str] = frozenset()
    prompt_may_be_absent: bool = False

    locale_claim: bool = True
    presentation_of_deep_linking: bool = True
    # Claims of its own, from a person's key, the course's label, and whether names are shared
    own_claims: Callable[[str, str, bool], dict[str, Any]] = lambda _person, _course, _names: {}

    # Registration
    dynamic_registration: bool = True
    deployment_in_registration: bool = True
    # Updating: RFC 7592 names an address that answers GET and PUT; platforms differ
    update_method: str = "PUT"
    shows_registration: bool = True
    registration_answer: Callable[[Refusal], Answer] = _strict_registration_answer
    domain_without_port: bool = True

    # Tokens
    assertion_checks: frozenset[AssertionCheck] = frozenset(AssertionCheck)
    tokens_while_pending: bool = False
    token_answer: Callable[[Refusal], Answer] = _strict_token_answer
    scopes_must_all_be_granted: bool = True
    implied_scopes: Mapping[str, str] = field(default_factory=dict)

    # Deep linking
    deep_linking_data: bool = True
    deep_linking_settings: Mapping[str, Any] = field(
        default_factory=lambda: {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True,
            "accept_lineitem": True,
            "auto_create": True,
        }
    )
    line_item_default_maximum: float | None = None
    item_dates_used: bool = True
    item_targets_used: bool = True

    # Copies of courses, and notices
    unknown_variables: frozenset[str] = frozenset()
    link_history_variables: tuple[str, ...] = ("ResourceLink.id.history",)
    longest_history: int | None = None
    # The specifications do not say whether a copied link keeps its custom parameters, so a tool must not count on it.
    copied_links_keep_custom: bool = False
    notice_types: tuple[str, ...] = ()

    # Roster
    roster_claim_needs_link: bool = False
    roster_versions: tuple[str, ...] = ("2.0",)
    roster_roles: Mapping[str, tuple[str, ...]] | None = None
    roster_with_families: bool = True
    roster_with_suspended: bool = True
    roster_with_test_students: bool = True
    roster_page_size: int | None = 10
    roster_own_members: Callable[[str, bool], dict[str, Any]] = lambda _person, _names: {}
    roster_page_maximum: int = 50
    roster_role_filter: Callable[[str], str | None] = lambda role: role

    # Line items, scores, results
    native_columns_visible: bool = True
    service_query: Callable[[int], str] = lambda _tool: "view=gradebook"
    line_item_page_size: int | None = 20
    result_page_size: int | None = 10
    result_limit_allowed: bool = True
    paging_by_offset: bool = False
    typographic_link_header: bool = False
    empty_members_as_text: bool = False
    precision: Precision = Precision.EXACT_LATER
    unknown_progress_allowed: bool = False
    zone_required: bool = True
    future_seconds_allowed: int | None = 60
    zero_maximum_allowed: bool = False
    scores_clamped: bool = False
    scores_kept_for: frozenset[str] = frozenset({"FullyGraded"})
    comments_appended: bool = False
    override: Override = Override.STANDS
    comment_needs_score_in_results: bool = False
    results_say_when: bool = False
    """Whether a result carries the extra member `timestamp`, as recorded from a Moodle 5.1; AGS 2.0 itself has none."""
    line_item_delete_of_linked: bool = False
    score_success_status: int = 204
    score_success_body: bool = False
    json_content_type_allowed: bool = False
    accepts: Callable[[str, str], bool] = accepts
    statuses: Mapping[str, int] = field(default_factory=dict)
    service_answer: Callable[[Refusal, ServiceRequest, int], Answer] = _strict_answer

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that this platform can grant."""
        return (*vocab.SCOPES, vocab.NOTICE_HANDLERS_SCOPE) if self.notice_types else vocab.SCOPES

    def answer(self, refusal: Refusal, request: ServiceRequest) -> Answer:
        """How this platform answers a refused service request."""
        return self.service_answer(refusal, request, self.statuses.get(refusal.code, refusal.status))

    def rounded(self, maximum: float) -> float | int:
        """A number as JSON writes it: whole numbers without a fraction."""
        return int(maximum) if float(maximum).is_integer() else maximum


def reason_phrase(status: int) -> str:
    """The standard words for a status."""
    return REASON_PHRASES.get(status, "Error")
