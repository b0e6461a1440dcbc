"""The tool's library and the demo LMS's course are written apart; their titles have to agree."""

from datetime import UTC, datetime

import pytest

from lti_tool.demo_lms.course import Course, Item, sample_course
from lti_tool.pathways.skill_map import Activity, Format, Host, SkillMap


@pytest.fixture(scope="session")
def course() -> Course:
    return sample_course(datetime(2026, 3, 18, 9, tzinfo=UTC))


def items(course: Course) -> list[Item]:
    return [item for module in course.modules for item in module.items]


def hosted_by_the_lms(skill_map: SkillMap) -> list[Activity]:
    return [activity for activity in skill_map.activities if activity.hosted is Host.LMS]


def test_every_column_of_the_lms_has_the_title_of_a_quiz_or_worksheet_of_the_library(
    skill_map: SkillMap, course: Course
) -> None:
    columns = {(item.title, item.kind) for item in items(course) if item.points is not None}
    kinds = {Format.QUIZ: "quiz", Format.WORKSHEET: "assignment"}
    scored = {(a.title, kinds[a.format]) for a in hosted_by_the_lms(skill_map) if a.format in kinds}
    assert columns == scored
    assert len(columns) >= 22


def test_every_other_activity_of_the_lms_is_a_page_there(skill_map: SkillMap, course: Course) -> None:
    pages = {item.title for item in items(course) if item.kind == "page"}
    others = {
        a.title for a in hosted_by_the_lms(skill_map) if a.format not in (Format.QUIZ, Format.WORKSHEET)
    }
    assert others <= pages


def test_the_course_teaches_the_foundations_before_what_rests_on_them(
    skill_map: SkillMap, course: Course
) -> None:
    place = {item.title: number for number, item in enumerate(items(course))}
    first = {
        skill.id: min(
            (place[a.title] for a in skill_map.activities_for(skill.id) if a.title in place), default=10_000
        )
        for skill in skill_map.skills
    }
    for edge in skill_map.prerequisites:
        assert first[edge.before] <= first[edge.after], edge
