"""Chooses the reason of an option: the code whose facts hold, with the facts that its sentence names.

`REASON_TERM` says which term of the score carries each reason: without the named input that term would be smaller.
"""

from dataclasses import replace

from lti_tool.pathways.content import PrerequisiteKind, Purpose
from lti_tool.pathways.recommendation import Option, Param, Reason, ReasonCode, Term
from lti_tool.pathways.situation import Step

REASON_TERM = {
    ReasonCode.START_CHECK: "stretch",
    ReasonCode.NEW_SKILL: "gap",
    ReasonCode.BUILD: "gap",
    ReasonCode.TRY_AGAIN: "gap",
    ReasonCode.CONFIRM: "stretch",
    ReasonCode.UNLOCK: "unlocks",
    ReasonCode.ANOTHER_ROUTE: "gap",
    ReasonCode.REFRESH: "review",
}
"""Reasons that rest on one term. The others follow from a rule (mixed review, pinned, extend, talk to the teacher)."""


def reason_for(step: Step, terms: tuple[Term, ...]) -> Reason:
    """The reason of an ordinary option, from the standing on its skill and the terms of its score."""
    points = {term.name: term.points for term in terms}
    code = _code_when_reached(step, points) if step.facts.reached else _code(step, points)
    return Reason(code, facts_named(step))


def with_code(option: Option, code: ReasonCode, **facts: Param) -> Option:
    """The same option and facts, under the reason that a rule has set."""
    return replace(option, reason=Reason(code, {**option.reason.params, **facts}))


def with_facts(option: Option, **facts: Param) -> Option:
    """The same option, its reason naming what else decided: a wish of the learner."""
    return with_code(option, option.reason.code, **facts)


def facts_named(step: Step) -> dict[str, Param]:
    """Everything a sentence about this step may name; keys are left out where there is nothing to say."""
    facts = step.facts
    params: dict[str, Param] = {
        "activity": step.activity.id,
        "skill": facts.skill.id,
        "minutes": step.activity.minutes,
        "scores": facts.estimate.evidence_count,
        "threshold_percent": round(100 * step.situation.policy.threshold),
    }
    params |= _start_of(step)
    if facts.waiting:
        params["waiting"] = len(facts.waiting)
        params["leads_to"] = facts.waiting[0]
    if facts.misses:
        params["misses"] = facts.misses
        params["miss_percent"] = round(100 * step.situation.policy.miss_below)
    if facts.last is not None:
        params["last_activity"] = facts.last.activity_id
        params["last_percent"] = round(100 * facts.last.fraction)
        params["last_date"] = facts.last.occurred_at.date().isoformat()
    if facts.estimate.refresh_due:
        params["refresh"] = 1
    return params


def _start_of(step: Step) -> dict[str, Param]:
    """What lets work on the skill begin: lessons so far, a waived prerequisite, or one that has gone well."""
    if step.facts.lessons and step.activity.purpose is not Purpose.LEARN:
        return {"started": step.facts.lessons}
    hard = [
        edge.before
        for edge in step.situation.skill_map.prerequisites_of(step.facts.skill.id)
        if edge.kind is PrerequisiteKind.HARD
    ]
    waived = [skill_id for skill_id in hard if skill_id in step.situation.state.waived]
    shown = [
        skill_id for skill_id in hard if step.situation.skills[skill_id].scores and skill_id not in waived
    ]
    if waived:
        return {"waived": waived[0]}
    return {"builds_on": shown[0]} if shown else {}


def _code_when_reached(step: Step, points: dict[str, float]) -> ReasonCode:
    if points["review"] > 0:
        return ReasonCode.REFRESH
    if step.situation.all_secure:
        return ReasonCode.EXTEND
    if not step.facts.estimate.level.at_least_secure and _went_well(step) and points["stretch"] > 0:
        return ReasonCode.CONFIRM
    return ReasonCode.MIXED_REVIEW


def _code(step: Step, points: dict[str, float]) -> ReasonCode:
    """While the skill is not reached: what is special comes first, then the larger of the two terms for the goals."""
    facts, check = step.facts, step.activity.purpose is Purpose.CHECK
    if not step.situation.known and check and points["stretch"] > 0:
        return ReasonCode.START_CHECK
    if facts.estimate.refresh_due and points["review"] > 0:
        return ReasonCode.REFRESH
    if facts.misses:
        return _code_after_misses(step)
    if not facts.scores:
        return ReasonCode.NEW_SKILL
    if check and _went_well(step) and points["stretch"] > points["gap"]:
        return ReasonCode.CONFIRM
    opens = facts.waiting and points["unlocks"] > points["gap"]
    return ReasonCode.UNLOCK if opens else ReasonCode.BUILD


def _went_well(step: Step) -> bool:
    return step.facts.last is not None and step.facts.last.fraction >= step.situation.policy.threshold


def _code_after_misses(step: Step) -> ReasonCode:
    stuck = step.facts.misses >= step.situation.policy.stuck_after
    other = step.activity.format not in step.facts.missed_formats
    return ReasonCode.ANOTHER_ROUTE if stuck and other else ReasonCode.TRY_AGAIN
