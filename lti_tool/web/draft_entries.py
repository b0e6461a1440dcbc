"""Setup → Skill map → not in use yet: add, change and remove the skills and the activities of the draft, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch.roles import IN_CHARGE
from lti_tool.pathways import map_edits
from lti_tool.pathways.map_health import Finding, format_to_add
from lti_tool.pathways.problems import Problem
from lti_tool.pathways.skill_map import Format, Mode, SkillMap
from lti_tool.usecases import skill_map_drafts
from lti_tool.usecases.adopted_map import parse_stored
from lti_tool.usecases.labels import challenge_label, format_label, mode_label
from lti_tool.usecases.skill_map_files import UnusableMap
from lti_tool.web.course import Course, open_course
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import words
from lti_tool.web.session import allow, launch_blueprint

draft_entries = launch_blueprint("draft_entries", __name__)
# As with any set-up: those who answer for the course.
_may_set_up = allow(*IN_CHARGE)
_KIND, _SHARE = "kind-", "share-"
_LEVELS = (1, 2, 3)
_LONGEST_NUMBER = 20

Row = Mapping[str, Any]
Edit = Callable[[Row], Row]


@dataclass(frozen=True, slots=True)
class _Entries:
    """The map of the draft, and the row that a request is about; None for a new one."""

    skill_map: SkillMap
    row: Row | None


@draft_entries.get("/setup/map/draft/skill")
@_may_set_up
def skill() -> str:
    """One skill of the draft, or the form for a new one."""
    return _skill_page(())


@draft_entries.post("/setup/map/draft/skill")
@_may_set_up
def save_skill() -> BaseResponse | tuple[str, int]:
    """Change, add or remove one skill."""
    skill_id, row = request.form.get("id", ""), _said_skill()
    removes = request.form.get("do") == "remove" and bool(skill_id)
    try:
        _change(
            lambda document: (
                map_edits.without_skill(document, skill_id)
                if removes
                else map_edits.with_skill(document, skill_id, row)
            ),
            require=("skills", skill_id),
        )
    except UnusableMap as refused:
        return _skill_page(refused.problems), refused.status
    return redirect(url_for("skill_map.draft", done="map_changed"), 303)


@draft_entries.get("/setup/map/draft/activity")
@_may_set_up
def activity() -> str:
    """One activity of the draft, or the form for a new one, filled for a `skill` where one is named."""
    return _activity_page(())


@draft_entries.post("/setup/map/draft/activity")
@_may_set_up
def save_activity() -> BaseResponse | tuple[str, int]:
    """Change, add or remove one activity."""
    activity_id, row = request.form.get("id", ""), _said_activity()
    removes = request.form.get("do") == "remove" and bool(activity_id)
    try:
        _change(
            lambda document: (
                map_edits.without_activities(document, {activity_id})
                if removes
                else map_edits.with_activity(document, activity_id, row)
            ),
            require=("activities", activity_id),
        )
    except UnusableMap as refused:
        return _activity_page(refused.problems), refused.status
    return redirect(url_for("skill_map.draft", done="map_changed", _anchor="activities"), 303)


@draft_entries.post("/setup/map/draft/activities")
@_may_set_up
def change_activities() -> BaseResponse:
    """Tag the chosen activities with a skill, take a tag away, or remove them."""
    chosen, skill_id = frozenset(request.form.getlist("activity")), request.form.get("skill", "")
    share = request.form.get("share", default=100, type=int)
    if not chosen:
        raise Fixable("skill_map.none_chosen", _("No activity was chosen. Tick at least one, and try again."))
    edits: dict[str, Edit] = {
        "tag": lambda document: map_edits.tagged(document, chosen, skill_id, share / 100),
        "untag": lambda document: map_edits.untagged(document, chosen, skill_id),
        "remove": lambda document: map_edits.without_activities(document, chosen),
    }
    _change(edits.get(request.form.get("do", ""), edits["tag"]))
    return redirect(url_for("skill_map.draft", done="map_changed", _anchor="activities"), 303)


@draft_entries.app_template_global("way_to_mend")
def way_to_mend(finding: Finding) -> tuple[str, str]:
    """What closes a gap of the draft: the words for it, and the address of the form that does it."""
    if finding.code == "activity.no_skills":
        return _("Change this activity"), url_for("draft_entries.activity", id=finding.subject_id)
    if finding.code == "skill.unlinked":
        return _("Change this skill"), url_for("draft_entries.skill", id=finding.subject_id)
    return _("Add an activity for it"), url_for("draft_entries.activity", skill=finding.subject_id)


def _change(edit: Edit, *, require: tuple[str, str] | None = None) -> None:
    with open_course(write=True) as course:
        if require:
            _entries(course, *require)
        skill_map_drafts.change_draft(
            course.session, context=course.context, person=course.person, edit=edit, now=course.now
        )


def _skill_page(problems: tuple[Problem, ...]) -> str:
    skill_id = request.values.get("id", "")
    with open_course() as course:
        found = _entries(course, "skills", skill_id)
    skills = found.skill_map.skills
    return render_template(
        "teacher/map_skill.html",
        skill_id=skill_id,
        row={**(found.row or {}), **(_said_skill() if problems else {})},
        others=[(other.id, other.title) for other in skills if other.id != skill_id],
        titles={other.id: other.title for other in skills},
        problems=problems,
    )


def _activity_page(problems: tuple[Problem, ...]) -> str:
    activity_id = request.values.get("id", "")
    with open_course() as course:
        found = _entries(course, "activities", activity_id)
    row = found.row or _blank_activity(found.skill_map, request.args.get("skill", ""))
    if problems:
        row = {**row, **_said_activity()}
    labels = words()
    return render_template(
        "teacher/map_activity.html",
        activity_id=activity_id,
        row=row,
        titles={skill.id: skill.title for skill in found.skill_map.skills},
        formats=[(kind.value, format_label(kind, labels)) for kind in Format],
        modes=[(mode.value, mode_label(mode, labels)) for mode in Mode],
        levels=[(level, challenge_label(level, labels)) for level in _LEVELS],
        findings=found.skill_map.health(),
        problems=problems,
    )


def _entries(course: Course, name: str, row_id: str) -> _Entries:
    """The map of the draft, and one of its skills or activities; NotVisible when there is none with this id."""
    draft = skill_map_drafts.required_draft(course.session, context=course.context, person=course.person)
    row = next((row for row in draft.document.get(name, []) if row["id"] == row_id), None)
    if row_id and row is None:
        if name == "skills":
            raise NotVisible("skill_map.no_skill", "There is no such skill in this map. Go back to the list.")
        raise NotVisible(
            "skill_map.no_activity", "There is no such activity in this map. Go back to the list."
        )
    return _Entries(parse_stored(draft)[0], row)


def _blank_activity(skill_map: SkillMap, skill_id: str) -> Row:
    """What the form for a new activity begins with; a gap of a skill brings the format that closes it."""
    if not skill_map.has_skill(skill_id):
        return {"format": Format.WORKSHEET.value, "minutes": 10, "level": 2}
    kind = format_to_add(skill_id, skill_map.activities)
    return {"format": kind.value, "minutes": 10, "level": 2, "skills": {skill_id: 1.0}}


def _said_skill() -> dict[str, Any]:
    """The form's fields as a row of the document; what is not right in them is said when the row is read."""
    form = request.form
    edges = [
        {"skill": name.removeprefix(_KIND), "kind": kind}
        for name, kind in form.items()
        if name.startswith(_KIND) and kind
    ]
    if form.get("new_before"):
        edges.append({"skill": form["new_before"], "kind": form.get("new_kind", "hard")})
    return {
        "title": form.get("title", ""),
        "statement": form.get("statement", ""),
        "codes": _listed(form.get("codes", "")),
        "grade": _whole("grade"),
        "goal": "goal" in form,
        "strategies": _listed(form.get("strategies", "")),
        "prerequisites": edges,
    }


