"""Names on the wire: claims, scopes, media types and roles, spelled as the specifications spell them.

Sources: LTI Core 1.3, LTI Deep Linking 2.0, Names and Role Provisioning Services 2.0, Assignment and Grade Services 2.0,
Dynamic Registration 1.0, Platform Notification Service 1.0 (https://www.imsglobal.org/spec/).
"""

from typing import Final

LTI_VERSION: Final = "1.3.0"

_CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
MESSAGE_TYPE: Final = _CLAIM + "message_type"
VERSION: Final = _CLAIM + "version"
DEPLOYMENT_ID: Final = _CLAIM + "deployment_id"
TARGET_LINK_URI: Final = _CLAIM + "target_link_uri"
ROLES: Final = _CLAIM + "roles"
ROLE_SCOPE_MENTOR: Final = _CLAIM + "role_scope_mentor"
CONTEXT: Final = _CLAIM + "context"
RESOURCE_LINK: Final = _CLAIM + "resource_link"
TOOL_PLATFORM: Final = _CLAIM + "tool_platform"
LAUNCH_PRESENTATION: Final = _CLAIM + "launch_presentation"
CUSTOM: Final = _CLAIM + "custom"
LIS: Final = _CLAIM + "lis"
FOR_USER: Final = _CLAIM + "for_user"
EXT: Final = _CLAIM + "ext"
NOTICE: Final = _CLAIM + "notice"
NOTICE_SERVICE: Final = _CLAIM + "platformnotificationservice"
ORIGIN_CONTEXTS: Final = _CLAIM + "origin_contexts"

AGS_ENDPOINT: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

_DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
DEEP_LINKING_SETTINGS: Final = _DEEP_LINKING + "deep_linking_settings"
CONTENT_ITEMS: Final = _DEEP_LINKING + "content_items"
DATA: Final = _DEEP_LINKING + "data"
MSG: Final = _DEEP_LINKING + "msg"
ERRORMSG: Final = _DEEP_LINKING + "errormsg"

RESOURCE_LINK_REQUEST: Final = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST: Final = "LtiDeepLinkingRequest"
DEEP_LINKING_RESPONSE: Final = "LtiDeepLinkingResponse"
SUBMISSION_REVIEW_REQUEST: Final = "LtiSubmissionReviewRequest"

HELLO_WORLD_NOTICE: Final = "LtiHelloWorldNotice"
CONTEXT_COPY_NOTICE: Final = "LtiContextCopyNotice"

_AGS_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM_SCOPE: Final = _AGS_SCOPE + "lineitem"
LINE_ITEM_READ_SCOPE: Final = _AGS_SCOPE + "lineitem.readonly"
RESULT_SCOPE: Final = _AGS_SCOPE + "result.readonly"
SCORE_SCOPE: Final = _AGS_SCOPE + "score"
ROSTER_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
AGS_SCOPES: Final = (LINE_ITEM_SCOPE, LINE_ITEM_READ_SCOPE, RESULT_SCOPE, SCORE_SCOPE)
SCOPES: Final = (*AGS_SCOPES, ROSTER_SCOPE)
NOTICE_HANDLERS_SCOPE: Final = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"

LINE_ITEM_TYPE: Final = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE: Final = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_TYPE: Final = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE: Final = "application/vnd.ims.lis.v2.resultcontainer+json"
ROSTER_TYPE: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTRUCTOR: Final = MEMBERSHIP + "Instructor"
LEARNER: Final = MEMBERSHIP + "Learner"
MENTOR: Final = MEMBERSHIP + "Mentor"
SECONDARY_INSTRUCTOR: Final = (
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#SecondaryInstructor"
)
TEACHING_ASSISTANT: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
TEST_USER: Final = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
INSTITUTION_ADMINISTRATOR: Final = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
INSTITUTION_INSTRUCTOR: Final = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"
INSTITUTION_STUDENT: Final = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"
INSTITUTION_OBSERVER: Final = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Observer"
SYSTEM_ADMINISTRATOR: Final = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"

ACTIVITY_PROGRESS: Final = frozenset({"Initialized", "Started", "InProgress", "Submitted", "Completed"})
GRADING_PROGRESS: Final = frozenset({"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"})

TOOL_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CLIENT_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
