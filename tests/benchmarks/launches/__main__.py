"""Print the tables; see the package."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.launches.servers import Server, documented, nothing, running_keys, waymark
from tests.benchmarks.launches.visitors import Visit, Visitors

KINDS = ("SQLite", "PostgreSQL")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--launches", type=int, default=300, help="of each contender in each round")
    parser.add_argument(
        "--rounds", type=int, default=3, help="in turn, so that a busy machine hits all alike"
    )
    parser.add_argument("--together", type=int, default=4, help="launches under way at a time")
    parser.add_argument("--only-side-by-side", action="store_true")
    chosen = parser.parse_args()
    with running_keys() as (issuer, log):
        _side_by_side(issuer, chosen.launches, chosen.rounds, chosen.together)
        if not chosen.only_side_by_side:
            for kind in KINDS:
                _lesson_begins(issuer, log, kind)


def _side_by_side(issuer: str, launches: int, rounds: int, together: int) -> None:
    """All contenders in one run: launches per second and CPU per launch, as ratios to the first."""
    with ExitStack() as stack:
        servers: list[Server] = [
            stack.enter_context(documented(issuer)),
            stack.enter_context(documented(issuer, redirects=False)),
            stack.enter_context(documented(issuer, caches_keys=True)),
            stack.enter_context(nothing(issuer)),
            *(stack.enter_context(waymark(issuer, kind)) for kind in KINDS),
        ]
        measured: dict[str, list[tuple[float, float, float]]] = {server.name: [] for server in servers}
        for server in servers:
            Visitors(server.school).at_once(40, together=together)  # warm
        for _ in range(rounds):
            for server in servers:
                web, store = server.cpu_seconds()
                seconds = Visitors(server.school).at_once(launches, together=together)
                web_after, store_after = server.cpu_seconds()
                measured[server.name].append(
                    (launches / seconds, (web_after - web) / launches, (store_after - store) / launches)
                )
    print(f"\n{rounds} rounds in turn of {launches} launches each, {together} at a time; medians")
    print(f"{'':42} launches/s    ratio   CPU ms/launch  ratio   + store ms")
    first: tuple[float, float] | None = None
    for name, rows in measured.items():
        rate, web, store = (statistics.median(column) for column in zip(*rows, strict=True))
        first = first or (rate, web)
        print(
            f"{name:42} {rate:10.1f} {rate / first[0]:8.2f} {web * 1000:15.2f} {web / first[1]:6.2f} {store * 1000:12.2f}"
        )


def _lesson_begins(issuer: str, log: Path, kind: str) -> None:
    """30 launches in 5 s on a cold server, then 300 in a minute, a third of them in its first 10 s."""
    with waymark(issuer, kind) as server:
        visitors = Visitors(server.school)
        asked = log.stat().st_size
        cold = visitors.arriving([number / 6 for number in range(30)])
        fetched = log.stat().st_size - asked
        moments = [number / 10 for number in range(100)] + [10 + number / 4 for number in range(200)]
        visits = visitors.arriving(moments)
    print(f"\nWaymark, {kind}")
    print(
        f"cold, 30 launches in 5 s         {_spread([visit.total for visit in cold])}  key sets fetched {fetched}"
    )
    print(f"300 launches in 60 s, launch     {_spread([visit.total for visit in visits])}")
    print(f"                      request    {_spread(_requests(visits))}")


def _requests(visits: Sequence[Visit]) -> list[float]:
    return [seconds for visit in visits for seconds in visit.seconds]


def _spread(seconds: Sequence[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:6.1f} ms  p95 {cuts[94] * 1000:6.1f} ms  p99 {cuts[98] * 1000:6.1f} ms"


if __name__ == "__main__":
    main()
