"""Logins that were answered and the launch sessions that came of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import Digest, Key, Moment
from lti_tool.models.courses import Context, Person
from lti_tool.models.platforms import Deployment


class SpentState(Base):
    """The state of a login that was answered, so that it cannot be answered again.

    `digest` is its SHA-256; the row can go once the state has expired.
    """

    __tablename__ = "spent_states"

    digest: Mapped[Digest] = mapped_column(primary_key=True)
    expires_at: Mapped[Moment] = mapped_column(index=True)


class LaunchSession(Base):
    """What one launch established: who, where, with which roles, until when.

    `public_id` stands in addresses and opens nothing by itself: the browser's own cookie must hash to
    `browser_hash` too. Each launch has its own row, so several courses and roles stay apart in one
    browser.

    `person_id` is empty after an anonymous launch, `context_id` after one from outside a course.
    `for_person_id` is the learner whom a submission review is about. `is_test` marks the platform's own
    test student. While somebody acts as this person (`is_masquerading`), nothing may be recorded in the
    person's name.
    """

    __tablename__ = "launch_sessions"
    __table_args__ = (
        Index(None, "expires_at"),
        Index(None, "browser_hash"),  # whose sessions end when the next learner launches here
        Index(None, "person_id", "context_id"),  # the newest launch of a mentor
    )

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    browser_hash: Mapped[Digest]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("contexts.id", ondelete="CASCADE"))
    message_type: Mapped[str] = mapped_column(String(64))
    roles: Mapped[list[str]] = mapped_column(JSON)
    is_test: Mapped[bool] = mapped_column(Boolean, default=False)
    is_masquerading: Mapped[bool] = mapped_column(Boolean, default=False)
    mentee_user_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    activity_id: Mapped[str | None] = mapped_column(String(255))
    deep_linking: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    deep_linking_used_at: Mapped[Moment | None]
    locale: Mapped[str] = mapped_column(String(35), default="")
    return_url: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]

    deployment: Mapped[Deployment] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    for_person: Mapped[Person | None] = relationship(foreign_keys=[for_person_id])
    context: Mapped[Context | None] = relationship()
