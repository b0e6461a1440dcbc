"""What the tool knows and decided about learning: skill maps, evidence, proposals, decisions, attempts."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Digest, Key, Moment, PersonKey, choice
from lti_tool.models.courses import Person


class AdoptedSkillMap(Base):
    """One version of a course's skill map with its activities and checks, as a document.

    A change makes a new version; the highest one counts, older ones explain older recommendations.
    `digest` (SHA-256 of the document) lets a reader recognise a document that it has parsed already.
    """

    __tablename__ = "adopted_skill_maps"
    __table_args__ = (UniqueConstraint("context_id", "version"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    version: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    digest: Mapped[Digest]
    adopted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    adopted_at: Mapped[Moment]


class SkillMapDraft(Base):
    """A skill map that a teacher brought or changed and has not put to use yet: one for each teacher and course.

    It goes when it is put to use or dropped, and some weeks after the last change.
    """

    __tablename__ = "skill_map_drafts"
    __table_args__ = (UniqueConstraint("context_id", "person_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey]
    document: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    digest: Mapped[Digest]
    changed_at: Mapped[Moment] = mapped_column(index=True)


class EvidenceRecord(Base):
    """One dated observation. Append-only: a correction is a new revision of the same `origin`.

    `origin` says where it came from ("result:<line item>", "attempt:<id>", "diagnostic:<id>:<activity>"). A revision
    with an empty `fraction` withdraws the observation. `share` is the part of the activity that it saw.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("context_id", "person_id", "origin", "revision"),
        CheckConstraint("fraction IS NULL OR (fraction >= 0 AND fraction <= 1)", name="fraction_is_a_share"),
        Index(None, "context_id", "person_id"),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey]
    activity_id: Mapped[str] = mapped_column(String(255))
    origin: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(Integer, default=1)
    source: Mapped[str] = mapped_column(String(16))
    fraction: Mapped[float | None] = mapped_column(Float)
    share: Mapped[float] = mapped_column(Float, default=1.0)
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    occurred_at: Mapped[Moment]
    recorded_at: Mapped[Moment]


class ModelTrial(Base):
    """One fit of the learner model to a school's own evidence, and how it did on learners held out.

    The newest `adopted` one is in use; those that did not predict better stay as a record and are never used.
    """

    __tablename__ = "model_trials"
    __table_args__ = (
        UniqueConstraint("registration_id", "version"),
        Index(None, "registration_id", "tried_at"),
    )

    id: Mapped[Key]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(64))
    tried_at: Mapped[Moment]
    adopted: Mapped[bool] = mapped_column(Boolean)
    weights: Mapped[dict[str, float]] = mapped_column(JSON)
    learners: Mapped[int] = mapped_column(Integer)
    answers: Mapped[int] = mapped_column(Integer)
    loss_in_use: Mapped[float] = mapped_column(Float)
    loss_fitted: Mapped[float] = mapped_column(Float)


class CourseEvaluation(Base):
    """What the predictions and steps of a course came to, as sums: nothing in it is about one person.

    `fingerprint` (SHA-256) stands for the scores and weights that `calibration` was worked out from. `uptake` has the
    funnel of all steps and of each kind. `active_learners` had a score or took up a step in the last weeks before.
    """

    __tablename__ = "course_evaluations"

    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id", ondelete="CASCADE"), primary_key=True)
    evaluated_at: Mapped[Moment]
    fingerprint: Mapped[Digest]
    learners: Mapped[int] = mapped_column(Integer)
    active_learners: Mapped[int] = mapped_column(Integer)
    calibration: Mapped[dict[str, Any]] = mapped_column(JSON)
    uptake: Mapped[dict[str, Any]] = mapped_column(JSON)


class ModelActivities(Base):
    """What an adopted fit found about the activities of one skill map: `companions[later][earlier]`, and slopes by id."""

    __tablename__ = "model_activities"
    __table_args__ = (UniqueConstraint("trial_id", "skill_map_id"),)

    id: Mapped[Key]
    trial_id: Mapped[int] = mapped_column(ForeignKey("model_trials.id", ondelete="CASCADE"))
    skill_map_id: Mapped[str] = mapped_column(String(100))
    companions: Mapped[dict[str, dict[str, float]]] = mapped_column(JSON)
    slopes: Mapped[dict[str, float]] = mapped_column(JSON)


