"""Everything the demo LMS remembers: a site, courses and their copies, people, gradebooks, tools, messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.demo_lms.database import Base, UtcDateTime

Json = dict[str, Any]


class Site(Base):
    """The one row about this LMS itself."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    profile: Mapped[str]
    cookie_secret: Mapped[str]


class PlatformKey(Base):
    """A signing key of the platform. The newest one that is not retired signs; retired ones leave the key set."""

    __tablename__ = "platform_keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(unique=True)
    private_pem: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CourseRow(Base):
    """A course. `public_id` is what tools see."""

    __tablename__ = "courses"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    label: Mapped[str]


class CourseCopy(Base):
    """That a course was copied from another one."""

    __tablename__ = "course_copies"
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    origin_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))


class PersonRow(Base):
    """Somebody who can sign in."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    given: Mapped[str]
    family: Mapped[str]
    email: Mapped[str]
    role: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


class Guardianship(Base):
    """An adult of a family and one of their children."""

    __tablename__ = "guardianships"
    adult_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)


class Tool(Base):
    """A registered tool with its one deployment in this LMS."""

    __tablename__ = "tools"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(unique=True)
    deployment_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=False)
    initiate_login_uri: Mapped[str]
    redirect_uris: Mapped[list[str]] = mapped_column(JSON)
    jwks_uri: Mapped[str]
    target_link_uri: Mapped[str]
    deep_linking_uri: Mapped[str | None]
    navigation_uri: Mapped[str | None]
    navigation_label: Mapped[str | None]
    in_course_navigation: Mapped[bool] = mapped_column(default=False)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    share_names: Mapped[bool] = mapped_column(default=False)
    share_email: Mapped[bool] = mapped_column(default=False)
    anonymous: Mapped[bool] = mapped_column(default=False)
    """Whether launches say nothing at all about the person (LTI Core 1.3, section 5.3.6.1)."""
    custom: Mapped[Json] = mapped_column(JSON)
    message_custom: Mapped[Json] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def state(self) -> str:
        return "Active" if self.active else "Pending"


class ResourceLink(Base):
    """One placement of a tool in the course."""

    __tablename__ = "resource_links"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    tool_id: Mapped[int] = mapped_column(ForeignKey("tools.id", ondelete="CASCADE"))
    title: Mapped[str]
    text: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str]
    custom: Mapped[Json] = mapped_column(JSON)
    navigation: Mapped[bool] = mapped_column(default=False)
    in_window: Mapped[bool] = mapped_column(default=False)
    tool: Mapped[Tool] = relationship()


class LinkCopy(Base):
    """That a resource link was copied together with its course. The original's id outlives the original."""

    __tablename__ = "link_copies"
    link_id: Mapped[int] = mapped_column(
        ForeignKey("resource_links.id", ondelete="CASCADE"), primary_key=True
    )
    origin_id: Mapped[int]
    origin_public_id: Mapped[str]


class NoticeHandler(Base):
    """Where a tool wants the notices of one type (LTI Platform Notification Service 1.0)."""

    __tablename__ = "notice_handlers"
    tool_id: Mapped[int] = mapped_column(ForeignKey("tools.id", ondelete="CASCADE"), primary_key=True)
    notice_type: Mapped[str] = mapped_column(primary_key=True)
    handler: Mapped[str]


class ModuleRow(Base):
    """A section of the course page."""

    __tablename__ = "modules"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    title: Mapped[str]
    position: Mapped[int]
    items: Mapped[list["ItemRow"]] = relationship(order_by="ItemRow.position")


class ItemRow(Base):
    """One line of a module: something of the LMS's own, or a link to a tool."""

    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("modules.id"))
    position: Mapped[int]
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[float | None]
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("resource_links.id", ondelete="CASCADE"))
    link: Mapped[ResourceLink | None] = relationship()


class Column(Base):
    """A gradebook column (AGS: line item). Without a tool it is the LMS's own."""

    __tablename__ = "columns"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    label: Mapped[str]
    score_maximum: Mapped[float]
    resource_id: Mapped[str | None]
    tag: Mapped[str | None]
    tool_id: Mapped[int | None] = mapped_column(ForeignKey("tools.id", ondelete="CASCADE"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("resource_links.id", ondelete="SET NULL"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id", ondelete="SET NULL"))
    made_by_tool: Mapped[bool] = mapped_column(default=False)
    start_at: Mapped[str | None]
    end_at: Mapped[str | None]
    grades_released: Mapped[bool | None]
    submission_review: Mapped[Json | None] = mapped_column(JSON)
    link: Mapped[ResourceLink | None] = relationship()


class Grade(Base):
    """One cell of the gradebook. `overridden` = a teacher typed the score."""

    __tablename__ = "grades"
    __table_args__ = (UniqueConstraint("column_id", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    column_id: Mapped[int] = mapped_column(ForeignKey("columns.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    score: Mapped[float | None]
    overridden: Mapped[bool] = mapped_column(default=False)
    timestamp: Mapped[datetime] = mapped_column(UtcDateTime)
    comments: Mapped[list["Comment"]] = relationship(
        order_by="Comment.id", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def comment(self) -> str | None:
        """The newest comment."""
        return self.comments[-1].text if self.comments else None


class Comment(Base):
    """Words in a cell of the gradebook."""

    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey("grades.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)


class Launch(Base):
    """A message to a tool that is under way: from the page that starts it until its authentication request.

    Without `course_id` it starts outside of all courses. `actual_person_id` is somebody who acts as the person.
    """

    __tablename__ = "launches"
    id: Mapped[int] = mapped_column(primary_key=True)
    hint: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    actual_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"))
    tool_id: Mapped[int] = mapped_column(ForeignKey("tools.id", ondelete="CASCADE"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("resource_links.id", ondelete="CASCADE"))
    module_id: Mapped[int | None] = mapped_column(ForeignKey("modules.id"))
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    message_type: Mapped[str]
    target_link_uri: Mapped[str]
    data: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    in_window: Mapped[bool] = mapped_column(default=False)
    spent: Mapped[bool] = mapped_column(default=False)
    answered: Mapped[bool] = mapped_column(default=False)


class SpentToken(Base):
    """An identifier that a tool may use only once: `jti` of an assertion, nonce of a deep-linking response."""

    __tablename__ = "spent_tokens"
    tool_id: Mapped[int] = mapped_column(ForeignKey("tools.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)


class AccessToken(Base):
    """A bearer token, kept only as a hash."""

    __tablename__ = "access_tokens"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tools.id", ondelete="CASCADE"))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegistrationToken(Base):
    """Permission to register one tool, or to update the one that it names; kept only as a hash."""

    __tablename__ = "registration_tokens"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    tool_id: Mapped[int | None] = mapped_column(ForeignKey("tools.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used: Mapped[bool] = mapped_column(default=False)


class Message(Base):
    """One LTI message in the log, decoded and without secrets."""

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str]
    from_tool: Mapped[bool]
    tool_name: Mapped[str] = mapped_column(default="")
    person_name: Mapped[str] = mapped_column(default="")
    summary: Mapped[str]
    status: Mapped[int | None]
    refusal: Mapped[str | None] = mapped_column(Text)
    refusal_code: Mapped[str | None]
    detail: Mapped[Json] = mapped_column(JSON)
