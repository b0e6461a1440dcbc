"""What a teacher fixed in a course, and nobody's path moves: accommodations of single students, and shared activities."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, PersonKey
from lti_tool.pathways.accommodations import Accommodations
from lti_tool.pathways.content import Format, Mode


class LearnerAccommodations(Base):
    """What has to be kept for one student in one course; who needs nothing has no row.

    Sensitive: for those who answer for the course, and for nobody's page, message or log beside. The reasons behind
    it are not kept at all.
    """

    __tablename__ = "learner_accommodations"
    __table_args__ = (
        UniqueConstraint("context_id", "person_id"),
        CheckConstraint("time_factor IN (1, 1.25, 1.5, 2)", name="known_time_factor"),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    blocked_formats: Mapped[list[str]] = mapped_column(JSON)
    blocked_modes: Mapped[list[str]] = mapped_column(JSON)
    time_factor: Mapped[float] = mapped_column(Float)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    changed_at: Mapped[Moment]

    @property
    def values(self) -> Accommodations:
        """As the recommender takes them."""
        return Accommodations(
            frozenset(Format(word) for word in self.blocked_formats),
            frozenset(Mode(word) for word in self.blocked_modes),
            self.time_factor,
        )


class ClassActivity(Base):
    """An activity that the whole course does together on a day, and perhaps in a certain lesson of it.

    `minutes` is what it takes, `own_minutes` what it leaves that day for everybody's own step, where the teacher said
    so. One that was moved is removed, and the new one names it in `moved_from_id`. Nothing is deleted but what undo takes back.
    """

    __tablename__ = "class_activities"
    __table_args__ = (
        Index(
            "uq_class_activities_standing",
            "context_id",
            "activity_id",
            "on_day",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(None, "context_id", "on_day"),
        CheckConstraint("lesson >= 1", name="lessons_are_counted_from_one"),
        CheckConstraint("minutes >= 1 AND own_minutes >= 0", name="minutes_are_counted"),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    activity_id: Mapped[str] = mapped_column(String(255))
    on_day: Mapped[date] = mapped_column(Date)
    lesson: Mapped[int | None] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    own_minutes: Mapped[int | None] = mapped_column(Integer)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[Moment]
    removed_at: Mapped[Moment | None]
    moved_from_id: Mapped[int | None] = mapped_column(ForeignKey("class_activities.id", ondelete="SET NULL"))
