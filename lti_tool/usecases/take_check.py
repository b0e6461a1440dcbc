"""Taking an auto-scored check: start, answer with instant feedback, finish, next step.

The server marks; the browser sends nothing but the answer. With the last answer, evidence, the score for
the gradebook and the new next step are committed in one transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import CheckAttempt, CheckResponse
from lti_tool.pathways.checks import Check, ResponseError, mark
from lti_tool.pathways.wording import N_
from lti_tool.usecases.activity_scores import publish_score
from lti_tool.usecases.adopted_map import AdoptedMap, adopted_version
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.evidence_records import record_attempt
from lti_tool.usecases.finish_step import end_settled_step, finish_done_steps
from lti_tool.usecases.labels import level_label
from lti_tool.usecases.next_step import NextView, next_view
from lti_tool.usecases.propose import propose
from lti_tool.usecases.question_views import AnswerView, QuestionView, answer_view, question_view
from lti_tool.usecases.skill_views import level_at, level_moves
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One sitting: `number` of `total` questions are answered, `right` of them wholly right.

    `next` and `levels`, what became of the levels of its skills, are set when it is finished in a course that shows steps.
    """

    attempt_id: str
    activity_id: str
    title: str
    skill_title: str
    number: int
    total: int
    right: int
    questions: tuple[QuestionView, ...]
    finished: bool
    score_text: str
    next: NextView | None
    levels: tuple[str, ...] = ()


def start_check(
    session: Session,
    *,
    context: Context,
    learner: Person,
    activity_id: str,
    adopted: AdoptedMap,
    now: datetime,
) -> str:
    """Open an attempt, or return to the one under way; returns its public id."""
    mine = select(CheckAttempt).where(
        CheckAttempt.context_id == context.id,
        CheckAttempt.person_id == learner.id,
        CheckAttempt.activity_id == activity_id,
    )
    under_way = session.scalar(mine.where(CheckAttempt.finished_at.is_(None)))
    if under_way is not None:
        return under_way.public_id
    earlier = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    attempt = CheckAttempt(
        public_id=secrets.token_urlsafe(12),
        context_id=context.id,
        person_id=learner.id,
        activity_id=activity_id,
        skill_map_version=adopted.version,
        number=earlier + 1,
        started_at=now,
    )
    session.add(attempt)
    session.flush()
    return attempt.public_id


def attempt_page(
    session: Session, *, context: Context, learner: Person, attempt_id: str, now: datetime, words: Words
) -> AttemptView:
    """The sitting as it stands. Raises NotVisible `attempt.not_found` for anybody else's."""
    attempt = _attempt(session, context, learner, attempt_id)
    view = attempt_view(session, attempt, words)
    if attempt.finished_at is None or not context.mode.shows_steps:
        return view
    classroom = open_classroom(session, context=context, now=now)
    return replace(
        view,
        next=next_view(session, classroom=classroom, learner=learner, words=words),
        levels=_levels(classroom, learner, attempt, attempt.finished_at, words),
    )


def attempt_view(session: Session, attempt: CheckAttempt, words: Words) -> AttemptView:
    """The sitting as it stands, without what comes next; whoever calls has asked who may see it."""
    adopted = _adopted_for(session, attempt)
    check = adopted.checks[attempt.activity_id]
    activity = adopted.skill_map.activity(attempt.activity_id)
    answers = {response.question_id: response for response in attempt.responses}
    return AttemptView(
        attempt_id=attempt.public_id,
        activity_id=activity.id,
        title=activity.title,
        skill_title=", ".join(adopted.skill_map.skill(skill_id).title for skill_id in activity.skills),
        number=len(answers),
        total=len(check.questions),
        right=sum(response.fraction >= 1 for response in attempt.responses),
        questions=tuple(
            question_view(question, answers.get(question.id), seed=attempt.public_id, words=words)
            for question in check.questions
        ),
        finished=attempt.finished_at is not None,
        score_text=_score_text(check, attempt, words) if attempt.finished_at else "",
        next=None,
    )


