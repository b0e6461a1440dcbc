"""What forecasts of pace are worth: said after four weeks of simulated classes, compared with what happened then.

Run by `make bench-learning DATA=… CLASSES=4`, or alone: `python -m tests.benchmarks.learning.pacing <DATA> --classes 4`.
The students are those of the benchmark's simulator, whose dynamics the forecast does not know; the shipped recommender
guides them, each at an own pace that also varies from week to week. Reached means by the tool's estimate, as forecast.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np

from lti_tool.pathways.mastery import MasteryEstimate, estimate_mastery
from lti_tool.pathways.pace import pace_by_learner
from lti_tool.pathways.pacing import Learner, Outlook, class_outlook, is_reached
from tests.benchmarks.learning.policy import FIRST_DAY, POLICY, SimulatedCourse

STUDENTS = 30
SAID_ON = 28
HORIZONS = (14, 28, 42)
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
USUAL_PACE = 5.0


@dataclass(frozen=True)
class Said:
    """One forecast of one student, goal not yet reached, and what became of it."""

    chance: float
    happened: bool
    quantiles: tuple[float | None, ...]
    day: float | None
    """Days until the goal was reached, None when it was not in the time looked at."""


@dataclass(frozen=True)
class SaidOfClass:
    """One forecast of a class for one goal and date, and the share that was there."""

    low: float
    expected: float
    high: float
    happened: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path, help="folder of the benchmarks, with simstudents/")
    parser.add_argument("--classes", type=int, default=4)
    asked = parser.parse_args()
    judge_forecasts(asked.data, asked.classes)


def judge_forecasts(folder: Path, classes: int) -> None:
    """Print how often what was said came true."""
    simulator = _simulator(folder)
    of_students: list[Said] = []
    of_classes: list[SaidOfClass] = []
    for seed in range(classes):
        students, class_ = _one_class(simulator, seed)
        of_students += students
        of_classes += class_
    print(f"\n### Forecasts after four weeks, {classes} simulated classes, goals not yet reached\n")
    print("| chance said | forecasts | said on average | happened |\n|---|---:|---:|---:|")
    for low, high in pairwise(BINS):
        inside = [s for s in of_students if low <= s.chance < high or s.chance == high == 1.0]
        if inside:
            said = np.mean([s.chance for s in inside])
            print(f"| {low:.1f}–{high:.1f} | {len(inside)} | {said:.2f} | {_share(inside):.2f} |")
    base = _share(of_students)
    brier = np.mean([(s.chance - s.happened) ** 2 for s in of_students])
    print(f"\nBrier score {brier:.3f}; saying the mean to everybody {base * (1 - base):.3f}.")
    _print_days(of_students)
    within = np.mean([c.low <= c.happened <= c.high for c in of_classes])
    off = np.mean([c.expected - c.happened for c in of_classes])
    wide = np.mean([c.high - c.low for c in of_classes])
    print(
        f"Class shares: {within:.2f} within their 80 % interval (mean width {wide:.2f}); said minus happened {off:+.2f}."
    )


def _print_days(said: Sequence[Said]) -> None:
    """Of days that lie inside the time looked at, the share that was kept; each goal counts once."""
    once = said[:: len(HORIZONS)]
    for number, name in enumerate(("one in ten", "five in ten", "nine in ten")):
        due = [(s.quantiles[number], s.day) for s in once]
        told = [(q, day) for q, day in due if q is not None and q <= max(HORIZONS)]
        if told:
            kept = np.mean([day is not None and day <= q for q, day in told])
            print(f"Days said for {name}: {kept:.2f} there by then ({len(told)} forecasts).")


def _one_class(simulator: ModuleType, seed: int) -> tuple[list[Said], list[SaidOfClass]]:
    course = simulator.make_course(seed)
    students = simulator.make_class(seed, STUDENTS, course)
    known = SimulatedCourse.described(asdict(course.public))
    chance = np.random.default_rng([seed, 28])
    pace = USUAL_PACE * np.exp(chance.normal(0.0, 0.4, STUDENTS))
    first: dict[tuple[int, str], float] = {}
    outlook: Outlook | None = None
    for day in range(SAID_ON + max(HORIZONS) + 1):
        if day == SAID_ON:
            outlook = _outlook(known, seed)
        if day % 7 == 0:
            week = pace * np.exp(chance.normal(-0.045, 0.3, STUDENTS))
        for number, student in enumerate(students):
            for _ in range(chance.poisson(week[number] / 7)):
                picked = known.choose(number, student.day)
                if picked is None:
                    continue
                known.observe(number, picked, student.attempt(course.activities[picked]), student.day)
                for goal, estimate in _estimates(known, number, day + 1).items():
                    if goal in known.skill_map.goals and is_reached(estimate, POLICY):
                        first.setdefault((number, goal), day + 1.0)
            student.pass_days(1.0)
    assert outlook is not None
    return _compared(outlook, first)


def _compared(outlook: Outlook, first: dict[tuple[int, str], float]) -> tuple[list[Said], list[SaidOfClass]]:
    of_students, of_classes = [], []
    for goal in outlook.skill_map.goals:
        open_ = [o for o in outlook.learners.values() if not is_reached(o.estimates[goal], POLICY)]
        after = {
            o.id: first[int(o.id), goal] - SAID_ON if first.get((int(o.id), goal), 0) > SAID_ON else None
            for o in open_
        }
        for one in open_:
            for days in HORIZONS:
                forecast = outlook.forecast(one.id, goal, days=days)
                day = after[one.id]
                of_students.append(
                    Said(
                        chance=forecast.chance,
                        happened=day is not None and day <= days,
                        quantiles=(forecast.soonest, forecast.likely, forecast.latest),
                        day=day,
                    )
                )
        for days in HORIZONS:
            share = outlook.share(goal, days=days)
            late = sum(1 for day in after.values() if day is None or day > days)
            of_classes.append(SaidOfClass(share.low, share.expected, share.high, 1 - late / share.learners))
    return of_students, of_classes


def _outlook(known: SimulatedCourse, seed: int) -> Outlook:
    now = FIRST_DAY + timedelta(days=SAID_ON)
    evidence = {str(number): known.evidence.get(number, []) for number in range(STUDENTS)}
    pace = pace_by_learner(evidence, now=now)
    return class_outlook(
        [Learner(key, own, _estimates(known, int(key), SAID_ON), pace[key]) for key, own in evidence.items()],
        known.skill_map,
        POLICY,
        now=now,
        chance_of=lambda key: np.random.default_rng([seed, int(key)]),
    )


def _estimates(known: SimulatedCourse, number: int, day: int) -> dict[str, MasteryEstimate]:
    now = FIRST_DAY + timedelta(days=day)
    return estimate_mastery(known.evidence.get(number, []), known.skill_map, now=now)


def _share(said: Sequence[Said]) -> float:
    return float(np.mean([s.happened for s in said]))


def _simulator(folder: Path) -> ModuleType:
    file = folder / "simstudents" / "simstudents.py"
    spec = importlib.util.spec_from_file_location("simstudents", file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["simstudents"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
