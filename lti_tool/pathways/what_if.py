"""What would change a recommendation: found by asking the model itself, with results that have not happened."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lti_tool.pathways.ease import AS_USUAL, Ease
from lti_tool.pathways.evidence import Evidence, Source
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.recommendation import Option, Recommendation
from lti_tool.pathways.recommender import recommend
from lti_tool.pathways.skill_map import Activity, SkillMap
from lti_tool.pathways.wording import Audience, GetText, NGetText, Wording, english_number, same_text

MOST_RESULTS = 3
GOOD_RESULT = 0.8


@dataclass(frozen=True, slots=True)
class Change:
    """`results` more results of `fraction` or better on a skill would put `next_activity_id` (None: teacher) first."""

    skill_id: str
    results: int
    fraction: float
    next_activity_id: str | None
    next_skill_id: str | None


def why_this_would_change(
    state: LearnerState,
    skill_map: SkillMap,
    policy: Policy,
    option: Option,
    *,
    now: datetime,
    ease: Ease = AS_USUAL,
    fraction: float = GOOD_RESULT,
) -> Change | None:
    """The fewest further results of `fraction` on the option's skill after which another skill would come first.

    None when up to three such results change nothing, or the option has no skill. `state.evidence` is all evidence of
    the learner. A teacher's pin is set aside, because only the teacher changes that.
    """
    carrier = _carrier(option, skill_map)
    if carrier is None or option.skill_id is None:
        return None
    for results in range(1, MOST_RESULTS + 1):
        supposed = tuple(_supposed(state, carrier, number, fraction, now) for number in range(1, results + 1))
        then = _recommend_with(state, supposed, skill_map, policy, now=now, ease=ease)
        if then.first.skill_id != option.skill_id:
            return Change(option.skill_id, results, fraction, then.first.activity_id, then.first.skill_id)
    return None


def change_sentence(
    change: Change,
    audience: Audience,
    skill_map: SkillMap,
    gettext: GetText = same_text,
    *,
    ngettext: NGetText = english_number,
) -> str:
    """Says what would change the recommendation: "Two more results of 80 % or more on … would move on to …"."""
    wording = Wording(audience, gettext, ngettext)
    values: dict[str, object] = {
        "skill": skill_map.skill(change.skill_id).title,
        "percent": round(100 * change.fraction),
        "next": skill_map.skill(change.next_skill_id).title if change.next_skill_id else "",
    }
    if audience is Audience.FAMILY:
        return gettext("A good result on “%(skill)s” opens what comes next.") % values
    results = wording.ngettext(
        "%(count)d more result of %(percent)d %% or better on “%(skill)s”",
        "%(count)d more results of %(percent)d %% or better on “%(skill)s”",
        change.results,
    ) % {**values, "count": change.results}
    if not change.next_skill_id:
        return gettext("%(results)s would finish what is open now.") % {**values, "results": results}
    return gettext("%(results)s would bring “%(next)s” next.") % {**values, "results": results}


def _carrier(option: Option, skill_map: SkillMap) -> Activity | None:
    """An activity that shows most about the option's skill, to hang the supposed results on."""
    if option.skill_id is None:
        return None
    skill_id = option.skill_id
    scored = [activity for activity in skill_map.activities_for(skill_id) if activity.informativeness > 0]
    return max(
        scored, key=lambda activity: activity.informativeness * activity.skills[skill_id], default=None
    )


def _supposed(
    state: LearnerState, activity: Activity, number: int, fraction: float, now: datetime
) -> Evidence:
    """One result just before now, each on a fresh attempt."""
    return Evidence(
        id=f"supposed-{number}",
        learner_id=state.learner_id,
        activity_id=activity.id,
        fraction=fraction,
        occurred_at=now - timedelta(seconds=MOST_RESULTS - number),
        source=Source.CHECK,
        informativeness=activity.informativeness,
    )


def _recommend_with(
    state: LearnerState,
    supposed: tuple[Evidence, ...],
    skill_map: SkillMap,
    policy: Policy,
    *,
    now: datetime,
    ease: Ease,
) -> Recommendation:
    evidence = (*state.evidence, *supposed)
    estimates = estimate_mastery(
        evidence,
        skill_map,
        now=now,
        ease=ease,
        parameters=policy.parameters,
        threshold=policy.threshold,
    )
    then = replace(state, evidence=evidence, estimates=estimates, pinned=None)
    return recommend(then, skill_map, policy, now=now, rng=None)
