"""Names and Role Provisioning Services 2.0: who is in the course."""

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.claims import own_columns
from lti_tool.demo_lms.course_copies import course_history, link_history
from lti_tool.demo_lms.people import children_of
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.services.calls import Call, accept_only, answer, service_call
from lti_tool.demo_lms.services.paging import page_of
from lti_tool.demo_lms.tables import PersonRow, ResourceLink
from lti_tool.demo_lms.variables import Surroundings, substituted

bp = Blueprint("roster", __name__)


@bp.get("/lti/courses/<course_id>/tools/<int:tool_id>/memberships")
@service_call("roster", vocab.ROSTER_SCOPE)
def memberships(call: Call, *, tool_id: int) -> Response:
    """The people of the course, in pages."""
    if tool_id != call.tool.id:
        raise Refusal("service.other_tool", "This is another tool's roster address.", status=404)
    accept_only(call, vocab.ROSTER_TYPE)
    link = _link(call)
    people = _people(call)
    address = call.platform.roster_address(call.course, call.tool)
    shown, headers = page_of(
        people,
        address=address,
        size=call.profile.roster_page_size,
        maximum=call.profile.roster_page_maximum,
        by_offset=call.profile.paging_by_offset,
    )
    body = {
        "id": address,
        "context": {"id": call.course.public_id, "label": call.course.label, "title": call.course.title},
        "members": [_member(call, person, link) for person in shown],
    }
    return answer(body, vocab.ROSTER_TYPE, headers=headers)


def _link(call: Call) -> ResourceLink | None:
    asked = request.args.get("rlid")
    if asked is None:
        return None
    link = call.session.scalars(
        select(ResourceLink).where(ResourceLink.public_id == asked, ResourceLink.tool_id == call.tool.id)
    ).first()
    if link is None:
        raise Refusal("roster.unknown_link", f"LTI link {asked} doesn't exist", status=404)
    return link


def _people(call: Call) -> list[PersonRow]:
    profile = call.profile
    roles = profile.roster_roles or profile.roles
    asked = request.args.get("role")
    wanted = profile.roster_role_filter(asked) if asked else None
    people = call.session.scalars(
        select(PersonRow).where(PersonRow.role != "administrator").order_by(PersonRow.id)
    )
    return [
        person
        for person in people
        if (profile.roster_with_families or person.role != "family")
        and (person.role != "test_student" or (profile.roster_with_test_students and person.role in roles))
        and (profile.roster_with_suspended or person.active)
        and (wanted is None or wanted in roles.get(person.role, ()))
    ]


def _member(call: Call, person: PersonRow, link: ResourceLink | None) -> dict[str, Any]:
    roles = call.profile.roster_roles or call.profile.roles
    member: dict[str, Any] = {
        "status": "Active" if person.active else "Inactive",
        "user_id": person.public_id,
        "roles": list(roles.get(person.role, ())),
    }
    if call.tool.share_names:
        member |= {"name": person.name, "given_name": person.given, "family_name": person.family}
    if call.tool.share_email:
        member["email"] = person.email
    member |= call.profile.roster_own_members(person.key, call.tool.share_names)
    if link is not None:
        member["message"] = [_message(call, person, link)]
    return member


def _message(call: Call, person: PersonRow, link: ResourceLink) -> dict[str, Any]:
    columns = own_columns(call.session, link)
    around = Surroundings(
        platform=call.platform,
        course=call.course,
        tool=call.tool,
        person=person,
        link=link,
        column=columns[0] if len(columns) == 1 else None,
        children=tuple(children_of(call.session, person)),
        course_history=course_history(call.session, call.course),
        link_history=link_history(call.session, link),
    )
    return {
        vocab.MESSAGE_TYPE: vocab.RESOURCE_LINK_REQUEST,
        vocab.CUSTOM: substituted(call.tool.custom | link.custom, around),
    }
