"""What a cell of a file says.

LMSs write numbers as the teacher's language does, so the decimal sign is a point or a comma; none of the three
groups thousands (Canvas says so in `lib/gradebook_exporter.rb`, `format_numbers`). A number with both signs was
made by another program, and which one is meant is not guessed.
"""

from __future__ import annotations

import re

from lti_tool.grades.gradebooks.cells import EXCUSED, NO_RESULT, Cell, CellState, Problem

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{0,9})?|[+-]?[.,][0-9]{1,9}")
_BOTH_SIGNS = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+){2,}")
_NO_RESULT = frozenset({"", "-", "–", "—", "n/a", "missing", "incomplete"})
_EXCUSED = frozenset({"ex", "excused"})
_SHOWN = 40


def read_cell(text: str) -> Cell:
    """What stands in a cell. No result is not a zero."""
    said = text.strip()
    if said.casefold() in _NO_RESULT:
        return NO_RESULT
    if said.casefold() in _EXCUSED:
        return EXCUSED
    number = read_number(said.removesuffix("%"))
    if number is not None:
        return Cell(CellState.SCORE, score=number)
    two_signs = _BOTH_SIGNS.fullmatch(said) is not None
    problem = Problem.TWO_SIGNS if two_signs else Problem.NOT_A_NUMBER
    return Cell(CellState.UNREADABLE, text=said[:_SHOWN], problem=problem)


def read_number(text: str) -> float | None:
    """A number with a decimal point or comma; None for anything else."""
    said = text.strip()
    return float(said.replace(",", ".")) if _NUMBER.fullmatch(said) else None
