"""Run it: a flood of logins first, then mutated requests until the time is over; 1 when something gave way.

python -m tests.fuzz --minutes 30 [--seed N]
python -m tests.fuzz --replay FILE     what a finding printed: its line of "endpoint number base64"
"""

from __future__ import annotations

import argparse
import base64
import http.client
import itertools
import random
import re
import secrets
import socketserver
import statistics
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lti_tool.app import create_app
from lti_tool.settings import load_settings
from lti_tool.web.lti import LOGINS_PER_MINUTE
from tests.fuzz.mutations import encoded, wire
from tests.fuzz.shapes import Scene, Shape, shapes
from tests.fuzz.tool import LONGEST_SECONDS, ROOT, Answer, Tool, running
from tests.web.school import SECRET

FLOOD, FROM_ONE_SCHOOL, THREADS = 10_000, 2_000, 3
_WARM_SECONDS = 120.0
_MOST_GROWTH = 0.10
Addresses = dict[str, tuple[float, str, Shape]]
_CLASSES = ("none", "2xx", "3xx", "4xx", "429", "500", "5xx")
# Lines of the log that nobody may cause from outside: our own faults, and gunicorn's.
_FAULT = re.compile(
    r'"code": ?"internal\.error"|^Traceback|\[(ERROR|CRITICAL)\]|"level": ?"critical"', re.MULTILINE
)


@dataclass
class Results:
    """What was seen so far, by all threads."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    findings: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    known_faults: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, endpoint: str, answer: Answer) -> None:
        kind = f"{answer.status}" if answer.status in {429, 500} else f"{answer.status // 100}xx"
        kind = kind if answer.status else "none"
        with self.lock:
            self.counts[endpoint, kind] += 1
            self.slowest[endpoint] = max(self.slowest.get(endpoint, 0.0), answer.seconds)

    def find(self, endpoint: str, what: str, *details: str) -> None:
        """Count a finding; the first of its kind is printed."""
        with self.lock:
            self.findings[what][endpoint] += 1
            if self.findings[what].total() == 1:
                print(f"\nFOUND at {endpoint}: {what}", *details, sep="\n  ")


def main() -> int:
    """Run everything that was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--processes", type=int, default=2, help="of the server")
    parser.add_argument("--replay", type=Path)
    chosen = parser.parse_args()
    results = Results()
    # Our platform need not say that the tool hung up on one of its odd answers.
    socketserver.BaseServer.handle_error = lambda *_: None  # type: ignore[method-assign]
    with running(chosen.processes) as tool:
        addresses = _shapes(tool)
        if chosen.replay:
            _replay(tool, addresses, results, chosen.replay.read_text().split())
        else:
            print(f"seed {chosen.seed}, {chosen.minutes:g} minutes, {len(addresses)} addresses")
            _flood(tool, results)
            memory = _fuzz(tool, addresses, results, minutes=chosen.minutes, seed=chosen.seed)
            _print(results, addresses, memory)
        _read_log(tool, results)
    for what, places in results.findings.items():
        print(f"FOUND {places.total():5} times at {', '.join(sorted(places))}: {what}")
    print("nothing gave way" if not results.findings else f"{len(results.findings)} findings")
    return 1 if results.findings else 0


def _shapes(tool: Tool) -> Addresses:
    """How requests are made for each address of the application; see `shapes`."""
    environment = {
        "LTI_TOOL_ADDRESS": tool.address,
        "LTI_TOOL_DATABASE_URL": f"sqlite:///{tool.folder / 'waymark.sqlite'}",
        "LTI_TOOL_SECRET_KEY": SECRET,
    }
    app = create_app(load_settings(environment))
    app.extensions["waymark"].database.close()
    return shapes((rule.endpoint, rule.rule, rule.methods or ()) for rule in app.url_map.iter_rules())


