"""The sample course of the demo LMS: its outline and its people."""

import re
from collections import Counter

from lti_tool.demo_lms.course import Course, Item
from lti_tool.demo_lms.course.outline import read_outline
from lti_tool.demo_lms.course.personas import read_people


def test_ids_are_used_once(course: Course) -> None:
    items = [item.id for module in course.modules for item in module.items]
    people = [person.id for person in course.people]
    modules = [module.id for module in course.modules]
    for ids in (items, people, modules):
        assert len(set(ids)) == len(ids)


def test_the_roles_of_a_class_are_filled(course: Course) -> None:
    roles = Counter(person.role for person in course.people)
    assert roles == {"teacher": 1, "co_teacher": 1, "administrator": 1, "family": 2, "student": 28}


def test_one_family_has_one_child_and_the_other_has_two(course: Course) -> None:
    students = {person.id: person for person in course.people if person.role == "student"}
    families = [person for person in course.people if person.role == "family"]
    assert sorted(len(family.children) for family in families) == [1, 2]
    for family in families:
        assert {students[child].family for child in family.children} == {family.family}
    assert all(not person.children for person in course.people if person.role != "family")


def test_addresses_cannot_reach_anybody(course: Course) -> None:
    addresses = [person.email for person in course.people]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+@school\.example", address) for address in addresses)


def test_pages_have_no_points_and_all_columns_are_the_lmss_own(course: Course) -> None:
    for item in (item for module in course.modules for item in module.items):
        assert (item.points is None) == (item.kind == "page"), item.id
        assert item.resource_id is None
        assert item.body == item.body.strip() != ""
        assert "<" not in item.body


def test_every_week_has_something_to_read_or_watch_or_hand_in(course: Course) -> None:
    assert len(course.modules) == 9
    assert all(len(module.items) >= 2 for module in course.modules)


def test_the_hidden_plan_names_known_skills_and_runs_forward(columns: dict[str, Item]) -> None:
    outline = read_outline()
    lessons = [assessment.lesson for assessment in outline.assessments]
    assert [assessment.item.id for assessment in outline.assessments] == list(columns)
    assert lessons == sorted(set(lessons))
    known: set[str] = set()
    for skill, needed in outline.rests_on.items():
        assert known.issuperset(needed), "a skill stands after those that it rests on"
        known.add(skill)
    assert all(known.issuperset(assessment.skills) for assessment in outline.assessments)


def test_every_student_has_a_persona_about_known_skills() -> None:
    people, skills = read_people(), read_outline().rests_on
    assert set(people.personas) == {person.id for person in people.all if person.role == "student"}
    for persona in people.personas.values():
        assert set(persona.strengths) | set(persona.needs) <= set(skills)
