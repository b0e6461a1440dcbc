"""Canvas, as far as its public source and documentation tell.

Sources: instructure/canvas-lms (`app/controllers/lti/ims/`, `lib/lti/messages/`, `doc/api/`), Canvas developer documentation
(https://developerdocs.instructure.com/), captured payloads in alt-cs-lab/lti-toolkit.
"""

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.profiles.base import (
    Answer,
    Override,
    Precision,
    Profile,
    ServiceRequest,
    hex_id,
    uuid_id,
)
from lti_tool.demo_lms.refusals import Refusal

_TYPES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    412: "precondition_failed",
    422: "unprocessable_entity",
}


def _answer(refusal: Refusal, _request: ServiceRequest, status: int) -> Answer:
    return Answer(status, {"errors": {"type": _TYPES.get(status, "error"), "message": refusal.sentence}})


CANVAS = Profile(
    name="canvas",
    title="Canvas profile",
    about="Copies claims, identifiers, paging and errors of Canvas.",
    platform={
        "guid": "KnOwNgUiD:canvas-lms",
        "name": "Demo LMS (Canvas profile)",
        "version": "cloud",
        "product_family_code": "canvas",
    },
    # doc/api/lti_launch_overview.md and the toolkit's captures: sub and resource link are UUIDs, contexts 40 hex digits,
    # a deployment is the installed tool's id and its context's id.
    person_id=lambda number: uuid_id("person", number),
    context_id=lambda number: hex_id("context", number),
    link_id=lambda number: uuid_id("link", number),
    deployment_id=lambda number: f"{number + 6}:{hex_id('account', 1)}",
    client_id=lambda number: str(10_000_000_000_000 + number),
    login_hint=lambda _public_id, number: hex_id("person", number),
    message_hint=lambda launch, _link: launch,
    context_type=("http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering",),
    # lib/lti/substitutions_helper.rb: context, institution and system roles are sent together; a teaching assistant also
    # counts as instructor, an observer is a mentor.
    roles={
        "teacher": (
            vocab.INSTITUTION_INSTRUCTOR,
            vocab.INSTRUCTOR,
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
        ),
        "co_teacher": (
            vocab.INSTITUTION_INSTRUCTOR,
            vocab.INSTRUCTOR,
            vocab.TEACHING_ASSISTANT,
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
        ),
        "student": (
            vocab.INSTITUTION_STUDENT,
            vocab.LEARNER,
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
        ),
        # A fake student; the courses controller makes the teacher act as this person.
        "test_student": (
            vocab.LEARNER,
            vocab.TEST_USER,
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
        ),
        "family": (
            vocab.INSTITUTION_OBSERVER,
            vocab.MENTOR,
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
        ),
        "administrator": (
            vocab.INSTITUTION_ADMINISTRATOR,
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
        ),
    },
    # lib/lti/messages/jwt_message.rb: the context claim describes the account where there is no course.
    context_outside={"id": hex_id("account", 1), "title": "Demo school", "type": ["Account"]},
    # lib/lti/messages/jwt_message.rb: the mentor claim only where the privacy level is public.
    mentor_claim_needs_names=True,
    # doc/api/lti_launch_overview.md: messages go to a frame of this name beside the tool.
    storage_target="post_message_forwarding",
    navigation_placement="https://canvas.instructure.com/lti/course_navigation",
    # doc/api/tools_variable_substitutions.md
    variables={
        "Canvas.course.id": "course_number",
        "Canvas.user.id": "person_number",
        "Canvas.membership.roles": "role_uris",
        "Canvas.enrollment.enrollmentState": "enrollment_state",
        "Canvas.api.domain": "host",
        "com.instructure.User.observees": "observees",
        "com.instructure.User.student_view": "student_view",
        "Canvas.masqueradingUser.id": "actual_number",
        "Canvas.masqueradingUser.userId": "actual_id",
        "Canvas.assignment.pointsPossible": "points",
    },
    deployment_in_registration=False,  # doc/api/registration.md
    # dynamic_registration_controller.rb: a POST with the token of an update; reading wants another kind of token
    update_method="POST",
    shows_registration=False,
    # doc/api/tools_variable_substitutions.md: a link's ancestors have a name of their own there
    unknown_variables=frozenset({"ResourceLink.id.history"}),
    link_history_variables=("Activity.id.history",),
    copied_links_keep_custom=True,
    # doc/api/pns.md
    notice_types=(vocab.HELLO_WORLD_NOTICE, vocab.CONTEXT_COPY_NOTICE),
    # lib/lti/messages/deep_linking_request.rb, placement module_index_menu_modal
    deep_linking_settings={
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        "auto_create": True,
    },
    # memberships_provider.rb: 50 a page at most; only active enrolments; the full role URI filters
    roster_page_size=50,
    roster_with_suspended=False,
    roster_with_test_students=False,
    # line_items_controller.rb: only the developer key's own items; Canvas's lists have ten entries a page by default
    native_columns_visible=False,
    service_query=lambda _tool: "",
    line_item_page_size=10,
    # scores_controller.rb
    precision=Precision.NOT_EARLIER,
    future_seconds_allowed=None,
    scores_kept_for=frozenset({"FullyGraded", "PendingManual"}),
    comments_appended=True,
    override=Override.REPLACED,
    score_success_status=200,
    score_success_body=True,
    json_content_type_allowed=True,
    accepts=lambda _accept, _media_type: True,
    statuses={
        "score.older_timestamp": 400,
        "score.unknown_user": 422,
        "score.not_a_student": 422,
        "score.maximum_missing": 422,
        "line_item.foreign": 404,
        "line_item.link_of_another_tool": 422,
        "line_item.linked": 401,
        "token.scope_missing": 401,
    },
    service_answer=_answer,
)
