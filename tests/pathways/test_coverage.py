"""Coverage of the standards: what exists, what the class has shown, and gaps first."""

from lti_tool.pathways.coverage import Gap, standards_coverage
from lti_tool.pathways.mastery import Level, MasteryEstimate
from lti_tool.pathways.skill_map import Format, Skill, SkillMap
from tests.pathways.factories import activity, estimate


def own(first: Level, second: Level, tried: int = 3) -> dict[str, MasteryEstimate]:
    return {
        "a": estimate("a", 0.5, first, evidence_count=tried),
        "b": estimate("b", 0.5, second, evidence_count=0),
        "c": estimate("c", 0.5, Level.NOT_STARTED, evidence_count=0),
    }


def test_each_standard_counts_what_its_skills_have() -> None:
    skill_map = SkillMap(
        id="m",
        title="M",
        grade=3,
        version="1",
        skills=(
            Skill("a", "A", codes=("X.1", "X.2")),
            Skill("b", "B", codes=("X.1",)),
            Skill("c", "C"),
        ),
        activities=(
            activity("quiz", {"a": 0.5, "b": 0.5}, format=Format.QUIZ),
            activity("sheet", "a"),
            activity("video", "c", format=Format.VIDEO),
        ),
    )
    class_ = [
        own(Level.SECURE, Level.LASTING),
        own(Level.SECURE, Level.GROWING),
        own(Level.GROWING, Level.GROWING, tried=0),
    ]
    bare, one, two = standards_coverage(skill_map, class_)
    assert (bare.code, bare.skill_ids, bare.activities, bare.checks) == ("", ("c",), 1, 0)
    assert bare.gaps == (Gap.FEW_ACTIVITIES, Gap.NO_CHECK, Gap.NO_EVIDENCE)
    assert (one.code, one.skill_ids, one.activities, one.checks, one.gaps) == ("X.1", ("a", "b"), 2, 1, ())
    assert (one.with_evidence, one.secure) == (2, 1)
    assert (two.code, two.with_evidence, two.secure) == ("X.2", 2, 2)


def test_a_standard_without_activities_comes_first_and_no_class_is_no_gap() -> None:
    skills = tuple(Skill(name, name, codes=(name,)) for name in ("a", "b", "c"))
    sheets = tuple(
        activity(f"{name}{number}", name, format=Format.CHECK) for name in "ab" for number in range(2)
    )
    skill_map = SkillMap(id="m", title="M", grade=3, version="1", skills=skills, activities=sheets)
    found = standards_coverage(skill_map, [])
    assert [(each.code, each.gaps) for each in found] == [("c", (Gap.NO_ACTIVITY,)), ("a", ()), ("b", ())]
