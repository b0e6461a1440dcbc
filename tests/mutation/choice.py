"""Which tests could notice that a check is switched off, and in which order to run them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.baseline import Baseline, Executed
from tests.mutation.guards import Guard, Kind

# A check that so many seconds of tests do not notice is not going to be noticed.
MOST_SECONDS = 45.0
FEWEST_TESTS = 15

Lines = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Chooser:
    """Knows the tests' lines and where the tool says what."""

    baseline: Baseline
    mentions: dict[str, Lines]
    functions: dict[str, Lines]
    refusals: dict[str, Lines]

    def tests_for(self, guard: Guard) -> tuple[list[str], float]:
        """The tests to run, likeliest first, those of a file together; and how long they take as a rule."""
        touched: set[tuple[str, int]] = {(guard.file, line) for line in guard.lines}
        likely: set[tuple[str, int]] = set()
        for name in guard.names:
            (likely if guard.kind is Kind.DECORATOR else touched).update(self.mentions.get(name, ()))
        if guard.kind is Kind.DECORATOR:
            likely = set(self.refusals.get("allow", ()))
            touched |= likely
        elif guard.kind is Kind.CALL:
            likely = {line for name in re.findall(r"\w+", guard.text) for line in self.refusals.get(name, ())}
            if not any(test.lines & touched for test in self.baseline.tests):
                # Called while the application is made: what it hands over is executed in tests.
                touched = {
                    line for name in re.findall(r"\w+", guard.text) for line in self.functions.get(name, ())
                }
        own = re.compile(rf"test_(guards_)?{Path(guard.file).stem}")

        def rank(test: Executed) -> tuple[bool, bool, float]:
            return (not test.lines & likely, own.search(test.test) is None, test.seconds)

        noticing = sorted((test for test in self.baseline.tests if test.lines & touched), key=rank)
        chosen: list[str] = []
        seconds = 0.0
        for test in noticing:
            if seconds + test.seconds > MOST_SECONDS and len(chosen) >= FEWEST_TESTS:
                break
            chosen.append(test.test)
            seconds += test.seconds
        return _together(chosen), seconds


def chooser(root: Path, baseline: Baseline) -> Chooser:
    """Look the tool's modules through once."""
    mentions: dict[str, set[tuple[str, int]]] = defaultdict(set)
    functions: dict[str, set[tuple[str, int]]] = defaultdict(set)
    refusals: dict[str, set[tuple[str, int]]] = defaultdict(set)
    made_of: list[tuple[str, str]] = []
    for path in sorted((root / "lti_tool").rglob("*.py")):
        file = str(path.relative_to(root))
        tree = ast.parse(path.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute):
                mentions[_name(node)].add((file, node.lineno))
            elif isinstance(node, ast.FunctionDef):
                raised = [item for item in ast.walk(node) if isinstance(item, ast.Raise)]
                refusals[node.name] |= {(file, item.lineno) for item in raised}
                first, last = node.body[0].lineno, node.end_lineno or node.lineno
                body = {(file, line) for line in range(first, last + 1)}
                functions[node.name] |= body
                for name in _names(*node.args.defaults, *filter(None, node.args.kw_defaults)):
                    mentions[name] |= body  # a default is in use where its function runs
        constants = [node for node in tree.body if isinstance(node, ast.Assign)]
        made_of += [
            (name, made)
            for node in constants
            for made in _names(*node.targets)
            for name in _names(node.value)
        ]
    for name, made in reversed(made_of):
        mentions[name] |= mentions[made]  # a constant is in use where another one is that was made of it
    return Chooser(baseline, _frozen(mentions), _frozen(functions), _frozen(refusals))


def _names(*nodes: ast.expr) -> set[str]:
    found = (item for node in nodes for item in ast.walk(node))
    return {_name(item) for item in found if isinstance(item, ast.Name | ast.Attribute)}


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _frozen(found: dict[str, set[tuple[str, int]]]) -> dict[str, Lines]:
    return {name: frozenset(lines) for name, lines in found.items()}


def _together(tests: Iterable[str]) -> list[str]:
    by_file: dict[str, list[str]] = defaultdict(list)
    for test in tests:
        by_file[test.split("::", 1)[0]].append(test)
    return [test for group in by_file.values() for test in group]
