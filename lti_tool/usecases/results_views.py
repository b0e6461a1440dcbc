"""Pictures and tables of an evaluation, as values for a page: of one course, or of a school without small numbers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lti_tool.pathways.evaluation.calibration import BANDS, Calibration, Verdict
from lti_tool.pathways.evaluation.small_cells import withheld
from lti_tool.pathways.evaluation.uptake import SHARES_OF, Funnel, Stage
from lti_tool.usecases import results_words as say
from lti_tool.usecases.words import Words

Group = TypeVar("Group", bound=Hashable)
APART = (Stage.TURNED_DOWN, Stage.GAVE_WAY)
IN_TABLES = (
    Stage.PROPOSED,
    Stage.APPROVED,
    Stage.SEEN,
    Stage.STARTED,
    Stage.DONE,
    Stage.TESTED,
    Stage.IMPROVED,
)


@dataclass(frozen=True, slots=True)
class BandView:
    """One band of expectation; shares of full marks, from 0 to 1. `told` is false where too few people are behind it.

    `label` names the band by its bounds, of 10, which tell nothing about anybody.
    """

    label: str
    told: bool
    scores: int
    expected: float
    observed: float
    lower: float
    upper: float
    words: str


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """What was expected beside what came; `enough` is false where nothing can be said."""

    enough: bool
    sentences: tuple[str, ...]
    bands: tuple[BandView, ...]
    losses: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of the funnel; `share` is of `whole`, which is named by `of`."""

    label: str
    told: bool
    steps: int
    share: float | None
    lower: float
    upper: float
    of: str


@dataclass(frozen=True, slots=True)
class FunnelView:
    """How far steps got; `apart` had no chance, and `table` has a row for each group with a cell for each stage."""

    sentence: str
    stages: tuple[StageView, ...]
    apart: tuple[StageView, ...]


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One week or kind of step: the number of steps at each stage, None where it must not be told."""

    label: str
    cells: tuple[int | None, ...]


def calibration_view(calibration: Calibration, words: Words, *, fewest: int = 1) -> CalibrationView:
    """The calibration of one or more courses; what rests on fewer than `fewest` learners is not told."""
    behind = {number: band.learners for number, band in enumerate(calibration.bands)}
    hidden = withheld(behind, fewest=fewest, with_total=True)
    enough = calibration.enough and calibration.learners >= fewest
    told = [band for number, band in enumerate(calibration.bands) if number not in hidden and band.scores]
    sentences: tuple[str, ...] = (say.too_little(words),)
    if enough:
        fullest = max(told, key=lambda band: band.scores, default=None)
        sentences = (
            *((say.band_sentence(fullest, words),) if fullest else ()),
            say.gap_sentence(calibration, words),
            say.beside_student(calibration, words),
            say.beside_course(calibration, words),
        )
    return CalibrationView(
        enough=enough,
        sentences=sentences,
        bands=tuple(
            BandView(
                label=words.gettext("%(lower)s to %(upper)s") % {"lower": number, "upper": number + 1},
                told=number not in hidden,
                scores=band.scores,
                expected=band.mean_expected,
                observed=band.mean_observed,
                lower=band.interval.lower,
                upper=band.interval.upper,
                words=say.band_words(band, words),
            )
            for number, band in enumerate(calibration.bands[:BANDS])
            if band.scores
        )
        if enough
        else (),
        losses=_losses(calibration, words) if enough else (),
    )


def funnel_view(found: Funnel, words: Words, *, fewest: int = 1) -> FunnelView:
    """The funnel of one or more courses; stages that fewer than `fewest` learners reached are not told."""
    few = found[Stage.PROPOSED].learners < fewest
    return FunnelView(
        sentence=words.gettext("There are too few students to say.")
        if found[Stage.PROPOSED].steps and few
        else say.uptake_sentence(found, words)
        if all(_may_tell(found, stage, fewest) for stage in IN_TABLES)
        else "",
        stages=tuple(_stage(found, stage, words, fewest) for stage in IN_TABLES),
        apart=tuple(_stage(found, stage, words, fewest) for stage in APART),
    )


def funnel_rows(
    funnels: Mapping[Group, Funnel], labels: Mapping[Group, str], *, fewest: int = 1
) -> tuple[FunnelRow, ...]:
    """A row for each group in the order of `labels`; in each column, too small numbers are not told, nor what would tell them.

    Nor is a 0 of few: that none of three students did a step says something about each of them.
    """
    columns = {
        stage: withheld(
            {group: found[stage].learners for group, found in funnels.items()}, fewest=fewest, with_total=True
        )
        for stage in IN_TABLES
    }
    return tuple(
        FunnelRow(
            label,
            tuple(
                None if any(group in columns[each] for each in _up_to(stage)) else funnels[group][stage].steps
                for stage in IN_TABLES
            ),
        )
        for group, label in labels.items()
        if group in funnels
    )


def stage_labels(words: Words, stages: Sequence[Stage] = IN_TABLES) -> tuple[str, ...]:
    """The heads of the columns of such tables."""
    return tuple(say.stage_label(stage, words) for stage in stages)


def _stage(found: Funnel, stage: Stage, words: Words, fewest: int) -> StageView:
    whole = SHARES_OF.get(stage)
    share = None if whole is None else found.share(stage)
    told = all(_may_tell(found, each, fewest) for each in _up_to(stage))
    inside = None if share is None else found.interval(stage)
    return StageView(
        label=say.stage_label(stage, words),
        told=told,
        steps=found[stage].steps,
        share=share,
        lower=inside.lower if inside else 0.0,
        upper=inside.upper if inside else 0.0,
        of=say.stage_label(whole, words) if whole else "",
    )


def _up_to(stage: Stage) -> list[Stage]:
    """The stage, what it is a share of, and so on."""
    whole = SHARES_OF.get(stage)
    return [stage] if whole is None else [stage, *_up_to(whole)]


def _may_tell(found: Funnel, stage: Stage, fewest: int) -> bool:
    return found[stage].steps == 0 or found[stage].learners >= fewest


def _losses(calibration: Calibration, words: Words) -> tuple[tuple[str, str, str], ...]:
    """Name, mean logarithmic loss, mean squared error of each way to predict."""
    _ = words.gettext
    return tuple(
        (label, f"{losses.log / calibration.scores:.3f}", f"{losses.brier / calibration.scores:.3f}")
        for label, losses in (
            (_("Waymark"), calibration.model),
            (_("Each student's own average of recent results"), calibration.by_student),
            (_("The average of the course"), calibration.by_course),
        )
    )


def is_difference(verdict: Verdict) -> bool:
    """Whether a difference was detected."""
    return verdict in {Verdict.HIGHER, Verdict.LOWER}
