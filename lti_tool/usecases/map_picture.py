"""The skill map as a picture: of the class with the share Secure on each skill, or of one student with own levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from lti_tool.pathways.levels import Level
from lti_tool.pathways.map_layout import HEIGHT, WIDTH, Line, lay_out
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.skill_views import SkillView
from lti_tool.usecases.words import Words

_LETTERS, _TITLE_LINES = 18, 2
SHAPES = {Level.NOT_STARTED: "○", Level.GROWING: "◐", Level.SECURE: "●", Level.LASTING: "★"}


@dataclass(frozen=True, slots=True)
class PictureBox:
    """One skill: its title broken into lines, what is said below it, and how much of the box is filled (0..1).

    `spoken` says all of it in a sentence, with what the skill rests on; `number` counts skills in teaching order.
    """

    number: int
    x: float
    y: float
    title_lines: tuple[str, ...]
    said: str
    spoken: str
    filled: float
    goal: bool


@dataclass(frozen=True, slots=True)
class MapPicture:
    """The picture with its boxes in reading order; `lines` are SVG paths with whether they are hard."""

    width: float
    height: float
    box_width: float
    box_height: float
    boxes: tuple[PictureBox, ...]
    lines: tuple[tuple[str, bool], ...]


def class_picture(skill_map: SkillMap, secure: Mapping[str, int], size: int, words: Words) -> MapPicture:
    """How many of `size` students are Secure or better on each skill."""
    said = {
        skill_id: words.gettext("%(number)s of %(all)s") % {"number": number, "all": size}
        for skill_id, number in secure.items()
    }
    spoken = {
        skill_id: words.gettext("%(share)s Secure or better") % {"share": share}
        for skill_id, share in said.items()
    }
    filled = {skill_id: number / size if size else 0.0 for skill_id, number in secure.items()}
    return _picture(skill_map, said, spoken, filled, words)


def own_picture(skill_map: SkillMap, skills: Sequence[SkillView], words: Words) -> MapPicture:
    """A student's own levels: a shape and the word."""
    said = {view.skill_id: f"{SHAPES[view.level]} {view.level_label}" for view in skills}
    spoken = {view.skill_id: view.level_label for view in skills}
    return _picture(skill_map, said, spoken, {}, words)


def _picture(
    skill_map: SkillMap,
    said: Mapping[str, str],
    spoken: Mapping[str, str],
    filled: Mapping[str, float],
    words: Words,
) -> MapPicture:
    layout = lay_out(skill_map)
    number_of = {
        skill_id: number
        for number, skill_id in enumerate(skill_id for layer in skill_map.layers() for skill_id in layer)
    }
    boxes = []
    for box in layout.boxes:
        skill = skill_map.skill(box.skill_id)
        sentence = [skill.title, spoken[skill.id]]
        if skill.goal:
            sentence.append(words.gettext("goal"))
        if before := [skill_map.skill(edge.before).title for edge in skill_map.prerequisites_of(skill.id)]:
            sentence.append(words.gettext("rests on: %(skills)s") % {"skills": ", ".join(before)})
        boxes.append(
            PictureBox(
                number=number_of[skill.id],
                x=box.x,
                y=box.y,
                title_lines=tuple(wrap(skill.title, _LETTERS, max_lines=_TITLE_LINES, placeholder="…")),
                said=said[skill.id],
                spoken="; ".join(sentence),
                filled=round(filled.get(skill.id, 0.0), 3),
                goal=skill.goal,
            )
        )
    return MapPicture(
        width=layout.width,
        height=layout.height,
        box_width=WIDTH,
        box_height=HEIGHT,
        boxes=tuple(boxes),
        lines=tuple((_path(line), line.hard) for line in layout.lines),
    )


def _path(line: Line) -> str:
    """Straight along the boxes that it passes, gently curved between the rows."""
    (x, y), *rest = line.points
    path = f"M{x:g} {y:g}"
    for to_x, to_y in rest:
        half = (y + to_y) / 2
        path += f"V{to_y:g}" if to_x == x else f"C{x:g} {half:g} {to_x:g} {half:g} {to_x:g} {to_y:g}"
        x, y = to_x, to_y
    return path
