"""Logins under way and the launch sessions that came of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import Digest, Key, Moment
from lti_tool.models.courses import Context, Person
from lti_tool.models.platforms import Deployment, Registration


class LoginState(Base):
    """State and nonce of one login: bound to each other and to one browser, spent exactly once.

    Only hashes are kept, so a copy of the table lets nobody in.
    """

    __tablename__ = "login_states"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[Key]
    state_hash: Mapped[Digest] = mapped_column(unique=True)
    nonce_hash: Mapped[Digest]
    browser_hash: Mapped[Digest]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    target_link_uri: Mapped[str] = mapped_column(Text)
    storage_target: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    spent_at: Mapped[Moment | None]

    registration: Mapped[Registration] = relationship()


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
