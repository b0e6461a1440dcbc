"""Outcomes of a course as the LMS's own API tells them, and how students did on each."""

from __future__ import annotations

from sqlalchemy import Boolean, Float, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, PersonKey


class LearningOutcome(Base):
    """A statement of what students can do that teachers judge in the LMS (`native_apis.outcomes`).

    `skill_id` is the skill of the course's map that it is; a teacher confirms suggestions. `left_out` keeps a
    teacher's word that it is none. `present` turns false when a complete reading no longer lists it.
    """

    __tablename__ = "learning_outcomes"
    __table_args__ = (UniqueConstraint("context_id", "key"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    statement: Mapped[str] = mapped_column(String(255))
    mastered: Mapped[float | None] = mapped_column(Float)
    skill_id: Mapped[str | None] = mapped_column(String(255))
    left_out: Mapped[bool] = mapped_column(Boolean, default=False)
    present: Mapped[bool] = mapped_column(Boolean, default=True)


class OutcomeResult(Base):
    """How one person did on one outcome in one piece of work, as last read.

    `share` is the part of the points. `work` is the key of the work's column where it has one, see
    `native_apis.outcomes`; `line_item_id` is that column as far as we hold it.
    """

    __tablename__ = "outcome_results"
    __table_args__ = (UniqueConstraint("outcome_id", "person_id", "work"),)

    id: Mapped[Key]
    outcome_id: Mapped[int] = mapped_column(ForeignKey("learning_outcomes.id", ondelete="CASCADE"))
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    work: Mapped[str] = mapped_column(String(64))
    line_item_id: Mapped[int | None] = mapped_column(ForeignKey("line_items.id", ondelete="SET NULL"))
    share: Mapped[float] = mapped_column(Float)
    platform_time: Mapped[Moment | None]
    read_at: Mapped[Moment]

    outcome: Mapped[LearningOutcome] = relationship()
