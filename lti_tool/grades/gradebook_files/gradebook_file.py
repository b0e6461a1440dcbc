"""A gradebook as one exported file holds it, whichever LMS wrote it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from lti_tool.grades.gradebook_files.cells import Cell


class FileFormat(StrEnum):
    """Who wrote the file."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    SCHOOLOGY = "schoology"


class LeftOut(StrEnum):
    """Why a column of the file is none that results can be taken from."""

    CALCULATED = "calculated"  # totals and averages, which the LMS works out from the other columns
    NO_POINTS = "no points"
    NOT_A_NUMBER = "not a number"  # letters and words
    SAME_TITLE = "same title"  # the file gives no id, so two columns of one name cannot be told apart


@dataclass(frozen=True, slots=True)
class FileStudent:
    """One student's row. `name` is as the file writes it, `full_names` are the ways to say it in full.

    Ids are empty where the file has none: `user_id` is the LMS's own number, `sis_id` the school's.
    """

    name: str
    full_names: tuple[str, ...]
    user_id: str = ""
    sis_id: str = ""
    login: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column with results. `key` is the same in each export of the course, see `column_key`.

    `points` is None where the file does not say how many there were to get.
    """

    key: str
    title: str
    points: float | None


@dataclass(frozen=True, slots=True)
class LeftOutColumn:
    """A column that was recognised and that nothing is taken from."""

    title: str
    why: LeftOut


@dataclass(frozen=True, slots=True)
class GradebookFile:
    """Students, columns, and a cell for each of both: `cells[student][column]`.

    `encoding_guessed` is true where the file does not say how it writes letters and is not UTF-8.
    """

    format: FileFormat
    students: tuple[FileStudent, ...]
    columns: tuple[FileColumn, ...]
    cells: tuple[tuple[Cell, ...], ...]
    left_out: tuple[LeftOutColumn, ...] = ()
    encoding_guessed: bool = False


def column_key(file_format: FileFormat, *, number: str = "", heading: str = "") -> str:
    """What tells a column from all others of its course: its number at the LMS, else its whole heading."""
    return f"{file_format}:{number or sha256(heading.encode()).hexdigest()[:32]}"


def told_apart(
    columns: list[tuple[int, FileColumn]],
) -> tuple[list[tuple[int, FileColumn]], list[LeftOutColumn]]:
    """The columns (with their places in the file) whose keys are their own, and those that share one."""
    times = Counter(column.key for _place, column in columns)
    kept = [(place, column) for place, column in columns if times[column.key] == 1]
    doubled = {column.key: column.title for _place, column in columns if times[column.key] > 1}
    return kept, [LeftOutColumn(title, LeftOut.SAME_TITLE) for title in doubled.values()]
