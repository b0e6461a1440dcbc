"""Who may see names of people in courses for a while and why, and exports of one person's records."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.models.columns import Key, Moment, PersonKey, choice
from lti_tool.models.courses import Person
from lti_tool.models.platforms import Registration


class AccessReason(StrEnum):
    """Why an administrator needs to see names."""

    FAMILY = "family"
    SCHOOL = "school"
    INCIDENT = "incident"


class NameAccess(Base):
    """The time in which one administrator sees names of people of one platform; all other pages have numbers only.

    `reference` is the number of the request in the school's own files, never a name.
    """

    __tablename__ = "name_accesses"

    id: Mapped[Key]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"), index=True
    )
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    reason: Mapped[AccessReason] = mapped_column(choice(AccessReason))
    reference: Mapped[str] = mapped_column(String(40))
    opened_at: Mapped[Moment]
    expires_at: Mapped[Moment]

    registration: Mapped[Registration] = relationship()


class LearnerExport(Base):
    """A permission to save one person's records once; the file itself is made then and never stored."""

    __tablename__ = "learner_exports"

    id: Mapped[Key]
    administrator_id: Mapped[int] = mapped_column(
        ForeignKey("administrators.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[PersonKey]
    reference: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]

    person: Mapped[Person] = relationship()
