"""The claims of a message to a tool (LTI Core 1.3, section 5.3 and Deep Linking 2.0, section 4.4)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.course_copies import course_history, link_history
from lti_tool.demo_lms.people import children_of
from lti_tool.demo_lms.platform import Platform
from lti_tool.demo_lms.tables import Column, CourseRow, Launch, PersonRow, ResourceLink, Tool
from lti_tool.demo_lms.variables import Surroundings, substituted

# Numbers of resource links outside of courses, which have no rows, begin after this one.
OUTSIDE = 900_000


def launch_claims(session: Session, platform: Platform, launch: Launch, *, nonce: str) -> dict[str, Any]:
    """The whole payload of the id_token for one launch."""
    around = _surroundings(session, platform, launch)
    issued_at = int(platform.now().timestamp())
    profile, tool, person = platform.profile, around.tool, around.person
    claims: dict[str, Any] = {
        "iss": platform.issuer,
        "aud": tool.client_id,
        "iat": issued_at,
        "exp": issued_at + profile.id_token_seconds,
        "nonce": nonce,
        vocab.MESSAGE_TYPE: launch.message_type,
        vocab.VERSION: vocab.LTI_VERSION,
        vocab.DEPLOYMENT_ID: tool.deployment_id,
        vocab.TARGET_LINK_URI: launch.target_link_uri,
        vocab.ROLES: list(around.roles),
        vocab.TOOL_PLATFORM: dict(profile.platform),
        vocab.LAUNCH_PRESENTATION: _presentation(platform, launch),
        vocab.CUSTOM: _custom(around, launch),
        **_context(around),
        **_identity(around),
        **_services(session, around, launch),
    }
    if (
        person.role == "family"
        and around.course is not None
        and not tool.anonymous
        and profile.mentor_claim
        and (tool.share_names or not profile.mentor_claim_needs_names)
    ):
        claims[vocab.ROLE_SCOPE_MENTOR] = [child.public_id for child in around.children]
    if launch.message_type == vocab.DEEP_LINKING_REQUEST:
        claims[vocab.DEEP_LINKING_SETTINGS] = _deep_linking(platform, launch, tool)
    elif around.link is not None:
        claims[vocab.RESOURCE_LINK] = {"id": around.link.public_id, "title": around.link.title} | (
            {"description": around.link.text} if around.link.text else {}
        )
    elif around.course is None:
        # A resource link is required also where no course has a row for it.
        claims[vocab.RESOURCE_LINK] = {"id": profile.link_id(OUTSIDE + tool.id), "title": tool.name}
    if launch.for_person_id is not None:
        about = session.get_one(PersonRow, launch.for_person_id)
        claims[vocab.FOR_USER] = {"user_id": about.public_id}
    return claims


def _surroundings(session: Session, platform: Platform, launch: Launch) -> Surroundings:
    person = session.get_one(PersonRow, launch.person_id)
    link = session.get(ResourceLink, launch.link_id) if launch.link_id else None
    columns = own_columns(session, link) if link else []
    course = session.get_one(CourseRow, launch.course_id) if launch.course_id else None
    return Surroundings(
        platform=platform,
        course=course,
        tool=session.get_one(Tool, launch.tool_id),
        person=person,
        actual=session.get_one(PersonRow, launch.actual_person_id) if launch.actual_person_id else None,
        link=link,
        column=columns[0] if len(columns) == 1 else None,
        children=tuple(children_of(session, person)),
        course_history=course_history(session, course) if course else (),
        link_history=link_history(session, link) if link else (),
    )


def own_columns(session: Session, link: ResourceLink) -> list[Column]:
    """The columns that belong to a resource link."""
    return list(session.scalars(select(Column).where(Column.link_id == link.id).order_by(Column.id)))


def _custom(around: Surroundings, launch: Launch) -> dict[str, Any]:
    link = around.link.custom if around.link else {}
    review = (
        (around.column.submission_review or {}) if around.column and launch.for_person_id is not None else {}
    )
    message = around.tool.message_custom.get(launch.message_type, {})
    return substituted(around.tool.custom | message | link | review.get("custom", {}), around)


def _presentation(platform: Platform, launch: Launch) -> dict[str, Any]:
    target = {"document_target": "window" if launch.in_window else "iframe"}
    if launch.message_type == vocab.DEEP_LINKING_REQUEST:
        return {"locale": "en"} | (target if platform.profile.presentation_of_deep_linking else {})
    home = "course" if launch.course_id else "tools"
    return {"locale": "en", **target, "return_url": f"{platform.issuer}/{home}"}


def _context(around: Surroundings) -> dict[str, Any]:
    """The course, if there is one; some platforms describe what there is instead in the same claim."""
    profile, course = around.platform.profile, around.course
    if course is None:
        return {vocab.CONTEXT: dict(profile.context_outside)} if profile.context_outside else {}
    claim = {
        "id": course.public_id,
        "label": course.label,
        "title": course.title,
        "type": list(profile.context_type),
    }
    return {vocab.CONTEXT: claim}


def _identity(around: Surroundings) -> dict[str, Any]:
    """Who it is, as far as the administrator shares it. An anonymous launch has not even a `sub`."""
    tool, person = around.tool, around.person
    if tool.anonymous:
        return {}
    label = around.course.label if around.course else ""
    own = around.platform.profile.own_claims(person.key, label, tool.share_names)
    locale = {"locale": "en"} if around.platform.profile.locale_claim else {}
    names = {"name": person.name, "given_name": person.given, "family_name": person.family}
    shared = (names if tool.share_names else {}) | ({"email": person.email} if tool.share_email else {})
    return {"sub": person.public_id} | locale | shared | own


def _services(session: Session, around: Surroundings, launch: Launch) -> dict[str, Any]:
    platform, tool, course = around.platform, around.tool, around.course
    claims: dict[str, Any] = {}
    ags = [scope for scope in vocab.AGS_SCOPES if scope in granted_scopes(platform, tool)]
    if ags and course is not None:
        # LTI AGS 2.0 section 3.1: `lineitem` only where exactly one column belongs to the link.
        endpoint: dict[str, Any] = {"scope": ags, "lineitems": platform.line_items_address(course, tool)}
        if around.column is not None and launch.message_type != vocab.DEEP_LINKING_REQUEST:
            endpoint["lineitem"] = platform.line_item_address(course, tool, around.column)
        claims[vocab.AGS_ENDPOINT] = endpoint
    if (
        course is not None
        and vocab.ROSTER_SCOPE in granted_scopes(platform, tool)
        and (not platform.profile.roster_claim_needs_link or _has_link(session, tool, course))
    ):
        claims[vocab.NRPS_SERVICE] = {
            "context_memberships_url": platform.roster_address(course, tool),
            "service_versions": list(platform.profile.roster_versions),
        }
    if platform.profile.notice_types and vocab.NOTICE_HANDLERS_SCOPE in granted_scopes(platform, tool):
        claims[vocab.NOTICE_SERVICE] = {
            "service_versions": ["1.0"],
            "platform_notification_service_url": platform.notice_handlers_address(tool),
            "scope": [vocab.NOTICE_HANDLERS_SCOPE],
            "notice_types_supported": list(platform.profile.notice_types),
        }
    return claims


def granted_scopes(platform: Platform, tool: Tool) -> list[str]:
    """The scopes of a tool with those that this platform adds to them."""
    implied = platform.profile.implied_scopes
    return [
        scope
        for scope in platform.profile.scopes
        if scope in tool.scopes or any(implied.get(granted) == scope for granted in tool.scopes)
    ]


def _has_link(session: Session, tool: Tool, course: CourseRow) -> bool:
    links = select(ResourceLink).where(ResourceLink.tool_id == tool.id, ResourceLink.course_id == course.id)
    return session.scalars(links).first() is not None


def _deep_linking(platform: Platform, launch: Launch, tool: Tool) -> dict[str, Any]:
    settings = dict(platform.profile.deep_linking_settings) | {
        "deep_link_return_url": f"{platform.issuer}/lti/deep_linking/{launch.id}/return",
        "title": tool.name,
        "text": "",
    }
    if platform.profile.deep_linking_data:
        settings["data"] = launch.data
    return settings