class ProposalStatus(StrEnum):
    """What became of a proposal. Exactly one per learner and course is current."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DONE = "done"
    SUPERSEDED = "superseded"


class Proposal(Base):
    """A recommendation for one learner with its whole reason ledger, and its uptake.

    `chosen` is the index of the option that stands (a teacher or student may prefer an alternative). Until `later_at`
    a teacher does not want to be asked about it.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        Index(
            "uq_proposals_current",
            "context_id",
            "person_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        CheckConstraint("chosen >= 0", name="chosen_not_negative"),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey] = mapped_column(index=True)
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    is_current: Mapped[bool] = mapped_column(Boolean, default=True)
    status: Mapped[ProposalStatus] = mapped_column(choice(ProposalStatus), default=ProposalStatus.PROPOSED)
    recommendation: Mapped[dict[str, Any]] = mapped_column(JSON)
    chosen: Mapped[int] = mapped_column(Integer, default=0)
    skill_map_version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[Moment]
    approved_at: Mapped[Moment | None]
    later_at: Mapped[Moment | None]
    seen_at: Mapped[Moment | None]
    started_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]

    person: Mapped[Person] = relationship()


class DecisionKind(StrEnum):
    """What a person decided about a proposal."""

    APPROVE = "approve"
    SWAP = "swap"
    VETO = "veto"
    PIN = "pin"
    LATER = "later"
    UNDO = "undo"


class Decision(Base):
    """A teacher's decision; append-only.

    `before` belongs to a decision about several students at once: the step that stood, so that one undo brings all of
    them back exactly (`usecases.decide_together`).
    """

    __tablename__ = "decisions"

    id: Mapped[Key]
    context_id: Mapped[ContextKey] = mapped_column(index=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id", ondelete="CASCADE"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    kind: Mapped[DecisionKind] = mapped_column(choice(DecisionKind))
    activity_id: Mapped[str | None] = mapped_column(String(255))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    at: Mapped[Moment]


class DirectiveKind(StrEnum):
    """A standing wish of a teacher for one learner."""

    VETO = "veto"
    PIN = "pin"
    WAIVE = "waive"


class Directive(Base):
    """A teacher's standing wish: never this activity, this one next, or a prerequisite waived.

    `subject` is an activity id (veto, pin) or a skill id (waive). A pin may hold until the end of a day (`until`).
    """

    __tablename__ = "directives"
    __table_args__ = (
        Index(
            "uq_directives_standing",
            "context_id",
            "person_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    kind: Mapped[DirectiveKind] = mapped_column(choice(DirectiveKind))
    subject: Mapped[str] = mapped_column(String(255))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[Moment]
    until: Mapped[date | None] = mapped_column(Date)
    lifted_at: Mapped[Moment | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


class CheckAttempt(Base):
    """One sitting of an auto-scored check. A learner has at most one unfinished attempt at a check."""

    __tablename__ = "check_attempts"
    __table_args__ = (
        Index(
            "uq_check_attempts_open",
            "context_id",
            "person_id",
            "activity_id",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    activity_id: Mapped[str] = mapped_column(String(255))
    skill_map_version: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer, default=1)
    started_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]

    responses: Mapped[list[CheckResponse]] = relationship(
        back_populates="check_attempt", cascade="all, delete-orphan", order_by="CheckResponse.id"
    )


class CheckResponse(Base):
    """One answer as given, with the server's own mark; the first answer to a question stands."""

    __tablename__ = "check_responses"
    __table_args__ = (UniqueConstraint("check_attempt_id", "question_id"),)

    id: Mapped[Key]
    check_attempt_id: Mapped[int] = mapped_column(ForeignKey("check_attempts.id", ondelete="CASCADE"))
    question_id: Mapped[str] = mapped_column(String(255))
    response: Mapped[Any] = mapped_column(JSON)
    fraction: Mapped[float] = mapped_column(Float)
    feedback: Mapped[str] = mapped_column(String(2000))
    answered_at: Mapped[Moment]

    check_attempt: Mapped[CheckAttempt] = relationship(back_populates="responses")
