"""The visible terms of a score: each a small function of one possible step, with a value in 0..1."""

from collections.abc import Callable

import numpy as np

from lti_tool.pathways.challenge import target_success, weights_for
from lti_tool.pathways.comparison import DONE, EASE, Comparison
from lti_tool.pathways.content import Mode, Purpose
from lti_tool.pathways.ease import Array
from lti_tool.pathways.kinds import Looks
from lti_tool.pathways.mastery import expected_success
from lti_tool.pathways.policy import Weights
from lti_tool.pathways.recommendation import Term
from lti_tool.pathways.situation import ON_THE_WAY, SIDE_SKILL, Situation, SkillFacts, Step

TermFunction = Callable[[Step], float]

CERTAINTY_SHARE = 0.3
"""How much the missing certainty counts next to the missing skill."""
SOFT_BRAKE = 0.3
"""What unmet soft prerequisites take from the gap at most."""
LESSON_FADE = 0.4
"""What each further lesson in a row, without a score in between, is still worth."""
TRY_OUT = 0.7
"""What trying out a lesson is worth at least."""
FINISH_FIRST = 0.5
"""What a lesson is still worth while another skill has been started and not tried out."""
LOW = 0.5
"""Below this an explanation comes before more practice."""
RECENT_LOOK_BACK = 3
TRIES = 15
"""Scores and lessons on a skill after which more make no further difference to whose turn it is."""

_MODE_FIT = {
    Mode.SOLO: 1.0,
    Mode.PAIR: 0.7,
    Mode.SMALL_GROUP: 0.6,
    Mode.HOME: 0.5,
    Mode.TEACHER_TABLE: 0.3,
    Mode.WHOLE_CLASS: 0.0,
}
_ROUTES = {
    "new": {Purpose.LEARN: 1.0, Purpose.PRACTISE: 0.8, Purpose.CHECK: 0.5},
    "missed": {Purpose.LEARN: 1.0, Purpose.PRACTISE: 0.8, Purpose.CHECK: 0.4},
    "growing": {Purpose.PRACTISE: 1.0, Purpose.LEARN: 0.8, Purpose.CHECK: 0.7},
    "nearly": {Purpose.PRACTISE: 1.0, Purpose.CHECK: 0.8, Purpose.LEARN: 0.3},
}


def gap(step: Step) -> float:
    """How far the skill is from the threshold, times what it means to the goals; soft prerequisites brake it a little.

    Until the skill is Secure, the certainty still missing (lower bound to threshold) counts too, but much less: the word
    is worth working for, moving on does not wait for it.
    """
    return _mean(step, lambda facts: _gap(facts, step.situation.policy.threshold))


def finish(step: Step) -> float:
    """How close the skill is to being done, until it is: what has been begun is finished before the next is begun."""
    return _mean(step, lambda facts: _nearness(facts, step.situation.policy.threshold))


def spread(step: Step) -> float:
    """How few tries the skill has had: what does not come yet is left for a while, and all needed skills get their turn.

    A step on the way has had its turn when it carries what rests on it and those goals are reached, until a review is due:
    goals that just hold come first.
    """
    return _mean(step, lambda facts: _turn(facts, step.situation))


def fresh(step: Step) -> float:
    """1 for an activity never done, less each time: repeating one teaches less and flatters its score."""
    return 1.0 / (1.0 + step.situation.times_done.get(step.activity.id, 0))


def unlocks(step: Step) -> float:
    """Share of the goals still to reach that wait for this skill."""
    return _mean(step, lambda facts: 0.0 if facts.done else facts.waiting_share)


def stretch(step: Step) -> float:
    """Whether this kind of activity comes next on the skill, and is neither too easy nor too hard.

    While nothing is known of a learner, a check is right however it goes: it is there to find out. After a lesson, trying
    it out is right: the estimate has not seen the lesson yet. Then a lesson on something else can wait.
    """
    purpose = step.activity.purpose
    if not step.situation.known and purpose is Purpose.CHECK:
        return 1.0
    route = _ROUTES[_route(step)][purpose]
    if purpose is Purpose.LEARN:
        patience = 1.0 if step.situation.started <= {step.facts.skill.id} else FINISH_FIRST
        return route * LESSON_FADE**step.facts.lessons * patience
    target = target_success(step.situation.policy, step.situation.state.challenge)
    band = _band(success(step), target)
    return route * (TRY_OUT + (1.0 - TRY_OUT) * band if step.facts.lessons else band)


def review(step: Step) -> float:
    """How soon the skill fades below the threshold, for activities that give a score; watching again is not a review."""
    return 0.0 if step.activity.purpose is Purpose.LEARN else _mean(step, lambda facts: facts.due)


