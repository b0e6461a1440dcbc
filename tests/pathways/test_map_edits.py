"""Changes by hand and the differences that they make: what is said to have changed is all that has."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways import map_edits
from lti_tool.pathways.map_changes import changes_between, shared_codes
from lti_tool.pathways.map_health import format_to_add
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


def test_an_activity_is_added_and_changed_and_its_score_tells_what_its_format_does() -> None:
    document = document_of(small_map())
    row = {
        "title": "Counting bees",
        "format": "video",
        "skills": {"counting": 0.5},
        "link": "https://a.example/b",
    }
    document = map_edits.with_activity(document, "", row)
    added = read_skill_map(document).activities[-1]
    assert (added.id, added.informativeness, added.link) == ("counting-bees", 0.0, "https://a.example/b")
    changed = map_edits.with_activity(document, "counting-bees", {"title": "Bees", "format": "quiz"})
    assert read_skill_map(changed).activities[-1].informativeness == 1.0
    said = map_edits.with_activity(changed, "counting-bees", {"informativeness": 0.3})
    kept = map_edits.with_activity(said, "counting-bees", {"format": "quiz", "minutes": 7})
    assert (kept["activities"][-1]["informativeness"], kept["activities"][-1]["minutes"]) == (0.3, 7)
    assert len(kept["activities"]) == len(small_map().activities) + 1


@settings(max_examples=30, deadline=None)
@given(skill_maps(), st.data())
def test_the_format_to_add_closes_the_gap(skill_map: SkillMap, data: st.DataObject) -> None:
    skill = data.draw(st.sampled_from(skill_map.skills))
    had = skill_map.activities_for(skill.id)
    document = document_of(skill_map)
    for number in range(2):
        format_ = format_to_add(skill.id, read_skill_map(document).activities)
        row = {"title": f"added {number}", "format": format_.value, "skills": {skill.id: 1.0}}
        document = map_edits.with_activity(document, "", row)
    left = {finding.code for finding in read_skill_map(document).health() if finding.subject_id == skill.id}
    assert not left & {"skill.no_activities", "skill.few_activities", "skill.one_format"}
    assert "skill.no_check" not in left or not had
