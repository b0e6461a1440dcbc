"""A family asks what is held about their child: finding the learner, and handing the records out once.

Nothing is stored between asking and saving, so an export can neither lie about nor outlive what it tells of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible, Refused
from lti_tool.grades.gradebooks.names import folded_name
from lti_tool.launch import audit
from lti_tool.launch.name_access import require_name_access
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.platforms import Administrator, Deployment
from lti_tool.models.privacy import LearnerExport
from lti_tool.usecases.learner_records import LearnerRecords, read_learner_records
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words

EXPORT_LASTS = timedelta(hours=24)
MOST_FOUND = 20
FEWEST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody whom the words fit, with the courses that tell two of the same name apart."""

    key: int
    name: str
    user_id: str
    courses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Whom the words fit; `more` where they fit others too, who are not listed."""

    people: tuple[FoundPerson, ...]
    more: bool


def courses_of(session: Session, registration_key: int) -> tuple[tuple[int, str], ...]:
    """The platform's courses: (key, title), by title."""
    rows = session.execute(
        select(Context.id, Context.title, Context.context_id)
        .join(Deployment)
        .where(Deployment.registration_id == registration_key)
    )
    named = [(key, title or context_id) for key, title, context_id in rows]
    return tuple(sorted(named, key=lambda item: (item[1].casefold(), item[0])))


def find_people(
    session: Session,
    administrator: Administrator,
    registration_key: int,
    *,
    wanted: str,
    context_key: int | None = None,
    now: datetime,
    words: Words,
) -> Found:
    """People of the platform, or of one course of it, whose name has all of these words or whose id is this.

    Raises NotAllowed `names.no_access`, Fixable `learner.too_short`, NotVisible `course.not_found`.
    """
    access = require_name_access(session, administrator.id, registration_key, now)
    courses = dict(courses_of(session, registration_key))
    query = select(Person).where(Person.registration_id == registration_key).order_by(Person.id)
    if context_key is not None:
        if context_key not in courses:
            raise NotVisible("course.not_found", "There is no such course on this platform.")
        query = query.where(
            Person.id.in_(select(Membership.person_id).where(Membership.context_id == context_key))
        )
    # Compared here, because SQLite folds no letters but those of English.
    sought = folded_name(wanted)
    fitting = [person for person in session.scalars(query) if _fits(person, wanted.strip(), sought)]
    if not fitting and len(sought) < FEWEST_LETTERS:
        raise Fixable(
            "learner.too_short",
            f"Type at least {FEWEST_LETTERS} letters of the name, or the id as the learning platform has it.",
        )
    shown = fitting[:MOST_FOUND]
    audit.record(
        session,
        actor=administrator.login,
        action="learners.searched",
        subject=f"registration {registration_key}",
        now=now,
        found=str(len(fitting)),
        reference=access.reference,
    )
    return Found(
        tuple(_found(session, person, courses, words) for person in shown), len(fitting) > len(shown)
    )


def prepare_export(
    session: Session, administrator: Administrator, registration_key: int, person_key: int, now: datetime
) -> LearnerExport:
    """Let this administrator save the person's records once within a day.

    Raises NotAllowed `names.no_access`, NotVisible `learner.not_found`.
    """
    access = require_name_access(session, administrator.id, registration_key, now)
    person = session.scalar(
        select(Person).where(Person.id == person_key, Person.registration_id == registration_key)
    )
    if person is None:
        raise NotVisible("learner.not_found", "There is no such person on this platform; search again.")
    export = LearnerExport(
        administrator_id=administrator.id,
        person_id=person.id,
        reference=access.reference,
        created_at=now,
        expires_at=now + EXPORT_LASTS,
    )
    session.add(export)
    session.flush()
    _note(session, administrator, export, "learner_export.made", now)
    return export


def exports_to_save(session: Session, administrator_id: int, now: datetime) -> Sequence[LearnerExport]:
    """What this administrator can still save, the newest first."""
    return session.scalars(
        select(LearnerExport)
        .where(
            LearnerExport.administrator_id == administrator_id,
            LearnerExport.expires_at > now,
            LearnerExport.used_at.is_(None),
        )
        .order_by(LearnerExport.id.desc())
    ).all()


def take_export(
    session: Session, administrator: Administrator, export_key: int, *, now: datetime, words: Words
) -> LearnerRecords:
    """The records, this once; of several simultaneous callers one succeeds.

    Raises NotVisible `learner_export.not_found` (somebody else's, too), Refused: `learner_export.used`,
    `learner_export.expired`.
    """
    export = session.scalar(
        select(LearnerExport).where(
            LearnerExport.id == export_key, LearnerExport.administrator_id == administrator.id
        )
    )
    if export is None:
        raise NotVisible("learner_export.not_found", "There is no such export; make one under “People”.")
    if export.expires_at <= now:
        raise Refused(
            "learner_export.expired",
            "This export is more than a day old. Make a new one under “People”.",
            status=409,
        )
    spent = session.execute(
        update(LearnerExport)
        .where(LearnerExport.id == export.id, LearnerExport.used_at.is_(None))
        .values(used_at=now)
        .returning(LearnerExport.id)
    ).first()
    if spent is None:
        raise Refused(
            "learner_export.used",
            "This export was saved already, and each can be saved once. Make a new one under “People”.",
            status=409,
        )
    _note(session, administrator, export, "learner_export.saved", now)
    session.flush()
    return read_learner_records(session, session.get_one(Person, export.person_id), now=now, words=words)


def _fits(person: Person, wanted: str, sought: str) -> bool:
    if person.user_id == wanted or len(sought) < FEWEST_LETTERS:
        return person.user_id == wanted
    said = folded_name(f"{person.name} {person.given_name} {person.family_name}")
    return all(word in said for word in sought.split())


def _found(session: Session, person: Person, courses: dict[int, str], words: Words) -> FoundPerson:
    mine = session.scalars(
        select(Membership.context_id).where(Membership.person_id == person.id).order_by(Membership.context_id)
    )
    return FoundPerson(
        person.id, full_name(person, words), person.user_id, tuple(courses[key] for key in mine)
    )


def _note(
    session: Session, administrator: Administrator, export: LearnerExport, action: str, now: datetime
) -> None:
    audit.record(
        session,
        actor=administrator.login,
        action=action,
        subject=audit.person_name(export.person_id),
        now=now,
        export=str(export.id),
        reference=export.reference,
    )
