"""From bytes to rows: delimiters, and the bounds of what is read.

LMSs write commas; a spreadsheet that the file went through may have made semicolons or tabs of them, and another
encoding (`lti_tool.file_text`). The csv module of the standard library (RFC 4180) reads the rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from lti_tool.errors import Fixable
from lti_tool.file_text import NotText, Why, text_of_file

LARGEST_FILE = 10 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 500
# Empty rows are passed over, but millions of them take seconds.
_MOST_BLANK = 100_000
DELIMITERS = ",;\t"

Row = list[str]


def read_text(content: bytes) -> tuple[str, bool]:
    """The text of a file, and whether its encoding was guessed. Raises Fixable."""
    if len(content) > LARGEST_FILE:
        raise too_big()
    try:
        return text_of_file(content)
    except NotText as error:
        raise _REFUSALS[error.why]() from error


def first_row(text: str, delimiter: str) -> Row:
    """The heading, with each cell stripped; empty when it cannot be read with this delimiter. Raises Fixable."""
    try:
        return [cell.strip() for cell in next(_rows(text, delimiter), [])]
    except csv.Error:
        return []


def read_rows(text: str, delimiter: str) -> list[Row]:
    """All rows that are not blank, the heading first, each as long as the heading. Raises Fixable."""
    return list(each_row(text, delimiter))


def each_row(text: str, delimiter: str, *, most_rows: int = MOST_ROWS) -> Iterator[Row]:
    """The same, one after another, for files of which not every row is kept."""
    number = length = 0
    try:
        for row in _rows(text, delimiter):
            if number > most_rows or len(row) > MOST_COLUMNS:
                raise too_big()
            number += 1
            if number == 1:
                length = len(row)
                yield [cell.strip() for cell in row]
            else:
                yield _fitted(row, length, number)
    except csv.Error as error:
        raise Fixable(
            "gradebook_file.broken",
            f"The file cannot be read from row {number + 1} on: a quotation mark is missing there, or the file was "
            "cut off. Export the gradebook again and choose that file.",
            detail=str(error),
        ) from error


def too_big() -> Fixable:
    """The refusal of a file beyond our bounds."""
    return Fixable(
        "gradebook_file.too_big",
        f"The file is too big. Waymark reads up to {LARGEST_FILE // 1024 // 1024} MB, {MOST_ROWS:,} rows and "
        f"{MOST_COLUMNS} columns. Export fewer columns or one section at a time.",
    )


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    blank = 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
        if any(cell.strip() for cell in row):
            yield row
        else:
            blank += 1
            if blank > _MOST_BLANK:
                raise too_big()


def _fitted(row: Row, length: int, number: int) -> Row:
    """`row` at the heading's length. One with more in it has its results under other headings."""
    if any(cell.strip() for cell in row[length:]):
        raise Fixable(
            "gradebook_file.broken",
            f"Row {number} has more cells than the heading, so it is not sure which result belongs to which column. "
            "Export the gradebook again and choose that file without changing it.",
        )
    return row[:length] + [""] * (length - len(row))


_REFUSALS = {
    Why.EMPTY: lambda: Fixable(
        "gradebook_file.empty", "The file is empty. Export the gradebook again and choose that file."
    ),
    Why.WORKBOOK: lambda: Fixable(
        "gradebook_file.not_text",
        "This is a spreadsheet, not a CSV file. Choose the CSV file that your learning platform exported, or "
        "save the spreadsheet as “CSV UTF-8” first.",
    ),
    Why.OTHER: lambda: Fixable(
        "gradebook_file.not_text",
        "This file is not text. Choose the CSV file that your learning platform exported.",
    ),
}
