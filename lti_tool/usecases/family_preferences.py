"""What the family of a student wishes in a course: its language, and whether it wants reports at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch.inserting import insert_once
from lti_tool.models.courses import Context
from lti_tool.models.families import FamilyPreference
from lti_tool.pathways.wording import N_


def opted_out(session: Session, context: Context) -> frozenset[int]:
    """The students of the course whose families want no reports, by person key."""
    return frozenset(
        session.scalars(
            select(FamilyPreference.person_id).where(
                FamilyPreference.context_id == context.id, FamilyPreference.declined_at.is_not(None)
            )
        )
    )


def languages(session: Session, context: Context) -> Mapping[int, str]:
    """The language that each family chose, by person key; families that chose none are not named."""
    rows = session.execute(
        select(FamilyPreference.person_id, FamilyPreference.language).where(
            FamilyPreference.context_id == context.id, FamilyPreference.language != ""
        )
    )
    return {row.person_id: row.language for row in rows}


def require_wish(session: Session, context: Context, person_key: int) -> None:
    """Raise Fixable `family.no_reports` where the family said that it wants none."""
    if person_key in opted_out(session, context):
        raise Fixable(
            "family.no_reports",
            N_("This family does not wish reports. It can say otherwise itself, on its own page."),
        )


def choose_language(
    session: Session, *, context: Context, person_keys: Collection[int], language: str, now: datetime
) -> None:
    """The reports about these students are in this language from now on."""
    for person_key in person_keys:
        _set(session, context, person_key, now, language=language)


def set_declined(
    session: Session, *, context: Context, person_key: int, declined: bool, now: datetime
) -> None:
    """Note that the family wants no reports, or wants them again."""
    _set(session, context, person_key, now, declined_at=now if declined else None)


def _set(
    session: Session, context: Context, person_key: int, now: datetime, **values: str | datetime | None
) -> None:
    whose = {"context_id": context.id, "person_id": person_key}
    values["changed_at"] = now
    if insert_once(session, FamilyPreference, {"language": "", **whose, **values}):
        return
    session.execute(
        update(FamilyPreference)
        .where(FamilyPreference.context_id == context.id, FamilyPreference.person_id == person_key)
        .values(**values)
    )
