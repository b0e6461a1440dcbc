"""Which LMS wrote a file, and what is in it. Nobody has to choose: its heading or its manifest says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lti_tool.errors import Fixable
from lti_tool.grades.gradebook_files import canvas, moodle, oneroster, schoology
from lti_tool.grades.gradebook_files.table import DELIMITERS, Row, first_row, read_rows, read_text
from lti_tool.grades.gradebooks.gradebook import Gradebook


@dataclass(frozen=True, slots=True)
class _Reader:
    recognises: Callable[[Row], bool]
    read: Callable[[list[Row]], Gradebook]


@dataclass(frozen=True, slots=True)
class GradebookFile:
    """What a file holds: one gradebook, or one for each class of an export.

    `encoding_guessed` is true where it does not say how it writes letters and is not UTF-8.
    """

    gradebooks: tuple[Gradebook, ...]
    encoding_guessed: bool

    @property
    def gradebook(self) -> Gradebook:
        """The gradebook of a file that has no other."""
        [only] = self.gradebooks
        return only


_READERS = (
    _Reader(canvas.recognises, canvas.read),
    _Reader(schoology.recognises, schoology.read),
    _Reader(moodle.recognises, moodle.read),
)


def read_gradebook_file(content: bytes) -> GradebookFile:
    """What a gradebook export holds.

    Raises Fixable `gradebook_file.unknown_format`, `.too_big`, `.not_text`, `.empty`, `.broken`, `.no_students`
    or `.no_columns`, or what `oneroster.read` raises.
    """
    if oneroster.recognises(content):
        gradebooks, guessed = oneroster.read(content)
        return GradebookFile(_with_results(gradebooks), guessed)
    text, guessed = read_text(content)
    for delimiter in DELIMITERS:
        heading = first_row(text, delimiter)
        for reader in _READERS:
            if reader.recognises(heading):
                return GradebookFile(_with_results((reader.read(read_rows(text, delimiter)),)), guessed)
    raise Fixable(
        "gradebook_file.unknown_format",
        "This does not look like a gradebook from Canvas, Moodle or Schoology, nor like a OneRoster export. Export the "
        "gradebook as a CSV file, and choose that file without changing its first row.",
    )


def _with_results(gradebooks: tuple[Gradebook, ...]) -> tuple[Gradebook, ...]:
    """Those that have students and columns."""
    with_columns = tuple(gradebook for gradebook in gradebooks if gradebook.columns)
    kept = tuple(gradebook for gradebook in with_columns if gradebook.students)
    if kept:
        return kept
    if with_columns or (gradebooks and not any(gradebook.students for gradebook in gradebooks)):
        raise Fixable(
            "gradebook_file.no_students",
            "There are no students in this file. Export the gradebook of a course with students.",
        )
    raise Fixable(
        "gradebook_file.no_columns",
        "There are no columns with results in this file. Export the whole gradebook, not only its totals.",
    )
