"""What a teacher says to the family of a student, from the draft to the words that the family reads."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Digest, Key, Moment, PersonKey, choice
from lti_tool.models.courses import Person

LONGEST_MESSAGE = 600


class MessageState(StrEnum):
    """Where a message stands. Families read approved ones only."""

    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class FamilyMessage(Base):
    """A message to the family of one student in one course. A student has at most one draft.

    `facts` is a hash of the words that the facts gave when the draft was made in this language: while it is the hash
    of `body`, nobody has changed a word. `approved_by` is the teacher in whose name it stands.
    """

    __tablename__ = "family_messages"
    __table_args__ = (
        Index(
            "uq_family_messages_draft",
            "context_id",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        CheckConstraint(
            "(state = 'draft') = (approved_at IS NULL)", name="a_draft_is_what_nobody_has_approved"
        ),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey] = mapped_column(index=True)
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(String(LONGEST_MESSAGE))
    facts: Mapped[Digest]
    state: Mapped[MessageState] = mapped_column(choice(MessageState), default=MessageState.DRAFT)
    drafted_at: Mapped[Moment]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    approved_at: Mapped[Moment | None]

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    teacher: Mapped[Person | None] = relationship(foreign_keys=approved_by)
