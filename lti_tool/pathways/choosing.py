"""From ranked steps to the three that are shown: which one goes first, by which rule, and two that differ from it."""

from dataclasses import dataclass
from itertools import islice

from lti_tool.pathways.content import Purpose
from lti_tool.pathways.ranking import Ranking, Scored
from lti_tool.pathways.recommendation import Option, ReasonCode
from lti_tool.pathways.situation import Situation, Step
from lti_tool.pathways.why import with_code, with_interest

OPTIONS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes first, the rule that put it there ("score" as a rule), and the probability with which it was chosen."""

    scored: Scored
    option: Option
    rule: str = "score"
    probability: float = 1.0


def choose_first(ranked: Ranking, situation: Situation, draws: tuple[float, float]) -> Choice:
    """A review when one is owed, else the best score; interests and chance decide only between near-equals."""
    owed = _owed_review(ranked, situation)
    if owed is not None:
        every = situation.policy.mixed_review_every
        option = with_code(owed.option, ReasonCode.MIXED_REVIEW, owed=1, every=every)
        return Choice(owed, option, "mixed_review")
    return _explored(ranked, _favourite(ranked, situation), situation, draws)


def alternatives(first: Scored, ranked: Ranking) -> list[Scored]:
    """Up to two more: best those that differ in skill or format from what is already there."""
    chosen = [first]
    while len(chosen) < OPTIONS:
        ids = {scored.step.activity.id for scored in chosen}
        kinds = {_kind(scored.step) for scored in chosen}
        different = (scored for scored in ranked if _kind(scored.step) not in kinds)
        others = (scored for scored in ranked if scored.step.activity.id not in ids)
        pick = next(different, None) or next(others, None)
        if pick is None:
            break
        chosen.append(pick)
    return chosen[1:]


def _kind(step: Step) -> tuple[str, str]:
    return step.facts.skill.id, step.activity.format


def _owed_review(ranked: Ranking, situation: Situation) -> Scored | None:
    """The review that is owed when enough skills are Secure and none of the last activities was one.

    What is due comes first, else the best score: a goal before a step on the way, and new work before repeated.
    """
    policy = situation.policy
    secure = sum(facts.estimate.level.at_least_secure for facts in situation.skills.values())
    latest = situation.recent[: policy.mixed_review_every - 1]
    if (
        not situation.goals_left
        or secure < policy.mixed_review_from
        or len(latest) < policy.mixed_review_every - 1
    ):
        return None
    if any(_was_review(activity_id, situation) for activity_id in latest):
        return None
    reviews = (scored for scored in ranked if _is_review(scored.step))
    return max(reviews, key=lambda scored: scored.value("review"), default=None)


def _was_review(activity_id: str, situation: Situation) -> bool:
    """Whether an activity, when it was last done, went back to a skill that was Secure by then."""
    done_at = situation.done[activity_id]
    since = [
        situation.skills[s].estimate.secure_since for s in situation.skill_map.activity(activity_id).skills
    ]
    return any(moment is not None and done_at > moment for moment in since)


def _is_review(step: Step) -> bool:
    return step.activity.purpose is not Purpose.LEARN and step.facts.estimate.level.at_least_secure


def _favourite(ranked: Ranking, situation: Situation) -> Choice:
    """The best score; between near-equals one that touches an interest, and then its reason says so."""
    best = ranked[0]
    if _shared_interests(best, situation):
        return Choice(best, best.option)
    for scored in islice(ranked, 1, None):
        if scored.score < best.score - situation.policy.tie_within:
            break
        shared = _shared_interests(scored, situation)
        if shared:
            return Choice(scored, with_interest(scored.option, shared[0]), "interest")
    return Choice(best, best.option)


def _shared_interests(scored: Scored, situation: Situation) -> list[str]:
    return sorted(situation.state.interests.intersection(scored.step.activity.interests))


def _explored(ranked: Ranking, favourite: Choice, situation: Situation, draws: tuple[float, float]) -> Choice:
    """Now and then another near-equal goes first, with a known probability: that is how one learns what works."""
    policy = situation.policy
    near = ranked.within(policy.explore_within)
    share = policy.explore_share if len(near) > 1 else 0.0
    explore, which = draws
    picked = near[min(int(which * len(near)), len(near) - 1)] if explore < share else favourite.scored
    if picked.step.activity.id == favourite.scored.step.activity.id:
        likely = 1.0 - share + share / len(near)
        return Choice(favourite.scored, favourite.option, favourite.rule, likely)
    return Choice(picked, picked.option, "exploration", share / len(near))
