"""Courses and the people in them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, PersonKey, WireId, choice
from lti_tool.models.platforms import Deployment, Registration


class Mode(StrEnum):
    """How far a course lets us go: look only, show approved steps here, or write them to the LMS, too.

    What each mode permits stands here and nowhere else: see who asks for these properties.
    """

    OBSERVE = "observe"
    SUGGEST = "suggest"
    WRITE_BACK = "write_back"

    @property
    def shows_steps(self) -> bool:
        """Whether students and families see next steps at all."""
        return self is not Mode.OBSERVE

    @property
    def shows_only_approved(self) -> bool:
        """Whether a step is theirs to see only once a teacher approved it."""
        return self is Mode.SUGGEST

    @property
    def writes(self) -> bool:
        """Whether anything new may be wanted at the LMS (what may leave for it: `grades.claims.may_leave`)."""
        return self is Mode.WRITE_BACK

    def at_most(self, highest: Mode) -> Mode:
        """This mode, or the highest one that is allowed."""
        modes = list(Mode)
        return min(self, highest, key=modes.index)


class SyncState(StrEnum):
    """Where reading from the platform stands."""

    NEVER = "never"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class CopyState(StrEnum):
    """What a teacher said to the offer of taking over the original's set-up in a copied course."""

    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"


class Context(Base):
    """A course or section (LTI 1.3 Core section 5.4.1). Its id means nothing without the deployment."""

    __tablename__ = "contexts"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    id: Mapped[Key]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    context_id: Mapped[WireId]
    title: Mapped[str] = mapped_column(String(255), default="")
    label: Mapped[str] = mapped_column(String(255), default="")
    memberships_url: Mapped[str | None] = mapped_column(Text)
    line_items_url: Mapped[str | None] = mapped_column(Text)
    service_scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[Moment]
    launched_on: Mapped[date | None] = mapped_column(Date)
    platform_ends_on: Mapped[date | None] = mapped_column(
        Date
    )  # the last day of the course, as the platform says

    # Reading: what was read when, when the latest reading began, and how it ended.
    sync_state: Mapped[SyncState] = mapped_column(choice(SyncState), default=SyncState.NEVER)
    sync_progress: Mapped[str] = mapped_column(String(255), default="")
    sync_error: Mapped[str | None] = mapped_column(String(255))
    sync_requested_at: Mapped[Moment | None]
    sync_begun_at: Mapped[Moment | None] = mapped_column(index=True)
    sync_nightly: Mapped[bool] = mapped_column(Boolean, default=False)  # nobody waits for it at a screen
    sync_again_at: Mapped[
        Moment | None
    ]  # after a failure that may pass: when its platform may be asked again
    roster_read_at: Mapped[Moment | None]
    gradebook_read_at: Mapped[Moment | None]

    # Course copy: the course that the platform says this one was made from.
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("contexts.id", ondelete="SET NULL"))
    copy_state: Mapped[CopyState | None] = mapped_column(choice(CopyState))

    # Set by teachers; the rest of the policy has versions (`models.policies`).
    mode: Mapped[Mode] = mapped_column(choice(Mode), default=Mode.WRITE_BACK)
    goal_date: Mapped[date | None] = mapped_column(Date)  # of every goal without a GoalDate of its own
    offers_diagnostic: Mapped[bool] = mapped_column(Boolean, default=True)

    deployment: Mapped[Deployment] = relationship()
    copied_from: Mapped[Context | None] = relationship(remote_side="Context.id")


class GoalDate(Base):
    """The date by which one goal skill of a course shall be reached, where it is not the course's `goal_date`."""

    __tablename__ = "goal_dates"
    __table_args__ = (UniqueConstraint("context_id", "skill_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    skill_id: Mapped[str] = mapped_column(String(255))
    day: Mapped[date] = mapped_column(Date)


class ResourceLink(Base):
    """A link in a course that was made for one activity (LTI 1.3 Core section 5.3.5).

    Remembered so that the copy of a course finds the activity again where the platform names the link's
    ancestors but dropped its custom parameters.
    """

    __tablename__ = "resource_links"
    __table_args__ = (UniqueConstraint("context_id", "resource_link_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    resource_link_id: Mapped[WireId]
    activity_id: Mapped[str] = mapped_column(String(255))


class Person(Base):
    """A person of one registration; e-mail addresses are never kept and never join two accounts."""

    __tablename__ = "people"
    # The audit log names people by number, and they may be deleted.
    __table_args__ = (UniqueConstraint("registration_id", "user_id"), {"sqlite_autoincrement": True})

    id: Mapped[Key]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    user_id: Mapped[WireId]
    name: Mapped[str] = mapped_column(String(255), default="")
    given_name: Mapped[str] = mapped_column(String(255), default="")
    family_name: Mapped[str] = mapped_column(String(255), default="")
    disabled_at: Mapped[Moment | None]

    registration: Mapped[Registration] = relationship()


class Membership(Base):
    """A person's roles in a context, replaced (never accumulated) by each launch or roster reading.

    `roles` holds our own role words, see `launch.roles`. `is_test` marks the platform's test student. `listed` says
    that the latest reading of the roster, at `Context.roster_read_at`, named the person; so a reading that finds
    everything as it was writes nothing here. `seen_at` is when a launch or a reading last changed this row; of somebody
    who is no longer listed, it is not earlier than the last reading that did.
    """

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("context_id", "person_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    roles: Mapped[list[str]] = mapped_column(JSON)
    is_learner: Mapped[bool] = mapped_column(Boolean, default=False)
    is_test: Mapped[bool] = mapped_column(Boolean, default=False)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    listed: Mapped[bool] = mapped_column(Boolean, default=False)
    seen_at: Mapped[Moment]

    context: Mapped[Context] = relationship()
    person: Mapped[Person] = relationship()


class Onlooker(Base):
    """Somebody on the staff who looks on only, as a teacher of the course said; launches and rosters do not change it."""

    __tablename__ = "onlookers"
    __table_args__ = (UniqueConstraint("context_id", "person_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey]
    said_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    said_at: Mapped[Moment]


class LearnerProfile(Base):
    """What a student told us: interests, a goal in own words, how much challenge is welcome (-1..1).

    `interests` are words of the course's activities, never free text. `favourite_goal` is the goal skill that matters most,
    empty for none.
    """

    __tablename__ = "learner_profiles"
    __table_args__ = (
        UniqueConstraint("context_id", "person_id"),
        CheckConstraint("challenge >= -1 AND challenge <= 1", name="challenge_in_range"),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    interests: Mapped[list[str]] = mapped_column(JSON, default=list)
    goal: Mapped[str] = mapped_column(String(500), default="")
    favourite_goal: Mapped[str] = mapped_column(String(255), default="")
    challenge: Mapped[float] = mapped_column(Float, default=0.0)


class WeeklyGoal(Base):
    """How many steps a student wants to finish in the week that begins on `monday`."""

    __tablename__ = "weekly_goals"
    __table_args__ = (
        UniqueConstraint("context_id", "person_id", "monday"),
        CheckConstraint("steps >= 1 AND steps <= 10", name="steps_in_range"),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    monday: Mapped[date] = mapped_column(Date)
    steps: Mapped[int] = mapped_column(Integer)
