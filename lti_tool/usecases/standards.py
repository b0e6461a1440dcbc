"""Coverage of the standards as a page and as a table for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.pathways.coverage import Coverage, Gap, standards_coverage
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.words import Words

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One standard. Percentages of the class are None where it has no students."""

    code: str
    skills: tuple[str, ...]
    activities: int
    checks: int
    evidence_percent: int | None
    secure_percent: int | None
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandardsView:
    """The page, gaps first."""

    rows: tuple[StandardRow, ...]
    with_gaps: int
    learners: int


def look_at_standards(session: Session, *, context: Context, now: datetime, words: Words) -> StandardsView:
    """The standards of one course."""
    classroom = open_classroom(session, context=context, now=now)
    found = standards_coverage(classroom.skill_map, list(classroom.estimates.values()))
    rows = tuple(_row(one, classroom, words) for one in found)
    return StandardsView(rows, sum(bool(row.gaps) for row in rows), len(classroom.learners))


def standards_table(view: StandardsView, words: Words) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """The head of the table and its rows."""
    _ = words.gettext
    header = (
        _("Standard"),
        _("Skills"),
        _("Activities"),
        _("Checks"),
        _("Class with evidence (%)"),
        _("Class Secure (%)"),
        _("What is missing"),
    )
    return header, [
        (
            row.code,
            "; ".join(row.skills),
            row.activities,
            row.checks,
            "" if row.evidence_percent is None else row.evidence_percent,
            "" if row.secure_percent is None else row.secure_percent,
            "; ".join(row.gaps),
        )
        for row in view.rows
    ]


def _row(one: Coverage, classroom: Classroom, words: Words) -> StandardRow:
    class_size = len(classroom.learners)
    return StandardRow(
        code=one.code or words.gettext("No standard"),
        skills=tuple(classroom.skill_map.skill(skill_id).title for skill_id in one.skill_ids),
        activities=one.activities,
        checks=one.checks,
        evidence_percent=_percent(one.with_evidence, class_size),
        secure_percent=_percent(one.secure, class_size),
        gaps=tuple(_gap_label(gap, words) for gap in one.gaps),
    )


def _percent(number: int, whole: int) -> int | None:
    return round(100 * number / whole) if whole else None


def _gap_label(gap: Gap, words: Words) -> str:
    _ = words.gettext
    return {
        Gap.NO_ACTIVITY: _("No activity yet"),
        Gap.FEW_ACTIVITIES: _("One activity only"),
        Gap.NO_CHECK: _("No check yet"),
        Gap.NO_EVIDENCE: _("No results of this class yet"),
    }[gap]
