"""What Waymark was worth at each platform, for those who lead schools: sums over courses, no names, no small numbers.

Whatever rests on fewer than `FEWEST_LEARNERS` learners is not told, and neither is what would let it be worked out. The
sums count a learner in each course anew. So the limit is multiplied by the number of courses that one learner is in at
most: where the sum reaches it, there are that many different people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Membership
from lti_tool.models.learning import CourseEvaluation, ModelTrial
from lti_tool.models.platforms import Deployment, Registration
from lti_tool.pathways.evaluation.calibration import Calibration
from lti_tool.pathways.evaluation.uptake import NOTHING_PROPOSED, Funnel
from lti_tool.pathways.recommendation import ReasonCode
from lti_tool.usecases.labels import kind_label
from lti_tool.usecases.results_views import (
    CalibrationView,
    FunnelRow,
    FunnelView,
    calibration_view,
    funnel_rows,
    funnel_view,
    stage_labels,
)
from lti_tool.usecases.words import Words

FEWEST_LEARNERS = 10
TRIALS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TrialView:
    """One try of new weights: what it rested on, and whether it is in use or why not."""

    tried_at: datetime
    version: str
    learners: int | None
    loss_in_use: float
    loss_fitted: float
    adopted: bool
    words: str


@dataclass(frozen=True, slots=True)
class SchoolResults:
    """One platform. Learners are None where they are too few to be told; `model` is the version of the weights in use."""

    registration_key: int
    label: str
    courses: int
    learners: int | None
    active_learners: int | None
    as_of: datetime | None
    model: str
    calibration: CalibrationView
    funnel: FunnelView
    kinds: tuple[FunnelRow, ...]
    stage_labels: tuple[str, ...]
    trials: tuple[TrialView, ...]


def look_at_results(session: Session, words: Words) -> tuple[SchoolResults, ...]:
    """Every platform, by name, from what was worked out in the background."""
    return tuple(
        _results(session, registration, words)
        for registration in session.scalars(
            select(Registration).order_by(Registration.label, Registration.id)
        )
    )


def _results(session: Session, registration: Registration, words: Words) -> SchoolResults:
    rows = session.scalars(
        select(CourseEvaluation)
        .join(Context, CourseEvaluation.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .where(Deployment.registration_id == registration.id)
        .order_by(CourseEvaluation.context_id)
    ).all()
    fewest = FEWEST_LEARNERS * _most_courses(session, [row.context_id for row in rows])
    calibration = sum((Calibration.from_mapping(row.calibration) for row in rows), Calibration())
    whole = sum((Funnel.from_mapping(row.uptake["whole"]) for row in rows), NOTHING_PROPOSED)
    kinds = _by_kind(rows)
    trials = session.scalars(
        select(ModelTrial)
        .where(ModelTrial.registration_id == registration.id)
        .order_by(ModelTrial.tried_at.desc(), ModelTrial.id.desc())
    ).all()
    frequent = sorted(kinds, key=lambda kind: -sum(reached.steps for reached in kinds[kind].stages.values()))
    return SchoolResults(
        registration_key=registration.id,
        label=registration.label,
        courses=len(rows),
        learners=_told(sum(row.learners for row in rows), fewest),
        active_learners=_told_part(
            sum(row.active_learners for row in rows), sum(row.learners for row in rows), fewest
        ),
        as_of=min((row.evaluated_at for row in rows), default=None),
        model=next((trial.version for trial in trials if trial.adopted), words.gettext("as shipped")),
        calibration=calibration_view(calibration, words, fewest=fewest),
        funnel=funnel_view(whole, words, fewest=fewest),
        kinds=funnel_rows(kinds, {kind: kind_label(kind, words) for kind in frequent}, fewest=fewest),
        stage_labels=stage_labels(words),
        trials=tuple(_trial(trial, fewest, words) for trial in trials[:TRIALS_SHOWN]),
    )


def _by_kind(rows: Iterable[CourseEvaluation]) -> dict[ReasonCode, Funnel]:
    kinds: dict[ReasonCode, Funnel] = {}
    for row in rows:
        for name, mapping in row.uptake["by_kind"].items():
            kind = ReasonCode(name)
            kinds[kind] = kinds.get(kind, NOTHING_PROPOSED) + Funnel.from_mapping(mapping)
    return kinds


def _most_courses(session: Session, context_keys: list[int]) -> int:
    """In how many of these courses one learner is at most."""
    of_each = (
        select(func.count().label("courses"))
        .where(Membership.context_id.in_(context_keys), Membership.is_learner)
        .group_by(Membership.person_id)
        .subquery()
    )
    return session.scalar(select(func.max(of_each.c.courses))) or 1


def _told(learners: int, fewest: int) -> int | None:
    return learners if learners == 0 or learners >= fewest else None


def _told_part(part: int, whole: int, fewest: int) -> int | None:
    """A part is told only where those who are not in it are not few, either."""
    few = _told(part, fewest) is None or _told(max(whole - part, 0), fewest) is None
    return None if few else part


def _trial(trial: ModelTrial, fewest: int, words: Words) -> TrialView:
    return TrialView(
        tried_at=trial.tried_at,
        version=trial.version,
        learners=_told(trial.learners, fewest),
        loss_in_use=trial.loss_in_use,
        loss_fitted=trial.loss_fitted,
        adopted=trial.adopted,
        words=words.gettext("Adopted: it predicted results of students that it had not seen better.")
        if trial.adopted
        else words.gettext(
            "Not adopted: it did not predict results of students that it had not seen better by more than chance explains."
        ),
    )
