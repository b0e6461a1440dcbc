"""Changes by hand and the differences that they make: what is said to have changed is all that has."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways import map_edits
from lti_tool.pathways.map_changes import changes_between, shared_codes
from lti_tool.pathways.skill_map import SkillMap, read_skill_map
from tests.pathways.documents import document_of
from tests.pathways.factories import small_map
from tests.pathways.random_maps import skill_maps


@settings(max_examples=30, deadline=None)
@given(skill_maps(), st.data())
def test_removing_a_skill_leaves_a_map_without_any_trace_of_it(
    skill_map: SkillMap, data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(skill_map.skills))
    before = document_of(skill_map)
    kept = copy.deepcopy(before)
    document = map_edits.without_skill(before, gone.id)
    assert before == kept, "the old document stays as it was"
    if len(skill_map.skills) == 1:
        return
    found = read_skill_map(document)
    changes = changes_between(skill_map, found)
    assert changes.gone_skills == (gone,)
    assert set(changes.gone_prerequisites) == {
        edge for edge in skill_map.prerequisites if gone.id in (edge.before, edge.after)
    }
    assert {a.id for a in changes.retagged_activities} == {
        a.id for a in skill_map.activities if gone.id in a.skills
    }
    assert not (changes.new_skills)
    assert not (changes.changed_skills)
    assert not (changes.new_prerequisites)
    assert not (changes.new_activities)
    assert not (changes.gone_activities)
    assert not (changes.changed_activities)


@settings(max_examples=20, deadline=None)
@given(skill_maps())
def test_a_map_does_not_differ_from_itself(skill_map: SkillMap) -> None:
    assert not changes_between(skill_map, read_skill_map(document_of(skill_map))).any


def test_a_new_skill_gets_an_id_that_can_be_read_and_that_nobody_has() -> None:
    document = document_of(small_map())
    for title, wanted in (
        ("Ünit rate!", "unit-rate"),
        ("Counting", "counting-2"),
        ("数", "skill"),
        ("Counting", "counting-3"),
    ):
        document = map_edits.with_skill(document, "", {"title": title, "grade": 3})
        assert read_skill_map(document).skills[-1].id == wanted


def test_tags_change_for_the_chosen_activities_alone() -> None:
    document = document_of(small_map())
    chosen = {"quiz-adding", "check-adding"}
    tagged = read_skill_map(map_edits.tagged(document, chosen, "counting", 0.5))
    assert {
        a.id: a.skills["counting"] for a in tagged.activities_for("counting") if a.id in chosen
    } == dict.fromkeys(chosen, 0.5)
    assert len(tagged.activities_for("counting")) == len(small_map().activities_for("counting")) + 2
    assert read_skill_map(map_edits.untagged(document_of(tagged), chosen, "counting")) == small_map()
    with_checks = document | {"checks": [{"activity": "check-adding"}, {"activity": "check-counting"}]}
    left = map_edits.without_activities(with_checks, chosen)
    assert left["checks"] == [{"activity": "check-counting"}]
    assert {a["id"] for a in document["activities"]} - {a["id"] for a in left["activities"]} == chosen


def test_codes_on_several_skills_are_found() -> None:
    document = document_of(small_map())
    for row in document["skills"][:2]:
        row["codes"] = ["3.OA", f"own {row['id']}", "3.OA"]
    assert {
        code: [skill.id for skill in skills]
        for code, skills in shared_codes(read_skill_map(document)).items()
    } == {"3.OA": ["counting", "adding"]}
