"""What is wrong with a skill map or its checks: each problem with a stable code, where it is, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass

Subject = tuple[str, ...]
"""What a problem is about: ("skill", id), ("activity", id) or ("prerequisite", before, after)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `line` is the line or row of the file, where that is known."""

    code: str
    message: str
    subject: Subject = ()
    line: int | None = None

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}" if self.line else self.message


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, as they stand in the file; those without a line come first."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0))