def _said_activity() -> dict[str, Any]:
    """The form's fields as a row of the document, likewise; a skill without a share is not among its skills."""
    form = request.form
    shares = {
        name.removeprefix(_SHARE): _share(name)
        for name, share in form.items()
        if name.startswith(_SHARE) and share.strip()
    }
    if form.get("new_skill"):
        shares[form["new_skill"]] = _share("new_share")
    return {
        "title": form.get("title", ""),
        "format": form.get("format", ""),
        "mode": form.get("mode", ""),
        "minutes": _whole("minutes"),
        "level": _whole("level"),
        "interests": _listed(form.get("interests", "")),
        "skills": shares,
        "summary": form.get("summary", ""),
        "link": form.get("link", "").strip(),
    }


def _whole(name: str) -> int | str:
    """A field's number; what is none stays as it was typed."""
    said = request.form.get(name, "").strip()
    return int(said) if said.isdecimal() and len(said) <= 3 else said


def _share(name: str) -> float | str:
    """A field's per cent as a share; what is no number stays as it was typed."""
    said = request.form.get(name, "").strip()
    try:
        return float(said.replace(",", ".")) / 100
    except ValueError:
        return said[:_LONGEST_NUMBER]


def _listed(text: str) -> list[str]:
    """Entries with semicolons or line ends between them."""
    return [entry.strip() for entry in text.replace("\n", ";").split(";") if entry.strip()]
