"""The shared weights of the learner model: a rounded prior, with where each sign and size comes from.

None of these weights was estimated from a data set. They take sign and rough size from published models:

- an answer depends on the learner, the activity and the skill, each by its full log-odds: the Rasch model, and additive
  factors (Cen, Koedinger & Junker 2006), hence 1 for both kinds of ease;
- ratings that move towards each result by what it was more or less than expected: Elo ratings in education, Pelánek
  2016 (Computers & Education 98). A learner who keeps scoring y has to settle near success y, so the weights of the
  ratings and of the counts together make about one. Work on the skill itself counts most, and the latest of it twice
  the rest, because an activity teaches as well as asks;
- wins and misses counted apart: performance factors analysis, Pavlik, Cen & Koedinger 2009; in logarithms, and over the
  whole course beside the skill: "Best-LR", Gervet, Koedinger, Schneider & Mitchell 2020 (JEDM 12(3));
- recent work counting more: R-PFA, Galyardt & Goldin 2015 (JEDM 7(2));
- an activity met before is remembered, the less the longer ago, and a third try is not easier than a second (counts of
  attempts would say so without end): log-days as in DAS3H, and the same kind of rating as for a skill;
- activities that tell learners apart more or less than others: the two-parameter model, Birnbaum 1968;
- fading with log-days since the last success: DAS3H, Choffin, Popineau, Bourda & Vie 2019 (EDM).

Between rounded sizes that the sources allow, simulated classes decided; how much a repeated attempt counts, and the rates
in `record.py` and constants in `companions.py`, `telling.py` and `fitting.py`, were compared by cross-validation on public answer logs.

Four scores of 80 % are just enough for *Secure* at .70. A school's own evidence moves the weights (`fitting.py`). Signs
stay as they are here: that is what keeps one more right answer from ever lowering an estimate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Parameters:
    """Weights in log-odds per unit of the feature of the same name (see `features.py`), and the constants beside them."""

    version: str = "prior-3"

    intercept: float = 0.1
    """What a learner of whom nothing is known can do, before what is said below."""
    activity_ease: float = 1.0
    """Others find this very activity easier than usual."""
    skill_ease: float = 1.0
    """Others find the skill easier than usual."""
    course_settled: float = 0.05
    """Does better in this course than expected, over the whole of it."""
    course_steady: float = 0.15
    """Does better in this course than expected, over the last dozen or two of answers."""
    course_latest: float = 0.05
    """The last few answers in the course went better than expected."""
    skill_steady: float = 0.20
    """Does better on the skill than expected."""
    skill_latest: float = 0.40
    """The last few answers on the skill went better than expected."""
    course_wins: float = 0.10
    """Has got much right in the course."""
    course_misses: float = -0.10
    """Has missed much in the course."""
    skill_wins: float = 0.20
    """Has got this skill right before."""
    skill_misses: float = -0.20
    """Has missed this skill before."""
    staleness: float = -0.30
    """Has not got the skill right yet, or long ago."""
    repeated: float = 0.25
    """Has met this very activity before, and not long ago."""
    repeated_rating: float = 0.10
    """Did better than expected on this very activity, and not long ago."""
    companions: float = 0.70
    """Did better than expected on activities after which others do better than expected on this one."""

    telling: float = 1.0
    """Here it matters more than usual what a learner can do, and this learner can do more than usual."""

    ability: float = 0.0
    """What the weights on the learner's own work add up to for a learner in the middle."""
    usual: float = 0.1
    """Log-odds of success that ratings start from: a usual learner on a usual activity."""
    level_step: float = -0.50
    """Log-odds per step of the author's level above "middle" (and the opposite below)."""
    answers_per_activity: float = 4.0
    """How many single answers a score of full informativeness is worth; the papers' weights are per answer."""
    repeat_discount: float = 0.75
    """What each earlier attempt at the same activity leaves of an attempt's worth: answers are remembered."""

    spread: float = 0.75
    """Standard deviation (log-odds) of learners' true skill around the prediction before any answer is seen."""
    fading_spread: float = 0.10
    """Standard deviation (log-odds) between learners of the fading per log-day."""
    bound_z: float = 0.8416
    """Normal quantile of the one-sided 80 % bounds `lower` and `upper`."""

    activity_spread: float = 1.0
    """Standard deviation (log-odds) between activities of how easy they are; the less is known, the nearer to usual."""
    skill_spread: float = 0.6
    """The same between skills."""

    @property
    def scale(self) -> tuple[float, float, float]:
        """What turns scores into answers; a fit does not move it."""
        return self.level_step, self.answers_per_activity, self.repeat_discount

    def weights(self) -> dict[str, float]:
        """What a fit moves, by name: the weights, the middle of learners, and where ratings start from."""
        return {name: float(getattr(self, name)) for name in (*WEIGHTS, "usual", "ability")}

    def with_weights(self, weights: Mapping[str, float], *, version: str) -> "Parameters":
        """The same constants with other weights."""
        return replace(self, **weights, version=version)


DEFAULT_PARAMETERS = Parameters()

SEEN = (
    "intercept",
    "activity_ease",
    "skill_ease",
    "course_settled",
    "course_steady",
    "course_latest",
    "skill_steady",
    "skill_latest",
    "course_wins",
    "course_misses",
    "skill_wins",
    "skill_misses",
    "staleness",
    "repeated",
    "repeated_rating",
)
"""The weights of what the record and the ease show, in the order of the features."""
OF_LEARNER = slice(SEEN.index("course_settled"), None)
"""Those among them that tell learners apart."""
SAID = ("companions", "telling")
"""The weights of what was found about the very activity."""
WEIGHTS = (*SEEN, *SAID)

NEVER_BELOW_ZERO = frozenset(
    {
        "activity_ease",
        "skill_ease",
        "course_settled",
        "course_steady",
        "course_latest",
        "skill_steady",
        "skill_latest",
        "course_wins",
        "skill_wins",
        "repeated_rating",
        "companions",
        "telling",
    }
)
NEVER_ABOVE_ZERO = frozenset({"course_misses", "skill_misses", "staleness"})
