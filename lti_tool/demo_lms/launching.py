"""Starting a message to a tool: third-party initiated login (LTI Security Framework 1.0, section 5.1.1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from lti_tool.demo_lms import message_log, vocab
from lti_tool.demo_lms.platform import Platform, random_token
from lti_tool.demo_lms.tables import CourseRow, Launch, PersonRow, ResourceLink, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiation:
    """The form that a page of the LMS sends into the tool's frame, and the origins whose window messages it may expect."""

    action: str
    fields: Mapping[str, str]
    origins: tuple[str, ...]


def initiate(
    session: Session,
    platform: Platform,
    *,
    tool: Tool,
    person: PersonRow,
    course: CourseRow | None,
    actual: PersonRow | None = None,
    message_type: str = vocab.RESOURCE_LINK_REQUEST,
    target_link_uri: str,
    link: ResourceLink | None = None,
    module_id: int | None = None,
    for_person: PersonRow | None = None,
    in_window: bool = False,
) -> Initiation:
    """Write down a launch and give the login initiation that begins it (the caller commits).

    `actual`: somebody who acts as `person`. `in_window`: the tool gets a window of its own, so that there is no page around it to keep values for it.
    """
    profile = platform.profile
    launch = Launch(
        hint=profile.message_hint(random_token(), link.id if link else None),
        person_id=person.id,
        actual_person_id=actual.id if actual else None,
        course_id=course.id if course else None,
        tool_id=tool.id,
        link_id=link.id if link else None,
        module_id=module_id,
        for_person_id=for_person.id if for_person else None,
        message_type=message_type,
        in_window=in_window,
        target_link_uri=target_link_uri,
        # Awkward on purpose: the tool must send it back unchanged.
        data=f'{{"ticket": "{random_token()}", "é": "+ %2B &amp;"}}'
        if message_type == vocab.DEEP_LINKING_REQUEST
        else None,
        created_at=platform.now(),
    )
    session.add(launch)
    session.flush()
    fields = {
        "iss": platform.issuer,
        "login_hint": login_hint(platform, person, tool),
        "target_link_uri": target_link_uri,
        "lti_message_hint": launch.hint,
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }
    if profile.storage_target is not None and not in_window:
        fields["lti_storage_target"] = profile.storage_target
    message_log.record(
        session,
        now=platform.now(),
        kind="login initiation",
        from_tool=False,
        tool=tool,
        person=person,
        summary=f"Form post to {tool.initiate_login_uri}",
        detail={"address": tool.initiate_login_uri, "fields": fields},
    )
    return Initiation(action=tool.initiate_login_uri, fields=fields, origins=origins_of(tool))


def login_hint(platform: Platform, person: PersonRow, tool: Tool) -> str:
    """What stands for a person in `login_hint`, which every login must have, also where it may say nothing."""
    if tool.anonymous:
        return "somebody"
    return platform.profile.login_hint(person.public_id, person.id)


def origins_of(tool: Tool) -> tuple[str, ...]:
    """The web origins a tool registered addresses on."""
    addresses = [tool.initiate_login_uri, tool.target_link_uri, *tool.redirect_uris]
    return tuple(sorted({origin_of(address) for address in addresses}))


def origin_of(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()
