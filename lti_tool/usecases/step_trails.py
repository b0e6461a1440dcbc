"""What became of the steps that were suggested in a course, from proposals and decisions.

A proposal is large: its ledger holds all that it was made from. The database takes out the little that is needed here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.learning import Decision, DecisionKind, Proposal, ProposalStatus
from lti_tool.pathways.evaluation.exploration import DONE_DAYS, Lot
from lti_tool.pathways.evaluation.trails import Ending, Trail
from lti_tool.pathways.recommendation import ReasonCode

_EXPLORATION = "exploration"


def step_trails(session: Session, *, context: Context, without: Collection[int]) -> list[Trail]:
    """Every step that was ever suggested here, but to people `without`; a word with the teacher is no step."""
    turned_down = _turned_down(session, context)
    found = []
    for row in session.execute(
        select(
            Proposal.id,
            Proposal.person_id,
            Proposal.chosen,
            Proposal.status,
            Proposal.created_at,
            Proposal.approved_at,
            Proposal.seen_at,
            Proposal.started_at,
            Proposal.done_at,
            Proposal.recommendation["options"].label("options"),
        )
        .where(Proposal.context_id == context.id)
        .order_by(Proposal.id)
    ):
        option = row.options[row.chosen]
        if option["activity_id"] is None or row.person_id in without:
            continue
        found.append(
            Trail(
                id=str(row.id),
                learner_id=str(row.person_id),
                activity_id=option["activity_id"],
                skill_id=option["skill_id"],
                kind=ReasonCode(option["reason"]["code"]),
                proposed_at=row.created_at,
                approved_at=row.approved_at,
                seen_at=row.seen_at,
                started_at=row.started_at,
                done_at=row.done_at,
                ending=_ending(row.status, was_turned_down=row.id in turned_down),
            )
        )
    return found


def step_lots(session: Session, *, context: Context, without: Collection[int], now: datetime) -> list[Lot]:
    """Approved steps that had near-equals, so that chance could have put another first; those of late are not over yet."""

    def kept(*names: str) -> Any:
        return Proposal.recommendation[("ledger", *names)]

    rows = session.execute(
        select(
            Proposal.person_id,
            Proposal.created_at,
            Proposal.done_at,
            kept("rule").as_string().label("rule"),
            kept("probability").as_float().label("probability"),
        ).where(
            Proposal.context_id == context.id,
            Proposal.approved_at.is_not(None),
            Proposal.created_at <= now - timedelta(days=DONE_DAYS),
        )
    )
    return [
        Lot(
            learner_id=str(row.person_id),
            explored=row.rule == _EXPLORATION,
            probability=row.probability,
            done=row.done_at is not None and row.done_at <= row.created_at + timedelta(days=DONE_DAYS),
        )
        for row in rows
        if row.probability is not None and 0.0 < row.probability < 1.0 and row.person_id not in without
    ]


def _turned_down(session: Session, context: Context) -> set[int]:
    """Proposals whose last decision was a veto."""
    last = {
        decision.proposal_id: decision.kind
        for decision in session.execute(
            select(Decision.proposal_id, Decision.kind)
            .where(Decision.context_id == context.id)
            .order_by(Decision.id)
        )
    }
    return {key for key, kind in last.items() if kind is DecisionKind.VETO}


def _ending(status: ProposalStatus, *, was_turned_down: bool) -> Ending:
    if was_turned_down:
        return Ending.TURNED_DOWN
    if status is ProposalStatus.DONE:
        return Ending.DONE
    return Ending.GAVE_WAY if status is ProposalStatus.SUPERSEDED else Ending.OPEN
