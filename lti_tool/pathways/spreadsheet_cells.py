"""Cells that a spreadsheet opens without running anything that stands in them, and what such a cell said.

A text that begins like a formula gets a leading apostrophe (OWASP, CSV Injection). Numbers are given as numbers and
stay so, negative ones too.
"""

import re

Cell = str | int | float
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def harmless(cell: Cell) -> Cell:
    """The cell as it is written."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def said(cell: str) -> str:
    """What a cell said before it was made harmless."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
