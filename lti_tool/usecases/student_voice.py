"""What a student said, as the teacher reads it beside the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.models.courses import Person
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.own_challenge import aims_at, challenge_label, wish_of
from lti_tool.usecases.weekly_goal import WeekView, own_week
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class VoiceView:
    """The student's goals, interests and wish for challenge; `told` says whether there is anything."""

    goal: str
    favourite_goal: str
    interests: tuple[str, ...]
    challenge: str
    aims_at: str
    week: WeekView
    told: bool


def student_voice(session: Session, classroom: Classroom, learner: Person, words: Words) -> VoiceView:
    """What one student told in this course; a goal that the skill map has no longer is left out."""
    profile = classroom.profiles.get(learner.id)
    wish = wish_of(classroom, learner)
    week = own_week(session, context=classroom.context, learner=learner, now=classroom.now)
    goal, interests = (profile.goal, tuple(profile.interests)) if profile else ("", ())
    favourite = profile.favourite_goal if profile else ""
    known = favourite in classroom.skill_map.goals
    return VoiceView(
        goal=goal,
        favourite_goal=classroom.skill_map.skill(favourite).title if known else "",
        interests=interests,
        challenge=challenge_label(wish, words),
        aims_at=aims_at(classroom, wish, words),
        week=week,
        told=bool(goal or known or interests or wish or week.wanted),
    )
