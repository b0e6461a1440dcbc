"""How learners went on after each activity, beside learners of similar expectation who did something else.

For each activity: the mean over its learners of their gain minus the mean gain of others in the same fifth of expectation
after other activities. Means of few learners are pulled to the mean of the activity's format, or of the course where the
format has few activities, the more the fewer there are: the usual empirical Bayes of a normal mean, with the variance between activities by the
method of moments (DerSimonian & Laird 1986, Controlled Clinical Trials 7). Below `FEWEST_LEARNERS` nothing is said.

Many activities are looked at together, and among forty without any effect two would seem to have one. So all intervals of
a course are widened together (Bonferroni): where no activity differs, at most one course in twenty shows a difference.

None of this is a cause: who did what was not drawn by lot.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lti_tool.pathways.content import Format
from lti_tool.pathways.evaluation.calibration import Verdict, verdict_on
from lti_tool.pathways.evaluation.gains import Gain
from lti_tool.pathways.evaluation.intervals import CONFIDENCE, Interval, Sample, t_reach
from lti_tool.pathways.skill_map import SkillMap

FEWEST_LEARNERS = 5
FEWEST_OTHERS = 5
"""So many others in the same fifth of expectation make a comparison."""
FEWEST_OF_FORMAT = 3
"""A format with so many activities has a mean of its own."""
SMALLEST_ERROR = 0.02
"""Five equal scores do not make a mean that is certain: no standard error is taken for smaller than this."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One activity. `difference` is shrunken, in shares of full marks; None together with `interval` where too few did it."""

    activity_id: str
    learners: int
    difference: float | None = None
    interval: Interval | None = None

    @property
    def verdict(self) -> Verdict:
        return Verdict.TOO_FEW if self.interval is None else verdict_on(self.interval)


@dataclass(frozen=True, slots=True)
class _Compared:
    """An activity's own mean difference, with its standard error."""

    activity_id: str
    learners: int
    difference: float
    error: float


def effects_of(gains: Iterable[Gain], skill_map: SkillMap) -> list[Effect]:
    """Every activity that was followed by a score on its skill, by id."""
    found = sorted(gains, key=lambda each: (each.activity_id, each.learner_id, each.gain))
    by_activity: dict[str, list[Gain]] = defaultdict(list)
    for each in found:
        by_activity[each.activity_id].append(each)
    everybody = _by_band(found)
    compared = [
        difference
        for activity_id in by_activity
        if (difference := _compare(activity_id, by_activity[activity_id], everybody)) is not None
    ]
    said = {effect.activity_id: effect for effect in _shrunken(compared, skill_map)}
    return [
        said.get(activity_id) or Effect(activity_id, _learners(own))
        for activity_id, own in by_activity.items()
    ]


def _compare(
    activity_id: str, own: Sequence[Gain], everybody: Mapping[int, Sequence[Gain]]
) -> _Compared | None:
    """The activity's learners beside others of similar expectation; None when there are too few of either."""
    others = {
        band: Sample.of(gain.gain for gain in everybody[band] if gain.activity_id != activity_id)
        for band in sorted({gain.band for gain in own})
    }
    usable = [gain for gain in own if others[gain.band].count >= FEWEST_OTHERS]
    if _learners(usable) < FEWEST_LEARNERS:
        return None
    sample = Sample.of(gain.gain - others[gain.band].mean for gain in usable)
    of_others = sum(
        (sum(gain.band == band for gain in usable) / len(usable) * other.error) ** 2
        for band, other in others.items()
        if other.count >= FEWEST_OTHERS
    )
    error = max(math.sqrt(sample.error**2 + of_others), SMALLEST_ERROR)
    return _Compared(activity_id, sample.count, sample.mean, error)


def _shrunken(compared: Sequence[_Compared], skill_map: SkillMap) -> list[Effect]:
    """Each difference pulled to the mean of its kind, with an interval wide enough for all of them together."""
    confidence = 1.0 - (1.0 - CONFIDENCE) / max(len(compared), 1)
    formats: dict[Format, list[_Compared]] = defaultdict(list)
    for each in compared:
        formats[skill_map.activity(each.activity_id).format].append(each)
    effects = []
    between = _variance_between(compared)
    for each in compared:
        same = formats[skill_map.activity(each.activity_id).format]
        mean, of_mean = _weighted_mean(same if len(same) >= FEWEST_OF_FORMAT else compared, between)
        own = between / (between + each.error**2)
        difference = own * each.difference + (1.0 - own) * mean
        error = math.sqrt(own * each.error**2 + (1.0 - own) ** 2 * of_mean)
        reach = t_reach(confidence, each.learners - 1) * error
        effects.append(
            Effect(
                activity_id=each.activity_id,
                learners=each.learners,
                difference=difference,
                interval=Interval(difference - reach, difference + reach),
            )
        )
    return effects


def _variance_between(compared: Sequence[_Compared]) -> float:
    """By how much true differences vary from activity to activity, beyond what chance makes of few learners."""
    if len(compared) < 2:
        return 0.0
    weights = [each.error**-2 for each in compared]
    whole = math.fsum(weights)
    mean = math.fsum(w * each.difference for w, each in zip(weights, compared, strict=True)) / whole
    spread = math.fsum(w * (each.difference - mean) ** 2 for w, each in zip(weights, compared, strict=True))
    scale = whole - math.fsum(w * w for w in weights) / whole
    return max((spread - (len(compared) - 1)) / scale, 0.0)


def _weighted_mean(compared: Sequence[_Compared], between: float) -> tuple[float, float]:
    """The mean of differences, and its variance."""
    weights = [1.0 / (between + each.error**2) for each in compared]
    whole = math.fsum(weights)
    mean = math.fsum(w * each.difference for w, each in zip(weights, compared, strict=True)) / whole
    return mean, 1.0 / whole


def _by_band(gains: Iterable[Gain]) -> dict[int, list[Gain]]:
    found: dict[int, list[Gain]] = defaultdict(list)
    for gain in gains:
        found[gain.band].append(gain)
    return found


def _learners(gains: Iterable[Gain]) -> int:
    return len({gain.learner_id for gain in gains})
