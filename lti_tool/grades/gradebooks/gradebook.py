"""A gradebook with its students, columns and cells, whichever LMS it is from and whichever way it came."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from lti_tool.grades.gradebooks.cells import Cell


class Product(StrEnum):
    """Which LMS it is from, or which standard it follows."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    SCHOOLOGY = "schoology"
    ONEROSTER = "oneroster"


class LeftOut(StrEnum):
    """Why a column is none that results can be taken from."""

    CALCULATED = "calculated"  # totals and averages, which the LMS works out from the other columns
    NO_POINTS = "no points"
    NOT_A_NUMBER = "not a number"  # letters and words
    NOT_LISTED = "not listed"  # there are results, but the LMS does not say what they are for
    NO_RANGE = "no range"  # its lowest or highest points cannot be read
    SAME_TITLE = "same title"  # a file gives no id, so two columns of one name cannot be told apart


@dataclass(frozen=True, slots=True)
class GradebookStudent:
    """One student's row. `name` is as it is written there, `full_names` are the ways to say it in full.

    Ids are empty where there are none: `user_id` is the LMS's own number, or what it calls the student in
    launches (`sub`) where it is known; `sis_id` is the school's. `native_id` is how the LMS's own API calls the student
    in this course, where it says nothing of launches.
    """

    name: str
    full_names: tuple[str, ...]
    user_id: str = ""
    sis_id: str = ""
    login: str = ""
    email: str = ""
    native_id: str = ""


@dataclass(frozen=True, slots=True)
class GradebookColumn:
    """One column with results. `key` is the same at each reading of the course, see `column_key`.

    `points` is None where nothing says how many there were to get.
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
class Gradebook:
    """Students, columns, and a cell for each of both: `cells[student][column]`.

    `class_title` tells it from other gradebooks of the same export, where there can be several.
    """

    product: Product
    students: tuple[GradebookStudent, ...]
    columns: tuple[GradebookColumn, ...]
    cells: tuple[tuple[Cell, ...], ...]
    left_out: tuple[LeftOutColumn, ...] = ()
    class_title: str = ""


def column_key(product: Product, *, number: str = "", heading: str = "") -> str:
    """What tells a column from all others of its course: its number at the LMS, else its whole heading."""
    return f"{product}:{number or sha256(heading.encode()).hexdigest()[:32]}"


def told_apart(
    columns: list[tuple[int, GradebookColumn]],
) -> tuple[list[tuple[int, GradebookColumn]], list[LeftOutColumn]]:
    """The columns (with their places in the source) whose keys are their own, and those that share one."""
    times = Counter(column.key for _place, column in columns)
    kept = [(place, column) for place, column in columns if times[column.key] == 1]
    doubled = {column.key: column.title for _place, column in columns if times[column.key] > 1}
    return kept, [LeftOutColumn(title, LeftOut.SAME_TITLE) for title in doubled.values()]
