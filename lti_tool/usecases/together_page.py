"""The teacher's page of shared activities: what is to come with what is needed for it, and what was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lti_tool.models.class_rules import ClassActivity
from lti_tool.models.courses import Context
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.fix_class_activity import LastChange, last_change
from lti_tool.usecases.names import full_name
from lti_tool.usecases.shared_days import SharedDay, announced, help_before, shared_day
from lti_tool.usecases.words import Words

_MOST_PAST = 20


@dataclass(frozen=True, slots=True)
class HelpView:
    """These students need `skill_title` first; `step_title` may be empty."""

    names: tuple[str, ...]
    skill_title: str
    step_title: str


@dataclass(frozen=True, slots=True)
class Coming:
    """One that is to come. `unsuited` counts the students whose accommodations it does not suit."""

    shared: SharedDay
    own_minutes: int | None
    unsuited: int
    help: HelpView | None


@dataclass(frozen=True, slots=True)
class UndoView:
    """What undo would take back, and the key to say so."""

    key: int
    label: str


@dataclass(frozen=True, slots=True)
class TogetherView:
    """The page; `past` has the latest first, `titles` what can be chosen."""

    course_title: str
    today: date
    coming: tuple[Coming, ...]
    past: tuple[SharedDay, ...]
    titles: tuple[str, ...]
    undo: UndoView | None


def together_page(session: Session, *, context: Context, now: datetime, words: Words) -> TogetherView:
    """The page of one course. Raises Fixable `course.not_set_up` before a skill map was accepted."""
    classroom = open_classroom(session, context=context, now=now)
    today = now.date()
    soon = {each.id for each in announced(classroom)}
    past = [shared_day(classroom, each) for each in classroom.class_activities if each.on_day < today]
    change = last_change(session, context=context, now=now)
    return TogetherView(
        course_title=context.title,
        today=today,
        coming=tuple(
            _coming(classroom, each, words, with_help=each.id in soon)
            for each in classroom.class_activities
            if each.on_day >= today
        ),
        past=tuple(reversed(past[-_MOST_PAST:])),
        titles=tuple(sorted({a.title for a in classroom.skill_map.activities if a.skills})),
        undo=_undo(classroom, change, words) if change else None,
    )


def _coming(classroom: Classroom, shared: ClassActivity, words: Words, *, with_help: bool) -> Coming:
    activity = classroom.skill_map.activity(shared.activity_id)
    needed = help_before(classroom, shared) if with_help else None
    return Coming(
        shared=shared_day(classroom, shared),
        own_minutes=shared.own_minutes,
        unsuited=sum(not classroom.accommodations_of(one.id).suits(activity) for one in classroom.learners),
        help=HelpView(
            tuple(full_name(one, words) for one in needed.learners), needed.skill_title, needed.step_title
        )
        if needed
        else None,
    )


def _undo(classroom: Classroom, change: LastChange, words: Words) -> UndoView | None:
    if not classroom.skill_map.has_activity(change.shared.activity_id):
        return None
    title = classroom.skill_map.activity(change.shared.activity_id).title
    if change.shared.removed_at is not None:
        label = words.gettext("Undo: do “%(activity)s” together after all")
    elif change.before is not None:
        label = words.gettext("Undo the move of “%(activity)s”")
    else:
        label = words.gettext("Undo: not “%(activity)s” together")
    return UndoView(change.shared.id, label % {"activity": title})
