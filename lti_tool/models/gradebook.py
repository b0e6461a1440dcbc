"""The platform's gradebook as we read it, and the outbox of what we want it to show."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import ContextKey, Key, Moment, PersonKey, WireId, choice
from lti_tool.models.courses import Context, Person
from lti_tool.models.platforms import Registration


class ColumnSource(StrEnum):
    """How we know a column: the platform shows it to the tool, a file had it, or the LMS's own API lists it."""

    PLATFORM = "platform"
    FILE = "file"
    NATIVE = "native"


class LineItem(Base):
    """A gradebook column as the platform describes it (AGS section 3.2), or as a whole gradebook holds it.

    A column that the platform does not show to the tool has its key there (`gradebooks.column_key`) in place of an
    address; nothing is ever sent to it. `present` turns false when a complete reading no longer lists it. `activity_id` names the activity
    of the course's skill map that the column belongs to; a teacher confirms suggestions. `left_out` keeps
    a teacher's word that the column belongs to none. `module` is the title of the part of the course where it stands,
    and `course_place` its place among all columns there, as far as the LMS's own API told.
    """

    __tablename__ = "line_items"
    __table_args__ = (UniqueConstraint("context_id", "url"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    source: Mapped[ColumnSource] = mapped_column(choice(ColumnSource), default=ColumnSource.PLATFORM)
    url: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(String(255))
    score_maximum: Mapped[float] = mapped_column(Float)
    resource_id: Mapped[WireId | None]
    resource_link_id: Mapped[WireId | None]
    tag: Mapped[WireId | None]
    activity_id: Mapped[str | None] = mapped_column(String(255))
    left_out: Mapped[bool] = mapped_column(Boolean, default=False)
    present: Mapped[bool] = mapped_column(Boolean, default=True)
    read_at: Mapped[Moment]
    module: Mapped[str] = mapped_column(String(255), default="")
    course_place: Mapped[int | None] = mapped_column(Integer)

    context: Mapped[Context] = relationship()


class Result(Base):
    """What the platform holds for one person in one column (AGS section 3.3), as last read."""

    __tablename__ = "results"
    __table_args__ = (UniqueConstraint("line_item_id", "person_id"),)

    id: Mapped[Key]
    line_item_id: Mapped[int] = mapped_column(ForeignKey("line_items.id", ondelete="CASCADE"))
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    result_score: Mapped[float | None] = mapped_column(Float)
    result_maximum: Mapped[float | None] = mapped_column(Float)
    comment: Mapped[str] = mapped_column(Text, default="")
    platform_time: Mapped[Moment | None]
    read_at: Mapped[Moment]

    line_item: Mapped[LineItem] = relationship()
    person: Mapped[Person] = relationship()


class GradebookUpload(Base):
    """What a teacher looks at before taking it: results of a file, already matched, without names or logins.

    The file itself is not kept. Each launch has one at most; it goes when it is taken or refused, and after an
    hour. `content` holds columns with their scores by person key for each class that the course may be, see
    `usecases.gradebook_uploads`.
    """

    __tablename__ = "gradebook_uploads"

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    launch_id: Mapped[int] = mapped_column(ForeignKey("launch_sessions.id", ondelete="CASCADE"), unique=True)
    context_id: Mapped[ContextKey]
    person_id: Mapped[PersonKey]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[Moment] = mapped_column(index=True)


class PlatformConnection(Base):
    """What an administrator gave for one address of an LMS's own API, for the courses of this registration there.

    There may be a credential that reads all of them (`key`, `encrypted_secret`), and a developer key with which
    teachers sign in themselves (`client_id`, `encrypted_client_secret`; OAuth 2.0). `pasting` says whether teachers
    may paste credentials of their own.
    """

    __tablename__ = "platform_connections"
    __table_args__ = (UniqueConstraint("registration_id", "root", "product"),)

    id: Mapped[Key]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    product: Mapped[str] = mapped_column(String(32))
    root: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(255), default="")
    encrypted_secret: Mapped[str | None] = mapped_column(Text)
    client_id: Mapped[str] = mapped_column(String(255), default="")
    encrypted_client_secret: Mapped[str | None] = mapped_column(Text)
    pasting: Mapped[bool] = mapped_column(Boolean, default=True)
    changed_at: Mapped[Moment]

    registration: Mapped[Registration] = relationship()


class Way(StrEnum):
    """Whose credential opens the gradebook of a course."""

    PASTED = "pasted"  # a teacher's, copied from the LMS
    SIGNED_IN = "signed_in"  # a teacher's, who signed in there and agreed
    SCHOOL = "school"  # the platform connection's


class NativeConnection(Base):
    """The way to a course's whole gradebook by the LMS's own API: where it is, and whose credential opens it.

    `root` and `course` are the place there, `key` is the part of a credential that is no secret. The secret is what
    was pasted, else the refresh token, else empty; `encrypted_access` is an access token until `access_until`.
    `native_ids` maps user ids of launches to the LMS's own, as far as readings had to ask for them. The rest says
    how the latest reading went: `left_out` has titles of columns by the reason, `problem` a sentence for teachers.
    """

    __tablename__ = "native_connections"

    id: Mapped[Key]
    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id", ondelete="CASCADE"), unique=True)
    product: Mapped[str] = mapped_column(String(32))
    root: Mapped[str] = mapped_column(Text)
    course: Mapped[str] = mapped_column(String(255))
    way: Mapped[Way] = mapped_column(choice(Way), default=Way.PASTED)
    key: Mapped[str] = mapped_column(String(255), default="")
    encrypted_secret: Mapped[str] = mapped_column(Text)
    encrypted_access: Mapped[str | None] = mapped_column(Text)
    access_until: Mapped[Moment | None]
    connected_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    connected_at: Mapped[Moment]
    native_ids: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    read_at: Mapped[Moment | None]
    columns: Mapped[int] = mapped_column(Integer, default=0)
    students: Mapped[int] = mapped_column(Integer, default=0)
    left_out: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem: Mapped[str | None] = mapped_column(String(255))

    with_outcomes: Mapped[bool] = mapped_column(Boolean, default=False)
    outcomes_read_at: Mapped[Moment | None]
    outcomes_problem: Mapped[str | None] = mapped_column(String(255))


class Column(Base):
    """A column that we want in the platform's gradebook; `line_item_id` is set once it exists there."""

    __tablename__ = "gradebook_columns"
    __table_args__ = (UniqueConstraint("context_id", "tag", "resource_id"),)

    id: Mapped[Key]
    context_id: Mapped[ContextKey]
    tag: Mapped[WireId]
    resource_id: Mapped[WireId]
    label: Mapped[str] = mapped_column(String(255))
    score_maximum: Mapped[float] = mapped_column(Float)
    line_item_id: Mapped[int | None] = mapped_column(ForeignKey("line_items.id", ondelete="SET NULL"))
    created_at: Mapped[Moment]

    context: Mapped[Context] = relationship()
    line_item: Mapped[LineItem | None] = relationship()


class Delivery(StrEnum):
    """Where an outbox row stands. `attention` waits for a person; nothing ever just vanishes."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    ATTENTION = "attention"


class Deliverable:
    """What every desired state at a platform has, beside the wish itself: how its delivery stands.

    `version` grows with each change of the wish; a worker that holds a lease may mark only the version that it
    sent. `first_due_at` is when the wish, or what was not delivered of it since, began to wait.
    """

    version: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[Delivery] = mapped_column(choice(Delivery), default=Delivery.PENDING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    first_due_at: Mapped[Moment]
    next_attempt_at: Mapped[Moment]
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[Moment | None]
    delivered_version: Mapped[int | None] = mapped_column(Integer)
    delivered_at: Mapped[Moment | None]
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_message: Mapped[str | None] = mapped_column(String(500))


class OutboxEntry(Deliverable, Base):
    """The desired state of one (column, person) at the platform, committed with what caused it.

    `score_timestamp` is the `timestamp` of the score message and strictly grows.
    `sent_scores` are the pairs (score, maximum) that the cell may show because we sent them: the delivered one and
    later tries; None in rows of an earlier version, of which nobody knows. `may_replace` keeps a teacher's word
    that a value entered at the platform gives way. `seen_version` was seen in the gradebook afterwards,
    `resent_version` was sent because an accepted score was not there. `registration_id` is the course's, kept here so
    that what is due at one platform is found in one step however much waits; `next_attempt_at` of a delivered row
    lies at the end of time for the same reason. `withdraws` marks words that take an announced step back: they may
    leave in a course that lets us write nothing new.
    """

    __tablename__ = "outbox_entries"
    __table_args__ = (
        UniqueConstraint("column_id", "person_id"),
        Index(None, "registration_id", "next_attempt_at", "id"),
        Index(None, "lease_until"),
        CheckConstraint("score_given IS NULL OR score_given >= 0", name="score_not_negative"),
    )

    id: Mapped[Key]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    context_id: Mapped[ContextKey] = mapped_column(index=True)
    column_id: Mapped[int] = mapped_column(ForeignKey("gradebook_columns.id", ondelete="CASCADE"))
    person_id: Mapped[PersonKey] = mapped_column(index=True)
    score_given: Mapped[float | None] = mapped_column(Float)
    score_maximum: Mapped[float | None] = mapped_column(Float)
    comment: Mapped[str | None] = mapped_column(Text)
    activity_progress: Mapped[str] = mapped_column(String(32))
    grading_progress: Mapped[str] = mapped_column(String(32))
    score_timestamp: Mapped[Moment]

    sent_scores: Mapped[list[list[float]] | None] = mapped_column(JSON, default=list)
    may_replace: Mapped[bool] = mapped_column(Boolean, default=False)
    withdraws: Mapped[bool] = mapped_column(Boolean, default=False)
    seen_version: Mapped[int | None] = mapped_column(Integer)
    resent_version: Mapped[int | None] = mapped_column(Integer)

    context: Mapped[Context] = relationship()
    column: Mapped[Column] = relationship()
    person: Mapped[Person] = relationship()
