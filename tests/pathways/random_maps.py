"""Random skill maps for properties: any texts, any tags, prerequisites that run forward."""

from typing import Any

from hypothesis import strategies as st

from lti_tool.pathways.skill_map import (
    Activity,
    Format,
    Host,
    Mode,
    Prerequisite,
    PrerequisiteKind,
    Skill,
    SkillMap,
)

# Texts as people and spreadsheets make them: quotes, delimiters, formulas, several lines, other alphabets.
_SIGNS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@';,\t\n\r\"\\|{}[]#")
text = st.text(_SIGNS, max_size=20).map(str.strip)
title = text.filter(bool)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,12}", fullmatch=True)
short = st.lists(title, max_size=3).map(tuple)
share = st.floats(min_value=0.001, max_value=1.0)


@st.composite
def skill_maps(draw: st.DrawFn) -> SkillMap:
    names = draw(st.lists(ids, min_size=1, max_size=5, unique=True))
    skills = tuple(
        Skill(
            id=name,
            title=draw(title),
            statement=draw(text),
            codes=draw(short),
            grade=draw(st.integers(0, 13)),
            goal=draw(st.booleans()),
            strategies=draw(short),
            home_activity=draw(text),
            family_question=draw(text),
        )
        for name in names
    )
    edges = tuple(
        Prerequisite(before, after, draw(st.sampled_from(PrerequisiteKind)))
        for place, after in enumerate(names)
        for before in names[:place]
        if draw(st.booleans())
    )
    return SkillMap(
        id=draw(ids),
        title=draw(title),
        grade=draw(st.integers(0, 13)),
        version=draw(title),
        skills=skills,
        prerequisites=edges,
        activities=tuple(
            _activity(draw, name, names) for name in draw(st.lists(ids, max_size=4, unique=True))
        ),
    )


def _activity(draw: st.DrawFn, name: str, skills: list[str]) -> Activity:
    values: dict[str, Any] = {
        "skills": draw(st.dictionaries(st.sampled_from(skills), share, max_size=3)),
        "format": draw(st.sampled_from(Format)),
        "mode": draw(st.sampled_from(Mode)),
        "minutes": draw(st.integers(1, 600)),
        "level": draw(st.integers(1, 3)),
        "strategies": draw(short),
        "interests": draw(short),
        "informativeness": draw(st.floats(0.0, 1.0)),
        "hosted": draw(st.sampled_from(Host)),
        "summary": draw(text),
        "body": draw(text),
        "link": draw(st.sampled_from(["", "https://example.org/a?b=c;d#e"])),
    }
    return Activity(id=name, title=draw(title), **values)
