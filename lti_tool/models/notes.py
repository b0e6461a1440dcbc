"""What the staff of a course write about a student for each other, and what stood there before a change."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, PersonKey
from lti_tool.models.courses import Person

LONGEST_NOTE = 1000


class LearnerNote(Base):
    """A note about one student, shared by the staff of the course; with `due_on` it is also something to do.

    `body` is what stands there now; what stood there before is in `LearnerNoteVersion`. A removed note can be put back.
    """

    __tablename__ = "learner_notes"
    __table_args__ = (Index(None, "context_id", "person_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    body: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    due_on: Mapped[date | None] = mapped_column(Date)
    written_at: Mapped[Moment]
    edited_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]
    removed_at: Mapped[Moment | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id])


class LearnerNoteVersion(Base):
    """What a note said until `replaced_at`; append-only."""

    __tablename__ = "learner_note_versions"

    id: Mapped[Key]
    note_id: Mapped[int] = mapped_column(ForeignKey("learner_notes.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    replaced_at: Mapped[Moment]
