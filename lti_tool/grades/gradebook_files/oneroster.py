"""OneRoster 1.1 and 1.2: the CSV files that a school's information system exports, packed as a zip file.

Source: imsglobal.org/spec/oneroster/v1p2/bind/csv (1.2.1) and imsglobal.org/oneroster-v11-final-csv-tables (1.1.1); their
tables of headings and words as github.com/LongsightGroup/oneroster writes them down for 1.2,
`src/one-roster-csv-gradebook-schema.ts` and `src/one-roster-csv-rostering-schema.ts`; bulk and delta as
community.d2l.com/brightspace/kb/articles/5923-csv-file-format explains them. What it does:

- `manifest.csv` says for each file whether it is "bulk" (everything), "delta" (what changed) or "absent";
- `status` is "tobedeleted" for what is no more, and empty in bulk files;
- `lineItems.csv`: `resultValueMin` and `resultValueMax` are numbers, and may be missing in 1.2;
- `results.csv`: one row for each result; `score` is a number, `textScore` (1.2) words or letters, `scoreDate` a day;
  `scoreStatus` is exempt, fully graded, not submitted, partially graded, submitted, or an extension ("ext:…"); 1.2 adds
  the columns `inProgress`, `incomplete`, `late` and `missing` with "true" or "false".

A delta is refused: it cannot be told from it whether a result that it does not have is gone or just as before. Students
of a class are those enrolled in it and those with results there. `sourcedId` is taken for the school's id.

`userIds` are "{LDAP:…},{LTI:…}", whatever types a system has. Unconfirmed, as no export of a product was at hand: that
"LTI" is what launches call the student (one that is not matches nobody, or somebody whose name says otherwise), and that
1.1 has all the headings that are needed here under the same names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lti_tool.errors import Fixable
from lti_tool.grades.gradebook_files.archive import Archive, archive_too_big, holds, is_archive
from lti_tool.grades.gradebook_files.cells import read_number
from lti_tool.grades.gradebook_files.oneroster_results import Record, joined, read_result
from lti_tool.grades.gradebook_files.table import (
    DELIMITERS,
    MOST_COLUMNS,
    MOST_ROWS,
    each_row,
    first_row,
    read_text,
)
from lti_tool.grades.gradebooks.cells import NO_RESULT, Cell
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

# A row is one result here, not one student.
MOST_RECORDS = 100_000
_MOST_CELLS = MOST_ROWS * MOST_COLUMNS
_MOST_CLASSES = 1_000  # a large school has some hundreds
_MANIFEST = "manifest.csv"
_USERS, _CLASSES, _ENROLLMENTS = "users.csv", "classes.csv", "enrollments.csv"
_LINE_ITEMS, _RESULTS = "lineItems.csv", "results.csv"
_WHOLE = (_USERS, _ENROLLMENTS, _LINE_ITEMS, _RESULTS)
_LTI_ID = re.compile(r"\{\s*lti\s*:\s*([^{}]+?)\s*\}", re.IGNORECASE)


@dataclass(slots=True)
class _Item:
    """A line item with its cells by student; `low` is what no points are."""

    column: GradebookColumn
    why_left_out: LeftOut | None
    low: float
    cells: dict[str, Cell] = field(default_factory=dict)

    def put(self, student: str, row: Record) -> None:
        """Add a row of results."""
        cell = read_result(row, low=self.low)
        self.cells[student] = joined(self.cells.get(student, cell), cell)


def recognises(content: bytes) -> bool:
    """Whether these bytes are a zip file with a manifest; a workbook has none of this name."""
    return is_archive(content) and holds(content, _MANIFEST)


def read(content: bytes) -> tuple[tuple[Gradebook, ...], bool]:
    """A gradebook for each class that has line items, and whether an encoding was guessed.

    Raises Fixable `gradebook_file.archive_too_big`, `.archive_names`, `.archive_encrypted`, `.archive_broken`,
    `.export_delta`, `.export_incomplete`, or what `table` raises.
    """
    export = _Export(Archive(content))
    export.check_manifest()
    # First what says which of the many rows of the others are needed.
    gone, titles = export.classes()
    items = export.line_items(gone)
    owner = {key: class_id for class_id, found in items.items() for key in found}
    students: dict[str, dict[str, None]] = {class_id: {} for class_id in items}
    export.enrolled_into(students)
    for row in export.records(_RESULTS, "lineItemSourcedId", "studentSourcedId", "score"):
        item, student = row["lineitemsourcedid"], row["studentsourcedid"]
        if item in owner and student:
            students[owner[item]].setdefault(student)
            items[owner[item]][item].put(student, row)
    if sum(len(students[class_id]) * len(found) for class_id, found in items.items()) > _MOST_CELLS:
        raise archive_too_big()
    people = export.people({student for found in students.values() for student in found})
    gradebooks = tuple(
        _gradebook(titles.get(class_id, class_id), items[class_id], students[class_id], people)
        for class_id in items
    )
    return gradebooks, export.encoding_guessed


class _Export:
    """The files of an export, read when they are asked for."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.encoding_guessed = False

    def check_manifest(self) -> None:
        """Refuse what is no whole gradebook."""
        said = {row["propertyname"]: row["value"] for row in self._rows(_MANIFEST, "propertyName", "value")}
        for name in _WHOLE:
            if said.get(f"file.{name.removesuffix('.csv')}", "").casefold() == "delta":
                raise Fixable(
                    "gradebook_file.export_delta",
                    f"This OneRoster export has only what changed since the one before ({name} is “delta”), so Waymark "
                    "cannot see which results are still there. Export everything (“bulk”) and choose that file.",
                )

    def classes(self) -> tuple[set[str], dict[str, str]]:
        """Which classes are no more, and what the others are called."""
        gone: set[str] = set()
        titles: dict[str, str] = {}
        if _CLASSES in self._archive:
            for row in self._rows(_CLASSES, "sourcedId", "title"):
                key, title, code = row["sourcedid"], row["title"], row.get("classcode", "")
                if _is_gone(row):
                    gone.add(key)
                else:
                    titles[key] = (
                        f"{title} ({code})" if title and code and code != title else title or code or key
                    )
        return gone, titles

    def line_items(self, gone: set[str]) -> dict[str, dict[str, _Item]]:
        """Line items by class and id, without those of classes that are no more."""
        found: dict[str, dict[str, _Item]] = defaultdict(dict)
        seen: dict[str, _Item] = {}
        for row in self.records(_LINE_ITEMS, "sourcedId", "title", "classSourcedId"):
            key, class_id = row["sourcedid"], row["classsourcedid"]
            if key and class_id and class_id not in gone:
                item = _item(row)
                if key in seen:  # then no result says to which of both it belongs
                    item.why_left_out = seen[key].why_left_out = LeftOut.SAME_TITLE
                found[class_id][key] = seen[key] = item
        if len(found) > _MOST_CLASSES or any(len(items) > MOST_COLUMNS for items in found.values()):
            raise archive_too_big()
        return found

    def enrolled_into(self, students: Mapping[str, dict[str, None]]) -> None:
        """Add the students who are enrolled in these classes."""
        if _ENROLLMENTS not in self._archive:
            return
        for row in self.records(_ENROLLMENTS, "classSourcedId", "userSourcedId", "role"):
            class_id, user = row["classsourcedid"], row["usersourcedid"]
            if class_id in students and user and row["role"].casefold() == "student":
                students[class_id].setdefault(user)

    def people(self, wanted: set[str]) -> dict[str, GradebookStudent]:
        """Those of `wanted` who are there, by id; of an id with two people nothing but a name, to be left out."""
        found: dict[str, GradebookStudent] = {}
        for row in self.records(_USERS, "sourcedId", "givenName", "familyName"):
            key, student = row["sourcedid"], _student(row)
            if key in wanted:
                same = found.setdefault(key, student) == student
                found[key] = student if same else GradebookStudent(student.name, ())
        return found

    def records(self, name: str, *needed: str) -> Iterator[Record]:
        """The rows of a file that still hold."""
        return (row for row in self._rows(name, *needed) if not _is_gone(row))

    def _rows(self, name: str, *needed: str) -> Iterator[Record]:
        if name not in self._archive:
            raise Fixable(
                "gradebook_file.export_incomplete",
                f"This OneRoster export has no {name}, so Waymark cannot see who has which result. Export it with its "
                "gradebook (lineItems and results) and with its users.",
            )
        try:
            text, guessed = read_text(self._archive.read(name))
            delimiter = _delimiter(text, needed)
            self.encoding_guessed = self.encoding_guessed or guessed
            rows = each_row(text, delimiter, most_rows=MOST_RECORDS)
            heading = [cell.casefold() for cell in next(rows)]
            for row in rows:
                yield dict(zip(heading, map(str.strip, row), strict=True))
        except Fixable as error:
            if error.code.startswith("gradebook_file.archive"):
                raise
            if error.code == "gradebook_file.too_big":
                raise archive_too_big() from error
            raise Fixable(error.code, f"{name}: {error.message}", detail=error.detail) from error


