"""Who is in a course (Names and Role Provisioning Services 2.0).

A reading is complete or it fails: a roster cut short would make people vanish. People who are gone are
marked inactive, never deleted, and only when the new roster is believable, see `store_roster`. Only differences are
written: that somebody is still there says the moment of the reading, kept once with the course.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.service_client import ServiceClient
from lti_tool.grades.vocab import MediaType, MemberStatus, Scope
from lti_tool.launch.roles import Role, context_roles, is_test_user
from lti_tool.models.courses import Context, Membership, Person

# Below this many known members a halved roster is ordinary (a club, a test course).
SMALL_COURSE = 10
STAFF = frozenset({Role.INSTRUCTOR, Role.TEACHING_ASSISTANT, Role.CONTENT_DEVELOPER, Role.ADMINISTRATOR})

SUSPICIOUS_ROSTER = (
    "The learning platform's list of people was suspiciously short, so nobody was taken out of this course. "
    "If it is right, people are taken out when they are missing from a fuller list."
)


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a roster. Names are empty where the platform keeps them to itself."""

    user_id: str
    roles: tuple[Role, ...]
    is_test: bool = False
    active: bool = True
    name: str = ""
    given_name: str = ""
    family_name: str = ""


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What storing a roster did. `warning` is a sentence for teachers when it was not believed in full."""

    joined: int
    left: int
    warning: str | None = None


def read_roster(client: ServiceClient, context: Context) -> tuple[Member, ...]:
    """All members of `context`, from all pages.

    Raises PlatformError, `roster.not_offered` where the course has no such service.
    """
    if not context.memberships_url:
        raise PlatformRefused(
            "roster.not_offered",
            "The learning platform does not offer the list of people to Waymark in this course; ask an "
            "administrator to switch on names and roles for Waymark.",
        )
    pages = client.read_pages(
        context.memberships_url, scopes=[Scope.MEMBERSHIPS.value], accept=MediaType.MEMBERSHIPS
    )
    members: dict[str, Member] = {}
    for page in pages:
        if not isinstance(page, dict) or not isinstance(page.get("members"), list):
            raise unreadable_answer(status=200)
        for member in map(_member, page["members"]):
            members[member.user_id] = _merged(members.get(member.user_id), member)
    return tuple(members.values())


def store_roster(
    session: Session, *, context: Context, members: Sequence[Member], now: datetime
) -> RosterChange:
    """Keep a complete reading of the roster, and when it was.

    People who are no longer listed become inactive, unless the roster is empty or lists fewer than half
    of more than 10 known members: then everybody stays and the change carries a warning.

    A role of staff is not overruled by the roster's plain learner: Moodle calls a non-editing teacher
    Instructor at launch and Learner in the roster. A launch as learner does replace it.
    """
    registration_id = context.deployment.registration_id
    known = {
        membership.person.user_id: membership
        for membership in session.scalars(
            select(Membership)
            .where(Membership.context_id == context.id)
            .options(joinedload(Membership.person))
        )
    }
    # Somebody whom we never met and who does not take part is none of our business.
    listed = [member for member in members if member.active or member.user_id in known]
    people = _people(session, registration_id, [member.user_id for member in listed])
    joined = 0
    for member in listed:
        person = people[member.user_id]
        _keep_names(person, member)
        membership = known.get(member.user_id)
        if membership is None:
            membership = Membership(
                context_id=context.id, person=person, roles=[], active=False, listed=False
            )
            session.add(membership)
        joined += member.active and not membership.active
        _keep_membership(membership, member, now)
    _note_unlisted(known, {member.user_id for member in listed}, read_before_at=context.roster_read_at)
    warning, left = _take_out(known, {member.user_id for member in listed if member.active})
    context.roster_read_at = now
    session.flush()
    return RosterChange(joined=joined, left=left, warning=warning)


def _note_unlisted(
    known: dict[str, Membership], listed: set[str], *, read_before_at: datetime | None
) -> None:
    """Of people whom this reading does not name any more, keep when one last did."""
    for user_id, membership in known.items():
        if membership.listed and user_id not in listed:
            membership.listed = False
            membership.seen_at = max(membership.seen_at, read_before_at or membership.seen_at)


def _take_out(known: dict[str, Membership], listed: set[str]) -> tuple[str | None, int]:
    active = [membership for membership in known.values() if membership.active]
    gone = [membership for membership in active if membership.person.user_id not in listed]
    if not gone:
        return None, 0
    if not listed or (len(active) > SMALL_COURSE and len(listed) < len(active) / 2):
        return SUSPICIOUS_ROSTER, 0
    for membership in gone:
        membership.active = False
    return None, len(gone)


def _keep_membership(membership: Membership, member: Member, now: datetime) -> None:
    roles = [role.value for role in member.roles]
    was_staff = membership.active and any(role in STAFF for role in membership.roles)
    if was_staff and roles == [Role.LEARNER.value]:
        roles = membership.roles
    says = {
        "roles": roles,
        "is_learner": Role.LEARNER in roles,
        "is_test": member.is_test,
        "active": member.active,
        "listed": True,
    }
    if any(getattr(membership, name) != value for name, value in says.items()):
        for name, value in says.items():
            setattr(membership, name, value)
        membership.seen_at = now


def _keep_names(person: Person, member: Member) -> None:
    """A platform that stops sending names does not take away those that we have."""
    person.name = member.name or person.name
    person.given_name = member.given_name or person.given_name
    person.family_name = member.family_name or person.family_name


def _people(session: Session, registration_id: int, user_ids: Sequence[str]) -> dict[str, Person]:
    """The people with these ids, by id; those who are new to the registration are added."""
    found: dict[str, Person] = {}
    for start in range(0, len(user_ids), 500):  # databases limit the number of parameters
        query = select(Person).where(
            Person.registration_id == registration_id, Person.user_id.in_(user_ids[start : start + 500])
        )
        found |= {person.user_id: person for person in session.scalars(query)}
    new = [
        Person(registration_id=registration_id, user_id=user_id, name="", given_name="", family_name="")
        for user_id in user_ids
        if user_id not in found
    ]
    session.add_all(new)
    session.flush()
    return found | {person.user_id: person for person in new}


def _member(item: Any) -> Member:
    """One entry of a page. Ids come as text or number, so both become text."""
    if not isinstance(item, dict) or item.get("user_id") in (None, ""):
        raise unreadable_answer(status=200)
    roles = item.get("roles")
    sent = [roles] if isinstance(roles, str) else roles if isinstance(roles, list) else []
    return Member(
        user_id=str(item["user_id"]),
        roles=context_roles(sent),
        is_test=is_test_user(sent),
        active=str(item.get("status") or MemberStatus.ACTIVE) == MemberStatus.ACTIVE,
        name=_text(item.get("name")),
        given_name=_text(item.get("given_name")),
        family_name=_text(item.get("family_name")),
    )


def _merged(first: Member | None, second: Member) -> Member:
    """Some platforms list a person once for each section or role."""
    if first is None:
        return second
    roles = {*first.roles, *second.roles}
    return Member(
        user_id=second.user_id,
        roles=tuple(role for role in Role if role in roles),
        is_test=first.is_test or second.is_test,
        active=first.active or second.active,
        name=second.name or first.name,
        given_name=second.given_name or first.given_name,
        family_name=second.family_name or first.family_name,
    )


def _text(value: object) -> str:
    return value.replace("\x00", "")[:255] if isinstance(value, str) else ""
