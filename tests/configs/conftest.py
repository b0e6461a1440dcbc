"""The sample course library, read once."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lti_tool.pathways.checks import Check, read_checks
from lti_tool.pathways.skill_map import SkillMap, read_skill_map

LIBRARY = Path(__file__).parents[2] / "configs" / "skill_maps" / "grade6_ratios"


@pytest.fixture(scope="session")
def library() -> Mapping[str, Any]:
    """The three files as `tomllib` reads them, in one mapping."""
    tables: dict[str, Any] = {}
    for name in ("skills", "activities", "checks"):
        tables |= tomllib.loads((LIBRARY / f"{name}.toml").read_text(encoding="utf-8"))
    return tables


@pytest.fixture(scope="session")
def skill_map(library: Mapping[str, Any]) -> SkillMap:
    return read_skill_map(library)


@pytest.fixture(scope="session")
def checks(library: Mapping[str, Any], skill_map: SkillMap) -> dict[str, Check]:
    return read_checks(library, skill_map)
