"""The further ways by which an approved step reaches a student inside the LMS, and where each of them stands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, PersonKey
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Deliverable


class ChannelChoice(Base):
    """Whether a course uses a channel. `channel` is its stable name (`grades.channels.choice`).

    `previewed` is the dry run that a teacher was shown last, see `usecases.choose_channels`; only what it shows may
    be turned on. `chosen_at` is empty while the channel is off.
    """

    __tablename__ = "channel_choices"
    __table_args__ = (UniqueConstraint("context_id", "channel"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    channel: Mapped[str] = mapped_column(String(32))
    previewed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    chosen_at: Mapped[Moment | None]


class StepDelivery(Deliverable, Base):
    """The step that a channel shall bring to one person, committed with the decision that caused it.

    `wanted` is the step (`grades.channels.channel.Step`), null where it was done or withdrawn. `in_place` is what the
    platform holds, or may hold, because of us: noted before it is written, so that it can be undone whatever breaks.
    `effect` says what became of the latest delivered wish (`grades.channels.channel.Effect`).
    """

    __tablename__ = "step_deliveries"
    __table_args__ = (
        UniqueConstraint("context_id", "channel", "person_id"),
        Index(None, "state", "next_attempt_at"),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    channel: Mapped[str] = mapped_column(String(32))
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    wanted: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    wanted_at: Mapped[Moment]
    in_place: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    effect: Mapped[str | None] = mapped_column(String(32))

    context: Mapped[Context] = relationship()
    person: Mapped[Person] = relationship()
