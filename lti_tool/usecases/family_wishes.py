"""What families wish: in which language they read, and who wants no reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context


@dataclass(frozen=True, slots=True)
class Wishes:
    """By the student's key: families who want no reports, and the language of those who chose one."""

    declined: frozenset[int]
    languages: Mapping[int, str]


def wishes_of(session: Session, context: Context) -> Wishes:  # noqa: ARG001  until families can say what they wish
    """The wishes in one course."""
    # HERE: family_preferences.opted_out and family_preferences.languages, once they exist.
    return Wishes(declined=frozenset(), languages={})
