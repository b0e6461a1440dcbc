"""Moodle, recorded from a Moodle 5.1 (build 20251017) acting as the platform.

Where a line names a file, it is one of Moodle's source (https://github.com/moodle/moodle, `public/mod/lti/`); everything
else was seen in recorded traffic.

One deliberate difference: that Moodle lets a tool read, and score into, columns of others when it guesses their number.
The demo answers 404, because no tool should try.
"""

import json

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.profiles.base import (
    Answer,
    Override,
    Precision,
    Profile,
    ServiceRequest,
    hex_id,
    reason_phrase,
)
from lti_tool.demo_lms.refusals import Refusal

_OWN_WORDS = {
    "score.older_timestamp",
    "score.malformed",
    "score.unknown_user",
    "score.not_a_student",
    "score.maximum_missing",
}


def _accepts(accept: str, media_type: str) -> bool:
    # Only the column list refuses "*/*"; every resource refuses plain application/json.
    if not accept or accept == media_type:
        return True
    return accept == "*/*" and media_type != vocab.LINE_ITEMS_TYPE


def _reason(refusal: Refusal, request: ServiceRequest, status: int) -> str:
    column = request.path.partition("/line_items/")[2].partition("/")[0]
    no_handler = f"No handler found for {request.path}"
    words = {
        "media_type.not_acceptable": f"{no_handler} {request.accept} ",
        "media_type.unsupported": f"{no_handler}  {request.content_type}",
        "line_item.members_missing": "No label or Score Maximum",
        "line_item.unknown": f"Not Found: Grade item {column} doesn't exist",
        "line_item.foreign": f"Not Found: Grade item {column} doesn't exist",
        "roster.unknown_link": f"Not Found: {refusal.sentence}",
        "service.unknown_course": f"Not Found: {refusal.sentence}",
        "score.older_timestamp": refusal.sentence,
    }
    if refusal.code == "media_type.not_acceptable" and request.accept == "*/*":
        return "No context or unsupported content type"
    if refusal.code in _OWN_WORDS - words.keys():
        return "Incorrect score received" + request.body
    return words.get(refusal.code, reason_phrase(status))


def _answer(refusal: Refusal, request: ServiceRequest, status: int) -> Answer:
    reason = _reason(refusal, request, status)
    if request.is_score and refusal.code in _OWN_WORDS:
        return Answer(status, [], reason=reason, content_type=vocab.SCORE_TYPE)
    body = {
        "status": status,
        "reason": reason,
        "request": {
            "method": request.method,
            "url": request.url,
            "accept": request.accept,
            "contentType": request.content_type,
        },
    }
    return Answer(status, body, reason=reason)


_TOKEN_ERRORS = {
    "token.expired": "Expired token",
    "token.unknown_key": '"kid" invalid, unable to lookup correct key',
    "token.bad_signature": "Signature verification failed",
}


def _token_answer(refusal: Refusal) -> Answer:
    # Always 400, and words of the token library where the assertion is at fault.
    error = _TOKEN_ERRORS.get(refusal.code, refusal.oauth_error or "invalid_request")
    if refusal.code == "token.issued_in_future":
        error = f"Cannot handle token with iat prior to {refusal.sentence.rpartition(' ')[2]}"
    elif refusal.code in {"token.malformed_assertion", "token.wrong_subject"}:
        error = "invalid_request"
    return Answer(400, {"error": error}, content_type="text/html")


_REGISTRATION_ERRORS = {
    "registration.token_missing": "missing_registration_token",
    "registration.token_used": "token_already_used",
    "registration.method": "Unsupported operation",
    "registration.response_types": "invalid_response_types",
    "registration.authentication_method": "invalid_token_endpoint_auth_method",
    "registration.application_type": "invalid_application_type",
    "registration.domain_missing": "missing_domain",
    "registration.domain_mismatch": "domain_targetlinkuri_mismatch",
}


def _registration_answer(refusal: Refusal) -> Answer:
    code, _, member = refusal.code.partition(":")
    if code == "registration.member_missing":
        return Answer(400, f"missing required attribute {member}", content_type="text/html")
    if code in {"registration.token_unknown", "registration.not_json"}:
        return Answer(404, "<!DOCTYPE html><title>Error</title>", content_type="text/html")
    return Answer(refusal.status, _REGISTRATION_ERRORS.get(code, code), content_type="text/html")


def _role(role: str) -> str | None:
    # Short names and full addresses of Instructor and Learner act; any other role is ignored and everybody is returned.
    name = role.removeprefix(vocab.MEMBERSHIP)
    return name if name in {"Instructor", "Learner"} else None


