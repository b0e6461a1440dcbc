"""How much of the table runs: a part of it with all other tests, all of it with `make faults`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, TypeVar

KINDS: Final = ("sqlite", "postgresql")
EVERYTHING: Final = "WAYMARK_FAULTS" in os.environ
ROUNDS: Final = int(os.environ.get("WAYMARK_ROUNDS", "1"))

Line = TypeVar("Line")


def on_databases(rows: Sequence[Line]) -> list[tuple[Line, str]]:
    """Each row with each kind of database; with all other tests, with one kind in turn."""
    return [
        (row, kind)
        for place, row in enumerate(rows)
        for kind in KINDS
        if EVERYTHING or kind == KINDS[place % len(KINDS)]
    ]