def _flood(tool: Tool, results: Results) -> None:
    """A lesson that begins everywhere in one school, then a stranger's flood; nothing of it may be stored."""
    body = encoded(Scene(tool, 0).login_fields(random.Random(1)))
    _logins(tool, body, "127.0.1.1", 10)  # the first of each process may read what it keeps
    before = tool.stored()
    if time.time() % 60 > 20:  # the limit counts by the minute of the clock
        time.sleep(60 - time.time() % 60)
    started = time.time()
    school, _ = _logins(tool, body, "127.0.1.2", FROM_ONE_SCHOOL)
    flood, without = _logins(tool, body, "127.0.1.3", FLOOD)
    other, _ = _logins(tool, body, "127.0.1.4", 50)
    minutes = int(time.time() // 60) - int(started // 60) + 1
    after = tool.stored()
    print(f"logins in {time.time() - started:.0f} s: {FROM_ONE_SCHOOL} from one school {dict(school)},")
    print(f"  {FLOOD} from one stranger {dict(flood)}, then 50 from another address {dict(other)}")
    print(f"  stored before and after: {sum(before.values())}, {sum(after.values())} (rows and bytes)")
    most = LOGINS_PER_MINUTE * tool.processes * minutes
    for what, holds in {
        f"not all of {FROM_ONE_SCHOOL} logins from one school were let in": school == {302: FROM_ONE_SCHOOL},
        f"more than {most} of the flood were let in": flood[302] <= most,
        "the flood was answered with something else": set(flood) == {302, 429},
        "429 without Retry-After": without == 0,
        "the flood shut others out": other == {302: 50},
        f"logins left something behind: {before} became {after}": before == after,
    }.items():
        if not holds:
            results.find("lti.login, flood", what)


def _logins(tool: Tool, body: bytes, source: str, count: int) -> tuple[Counter[int], int]:
    """Login initiations from one address, on kept connections: statuses, and 429s without Retry-After.

    Each claims to be forwarded for somebody else, which must not help.
    """

    def some(number: int) -> list[tuple[int, str | None]]:
        seen = []
        connection = http.client.HTTPConnection("127.0.0.1", tool.port, source_address=(source, 0))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Connection": "keep-alive"}
        for turn in range(number):
            headers["X-Forwarded-For"] = f"10.1.{turn // 200}.{turn % 200}"
            try:
                connection.request("POST", "/lti/login", body, headers)
                response = connection.getresponse()
            except (ConnectionError, http.client.HTTPException):  # closed between two requests
                connection.close()
                connection.request("POST", "/lti/login", body, headers)
                response = connection.getresponse()
            response.read()
            seen.append((response.status, response.getheader("Retry-After")))
        connection.close()
        return seen

    threads = min(4, count)
    with ThreadPoolExecutor(threads) as pool:
        answers = list(itertools.chain.from_iterable(pool.map(some, [count // threads] * threads)))
    if rest := count % threads:
        answers += some(rest)
    return Counter(status for status, _ in answers), sum(s == 429 and not again for s, again in answers)


def _fuzz(
    tool: Tool, addresses: Addresses, results: Results, *, minutes: float, seed: int
) -> Sequence[tuple[float, int]]:
    """Mutated requests from several threads; gives the curve of the memory."""
    started, workers = time.monotonic(), tool.workers()
    over = started + minutes * 60

    def worker(number: int) -> None:
        scene, turn = Scene(tool, number), 0
        while time.monotonic() < over:
            turn += 1
            _one(scene, addresses, results, case=f"{seed}-{number}-{turn}")

    memory: list[tuple[float, int]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        at_work = [pool.submit(worker, number) for number in range(THREADS)]
        while time.monotonic() < over:
            memory.append((time.monotonic() - started, tool.resident()))
            if len(memory) % 12 == 1:
                requests = sum(results.counts.values())
                moment, size = memory[-1]
                print(f"minute {moment / 60:4.1f} {size / 2**20:7.1f} MiB {requests:7} requests")
            time.sleep(5)
            if tool.workers() != workers:
                results.find("the server", "a process died", f"{workers} became {tool.workers()}")
                workers = tool.workers()
        for thread in at_work:
            thread.result()  # raises what the thread raised
    return memory


def _one(
    scene: Scene, addresses: Addresses, results: Results, *, case: str, endpoint: str = ""
) -> Answer | None:
    """One case. Its name decides the address and everything that chance decides, so it can be made again."""
    chance = random.Random(case)
    drawn = chance.choices(list(addresses), [weight for weight, _, _ in addresses.values()])[0]
    endpoint = endpoint or drawn
    try:
        _, rule, shape = addresses[endpoint]
        sent = wire(shape(scene, rule, chance), chance)
    except Exception as error:  # what is valid was refused: nothing behind it could be tried
        results.find(endpoint, f"no valid request: {type(error).__name__}", f"{error}"[:2000], case)
        return None
    answer = scene.tool.send(sent, scene.source(chance))
    results.note(endpoint, answer)
    what = details = ""
    if answer.status == 500:
        what, details = _fault(scene.tool, results, answer)
    elif answer.seconds > LONGEST_SECONDS:
        what, details = "slower than 5 s", f"{answer.seconds:.1f} s"
    if what:
        results.find(
            endpoint,
            what,
            details,
            f"answer: {answer.raw[:300]!r}",
            f"request: {sent[:300]!r}",
            f"replay: {endpoint} {case} {base64.b64encode(sent).decode()}",
        )
    return answer


def _fault(tool: Tool, results: Results, answer: Answer) -> tuple[str, str]:
    """Where in our code an answer 500 comes from, as the log says, and the whole line."""
    shown = re.search(r"<code>([0-9a-f]{8})</code>|\"error_id\": ?\"([0-9a-f]{8})\"", answer.text)
    if shown is None:
        return "status 500 without an id, such as to HEAD; see the log", ""
    error_id = shown[1] or shown[2]
    results.known_faults.add(error_id)
    line = tool.log_line(error_id)
    return _place(line), f"log: {line}"


def _place(line: dict[str, Any]) -> str:
    where = [frame.removeprefix(f"{ROOT}/") for frame in line.get("where", [])]
    ours = [frame for frame in where if frame.startswith("lti_tool/")]
    kind = line.get("kind") or line.get("code")
    return " ".join(("status 500,", str(kind), *dict.fromkeys((*ours[-1:], *where[-1:]))))


def _read_log(tool: Tool, results: Results) -> None:
    """Find the faults in the log that no answer has shown."""
    for entry in tool.log():
        shown = re.search(r'"error_id": ?"(\w+)"', entry)
        if not _FAULT.search(entry) or (shown and shown[1] in results.known_faults):
            continue
        last = entry.rstrip().splitlines()[-1][:200]
        results.find("the log", _place(tool.log_line(shown[1])) if shown else last, entry[-2500:])


def _replay(tool: Tool, addresses: Addresses, results: Results, finding: list[str]) -> None:
    """Make the case of a finding again, with fresh logins, and send its very bytes, too."""
    endpoint, case, *sent = finding[-3:] if len(finding) > 2 else finding
    scene = Scene(tool, int(case.split("-")[1]))
    again = _one(scene, addresses, results, case=case, endpoint=endpoint)
    print(f"made again: {again.raw[:2000] if again else b''!r}")
    for text in sent:
        answer = tool.send(base64.b64decode(text))
        print(f"the same bytes: {answer.raw[:2000]!r}")


def _print(results: Results, addresses: Addresses, memory: Sequence[tuple[float, int]]) -> None:
    """The tables; and the growth of the memory, from the first two minutes to the end."""
    print(f"\n{'':34}" + "".join(f"{kind:>8}" for kind in _CLASSES) + "   slowest")
    for endpoint in sorted(addresses):
        row = "".join(f"{results.counts[endpoint, kind] or '':>8}" for kind in _CLASSES)
        print(f"{endpoint:34}{row}{results.slowest.get(endpoint, 0.0):8.2f} s")
    sums = "".join(
        f"{sum(results.counts[endpoint, kind] for endpoint in sorted(addresses)):>8}" for kind in _CLASSES
    )
    print(f"{'all':34}{sums}{max(results.slowest.values(), default=0.0):8.2f} s")
    end = memory[-1][0]
    warm, span = min(_WARM_SECONDS, end / 2), min(60.0, end / 4)
    first = statistics.median(size for moment, size in memory if moment >= warm and moment <= warm + span + 5)
    last = statistics.median(size for moment, size in memory if moment >= end - span)
    growth = last / first - 1
    print(
        f"memory {first / 2**20:.1f} MiB after {warm:.0f} s, {last / 2**20:.1f} MiB at the end: {growth:+.1%}"
    )
    if growth > _MOST_GROWTH and end > 2 * _WARM_SECONDS:  # shorter runs have not warmed up
        results.find("memory", f"grew by {growth:.1%}")


if __name__ == "__main__":
    sys.exit(main())