def fit(step: Step) -> float:
    """How easily it can be started now: alone before with others, and within the minutes there are."""
    mode = _MODE_FIT[step.activity.mode]
    if step.activity.mode is Mode.TEACHER_TABLE and step.facts.misses >= step.situation.policy.stuck_after:
        mode = 1.0
    there, needed = step.situation.state.minutes, step.situation.state.minutes_for(step.activity)
    time = 1.0 if there is None or needed <= there else there / needed
    return mode * time


def variety(step: Step) -> float:
    """Share of the last few activities that had another format."""
    recent = step.situation.recent[:RECENT_LOOK_BACK]
    if not recent:
        return 1.0
    return sum(step.situation.skill_map.activity(a).format is not step.activity.format for a in recent) / len(
        recent
    )


TERMS: dict[str, TermFunction] = {
    "gap": gap,
    "finish": finish,
    "unlocks": unlocks,
    "stretch": stretch,
    "spread": spread,
    "fresh": fresh,
    "review": review,
    "fit": fit,
    "variety": variety,
}


LOOKS_AT: dict[str, Looks] = {
    "gap": ("skills",),
    "finish": ("skills",),
    "unlocks": ("skills",),
    "stretch": ("skills", "purpose", "level", EASE),
    "spread": ("skills",),
    "fresh": (DONE,),
    "review": ("skills", "purpose"),
    "fit": ("skills", "mode", "minutes"),
    "variety": ("format",),
}
"""What each term looks at in an activity, beside the learner's situation: nothing else may change its value."""


def scores_of(comparison: Comparison) -> Array:
    """The scores of all activities compared: the points of all terms, added in the order of the terms."""
    weights = _weights(comparison.situation)
    scores = np.zeros(len(comparison.places))
    for name, term in TERMS.items():
        scores += comparison.ask(term, LOOKS_AT[name]) * getattr(weights, name)
    return scores


def terms_of(step: Step) -> tuple[Term, ...]:
    """All terms of one step."""
    weights = _weights(step.situation)
    return tuple(
        Term(name=name, value=term(step), weight=getattr(weights, name)) for name, term in TERMS.items()
    )


def _weights(situation: Situation) -> Weights:
    return weights_for(situation.policy, situation.state.challenge)


def _mean(step: Step, value: Callable[[SkillFacts], float]) -> float:
    """Mean over the activity's skills, weighted with their shares."""
    shares = step.activity.skills
    if len(shares) == 1:
        return value(step.facts)
    return sum(share * value(step.situation.skills[s]) for s, share in shares.items()) / sum(shares.values())


def _gap(facts: SkillFacts, threshold: float) -> float:
    missing = max(threshold - facts.estimate.probability, 0.0) / threshold
    if not facts.estimate.level.at_least_secure:
        unsure = max(threshold - facts.estimate.lower, 0.0) / threshold
        missing += CERTAINTY_SHARE * max(unsure - missing, 0.0)
    return missing * facts.importance * (1.0 - SOFT_BRAKE * facts.soft_unmet)


def _nearness(facts: SkillFacts, threshold: float) -> float:
    return 0.0 if facts.done else min(facts.estimate.probability / threshold, 1.0) * facts.importance


def _turn(facts: SkillFacts, situation: Situation) -> float:
    if facts.importance <= SIDE_SKILL:
        return 0.0
    rest_on_it = situation.skill_map.leads_to(facts.skill.id)
    if facts.importance <= ON_THE_WAY and not facts.due and rest_on_it.isdisjoint(situation.goals_left):
        return 0.0
    return max(1.0 - (len(facts.scores) + facts.lessons) / TRIES, 0.0)


def _route(step: Step) -> str:
    """Where the learner stands on the way from a lesson over practice to a check."""
    facts = step.facts
    if facts.lessons:
        return "growing"
    if not facts.scores:
        return "new"
    if facts.misses or facts.estimate.probability < LOW:
        return "missed"
    return "nearly" if facts.estimate.probability >= step.situation.policy.miss_below else "growing"


def success(step: Step) -> float:
    """The predicted success of this learner in this activity."""
    state, parameters = step.situation.state, step.situation.policy.parameters
    return expected_success(
        step.situation.skill_map.task(step.activity.id, parameters),
        state.estimates,
        ease=state.ease.get(step.activity.id, 0.0),
        parameters=parameters,
    )


def _band(success: float, target: float) -> float:
    """1 at the target, 1/2 at the edges of the band (0.15 below, 0.10 above), falling on in straight lines to 0."""
    reach = 0.30 if success < target else 0.20
    return max(1.0 - abs(success - target) / reach, 0.0)
