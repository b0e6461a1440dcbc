"""The map as a table for a spreadsheet: a row for each student, a column for each skill, levels in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.launch import audit
from lti_tool.models.courses import Context
from lti_tool.models.launches import LaunchSession
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.labels import bucket_label, level_label
from lti_tool.usecases.map_choice import MapChoice, Selection, select
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words


def map_table(
    session: Session, *, context: Context, choice: MapChoice, now: datetime, words: Words
) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    """Head and rows of what the choice leaves, whole; the database is not asked for the rows."""
    _ = words.gettext
    classroom = open_classroom(session, context=context, now=now)
    selection = select(classroom, choice)
    titles = [" ".join((skill.title, *(f"({code})" for code in skill.codes))) for skill in selection.skills]
    header = (_("Student"), _("Id at the platform"), _("Where"), *titles)
    return header, _rows(classroom, selection, words)


def note_export(session: Session, launch: LaunchSession, now: datetime) -> None:
    """Let the audit log say who took the levels of a course, from which launch."""
    audit.record(
        session,
        actor=audit.person_name(launch.person_id or 0),
        action="map.exported",
        subject=f"course {launch.context_id}",
        now=now,
        launch=str(launch.id),
    )


def _rows(classroom: Classroom, selection: Selection, words: Words) -> Iterator[tuple[str, ...]]:
    estimates = classroom.estimates
    said = [
        (
            full_name(learner, words),
            learner.user_id,
            bucket_label(selection.buckets[learner.id], words),
            [estimates[learner.id][skill.id] for skill in selection.skills],
        )
        for learner in selection.learners
    ]
    return ((name, key, bucket, *(_cell(each, words) for each in cells)) for name, key, bucket, cells in said)


def _cell(estimate: MasteryEstimate, words: Words) -> str:
    """The level word, with what a teacher has to know before trusting it."""
    said = level_label(estimate.level, words)
    if not estimate.evidence_count:
        return said
    if not estimate.enough_evidence:
        return words.gettext("%(level)s, not enough evidence yet") % {"level": said}
    return words.gettext("%(level)s, refresh due") % {"level": said} if estimate.refresh_due else said
