"""Moodle: Grades → Export → Plain text file.

Source: github.com/moodle/moodle, `grade/export/txt/grade_export_txt.php` and `grade/export/lib.php`
(`format_column_name`, `get_user_profile_fields`), `grade/export/txt/tests/behat/export.feature`; the words of the
headings in other languages from Moodle's language packs. What it does:

- profile fields first ("First name", "Surname" or "Last name", "ID number", "Email address" and more), all in the
  teacher's language; the user's own number is not among them;
- then each grade item as "Quiz: Title (Real)", and the same again as "(Percentage)", "(Letter)" and "(Feedback)" where
  the teacher ticked these; older versions write "Quiz: Title" alone;
- no points possible. A percentage needs none; for a "real" grade without one a teacher has to say them;
- "-" for no grade, decimals in the teacher's language, "80.00 %";
- course and category totals among the items, and last when the file was exported, as a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from lti_tool.grades.gradebook_files.cells import read_cell
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

# English, Spanish, German.
_GIVEN = ("first name", "nombre", "vorname")
_FAMILY = ("surname", "last name", "apellido(s)", "apellidos", "nachname")
_SIS_ID = ("id number", "número de id", "id-nummer")
_EMAIL = ("email address", "dirección de correo", "e-mail-adresse")
_LOGIN = ("username", "nombre de usuario", "anmeldename")
_OTHERS = ("institution", "institución", "department", "departamento", "abteilung", "suspended", "suspendido")
_EXPORTED = "last downloaded from this course"
_NO_ITEMS = frozenset({*_GIVEN, *_FAMILY, *_SIS_ID, *_EMAIL, *_LOGIN, *_OTHERS, _EXPORTED})
_REAL = frozenset({"real", "punkte"})
_PERCENTAGE = frozenset({"percentage", "porcentaje", "prozent"})
_COURSE_TOTALS = frozenset({"course total", "total del curso", "kurs gesamt"})
_KIND = re.compile(r"(?P<title>.*) \((?P<kind>[^()]*)\)", re.DOTALL)
_ACTIVITY = re.compile(
    "(?:assignment|database|external tool|forum|glossary|h5p|lesson|quiz|scorm package|workshop"
    "|tarea|base de datos|herramienta externa|foro|glosario|lección|cuestionario|paquete scorm|taller"
    r"|aufgabe|datenbank|externes tool|glossar|lektion|test|lernpaket):\s*(?P<title>.+)",
    re.DOTALL | re.IGNORECASE,
)


def recognises(heading: Row) -> bool:
    """Whether Moodle wrote this heading. Schoology's "Unique User ID" is no field of Moodle's."""
    said = [cell.casefold() for cell in heading]
    names = any(cell in _GIVEN for cell in said) and any(cell in _FAMILY for cell in said)
    own = any(cell in _EMAIL or cell in _SIS_ID for cell in said) or any(map(_kind, heading))
    return names and own and "unique user id" not in said


def read(rows: list[Row]) -> Gradebook:
    """The gradebook of a file that `recognises` its heading."""
    heading = rows[0]
    places, left_out = _columns(heading)
    read_rows = [(student, row) for row in rows[1:] if (student := _student(heading, row)).name]
    return Gradebook(
        product=Product.MOODLE,
        students=tuple(student for student, _row in read_rows),
        columns=tuple(column for _place, column in places),
        cells=tuple(tuple(read_cell(row[place]) for place, _column in places) for _named, row in read_rows),
        left_out=tuple(left_out),
    )


def _columns(heading: Row) -> tuple[list[tuple[int, GradebookColumn]], list[LeftOutColumn]]:
    """One column for each grade item: its percentage where there is one, because that says how much is all."""
    found: list[tuple[int, GradebookColumn]] = []
    left_out: list[LeftOutColumn] = []
    items = _items(heading)
    labels = Counter(_label(title) for title, _kinds in items)
    for title, kinds in items:
        label = _label(title) if labels[_label(title)] == 1 else title
        if _is_total(title):
            left_out.append(LeftOutColumn(label, LeftOut.CALCULATED))
        elif "real" in kinds or "percentage" in kinds:
            kind = "percentage" if "percentage" in kinds else "real"
            key = column_key(Product.MOODLE, heading=title)
            points = 100.0 if kind == "percentage" else None
            found += [(place, GradebookColumn(key, label, points)) for place in kinds[kind]]
        else:
            left_out.append(LeftOutColumn(label, LeftOut.NOT_A_NUMBER))
    kept, doubled = told_apart(found)
    return kept, left_out + doubled


def _items(heading: Row) -> list[tuple[str, Mapping[str, list[int]]]]:
    """Each grade item with the places of its columns by what they show ("real", "percentage", "other")."""
    in_kinds = any(map(_kind, heading))
    items: dict[str, dict[str, list[int]]] = {}
    for place, cell in enumerate(heading):
        parts = _KIND.fullmatch(cell) if in_kinds else None
        if not cell or cell.casefold() in _NO_ITEMS or (in_kinds and parts is None):
            continue
        title = parts["title"] if parts else cell
        kind = (_kind(cell) or "other") if parts else "real"
        items.setdefault(title, {}).setdefault(kind, []).append(place)
    return list(items.items())


def _kind(cell: str) -> str:
    """What a column shows, where it says so in a word that we know; else empty."""
    parts = _KIND.fullmatch(cell)
    said = parts["kind"].casefold() if parts else ""
    return "real" if said in _REAL else "percentage" if said in _PERCENTAGE else ""


def _is_total(title: str) -> bool:
    said = title.casefold()
    return said in _COURSE_TOTALS or (
        _ACTIVITY.fullmatch(title) is None and (said.endswith(" total") or said.startswith("total "))
    )


def _label(title: str) -> str:
    """The title without the kind of activity, as the course's own page shows it."""
    activity = _ACTIVITY.fullmatch(title)
    return activity["title"] if activity else title


def _student(heading: Row, row: Row) -> GradebookStudent:
    name = " ".join(f"{_of(heading, row, _GIVEN)} {_of(heading, row, _FAMILY)}".split())
    return GradebookStudent(
        name=name,
        full_names=(name,),
        sis_id=_of(heading, row, _SIS_ID),
        login=_of(heading, row, _LOGIN),
        email=_of(heading, row, _EMAIL),
    )


def _of(heading: Row, row: Row, names: tuple[str, ...]) -> str:
    return next(
        (cell.strip() for said, cell in zip(heading, row, strict=True) if said.casefold() in names), ""
    )
