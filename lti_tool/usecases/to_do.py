"""What a teacher could do now, most urgent first: who, what, why, one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.models.courses import SyncState
from lti_tool.models.learning import Proposal
from lti_tool.pathways.buckets import Bucket
from lti_tool.pathways.leverage import class_leverage
from lti_tool.pathways.reasons import alert_sentence
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.column_matches import untagged_matches
from lti_tool.usecases.deliveries import stopped_or_late
from lti_tool.usecases.learner_notes import due_follow_ups
from lti_tool.usecases.names import full_name, some_names
from lti_tool.usecases.plan_path import recommendation_of
from lti_tool.usecases.shared_days import announced, help_before
from lti_tool.usecases.words import Words

MOST_TO_DOS = 5
_MOST_ALARMS = 2


@dataclass(frozen=True, slots=True)
class ToDo:
    """One row. `action` is the endpoint of the page or change that the button leads to; `is_change` means a POST."""

    kind: str
    who: str
    what: str
    why: str
    button: str
    action: str
    params: Mapping[str, Any] = field(default_factory=dict)
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something about one student that a person should look at."""

    code: str
    skill_title: str
    sentence: str


def alarms_of(classroom: Classroom, proposal: Proposal, words: Words) -> tuple[Alarm, ...]:
    """What the recommender wants a teacher to see about one student."""
    return tuple(
        Alarm(
            code=alert.code,
            skill_title=classroom.skill_map.skill(alert.skill_id).title if alert.skill_id else "",
            sentence=alert_sentence(alert, classroom.skill_map, words.gettext),
        )
        for alert in recommendation_of(proposal).alerts
    )


def to_dos(
    session: Session,
    *,
    classroom: Classroom,
    alarms: Mapping[int, Sequence[Alarm]],
    buckets: Mapping[int, Bucket],
    waiting: int,
    words: Words,
) -> tuple[ToDo, ...]:
    """All rows that apply, most urgent first; the page shows the first `MOST_TO_DOS`."""
    rows = [
        *_reading_failed(classroom, words),
        *_deliveries(session, classroom, words),
        *_approve(waiting, classroom, words),
        *_before_together(classroom, words),
        *_follow_ups(session, classroom, words),
        *_mini_lesson(classroom, words),
        *_alarms(classroom, alarms, words),
        *_no_recent_evidence(classroom, buckets, words),
        *_untagged_columns(session, classroom, words),
        *_map_gaps(classroom, words),
    ]
    return tuple(rows)


def _reading_failed(classroom: Classroom, words: Words) -> list[ToDo]:
    _ = words.gettext
    if classroom.context.sync_state is not SyncState.FAILED:
        return []
    return [
        ToDo(
            kind="reading",
            who=_("This course"),
            what=_("Read roster and scores again"),
            why=classroom.context.sync_error or "",
            button=_("Read again"),
            action="teacher.read_again",
            is_change=True,
        )
    ]


def _deliveries(session: Session, classroom: Classroom, words: Words) -> list[ToDo]:
    stopped, late = stopped_or_late(session, context=classroom.context, now=classroom.now)
    number = stopped + late
    if not number:
        return []
    why = words.gettext("The LMS did not take it. The page says why and what you can do.")
    if not stopped:
        why = words.gettext("It takes longer than it should. Waymark still tries; the page says why.")
    return [
        ToDo(
            kind="deliveries",
            who=words.ngettext("%(number)s delivery", "%(number)s deliveries", number) % {"number": number},
            what=words.gettext("See what did not reach your LMS"),
            why=why,
            button=words.gettext("Look"),
            action="teacher.deliveries",
        )
    ]


def _approve(waiting: int, classroom: Classroom, words: Words) -> list[ToDo]:
    if not waiting:
        return []
    return [
        ToDo(
            kind="approve",
            who=words.ngettext("%(number)s student", "%(number)s students", waiting) % {"number": waiting},
            what=words.gettext("Approve the next steps"),
            why=words.gettext(
                "Each has a step with its reason below. Approved steps go to the gradebook as words."
            )
            if classroom.context.mode.writes
            else words.gettext("Each has a step with its reason below. Nothing is written to the LMS."),
            button=words.gettext("Approve all"),
            action="teacher.approve_all",
            is_change=True,
        )
    ]


def _before_together(classroom: Classroom, words: Words) -> list[ToDo]:
    """Who needs something first, for the next activity of the whole class for which anybody does."""
    _ = words.gettext
    for shared in announced(classroom):
        needed = help_before(classroom, shared)
        if needed is None:
            continue
        day = words.format_date(shared.on_day)
        is_today = shared.on_day == classroom.now.date()
        if needed.step_title:
            what = _("Today: “%(activity)s” first") if is_today else _("Before %(day)s: “%(activity)s” first")
        else:
            what = (
                _("Today: a word on “%(skill)s” first")
                if is_today
                else _("Before %(day)s: a word on “%(skill)s” first")
            )
        return [
            ToDo(
                kind="together",
                who=some_names(needed.learners, words),
                what=what % {"day": day, "activity": needed.step_title, "skill": needed.skill_title},
                why=words.ngettext(
                    "“%(together)s”, for the whole class, rests on “%(skill)s”, and %(number)s student is not there yet.",
                    "“%(together)s”, for the whole class, rests on “%(skill)s”, and %(number)s students are not there yet.",
                    len(needed.learners),
                )
                % {
                    "together": classroom.skill_map.activity(shared.activity_id).title,
                    "skill": needed.skill_title,
                    "number": len(needed.learners),
                },
                button=_("Look"),
                action="together.show",
            )
        ]
    return []


