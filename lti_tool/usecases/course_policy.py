"""A course's policy page: what holds, its versions, changing it and going back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from lti_tool.errors import NotVisible
from lti_tool.launch import audit
from lti_tool.models.courses import Context, Person
from lti_tool.models.policies import CoursePolicy
from lti_tool.pathways.choices import SETTINGS, Choices
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.course_rules import NOTHING, CourseRules, add_version, course_rules
from lti_tool.usecases.names import full_name
from lti_tool.usecases.policy_form import FormView, form_view
from lti_tool.usecases.policy_words import setting_label, value_text
from lti_tool.usecases.propose import propose
from lti_tool.usecases.words import Words

_MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One setting that differs between two versions."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version with what it changed; `who` is empty where that is not known (any more)."""

    number: int
    who: str
    at: datetime | None
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class CoursePolicyView:
    """The page. `before` is the number of the version that "undo" brings back, None where there is nothing to undo."""

    form: FormView
    number: int
    before: int | None
    has_locked: bool
    versions: tuple[VersionView, ...]


def look_at_policy(session: Session, *, context: Context, words: Words) -> CoursePolicyView:
    """What holds in this course, and how it came to that."""
    rules = course_rules(session, context)
    return CoursePolicyView(
        form=form_view(rules.choices, own=rules.own, locked=rules.locked, words=words),
        number=rules.number,
        before=rules.number - 1 if rules.number else None,
        has_locked=bool(rules.locked),
        versions=_versions(session, context, rules, words),
    )


def save_policy(
    session: Session, *, context: Context, own: Choices, seen: int, person: Person, now: datetime
) -> int:
    """Let these choices hold from now on, and plan by them; gives back the number of the version.

    Raises Fixable `policy.changed` unless `seen` is the version that held until now.
    """
    rules = add_version(session, context=context, own=own, person=person, now=now, seen=seen)
    _plan_by_it(session, context, now)
    audit.record(
        session,
        actor=audit.person_name(person.id),
        action="course.policy_changed",
        subject=f"course {context.id}",
        now=now,
        version=str(rules.number),
    )
    return rules.number


def restore_policy(
    session: Session, *, context: Context, number: int, seen: int, person: Person, now: datetime
) -> int:
    """Let an earlier version hold again, as a new one; 0 is the course before its first.

    Raises NotVisible `policy.no_such_version`, Fixable `policy.changed` unless `seen` is the version that held until now.
    """
    own = NOTHING
    if number:
        kept = session.scalar(
            select(CoursePolicy).where(CoursePolicy.context_id == context.id, CoursePolicy.version == number)
        )
        if kept is None:
            raise NotVisible("policy.no_such_version", "There is no such version of these settings.")
        own = Choices.of(kept.choices)
    return save_policy(session, context=context, own=own, seen=seen, person=person, now=now)


def changes_between(before: Choices, after: Choices, words: Words) -> tuple[ChangeView, ...]:
    """The settings that differ, in words."""
    return tuple(
        ChangeView(
            setting_label(name, words),
            value_text(name, before.value(name), words),
            value_text(name, after.value(name), words),
        )
        for name in SETTINGS
        if before.value(name) != after.value(name)
    )


def _plan_by_it(session: Session, context: Context, now: datetime) -> None:
    if adopted_map(session, context) is not None:
        classroom = open_classroom(session, context=context, now=now)
        propose(session, classroom=classroom, learners=classroom.learners)


def _versions(
    session: Session, context: Context, rules: CourseRules, words: Words
) -> tuple[VersionView, ...]:
    person = aliased(Person)
    rows = session.execute(
        select(CoursePolicy, person)
        .outerjoin(person, CoursePolicy.changed_by == person.id)
        .where(CoursePolicy.context_id == context.id)
        .order_by(CoursePolicy.version.desc())
        .limit(_MOST_VERSIONS + 1)
    ).all()
    kept = {row.version: rules.with_own(Choices.of(row.choices)).choices for row, _who in rows}
    kept[0] = rules.with_own(NOTHING).choices
    return tuple(
        VersionView(
            number=row.version,
            who=full_name(who, words) if who else "",
            at=row.changed_at,
            changes=changes_between(kept[row.version - 1], kept[row.version], words),
        )
        for row, who in rows[:_MOST_VERSIONS]
        if row.version - 1 in kept
    )
