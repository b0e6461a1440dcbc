"""Finding a student's start: a few questions, each chosen by the answers before it.

Nothing of it goes to the gradebook. What was answered stays when the student stops, and is evidence from the first answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.diagnostics import Diagnostic, DiagnosticAnswer
from lti_tool.pathways.checks import ResponseError, mark
from lti_tool.pathways.diagnostic import (
    MOST_QUESTIONS,
    Belief,
    DiagnosticQuestion,
    Standing,
    first_belief,
    next_question,
)
from lti_tool.pathways.evidence import Source
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.questions import Question
from lti_tool.pathways.wording import N_
from lti_tool.usecases.adopted_map import AdoptedMap, adopted_version, required_map
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.diagnostic_offer import FEWEST_QUESTIONS, askable, latest_sitting
from lti_tool.usecases.evidence_records import evidence_by_learner, record_diagnostic
from lti_tool.usecases.next_step import NextView, next_step
from lti_tool.usecases.propose import propose
from lti_tool.usecases.question_views import QuestionView, question_view
from lti_tool.usecases.review_submission import SittingView
from lti_tool.usecases.words import Words

# The same states of knowledge for everybody: the same answers lead to the same questions.
_SEED = 20260101


@dataclass(frozen=True, slots=True)
class DiagnosticView:
    """The sitting. `question` is the one to show, None at the end; then `known` and `first` say what it found.

    `number` counts the question that is shown, of at most `most`.
    """

    number: int
    most: int
    question: QuestionView | None
    known: tuple[str, ...]
    first: tuple[str, ...]
    next: NextView | None


def begin(session: Session, *, context: Context, learner: Person, now: datetime) -> None:
    """Open a sitting, or go on with the open one. Raises Fixable `diagnostic.no_questions` where the map has too few."""
    latest = latest_sitting(session, context, learner)
    if latest is not None and latest.ended_at is None:
        return
    adopted = required_map(session, context)
    if len(askable(adopted)) < FEWEST_QUESTIONS:
        raise Fixable(
            "diagnostic.no_questions",
            N_("This course has too few questions to find your start with. Begin with your next step."),
            status=409,
        )
    session.add(
        Diagnostic(
            context_id=context.id,
            person_id=learner.id,
            skill_map_version=adopted.version,
            placed=[],
            begun_at=now,
        )
    )
    session.flush()


def diagnostic_page(
    session: Session, *, context: Context, learner: Person, answered: str, now: datetime, words: Words
) -> DiagnosticView | None:
    """The question `answered` (activity/question) with its feedback, else the next one, else what was found.

    None before the first sitting.
    """
    sitting = latest_sitting(session, context, learner)
    if sitting is None:
        return None
    adopted = _adopted_for(session, sitting)
    for number, answer in enumerate(sitting.answers, start=1):
        if _key(answer) == answered:
            view = _view_of(adopted, sitting, answer, answer, words)
            return DiagnosticView(number, MOST_QUESTIONS, view, (), (), None)
    belief = _belief(session, sitting, adopted)
    following = None if sitting.ended_at else _next(belief, adopted, sitting)
    if following is not None:
        shown = _view_of(adopted, sitting, following, None, words)
        return DiagnosticView(len(sitting.answers) + 1, MOST_QUESTIONS, shown, (), (), None)
    standings, skill_map = belief.standings(), adopted.skill_map
    return DiagnosticView(
        len(sitting.answers),
        MOST_QUESTIONS,
        None,
        known=tuple(skill_map.skill(s).title for s, found in standings.items() if found is Standing.KNOWN),
        first=tuple(
            skill_map.skill(s).title
            for s, found in standings.items()
            if found is not Standing.KNOWN
            and all(standings[edge.before] is Standing.KNOWN for edge in skill_map.prerequisites_of(s))
        ),
        next=next_step(session, context=context, learner=learner, now=now, words=words),
    )


def answer(
    session: Session,
    *,
    context: Context,
    learner: Person,
    question: str,
    response: str | list[str] | None,
    now: datetime,
) -> str:
    """Mark the answer to the question that is being asked, named as its view names it; returns that name.

    No response is "I have not learned this yet". A question that was answered before keeps its first answer. Raises
    Fixable `answer.unreadable` when it cannot be marked (nothing is stored), NotVisible for any other question.
    """
    sitting = _open(session, context, learner)
    for earlier in sitting.answers:
        if _key(earlier) == question:
            return question
    adopted = _adopted_for(session, sitting)
    following = _next(_belief(session, sitting, adopted), adopted, sitting)
    if following is None or _key(following) != question:
        raise NotVisible(
            "question.not_found", N_("This question is not being asked. Go on with the one that is.")
        )
    fraction, feedback = _marked(_question(adopted, following), response)
    stored = DiagnosticAnswer(
        activity_id=following.activity_id,
        question_id=following.question_id,
        response=response if response is not None else "",
        fraction=fraction,
        feedback=feedback,
        answered_at=now,
    )
    sitting.answers.append(stored)
    session.flush()
    asked = sum(each.activity_id == following.activity_id for each in sitting.answers)
    record_diagnostic(
        session,
        diagnostic=sitting,
        activity_id=following.activity_id,
        share=asked / len(adopted.checks[following.activity_id].questions),
        now=now,
    )
    belief = _belief(session, sitting, adopted)
    sitting.placed = [s for s, found in belief.standings().items() if found is Standing.KNOWN]
    if _next(belief, adopted, sitting) is None:
        _end(session, context, learner, sitting, now)
    return _key(stored)


def stop(session: Session, *, context: Context, learner: Person, now: datetime) -> None:
    """End the sitting here; what was answered counts, and where nothing was the questions stay on offer."""
    sitting = _open(session, context, learner)
    if sitting.answers:
        _end(session, context, learner, sitting, now)
    else:
        session.delete(sitting)
        session.flush()


def diagnostic_sittings(
    session: Session, *, context: Context, learner: Person, words: Words
) -> tuple[SittingView, ...]:
    """All first questions of a student with their answers, the latest sitting first, for the teacher."""
    sittings = session.scalars(
        select(Diagnostic)
        .where(Diagnostic.context_id == context.id, Diagnostic.person_id == learner.id)
        .order_by(Diagnostic.id.desc())
    ).all()
    return tuple(
        _sitting_view(_adopted_for(session, sitting), sitting, number, words)
        for number, sitting in zip(range(len(sittings), 0, -1), sittings, strict=True)
    )


def _sitting_view(adopted: AdoptedMap, sitting: Diagnostic, number: int, words: Words) -> SittingView:
    return SittingView(
        title=words.gettext("First questions"),
        number=number,
        started_at=sitting.begun_at,
        finished_at=sitting.ended_at,
        score_text=words.ngettext(
            "%(num)d skill known already", "%(num)d skills known already", len(sitting.placed)
        )
        % {"num": len(sitting.placed)},
        answered=len(sitting.answers),
        total=len(sitting.answers) if sitting.ended_at else MOST_QUESTIONS,
        questions=tuple(_view_of(adopted, sitting, answer, answer, words) for answer in sitting.answers),
    )


def _end(session: Session, context: Context, learner: Person, sitting: Diagnostic, now: datetime) -> None:
    sitting.ended_at = now
    session.flush()
    propose(session, classroom=open_classroom(session, context=context, now=now), learners=[learner])


def _marked(question: Question, response: str | list[str] | None) -> tuple[float, str]:
    if response is None:
        return 0.0, ""
    try:
        marked = mark(question, response)
    except ResponseError as error:
        raise Fixable("answer.unreadable", str(error)) from None
    return marked.fraction, marked.feedback


def _open(session: Session, context: Context, learner: Person) -> Diagnostic:
    sitting = latest_sitting(session, context, learner)
    if sitting is None or sitting.ended_at is not None:
        raise Fixable(
            "diagnostic.closed", N_("These questions have ended. Go on with your next step."), status=409
        )
    return sitting


def _adopted_for(session: Session, sitting: Diagnostic) -> AdoptedMap:
    """The version of the skill map that the sitting was begun with: its questions must not change."""
    return adopted_version(session, sitting.context_id, sitting.skill_map_version)


def _belief(session: Session, sitting: Diagnostic, adopted: AdoptedMap) -> Belief:
    """What is believed of the student after all answers so far, and after the scores from before."""
    context = session.get_one(Context, sitting.context_id)
    evidence = evidence_by_learner(session, context=context, skill_map=adopted.skill_map)
    earlier = [
        piece
        for piece in evidence.get(sitting.person_id, ())
        if piece.source is not Source.DIAGNOSTIC and piece.occurred_at <= sitting.begun_at
    ]
    estimates = estimate_mastery(earlier, adopted.skill_map, now=sitting.begun_at)
    belief = first_belief(adopted.skill_map, np.random.default_rng(_SEED), estimates)
    questions = {(q.activity_id, q.question_id): q for q in askable(adopted)}
    for given in sitting.answers:
        belief = belief.after(questions[given.activity_id, given.question_id], given.fraction)
    return belief


def _next(belief: Belief, adopted: AdoptedMap, sitting: Diagnostic) -> DiagnosticQuestion | None:
    questions = askable(adopted)
    by_id = {(q.activity_id, q.question_id): q for q in questions}
    return next_question(belief, questions, [by_id[a.activity_id, a.question_id] for a in sitting.answers])


def _question(adopted: AdoptedMap, asked: DiagnosticQuestion | DiagnosticAnswer) -> Question:
    return adopted.checks[asked.activity_id].question(asked.question_id)


def _view_of(
    adopted: AdoptedMap,
    sitting: Diagnostic,
    asked: DiagnosticQuestion | DiagnosticAnswer,
    answer: DiagnosticAnswer | None,
    words: Words,
) -> QuestionView:
    """A question under its name among those of all checks."""
    view = question_view(_question(adopted, asked), answer, seed=f"diagnostic/{sitting.id}", words=words)
    return replace(view, id=_key(asked))


def _key(asked: DiagnosticQuestion | DiagnosticAnswer) -> str:
    """The name of a question among those of all checks."""
    return f"{asked.activity_id}/{asked.question_id}"