def _delimiter(text: str, needed: Iterable[str]) -> str:
    names = {name.casefold() for name in needed}
    headings = {
        delimiter: {cell.casefold() for cell in first_row(text, delimiter)} for delimiter in DELIMITERS
    }
    for delimiter, heading in headings.items():
        if names <= heading:
            return delimiter
    best = max(headings.values(), key=len)
    missing = ", ".join(name for name in needed if name.casefold() not in best)
    raise Fixable(
        "gradebook_file.export_incomplete",
        f"The column {missing} is missing, so this is not what OneRoster says. Export it again and choose that file "
        "without changing it.",
    )


def _is_gone(row: Record) -> bool:
    return row.get("status", "").casefold() == "tobedeleted"


def _item(row: Record) -> _Item:
    low_said, high_said = row.get("resultvaluemin", ""), row.get("resultvaluemax", "")
    low = read_number(low_said) if low_said else 0.0
    high = read_number(high_said)
    unclear = low is None or (high is None and (high_said or low))
    why = LeftOut.NO_RANGE if unclear else None
    low = low or 0.0
    points = None if high is None else high - low
    if why is None and points is not None and points <= 0:
        why = LeftOut.NO_POINTS
    key = column_key(Product.ONEROSTER, heading=row["sourcedid"])
    return _Item(GradebookColumn(key, row["title"] or row["sourcedid"], points), why, low)


