"""What a family sees of its own child: three plain facts, what is next, one thing to do together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.errors import NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import Proposal
from lti_tool.models.messages import FamilyMessage
from lti_tool.pathways.reasons import Audience
from lti_tool.pathways.skill_map import Skill
from lti_tool.pathways.wording import N_
from lti_tool.usecases.classroom import Classroom, active_learners, open_classroom
from lti_tool.usecases.family_messages import shown_messages
from lti_tool.usecases.names import first_name, full_name
from lti_tool.usecases.plan_path import chosen_option
from lti_tool.usecases.propose import visible_proposal
from lti_tool.usecases.steps import step_views
from lti_tool.usecases.week import family_facts
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class MessageView:
    """What a teacher says to this family. `teacher` is the name as the school writes it, empty if it is gone."""

    body: str
    language: str
    teacher: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class FamilyView:
    """One child's report. `next_title` is empty while there is no step that the family may see."""

    first_name: str
    message: MessageView | None
    facts: tuple[str, ...]
    next_title: str
    next_minutes: int | None
    next_why: str
    home_activity: str
    family_question: str
    as_of: datetime | None


def children(
    session: Session, *, context: Context, mentee_user_ids: Collection[str], words: Words
) -> tuple[tuple[int, str], ...]:
    """The students of this course whom the launch named as this family's own: (key, first name)."""
    return tuple(
        (learner.id, first_name(learner, words)) for learner in _own(session, context, mentee_user_ids)
    )


def own_child(
    session: Session, *, context: Context, person_key: int, mentee_user_ids: Collection[str]
) -> Person:
    """The child with this key. Raises NotVisible `student.not_found` for everybody whom the launch did not name."""
    for child in _own(session, context, mentee_user_ids):
        if child.id == person_key:
            return child
    raise NotVisible("student.not_found", N_("There is no such report. Open Waymark again from the course."))


def family_view(
    classroom: Classroom,
    child: Person,
    *,
    proposal: Proposal | None,
    message: FamilyMessage | None,
    words: Words,
) -> FamilyView:
    """What is said to the family of `child`, on whichever page; `proposal` is what the family may see."""
    step = None
    if proposal is not None:
        step, _ = step_views(classroom=classroom, proposal=proposal, audience=Audience.FAMILY, words=words)
    skill = _skill_to_share(classroom, chosen_option(proposal).skill_id if proposal else None)
    return FamilyView(
        first_name=first_name(child, words),
        message=_message_view(message, words) if message else None,
        facts=family_facts(classroom, child, words),
        next_title=step.title if step else "",
        next_minutes=step.minutes if step else None,
        next_why=step.reason if step else "",
        home_activity=skill.home_activity if skill else "",
        family_question=skill.family_question if skill else "",
        as_of=classroom.context.gradebook_read_at,
    )


def _message_view(message: FamilyMessage, words: Words) -> MessageView:
    assert message.approved_at is not None  # noqa: S101  the database sees to it
    return MessageView(
        body=message.body,
        language=message.language,
        teacher=full_name(message.teacher, words) if message.teacher else "",
        approved_at=message.approved_at,
    )


def _own(session: Session, context: Context, mentee_user_ids: Collection[str]) -> list[Person]:
    named = set(mentee_user_ids)
    return [learner for learner in active_learners(session, context) if learner.user_id in named]


def report_of(
    session: Session, *, context: Context, child: Person, now: datetime, words: Words
) -> FamilyView:
    """The report about a student of this course, for a reader who is known to be of that family."""
    classroom = open_classroom(session, context=context, now=now)
    proposal = visible_proposal(session, classroom=classroom, learner=child)
    message = shown_messages(session, context, now).get(child.id)
    return family_view(classroom, child, proposal=proposal, message=message, words=words)


def _skill_to_share(classroom: Classroom, skill_id: str | None) -> Skill | None:
    """The skill of the next step, or the first one that has something to do at home."""
    skills = sorted(classroom.skill_map.skills, key=lambda skill: skill.id != skill_id)
    return next((skill for skill in skills if skill.home_activity), None)
