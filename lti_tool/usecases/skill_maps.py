"""Setting up a course: which sample fits its gradebook, and which column is which activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import LineItem
from lti_tool.pathways.skill_map import Format, SkillMap
from lti_tool.usecases import adopted_map
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.column_matches import possible_evidence, suggested_activity


@dataclass(frozen=True, slots=True)
class SampleView:
    """A skill map on offer, or the one in use (then `id` is empty), in numbers."""

    id: str
    title: str
    skills: int
    activities: int
    checks: int


@dataclass(frozen=True, slots=True)
class TagView:
    """One column and the activity that it seems to be; `how` says why ("confirmed", "resource id", "title", "").

    `module` is the part of the course where the column stands, empty where that is not known.
    """

    line_item_key: int
    label: str
    activity_id: str | None
    activity_title: str
    how: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The sample that fits best, with a tag for every column; `choices` are its activities by title.

    `others` are the other samples, by id and title.
    """

    sample: SampleView
    matches: tuple[TagView, ...]
    choices: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...] = ()

    @property
    def matched(self) -> int:
        """How many columns have a suggested activity."""
        return sum(match.activity_id is not None for match in self.matches)


def suggest(session: Session, *, context: Context, folder: Path, sample_id: str = "") -> Suggestion | None:
    """Tags by the map in use, else by the sample with this id, else by the one whose activities fit most columns.

    None when no sample ships.
    Columns come in the order of the course as far as it is known, the others after them by title.
    """
    columns = possible_evidence(
        session.scalars(
            select(LineItem)
            .where(LineItem.context_id == context.id, LineItem.present)
            .order_by(LineItem.course_place.asc().nulls_last(), LineItem.label, LineItem.id)
        )
    )
    in_use = adopted_map.adopted_map(session, context)
    if in_use is not None:
        return _suggestion("", in_use.skill_map, columns)
    suggestions = [
        _suggestion(sample.id, sample.skill_map, columns) for sample in adopted_map.read_samples(folder)
    ]
    best = max(
        suggestions,
        key=lambda suggestion: (suggestion.sample.id == sample_id, suggestion.matched),
        default=None,
    )
    others = (suggestion.sample for suggestion in suggestions if suggestion is not best)
    return best and replace(best, others=tuple((sample.id, sample.title) for sample in others))


def save_tags(session: Session, *, context: Context, tags: Mapping[int, str | None], now: datetime) -> None:
    """Which column is which activity of the map in use, which stays as it is."""
    in_use = adopted_map.adopted_map(session, context)
    if in_use is None:
        raise NotVisible(
            "skill_map.unknown", "There is no such skill map. Go back and choose one from the list."
        )
    adopted_map.tag_columns(session, context=context, skill_map=in_use.skill_map, tags=tags)
    after_sync(session, context, now)


def adopt(
    session: Session,
    *,
    context: Context,
    folder: Path,
    sample_id: str,
    tags: Mapping[int, str | None],
    teacher: Person | None,
    now: datetime,
) -> None:
    """Accept a sample with its tags; results already read become evidence and every student gets a plan."""
    for sample in adopted_map.read_samples(folder):
        if sample.id == sample_id:
            adopted_map.adopt(session, context=context, sample=sample, tags=tags, teacher=teacher, now=now)
            after_sync(session, context, now)
            return
    raise NotVisible("skill_map.unknown", "There is no such skill map. Go back and choose one from the list.")


def _tag(column: LineItem, skill_map: SkillMap) -> TagView:
    activity_id, how = suggested_activity(column, skill_map)
    title = skill_map.activity(activity_id).title if activity_id else ""
    return TagView(column.id, column.label, activity_id, title, how, column.module)


def _suggestion(sample_id: str, skill_map: SkillMap, columns: Sequence[LineItem]) -> Suggestion:
    return Suggestion(
        sample=_view(sample_id, skill_map),
        matches=tuple(_tag(column, skill_map) for column in columns),
        choices=tuple(sorted(((a.id, a.title) for a in skill_map.activities), key=lambda c: c[1])),
    )


def _view(sample_id: str, skill_map: SkillMap) -> SampleView:
    return SampleView(
        id=sample_id,
        title=skill_map.title,
        skills=len(skill_map.skills),
        activities=len(skill_map.activities),
        checks=sum(activity.format is Format.CHECK for activity in skill_map.activities),
    )
