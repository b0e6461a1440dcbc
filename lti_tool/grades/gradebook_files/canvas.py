"""Canvas: Grades → Export → Export Entire Gradebook.

Source: github.com/instructure/canvas-lms, `lib/gradebook_exporter.rb` (how the file is written) and
`spec/lib/gradebook_importer_spec.rb` (samples). What it does:

- fixed columns up to "Section", their headings always in English; one name ("Morales, Ana") or, by a setting,
  "LastName" and "FirstName"; "ID" is Canvas's own number of the user, which LTI 1.3 does not send as `sub`;
- then the teacher's own text columns, assignments as "Title (12345)", and totals;
- a second row without names ("Manual Posting") where grades are hidden, then "    Points Possible", which says
  "(read only)" in the teacher's language under each total;
- "EX" for excused, "N/A" for not assigned, numbers with two decimals in the teacher's language;
- the test student "Student, Test" last.
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
from lti_tool.grades.gradebooks.names import sorted_name, spoken_name

_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<number>[0-9]{1,18})\)", re.DOTALL)
_POINTS = "points possible"
# The rows between the heading and the first student.
_ROWS_ABOVE = 3


def recognises(heading: Row) -> bool:
    """Whether Canvas wrote this heading."""
    named = heading[:1] == ["Student"] or heading[:2] == ["LastName", "FirstName"]
    return named and "ID" in heading and "Section" in heading


def read(rows: list[Row]) -> Gradebook:
    """The gradebook of a file that `recognises` its heading."""
    heading = rows[0]
    points_at = next(
        (
            number
            for number, row in enumerate(rows[: _ROWS_ABOVE + 1])
            if row[0].strip().casefold() == _POINTS
        ),
        None,
    )
    points = rows[points_at] if points_at is not None else [""] * len(heading)
    places, left_out = _columns(heading, points)
    students = [row for row in rows[(points_at or 0) + 1 :] if _is_student(heading, row)]
    return Gradebook(
        product=Product.CANVAS,
        students=tuple(_student(heading, row) for row in students),
        columns=tuple(column for _place, column in places),
        cells=tuple(tuple(read_cell(row[place]) for place, _column in places) for row in students),
        left_out=tuple(left_out),
    )


def _columns(heading: Row, points: Row) -> tuple[list[tuple[int, GradebookColumn]], list[LeftOutColumn]]:
    found: list[tuple[int, GradebookColumn]] = []
    left_out: list[LeftOutColumn] = []
    for place in range(heading.index("Section") + 1, len(heading)):
        said, possible = points[place].strip(), read_number(points[place])
        assignment = _ASSIGNMENT.fullmatch(heading[place])
        if assignment is None or (said and possible is None):
            if said and possible is None:
                left_out.append(LeftOutColumn(heading[place], LeftOut.CALCULATED))
            continue
        if possible is not None and possible <= 0:
            left_out.append(LeftOutColumn(assignment["title"], LeftOut.NO_POINTS))
            continue
        key = column_key(Product.CANVAS, number=assignment["number"])
        found.append((place, GradebookColumn(key, assignment["title"], possible)))
    kept, doubled = told_apart(found)
    return kept, left_out + doubled


def _is_student(heading: Row, row: Row) -> bool:
    return bool(row[0].strip()) and not (
        _name(heading, row) == "Student, Test" and not _of(heading, row, "SIS User ID")
    )


def _student(heading: Row, row: Row) -> GradebookStudent:
    name = _name(heading, row)
    return GradebookStudent(
        name=name,
        full_names=spoken_name(name),
        user_id=_of(heading, row, "ID"),
        sis_id=_of(heading, row, "SIS User ID"),
        login=_of(heading, row, "SIS Login ID"),
    )


def _name(heading: Row, row: Row) -> str:
    return sorted_name(row[1], row[0]) if heading[0] == "LastName" else " ".join(row[0].split())


def _of(heading: Row, row: Row, name: str) -> str:
    return row[heading.index(name)].strip() if name in heading else ""
