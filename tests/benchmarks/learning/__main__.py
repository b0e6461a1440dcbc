"""The learner model beside the benchmark's baselines, and the recommender in simulated classes.

Run by `make bench-learning DATA=<folder of the benchmarks>`. One configuration for all five sets: fitted on the train
students of each, on 30 of them only, and not at all ("day zero": the shipped weights); words are judged beside simple
rules. `SETS="statics ednet"` runs some sets only; `CLASSES=4` also lets the recommender guide so many simulated classes,
and compares forecasts of pace with what happened in them. Nothing here is used for tuning.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.benchmarks.learning import decisions
from tests.benchmarks.learning.adapter import LearnerModel
from tests.benchmarks.learning.decaying import DecayingAverage
from tests.benchmarks.learning.decisions import decided, rules
from tests.benchmarks.learning.pacing import judge_forecasts

SINGLE_CLASS = 30
FIGURES = {"auc": "AUC", "auc_first10": "AUC, first ten", "logloss": "log loss", "ece": "ECE"}
BASELINES: Mapping[str, Mapping[str, Mapping[str, list[float]]]] = tomllib.loads(
    Path(__file__).with_name("baselines.toml").read_text("utf-8")
)
Rows = dict[str, Mapping[str, float]]


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    harness = _harness(asked.data)
    sets = asked.sets or list(harness.DATASETS)
    tables: dict[str, Rows] = {"all": {}, "thirty": {}, "day zero": {}, "decaying average": {}}
    words: dict[str, Rows] = {}
    for name in sets:
        train, test = harness.load(name, "train"), harness.load(name, "public_test")
        few = set(sorted({event.student for event in train})[:SINGLE_CLASS])
        model = LearnerModel()
        tables["all"][name] = _judged(harness, model, train, test)
        words[name] = {title: decided(rule, test) for title, rule in rules(train, model.model).items()}
        tables["thirty"][name] = _judged(
            harness, LearnerModel(), [event for event in train if event.student in few], test
        )
        tables["day zero"][name] = _judged(harness, LearnerModel(), None, test)
        tables["decaying average"][name] = _judged(harness, DecayingAverage(), None, test)
        print(f"{name} done", file=sys.stderr)
    _print_beside("Trained on all students", "all", tables["all"], list(harness.DATASETS))
    _print_beside("Trained on 30 students", "thirty", tables["thirty"], list(harness.DATASETS))
    _print_day_zero(tables["day zero"], tables["decaying average"])
    _print_decisions(words)
    _print_speed(tables["all"])
    if asked.classes:
        _simulate(asked.data, asked.classes)
        judge_forecasts(asked.data, asked.classes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument(
        "data", nargs="?", type=Path, help="folder of the benchmarks, with kt/ and simstudents/"
    )
    parser.add_argument("--sets", nargs="*", help="only these data sets")
    parser.add_argument("--classes", type=int, default=0, help="simulated classes for the recommender")
    asked = parser.parse_args()
    if asked.data is None or not (asked.data / "kt" / "kteval.py").is_file():
        parser.exit(
            2,
            "The benchmarks are not there. Say where they are: make bench-learning DATA=<folder with kt/kteval.py>\n",
        )
    return asked


def _harness(folder: Path) -> ModuleType:
    """The benchmark's own scoring, loaded from beside its data."""
    spec = importlib.util.spec_from_file_location("kteval", folder / "kt" / "kteval.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "kt" / "kteval.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _judged(
    harness: ModuleType, model: Any, train: Sequence[Any] | None, test: Sequence[Any]
) -> Mapping[str, float]:
    """Figures of one model on the public test; with no train responses it is judged as shipped."""
    started = time.process_time()
    if train is not None:
        model.fit(train)
    seconds = time.process_time() - started
    if train is not None:
        harness.check_isolated(model, test)
    figures: dict[str, float] = harness.evaluate_online(model, test)[0]
    return {**figures, "fit_s": seconds, "train": float(len(train or ()))}


def _print_beside(title: str, part: str, rows: Rows, columns: Sequence[str]) -> None:
    """One table a figure, the model first, then every baseline that the benchmark's README names."""
    for figure, words in FIGURES.items():
        print(f"\n### {title}: {words}\n")
        _print_header(rows)
        _print_row("**this model**", [rows[name][figure] for name in rows])
        for baseline, values in BASELINES[part][figure].items():
            _print_row(baseline, [values[columns.index(name)] for name in rows])


def _print_day_zero(shipped: Rows, decaying: Rows) -> None:
    for figure, words in FIGURES.items():
        print(f"\n### Day zero, nothing fitted: {words}\n")
        _print_header(shipped)
        _print_row("**as shipped**", [each[figure] for each in shipped.values()])
        _print_row("decaying average", [each[figure] for each in decaying.values()])


def _print_decisions(words: Mapping[str, Rows]) -> None:
    for figure, title in decisions.FIGURES.items():
        print(f"\n### Mastery decisions: {title}\n")
        _print_header(words)
        for rule in next(iter(words.values())):
            _print_row(rule, [words[name][rule][figure] for name in words], digits=3)


def _print_speed(rows: Rows) -> None:
    print("\n### Speed, one core\n")
    _print_header(rows)
    per_response = [each["fit_s"] / each["train"] for each in rows.values()]
    _print_row("fit, s for 100,000 responses", [100_000 * seconds for seconds in per_response], digits=1)
    _print_row("µs an event", [each["us_per_event"] for each in rows.values()], digits=1)


def _print_header(rows: Mapping[str, Any]) -> None:
    print("| model | " + " | ".join(rows) + " |")
    print("|---|" + "---:|" * len(rows))


def _print_row(name: str, values: Sequence[float], *, digits: int = 4) -> None:
    print(f"| {name} | " + " | ".join(f"{value:.{digits}f}" for value in values) + " |")


def _simulate(folder: Path, classes: int) -> None:
    """The simulator's own tables for the shipped recommender."""
    for budget in (160, 100):
        print(f"\n### Simulated classes, budget {budget}\n", flush=True)
        subprocess.run(
            [
                sys.executable,
                str(folder / "simstudents" / "simstudents.py"),
                "--classes",
                str(classes),
                "--students",
                "30",
                "--budget",
                str(budget),
                "--command",
                f"{sys.executable} -m tests.benchmarks.learning.policy",
                "--against",
                "frontier",
            ],
            check=True,
        )


if __name__ == "__main__":
    main()
