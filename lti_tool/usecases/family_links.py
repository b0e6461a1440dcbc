"""Links with which a family without an account reads the report about its own child, and nothing else.

The secret of a link is a random value of 128 bits whose digest is kept, not a signature. A row is needed anyway, to
take a link back and to list those that live, so a signature would add nothing but two faults: links would tell
whom they are about, and a change of the installation's key would end every letter that is on its way. Looking for
the digest also leaks no time: whoever guesses does not know the digest of the guess's neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch import audit
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.families import FamilyLink
from lti_tool.models.platforms import Deployment, DeploymentStatus, Registration, RegistrationStatus
from lti_tool.pathways.wording import N_
from lti_tool.usecases.family_preferences import opted_out, require_wish

LIFETIME = timedelta(days=30)
KEEP_ENDED = timedelta(days=90)
MOST_KEPT = 200
_BITS = 128
TOKEN_LENGTH = len(random_token(bits=_BITS))


class LinkEnded(NotVisible):
    """There is no such link, or it is over, or it was taken back: the three answers are one."""

    def __init__(self) -> None:
        super().__init__("family_link.ended", N_("This link has ended. Ask the teacher for a new one."))


@dataclass(frozen=True, slots=True)
class NewLink:
    """What the address of a new link ends in, which is shown once and never stored, and until when it lives."""

    url_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that lives, its course and its child. A family that `declined` sees no report by it."""

    link: FamilyLink
    context: Context
    child: Person
    declined: bool


def make_link(
    session: Session, *, context: Context, person: Person, teacher: Person, now: datetime, language: str = ""
) -> NewLink:
    """A new link to the report about `person`.

    Raises NotVisible `student.not_found` unless this is an active student of the course, and Fixable
    `family.no_reports` where the family wants none, `family_link.too_many` where so many were made that no more are kept.
    """
    if session.scalar(select(Person.id).where(Person.id == person.id, _is_learner(context))) is None:
        raise NotVisible("student.not_found", "There is no such student in this course.")
    require_wish(session, context, person.id)
    _require_few(session, context, person)
    token = random_token(bits=_BITS)
    expires_at = now + LIFETIME
    session.add(
        FamilyLink(
            context_id=context.id,
            person_id=person.id,
            token_hash=token_hash(token),
            language=language,
            created_by=teacher.id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    _note(session, teacher, "family_link.made", person.id, now)
    session.flush()
    return NewLink(token, expires_at)


def open_link(session: Session, token: str, now: datetime) -> OpenLink:
    """What the address that ends in `token` leads to. Raises LinkEnded."""
    link = session.scalar(
        select(FamilyLink)
        .join(FamilyLink.context)
        .join(Context.deployment)
        .join(Deployment.registration)
        .join(FamilyLink.person)
        .where(
            FamilyLink.token_hash == token_hash(token),
            *_lives(now),
            Deployment.status == DeploymentStatus.ACTIVE,
            Registration.status == RegistrationStatus.ACTIVE,
        )
    )
    if link is None:
        raise LinkEnded
    child = session.scalar(select(Person).where(Person.id == link.person_id, _is_learner(link.context)))
    if child is None:
        raise LinkEnded
    return OpenLink(link, link.context, child, child.id in opted_out(session, link.context))


def note_opened(opened: OpenLink, now: datetime) -> None:
    """Remember that a person read by this link: the day, and no more."""
    opened.link.last_opened_on = now.date()


def live_links(session: Session, context: Context, now: datetime) -> Mapping[int, tuple[FamilyLink, ...]]:
    """The links of the course that live, the newest first, by person key; those of families that want none are over."""
    found: dict[int, tuple[FamilyLink, ...]] = {}
    declined = opted_out(session, context)
    for link in session.scalars(
        select(FamilyLink)
        .where(FamilyLink.context_id == context.id, *_lives(now))
        .order_by(FamilyLink.id.desc())
    ):
        if link.person_id not in declined:
            found[link.person_id] = (*found.get(link.person_id, ()), link)
    return found


def end_link(session: Session, *, context: Context, link_key: int, teacher: Person, now: datetime) -> int:
    """Take one link back; gives the key of its student. Raises NotVisible `family_link.not_found`."""
    link = session.scalar(
        select(FamilyLink).where(FamilyLink.id == link_key, FamilyLink.context_id == context.id)
    )
    if link is None:
        raise NotVisible("family_link.not_found", "There is no such link in this course.")
    if link.revoked_at is None:
        link.revoked_at = now
        _note(session, teacher, "family_link.ended", link.person_id, now)
    return link.person_id


def end_all_links(session: Session, *, context: Context, teacher: Person, now: datetime) -> int:
    """Take back every link of the course that lives; gives their number."""
    ended = _end(session, now, FamilyLink.context_id == context.id)
    if ended:
        audit.record(
            session,
            actor=audit.person_name(teacher.id),
            action="family_link.all_ended",
            subject=f"course {context.id}",
            now=now,
            links=str(ended),
        )
    return ended


def end_links_of(
    session: Session, *, context: Context, person_key: int, now: datetime, save: FamilyLink | None = None
) -> int:
    """End the links to the report about one student, all `save` one; gives their number."""
    conditions = [FamilyLink.context_id == context.id, FamilyLink.person_id == person_key]
    if save is not None:
        conditions.append(FamilyLink.id != save.id)
    return _end(session, now, *conditions)


def ended_before(moment: datetime) -> ColumnElement[bool]:
    """That a link was over at `moment`, by its time or because it was taken back."""
    return (FamilyLink.expires_at <= moment) | (FamilyLink.revoked_at <= moment)


def _require_few(session: Session, context: Context, person: Person) -> None:
    """A letter with a link on every day of school is less than this; links that are over count until they are forgotten."""
    kept = session.scalar(
        select(func.count()).where(FamilyLink.context_id == context.id, FamilyLink.person_id == person.id)
    )
    if (kept or 0) >= MOST_KEPT:
        raise Fixable(
            "family_link.too_many",
            f"{MOST_KEPT} links to the report about one student were made in the last months. Use one that lives, or print "
            "letters without links; old links are forgotten three months after their end.",
            status=409,
        )


def _end(session: Session, now: datetime, *whose: ColumnElement[bool]) -> int:
    ended = session.scalars(
        update(FamilyLink).where(*whose, *_lives(now)).values(revoked_at=now).returning(FamilyLink.id)
    )
    return len(ended.all())


def _lives(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return FamilyLink.revoked_at.is_(None), FamilyLink.expires_at > now


def _is_learner(context: Context) -> ColumnElement[bool]:
    """That a person is a real student of the course, and still in it."""
    return Person.disabled_at.is_(None) & Person.id.in_(
        select(Membership.person_id).where(
            Membership.context_id == context.id,
            Membership.active,
            Membership.is_learner,
            Membership.is_test.is_(False),
        )
    )


def _note(session: Session, teacher: Person, action: str, person_key: int, now: datetime) -> None:
    audit.record(
        session,
        actor=audit.person_name(teacher.id),
        action=action,
        subject=audit.person_name(person_key),
        now=now,
    )
