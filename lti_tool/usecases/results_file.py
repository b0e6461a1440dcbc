"""The results of a course as a table for a spreadsheet, without anything about fewer than five students."""

from __future__ import annotations

from collections.abc import Iterator

from lti_tool.usecases.course_results import ResultsView
from lti_tool.usecases.results_views import FunnelRow
from lti_tool.usecases.words import Words

Cell = str | int | float
Row = tuple[Cell, ...]
FEWEST_STUDENTS = 5


def results_table(view: ResultsView, words: Words) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Head and rows; `view` was made for leaving the course (`fewest`), and names of students are not in the table."""
    _ = words.gettext
    header = (_("Part"), _("What"), _("Number"), _("Value"), _("From"), _("To"), _("In words"))
    return header, _rows(view, words)


def _rows(view: ResultsView, words: Words) -> Iterator[Row]:
    _ = words.gettext
    hidden = _("not told: fewer than %(number)s students") % {"number": FEWEST_STUDENTS}
    yield from _expected(view, hidden, words)
    yield from _steps(view, hidden, words)
    yield from _groups(_("Steps by week"), view.weeks, view.stage_labels, hidden)
    yield from _groups(_("Steps by kind"), view.kinds, view.stage_labels, hidden)
    for effect in view.effects:
        count: Cell = effect.learners if effect.learners >= FEWEST_STUDENTS else ""
        numbers: tuple[Cell, ...] = ("", "", "")
        if effect.difference is not None:
            numbers = (round(effect.difference, 1), round(effect.lower, 1), round(effect.upper, 1))
        yield _("Activities"), effect.title, count, *numbers, effect.words
    part = _("Weeks by followed steps")
    for row in view.following_rows:
        told = row.learners >= FEWEST_STUDENTS
        numbers = (row.weeks, round(row.progress, 1)) if told else ("", "")
        yield part, row.label, *numbers, "", "", "" if told else hidden
    yield _said(part, view.following)
    yield _said(_("Chance"), view.exploration)


def _expected(view: ResultsView, hidden: str, words: Words) -> Iterator[Row]:
    part = words.gettext("Expected and observed")
    for sentence in view.calibration.sentences:
        yield _said(part, sentence)
    for band in view.calibration.bands:
        what = words.gettext("expected %(band)s of 10") % {"band": band.label}
        if not band.told:
            yield part, what, "", "", "", "", hidden
            continue
        shares = (_share(band.observed), _share(band.lower), _share(band.upper))
        yield part, what, band.scores, *shares, band.words


def _steps(view: ResultsView, hidden: str, words: Words) -> Iterator[Row]:
    part = words.gettext("Steps")
    for stage in (*view.funnel.stages, *view.funnel.apart):
        if not stage.told:
            yield part, stage.label, "", "", "", "", hidden
        elif stage.share is None:
            yield part, stage.label, stage.steps, "", "", "", ""
        else:
            shares = (_share(stage.share), _share(stage.lower), _share(stage.upper))
            of = words.gettext("of: %(stage)s") % {"stage": stage.of}
            yield part, stage.label, stage.steps, *shares, of


def _said(part: str, sentence: str) -> Row:
    return part, "", "", "", "", "", sentence


def _groups(part: str, rows: tuple[FunnelRow, ...], labels: tuple[str, ...], hidden: str) -> Iterator[Row]:
    for row in rows:
        for label, cell in zip(labels, row.cells, strict=True):
            what = f"{row.label}: {label}"
            yield (part, what, "", "", "", "", hidden) if cell is None else (part, what, cell, "", "", "", "")


def _share(value: float) -> float:
    return round(value, 3)