def answer(
    session: Session,
    *,
    context: Context,
    learner: Person,
    attempt_id: str,
    question_id: str,
    response: str | list[str],
    now: datetime,
    words: Words,
) -> AnswerView:
    """Mark one answer; the first one to a question stands, and sending it again gives the same view.

    Raises Fixable `answer.unreadable` when it cannot be marked (nothing is stored), Fixable
    `attempt.closed` after the end, NotVisible for a question or attempt that is not there.
    """
    attempt = _attempt(session, context, learner, attempt_id)
    adopted = _adopted_for(session, attempt)
    check = adopted.checks[attempt.activity_id]
    try:
        question = check.question(question_id)
    except KeyError:
        raise NotVisible("question.not_found", N_("There is no such question in this check.")) from None
    for earlier in attempt.responses:
        if earlier.question_id == question_id:
            return answer_view(question, earlier, words)
    if attempt.finished_at is not None:
        raise Fixable(
            "attempt.closed", N_("This check is finished. Start it again to try once more."), status=409
        )
    try:
        marked = mark(question, response)
    except ResponseError as error:
        raise Fixable("answer.unreadable", str(error)) from None
    stored = CheckResponse(
        question_id=question_id,
        response=response,
        fraction=marked.fraction,
        feedback=marked.feedback,
        answered_at=now,
    )
    attempt.responses.append(stored)
    session.flush()
    if len(attempt.responses) == len(check.questions):
        _finish(session, context=context, learner=learner, attempt=attempt, check=check, now=now, words=words)
    return answer_view(question, stored, words)


def _finish(
    session: Session,
    *,
    context: Context,
    learner: Person,
    attempt: CheckAttempt,
    check: Check,
    now: datetime,
    words: Words,
) -> None:
    """Close the attempt: evidence, score for the gradebook and new plan, all in the caller's transaction."""
    attempt.finished_at = now
    earned, possible = _points(check, attempt)
    record_attempt(session, attempt=attempt, fraction=earned / possible, now=now)
    classroom = open_classroom(session, context=context, now=now)
    publish_score(
        session,
        classroom=classroom,
        learner=learner,
        activity_id=attempt.activity_id,
        score_given=earned,
        score_maximum=possible,
        comment=_score_text(check, attempt, words),
    )
    finish_done_steps(session, classroom=classroom)
    end_settled_step(
        session,
        classroom=classroom,
        learner=learner,
        activity_id=attempt.activity_id,
        fraction=earned / possible,
    )
    propose(session, classroom=classroom, learners=[learner])


def _levels(
    classroom: Classroom, learner: Person, attempt: CheckAttempt, moment: datetime, words: Words
) -> tuple[str, ...]:
    """The level of each skill of a check after it, in words: from what to what, or that it stayed."""
    skill_map = classroom.skill_map
    if not skill_map.has_activity(attempt.activity_id):
        return ()
    said: list[str] = []
    for skill_id in skill_map.activity(attempt.activity_id).skills:
        after = level_at(classroom, learner, skill_id, moment)
        stayed = words.gettext("“%(skill)s”: %(level)s, as before") % {
            "skill": skill_map.skill(skill_id).title,
            "level": level_label(after, words),
        }
        said += level_moves(classroom, learner, moment, [skill_id], words) or [stayed]
    return tuple(said)


def _points(check: Check, attempt: CheckAttempt) -> tuple[float, float]:
    fractions = {response.question_id: response.fraction for response in attempt.responses}
    earned = sum(question.points * fractions.get(question.id, 0.0) for question in check.questions)
    return round(earned, 4), sum(question.points for question in check.questions)


def _score_text(check: Check, attempt: CheckAttempt, words: Words) -> str:
    earned, possible = _points(check, attempt)
    return words.gettext("%(earned)s of %(possible)s points") % {
        "earned": f"{earned:.2f}".rstrip("0").rstrip("."),
        "possible": f"{possible:g}",
    }


def _attempt(session: Session, context: Context, learner: Person, attempt_id: str) -> CheckAttempt:
    attempt = session.scalar(
        select(CheckAttempt).where(
            CheckAttempt.context_id == context.id,
            CheckAttempt.person_id == learner.id,
            CheckAttempt.public_id == attempt_id,
        )
    )
    if attempt is None:
        raise NotVisible(
            "attempt.not_found", N_("There is no such check of yours. Go back to your next step.")
        )
    return attempt


def _adopted_for(session: Session, attempt: CheckAttempt) -> AdoptedMap:
    """The version of the skill map that the attempt was started with: its questions must not change."""
    return adopted_version(session, attempt.context_id, attempt.skill_map_version)
