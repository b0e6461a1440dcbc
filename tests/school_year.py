"""Months of scores and steps in a course, always the same, for pages that look back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.learning import EvidenceRecord, Proposal, ProposalStatus
from lti_tool.pathways.recommendation import Option, Reason, ReasonCode, Recommendation
from lti_tool.pathways.skill_map import Activity
from tests.factories import NOW, ratios

_KINDS = (ReasonCode.BUILD, ReasonCode.NEW_SKILL, ReasonCode.CONFIRM, ReasonCode.REFRESH)


def add_school_year(
    session: Session,
    context: Context,
    learner_keys: Sequence[int],
    *,
    weeks: int = 12,
    scores_a_week: int = 3,
    until: datetime = NOW,
) -> None:
    """Every learner has some scores and one step a week; of the steps many are seen, and some done."""
    chance = Random(11)
    scored = [activity for activity in ratios().skill_map.activities if activity.informativeness > 0]
    for key in learner_keys:
        ability, own = chance.uniform(0.35, 0.9), 0
        for week in range(weeks):
            monday = until - timedelta(days=7 * (weeks - week), hours=until.hour)
            for _ in range(scores_a_week):
                own += 1
                fraction = min(max(chance.gauss(ability + 0.01 * week, 0.2), 0.0), 1.0)
                at = monday + timedelta(days=chance.uniform(0.5, 6.5))
                session.add(_score(context, key, own, chance.choice(scored), round(fraction, 1), at))
            session.add(_step(context, key, chance, chance.choice(scored), monday, latest=week == weeks - 1))
    session.flush()


def _score(
    context: Context, person: int, number: int, activity: Activity, fraction: float, at: datetime
) -> EvidenceRecord:
    return EvidenceRecord(
        context_id=context.id,
        person_id=person,
        activity_id=activity.id,
        origin=f"result:{1000 + number}",
        revision=1,
        source="lms",
        fraction=fraction,
        occurred_at=at,
        recorded_at=at,
    )


def _step(
    context: Context, person: int, chance: Random, activity: Activity, at: datetime, *, latest: bool
) -> Proposal:
    """A step that got as far as chance took it; none is current, for that is the plan's business."""
    far = chance.choice(("waited", "gave way", "approved", "seen", "started", "done", "done"))
    explored = chance.random() < 0.1
    recommendation = Recommendation(
        learner_id=str(person),
        options=(Option(activity.id, min(activity.skills), 0.5, (), Reason(chance.choice(_KINDS))),),
        ledger={
            "rule": "exploration" if explored else "score",
            "probability": 0.0125 if explored else 0.9625,
        },
    )
    moments = dict(
        zip(
            ("approved_at", "seen_at", "started_at", "done_at"),
            (at + timedelta(days=days) for days in (0.2, 1, 2, 3)),
            strict=True,
        )
    )
    noted = {"approved": 1, "seen": 2, "started": 3, "done": 4}.get(far, 0)
    return Proposal(
        context_id=context.id,
        person_id=person,
        is_current=False,
        status=ProposalStatus.DONE
        if far == "done"
        else ProposalStatus.SUPERSEDED
        if far == "gave way"
        else ProposalStatus.APPROVED
        if noted and not latest
        else ProposalStatus.PROPOSED,
        recommendation=recommendation.to_mapping(),
        skill_map_version=1,
        created_at=at,
        **dict(list(moments.items())[:noted]),
    )
