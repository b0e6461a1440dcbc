"""Finding a student's start: the questions that were asked, and where they placed the student."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, PersonKey


class Diagnostic(Base):
    """One sitting of first questions. A student has at most one open sitting in a course.

    `placed` are the skills that the answers so far show as known, by id.
    """

    __tablename__ = "diagnostics"
    __table_args__ = (
        Index(
            "uq_diagnostics_open",
            "context_id",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    skill_map_version: Mapped[int] = mapped_column(Integer)
    placed: Mapped[list[str]] = mapped_column(JSON, default=list)
    begun_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]

    answers: Mapped[list[DiagnosticAnswer]] = relationship(
        back_populates="diagnostic", cascade="all, delete-orphan", order_by="DiagnosticAnswer.id"
    )


class DiagnosticAnswer(Base):
    """One answer as given, with the server's own mark; "I have not learned this yet" is an empty one."""

    __tablename__ = "diagnostic_answers"
    __table_args__ = (UniqueConstraint("diagnostic_id", "activity_id", "question_id"),)

    id: Mapped[Key]
    diagnostic_id: Mapped[int] = mapped_column(ForeignKey("diagnostics.id", ondelete="CASCADE"))
    activity_id: Mapped[str] = mapped_column(String(255))
    question_id: Mapped[str] = mapped_column(String(255))
    response: Mapped[Any] = mapped_column(JSON)
    fraction: Mapped[float] = mapped_column(Float)
    feedback: Mapped[str] = mapped_column(String(2000))
    answered_at: Mapped[Moment]

    diagnostic: Mapped[Diagnostic] = relationship(back_populates="answers")
