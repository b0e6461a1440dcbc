"""What a recommendation looks at: facts about one learner and each skill, worked out once before options are compared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lti_tool.pathways.content import Activity, Format, Mode, PrerequisiteKind, Purpose, Skill
from lti_tool.pathways.evidence import Evidence, in_order
from lti_tool.pathways.features import days_between
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.mastery import MasteryEstimate, probability_after
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.prerequisites import is_met
from lti_tool.pathways.skill_map import SkillMap

ON_THE_WAY = 0.5
"""Importance of a step on the way once it carries what rests on it, next to 1 for the goals."""
SIDE_SKILL = 0.3
"""Importance of a skill that no goal rests on, or that later work has shown, next to 1 for the others."""
MAIN_SHARE = 0.5
"""An activity is mainly about a skill from this share on."""
SETTLE_DAYS = 3.0
"""A skill worked on this recently is not up for review."""


@dataclass(frozen=True, slots=True)
class SkillFacts:
    """One learner's standing on one skill.

    `done` is when a goal is reached, or a step on the way good enough for what rests on it: then others come first. `unmet`
    are hard prerequisites not met, `soft_unmet` the share of soft ones not reached, `foundations` the earlier skills that
    its work uses and that are not met while the skill itself is not. `waiting` are the goals not
    yet reached that rest on this skill while it is not met, `waiting_share` is their share of all goals not reached. `due` (0..1) says, of a Secure skill, how
    much of the coming review window the skill would spend below the threshold. `last` is the latest score of an
    activity mainly about the skill, or of any other when there is none. `misses` counts misses in a row up to now, `missed_formats` their formats; `lessons` counts learning activities since the last score.
    """

    skill: Skill
    estimate: MasteryEstimate
    reached: bool
    done: bool
    unmet: tuple[str, ...]
    soft_unmet: float
    foundations: tuple[str, ...]
    importance: float
    waiting: tuple[str, ...]
    waiting_share: float
    due: float
    scores: tuple[Evidence, ...]
    last: Evidence | None
    misses: int
    missed_formats: frozenset[Format]
    lessons: int
    teacher_helped: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """A learner's state together with everything derived from it."""

    state: LearnerState
    skill_map: SkillMap
    policy: Policy
    now: datetime
    skills: Mapping[str, SkillFacts]
    done: Mapping[str, datetime]
    times_done: Mapping[str, int]
    recent: tuple[str, ...]
    """Activity ids in the order last done, the latest first."""
    goals_left: tuple[str, ...]
    """Goals whose estimate is below the threshold."""
    all_secure: bool
    """Whether every goal is Secure, so that one may say that all goals are reached."""
    started: frozenset[str]
    """Skills with a lesson and no score since, not reached: to be tried out before another lesson."""
    known: bool
    """Whether any score of this learner counts as evidence."""


@dataclass(frozen=True, slots=True)
class Step:
    """One possible next step: an activity, and the standing on the skill that it is for."""

    activity: Activity
    facts: SkillFacts
    situation: Situation


def step(activity: Activity, situation: Situation) -> Step:
    """The step that an activity with at least one skill would be.

    It is for the skill with the largest share in it; of equal shares, for the one that the learner needs most.
    """
    shares, skills = activity.skills, situation.skills
    if len(shares) == 1:
        return Step(activity, skills[next(iter(shares))], situation)
    facts = min(
        (skills[skill_id] for skill_id in shares),
        key=lambda facts: (-shares[facts.skill.id], facts.estimate.probability),
    )
    return Step(activity, facts, situation)


