"""A skill map as one table: a row for the map and for each skill, prerequisite and activity, told apart by "kind".

A spreadsheet may put commas, semicolons or tabs between cells, and may have run everything through its own
quoting. Lists stand in one cell with semicolons between; a semicolon inside an entry has a backslash before it. A
cell that a spreadsheet would take for a formula gets a leading apostrophe, as anywhere (OWASP, CSV Injection), and
loses it when it is read. The questions of checks have no place in a table.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lti_tool.pathways.problems import Problem
from lti_tool.pathways.spreadsheet_cells import harmless, said
from lti_tool.pathways.toml_tables import Row

MOST_ROWS = 10_000
DELIMITERS = ",;\t"
_KIND = "kind"
# Which cells a row of each kind has, and how they are read; all else in such a row is a mistake.
_TEXT, _LIST, _NUMBER, _FLAG, _SHARES = range(5)
_MAP = {
    "id": _TEXT,
    "title": _TEXT,
    "grade": _NUMBER,
    "version": _TEXT,
    "language": _TEXT,
    "license": _TEXT,
}
_SKILL = {
    "id": _TEXT,
    "title": _TEXT,
    "grade": _NUMBER,
    "statement": _TEXT,
    "codes": _LIST,
    "goal": _FLAG,
    "strategies": _LIST,
    "home_activity": _TEXT,
    "family_question": _TEXT,
}
_PREREQUISITE = {"before": _TEXT, "after": _TEXT, "strength": _TEXT}
_ACTIVITY = {
    "id": _TEXT,
    "title": _TEXT,
    "skills": _SHARES,
    "format": _TEXT,
    "mode": _TEXT,
    "minutes": _NUMBER,
    "level": _NUMBER,
    "strategies": _LIST,
    "interests": _LIST,
    "informativeness": _NUMBER,
    "hosted": _TEXT,
    "summary": _TEXT,
    "body": _TEXT,
    "link": _TEXT,
}
_CELLS = {"map": _MAP, "skill": _SKILL, "prerequisite": _PREREQUISITE, "activity": _ACTIVITY}
COLUMNS = (_KIND, *dict.fromkeys(name for cells in _CELLS.values() for name in cells))
_YES = frozenset({"yes", "y", "true", "1", "x"})
_NO = frozenset({"no", "n", "false", "0"})


def is_table(text: str) -> bool:
    """Whether the first row of a text is the heading of such a table."""
    return _delimiter(text) is not None


def read_csv(text: str) -> tuple[dict[str, Any], list[Problem]]:
    """The document in a table, its rows with their numbers, and what cannot be read."""
    problems: list[Problem] = []
    found: dict[str, list[Row]] = {kind: [] for kind in _CELLS}
    for number, kind, cells in _rows(text, problems):
        found[kind].append(Row(_read_cells(number, kind, cells, problems), number))
    document: dict[str, Any] = {
        "map": next(iter(found["map"]), {"id": "map", "title": "map", "grade": 0}),
        "skills": found["skill"],
        "activities": found["activity"],
    }
    if len(found["map"]) != 1 and any(found.values()):
        message = "There must be one row of kind “map”, with the id, title and grade of the map."
        problems.append(Problem("csv.map", message, line=found["map"][1].line if found["map"] else None))
    skills = {row.get("id"): row for row in found["skill"]}
    for row in found["prerequisite"]:
        _place_prerequisite(row, skills, problems)
    return document, problems


def write_csv(document: Mapping[str, Any]) -> str:
    """The table of a document, with what tells a spreadsheet that it is UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for kind, row in _written_rows(document):
        cells = {name: _written(row[name], how) for name, how in _CELLS[kind].items() if name in row}
        writer.writerow([kind, *(harmless(cells.get(name, "")) for name in COLUMNS[1:])])
    return "\ufeff" + buffer.getvalue()


