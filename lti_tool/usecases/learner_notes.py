"""Notes that the staff of a course write about its students for each other, and the follow-ups among them.

Everybody on the staff reads all of them and may say that a follow-up is done; only the author changes or removes a note,
and what stood there before is kept. Students and families never meet them in Waymark, but they are in the records that
a family may ask for (`personal_inventory`), which the page says where they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.notes import LONGEST_NOTE, LearnerNote, LearnerNoteVersion
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.names import full_name
from lti_tool.usecases.typed_text import typed_text
from lti_tool.usecases.words import Words

MOST_SHOWN = 60
MOST_NOTES = 500  # about one student in one course
MOST_CHANGES = 50
PUT_BACK_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note. `is_own` says that the reader wrote it; `before` is how often it was changed."""

    key: int
    person_key: int
    student: str
    author: str
    is_own: bool
    body: str
    written_at: datetime
    edited_at: datetime | None
    due_on: date | None
    is_open: bool
    is_due: bool
    before: int


@dataclass(frozen=True, slots=True)
class NotesView:
    """Notes, newest first; `removed` are the reader's own that can still be put back, `older` leads to the rest."""

    notes: tuple[NoteView, ...]
    removed: tuple[NoteView, ...]
    older: int | None
    students: tuple[tuple[int, str], ...]


def look_at_notes(
    session: Session,
    *,
    context: Context,
    reader: Person,
    now: datetime,
    words: Words,
    person_key: int | None = None,
    only_open: bool = False,
    older_than: int | None = None,
) -> NotesView:
    """The notes about the students of this course, or about one of them, or those with something left to do.

    With `older_than` only notes older than that one. Raises NotVisible `student.not_found`.
    """
    learners = active_learners(session, context)
    names = {learner.id: full_name(learner, words) for learner in learners}
    if person_key is not None and person_key not in names:
        raise NotVisible("student.not_found", "There is no such student in this course.")
    about = [person_key] if person_key is not None else list(names)
    ours = select(LearnerNote).where(LearnerNote.context_id == context.id, LearnerNote.person_id.in_(about))
    wanted = ours.where(LearnerNote.removed_at.is_(None))
    if only_open:
        wanted = wanted.where(LearnerNote.due_on.is_not(None), LearnerNote.done_at.is_(None))
    if older_than is not None:
        wanted = wanted.where(LearnerNote.id < older_than)
    standing = session.scalars(
        wanted.options(joinedload(LearnerNote.author)).order_by(LearnerNote.id.desc()).limit(MOST_SHOWN + 1)
    ).all()
    removed = session.scalars(
        ours.where(LearnerNote.author_id == reader.id, LearnerNote.removed_at > now - PUT_BACK_WITHIN)
        .options(joinedload(LearnerNote.author))
        .order_by(LearnerNote.id.desc())
    ).all()
    shown = standing[:MOST_SHOWN]
    changed = _changed(session, shown)
    if only_open:
        shown = sorted(shown, key=lambda note: (note.due_on or now.date(), note.id))

    def view(note: LearnerNote) -> NoteView:
        before = changed.get(note.id, 0)
        return _view(note, names[note.person_id], reader=reader, now=now, before=before, words=words)

    return NotesView(
        notes=tuple(view(note) for note in shown),
        removed=tuple(view(note) for note in removed),
        older=standing[MOST_SHOWN - 1].id if len(standing) > MOST_SHOWN else None,
        students=tuple(names.items()),
    )


def due_follow_ups(
    session: Session, *, context: Context, learners: Sequence[Person], until: date
) -> tuple[LearnerNote, ...]:
    """What is left to do for these students by that day, the longest due first."""
    here = {learner.id for learner in learners}
    found = session.scalars(
        select(LearnerNote)
        .options(joinedload(LearnerNote.author))
        .where(
            LearnerNote.context_id == context.id,
            LearnerNote.removed_at.is_(None),
            LearnerNote.done_at.is_(None),
            LearnerNote.due_on <= until,
        )
        .order_by(LearnerNote.due_on, LearnerNote.id)
    )
    return tuple(note for note in found if note.person_id in here)


def write_note(
    session: Session,
    *,
    context: Context,
    person_key: int,
    author: Person,
    body: str,
    due_on: date | None,
    now: datetime,
) -> LearnerNote:
    """Keep a new note.

    Raises NotVisible `student.not_found`, Fixable `note.empty`, `note.too_long` and `note.too_many`.
    """
    if person_key not in {learner.id for learner in active_learners(session, context)}:
        raise NotVisible("student.not_found", "There is no such student in this course.")
    kept = session.scalar(
        select(func.count()).where(LearnerNote.context_id == context.id, LearnerNote.person_id == person_key)
    )
    if (kept or 0) >= MOST_NOTES:
        raise Fixable(
            "note.too_many",
            f"There are {MOST_NOTES} notes about this student, and no more fit. Change one of yours instead.",
            status=409,
        )
    note = LearnerNote(
        context_id=context.id,
        person_id=person_key,
        author_id=author.id,
        body=_clean(body),
        due_on=due_on,
        written_at=now,
    )
    session.add(note)
    session.flush()
    return note


