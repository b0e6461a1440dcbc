"""What comes next for one learner: hard filters, then a visible weighted sum of terms, then three options with reasons.

The recommender works with probabilities and does not wait for certainty; only the words on screen do.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any

from lti_tool.pathways.choosing import Choice, alternatives, as_wished, choose_first
from lti_tool.pathways.filters import PIN_KEEPS, broken
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.ledger import KEPT_SCORES, LedgerError, inputs_of, ledger_of
from lti_tool.pathways.policy import Policy, Weights
from lti_tool.pathways.ranking import Scored, ranking
from lti_tool.pathways.recommendation import Alert, Option, Reason, ReasonCode, Recommendation, Term
from lti_tool.pathways.situation import Situation, situation, step
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.why import with_code

__all__ = [
    "Alert",
    "LearnerState",
    "LedgerError",
    "Option",
    "Policy",
    "Reason",
    "ReasonCode",
    "Recommendation",
    "Term",
    "Weights",
    "may_be_pinned",
    "recommend",
    "replay",
]

TALK_TO_TEACHER = Option(
    activity_id=None, skill_id=None, score=0.0, terms=(), reason=Reason(ReasonCode.TALK_TO_TEACHER)
)
"""The last resort, when no activity passes the filters that always hold."""

CALM = (1.0, 0.0)
"""Draws with which exploration never happens."""


def recommend(
    state: LearnerState, skill_map: SkillMap, policy: Policy, *, now: datetime, rng: Random | None
) -> Recommendation:
    """One to three options for a learner, the suggested one first; never an empty answer.

    `state.estimates` holds every skill of the map. `rng` is drawn from exactly twice, whatever the outcome; None means
    that nothing is left to chance and the best score goes first.
    """
    draws = (rng.random(), rng.random()) if rng else CALM
    return _decide(situation(state, skill_map, policy, now), draws)


def may_be_pinned(
    activity_id: str, state: LearnerState, skill_map: SkillMap, policy: Policy, *, now: datetime
) -> bool:
    """Whether a teacher's pin of this activity would be followed now."""
    return _pinned(situation(replace(state, pinned=activity_id), skill_map, policy, now)) is not None


def replay(ledger: Mapping[str, Any], skill_map: SkillMap) -> Recommendation:
    """The recommendation that a ledger belongs to, made again from its inputs.

    Raises LedgerError when the ledger is of another version or `skill_map` is not the map that it was made with.
    """
    state, policy, now, draws = inputs_of(ledger)
    made_with = ledger["map"]
    if (made_with["id"], made_with["version"]) != (skill_map.id, skill_map.version):
        raise LedgerError(
            f"This ledger was made with the skill map “{made_with['id']}” version {made_with['version']}, "
            f"not “{skill_map.id}” version {skill_map.version}; load that version to replay it."
        )
    return _decide(situation(state, skill_map, policy, now), draws)


def _decide(at: Situation, draws: tuple[float, float]) -> Recommendation:
    ranked, held_back = ranking(at)
    choice = _pinned(at) or (as_wished(choose_first(ranked, at, draws), at, draws) if len(ranked) else None)
    others = alternatives(choice.scored, ranked) if choice else []
    options = (choice.option, *(other.option for other in others)) if choice else (TALK_TO_TEACHER,)
    return Recommendation(
        learner_id=at.state.learner_id,
        options=options,
        relaxed=_relaxed([choice.scored, *others] if choice else []),
        alerts=_alerts(at, without_activity=choice is None),
        ledger=ledger_of(
            at,
            draws=draws,
            best=[scored.option for scored in islice(ranked, KEPT_SCORES)],
            considered=len(ranked),
            first=options[0],
            rule=choice.rule if choice else "last_resort",
            probability=choice.probability if choice else 1.0,
            held_back=held_back,
        ),
    )


def _pinned(at: Situation) -> Choice | None:
    """The teacher's own choice, when the map has it and nothing forbids it that a pin does not override."""
    pinned = at.state.pinned
    if pinned is None or not at.skill_map.has_activity(pinned) or not at.skill_map.activity(pinned).skills:
        return None
    chosen = step(at.skill_map.activity(pinned), at)
    if not PIN_KEEPS.isdisjoint(broken(chosen)):
        return None
    scored = Scored(chosen)
    return Choice(scored, with_code(scored.option, ReasonCode.PINNED), "pinned")


def _relaxed(chosen: list[Scored]) -> tuple[str, ...]:
    """The rules that the options break, in the order of the rules; mostly none."""
    return tuple(dict.fromkeys(name for scored in chosen for name in broken(scored.step)))


def _alerts(at: Situation, *, without_activity: bool) -> tuple[Alert, ...]:
    """What a teacher should look at: skills with too many misses in a row, and a learner without any activity."""
    stuck = [
        Alert("stuck", skill_id)
        for skill_id, facts in at.skills.items()
        if facts.misses > at.policy.stuck_after and not facts.reached and not facts.teacher_helped
    ]
    return (Alert("no_activity"), *stuck) if without_activity else tuple(stuck)