def _written_rows(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "map", document["map"]
    for skill in document.get("skills", []):
        yield "skill", skill
    for skill in document.get("skills", []):
        for edge in skill.get("prerequisites", []):
            yield (
                "prerequisite",
                {"before": edge["skill"], "after": skill["id"], "strength": edge.get("kind", "hard")},
            )
    for activity in document.get("activities", []):
        yield "activity", activity


def _rows(text: str, problems: list[Problem]) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Number, kind and filled cells of every row of a known kind; the heading is row 1."""
    delimiter = _delimiter(text)
    if delimiter is None:
        message = (
            "The first row must name the columns, with “kind” among them. Take the example as a pattern."
        )
        problems.append(Problem("csv.heading", message, line=1))
        return
    number = 0
    heading: list[str] = []
    try:
        for number, cells in enumerate(_records(text, delimiter), start=1):
            if number == 1:
                heading = [_column(cell) for cell in cells]
                problems.extend(_of_heading(heading))
            elif number > MOST_ROWS:
                message = f"The table has more than {MOST_ROWS:,} rows; take a part of it."
                problems.append(Problem("csv.too_long", message, line=number))
                return
            elif any(cell.strip() for cell in cells):
                problem, kind, filled = _row(heading, cells, number)
                if problem:
                    problems.append(problem)
                else:
                    yield number, kind, filled
    except csv.Error as error:
        message = "A quotation mark is missing here, or the file was cut off."
        if "field larger" in str(error):
            message = "A cell is too long."
        message += " Correct it and choose the file again."
        problems.append(Problem("csv.broken", message, line=number + 1))


def _row(
    heading: Sequence[str], cells: Sequence[str], number: int
) -> tuple[Problem | None, str, dict[str, str]]:
    if any(cell.strip() for cell in cells[len(heading) :]):
        message = "The row has more cells than the heading; put text with a delimiter in quotation marks."
        return Problem("csv.too_wide", message, line=number), "", {}
    filled = {name: said(cell.strip()) for name, cell in zip(heading, cells, strict=False) if cell.strip()}
    kind = filled.pop(_KIND, "").casefold()
    if kind not in _CELLS:
        message = f"The kind “{kind[:40]}” is unknown; write one of {', '.join(_CELLS)}."
        return Problem("csv.kind", message, line=number), "", {}
    return None, kind, filled


def _column(cell: str) -> str:
    return cell.strip().casefold().replace(" ", "_")


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _delimiter(text: str) -> str | None:
    for delimiter in DELIMITERS:
        try:
            heading = next(_records(text, delimiter), [])
        except csv.Error:
            continue
        if len(heading) > 1 and _KIND in map(_column, heading):
            return delimiter
    return None


def _of_heading(heading: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(heading):
        if name and heading.count(name) > 1:
            yield Problem(
                "csv.heading", f"The column “{name[:40]}” is there more than once; keep one.", line=1
            )
        elif name and name not in COLUMNS:
            yield Problem(
                "csv.heading",
                f"The column “{name[:40]}” is unknown; known are {', '.join(COLUMNS)}. Rename or remove it.",
                line=1,
            )


def _read_cells(number: int, kind: str, cells: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        how = _CELLS[kind].get(name)
        if how is None:
            if name in COLUMNS:
                message = f"A row of kind “{kind}” has nothing under “{name}”; move or empty that cell."
                problems.append(Problem("csv.misplaced", message, line=number))
            continue
        try:
            row[name] = _read(cell, how)
        except ValueError:
            message = f"“{cell[:40]}” under “{name}” cannot be read; {_WANTED[how]}."
            problems.append(Problem("csv.cell", message, line=number))
    return row


_WANTED = {
    _NUMBER: "write a number, such as 6 or 0.5",
    _FLAG: "write yes or no",
    _SHARES: "write skill ids with shares, such as “adding=1; counting=0.5”",
}


def _read(cell: str, how: int) -> Any:
    if how == _LIST:
        return _split(cell)
    if how == _NUMBER:
        return _number(cell)
    if how == _FLAG:
        word = cell.casefold()
        if word not in _YES | _NO:
            raise ValueError(cell)
        return word in _YES
    if how == _SHARES:
        pairs = [entry.rpartition("=") for entry in _split(cell)]
        return {
            (name or share).strip(): _number(share.strip()) if name else 1.0 for name, _equals, share in pairs
        }
    return cell


def _number(cell: str) -> int | float:
    """A number with a decimal point or comma."""
    if not re.fullmatch(r"[0-9]{1,9}(?:[.,][0-9]{1,20})?(?:e-?[0-9]{1,3})?", cell):
        raise ValueError(cell)
    number = float(cell.replace(",", "."))
    return int(number) if number.is_integer() else number


def _written(value: Any, how: int) -> str | int | float:
    if how == _LIST:
        return _joined(value)
    if how == _SHARES:
        return _joined([f"{name}={share!r}" for name, share in value.items()])
    if how == _FLAG:
        return "yes" if value else "no"
    return value if isinstance(value, str | int | float) else str(value)


def _joined(entries: list[str]) -> str:
    return "; ".join(entry.replace("\\", "\\\\").replace(";", "\\;") for entry in entries)


def _split(cell: str) -> list[str]:
    entries = re.findall(r"(?:\\.|[^;\\]|\\$)+", cell, re.DOTALL)
    return [re.sub(r"\\(.)", r"\1", entry.strip(), flags=re.DOTALL) for entry in entries if entry.strip()]


def _place_prerequisite(row: Row, skills: Mapping[Any, Row], problems: list[Problem]) -> None:
    before, after = row.get("before", ""), row.get("after", "")
    if after not in skills or not before:
        message = (
            f"The prerequisite “{before}” before “{after}” names no skill of this table; write two skill ids."
        )
        problems.append(Problem("prerequisite.unknown_skill", message, line=row.line))
        return
    edge = {"skill": before} | ({"kind": row["strength"]} if "strength" in row else {})
    skills[after].setdefault("prerequisites", []).append(Row(edge, row.line))
