"""An activity as a student opens it: what to do, start, done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import Proposal
from lti_tool.pathways.skill_map import Activity, Host
from lti_tool.pathways.wording import N_
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.finish_step import finish
from lti_tool.usecases.labels import format_label, mode_label
from lti_tool.usecases.next_step import settling_check_for
from lti_tool.usecases.plan_path import chosen_option, open_options, recommendation_of
from lti_tool.usecases.propose import propose, visible_proposal
from lti_tool.usecases.take_check import start_check
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One activity. `in_lms` means that its questions are in the course itself, not here; `link` leads to one that is
    elsewhere on the web, at `link_host`.
    """

    activity_id: str
    title: str
    skill_titles: tuple[str, ...]
    minutes: int
    format: str
    format_label: str
    mode_label: str
    summary: str
    body: tuple[str, ...]
    has_check: bool
    in_lms: bool
    link: str
    link_host: str
    can_finish: bool


def activity_page(
    session: Session,
    *,
    context: Context,
    learner: Person,
    activity_id: str,
    now: datetime,
    words: Words,
    asked_by_launch: bool = False,
) -> ActivityView:
    """What an activity asks for. `can_finish` when it is one of the student's present options.

    Raises NotVisible when the course has no such activity: `activity.not_found`, or
    `launch.activity_not_found` when it was the launch that asked for it.
    """
    classroom = open_classroom(session, context=context, now=now)
    if asked_by_launch and not classroom.skill_map.offers(activity_id):
        raise NotVisible(
            "launch.activity_not_found",
            N_("This link leads to an activity that is not in this course. Tell your teacher, please."),
        )
    activity = _activity(classroom, activity_id)
    has_check = activity_id in classroom.adopted.checks
    proposal = visible_proposal(session, classroom=classroom, learner=learner)
    return ActivityView(
        activity_id=activity.id,
        title=activity.title,
        skill_titles=tuple(classroom.skill_map.skill(skill).title for skill in activity.skills),
        minutes=classroom.accommodations_of(learner.id).minutes_for(activity),
        format=activity.format.value,
        format_label=format_label(activity.format, words),
        mode_label=mode_label(activity.mode, words),
        summary=activity.summary,
        body=tuple(part.strip() for part in activity.body.split("\n\n") if part.strip()),
        has_check=has_check,
        in_lms=activity.hosted is Host.LMS and not activity.link,
        link=activity.link,
        link_host=urlsplit(activity.link).hostname or "",
        can_finish=not has_check and _option_of(classroom, proposal, activity_id) is not None,
    )


def start(
    session: Session, *, context: Context, learner: Person, activity_id: str, now: datetime
) -> str | None:
    """Note that the student starts; returns the public id of the attempt when there is a check to take.

    Raises Fixable `activity.together` (409) for what the whole class does together on a day to come.
    """
    classroom = open_classroom(session, context=context, now=now)
    _activity(classroom, activity_id)
    if activity_id in classroom.not_before_its_day:
        raise Fixable(
            "activity.together",
            N_("Your class does this one together on its day. Look at your next step."),
            status=409,
        )
    proposal = visible_proposal(session, classroom=classroom, learner=learner)
    option = _option_of(classroom, proposal, activity_id)
    if proposal is not None and option is not None:
        proposal.chosen = option
        proposal.started_at = proposal.started_at or now
    if activity_id not in classroom.adopted.checks:
        return None
    return start_check(
        session,
        context=context,
        learner=learner,
        activity_id=activity_id,
        adopted=classroom.adopted,
        now=now,
    )


def contest(session: Session, *, context: Context, learner: Person, now: datetime) -> str:
    """“I know this already”: start the shortest check that would settle it; returns its public id.

    Raises Fixable `contest.no_check` when no check here is about the skill of the present step.
    """
    classroom = open_classroom(session, context=context, now=now)
    proposal = visible_proposal(session, classroom=classroom, learner=learner)
    check = settling_check_for(classroom, learner, chosen_option(proposal)) if proposal else None
    if check is None:
        raise Fixable(
            "contest.no_check",
            N_("There is no check for this one here. Tell your teacher that you know it already."),
            status=409,
        )
    return start_check(
        session,
        context=context,
        learner=learner,
        activity_id=check.id,
        adopted=classroom.adopted,
        now=now,
    )


def mark_done(
    session: Session, *, context: Context, learner: Person, activity_id: str, now: datetime
) -> None:
    """The student did an activity that has no score here: the step ends and a new one is planned.

    Saying so is no evidence of a skill. Raises Fixable `activity.needs_answers` for a check and
    `activity.not_your_step` for an activity that is not among the student's present options.
    """
    classroom = open_classroom(session, context=context, now=now)
    if activity_id in classroom.adopted.checks:
        raise Fixable("activity.needs_answers", N_("This one is done when its questions are answered."))
    proposal = visible_proposal(session, classroom=classroom, learner=learner)
    option = _option_of(classroom, proposal, activity_id)
    if proposal is None or option is None:
        raise Fixable(
            "activity.not_your_step", N_("Your next step has changed. Look at the new one."), status=409
        )
    proposal.chosen = option
    finish(session, classroom=classroom, proposal=proposal, done_at=now)
    refreshed = open_classroom(session, context=context, now=now)
    propose(session, classroom=refreshed, learners=[learner])


def _activity(classroom: Classroom, activity_id: str) -> Activity:
    if not classroom.skill_map.offers(activity_id):
        raise NotVisible(
            "activity.not_found", N_("This course has no such activity. Go back to your next step.")
        )
    return classroom.skill_map.activity(activity_id)


def _option_of(classroom: Classroom, proposal: Proposal | None, activity_id: str) -> int | None:
    if proposal is None:
        return None
    options = recommendation_of(proposal).options
    return next((i for i in open_options(classroom, proposal) if options[i].activity_id == activity_id), None)
