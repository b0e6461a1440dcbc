"""Words of the services on the wire: scopes, media types, progress values, and the tags of our columns.

Names and Role Provisioning Services 2.0 (https://www.imsglobal.org/spec/lti-nrps/v2p0), Assignment and
Grade Services 2.0 (https://www.imsglobal.org/spec/lti-ags/v2p0).
"""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """What a token may be used for."""

    MEMBERSHIPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
    LINE_ITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
    LINE_ITEM_READ_ONLY = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
    RESULT_READ_ONLY = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
    SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


class MediaType(StrEnum):
    """Exact media types. Moodle answers 400 to `*/*` and to plain JSON where it expects one of these."""

    MEMBERSHIPS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
    LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
    LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
    RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
    SCORE = "application/vnd.ims.lis.v1.score+json"


class ActivityProgress(StrEnum):
    """How far the learner is (AGS section 3.4.6)."""

    INITIALIZED = "Initialized"
    STARTED = "Started"
    IN_PROGRESS = "InProgress"
    SUBMITTED = "Submitted"
    COMPLETED = "Completed"


class GradingProgress(StrEnum):
    """How far grading is (AGS section 3.4.7).

    We only ever send FULLY_GRADED: common platforms erase an existing grade on any other value.
    """

    FULLY_GRADED = "FullyGraded"
    PENDING = "Pending"
    PENDING_MANUAL = "PendingManual"
    FAILED = "Failed"
    NOT_READY = "NotReady"


class MemberStatus(StrEnum):
    """Whether a member of a roster takes part (NRPS section 2.3)."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    DELETED = "Deleted"


NEXT_STEP_TAG = "waymark-next-step"
NEXT_STEP_RESOURCE = "waymark-next-step"
ACTIVITY_TAG = "waymark-activity"
OPENING_TAG = "waymark-opens"
