"""CASE: what becomes a skill, what is kept, and that everything that CASE can say comes back."""

import copy
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from lti_tool.pathways.case_framework import ALL, CaseError, Entries
from lti_tool.pathways.case_reading import read_case
from lti_tool.pathways.case_writing import write_case
from lti_tool.pathways.skill_map import PrerequisiteKind, SkillMap, SkillMapError, read_skill_map
from lti_tool.pathways.toml_text import read_toml, write_toml
from tests.pathways.case_samples import framework, name_of
from tests.pathways.documents import document_of
from tests.pathways.random_maps import skill_maps

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def written(document: dict[str, Any]) -> dict[str, Any]:
    """The package as a file holds it."""
    package: dict[str, Any] = json.loads(json.dumps(write_case(document, changed_at=NOW)))
    return package


def unmarked(value: Any) -> Any:
    """The same without our notes."""
    if isinstance(value, list):
        return [unmarked(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    plain = {key: unmarked(inner) for key, inner in value.items() if key != "waymark"}
    return {key: inner for key, inner in plain.items() if key != "extensions" or inner}


def test_the_finest_entries_become_skills_in_the_order_of_the_framework() -> None:
    skill_map = read_skill_map(read_case(framework()))
    assert [skill.codes for skill in skill_map.skills] == [("6.R.1",), ("6.R.2.a",), ("6.R.2.b",), ("7.R.1",)]
    first, table, _graph, last = skill_map.skills
    assert (first.title, first.statement, first.grade) == ("Writes ratios.", "Writes ratios.", 6)
    assert (table.title, table.statement) == ("Unit rate: table", "Finds a unit rate from a table.")
    assert (last.grade, last.title[-1], len(last.title) <= 120) == (7, "…", True)
    assert [(edge.before, edge.after) for edge in skill_map.prerequisites] == [
        (name_of("6.R.1"), name_of("6.R.2.a")),
        (name_of("6.R.2.a"), name_of("7.R.1")),
    ]
    assert (skill_map.id, skill_map.title, skill_map.grade, skill_map.version) == (
        framework()["CFDocument"]["identifier"],
        "Mathematics",
        6,
        "2025",
    )


def test_other_entries_can_be_chosen() -> None:
    def codes(kind: str, grade: int | None = None) -> list[str]:
        rows = read_case(framework(), Entries(kind, grade))["skills"]
        return [row["codes"][0] for row in rows]

    assert codes("Standard") == ["6.R.1", "6.R.2", "7.R.1"]
    assert codes(ALL) == ["6.R", "6.R.1", "6.R.2", "6.R.2.a", "6.R.2.b", "7.R.1"]
    assert codes("", 7) == ["7.R.1"]
    with pytest.raises(CaseError, match=r"Standard \(3\)"):
        codes("Unit")


def test_a_framework_comes_back_with_all_that_is_not_ours() -> None:
    document = read_case(framework())
    once = written(document)
    assert unmarked(once) == framework()
    assert read_skill_map(read_case(once)) == read_skill_map(document)
    assert written(read_case(once)) == once
    assert read_skill_map(read_case(once, Entries())) == read_skill_map(document)
    assert written(read_toml(write_toml(document))) == once


def test_changes_touch_what_they_are_about_and_nothing_else() -> None:
    document = read_case(framework())
    first, table, graph, last = copy.deepcopy(document["skills"])
    table |= {"title": "Rates in tables", "goal": True, "codes": ["6.R.2.a", "R7"], "prerequisites": []}
    new = {
        "id": "speed",
        "title": "Speed",
        "grade": 0,
        "prerequisites": [{"skill": first["id"], "kind": "soft"}],
    }
    last["prerequisites"] = [{"skill": table["id"], "kind": "soft"}]
    changed = document | {"skills": [first, table, last, new]}
    package = written(changed)
    before, after = framework(), unmarked(package)
    assert package["CFItems"][1] == before["CFItems"][1], (
        "an entry that is no skill any more stays in the framework"
    )
    assert after["CFItems"][2] == before["CFItems"][2] | {
        "abbreviatedStatement": "Rates in tables",
        "lastChangeDateTime": "2026-03-02T09:00:00Z",
    }
    assert [entry for place, entry in enumerate(after["CFItems"][:6]) if place != 2] == [
        entry for place, entry in enumerate(before["CFItems"]) if place != 2
    ]
    added = after["CFItems"][6]
    assert str(UUID(added["identifier"])) == added["identifier"]
    gone = [link for link in before["CFAssociations"] if link not in after["CFAssociations"]]
    assert [(g["associationType"], g["originNodeURI"]["title"]) for g in gone] == [("precedes", "6.R.1")]
    assert read_skill_map(read_case(package)) == read_skill_map(changed)
    assert graph["id"] not in [skill.id for skill in read_skill_map(read_case(package)).skills]


@settings(max_examples=60, deadline=None)
@given(skill_maps())
def test_any_map_of_ours_comes_back_with_its_activities(skill_map: SkillMap) -> None:
    package = written(document_of(skill_map))
    assert read_skill_map(read_case(package)) == skill_map
    assert package == written(document_of(skill_map)), "writing twice gives the same"
    assert_complete(package)


def assert_complete(package: dict[str, Any]) -> None:
    """What the information model requires is there (multiplicity 1 in CFPckgDocument, CFPckgItem, CFPckgAssociation)."""
    required = {
        "CFDocument": ("identifier", "uri", "creator", "title", "lastChangeDateTime"),
        "CFItems": ("identifier", "uri", "fullStatement", "lastChangeDateTime"),
        "CFAssociations": (
            *("identifier", "uri", "associationType", "originNodeURI", "destinationNodeURI"),
            "lastChangeDateTime",
        ),
    }
    for part, keys in required.items():
        things = [package[part]] if part == "CFDocument" else package[part]
        for thing in things:
            assert all(thing.get(key) for key in keys), thing
            UUID(thing["identifier"])
    for link in package["CFAssociations"]:
        for end in ("originNodeURI", "destinationNodeURI"):
            assert all(link[end].get(key) for key in ("title", "identifier", "uri")), link


def test_soft_prerequisites_stay_soft() -> None:
    document = read_case(framework())
    document["skills"][3]["prerequisites"][0]["kind"] = "soft"
    again = read_skill_map(read_case(written(document)))
    assert [edge.kind for edge in again.prerequisites] == [PrerequisiteKind.HARD, PrerequisiteKind.SOFT]


@pytest.mark.parametrize(
    ("package", "code"),
    [
        ([], "case.no_package"),
        ({"CFItems": []}, "case.no_package"),
        ({"CFDocument": {}, "CFItems": {}}, "case.list"),
        ({"CFDocument": {}, "CFItems": [1]}, "case.list"),
        ({"CFDocument": {}, "CFItems": [{}]}, "case.identifier"),
        ({"CFDocument": {}, "CFItems": [{"identifier": "a"}, {"identifier": "a"}]}, "case.repeated"),
        ({"CFDocument": {}}, "case.no_entries"),
        ({"CFDocument": {}, "CFItems": [{"identifier": f"i{n}"} for n in range(501)]}, "case.too_many"),
        ({"CFDocument": {}, "CFItems": [{}] * 20_001}, "case.too_big"),
    ],
)
def test_what_is_no_framework_is_refused_with_what_to_do(package: Any, code: str) -> None:
    with pytest.raises(CaseError) as refusal:
        read_case(package)
    assert [problem.code for problem in refusal.value.problems] == [code]


@pytest.mark.parametrize(
    "mark",
    [
        [],
        "x",
        {"id": []},
        {"id": {}},
        {"id": "a", "codes": 7},
        {"id": "a", "title": ["x"]},
        {"id": "a", "grade": {}},
    ],
)
def test_a_note_that_is_not_ours_never_breaks_the_reading(mark: Any) -> None:
    package = framework()
    package["CFItems"][0]["extensions"] = {"waymark": mark}
    package["CFDocument"]["extensions"] = {"waymark": {"map": [1], "activities": {"a": 1}}}
    package["CFAssociations"][6]["extensions"] = {"waymark": {"kind": []}}
    with pytest.raises(SkillMapError):
        read_skill_map(read_case(package))
    package["CFDocument"]["extensions"] = None
    del package["CFAssociations"][6]
    try:
        document = read_case(package)
        read_skill_map(document)
    except SkillMapError:
        return
    assert read_skill_map(read_case(written(document))) == read_skill_map(document)


def test_a_circle_of_children_is_no_trap() -> None:
    package = framework()
    package["CFAssociations"][0]["destinationNodeURI"]["identifier"] = name_of("6.R.2.a")
    assert len(read_case(package, Entries(ALL))["skills"]) == 6
