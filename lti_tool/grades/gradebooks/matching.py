"""Who in the course is who in the file: certain, or left out and named.

By the LMS's number of the user first, then by login, the school's id or e-mail address, then by the full name if
it is nobody else's on either side. A number that says one person while the name says another is believed in
neither: a file of another site may have the same numbers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lti_tool.grades.gradebooks.gradebook import GradebookStudent
from lti_tool.grades.gradebooks.names import folded_name


class MatchedBy(StrEnum):
    """What made a match certain."""

    USER_ID = "user id"
    LOGIN = "login"
    SIS_ID = "school id"
    EMAIL = "e-mail"
    NAME = "name"


class Unmatched(StrEnum):
    """Why a row is left out."""

    NOBODY = "nobody"
    SEVERAL_IN_COURSE = "several in course"
    SEVERAL_IN_FILE = "several in file"
    OTHER_NAME = "other name"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A student of the course; ids are empty where they are not known."""

    key: int
    names: tuple[str, ...]
    user_id: str = ""
    login: str = ""
    sis_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """The student in row `row` of the file is the person `key`."""

    row: int
    key: int
    by: MatchedBy


@dataclass(frozen=True, slots=True)
class Matching:
    """Every row of the file, in one of two lists; `left_out` holds rows with the reason."""

    matched: tuple[Match, ...]
    left_out: tuple[tuple[int, Unmatched], ...]


def match_students(students: Sequence[GradebookStudent], enrolled: Sequence[Enrolled]) -> Matching:
    """Match the rows of a file with the students of a course. Nobody is matched twice."""
    book = _Book(enrolled)
    names_in_file = Counter(name for student in students for name in _folded(student.full_names))
    answers = [book.find(student, names_in_file) for student in students]
    times = Counter(answer[0] for answer in answers if not isinstance(answer, Unmatched))
    matched: list[Match] = []
    left_out: list[tuple[int, Unmatched]] = []
    for row, answer in enumerate(answers):
        if isinstance(answer, Unmatched):
            left_out.append((row, answer))
        elif times[answer[0]] > 1:
            left_out.append((row, Unmatched.SEVERAL_IN_FILE))
        else:
            matched.append(Match(row, *answer))
    return Matching(tuple(matched), tuple(left_out))


class _Book:
    """The students of a course, to be looked up by each of their ids and names."""

    def __init__(self, enrolled: Sequence[Enrolled]) -> None:
        self._names = {person.key: _folded(person.names) for person in enrolled}
        self._found: dict[tuple[MatchedBy, str], set[int]] = defaultdict(set)
        for person in enrolled:
            for by, value in _ids(person):
                self._found[by, value].add(person.key)
            for name in self._names[person.key]:
                self._found[MatchedBy.NAME, name].add(person.key)

    def find(
        self, student: GradebookStudent, names_in_file: Counter[str]
    ) -> tuple[int, MatchedBy] | Unmatched:
        """The person and what says so."""
        names = _folded(student.full_names)
        for by, value in _ids(student):
            keys = self._found.get((by, value), set())
            if len(keys) == 1:
                [key] = keys
                return (key, by) if self._may_be_called(key, names) else Unmatched.OTHER_NAME
        if any(names_in_file[name] > 1 for name in names):
            return Unmatched.SEVERAL_IN_FILE
        keys = {key for name in names for key in self._found.get((MatchedBy.NAME, name), ())}
        if len(keys) == 1:
            return keys.pop(), MatchedBy.NAME
        return Unmatched.SEVERAL_IN_COURSE if keys else Unmatched.NOBODY

    def _may_be_called(self, key: int, names: frozenset[str]) -> bool:
        """Whether a word of the name is the same; a missing name says nothing."""
        known = {word for name in self._names[key] for word in name.split()}
        said = {word for name in names for word in name.split()}
        return not known or not said or not known.isdisjoint(said)


def _folded(names: Sequence[str]) -> frozenset[str]:
    return frozenset(folded for folded in map(folded_name, names) if folded)


def _ids(person: GradebookStudent | Enrolled) -> list[tuple[MatchedBy, str]]:
    """In the order in which they are believed. Logins and addresses are the same in any case."""
    ids = (
        (MatchedBy.USER_ID, person.user_id),
        (MatchedBy.LOGIN, person.login.casefold()),
        (MatchedBy.SIS_ID, person.sis_id),
        (MatchedBy.EMAIL, person.email.casefold()),
    )
    return [(by, value) for by, value in ids if value]
