"""The reason ledger: what a recommendation was made from, written so that it can be made again.

A ledger is JSON-able: the learner's state, the policy with its weights, versions of model and map, the random draws, the
best scores, what each rule held back, and the runner-up with the terms in which it lost.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lti_tool.pathways.accommodations import Accommodations
from lti_tool.pathways.content import Format, Mode
from lti_tool.pathways.evidence import Evidence, Source
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.levels import Level
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.recommendation import Option
from lti_tool.pathways.situation import Situation

LEDGER_VERSION = 4
KEPT_SCORES = 5


class LedgerError(ValueError):
    """A ledger cannot be replayed, because it is of another version or belongs to another skill map."""

    code = "ledger.not_replayable"


def ledger_of(
    situation: Situation,
    *,
    draws: Sequence[float],
    best: Sequence[Option],
    considered: int,
    first: Option,
    rule: str,
    probability: float,
    held_back: Mapping[str, int],
) -> dict[str, Any]:
    """The ledger of one decision. `rule` says what put the first option first: "score" or the name of a rule.

    `best` are the KEPT_SCORES highest scores, `considered` is how many there were.
    """
    return {
        "ledger_version": LEDGER_VERSION,
        "model_version": situation.policy.parameters.version,
        "map": {"id": situation.skill_map.id, "version": situation.skill_map.version},
        "now": situation.now.isoformat(),
        "state": state_to_mapping(situation.state),
        "policy": situation.policy.to_mapping(),
        "draws": list(draws),
        "rule": rule,
        "probability": probability,
        "considered": considered,
        "held_back": dict(held_back),
        "best": [
            {"activity_id": option.activity_id, "skill_id": option.skill_id, "score": option.score}
            for option in best
        ],
        "runner_up": _runner_up(best, first, rule),
    }


def _runner_up(ranked: Sequence[Option], first: Option, rule: str) -> dict[str, Any] | None:
    """The best of the others, and why it lost: the terms where it was lower, the largest difference first."""
    other = next((option for option in ranked if option.activity_id != first.activity_id), None)
    if other is None:
        return None
    mine = {term.name: term.points for term in first.terms}
    lost = [
        {"term": t.name, "points": mine[t.name] - t.points}
        for t in other.terms
        if mine.get(t.name, 0.0) > t.points
    ]
    return {
        "activity_id": other.activity_id,
        "skill_id": other.skill_id,
        "score": other.score,
        "lost_by": sorted(lost, key=lambda entry: -float(entry["points"])),
        "rule": "score" if first.score >= other.score and rule != "pinned" else rule,
    }


def inputs_of(ledger: Mapping[str, Any]) -> tuple[LearnerState, Policy, datetime, tuple[float, float]]:
    """State, policy, moment and draws of a ledger; raises LedgerError when it is of another version."""
    if ledger.get("ledger_version") != LEDGER_VERSION:
        raise LedgerError(
            f"This ledger has version {ledger.get('ledger_version')}; only {LEDGER_VERSION} can be replayed."
        )
    explore, which = ledger["draws"]
    now = datetime.fromisoformat(ledger["now"])
    return state_from_mapping(ledger["state"]), Policy.from_mapping(ledger["policy"]), now, (explore, which)


def state_to_mapping(state: LearnerState) -> dict[str, Any]:
    """JSON-able values of a learner's state."""
    return {
        "learner_id": state.learner_id,
        "estimates": [_estimate_to_mapping(estimate) for estimate in state.estimates.values()],
        "evidence": [_evidence_to_mapping(piece) for piece in state.evidence],
        "done": {activity_id: at.isoformat() for activity_id, at in state.done.items()},
        "vetoed": sorted(state.vetoed),
        "pinned": state.pinned,
        "waived": sorted(state.waived),
        "placed": sorted(state.placed),
        "interests": sorted(state.interests),
        "favourite_goal": state.favourite_goal,
        "closed": sorted(state.closed),
        "together": sorted(state.together),
        "blocked_formats": sorted(state.accommodations.blocked_formats),
        "blocked_modes": sorted(state.accommodations.blocked_modes),
        "time_factor": state.accommodations.time_factor,
        "minutes": state.minutes,
        "challenge": state.challenge,
        "ease": dict(state.ease),
    }


def state_from_mapping(mapping: Mapping[str, Any]) -> LearnerState:
    """The state in what `state_to_mapping` gave; what older ledgers do not have was nothing then."""
    learner_id = mapping["learner_id"]
    return LearnerState(
        learner_id=learner_id,
        estimates={entry["skill_id"]: _estimate_from_mapping(entry) for entry in mapping["estimates"]},
        evidence=tuple(_evidence_from_mapping(entry, learner_id) for entry in mapping["evidence"]),
        done={activity_id: datetime.fromisoformat(at) for activity_id, at in mapping["done"].items()},
        vetoed=frozenset(mapping["vetoed"]),
        pinned=mapping["pinned"],
        waived=frozenset(mapping["waived"]),
        placed=frozenset(mapping["placed"]),
        interests=frozenset(mapping["interests"]),
        favourite_goal=mapping.get("favourite_goal"),  # ledgers from before there was one have none
        closed=frozenset(mapping["closed"]),
        together=frozenset(mapping.get("together", ())),
        accommodations=Accommodations(
            blocked_formats=frozenset(Format(word) for word in mapping["blocked_formats"]),
            blocked_modes=frozenset(Mode(word) for word in mapping["blocked_modes"]),
            time_factor=mapping.get("time_factor", 1.0),
        ),
        minutes=mapping["minutes"],
        challenge=mapping["challenge"],
        ease=dict(mapping["ease"]),
    )


def _estimate_to_mapping(estimate: MasteryEstimate) -> dict[str, Any]:
    return {
        "skill_id": estimate.skill_id,
        "probability": estimate.probability,
        "lower": estimate.lower,
        "upper": estimate.upper,
        "evidence_count": estimate.evidence_count,
        "level": estimate.level.value,
        "enough_evidence": estimate.enough_evidence,
        "last_evidence_at": _text(estimate.last_evidence_at),
        "refresh_due": estimate.refresh_due,
        "fading": estimate.fading,
        "last_right_at": _text(estimate.last_right_at),
        "secure_since": _text(estimate.secure_since),
        "lasting_since": _text(estimate.lasting_since),
    }


def _estimate_from_mapping(mapping: Mapping[str, Any]) -> MasteryEstimate:
    values = dict(mapping)
    values["level"] = Level(mapping["level"])
    for key in ("last_evidence_at", "last_right_at", "secure_since", "lasting_since"):
        values[key] = _time(mapping[key])
    return MasteryEstimate(**values)


def _evidence_to_mapping(piece: Evidence) -> dict[str, Any]:
    return {
        "id": piece.id,
        "activity_id": piece.activity_id,
        "fraction": piece.fraction,
        "occurred_at": piece.occurred_at.isoformat(),
        "source": piece.source.value,
        "informativeness": piece.informativeness,
        "attempt": piece.attempt,
    }


def _evidence_from_mapping(mapping: Mapping[str, Any], learner_id: str) -> Evidence:
    values = {
        **mapping,
        "occurred_at": datetime.fromisoformat(mapping["occurred_at"]),
        "source": Source(mapping["source"]),
    }
    return Evidence(learner_id=learner_id, **values)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
