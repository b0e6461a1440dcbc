"""What holds whatever breaks, read from what the platform heard, accepted and shows: none lost, none doubled, never backwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from tests.grades.strict_platform import Platform

# (what the column is for, who) -> the scores that were wished for, in their order; None is words without points.
Wishes = Mapping[tuple[str, str], Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an outbox row stands: its state, the code of its problem, and the sentence for people."""

    state: str
    code: str | None
    sentence: str | None


def check(
    platform: Platform,
    wishes: Wishes,
    standings: Mapping[tuple[str, str], Standing],
    *,
    entered: Sequence[tuple[str, str]] = (),
) -> None:
    """Assert the three rules; `entered` are cells into which a teacher wrote after our last delivery."""
    none_doubled(platform, wishes)
    never_backwards(platform, wishes)
    none_lost(platform, wishes, standings, entered)


def none_lost(
    platform: Platform,
    wishes: Wishes,
    standings: Mapping[tuple[str, str], Standing],
    entered: Sequence[tuple[str, str]],
) -> None:
    """The cell shows the latest wish, or the row waits for a person with a reason."""
    for cell, wanted in wishes.items():
        standing = standings[cell]
        if standing.state == "attention":
            assert standing.code, cell
            assert standing.sentence, cell
            continue
        assert standing.state == "delivered", (cell, standing)
        if cell not in entered:
            assert _shown(platform, *cell) == wanted[-1], cell


def none_doubled(platform: Platform, wishes: Wishes) -> None:
    """One wish is accepted once at most; every repeat has the same body; no wanted column is there twice."""
    said: dict[tuple[str, str, str], dict[str, object]] = {}
    for address, body in platform.heard:
        first = said.setdefault((address, body["userId"], body["timestamp"]), body)
        assert body == first, "a repeat says something else"
    accepted: dict[tuple[str, str], list[dict[str, object]]] = defaultdict(list)
    for line in platform.ledger:
        accepted[line.line_item, line.user_id].append(line.body)
    for (address, user_id), bodies in accepted.items():
        effective = [body for body, _ in groupby(bodies)]
        purpose = platform.purpose(address)
        assert len(effective) <= len(wishes[purpose, user_id]), "one wish took effect twice"
    columns = [(item.get("tag"), item.get("resourceId")) for item in platform.line_items.values()]
    assert len(columns) == len(set(columns)), "a second column was made"


def never_backwards(platform: Platform, wishes: Wishes) -> None:
    """What is accepted for a cell has later and later timestamps and follows the order of the wishes."""
    accepted: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in platform.ledger:
        bodies = accepted[line.line_item, line.user_id]
        if not bodies or bodies[-1] != line.body:  # some platforms take a repeat
            bodies.append(line.body)
    for (address, user_id), bodies in accepted.items():
        timestamps = [str(body["timestamp"]) for body in bodies]
        assert all(earlier < later for earlier, later in pairwise(timestamps))
        order = iter(wishes[platform.purpose(address), user_id])
        assert all(body.get("scoreGiven") in order for body in bodies), "an older wish followed a newer one"


def _shown(platform: Platform, purpose: str, user_id: str) -> object:
    """What the cell shows; None where it is empty or has words only."""
    for address in platform.line_items:
        if platform.purpose(address) == purpose and (address, user_id) in platform.cells:
            return platform.cells[address, user_id]["score"]
    return None