def _student(row: Record) -> GradebookStudent:
    given, family = row["givenname"], row["familyname"]
    names = (
        _spoken(given, family),
        _spoken(row.get("preferredgivenname") or given, row.get("preferredfamilyname") or family),
        _spoken(given, row.get("middlename", ""), family),
    )
    lti_id = _LTI_ID.search(row.get("userids", ""))
    return GradebookStudent(
        name=names[0] or row["sourcedid"],
        full_names=tuple(dict.fromkeys(name for name in names if name)),
        user_id=lti_id[1] if lti_id else "",
        sis_id=row["sourcedid"],
        login=row.get("username", ""),
        email=row.get("email", ""),
    )


def _spoken(*parts: str) -> str:
    return " ".join(" ".join(parts).split())


def _gradebook(
    title: str, items: Mapping[str, _Item], students: Iterable[str], people: Mapping[str, GradebookStudent]
) -> Gradebook:
    rows = list(students)
    places, doubled = told_apart(
        [(place, item.column) for place, item in enumerate(items.values()) if item.why_left_out is None]
    )
    found = list(items.values())
    return Gradebook(
        product=Product.ONEROSTER,
        students=tuple(people.get(key) or GradebookStudent(key, (), sis_id=key) for key in rows),
        columns=tuple(column for _place, column in places),
        cells=tuple(
            tuple(found[place].cells.get(key, NO_RESULT) for place, _column in places) for key in rows
        ),
        left_out=tuple(
            LeftOutColumn(item.column.title, item.why_left_out) for item in found if item.why_left_out
        )
        + tuple(doubled),
        class_title=title,
    )
