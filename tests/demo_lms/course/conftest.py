"""The sample course as of one fixed morning, a Wednesday."""

from datetime import UTC, datetime

import pytest

from lti_tool.demo_lms.course import Course, Item, sample_course

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def course() -> Course:
    return sample_course(NOW)


@pytest.fixture(scope="session")
def columns(course: Course) -> dict[str, Item]:
    """Scored items by id, in teaching order."""
    return {i.id: i for module in course.modules for i in module.items if i.points is not None}


@pytest.fixture(scope="session")
def fractions(course: Course, columns: dict[str, Item]) -> dict[str, dict[str, float]]:
    """Share of the points by student id and item id."""
    shares: dict[str, dict[str, float]] = {p.id: {} for p in course.people if p.role == "student"}
    for score in course.scores:
        shares[score.person_id][score.item_id] = score.score_given / (columns[score.item_id].points or 1.0)
    return shares
