"""The shared weights of the learner model: a rounded prior, with where each sign and size comes from.

None of these numbers was fitted on a data set. They take sign and rough size from published models:

- wins and misses with separate weights, wins a little stronger: performance factors analysis (PFA),
  Pavlik, Cen & Koedinger 2009;
- logarithms of counts, and totals over the whole course beside those of the skill: "Best-LR",
  Gervet, Koedinger, Schneider & Mitchell 2020 (Journal of Educational Data Mining 12(3));
- recent work counting more, as a moving average: R-PFA, Galyardt & Goldin 2015 (JEDM 7(2));
- fading with log-days: DAS3H, Choffin, Popineau, Bourda & Vie 2019 (EDM).

Two checks fixed the sizes. A learner who keeps scoring y settles near success y (the weights of log-counts and of the
recent averages together make about one unit of log-odds). Four scores of 80 % are just enough for *Secure* at .70.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameters:
    """Weights of the model in log-odds per unit of the named feature; see `features.py` for the features."""

    version: str = "prior-1"

    intercept: float = 0.0
    """Log-odds of success for a learner who does as well as badly."""
    skill_wins: float = 0.45
    """Per log(1 + answers right on the skill): has got this right before."""
    skill_misses: float = -0.40
    """Per log(1 + answers wrong on the skill): has missed this before. Smaller than a win, because a miss also teaches."""
    skill_recent: float = 0.80
    """Per unit of the recent average on the skill, scaled to -1..1: how the latest work on it went."""
    course_wins: float = 0.10
    """Per log(1 + answers right in the course)."""
    course_misses: float = -0.10
    """Per log(1 + answers wrong in the course)."""
    course_recent: float = 0.30
    """Per unit of the recent average in the course, scaled to -1..1."""
    newness: float = -0.25
    """While nothing is seen on the skill; fades as 1 / (1 + answers)."""
    skill_ease: float = 0.60
    """Per log-odds by which classmates find the skill easier than the course; fades like newness: own results replace it."""
    activity_ease: float = 0.70
    """Per log-odds by which classmates find this very activity easier than the course."""
    level_step: float = -0.50
    """Per step of the author's level above "middle" (and the opposite below)."""
    fading: float = -0.12
    """Per log(1 + days since the last score on the skill), times the share of right answers: only those can fade."""

    skill_memory: float = 0.8
    """What a further answer leaves of the recent average on the skill."""
    course_memory: float = 0.9
    """The same for the recent average in the course."""
    answers_per_activity: float = 4.0
    """How many single answers a score of full informativeness is worth; the papers' weights are per answer."""
    repeat_discount: float = 0.5
    """What each earlier attempt at the same activity leaves of an attempt's worth: answers are remembered."""

    spread: float = 0.8
    """Standard deviation (log-odds) of learners' true skill around the prediction before any answer is seen."""
    fading_spread: float = 0.10
    """Standard deviation (log-odds) between learners of the fading per log-day."""
    bound_z: float = 0.8416
    """Normal quantile of the one-sided 80 % bounds `lower` and `upper`."""

    pseudo_answers_activity: float = 8.0
    """Answers at the course average that shrink the ease of an activity."""
    pseudo_answers_skill: float = 20.0
    """The same for the ease of a skill."""
    ease_limit: float = 1.0
    """Largest ease or difficulty (log-odds) that classmates' results may claim."""


DEFAULT_PARAMETERS = Parameters()
