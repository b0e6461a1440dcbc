"""Who changed what in the administration, and who took records of people: ids and codes only, no names.

The table is append-only, and the database itself sees to it (migration `administration`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from lti_tool.models.platforms import AuditEntry

_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Entries:
    """One page of the log, newest first; `older` and `newer` are where its neighbours begin, if there are any."""

    entries: tuple[AuditEntry, ...]
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: by whom or about what (part of the name), which actions, since when. Empty means all."""

    about: str = ""
    actions: tuple[str, ...] = ()
    since: datetime | None = None


def record(session: Session, *, actor: str, action: str, subject: str, now: datetime, **detail: str) -> None:
    """Note that `actor` did `action` to `subject`.

    The actor is an administrator's login, a teacher's `person_name`, "command line", "worker" or "platform".
    """
    session.add(
        AuditEntry(at=now, actor=actor[:_LONGEST], action=action, subject=subject[:_LONGEST], detail=detail)
    )


def person_name(key: int) -> str:
    """How somebody in a course stands in the log, as subject or as actor: by number, which is never used again."""
    return f"person {key}"


def read_page(
    session: Session, wanted: Wanted, *, size: int, before: int | None = None, after: int | None = None
) -> Entries:
    """One page: the newest, the one `before` an entry's id, or the one `after` it.

    Entries are only ever added, so places given by ids stay true while others are written.
    """
    backwards = after is not None
    query = select(AuditEntry).where(*_conditions(wanted))
    if after is not None:
        query = query.where(AuditEntry.id > after).order_by(AuditEntry.id)
    else:
        query = query.order_by(AuditEntry.id.desc())
        if before is not None:
            query = query.where(AuditEntry.id < before)
    found = list(session.scalars(query.limit(size + 1)))
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Entries((), None, None)
    has_older, has_newer = (True, more) if backwards else (more, before is not None)
    return Entries(tuple(found), found[-1].id if has_older else None, found[0].id if has_newer else None)


def read_all(session: Session, wanted: Wanted, *, at_a_time: int = 500) -> Iterator[AuditEntry]:
    """Every entry, newest first, without holding them all in memory."""
    query = select(AuditEntry).where(*_conditions(wanted)).order_by(AuditEntry.id.desc())
    yield from session.scalars(query.execution_options(yield_per=at_a_time))


def known_actions(session: Session) -> Sequence[str]:
    """The actions that stand in the log."""
    return session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)).all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.about:
        conditions.append(
            or_(
                AuditEntry.actor.icontains(wanted.about, autoescape=True),
                AuditEntry.subject.icontains(wanted.about, autoescape=True),
            )
        )
    if wanted.actions:
        conditions.append(AuditEntry.action.in_(wanted.actions))
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
    return conditions
