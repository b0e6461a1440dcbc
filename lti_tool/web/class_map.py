"""The map of the class: the grid as it was asked for, what stands behind a cell, and the grid as a file.

What is shown, in which order, stands in the address, so that a link or a form without scripts brings everything back.
Names never do: students are opened by number.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE, STAFF
from lti_tool.pathways.levels import Level
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.class_map import ALL_PAGES
from lti_tool.usecases.class_map import class_map as look_at_map
from lti_tool.usecases.labels import level_label
from lti_tool.usecases.map_choice import GOALS, MapChoice
from lti_tool.usecases.map_file import map_table, note_export
from lti_tool.usecases.skill_evidence import skill_evidence
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.session import allow, current_launch, launch_blueprint, roles_now
from lti_tool.web.spreadsheet import csv_response

class_map = launch_blueprint("class_map", __name__)
_LEVELS = (Level.LASTING, Level.SECURE, Level.GROWING, Level.NOT_STARTED)
_YES = "yes"


@class_map.get("/map")
@allow(*STAFF)
def show() -> str | BaseResponse:
    """Every student on every skill, or those that were asked for; with a student and a skill it leads to that cell."""
    choice = _choice(request.args)
    person_key, skill_id = _number(request.args.get("student", "")), request.args.get("skill", "")
    if person_key and skill_id:
        return redirect(url_for(".evidence", person_key=person_key, skill_id=skill_id, **_query(choice)), 303)
    wanted = request.args.get("page", "")
    with open_course() as course:
        view = (
            look_at_map(
                course.session,
                context=course.context,
                choice=choice,
                page=ALL_PAGES if wanted == "all" else _number(wanted) or 1,
                with_student=person_key,
                now=course.now,
                words=words(),
            )
            if adopted_map(course.session, course.context)
            else None
        )
    return render_template(
        "teacher/map.html",
        view=view,
        query=_query(view.choice) if view else {},
        levels={level: level_label(level, words()) for level in _LEVELS},
        goals=GOALS,
        may_save=not roles_now().isdisjoint(IN_CHARGE),
    )


@class_map.get("/map/<int:person_key>/<skill_id>")
@allow(*STAFF)
def evidence(person_key: int, skill_id: str) -> str:
    """What stands behind one cell."""
    with open_course() as course:
        view = skill_evidence(
            course.session,
            context=course.context,
            person_key=person_key,
            skill_id=skill_id,
            choice=_choice(request.args),
            now=course.now,
            words=words(),
        )
    return render_template("teacher/map_cell.html", view=view, query=_query(view.choice))


@class_map.post("/map/save")
@allow(*IN_CHARGE)
def save() -> Response:
    """The levels as a file, as they were asked for. That it was taken is noted, so a form asks for it."""
    with open_course(write=True) as course:
        note_export(course.session, current_launch(), course.now)
        header, rows = map_table(
            course.session,
            context=course.context,
            choice=_choice(request.form),
            now=course.now,
            words=words(),
        )
    return csv_response(f"waymark-map-{course.now:%Y-%m-%d}.csv", header, rows)


def _choice(asked: MultiDict[str, str]) -> MapChoice:
    """What was asked for; a skill to sort by has a minus before it where the strongest stand first."""
    sort = asked.get("sort", "")
    return MapChoice(
        sort=sort.removeprefix("-"),
        strongest=sort.startswith("-"),
        bucket=asked.get("bucket", ""),
        group=asked.get("group", ""),
        students=asked.get("students") == _YES,
        skills=asked.get("skills") == _YES,
    )


def _query(choice: MapChoice) -> dict[str, Any]:
    """The same as fields of an address or a form; nothing for what was not asked for."""
    said = asdict(choice)
    if said.pop("strongest"):
        said["sort"] = f"-{choice.sort}"
    return {name: _YES if value is True else value for name, value in said.items() if value}


def _number(text: str) -> int:
    """A number of a student or page; 0 where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0
