"""What the gradebook shows: cells, and totals that count only cells with a score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_tool.demo_lms.tables import Column, CourseRow, Grade, PersonRow


@dataclass(frozen=True, slots=True)
class Total:
    """Points got and points possible, over the cells that have a score."""

    points: float
    possible: float

    @property
    def percent(self) -> float | None:
        """Share in percent; None where nothing is scored."""
        return 100 * self.points / self.possible if self.possible else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradebook:
    """Columns, students and the cells between them."""

    columns: Sequence[Column]
    students: Sequence[PersonRow]
    cells: Mapping[tuple[int, int], Grade]

    def cell(self, column: Column, student: PersonRow) -> Grade | None:
        """The cell of a column and a student, if anything was ever put there."""
        return self.cells.get((column.id, student.id))

    def student_total(self, student: PersonRow) -> Total:
        """A student's total. A comment without a score takes no part in it."""
        return total((column, self.cell(column, student)) for column in self.columns)

    def column_total(self, column: Column) -> Total:
        """The class's total in one column."""
        return total((column, self.cell(column, student)) for student in self.students)


def total(cells: Iterable[tuple[Column, Grade | None]]) -> Total:
    """Points and possible points of the cells that have a score."""
    scored = [
        (column, grade.score) for column, grade in cells if grade is not None and grade.score is not None
    ]
    return Total(sum(score for _, score in scored), sum(column.score_maximum for column, _ in scored))


def read_gradebook(session: Session, course: CourseRow, students: Sequence[PersonRow]) -> Gradebook:
    """The gradebook of these students in one course."""
    columns = list(session.scalars(select(Column).where(Column.course_id == course.id).order_by(Column.id)))
    ids = [student.id for student in students]
    grades = session.scalars(
        select(Grade).where(Grade.person_id.in_(ids)).options(selectinload(Grade.comments))
    )
    return Gradebook(
        columns=columns,
        students=students,
        cells={(grade.column_id, grade.person_id): grade for grade in grades},
    )
