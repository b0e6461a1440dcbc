"""The smallest course that has one of everything, in the shape that the demo LMS reads."""

from datetime import UTC, datetime

from lti_tool.demo_lms.course import Course, Item, Module, Person, Score

SCORED_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
STUDENTS = ("ada", "ben", "cleo")


def tiny_course(_now: datetime) -> Course:
    """Two columns of the LMS's own, three students, two families."""
    return Course(
        id="tiny",
        title="Tiny course",
        label="TINY1",
        modules=(
            Module(
                id="week-1",
                title="Week 1",
                items=(
                    Item(
                        id="read",
                        title="Read this",
                        kind="page",
                        body="One.\n\nTwo.",
                        points=None,
                        resource_id=None,
                    ),
                    Item(
                        id="quiz", title="Quiz 1", kind="quiz", body="", points=10.0, resource_id="ratio-quiz"
                    ),
                    Item(
                        id="work",
                        title="Homework 1",
                        kind="assignment",
                        body="",
                        points=40.0,
                        resource_id=None,
                    ),
                ),
            ),
            Module(id="week-2", title="Week 2", items=()),
        ),
        people=(
            Person("tess", "Tess", "Teacher", "tess@example.org", "teacher"),
            Person("toby", "Toby", "Together", "toby@example.org", "co_teacher"),
            Person("ada", "Ada", "Alpha", "ada@example.org", "student"),
            Person("ben", "Ben", "Bravo", "ben@example.org", "student"),
            Person("cleo", "Cleo", "Charlie", "cleo@example.org", "student"),
            Person("fay", "Fay", "Alpha", "fay@example.org", "family", ("ada",)),
            Person("finn", "Finn", "Bravo", "finn@example.org", "family", ("ben",)),
            Person("alma", "Alma", "Admin", "alma@example.org", "administrator"),
        ),
        scores=(
            Score("quiz", "ada", 8.0, SCORED_AT, "Well done"),
            Score("quiz", "ben", 5.0, SCORED_AT, None),
            Score("work", "ada", 20.0, SCORED_AT, None),
        ),
    )
