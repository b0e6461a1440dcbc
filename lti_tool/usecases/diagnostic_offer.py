"""Who is offered first questions, and what could be asked."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.models.diagnostics import Diagnostic
from lti_tool.pathways.diagnostic import DiagnosticQuestion, diagnostic_questions
from lti_tool.usecases.adopted_map import AdoptedMap
from lti_tool.usecases.classroom import Classroom

FEWEST_QUESTIONS = 5
"""With fewer there is nothing to choose from."""


def is_offered(session: Session, *, classroom: Classroom, learner: Person) -> bool:
    """Whether first questions would help: a sitting is open, or there is no evidence yet and the course offers them."""
    sitting = latest_sitting(session, classroom.context, learner)
    if sitting is not None:
        return sitting.ended_at is None
    return (
        classroom.context.offers_diagnostic
        and not classroom.evidence.get(learner.id)
        and len(askable(classroom.adopted)) >= FEWEST_QUESTIONS
    )


def latest_sitting(session: Session, context: Context, learner: Person) -> Diagnostic | None:
    """The learner's open sitting, else the last one; None before the first."""
    return session.scalar(
        select(Diagnostic)
        .where(Diagnostic.context_id == context.id, Diagnostic.person_id == learner.id)
        .order_by(Diagnostic.id.desc())
        .limit(1)
    )


def askable(adopted: AdoptedMap) -> tuple[DiagnosticQuestion, ...]:
    """All questions of the course that tell something about its goals."""
    return diagnostic_questions(adopted.skill_map, adopted.checks)
