"""Which families of a course have a link that lives, which want no reports, and when each was read last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.models.families import FamilyLink
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.family_links import live_links
from lti_tool.usecases.family_preferences import opted_out
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link that lives. `language` is empty where the reader's browser decides."""

    key: int
    language: str
    made: date
    until: date
    last_opened: date | None


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """The family of one student; one that `declined` has no links."""

    person_key: int
    name: str
    declined: bool
    links: tuple[LinkView, ...]


def families(session: Session, *, context: Context, now: datetime, words: Words) -> tuple[FamilyRow, ...]:
    """Every family of the course, in the order of the class."""
    return _rows(session, context, active_learners(session, context), now, words)


def family_of(
    session: Session, *, context: Context, person_key: int, now: datetime, words: Words
) -> FamilyRow:
    """The family of one student of the course."""
    [row] = _rows(session, context, (session.get_one(Person, person_key),), now, words)
    return row


def _rows(
    session: Session, context: Context, learners: tuple[Person, ...], now: datetime, words: Words
) -> tuple[FamilyRow, ...]:
    links, declined = live_links(session, context, now), opted_out(session, context)
    return tuple(
        FamilyRow(
            person_key=learner.id,
            name=full_name(learner, words),
            declined=learner.id in declined,
            links=tuple(_view(link) for link in links.get(learner.id, ())),
        )
        for learner in learners
    )


def _view(link: FamilyLink) -> LinkView:
    return LinkView(
        key=link.id,
        language=link.language,
        made=link.created_at.date(),
        until=link.expires_at.date(),
        last_opened=link.last_opened_on,
    )
