"""From ranked steps to the three that are shown: which one goes first, by which rule, and two that differ from it."""

from dataclasses import dataclass, replace
from itertools import islice

from lti_tool.pathways.content import Purpose
from lti_tool.pathways.ranking import Ranking, Scored, ranking
from lti_tool.pathways.recommendation import Option, Param, ReasonCode
from lti_tool.pathways.situation import Situation, Step
from lti_tool.pathways.terms import success
from lti_tool.pathways.why import with_code, with_facts

OPTIONS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes first, the rule that put it there ("score" as a rule), and the probability with which it was chosen."""

    scored: Scored
    option: Option
    rule: str = "score"
    probability: float = 1.0


def choose_first(ranked: Ranking, situation: Situation, draws: tuple[float, float]) -> Choice:
    """A review when one is owed, else the best score; wishes and chance decide only between near-equals."""
    owed = _owed_review(ranked, situation)
    if owed is not None:
        every = situation.policy.mixed_review_every
        option = with_code(owed.option, ReasonCode.MIXED_REVIEW, owed=1, every=every)
        return Choice(owed, option, "mixed_review")
    return _explored(ranked, _favourite(ranked, situation), situation, draws)


def as_wished(choice: Choice, situation: Situation, draws: tuple[float, float]) -> Choice:
    """The same choice; its reason says that the learner asked for easier or harder work when that put it first.

    It is said only of two tasks that the scores alone put in order, and where the first is harder (easier) than the one
    that would come first without the wish.
    """
    wish = situation.state.challenge
    if not wish or choice.rule != "score" or choice.scored.step.activity.purpose is Purpose.LEARN:
        return choice
    without = replace(situation, state=replace(situation.state, challenge=0.0))
    usual = choose_first(ranking(without)[0], without, draws)
    mine, instead = choice.scored.step, usual.scored.step
    if usual.rule != "score" or instead.activity.purpose is Purpose.LEARN:
        return choice
    if mine.activity.id == instead.activity.id or (success(mine) - success(instead)) * wish >= 0:
        return choice
    asked = "harder" if wish > 0 else "easier"
    option = with_facts(choice.option, challenge=asked, instead=instead.activity.id)
    return replace(choice, option=option)


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
    """The best score; of near-equals the one that meets most wishes, and then its reason names the wish that decided."""
    best, pick = ranked[0], ranked[0]
    met = best_meets = _wishes_met(best, situation)
    for scored in islice(ranked, 1, None):
        if scored.score < best.score - situation.policy.tie_within:
            break
        meets = _wishes_met(scored, situation)
        if len(meets) > len(met):
            pick, met = scored, meets
    if pick is best:
        return Choice(best, best.option)
    wish, value = next((wish, value) for wish, value in met.items() if wish not in best_meets)
    return Choice(pick, with_facts(pick.option, **{wish: value}), wish)


def _wishes_met(scored: Scored, situation: Situation) -> dict[str, Param]:
    """Which of the learner's wishes an option meets: it is on the way to the favourite goal, it touches an interest."""
    met: dict[str, Param] = {}
    goal = situation.state.favourite_goal
    if goal in situation.goals_left:
        skill_id = scored.step.facts.skill.id
        if skill_id == goal or goal in situation.skill_map.leads_to(skill_id):
            met["goal"] = goal
    shared = sorted(situation.state.interests.intersection(scored.step.activity.interests))
    if shared:
        met["interest"] = shared[0]
    return met


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
