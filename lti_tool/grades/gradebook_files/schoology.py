"""Schoology: Gradebook → Export → Gradebook as CSV.

Source: PowerSchool's help (uc.powerschool-docs.com, "Moving student grades from one section to another": a row for each
student, with the titles of the materials as headings) for how to make it, and a public sample of such a file for
its shape (github.com/Da-Colon/random-picker, `cypress/fixtures/gradebook-text.csv`). What it does:

- "First Name", "Last Name", "Unique User ID" (the school's number) and at the end "Username";
- materials as "Title (Max Pts: 100, Grading Category: Homework)";
- other columns are worked out: "Overall", grading periods, "(No grading period)";
- "N/A" or nothing for no grade.
"""

from __future__ import annotations

import re

from lti_tool.grades.gradebook_files.cells import read_cell, read_number
from lti_tool.grades.gradebook_files.table import Row
from lti_tool.grades.gradebooks.gradebook import (
    Gradebook,
    GradebookColumn,
    GradebookStudent,
    LeftOut,
    LeftOutColumn,
    Product,
    column_key,
    told_apart,
)

_GIVEN, _FAMILY, _SIS_ID, _LOGIN = "First Name", "Last Name", "Unique User ID", "Username"
_MATERIAL = re.compile(
    r"(?P<title>.*) \(Max Pts: (?P<points>[0-9.,]+)(?:, Grading Category: (?P<category>.*))?\)", re.DOTALL
)


def recognises(heading: Row) -> bool:
    """Whether Schoology wrote this heading."""
    return {_GIVEN, _FAMILY, _SIS_ID} <= set(heading)


def read(rows: list[Row]) -> Gradebook:
    """The gradebook of a file that `recognises` its heading."""
    heading = rows[0]
    places, left_out = _columns(heading)
    with_names = [row for row in rows[1:] if _name(heading, row)]
    return Gradebook(
        product=Product.SCHOOLOGY,
        students=tuple(_student(heading, row) for row in with_names),
        columns=tuple(column for _place, column in places),
        cells=tuple(tuple(read_cell(row[place]) for place, _column in places) for row in with_names),
        left_out=tuple(left_out),
    )


def _columns(heading: Row) -> tuple[list[tuple[int, GradebookColumn]], list[LeftOutColumn]]:
    found: list[tuple[int, GradebookColumn]] = []
    left_out: list[LeftOutColumn] = []
    for place, cell in enumerate(heading):
        if not cell or cell in {_GIVEN, _FAMILY, _SIS_ID, _LOGIN}:
            continue
        material = _MATERIAL.fullmatch(cell)
        points = read_number(material["points"]) if material else None
        if material is None or points is None:
            left_out.append(LeftOutColumn(cell, LeftOut.CALCULATED))
        elif points <= 0:
            left_out.append(LeftOutColumn(material["title"], LeftOut.NO_POINTS))
        else:
            # Neither points nor category are part of the key: a teacher may change both.
            key = column_key(Product.SCHOOLOGY, heading=material["title"])
            found.append((place, GradebookColumn(key, material["title"], points)))
    kept, doubled = told_apart(found)
    return kept, left_out + doubled


def _student(heading: Row, row: Row) -> GradebookStudent:
    name = _name(heading, row)
    return GradebookStudent(
        name=name, full_names=(name,), sis_id=_of(heading, row, _SIS_ID), login=_of(heading, row, _LOGIN)
    )


def _name(heading: Row, row: Row) -> str:
    return " ".join(f"{_of(heading, row, _GIVEN)} {_of(heading, row, _FAMILY)}".split())


def _of(heading: Row, row: Row, name: str) -> str:
    return row[heading.index(name)].strip() if name in heading else ""
