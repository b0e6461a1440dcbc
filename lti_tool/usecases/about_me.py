"""What a student says about oneself in a course: interests, one goal in own words, the class goal that matters most.

Children's data: interests are chosen from the words that the course's activities carry, never written; everything can be
changed or emptied by the student at any time. Interests and goal only break near-ties of the recommender, and a step that
they decided says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch.inserting import insert_once
from lti_tool.models.courses import Context, LearnerProfile, Person, WeeklyGoal
from lti_tool.models.learning import ProposalStatus
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.wording import N_
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.plan_path import current_proposals
from lti_tool.usecases.propose import propose
from lti_tool.usecases.typed_text import typed_line
from lti_tool.usecases.weekly_goal import WeekView, own_week

MOST_INTERESTS = 5
LONGEST_GOAL = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen, as an identifier and in words."""

    key: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class AboutMeView:
    """The page "About me". `told` says that there is something to empty."""

    interests: tuple[Choice, ...]
    goal: str
    goals: tuple[Choice, ...]
    week: WeekView
    told: bool


def about_me(session: Session, *, context: Context, learner: Person, now: datetime) -> AboutMeView:
    """What the student has said so far, and what there is to choose from."""
    classroom = open_classroom(session, context=context, now=now)
    profile = classroom.profiles.get(learner.id) or LearnerProfile(
        interests=[], goal="", favourite_goal="", challenge=0.0
    )
    week = own_week(session, context=context, learner=learner, now=now)
    return AboutMeView(
        interests=tuple(
            Choice(word, word, word in profile.interests) for word in interests_of(classroom.skill_map)
        ),
        goal=profile.goal,
        goals=tuple(
            Choice(goal, classroom.skill_map.skill(goal).title, goal == profile.favourite_goal)
            for goal in classroom.skill_map.goals
        ),
        week=week,
        told=bool(
            profile.interests
            or profile.goal
            or profile.favourite_goal
            or profile.challenge
            or week.wanted
            or any(past.wanted for past in week.past)
        ),
    )


def say_about_me(
    session: Session,
    *,
    context: Context,
    learner: Person,
    interests: Collection[str],
    goal: str,
    favourite_goal: str,
    now: datetime,
) -> None:
    """Keep what the student says; the next step follows where nobody has chosen or begun it yet.

    Raises Fixable `about_me.interests`, `about_me.goal_too_long` or `about_me.no_such_goal`; then nothing is kept.
    """
    skill_map = open_classroom(session, context=context, now=now).skill_map
    liked, text = sorted(set(interests)), typed_line(goal)
    if len(liked) > MOST_INTERESTS or not set(liked) <= set(interests_of(skill_map)):
        raise Fixable("about_me.interests", N_("Choose up to five of the interests on the page."))
    if len(text) > LONGEST_GOAL:
        raise Fixable(
            "about_me.goal_too_long", N_("Your goal is too long. Say it in 200 characters or fewer.")
        )
    if favourite_goal and favourite_goal not in skill_map.goals:
        raise Fixable("about_me.no_such_goal", N_("The goals of your class have changed. Choose again."))
    profile = own_profile(session, context=context, learner=learner)
    decides = (profile.interests, profile.favourite_goal) != (liked, favourite_goal)
    profile.interests, profile.goal, profile.favourite_goal = liked, text, favourite_goal
    session.flush()
    if decides:
        _follow(session, open_classroom(session, context=context, now=now), learner)


def forget_about_me(session: Session, *, context: Context, learner: Person, now: datetime) -> None:
    """Empty everything that the student said in this course, the goals for weeks included.

    What a teacher noted with it, accommodations, stays.
    """
    session.execute(
        delete(WeeklyGoal).where(WeeklyGoal.context_id == context.id, WeeklyGoal.person_id == learner.id)
    )
    profile = own_profile(session, context=context, learner=learner)
    profile.interests, profile.goal, profile.favourite_goal, profile.challenge = [], "", "", 0.0
    session.flush()
    _follow(session, open_classroom(session, context=context, now=now), learner)


def own_profile(session: Session, *, context: Context, learner: Person) -> LearnerProfile:
    """The row of what the student told, made now when there is none."""
    insert_once(session, LearnerProfile, {"context_id": context.id, "person_id": learner.id})
    return session.scalars(
        select(LearnerProfile)
        .where(LearnerProfile.context_id == context.id, LearnerProfile.person_id == learner.id)
        .with_for_update()
    ).one()


def interests_of(skill_map: SkillMap) -> tuple[str, ...]:
    """The words for interests that the activities of a course carry."""
    return tuple(sorted({word for activity in skill_map.activities for word in activity.interests}))


def _follow(session: Session, classroom: Classroom, learner: Person) -> None:
    """Plan again, but leave a step that somebody chose or began."""
    standing = current_proposals(session, classroom).get(learner.id)
    if standing is None or (
        standing.status is ProposalStatus.PROPOSED and not standing.chosen and standing.started_at is None
    ):
        propose(session, classroom=classroom, learners=[learner])
