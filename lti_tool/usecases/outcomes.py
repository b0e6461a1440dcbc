"""Outcomes that teachers judge in the LMS: whether they are read, and which skill each of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.grades.native_apis.choice import api_of
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import NativeConnection, Way
from lti_tool.models.outcomes import LearningOutcome, OutcomeResult
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.adopted_map import adopted_map, required_map
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.native_access import connection_of
from lti_tool.usecases.outcome_matches import suggested_skill
from lti_tool.usecases.reading import request_reading


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One outcome and the skill that it seems to be; `how` says why, see `outcome_matches`."""

    key: int
    title: str
    statement: str
    results: int
    skill_id: str | None
    how: str


@dataclass(frozen=True, slots=True)
class OutcomesView:
    """The outcomes of a course. `choices` are the skills of its map, empty before there is one.

    `asks_sign_in` where the teacher has to agree once more at the LMS before they can be read.
    """

    is_on: bool
    asks_sign_in: bool
    read_at: datetime | None
    problem: str | None
    outcomes: tuple[OutcomeView, ...]
    choices: tuple[tuple[str, str], ...]

    @property
    def suggested(self) -> int:
        """How many have a suggestion that waits for a teacher's word."""
        return sum(outcome.how in {"code", "title"} for outcome in self.outcomes)

    @property
    def confirmed(self) -> int:
        return sum(outcome.how == "confirmed" for outcome in self.outcomes)


def look_at_outcomes(session: Session, context: Context) -> OutcomesView | None:
    """The outcomes of this course; None where its gradebook is not connected, or its LMS tells of none."""
    connection = _connection(session, context)
    if connection is None:
        return None
    adopted = adopted_map(session, context)
    skill_map = adopted.skill_map if adopted else None
    numbers = _results(session, context)
    return OutcomesView(
        is_on=connection.with_outcomes,
        asks_sign_in=(
            connection.with_outcomes
            and connection.way is Way.SIGNED_IN
            and connection.outcomes_read_at is None
        ),
        read_at=connection.outcomes_read_at,
        problem=connection.outcomes_problem if connection.with_outcomes else None,
        outcomes=tuple(
            _view(outcome, skill_map, numbers.get(outcome.id, 0)) for outcome in _outcomes(session, context)
        ),
        choices=tuple((skill.id, _label(skill.title, skill.codes)) for skill in skill_map.skills)
        if skill_map
        else (),
    )


def read_outcomes(session: Session, *, context: Context, wanted: bool, now: datetime) -> None:
    """Say whether outcomes are read from now on. What was read stays.

    Raises NotVisible `outcomes.not_offered`.
    """
    connection = _connection(session, context)
    if connection is None:
        raise NotVisible(
            "outcomes.not_offered",
            "There are no outcomes to read here. Connect the gradebook of this course first.",
        )
    connection.with_outcomes, connection.outcomes_problem = wanted, None
    if wanted:
        request_reading(context, now=now)


def confirm_outcomes(
    session: Session, *, context: Context, skills: Mapping[int, str | None], now: datetime
) -> None:
    """Keep which skill each of these outcomes is, None for none; their results become evidence, and plans follow.

    Raises Fixable `outcome.unknown_skill`, NotVisible `outcome.not_found`; then nothing is changed.
    """
    skill_map = required_map(session, context).skill_map
    if any(skill and not skill_map.has_skill(skill) for skill in skills.values()):
        raise Fixable(
            "outcome.unknown_skill",
            "One of these skills is not in the course’s skill map. Choose each from the list.",
        )
    outcomes = {outcome.id: outcome for outcome in _outcomes(session, context)}
    if not skills.keys() <= outcomes.keys():
        raise NotVisible(
            "outcome.not_found", "One of these outcomes is not in this course. Open the page again."
        )
    for key, skill in skills.items():
        outcomes[key].skill_id = skill or None
        outcomes[key].left_out = not skill
    session.flush()
    after_sync(session, context, now)


def _connection(session: Session, context: Context) -> NativeConnection | None:
    connection = connection_of(session, context)
    return connection if connection and api_of(connection.product).has_outcomes else None


def _outcomes(session: Session, context: Context) -> Sequence[LearningOutcome]:
    return session.scalars(
        select(LearningOutcome)
        .where(LearningOutcome.context_id == context.id, LearningOutcome.present)
        .order_by(LearningOutcome.title, LearningOutcome.id)
    ).all()


def _results(session: Session, context: Context) -> dict[int, int]:
    rows = session.execute(
        select(OutcomeResult.outcome_id, func.count(OutcomeResult.id).label("number"))
        .join(LearningOutcome, LearningOutcome.id == OutcomeResult.outcome_id)
        .where(LearningOutcome.context_id == context.id)
        .group_by(OutcomeResult.outcome_id)
    )
    return {row.outcome_id: row.number for row in rows}


def _view(outcome: LearningOutcome, skill_map: SkillMap | None, results: int) -> OutcomeView:
    skill_id, how = suggested_skill(outcome, skill_map) if skill_map else (None, "")
    title = f"{outcome.title}: {outcome.name}" if outcome.name not in {"", outcome.title} else outcome.title
    return OutcomeView(outcome.id, title, outcome.statement, results, skill_id, how)


def _label(title: str, codes: Sequence[str]) -> str:
    return f"{title} ({', '.join(codes)})" if codes else title
