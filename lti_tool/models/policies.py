"""What schools and courses chose about recommendations, and how far the tool may go."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Integer, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, choice
from lti_tool.models.courses import Context, Mode
from lti_tool.models.platforms import Deployment


class CoursePolicy(Base):
    """One version of what a course chose; a change makes a new version, and the highest one counts.

    `choices` has only what the course chose itself, by the names of `pathways.choices.SETTINGS`; everything else is as
    the school has it, or as it is shipped. What courses chose before there were versions has no moment.
    """

    __tablename__ = "course_policies"
    __table_args__ = (UniqueConstraint("context_id", "version"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    version: Mapped[int] = mapped_column(Integer)
    choices: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    changed_at: Mapped[Moment | None]


class PlatformPolicy(Base):
    """What administrators chose for all courses of a platform. Who changed it stands in the audit log.

    Courses may choose otherwise but for what is `locked`. No course goes further than `highest_mode`; new ones begin
    in `first_mode`.
    """

    __tablename__ = "platform_policies"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer)
    choices: Mapped[dict[str, Any]] = mapped_column(JSON)
    locked: Mapped[list[str]] = mapped_column(JSON)
    highest_mode: Mapped[Mode] = mapped_column(choice(Mode, name="highest_mode"), default=Mode.WRITE_BACK)
    first_mode: Mapped[Mode] = mapped_column(choice(Mode, name="first_mode"), default=Mode.WRITE_BACK)
    changed_at: Mapped[Moment]


def first_mode(deployment_key: int) -> ColumnElement[Mode]:
    """The mode in which a new course of this deployment begins, for the statement that inserts it."""
    chosen = (
        select(PlatformPolicy.first_mode)
        .join(Deployment, Deployment.registration_id == PlatformPolicy.registration_id)
        .where(Deployment.id == deployment_key)
        .scalar_subquery()
    )
    return func.coalesce(chosen, Mode.WRITE_BACK, type_=Context.__table__.c.mode.type)
