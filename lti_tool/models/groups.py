"""Who works together when: group plans in their versions, and teachers' wishes about two students."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, PersonKey, choice
from lti_tool.models.courses import Person


class GroupPlan(Base):
    """One version of the groups of a course for a slot (a day and a lesson of it); a change makes the next version.

    The latest version counts, and undo drops it; students see the latest that was published. `section` tells parts of a very large
    course apart. `limits` is what was asked for; `tables` holds each group without its members: number, activity,
    skill, kind, adult, whether it is locked. How often somebody has helped is counted from published versions.
    """

    __tablename__ = "group_plans"
    __table_args__ = (
        UniqueConstraint("context_id", "day", "lesson", "section", "version"),
        CheckConstraint("lesson >= 1", name="lessons_are_counted_from_one"),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    day: Mapped[date] = mapped_column(Date)
    lesson: Mapped[int] = mapped_column(Integer, default=1)
    section: Mapped[int] = mapped_column(Integer, default=1)
    version: Mapped[int] = mapped_column(Integer)
    limits: Mapped[dict[str, Any]] = mapped_column(JSON)
    tables: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    made_at: Mapped[Moment]
    published_at: Mapped[Moment | None]

    members: Mapped[list[GroupMember]] = relationship(
        cascade="all, delete-orphan", order_by="GroupMember.id", lazy="selectin"
    )


class Part(StrEnum):
    """What somebody is in a plan."""

    MEMBER = "member"
    HELPER = "helper"
    ABSENT = "absent"
    LEFT_OVER = "left_over"


class GroupMember(Base):
    """One student in one version of a plan: at table `place` with `activity_id`, or in no group."""

    __tablename__ = "group_members"
    __table_args__ = (
        UniqueConstraint("plan_id", "person_id"),
        CheckConstraint(
            "(place IS NULL) = (part IN ('absent', 'left_over'))", name="a_table_or_a_reason_for_none"
        ),
    )

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("group_plans.id", ondelete="CASCADE"))
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    part: Mapped[Part] = mapped_column(choice(Part))
    place: Mapped[int | None] = mapped_column(Integer)
    activity_id: Mapped[str | None] = mapped_column(String(255))
    why: Mapped[str] = mapped_column(String(32), default="")

    person: Mapped[Person] = relationship(lazy="joined")


class WishKind(StrEnum):
    """What a teacher wishes about two students."""

    APART = "apart"
    TOGETHER = "together"


class PairWish(Base):
    """A teacher's wish that two students work together, or do not. For teachers' eyes alone: no page of students
    or families and no export has it. The person with the smaller key stands first, so each pair has one wish.
    """

    __tablename__ = "pair_wishes"
    __table_args__ = (UniqueConstraint("context_id", "person_id", "other_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    other_id: Mapped[PersonKey] = mapped_column(index=True)
    kind: Mapped[WishKind] = mapped_column(choice(WishKind))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    made_at: Mapped[Moment]