def situation(state: LearnerState, skill_map: SkillMap, policy: Policy, now: datetime) -> Situation:
    """Works out the facts from the learner's state at `now`."""
    evidence = [
        e for e in in_order(state.evidence) if skill_map.has_activity(e.activity_id) and e.occurred_at <= now
    ]
    done = _last_done(state, evidence, skill_map)
    reached = {s: e.probability >= policy.threshold for s, e in state.estimates.items()}
    goals_left = tuple(goal for goal in skill_map.goals if not reached[goal])
    by_skill: dict[str, list[Evidence]] = {skill.id: [] for skill in skill_map.skills}
    for piece in evidence:
        for skill_id in skill_map.activity(piece.activity_id).skills:
            by_skill[skill_id].append(piece)
    met = {
        s.id: is_met(s.id, state.estimates, skill_map, policy, state.waived | state.placed)
        for s in skill_map.skills
    }
    facts, goals = {}, set(skill_map.goals)
    for skill in skill_map.skills:
        before = skill_map.prerequisites_of(skill.id)
        soft = [edge.before for edge in before if edge.kind is PrerequisiteKind.SOFT]
        rest_on_it = skill_map.leads_to(skill.id)
        waiting = () if met[skill.id] else tuple(goal for goal in goals_left if goal in rest_on_it)
        scores = tuple(piece for piece in by_skill[skill.id] if piece.informativeness > 0)
        since = _since(scores, done, skill_map.activities_for(skill.id))
        misses = _misses(skill.id, scores, skill_map, policy.miss_below)
        facts[skill.id] = SkillFacts(
            skill=skill,
            estimate=state.estimates[skill.id],
            reached=reached[skill.id],
            done=reached[skill.id] or (met[skill.id] and skill.id not in goals),
            unmet=tuple(e.before for e in before if e.kind is PrerequisiteKind.HARD and not met[e.before]),
            soft_unmet=sum(not met[skill_id] for skill_id in soft) / len(soft) if soft else 0.0,
            foundations=()
            if met[skill.id]
            else tuple(s for s in skill_map.foundations_of(skill.id) if not met[s]),
            importance=_importance(skill, state.estimates[skill.id], skill_map, met=met[skill.id]),
            waiting=waiting,
            waiting_share=len(waiting) / len(goals_left) if goals_left else 0.0,
            due=_due(state.estimates[skill.id], policy, now),
            scores=scores,
            last=_last(skill.id, scores, skill_map),
            misses=len(misses),
            missed_formats=frozenset(skill_map.activity(miss.activity_id).format for miss in misses),
            lessons=sum(activity.purpose is Purpose.LEARN for activity in since),
            teacher_helped=any(activity.mode is Mode.TEACHER_TABLE for activity in since),
        )
    return Situation(
        state=state,
        skill_map=skill_map,
        policy=policy,
        now=now,
        skills=facts,
        done=done,
        times_done=dict.fromkeys(done, 1) | Counter(piece.activity_id for piece in evidence),
        recent=tuple(sorted(done, key=lambda activity_id: (done[activity_id], activity_id), reverse=True)),
        goals_left=goals_left,
        all_secure=all(state.estimates[goal].level.at_least_secure for goal in skill_map.goals),
        started=frozenset(s for s, each in facts.items() if each.lessons and not each.reached),
        known=any(piece.informativeness > 0 for piece in evidence),
    )


def _last_done(state: LearnerState, evidence: list[Evidence], skill_map: SkillMap) -> dict[str, datetime]:
    done = {activity_id: at for activity_id, at in state.done.items() if skill_map.has_activity(activity_id)}
    for piece in evidence:
        done[piece.activity_id] = max(piece.occurred_at, done.get(piece.activity_id, piece.occurred_at))
    return done


def _importance(skill: Skill, estimate: MasteryEstimate, skill_map: SkillMap, *, met: bool) -> float:
    """1 for the goals and what they wait for; less for a step on the way that is met, least for side skills.

    A step on the way without a score of its own that later work has shown counts as a side skill.
    """
    if skill.id not in skill_map.needed:
        return SIDE_SKILL
    if not met or skill.id in skill_map.goals:
        return 1.0
    return ON_THE_WAY if estimate.evidence_count else SIDE_SKILL


def _due(estimate: MasteryEstimate, policy: Policy, now: datetime) -> float:
    if estimate.last_evidence_at is None or not estimate.level.at_least_secure:
        return 0.0
    if days_between(estimate.last_evidence_at, now) < SETTLE_DAYS:
        return 0.0
    if estimate.refresh_due:
        return 1.0
    if estimate.probability < policy.threshold:
        return 0.0
    later = probability_after(estimate, days=policy.review_within_days, now=now)
    if later >= policy.threshold:
        return 0.0
    return (policy.threshold - later) / (estimate.probability - later)


def _last(skill_id: str, scores: tuple[Evidence, ...], skill_map: SkillMap) -> Evidence | None:
    mainly = [
        piece for piece in scores if skill_map.activity(piece.activity_id).skills[skill_id] >= MAIN_SHARE
    ]
    return next(reversed(mainly or list(scores)), None)


def _misses(
    skill_id: str, scores: tuple[Evidence, ...], skill_map: SkillMap, miss_below: float
) -> list[Evidence]:
    """The misses in a row that end the scores of activities mainly about the skill; a mixed quiz does not say what went wrong."""
    misses: list[Evidence] = []
    for piece in reversed(scores):
        if skill_map.activity(piece.activity_id).skills[skill_id] < MAIN_SHARE:
            continue
        if piece.fraction >= miss_below:
            break
        misses.append(piece)
    return misses


def _since(
    scores: tuple[Evidence, ...], done: Mapping[str, datetime], activities: Sequence[Activity]
) -> list[Activity]:
    """Which of a skill's activities came after its last score."""
    last = scores[-1].occurred_at if scores else None
    return [a for a in activities if a.id in done and (last is None or done[a.id] > last)]
