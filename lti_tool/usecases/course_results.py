"""The teacher's Results page: does it work here? Plain words first, then numbers and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.pathways.evaluation.effects import Effect
from lti_tool.pathways.evaluation.following import MANY, Following
from lti_tool.pathways.evaluation.unanswered import AFTER_DAYS, Unanswered
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases import results_words as say
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.evaluate_course import LoadedCourse, Uptake, load_course
from lti_tool.usecases.kept_evaluations import calibration_now
from lti_tool.usecases.labels import kind_label
from lti_tool.usecases.names import full_name
from lti_tool.usecases.results_views import (
    CalibrationView,
    FunnelRow,
    FunnelView,
    calibration_view,
    funnel_rows,
    funnel_view,
    is_difference,
    stage_labels,
)
from lti_tool.usecases.words import Words

WEEKS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One activity: how its learners went on, beside similar learners who did something else, in points of 100."""

    title: str
    learners: int
    difference: float | None
    lower: float
    upper: float
    words: str
    differs: bool


@dataclass(frozen=True, slots=True)
class WeeksRow:
    """Weeks with so many followed steps, and how results were beyond what was expected, in points of 100."""

    label: str
    weeks: int
    learners: int
    progress: float


@dataclass(frozen=True, slots=True)
class UnansweredRow:
    """A low result that nothing followed."""

    person_key: int
    name: str
    activity: str
    skill: str
    score: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The page. `learners` have `scores` results between them."""

    learners: int
    scores: int
    as_of: datetime | None
    calibration: CalibrationView
    funnel: FunnelView
    stage_labels: tuple[str, ...]
    weeks: tuple[FunnelRow, ...]
    kinds: tuple[FunnelRow, ...]
    effects: tuple[EffectRow, ...]
    effects_said: str
    following: str
    following_rows: tuple[WeeksRow, ...]
    exploration: str
    unanswered: tuple[UnansweredRow, ...]
    unanswered_days: int


def course_results(
    session: Session, *, context: Context, now: datetime, words: Words, fewest: int = 1
) -> ResultsView:
    """The results of one course. With `fewest`, numbers about fewer students are left out: for what leaves the course.

    Raises Fixable `course.not_set_up` before a skill map was accepted.
    """
    loaded = load_course(session, context=context, now=now)
    calibration, uptake, effects, following = (
        calibration_now(session, context, loaded),
        loaded.uptake,
        loaded.effects,
        loaded.following,
    )
    names = {str(learner.id): learner for learner in active_learners(session, context)}
    weeks, kinds = uptake_rows(uptake, words, fewest=fewest)
    return ResultsView(
        learners=sum(1 for own in loaded.course.answers.values() if own),
        scores=len(loaded.answers),
        as_of=context.gradebook_read_at,
        calibration=calibration_view(calibration, words, fewest=fewest),
        funnel=funnel_view(uptake.whole, words, fewest=fewest),
        stage_labels=stage_labels(words),
        weeks=weeks,
        kinds=kinds,
        effects=_effect_rows(effects, loaded.course.skill_map, words),
        effects_said=_effects_said(effects, words),
        following=say.following_sentence(following, words),
        following_rows=_following_rows(following, words),
        exploration=say.exploration_sentence(loaded.exploration, words),
        unanswered=_unanswered_rows(loaded, loaded.unanswered(now), names, words),
        unanswered_days=AFTER_DAYS,
    )


def uptake_rows(
    uptake: Uptake, words: Words, *, fewest: int
) -> tuple[tuple[FunnelRow, ...], tuple[FunnelRow, ...]]:
    """The funnel by week, the newest first, and by kind of step, the most frequent first."""
    weeks = {week: words.format_date(week) for week in sorted(uptake.by_week, reverse=True)}
    kinds = {kind: kind_label(kind, words) for kind in uptake.by_kind}
    frequent = sorted(
        kinds, key=lambda kind: -sum(reached.steps for reached in uptake.by_kind[kind].stages.values())
    )
    return (
        funnel_rows(uptake.by_week, weeks, fewest=fewest)[:WEEKS_SHOWN],
        funnel_rows(uptake.by_kind, {kind: kinds[kind] for kind in frequent}, fewest=fewest),
    )


def _effect_rows(effects: list[Effect], skill_map: SkillMap, words: Words) -> tuple[EffectRow, ...]:
    """Activities where a difference was detected first, then those with most learners."""
    ranked = sorted(
        effects, key=lambda effect: (not is_difference(effect.verdict), -effect.learners, effect.activity_id)
    )
    return tuple(
        EffectRow(
            title=skill_map.activity(effect.activity_id).title,
            learners=effect.learners,
            difference=None if effect.difference is None else 100 * effect.difference,
            lower=100 * effect.interval.lower if effect.interval else 0.0,
            upper=100 * effect.interval.upper if effect.interval else 0.0,
            words=say.effect_words(effect, words),
            differs=is_difference(effect.verdict),
        )
        for effect in ranked
    )


def _effects_said(effects: list[Effect], words: Words) -> str:
    said = [effect for effect in effects if effect.interval is not None]
    differ = sum(is_difference(effect.verdict) for effect in said)
    if not said:
        return words.gettext(
            "Too few students have done the same activity and met its skill again to compare any."
        )
    if not differ:
        return words.ngettext(
            "No difference detected between activities (%(number)s could be compared).",
            "No difference detected between activities (%(number)s could be compared).",
            len(said),
        ) % {"number": len(said)}
    return words.ngettext(
        "After %(differ)s of %(number)s activities that could be compared, students went on differently from similar "
        "students who did something else.",
        "After %(differ)s of %(number)s activities that could be compared, students went on differently from similar "
        "students who did something else.",
        differ,
    ) % {"differ": differ, "number": len(said)}


def _following_rows(following: Following, words: Words) -> tuple[WeeksRow, ...]:
    return tuple(
        WeeksRow(
            label=words.gettext("%(number)s or more") % {"number": steps} if steps == MANY else str(steps),
            weeks=sample.count,
            learners=following.learners_by_steps[steps],
            progress=100 * sample.mean,
        )
        for steps, sample in following.by_steps.items()
    )


def _unanswered_rows(
    loaded: LoadedCourse, found: list[Unanswered], names: dict[str, Person], words: Words
) -> tuple[UnansweredRow, ...]:
    skill_map = loaded.course.skill_map
    return tuple(
        UnansweredRow(
            person_key=names[each.learner_id].id,
            name=full_name(names[each.learner_id], words),
            activity=skill_map.activity(each.activity_id).title,
            skill=skill_map.skill(each.skill_id).title,
            score=say.percent(each.fraction),
            at=each.at,
        )
        for each in found
        if each.learner_id in names
    )
