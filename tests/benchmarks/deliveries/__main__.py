"""Print the tables; see the package."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.benchmarks.deliveries.district import District, Manner, district, fill, request_readings
from tests.benchmarks.deliveries.roster import read_roster
from tests.benchmarks.launches.servers import cpu_of, running_keys
from tests.benchmarks.launches.visitors import Visitors

MEMBERS_MEANWHILE = 10_000
KINDS = ("SQLite", "PostgreSQL")
HEALTHY, SLOW, DOWN = Manner(), Manner(latency_seconds=10.0), Manner(fails=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[5000], help="scores that wait, of all platforms"
    )
    parser.add_argument("--launches", type=int, default=300, help="within a minute, beside the deliveries")
    parser.add_argument("--members", type=int, default=10_000, help="of the roster")
    parser.add_argument("--only", choices=["drain", "trouble", "readings", "roster"])
    parser.add_argument("--kind", choices=KINDS, action="append")
    chosen = parser.parse_args()
    for kind in chosen.kind or KINDS:
        if chosen.only in (None, "drain"):
            for rows in chosen.rows:
                _drain(kind, rows, chosen.launches)
        if chosen.only in (None, "trouble"):
            _trouble(kind, min(chosen.rows), chosen.launches)
        if chosen.only in (None, "readings"):
            _readings(kind, min(chosen.rows))
        if chosen.only in (None, "roster"):
            read_roster(kind, chosen.members)


def _drain(kind: str, rows: int, launches: int) -> None:
    """All rows are due at once at five healthy platforms."""

    def wait(school: District) -> str:
        seconds = school.wait_until_delivered(rows, school.platforms, patience_seconds=60 + rows / 10)
        return f"{rows / seconds * 60:8.0f} rows/min"

    print(f"\n{kind}: {rows} rows at five platforms of 50 ms")
    _measured(kind, [HEALTHY] * 5, rows, launches, wait)


def _trouble(kind: str, rows: int, launches: int) -> None:
    """Rows become due within a minute; one platform hangs, one is down."""

    def wait(school: District) -> str:
        healthy = school.platforms[2:]
        school.wait_until_delivered(rows * 3 // 5, healthy, patience_seconds=180)
        return f"queue delay of the other three {_spread(school.delays(healthy))}"

    print(f"\n{kind}: {rows} rows within a minute; one platform answers in 10 s, one with 503")
    _measured(kind, [SLOW, DOWN, *[HEALTHY] * 3], rows, launches, wait, over_seconds=60.0)


def _readings(kind: str, rows: int) -> None:
    """Rows become due within a minute at one platform, without and with three courses that are read meanwhile."""
    print(f"\n{kind}: {rows // 5} rows within a minute at one platform of 50 ms")
    for courses in (0, 3):
        with district(kind, [Manner(members=MEMBERS_MEANWHILE)]) as school:
            fill(school, rows // 5, over_seconds=60.0)
            if courses:
                request_readings(school, courses)
            with school.workers():
                school.wait_until_delivered(rows // 5, school.platforms, patience_seconds=180)
                report = school.reports()[0]
            print(
                f"  beside {courses} readings: queue delay {_spread(school.delays(school.platforms))}, "
                f"most under way {report['most_under_way']}, calls {report['calls']}"
            )


def _measured(
    kind: str,
    manners: Sequence[Manner],
    rows: int,
    launches: int,
    wait: Callable[[District], str],
    *,
    over_seconds: float = 0.0,
) -> None:
    with ExitStack() as stack:
        issuer, _ = stack.enter_context(running_keys())
        school = stack.enter_context(district(kind, manners, issuer=issuer))
        visitors = Visitors(stack.enter_context(school.web(issuer)))
        visitors.at_once(20, together=4)  # warm
        fill(school, rows // len(manners), over_seconds=over_seconds)
        with school.workers() as workers, ThreadPoolExecutor(1) as pool:
            moments = [number * 60 / max(launches, 1) for number in range(launches)]
            visits = pool.submit(visitors.arriving, moments)
            print("  " + wait(school))
            reports = school.reports()
            scores = sum(report["scores"] for report in reports)
            print(
                f"  CPU of the workers {cpu_of(workers) / scores * 1000:.1f} ms for each score, their start included"
            )
            if launches:
                print(f"  launches meanwhile {_spread([visit.total for visit in visits.result()])}")
    for name in ("most_under_way", "cells", "scores", "in_order", "columns"):
        print(f"  {name:15} {[report[name] for report in reports]}")
    print(f"  calls           {reports[-1]['calls']}")
    print(f"  tokens          {[sorted(report['tokens'].values()) for report in reports]} for each scope set")


def _spread(seconds: Sequence[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:6.0f} ms  p95 {cuts[94] * 1000:6.0f} ms  p99 {cuts[98] * 1000:6.0f} ms"


if __name__ == "__main__":
    main()
