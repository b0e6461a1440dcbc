"""`python -m tests.mutation`: switch every check off once and say which of them no test misses.

What was found is kept in var/mutation, so an interrupted run goes on where it was; `--fresh` forgets it.
Ends with 1 when a check can be switched off unnoticed, with 2 when the time was over before the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.baseline import digest, read_baseline
from tests.mutation.choice import Chooser, chooser
from tests.mutation.guards import Guard, Kind, find_guards, guarded_files
from tests.mutation.trial import Bench, Outcome, Verdict, make_copy

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "mutation"
# In which order they are tried, for runs whose time is over before the end.
_FIRST = tuple(Kind)
EQUIVALENT = Path(__file__).with_name("equivalent.toml")


def main() -> int:
    """Run and report."""
    arguments = _arguments()
    if arguments.list:
        for guard in _guards(ROOT, arguments.only):
            print(f"{guard.file}:{guard.line}  {guard.kind:11}  {guard.text}")
        return 0
    KEPT.mkdir(parents=True, exist_ok=True)
    copies = [make_copy(ROOT, KEPT / f"copy-{number}") for number in range(arguments.processes)]
    excused = equivalent()
    guards = _guards(copies[0], arguments.only)
    stale = [] if arguments.only else sorted(set(excused) - {guard.name for guard in guards})
    guards = [guard for guard in guards if guard.name not in excused]
    print(
        f"{len(guards)} checks, and {len(excused)} that no test can see. First, the tests as they are …",
        flush=True,
    )
    baseline = read_baseline(copies, KEPT / "baseline")
    for test in baseline.failed:
        print(f"  red without any change, so not used: {test}")
    run = _Run(copies, chooser(copies[0], baseline), _Memory(KEPT / "results.json", fresh=arguments.fresh))
    run.over_at = time.monotonic() + 60 * arguments.minutes
    verdicts = run.all_verdicts(guards)
    return _report(guards, verdicts, stale)


def equivalent() -> dict[str, str]:
    """Names of checks that no test can see, each with the reason."""
    found = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return {check: entry["reason"] for entry in found.get("equivalent", []) for check in entry["checks"]}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--list", action="store_true", help="only list the checks")
    parser.add_argument("--only", default="", help="only checks whose file or text contains this")
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--minutes", type=float, default=120, help="stop after so long (default: 120)")
    parser.add_argument("--processes", type=int, default=2, help="how many at a time (default: 2)")
    return parser.parse_args()


def _guards(root: Path, only: str) -> list[Guard]:
    return [
        guard
        for path in guarded_files(root)
        for guard in find_guards(str(path.relative_to(root)), path.read_bytes())
        if only in f"{guard.file}:{guard.line} {guard.name}"
    ]


class _Memory:
    """Verdicts of earlier runs. One counts as long as the module and the test that turned red are the same."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, list[str]] = (
            {} if fresh or not path.exists() else json.loads(path.read_text(encoding="utf-8"))
        )

    def recall(self, guard: Guard, root: Path) -> Verdict | None:
        known = self._known.get(self._key(guard, root))
        if known is None or known[1] != self._seal(known[0], root):
            return None
        return Verdict(Outcome.KILLED, known[0])

    def keep(self, guard: Guard, verdict: Verdict, root: Path) -> None:
        if verdict.outcome is Outcome.KILLED:
            with self._lock:
                self._known[self._key(guard, root)] = [verdict.by, self._seal(verdict.by, root)]
                self._path.write_text(json.dumps(self._known), encoding="utf-8")

    @staticmethod
    def _key(guard: Guard, root: Path) -> str:
        edit = f"{guard.name} {guard.start} {guard.end} {guard.replacement}"
        return hashlib.sha256(edit.encode() + (root / guard.file).read_bytes()).hexdigest()

    @staticmethod
    def _seal(test: str, root: Path) -> str:
        file = root / test.split("::", 1)[0]
        return digest([file]) if file.is_file() else ""


@dataclass(slots=True)
class _Run:
    copies: list[Path]
    chooser: Chooser
    memory: _Memory
    over_at: float = 0.0
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def all_verdicts(self, guards: list[Guard]) -> list[Verdict | None]:
        """One for each check, None where the time was over before."""
        # Only the first copy is read while another is being edited.
        verdicts = [self.memory.recall(guard, self.copies[0]) for guard in guards]
        waiting = [number for number, verdict in enumerate(verdicts) if verdict is None]
        waiting.sort(key=lambda number: _FIRST.index(guards[number].kind))
        print(
            f"{len(guards) - len(waiting)} are known from an earlier run; {len(waiting)} to try …", flush=True
        )
        queue = iter(waiting)

        def work(copy: Path) -> None:
            with Bench(copy) as bench:
                while time.monotonic() < self.over_at:
                    with self.lock:
                        number = next(queue, None)
                    if number is None:
                        return
                    verdicts[number] = self._try(bench, guards[number], len(waiting))

        with ThreadPoolExecutor(len(self.copies)) as pool:
            list(pool.map(work, self.copies))
        return verdicts

    def _try(self, bench: Bench, guard: Guard, total: int) -> Verdict:
        tests, seconds = self.chooser.tests_for(guard)
        verdict = bench.tried(guard, tests, seconds=seconds)
        self.memory.keep(guard, verdict, bench.copy)
        with self.lock:
            self.done += 1
            print(f"{self.done:4}/{total} {_line(guard, verdict)}", flush=True)
        return verdict


def _line(guard: Guard, verdict: Verdict) -> str:
    by = f"  ← {verdict.by}" if verdict.by else ""
    return f"{verdict.outcome:9} {guard.file}:{guard.line}  {guard.kind:11} {guard.text}{by}"


def _report(guards: list[Guard], verdicts: list[Verdict | None], stale: list[str]) -> int:
    tried = [(guard, verdict) for guard, verdict in zip(guards, verdicts, strict=True) if verdict is not None]
    lines = [_line(guard, verdict) for guard, verdict in tried]
    (KEPT / "report.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    unnoticed = [(guard, verdict) for guard, verdict in tried if verdict.outcome is not Outcome.KILLED]
    counts = Counter(verdict.outcome.value for _, verdict in tried)
    print(
        f"\n{len(tried)} of {len(guards)} tried: "
        + ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
    )
    print(f"The whole table: {(KEPT / 'report.txt').relative_to(ROOT)}")
    for guard, verdict in unnoticed:
        print(_line(guard, verdict))
    for name in stale:
        print(f"no such check any more, see {EQUIVALENT.name}: {name}")
    if unnoticed or stale:
        return 1
    return 0 if len(tried) == len(guards) else 2


if __name__ == "__main__":
    sys.exit(main())
