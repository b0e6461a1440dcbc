"""What a teacher sees of a skill map that is not in use yet: what is in it, what could be better, and what would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.learning import AdoptedSkillMap, EvidenceRecord, Proposal, ProposalStatus, SkillMapDraft
from lti_tool.pathways.map_changes import MapChanges, changes_between, shared_codes
from lti_tool.pathways.map_health import Finding
from lti_tool.pathways.reasons import can_be_said
from lti_tool.pathways.skill_map import Activity, PrerequisiteKind, Skill, SkillMap
from lti_tool.usecases.adopted_map import AdoptedMap, adopted_map, parse_stored
from lti_tool.usecases.plan_path import recommendation_of
from lti_tool.usecases.skill_map_drafts import seen_of

_EARLIER_SHOWN = 12


@dataclass(frozen=True, slots=True)
class MapInUse:
    """The course's skill map in numbers. `earlier` has number, title and time of the versions before it, newest first."""

    title: str
    version: int
    skills: int
    prerequisites: int
    activities: int
    earlier: tuple[tuple[int, str, datetime], ...]


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A skill of the draft, with what comes before it and how many activities it has."""

    skill: Skill
    before: tuple[tuple[str, PrerequisiteKind], ...]
    activities: int


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity of the draft with the titles and shares of its skills."""

    activity: Activity
    skills: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Consequences:
    """What putting the draft to use means for what is there. Results stay on record in any case.

    `resting` counts results of activities that the draft does not have, by title; `lost_skills` those that counted for a
    skill which it does not have; `steps` are approved steps that would be chosen anew.
    """

    resting: Mapping[str, int]
    lost_skills: Mapping[str, int]
    steps: int


@dataclass(frozen=True, slots=True)
class DraftView:
    """The draft beside the map in use; `seen` stands for both as they are shown."""

    title: str
    grade: int
    skills: tuple[SkillRow, ...]
    activities: tuple[ActivityRow, ...]
    prerequisites: int
    framework: bool
    findings: tuple[Finding, ...]
    shared_codes: Mapping[str, tuple[str, ...]]
    changes: MapChanges | None
    consequences: Consequences
    titles: Mapping[str, str]
    seen: str


def map_in_use(session: Session, context: Context) -> MapInUse | None:
    """The map that the course works with; None before there is one."""
    adopted = adopted_map(session, context)
    if adopted is None:
        return None
    found = adopted.skill_map
    rows = session.scalars(
        select(AdoptedSkillMap)
        .where(AdoptedSkillMap.context_id == context.id, AdoptedSkillMap.version < adopted.version)
        .order_by(AdoptedSkillMap.version.desc())
        .limit(_EARLIER_SHOWN)
    )
    return MapInUse(
        title=found.title,
        version=adopted.version,
        skills=len(found.skills),
        prerequisites=len(found.prerequisites),
        activities=len(found.activities),
        earlier=tuple((row.version, parse_stored(row)[0].title, row.adopted_at) for row in rows),
    )


def draft_view(session: Session, *, context: Context, draft: SkillMapDraft) -> DraftView:
    """All that a teacher needs to know before putting the draft to use."""
    draft_map, _checks = parse_stored(draft)
    in_use = adopted_map(session, context)
    titles = {skill.id: skill.title for skill in (in_use.skill_map.skills if in_use else ())}
    titles |= {skill.id: skill.title for skill in draft_map.skills}
    return DraftView(
        title=draft_map.title,
        grade=draft_map.grade,
        skills=tuple(_skill_row(skill, draft_map) for skill in draft_map.skills),
        activities=tuple(_activity_row(activity, titles) for activity in draft_map.activities),
        prerequisites=len(draft_map.prerequisites),
        framework="case" in draft.document,
        findings=draft_map.health(),
        shared_codes={
            code: tuple(skill.title for skill in skills) for code, skills in shared_codes(draft_map).items()
        },
        changes=changes_between(in_use.skill_map, draft_map) if in_use else None,
        consequences=_consequences(session, context, in_use, draft_map),
        titles=titles,
        seen=seen_of(session, context=context, draft=draft),
    )


def _skill_row(skill: Skill, skill_map: SkillMap) -> SkillRow:
    edges = skill_map.prerequisites_of(skill.id)
    before = tuple((skill_map.skill(edge.before).title, edge.kind) for edge in edges)
    return SkillRow(skill, before, len(skill_map.activities_for(skill.id)))


def _activity_row(activity: Activity, titles: Mapping[str, str]) -> ActivityRow:
    return ActivityRow(activity, tuple((titles[skill], share) for skill, share in activity.skills.items()))


def _consequences(
    session: Session, context: Context, in_use: AdoptedMap | None, draft: SkillMap
) -> Consequences:
    if in_use is None:
        return Consequences({}, {}, 0)
    before = in_use.skill_map
    origins = (
        select(EvidenceRecord.person_id, EvidenceRecord.origin, func.max(EvidenceRecord.revision))
        .where(EvidenceRecord.context_id == context.id)
        .group_by(EvidenceRecord.person_id, EvidenceRecord.origin)
        .subquery()
    )
    newest = select(EvidenceRecord.activity_id).join(
        origins,
        (EvidenceRecord.person_id == origins.c.person_id)
        & (EvidenceRecord.origin == origins.c.origin)
        & (EvidenceRecord.revision == origins.c[2]),
    )
    counts = Counter(
        session.scalars(
            newest.where(EvidenceRecord.context_id == context.id, EvidenceRecord.fraction.is_not(None))
        )
    )
    resting = {
        activity.title: counts[activity.id]
        for activity in before.activities
        if counts[activity.id] and not draft.has_activity(activity.id)
    }
    lost: Counter[str] = Counter()
    for activity in before.activities:
        for skill in activity.skills:
            if not draft.has_skill(skill):
                lost[before.skill(skill).title] += counts[activity.id]
    approved = session.scalars(
        select(Proposal).where(
            Proposal.context_id == context.id,
            Proposal.is_current,
            Proposal.status == ProposalStatus.APPROVED,
        )
    )
    steps = sum(not can_be_said(recommendation_of(proposal), draft) for proposal in approved)
    return Consequences(resting, {title: number for title, number in lost.items() if number}, steps)
