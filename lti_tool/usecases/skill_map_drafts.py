"""The skill map that a teacher works on: brought with a file or taken from the one in use, changed, put to use or dropped.

A draft can always be used: what would break it is refused, and the draft stays as it was. Putting it to use makes a new
version; evidence is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import SkillMapDraft
from lti_tool.usecases.adopted_map import AdoptedMap, digest_of, newest_row, put_to_use, read_samples
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.skill_map_files import KnownChecks, require_usable

KEEP_DRAFTS = timedelta(days=60)


def find_draft(session: Session, *, context: Context, person: Person) -> SkillMapDraft | None:
    """This teacher's draft for this course."""
    return session.scalar(
        select(SkillMapDraft).where(
            SkillMapDraft.context_id == context.id, SkillMapDraft.person_id == person.id
        )
    )


def required_draft(session: Session, *, context: Context, person: Person) -> SkillMapDraft:
    """This teacher's draft; NotVisible `skill_map.no_draft` where there is none."""
    draft = find_draft(session, context=context, person=person)
    if draft is None:
        raise NotVisible(
            "skill_map.no_draft",
            "There is no skill map that you work on: it was put to use or dropped. Open Setup, then “Skill map”.",
        )
    return draft


def keep_draft(
    session: Session, *, context: Context, person: Person, document: Mapping[str, Any], now: datetime
) -> None:
    """Let the teacher work on this document, in place of what was there. Raises UnusableMap."""
    require_usable(document)
    # Two requests of one person may come at once; the second one waits here and finds the first one's draft.
    session.scalar(select(Context.id).where(Context.id == context.id).with_for_update())
    draft = find_draft(session, context=context, person=person)
    if draft is None:
        draft = SkillMapDraft(context_id=context.id, person_id=person.id)
        session.add(draft)
    draft.document, draft.digest, draft.changed_at = dict(document), digest_of(document), now
    session.flush()


def begin_draft(
    session: Session,
    *,
    context: Context,
    person: Person,
    sample_id: str,
    version: int | None,
    folder: Path,
    now: datetime,
) -> None:
    """Work on the map in use, on an earlier version of it, or on a sample where its id is given."""
    document: Mapping[str, Any] | None = None
    if sample_id:
        document = next((s.document for s in read_samples(folder) if s.id == sample_id), None)
    elif row := newest_row(session, context, version=version):
        document = row.document
    if document is None:
        raise NotVisible(
            "skill_map.unknown", "There is no such skill map. Go back and choose one from the list."
        )
    keep_draft(session, context=context, person=person, document=document, now=now)


def change_draft(
    session: Session,
    *,
    context: Context,
    person: Person,
    edit: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    now: datetime,
) -> None:
    """Work on with what `edit` makes of the draft. Raises UnusableMap; then the draft stays as it was."""
    draft = required_draft(session, context=context, person=person)
    keep_draft(session, context=context, person=person, document=edit(draft.document), now=now)


def drop_draft(session: Session, *, context: Context, person: Person) -> None:
    """Forget what the teacher worked on."""
    session.execute(
        delete(SkillMapDraft).where(
            SkillMapDraft.context_id == context.id, SkillMapDraft.person_id == person.id
        )
    )


def seen_of(session: Session, *, context: Context, draft: SkillMapDraft) -> str:
    """What stands for what a teacher was shown: the draft, beside the version in use."""
    row = newest_row(session, context)
    return f"{row.version if row else 0}-{draft.digest[:16]}"


def use_draft(session: Session, *, context: Context, person: Person, seen: str, now: datetime) -> AdoptedMap:
    """Put the draft to use as it was shown; results and steps follow.

    Raises Fixable `skill_map.changed` (409) when the draft or the map in use is another one meanwhile.
    """
    session.scalar(select(Context.id).where(Context.id == context.id).with_for_update())
    draft = required_draft(session, context=context, person=person)
    if seen != seen_of(session, context=context, draft=draft):
        raise Fixable(
            "skill_map.changed",
            "This map or the one in use has changed since this page was shown. Look at the differences again.",
            status=409,
        )
    adopted = put_to_use(session, context=context, document=draft.document, teacher=person, now=now)
    session.delete(draft)
    after_sync(session, context, now)
    return adopted


def known_checks(session: Session, *, context: Context, folder: Path) -> KnownChecks:
    """Questions of the map in use, then of the samples."""
    row = newest_row(session, context)
    in_use = [row.document] if row else []
    return KnownChecks.of([*in_use, *(sample.document for sample in read_samples(folder))])
