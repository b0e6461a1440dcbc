"""Everything that Waymark holds about one person, read by the inventory; and what it concludes from it today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from lti_tool.launch import audit
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.gradebook import Column, LineItem
from lti_tool.models.outcomes import LearningOutcome
from lti_tool.models.platforms import Deployment, Registration
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.labels import level_label
from lti_tool.usecases.personal_inventory import Records, column_labels, inventory
from lti_tool.usecases.words import ENGLISH, Words

_PEOPLE, _REGISTRATIONS = Person.__table__, Registration.__table__


@dataclass(frozen=True, slots=True)
class Section:
    """Records of one kind, each a value by column, and how the columns are called."""

    key: str
    title: str
    columns: Mapping[str, str]
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class LearnerRecords:
    """All sections, empty ones too; `names` says what numbers in the columns mean, by column."""

    person_key: int
    made_at: datetime
    sections: tuple[Section, ...]
    names: Mapping[str, Mapping[str, str]]


def read_learner_records(
    session: Session, person: Person, *, now: datetime, words: Words = ENGLISH
) -> LearnerRecords:
    """Everything about this person, and nothing about anybody else."""
    labels = column_labels(words)
    read = tuple(_section(session, records, person, labels) for records in inventory(words))
    names = _names(session, read)
    conclusions, skills = _conclusions(session, person, now=now, words=words)
    names["activity_id"], names["question_id"] = _said_in_courses(session, read)
    names["skill_id"] = skills
    return LearnerRecords(person.id, now, (*read, conclusions), names)


def _section(session: Session, records: Records, person: Person, labels: Mapping[str, str]) -> Section:
    table = records.table
    rows = []
    for row in session.execute(
        select(*(table.c[name] for name in records.columns))
        .where(_leads_to(table, records.by, person))
        .order_by(table.c.id)
    ):
        values = dict(row._mapping)
        if records.part is not None:
            values[records.shared] = records.part(values[records.shared], person)
            if values[records.shared] is None:
                continue
        rows.append(values)
    return Section(records.key, records.title, {name: labels[name] for name in records.columns}, tuple(rows))


def _leads_to(table: Table, by: tuple[str, ...], person: Person) -> ColumnElement[bool]:
    """That these columns, one after the other, lead from a row to the person (or to the person's registration)."""
    column = table.c[by[0]]
    if table is _PEOPLE and by == ("id",):
        return column == person.id
    target = next((key.column.table for key in column.foreign_keys), None)
    if target is None:
        return column == audit.person_name(person.id)
    if len(by) > 1:
        return column.in_(select(target.c.id).where(_leads_to(target, by[1:], person)))
    return column == (person.registration_id if target is _REGISTRATIONS else person.id)


def _names(session: Session, sections: tuple[Section, ...]) -> dict[str, Mapping[str, str]]:
    """Titles of courses, columns and platforms, as far as the records name them."""
    said = {
        "context_id": Context.title,
        "line_item_id": LineItem.label,
        "outcome_id": LearningOutcome.title,
        "column_id": Column.label,
        "deployment_id": Deployment.deployment_id,
        "registration_id": Registration.label,
    }
    names: dict[str, Mapping[str, str]] = {}
    for column, title in said.items():
        key = title.class_.__table__.c.id
        found = session.execute(select(key, title).where(key.in_(_values(sections, column)))).all()
        names[column] = {str(number): text for number, text in found}
    return names


def _said_in_courses(
    session: Session, sections: tuple[Section, ...]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Titles of activities and the questions of checks, in the courses that the records name."""
    titles: dict[str, str] = {}
    questions: dict[str, str] = {}
    activities, asked = _values(sections, "activity_id"), _values(sections, "question_id")
    for context in _contexts(session, _values(sections, "context_id")):
        if adopted := adopted_map(session, context):
            named = {key for key in activities if adopted.skill_map.has_activity(key)}
            titles |= {key: adopted.skill_map.activity(key).title for key in named}
            for check in adopted.checks.values():
                questions |= {question.id: question.prompt for question in check.questions}
    return (
        {key: titles[key] for key in sorted(activities & titles.keys())},
        {key: questions[key] for key in sorted(asked & questions.keys())},
    )


def _conclusions(
    session: Session, person: Person, *, now: datetime, words: Words
) -> tuple[Section, Mapping[str, str]]:
    """What Waymark concludes about each skill at present: computed anew each time, stored nowhere."""
    _ = words.gettext
    rows: list[Mapping[str, Any]] = []
    skills: dict[str, str] = {}
    mine = select(Membership.context_id).where(Membership.person_id == person.id, Membership.is_learner)
    for context in _contexts(session, set(session.scalars(mine))):
        if adopted_map(session, context) is None:
            continue
        classroom = open_classroom(session, context=context, now=now)
        skills |= {skill.id: skill.title for skill in classroom.skill_map.skills}
        rows += [
            {
                "context_id": context.id,
                "skill_id": estimate.skill_id,
                "level": level_label(estimate.level, words),
                "probability": round(estimate.probability, 4),
                "lower": round(estimate.lower, 4),
                "upper": round(estimate.upper, 4),
                "evidence_count": estimate.evidence_count,
                "last_evidence_at": estimate.last_evidence_at,
            }
            for estimate in classroom.estimates_of(person).values()
        ]
    columns = {
        "context_id": _("Course"),
        "skill_id": _("Skill"),
        "level": _("Level"),
        "probability": _("Expected success (0 to 1)"),
        "lower": _("At least"),
        "upper": _("At most"),
        "evidence_count": _("Pieces of evidence"),
        "last_evidence_at": _("Latest evidence"),
    }
    title = _("What Waymark concludes from it today")
    return Section("conclusions", title, columns, tuple(rows)), skills


def _contexts(session: Session, keys: set[Any]) -> list[Context]:
    return list(session.scalars(select(Context).where(Context.id.in_(keys)).order_by(Context.id)))


def _values(sections: tuple[Section, ...], column: str) -> set[Any]:
    return {
        row[column]
        for section in sections
        for row in section.rows
        if column in row and row[column] is not None
    }