def _follow_ups(session: Session, classroom: Classroom, words: Words) -> list[ToDo]:
    """What the staff noted down to do by today, as one row."""
    today = classroom.now.date()
    due = due_follow_ups(session, context=classroom.context, learners=classroom.learners, until=today)
    if not due:
        return []
    about = {note.person_id for note in due}
    return [
        ToDo(
            kind="follow_up",
            who=some_names([learner for learner in classroom.learners if learner.id in about], words),
            what=words.ngettext("%(number)s follow-up is due", "%(number)s follow-ups are due", len(due))
            % {"number": len(due)},
            why=words.gettext("You or a colleague noted it down. The longest due is from %(day)s.")
            % {"day": words.format_date(due[0].due_on or today)},
            button=words.gettext("Look"),
            action="student_notes.show",
            params={"only": "open"},
        )
    ]


def _mini_lesson(classroom: Classroom, words: Words) -> list[ToDo]:
    estimates = {str(person_key): own for person_key, own in classroom.estimates.items()}
    lesson = class_leverage(estimates, classroom.skill_map, classroom.policy)
    if lesson is None:
        return []
    skill = classroom.skill_map.skill(lesson.skill_id)
    served = [learner for learner in classroom.learners if str(learner.id) in lesson.learner_ids]
    return [
        ToDo(
            kind="mini_lesson",
            who=some_names(served, words),
            what=words.gettext("Teach one mini-lesson on “%(skill)s”") % {"skill": skill.title},
            why=words.ngettext(
                "It serves %(number)s student at once and opens what comes after it.",
                "It serves %(number)s students at once and opens what comes after it.",
                len(served),
            )
            % {"number": len(served)},
            button=words.gettext("Make it a group"),
            action="groups.show",
            params={"_anchor": "lesson"},
        )
    ]


def _alarms(classroom: Classroom, alarms: Mapping[int, Sequence[Alarm]], words: Words) -> list[ToDo]:
    rows = [
        ToDo(
            kind="student",
            who=full_name(learner, words),
            what=(
                words.gettext("Sit together for five minutes on “%(skill)s”") % {"skill": alarm.skill_title}
                if alarm.skill_title
                else words.gettext("Have a word about what comes next")
            ),
            why=alarm.sentence,
            button=words.gettext("See the evidence"),
            action="teacher.student",
            params={"person_key": learner.id},
        )
        for learner in classroom.learners
        for alarm in alarms[learner.id][:1]
    ]
    return rows[:_MOST_ALARMS]


def _no_recent_evidence(classroom: Classroom, buckets: Mapping[int, Bucket], words: Words) -> list[ToDo]:
    quiet = [learner for learner in classroom.learners if buckets[learner.id] is Bucket.NO_RECENT_EVIDENCE]
    if not quiet:
        return []
    days = classroom.rules.choices.cut_offs().recent_days
    return [
        ToDo(
            kind="no_evidence",
            who=some_names(quiet, words),
            what=words.gettext("Find out how things stand"),
            why=words.ngettext(
                "There are no results of the last %(number)s day. A word often says more than a task.",
                "There are no results of the last %(number)s days. A word often says more than a task.",
                days,
            )
            % {"number": days},
            button=words.gettext("Show"),
            action="teacher.today",
            params={"bucket": Bucket.NO_RECENT_EVIDENCE.value},
        )
    ]


def _untagged_columns(session: Session, classroom: Classroom, words: Words) -> list[ToDo]:
    """Columns whose title is that of an activity, but which nobody has confirmed yet."""
    waiting = untagged_matches(session, context=classroom.context, skill_map=classroom.skill_map)
    if not waiting:
        return []
    return [
        ToDo(
            kind="setup",
            who=words.ngettext("%(number)s column", "%(number)s columns", waiting) % {"number": waiting},
            what=words.gettext("Confirm what they show"),
            why=words.gettext("Their titles match activities; their results count once you say so."),
            button=words.gettext("Open setup"),
            action="teacher.setup",
        )
    ]


def _map_gaps(classroom: Classroom, words: Words) -> list[ToDo]:
    findings = classroom.skill_map.health()
    if not findings:
        return []
    return [
        ToDo(
            kind="setup",
            who=words.gettext("Skill map"),
            what=words.ngettext("Close %(number)s gap", "Close %(number)s gaps", len(findings))
            % {"number": len(findings)},
            why=findings[0].message,
            button=words.gettext("Open setup"),
            action="teacher.setup",
        )
    ]
