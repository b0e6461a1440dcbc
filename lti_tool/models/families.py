"""What a school gives to families who have no account at its LMS: links to one report, and what they wish."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Digest, Key, Moment, PersonKey
from lti_tool.models.courses import Context, Person


class FamilyLink(Base):
    """A link to the report about one student in one course.

    The secret in it stands nowhere, only its digest. `language` is that of the letter; empty leaves it to the
    reader's browser. Of reading nothing is kept but the latest day.
    """

    __tablename__ = "family_links"

    id: Mapped[Key]
    context_id: Mapped[ContextKey] = mapped_column(index=True)
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(String(8), default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    revoked_at: Mapped[Moment | None]
    last_opened_on: Mapped[date | None] = mapped_column(Date)

    context: Mapped[Context] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)


class FamilyPreference(Base):
    """What the family of a student wishes in one course: its language, and whether it wants reports at all.

    By course, because everything that a family reads is about one child in one course, and whoever holds a link of
    one course may decide nothing about another. By child and not by reader, because a link does not say who reads.
    """

    __tablename__ = "family_preferences"
    __table_args__ = (UniqueConstraint("context_id", "person_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(8), default="")
    declined_at: Mapped[Moment | None]
    changed_at: Mapped[Moment]
