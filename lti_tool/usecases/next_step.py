"""A student's own page: one step, two alternatives, what went well, and the skills in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.contest import settling_check
from lti_tool.pathways.reasons import Audience
from lti_tool.pathways.recommendation import Option
from lti_tool.pathways.skill_map import Activity
from lti_tool.pathways.wording import N_
from lti_tool.usecases.announce_step import announce
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.diagnostic_offer import is_offered
from lti_tool.usecases.groups_page import OwnGroup, own_group
from lti_tool.usecases.map_picture import MapPicture, own_picture
from lti_tool.usecases.names import first_name
from lti_tool.usecases.own_challenge import ChallengeView, challenge_view
from lti_tool.usecases.own_pace import pace_sentences
from lti_tool.usecases.plan_path import chosen_option, open_options
from lti_tool.usecases.propose import visible_proposal
from lti_tool.usecases.shared_days import SharedDay, announced, shared_day
from lti_tool.usecases.skill_views import SkillView, skill_views
from lti_tool.usecases.steps import StepView, step_views
from lti_tool.usecases.week import week_wins, wins_since
from lti_tool.usecases.weekly_goal import WeekView, own_week
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class NextView:
    """What a student sees first.

    `step` is empty while there is none that the student may see: a teacher still chooses. `approved` says that the teacher
    confirmed this step, `contestable` that a check here could settle “I know this already”, `diagnostic` that first questions
    are offered. `together` is what the class does together today and in the next days.
    """

    first_name: str
    step: StepView | None
    alternatives: tuple[StepView, ...]
    approved: bool
    contestable: bool
    diagnostic: bool
    last_done: str | None
    challenge: ChallengeView | None
    week: WeekView
    wins: tuple[str, ...]
    wins_since: date
    skills: tuple[SkillView, ...]
    picture: MapPicture
    pace: tuple[str, ...]
    as_of: datetime | None
    group: OwnGroup | None
    together: tuple[SharedDay, ...]


def next_step(
    session: Session,
    *,
    context: Context,
    learner: Person,
    now: datetime,
    words: Words,
    look_at_challenge: bool = False,
) -> NextView | None:
    """The student's page, making a proposal first where there is none yet; None in a course that only looks.

    With `look_at_challenge` it says which step would come first at each setting from easier to harder.
    """
    if not context.mode.shows_steps:
        return None
    return next_view(
        session,
        classroom=open_classroom(session, context=context, now=now),
        learner=learner,
        words=words,
        look_at_challenge=look_at_challenge,
    )


def next_view(
    session: Session,
    *,
    classroom: Classroom,
    learner: Person,
    words: Words,
    look_at_challenge: bool = False,
) -> NextView:
    """The same for a course that shows steps and is open already."""
    context, now = classroom.context, classroom.now
    proposal = visible_proposal(session, classroom=classroom, learner=learner)
    step, alternatives = None, tuple[StepView, ...]()
    if proposal is not None:
        proposal.seen_at = proposal.seen_at or now
        step, alternatives = step_views(
            classroom=classroom, proposal=proposal, audience=Audience.STUDENT, words=words
        )
    skills = skill_views(classroom, learner, words)
    return NextView(
        first_name=first_name(learner, words),
        step=step,
        alternatives=alternatives,
        approved=proposal is not None and proposal.status is ProposalStatus.APPROVED,
        contestable=proposal is not None
        and settling_check_for(classroom, learner, chosen_option(proposal)) is not None,
        diagnostic=is_offered(session, classroom=classroom, learner=learner),
        last_done=_last_done(session, classroom, learner, words),
        challenge=challenge_view(classroom, learner, proposal, words, look=look_at_challenge)
        if proposal
        else None,
        week=own_week(session, context=context, learner=learner, now=now),
        wins_since=wins_since(classroom),
        wins=week_wins(classroom, learner, Audience.STUDENT, words),
        skills=skills,
        picture=own_picture(classroom.skill_map, skills, words),
        pace=pace_sentences(classroom, learner, words),
        as_of=context.gradebook_read_at,
        group=own_group(session, classroom=classroom, learner=learner, words=words),
        together=tuple(shared_day(classroom, each) for each in announced(classroom)),
    )


def choose(session: Session, *, context: Context, learner: Person, option: int, now: datetime) -> None:
    """The student prefers one of the alternatives; the teacher sees it, and an approved step is announced anew.

    Raises Fixable `proposal.no_such_option` when the page was out of date.
    """
    classroom = open_classroom(session, context=context, now=now)
    proposal = visible_proposal(session, classroom=classroom, learner=learner)
    if proposal is None or option not in open_options(classroom, proposal):
        raise Fixable(
            "proposal.no_such_option", N_("Your next step has changed. Look at the new one."), status=409
        )
    proposal.chosen = option
    if proposal.status is ProposalStatus.APPROVED:
        announce(session, classroom=classroom, proposal=proposal)


def settling_check_for(classroom: Classroom, learner: Person, option: Option) -> Activity | None:
    """The shortest check in this tool that would settle whether the student knows the skill of a step.

    None where there is none, and where the step is that check already.
    """
    if option.skill_id is None or option.activity_id in classroom.adopted.checks:
        return None
    elsewhere = {a.id for a in classroom.skill_map.activities if a.id not in classroom.adopted.checks}
    state = classroom.state_of(learner)
    return settling_check(
        option.skill_id, replace(state, closed=state.closed | elsewhere), classroom.skill_map
    )


def _last_done(session: Session, classroom: Classroom, learner: Person, words: Words) -> str | None:
    done = session.scalar(
        select(Proposal)
        .where(
            Proposal.context_id == classroom.context.id,
            Proposal.person_id == learner.id,
            Proposal.done_at.is_not(None),
        )
        .order_by(Proposal.done_at.desc())
        .limit(1)
    )
    activity_id = chosen_option(done).activity_id if done else None
    if activity_id is None or not classroom.skill_map.has_activity(activity_id):
        return None
    return words.gettext("You finished: %(activity)s.") % {
        "activity": classroom.skill_map.activity(activity_id).title
    }
