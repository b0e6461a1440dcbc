"""What a learner handed in for an activity: every sitting of its check with answers, points and dates.

The platform's gradebook leads here (LTI Submission Review 1.0). Who may look was decided at the launch and
is asked again by the page; this module only says what there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_tool.errors import NotVisible
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.learning import CheckAttempt
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.names import full_name
from lti_tool.usecases.question_views import QuestionView
from lti_tool.usecases.take_check import attempt_view
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class SittingView:
    """One sitting. `score_text` is empty while it is under way; `questions` are those that were answered."""

    title: str
    number: int
    started_at: datetime
    finished_at: datetime | None
    score_text: str
    answered: int
    total: int
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A learner's work.

    `has_page` says whether the class pages know this learner: no test student, nobody who left.
    `activity_title` is empty when the gradebook's column belongs to no activity of the course.
    """

    person_key: int
    name: str
    is_test: bool
    has_page: bool
    activity_title: str
    sittings: tuple[SittingView, ...]


def review(
    session: Session, *, context: Context, person_key: int, activity_id: str | None, words: Words
) -> ReviewView:
    """The learner's sittings at this activity, the latest first; at all activities when none is known.

    Raises NotVisible `review.user_not_found` when the learner has no membership in this course any more.
    """
    membership = session.scalar(
        select(Membership).where(
            Membership.context_id == context.id, Membership.person_id == person_key, Membership.is_learner
        )
    )
    if membership is None:
        raise NotVisible("review.user_not_found", "There is no such student in this course.")
    adopted = adopted_map(session, context)
    activity = None
    if adopted is not None and activity_id is not None and adopted.skill_map.has_activity(activity_id):
        activity = adopted.skill_map.activity(activity_id)
    learner = session.get_one(Person, person_key)
    return ReviewView(
        person_key=person_key,
        name=full_name(learner, words),
        is_test=membership.is_test,
        has_page=membership.active and not membership.is_test and learner.disabled_at is None,
        activity_title=activity.title if activity else "",
        sittings=_sittings(session, context, learner, activity.id if activity else None, words),
    )


def _sittings(
    session: Session, context: Context, learner: Person, activity_id: str | None, words: Words
) -> tuple[SittingView, ...]:
    query = (
        select(CheckAttempt)
        .where(CheckAttempt.context_id == context.id, CheckAttempt.person_id == learner.id)
        .options(selectinload(CheckAttempt.responses))
        .order_by(CheckAttempt.started_at.desc(), CheckAttempt.id.desc())
    )
    if activity_id is not None:
        query = query.where(CheckAttempt.activity_id == activity_id)
    views = []
    for attempt in session.scalars(query):
        view = attempt_view(session, attempt, words)
        views.append(
            SittingView(
                title=view.title,
                number=attempt.number,
                started_at=attempt.started_at,
                finished_at=attempt.finished_at,
                score_text=view.score_text,
                answered=view.number,
                total=view.total,
                questions=tuple(question for question in view.questions if question.answered),
            )
        )
    return tuple(views)