def change_note(
    session: Session,
    *,
    context: Context,
    key: int,
    author: Person,
    body: str,
    due_on: date | None,
    seen: int | None,
    now: datetime,
) -> LearnerNote:
    """Say something else in one's own note; what it said before is kept.

    Raises NotVisible `note.not_found`, Fixable `note.empty`, `note.too_long`, `note.changed_too_often`, and `note.changed`
    where it was changed more often by now than the form knew (`seen`).
    """
    note, text = _own(session, context, key, author), _clean(body)
    if seen != _changed(session, [note]).get(note.id, 0):
        raise Fixable(
            "note.changed",
            "You changed this note elsewhere since this page was opened. Look at it again, and change it then.",
            status=409,
        )
    if text != note.body:
        _keep(session, note, now)
        note.body, note.edited_at = text, now
    if due_on != note.due_on:
        note.due_on, note.done_at = due_on, None
    session.flush()
    return note


def take_back_change(
    session: Session, *, context: Context, key: int, author: Person, now: datetime
) -> LearnerNote:
    """Let one's own note say again what it said before its latest change; doing it twice changes nothing in the end.

    Raises NotVisible `note.not_found`, Fixable `note.not_changed`.
    """
    note = _own(session, context, key, author)
    latest = session.scalar(
        select(LearnerNoteVersion)
        .where(LearnerNoteVersion.note_id == note.id)
        .order_by(LearnerNoteVersion.id.desc())
        .limit(1)
    )
    if latest is None:
        raise Fixable(
            "note.not_changed",
            "This note was never changed, so there is nothing to take back. Look at it again.",
            status=409,
        )
    earlier = latest.body
    _keep(session, note, now)
    note.body, note.edited_at = earlier, now
    session.flush()
    return note


def remove_note(
    session: Session, *, context: Context, key: int, author: Person, now: datetime
) -> LearnerNote:
    """Take one's own note away from the pages. Raises NotVisible `note.not_found`."""
    note = _own(session, context, key, author)
    note.removed_at = now
    session.flush()
    return note


def put_note_back(
    session: Session, *, context: Context, key: int, author: Person, now: datetime
) -> LearnerNote:
    """Show one's own removed note again.

    Raises NotVisible `note.not_found`, also for one that was removed too long ago.
    """
    note = _own(session, context, key, author, removed=True)
    if note.removed_at is None or note.removed_at <= now - PUT_BACK_WITHIN:
        raise _missing()
    note.removed_at = None
    session.flush()
    return note


def set_done(session: Session, *, context: Context, key: int, done: bool, now: datetime) -> LearnerNote:
    """Say that a follow-up is done, or that it is not; anybody on the staff may.

    Raises NotVisible `note.not_found`, Fixable `note.no_follow_up`.
    """
    note = session.scalar(_standing(context, key))
    if note is None:
        raise _missing()
    if note.due_on is None:
        raise Fixable(
            "note.no_follow_up", "This note has no follow-up any more. Look at it again.", status=409
        )
    note.done_at = (note.done_at or now) if done else None
    session.flush()
    return note


def _own(
    session: Session, context: Context, key: int, author: Person, *, removed: bool = False
) -> LearnerNote:
    """One's own note; somebody else's answers as if there were none."""
    ours = select(LearnerNote).where(LearnerNote.context_id == context.id, LearnerNote.id == key)
    mine = (ours if removed else _standing(context, key)).where(LearnerNote.author_id == author.id)
    note = session.scalar(mine.with_for_update())
    if note is None:
        raise _missing()
    return note


def _standing(context: Context, key: int) -> Select[LearnerNote]:
    return select(LearnerNote).where(
        LearnerNote.context_id == context.id, LearnerNote.id == key, LearnerNote.removed_at.is_(None)
    )


def _missing() -> NotVisible:
    return NotVisible("note.not_found", "There is no such note that you could change.")


def _keep(session: Session, note: LearnerNote, now: datetime) -> None:
    if _changed(session, [note]).get(note.id, 0) >= MOST_CHANGES:
        raise Fixable(
            "note.changed_too_often",
            f"This note was changed {MOST_CHANGES} times, and all of that is kept. Write a new one instead.",
            status=409,
        )
    session.add(LearnerNoteVersion(note_id=note.id, body=note.body, replaced_at=now))


def _changed(session: Session, notes: Sequence[LearnerNote]) -> dict[int, int]:
    """How often each of these was changed."""
    rows = session.execute(
        select(LearnerNoteVersion.note_id, func.count())
        .where(LearnerNoteVersion.note_id.in_([note.id for note in notes]))
        .group_by(LearnerNoteVersion.note_id)
    )
    return {row[0]: row[1] for row in rows}


def _clean(body: str) -> str:
    text = typed_text(body)
    if not text:
        raise Fixable(
            "note.empty", "The note is empty. Write what your colleagues should know, then save it."
        )
    if len(text) > LONGEST_NOTE:
        raise Fixable(
            "note.too_long",
            f"The note has {len(text)} characters, and {LONGEST_NOTE} fit. Shorten it, or write two notes.",
        )
    return text


def _view(
    note: LearnerNote, student: str, *, reader: Person, now: datetime, before: int, words: Words
) -> NoteView:
    is_open = note.due_on is not None and note.done_at is None
    return NoteView(
        key=note.id,
        person_key=note.person_id,
        student=student,
        author=full_name(note.author, words) if note.author else words.gettext("Somebody who has left"),
        is_own=note.author_id == reader.id,
        body=note.body,
        written_at=note.written_at,
        edited_at=note.edited_at,
        due_on=note.due_on,
        is_open=is_open,
        is_due=is_open and note.due_on is not None and note.due_on <= now.date(),
        before=before,
    )
