"""The sample skill map: complete, connected, varied."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lti_tool.pathways.skill_map import Format, Host, Mode, PrerequisiteKind, SkillMap

GRAPHIC_ORGANISERS = {"circle", "bubble", "double-bubble", "tree", "brace", "flow", "multi-flow", "bridge"}
DRAWINGS = {"tape-diagram", "ratio-table", "double-number-line"}
STANDARD = re.compile(r"[4-7]\.(OA|NF|RP)\.[A-C]\.[1-9](\.[a-d])?")


def test_the_map_is_free_to_use_and_says_so(library: Mapping[str, Any]) -> None:
    assert library["map"]["license"] == "CC0-1.0"


def test_the_health_check_finds_nothing_to_mend(skill_map: SkillMap) -> None:
    assert skill_map.health() == ()


def test_there_are_about_fifteen_skills_in_several_layers(skill_map: SkillMap) -> None:
    assert 15 <= len(skill_map.skills) <= 16
    assert 4 <= len(skill_map.layers()) <= 6
    assert {edge.kind for edge in skill_map.prerequisites} == set(PrerequisiteKind)


def test_only_grade_six_skills_are_goals_and_every_ratio_standard_of_grade_six_is_covered(
    skill_map: SkillMap,
) -> None:
    assert all(skill.goal == (skill.grade == 6) for skill in skill_map.skills)
    codes = {code for skill in skill_map.skills if skill.goal for code in skill.codes}
    assert codes == {
        *("6.RP.A.1", "6.RP.A.2", "6.RP.A.3"),
        *("6.RP.A.3.a", "6.RP.A.3.b", "6.RP.A.3.c", "6.RP.A.3.d"),
    }


def test_every_skill_has_a_code_of_its_own_grade_and_words_for_families(skill_map: SkillMap) -> None:
    for skill in skill_map.skills:
        assert skill.statement.startswith("I can "), skill.id
        assert skill.home_activity, skill.id
        assert skill.family_question.endswith("?"), skill.id
        assert all(STANDARD.fullmatch(code) and code.startswith(f"{skill.grade}.") for code in skill.codes)
        assert skill.codes, skill.id


def test_no_skill_rests_on_a_skill_of_a_later_grade(skill_map: SkillMap) -> None:
    for edge in skill_map.prerequisites:
        assert skill_map.skill(edge.before).grade <= skill_map.skill(edge.after).grade, edge


def test_every_skill_has_three_activities_two_formats_and_a_check_of_its_own(skill_map: SkillMap) -> None:
    for skill in skill_map.skills:
        activities = skill_map.activities_for(skill.id)
        assert len(activities) >= 3, skill.id
        assert len({activity.format for activity in activities}) >= 2, skill.id
        assert any(a.format is Format.CHECK and list(a.skills) == [skill.id] for a in activities), skill.id


def test_every_skill_offers_something_other_than_questions(skill_map: SkillMap) -> None:
    for skill in skill_map.skills:
        formats = {activity.format for activity in skill_map.activities_for(skill.id)}
        assert formats - {Format.CHECK, Format.QUIZ, Format.WORKSHEET}, skill.id


def test_the_library_is_large_and_varied(skill_map: SkillMap) -> None:
    activities = skill_map.activities
    assert len(activities) >= 54
    assert {activity.format for activity in activities} == set(Format)
    assert {activity.mode for activity in activities} == set(Mode)
    assert {activity.level for activity in activities} == {1, 2, 3}
    assert min(activity.minutes for activity in activities) >= 5
    assert max(activity.minutes for activity in activities) <= 25
    checks = [a for a in activities if a.format is Format.CHECK and a.hosted is Host.TOOL]
    assert len(checks) >= 18
    assert len([a for a in activities if a.format in (Format.QUIZ, Format.WORKSHEET)]) >= 22


def test_strategies_are_shared_words_and_every_drawing_is_used_often(skill_map: SkillMap) -> None:
    used = Counter(strategy for activity in skill_map.activities for strategy in activity.strategies)
    assert set(used) <= GRAPHIC_ORGANISERS | DRAWINGS
    assert all(used[drawing] >= 10 for drawing in DRAWINGS)
    assert len(GRAPHIC_ORGANISERS.intersection(used)) >= 7


def test_shares_of_an_activity_add_up_to_the_whole(skill_map: SkillMap) -> None:
    for activity in skill_map.activities:
        assert abs(sum(activity.skills.values()) - 1.0) < 1e-9, activity.id


def test_only_work_that_is_marked_tells_about_a_skill(skill_map: SkillMap) -> None:
    expected = {Format.CHECK: 1.0, Format.QUIZ: 1.0, Format.WORKSHEET: 0.6, Format.PROJECT: 0.3}
    for activity in skill_map.activities:
        assert activity.informativeness == expected.get(activity.format, 0.0), activity.id


def test_every_activity_says_what_to_do_in_one_line_and_in_paragraphs(skill_map: SkillMap) -> None:
    titles = [activity.title.casefold() for activity in skill_map.activities]
    assert len(set(titles)) == len(titles)
    for activity in skill_map.activities:
        assert activity.summary.endswith((".", "?")), activity.id
        assert "\n" not in activity.summary, activity.id
        assert len(activity.summary) <= 100, activity.id
        assert len(activity.body.split("\n\n")) >= 2, activity.id
        assert activity.title, activity.id
