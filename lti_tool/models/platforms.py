"""Platforms that we know: registrations, their deployments and keys, and who administers us."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import Digest, Key, Moment, WireId, choice


class RegistrationStatus(StrEnum):
    """A registration lets nobody in until an administrator has approved it."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class DeploymentStatus(StrEnum):
    """A deployment that we were not told of waits for an administrator."""

    WAITING = "waiting"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Registration(Base):
    """Issuer and client id with the platform's endpoints (LTI 1.3 Core section 3.1.3).

    `service_hosts` are the host names to which roster and grade calls may go; `frame_origins` the
    origins whose pages may embed us.
    """

    __tablename__ = "registrations"
    # The audit log names platforms by number, and one may be deleted.
    __table_args__ = (UniqueConstraint("issuer", "client_id"), {"sqlite_autoincrement": True})

    id: Mapped[Key]
    label: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[WireId]
    client_id: Mapped[WireId]
    auth_login_url: Mapped[str] = mapped_column(Text)
    auth_token_url: Mapped[str] = mapped_column(Text)
    auth_audience: Mapped[str | None] = mapped_column(Text)
    key_set_url: Mapped[str] = mapped_column(Text)
    product_family: Mapped[str] = mapped_column(String(64), default="")
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    service_hosts: Mapped[list[str]] = mapped_column(JSON, default=list)
    frame_origins: Mapped[list[str]] = mapped_column(JSON, default=list)
    status: Mapped[RegistrationStatus] = mapped_column(choice(RegistrationStatus))
    created_at: Mapped[Moment]
    approved_at: Mapped[Moment | None]
    # Where the platform describes itself, when it was registered dynamically; and the latest update.
    configuration_url: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[Moment | None]

    deployments: Mapped[list[Deployment]] = relationship(
        back_populates="registration", cascade="all, delete-orphan"
    )


class Deployment(Base):
    """One placement of a registration. Registration and deployment together are a tenant."""

    __tablename__ = "deployments"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[Key]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    deployment_id: Mapped[WireId]
    status: Mapped[DeploymentStatus] = mapped_column(choice(DeploymentStatus))
    created_at: Mapped[Moment]

    registration: Mapped[Registration] = relationship(back_populates="deployments")


class ToolKey(Base):
    """One of our own signing keys. The private part is encrypted; a `kid` is never used again.

    `registration_id` is empty while a key waits for a registration that is being made. `retired_at` is when
    the key stops signing, decided as its successor is made; it may lie ahead (`launch.key_schedule`).
    """

    __tablename__ = "tool_keys"

    id: Mapped[Key]
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    encrypted_private_key: Mapped[str] = mapped_column(Text)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[Moment]
    retired_at: Mapped[Moment | None]


class PlatformKeySet(Base):
    """A platform's public keys as last fetched, so that a launch needs no outbound call."""

    __tablename__ = "platform_key_sets"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    fetched_at: Mapped[Moment]
    attempted_at: Mapped[Moment]
    fresh_seconds: Mapped[int] = mapped_column(Integer, default=600)


class NoticeService(Base):
    """Where a deployment's platform takes our address for notices (Platform Notification Service 1.0).

    `supported` are the notice types that the latest launch named, `subscribed` those for which the
    platform holds our address. The worker subscribes; `due_at` says when it should look next.
    """

    __tablename__ = "notice_services"

    deployment_id: Mapped[int] = mapped_column(
        ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
    )
    url: Mapped[str] = mapped_column(Text)
    supported: Mapped[list[str]] = mapped_column(JSON, default=list)
    subscribed: Mapped[list[str]] = mapped_column(JSON, default=list)
    due_at: Mapped[Moment | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    problem_code: Mapped[str | None] = mapped_column(String(64))

    deployment: Mapped[Deployment] = relationship()


class PlatformNotice(Base):
    """A notice that was taken, so that a second delivery of it changes nothing."""

    __tablename__ = "platform_notices"
    __table_args__ = (UniqueConstraint("deployment_id", "notice_id"),)

    id: Mapped[Key]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    notice_id: Mapped[WireId]
    notice_type: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[Moment] = mapped_column(index=True)


class Invitation(Base):
    """A one-time permission to register a platform dynamically; only the hash of its token is kept.

    With `registration_id` it is the permission to update that registration, and no other.
    """

    __tablename__ = "invitations"

    id: Mapped[Key]
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(String(200))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class Administrator(Base):
    """A person who runs this installation; signs in here, not through a launch.

    The second factor is a time-based one-time password (RFC 6238). `totp_last_step` is the time step of
    the latest accepted code, which is never accepted again. `failed_codes` counts the wrong ones since.
    """

    __tablename__ = "administrators"

    id: Mapped[Key]
    login: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    encrypted_totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_confirmed_at: Mapped[Moment | None]
    totp_last_step: Mapped[int | None] = mapped_column(Integer)
    failed_codes: Mapped[int] = mapped_column(Integer, default=0)
    failed_code_at: Mapped[Moment | None]
    created_at: Mapped[Moment]


class RecoveryCode(Base):
    """Stands in for the second factor once, when the phone is lost; only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("administrator_id", "code_hash"),)

    id: Mapped[Key]
    administrator_id: Mapped[int] = mapped_column(ForeignKey("administrators.id", ondelete="CASCADE"))
    code_hash: Mapped[Digest]
    used_at: Mapped[Moment | None]


class AdministratorSession(Base):
    """A signed-in administrator's browser; only the hash of the cookie is kept.

    Until `confirmed_at` is set, only the password was right and the second factor is still to come.
    """

    __tablename__ = "administrator_sessions"

    id: Mapped[Key]
    administrator_id: Mapped[int] = mapped_column(ForeignKey("administrators.id", ondelete="CASCADE"))
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    confirmed_at: Mapped[Moment | None]


class AuditEntry(Base):
    """Who changed what in the administration; append-only, ids and codes only."""

    __tablename__ = "audit_entries"

    id: Mapped[Key]
    at: Mapped[Moment] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
