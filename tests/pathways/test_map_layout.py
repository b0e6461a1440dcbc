"""The picture of a skill map on random maps: no two boxes touch, every line leads down past all boxes, always the same."""

from itertools import combinations, pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.content import Prerequisite, PrerequisiteKind, Skill
from lti_tool.pathways.map_layout import HEIGHT, MOST_IN_ROW, WIDTH, MapLayout, lay_out
from lti_tool.pathways.skill_map import SkillMap
from tests.factories import ratios


def random_map(size: int, edges: int, seed: int) -> SkillMap:
    rng = Random(seed)
    skills = tuple(Skill(f"s{number}", f"Skill {number}") for number in range(size))
    pairs = sorted({tuple(sorted(rng.sample(range(size), 2))) for _ in range(edges)}) if size > 1 else []
    prerequisites = [
        Prerequisite(f"s{before}", f"s{after}", rng.choice(list(PrerequisiteKind))) for before, after in pairs
    ]
    return SkillMap("m", "Map", 6, "1", skills, tuple(prerequisites))


maps = st.builds(random_map, st.integers(0, 25), st.integers(0, 40), st.integers(0, 10_000))


def check(skill_map: SkillMap) -> MapLayout:
    layout = lay_out(skill_map)
    boxes = {box.skill_id: box for box in layout.boxes}
    assert sorted(boxes) == sorted(skill.id for skill in skill_map.skills)
    assert [(box.y, box.x) for box in layout.boxes] == sorted((box.y, box.x) for box in layout.boxes)
    for one, other in combinations(layout.boxes, 2):
        assert abs(one.x - other.x) > WIDTH or abs(one.y - other.y) > HEIGHT
    for box in layout.boxes:
        assert 0 <= box.x <= layout.width - WIDTH
        assert 0 <= box.y <= layout.height - HEIGHT
    assert [(line.before, line.after) for line in layout.lines] == [
        (edge.before, edge.after) for edge in skill_map.prerequisites
    ]
    for line in layout.lines:
        assert all(upper[1] < lower[1] for upper, lower in pairwise(line.points))
        before, after = boxes[line.before], boxes[line.after]
        assert line.points[0] == (before.x + WIDTH / 2, before.y + HEIGHT)
        assert line.points[-1] == (after.x + WIDTH / 2, after.y)
        for x, y in line.points[1:-1]:
            assert 0 <= x <= layout.width
            assert not any(
                box.x <= x <= box.x + WIDTH and box.y <= y <= box.y + HEIGHT for box in boxes.values()
            )
    return layout


@settings(max_examples=60, deadline=None)
@given(maps)
def test_no_boxes_touch_and_every_line_leads_down_past_all_others(skill_map: SkillMap) -> None:
    assert check(skill_map) == lay_out(skill_map)


def test_a_large_map_without_prerequisites_stands_in_rows() -> None:
    layout = check(random_map(60, 0, 1))
    assert len({box.y for box in layout.boxes}) == 60 / MOST_IN_ROW


def test_a_large_map_with_many_prerequisites_is_laid_out_too() -> None:
    check(random_map(60, 110, 1))


def test_lines_that_need_not_cross_do_not() -> None:
    """Two chains that the map names crosswise stand beside each other."""
    skills = tuple(Skill(name, name) for name in ("a", "b", "y", "x"))
    edges = (Prerequisite("a", "x", PrerequisiteKind.HARD), Prerequisite("b", "y", PrerequisiteKind.HARD))
    layout = check(SkillMap("m", "Map", 6, "1", skills, edges))
    place = {box.skill_id: box.x for box in layout.boxes}
    assert (place["a"] < place["b"]) == (place["x"] < place["y"])
    assert place["a"] == place["x"]


def test_the_sample_fits_a_wide_screen() -> None:
    assert check(ratios().skill_map).width <= 1180
