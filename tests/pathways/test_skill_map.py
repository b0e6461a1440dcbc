import tomllib
from pathlib import Path

import pytest

from lti_tool.pathways.skill_map import PrerequisiteKind, SkillMapError, read_skill_map
from tests.pathways.documents import document_of
from tests.pathways.factories import activity, small_map

SAMPLE = Path(__file__).parents[2] / "configs" / "skill_maps" / "grade6_ratios"
TEXT = """
[map]
id = "m"
title = "Map"
grade = 4

[[skills]]
id = "one"
title = "One"

[[skills]]
id = "two"
title = "Two"
goal = true
prerequisites = [{ skill = "one", kind = "soft" }]

[[activities]]
id = "a"
title = "A"
skills = { two = 1.0 }
format = "hands-on"
"""


def test_a_map_is_read_with_sensible_defaults() -> None:
    skill_map = read_skill_map(tomllib.loads(TEXT))
    assert skill_map.skill("one").grade == 4
    assert skill_map.prerequisites_of("two")[0].kind is PrerequisiteKind.SOFT
    assert skill_map.goals == ("two",)
    assert skill_map.activity("a").minutes == 10
    assert [a.id for a in skill_map.activities_for("two")] == ["a"]


def test_all_problems_are_listed_at_once() -> None:
    broken = tomllib.loads(
        TEXT.replace('title = "One"', 'titel = "One"')
        .replace("two = 1.0", "three = 2, four = 1")
        .replace('"hands-on"', '"film"')
    )
    with pytest.raises(SkillMapError) as caught:
        read_skill_map(broken)
    text = "\n".join(map(str, caught.value.problems))
    for word in ("“titel”", "needs “title”", "share 2", "“four”, which is not in the map", "format “film”"):
        assert word in text
    assert caught.value.code == "skill_map.invalid"


def test_a_circle_of_prerequisites_is_named() -> None:
    circle = tomllib.loads(TEXT)
    circle["skills"][0]["prerequisites"] = [{"skill": "two", "kind": "hard"}]
    with pytest.raises(SkillMapError, match="circle"):
        read_skill_map(circle)


@pytest.mark.parametrize(
    "mapping", [{}, {"map": 3}, {"map": {}, "skills": "x"}, {"map": {"id": "m"}, "skills": [1]}]
)
def test_nonsense_is_refused_with_sentences(mapping: dict[str, object]) -> None:
    with pytest.raises(SkillMapError):
        read_skill_map(mapping)


def test_repeated_ids_are_refused() -> None:
    with pytest.raises(SkillMapError, match="“same” is used more than once"):
        small_map(activities=(activity("same", "adding"), activity("same", "adding")))


def test_layers_and_dependents_follow_the_prerequisites() -> None:
    skill_map = small_map()
    assert skill_map.layers() == [["counting"], ["adding"], ["multiplying"]]
    assert skill_map.dependents_of("counting") == {"adding", "multiplying"}
    assert skill_map.needed == {"counting", "adding", "multiplying"}


def test_health_names_gaps_with_something_to_do() -> None:
    assert small_map().health() == ()
    thin = small_map(activities=(activity("only", "counting"), activity("loose", {})))
    codes = {(finding.code, finding.subject_id) for finding in thin.health()}
    assert ("skill.few_activities", "counting") in codes
    assert ("skill.no_check", "counting") in codes
    assert ("skill.no_activities", "adding") in codes
    assert ("activity.no_skills", "loose") in codes


def test_the_sample_map_is_read() -> None:
    mapping: dict[str, object] = {}
    for name in ("skills.toml", "activities.toml"):
        mapping |= tomllib.loads((SAMPLE / name).read_text(encoding="utf-8"))
    skill_map = read_skill_map(mapping)
    assert len(skill_map.layers()) > 2
    assert all(skill_map.activities_for(goal) for goal in skill_map.goals)


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.org", True),
        ("https://example.org:8443/a?b=c#d", True),
        ("http://example.org", False),
        ("javascript:alert(1)", False),
        ("//example.org", False),
        ("https:///path", False),
        ("https://ann:secret@example.org", False),
        ("https://good.example\\@evil.example", False),
        ("https://example.org/a b", False),
        ("https://example.org:99999", False),
        ("https://[::1", False),
    ],
)
def test_a_link_is_an_address_that_a_page_may_lead_to(link: str, kept: bool) -> None:
    document = document_of(small_map())
    document["activities"][0]["link"] = link
    if kept:
        assert read_skill_map(document).activities[0].link == link
        return
    with pytest.raises(SkillMapError) as refused:
        read_skill_map(document)
    assert [problem.code for problem in refused.value.problems] == ["entry.address"]
