"""Names on the wire: claims, message types and scopes of LTI 1.3 and LTI Advantage.

Sources: LTI 1.3 Core, section 5 and appendix A (https://www.imsglobal.org/spec/lti/v1p3), Deep Linking
2.0 (https://www.imsglobal.org/spec/lti-dl/v2p0), Names and Role Provisioning Services 2.0
(https://www.imsglobal.org/spec/lti-nrps/v2p0), Assignment and Grade Services 2.0
(https://www.imsglobal.org/spec/lti-ags/v2p0), Dynamic Registration 1.0
(https://www.imsglobal.org/spec/lti-dr/v1p0), Submission Review 1.0
(https://www.imsglobal.org/spec/lti-sr/v1p0), Platform Notification Service 1.0
(https://www.imsglobal.org/spec/lti-pns/v1p0).
"""

from __future__ import annotations

from typing import Final

_LTI: Final = "https://purl.imsglobal.org/spec/lti/claim/"
_DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"

VERSION: Final = _LTI + "version"
MESSAGE_TYPE: Final = _LTI + "message_type"
DEPLOYMENT_ID: Final = _LTI + "deployment_id"
TARGET_LINK_URI: Final = _LTI + "target_link_uri"
RESOURCE_LINK: Final = _LTI + "resource_link"
ROLES: Final = _LTI + "roles"
CONTEXT: Final = _LTI + "context"
TOOL_PLATFORM: Final = _LTI + "tool_platform"
ROLE_SCOPE_MENTOR: Final = _LTI + "role_scope_mentor"
LAUNCH_PRESENTATION: Final = _LTI + "launch_presentation"
CUSTOM: Final = _LTI + "custom"
FOR_USER: Final = _LTI + "for_user"
LIS: Final = _LTI + "lis"
NOTICE_SERVICE: Final = _LTI + "platformnotificationservice"
NOTICE: Final = _LTI + "notice"
ORIGIN_CONTEXTS: Final = _LTI + "origin_contexts"
NAMES_AND_ROLES: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
GRADE_ENDPOINT: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
DEEP_LINKING_SETTINGS: Final = _DEEP_LINKING + "deep_linking_settings"
DEEP_LINKING_DATA: Final = _DEEP_LINKING + "data"
CONTENT_ITEMS: Final = _DEEP_LINKING + "content_items"
DEEP_LINKING_MESSAGE: Final = _DEEP_LINKING + "msg"
DEEP_LINKING_LOG: Final = _DEEP_LINKING + "log"
DEEP_LINKING_ERROR: Final = _DEEP_LINKING + "errormsg"
DEEP_LINKING_ERROR_LOG: Final = _DEEP_LINKING + "errorlog"

LTI_VERSION: Final = "1.3.0"
RESOURCE_LINK_REQUEST: Final = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST: Final = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW_REQUEST: Final = "LtiSubmissionReviewRequest"
MESSAGE_TYPES: Final = frozenset({RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST, SUBMISSION_REVIEW_REQUEST})
RESOURCE_LINK_TYPE: Final = "ltiResourceLink"

HELLO_WORLD_NOTICE: Final = "LtiHelloWorldNotice"
CONTEXT_COPY_NOTICE: Final = "LtiContextCopyNotice"

# The longest identifier that a platform may send (LTI 1.3 Core: deployment_id, resource_link, sub).
LONGEST_ID: Final = 255

SCOPES: Final = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)
# Platform Notification Service 1.0 (https://www.imsglobal.org/spec/lti-pns/v1p0): asked for where it is offered.
NOTICE_HANDLERS: Final = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"

PLATFORM_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"


# LTI 1.3 Core, appendix A.1; the short names and the URNs are deprecated but permitted.
_COURSE_TYPES: Final = frozenset(
    prefix + name
    for prefix in (
        "http://purl.imsglobal.org/vocab/lis/v2/course#",
        "",
        "urn:lti:context-type:ims/lis/",
    )
    for name in ("CourseTemplate", "CourseOffering", "CourseSection", "Group")
)


def is_course_type(context_type: str) -> bool:
    """Whether this is one of the standard's types of context, all of them courses or parts of one."""
    return context_type in _COURSE_TYPES