MOODLE = Profile(
    name="moodle",
    title="Moodle profile",
    about="Copies claims, identifiers, media types, timestamps and errors recorded from a Moodle 5.1.",
    platform={
        "product_family_code": "moodle",
        "version": "2025100600.02",
        "guid": hex_id("moodle", 1)[:32],
        "name": "demo",
        "description": "Demo LMS (Moodle profile)",
    },
    # Numbers of the database, as text; the deployment is the number of the tool's registration.
    person_id=lambda number: str(number + 1),
    context_id=lambda number: str(number + 1),
    link_id=str,
    deployment_id=str,
    client_id=lambda number: hex_id("moodle client", number)[:15],
    login_hint=lambda public_id, _number: public_id,
    message_hint=lambda launch, link: json.dumps(
        {"cmid": link, "launchid": launch} if link is not None else {"launchid": launch},
        separators=(",", ":"),
    ),
    id_token_seconds=60,
    context_type=("CourseSection",),
    # locallib.php, lti_get_ims_role: one of two course roles by capability; no mentors, no assistants
    roles={
        "teacher": (vocab.INSTRUCTOR,),
        "co_teacher": (vocab.INSTRUCTOR,),
        "student": (vocab.LEARNER,),
        "administrator": (vocab.INSTITUTION_ADMINISTRATOR, vocab.INSTRUCTOR, vocab.SYSTEM_ADMINISTRATOR),
    },
    locale_claim=False,
    presentation_of_deep_linking=False,
    own_claims=lambda person, course, names: {
        vocab.LIS: {"person_sourcedid": person, "course_section_sourcedid": course},
        vocab.EXT: ({"user_username": person} if names else {}) | {"lms": "moodle-2"},
    },
    family_may_launch=False,
    mentor_claim=False,
    # locallib.php, lti_build_request: every launch comes from a course. service/gradebookservices: "Grade analysis"
    # offers a review for each activity, and view.php signs one for any user number in its address.
    outside_of_courses=False,
    reviews_unasked=True,
    reviews_of_anybody=True,
    storage_target=None,
    navigation_placement=None,
    variables={
        "Moodle.Person.userGroupIds": "empty",
        "Context.sourcedId": "course_label",
        "Person.sourcedId": "person_key",
    },
    # locallib.php, lti_get_capabilities: ancestors of the course, none of the link; a backup keeps custom parameters
    unknown_variables=frozenset({"ResourceLink.id.history"}),
    link_history_variables=(),
    copied_links_keep_custom=True,
    # auth.php: these end on an error page of the LMS, all others are posted to the tool
    invalid_authentication_status=404,
    authentication_errors_on_page=frozenset(
        {"authentication.message_hint", "authentication.nonce", "authentication.scope"}
    ),
    prompt_may_be_absent=True,
    registration_answer=_registration_answer,
    update_method="POST",
    domain_without_port=False,  # registration_helper.php compares with the port
    assertion_checks=frozenset(),
    tokens_while_pending=True,
    token_answer=_token_answer,
    scopes_must_all_be_granted=False,
    implied_scopes={vocab.LINE_ITEM_SCOPE: vocab.LINE_ITEM_READ_SCOPE},
    deep_linking_data=False,
    deep_linking_settings={
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
    },
    line_item_default_maximum=100,
    # deep_linking_response recorded with dates, iframe and window: the activity form gets none of them
    item_dates_used=False,
    item_targets_used=False,
    # classes/local/ltiservice/service_base.php, is_used_in_context
    roster_claim_needs_link=True,
    roster_versions=("1.0", "2.0"),
    roster_roles={"teacher": ("Instructor",), "co_teacher": ("Instructor",), "student": ("Learner",)},
    roster_with_families=False,
    roster_with_suspended=False,
    roster_page_size=None,
    roster_own_members=lambda person, names: (
        {"lis_person_sourcedid": person} | ({"ext_user_username": person} if names else {})
    ),
    roster_page_maximum=100_000,
    roster_role_filter=_role,
    native_columns_visible=False,
    service_query=lambda tool: f"type_id={tool}",
    line_item_page_size=None,
    result_page_size=None,
    result_limit_allowed=False,
    paging_by_offset=True,
    typographic_link_header=True,
    empty_members_as_text=True,
    precision=Precision.SECONDS_LATER,
    unknown_progress_allowed=True,
    zone_required=False,
    future_seconds_allowed=None,
    zero_maximum_allowed=True,
    scores_clamped=True,
    override=Override.STANDS_FOR_LINKED,
    comment_needs_score_in_results=True,
    results_say_when=True,
    line_item_delete_of_linked=True,
    score_success_status=200,
    accepts=_accepts,
    statuses={
        "media_type.not_acceptable": 400,
        "media_type.unsupported": 400,
        "score.unknown_user": 400,
        "score.not_a_student": 400,
        "token.scope_missing": 401,
        "line_item.foreign": 404,
        "line_item.link_of_another_tool": 403,
        "service.other_tool": 401,
    },
    service_answer=_answer,
)
