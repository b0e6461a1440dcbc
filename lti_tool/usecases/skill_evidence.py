"""One student on one skill: the level, the evidence behind it in date order, and what the skill rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.errors import NotVisible
from lti_tool.models.courses import Context
from lti_tool.pathways.wording import N_
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.map_choice import MapChoice, select
from lti_tool.usecases.names import full_name
from lti_tool.usecases.skill_views import EvidenceView, SkillView, evidence_views, skill_view
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class SkillEvidence:
    """What stands behind a cell of the map; the newest evidence first.

    `before` are the skills that come directly before this one. `previous` and `following` are the students beside this one
    in the order of the map.
    """

    person_key: int
    name: str
    skill: SkillView
    before: tuple[SkillView, ...]
    evidence: tuple[EvidenceView, ...]
    choice: MapChoice
    previous: tuple[int, str] | None
    following: tuple[int, str] | None


def skill_evidence(
    session: Session,
    *,
    context: Context,
    person_key: int,
    skill_id: str,
    choice: MapChoice,
    now: datetime,
    words: Words,
) -> SkillEvidence:
    """The evidence; `choice` is how the map was shown. Raises NotVisible `student.not_found` and `skill.not_found`."""
    classroom = open_classroom(session, context=context, now=now)
    learner = classroom.learner(person_key)
    skill_map = classroom.skill_map
    if not skill_map.has_skill(skill_id):
        raise NotVisible("skill.not_found", N_("The skill map of this course has no such skill."))
    estimates = classroom.estimates_of(learner)
    selection = select(classroom, choice)
    beside = [(one.id, full_name(one, words)) for one in selection.learners]
    at = next((place for place, (key, _name) in enumerate(beside) if key == person_key), None)
    return SkillEvidence(
        person_key=learner.id,
        name=full_name(learner, words),
        skill=skill_view(skill_map.skill(skill_id), estimates[skill_id], words),
        before=tuple(
            skill_view(skill_map.skill(edge.before), estimates[edge.before], words)
            for edge in skill_map.prerequisites_of(skill_id)
        ),
        evidence=evidence_views(classroom, learner, words, skill_id=skill_id),
        choice=selection.choice,
        previous=beside[at - 1] if at else None,
        following=beside[at + 1] if at is not None and at + 1 < len(beside) else None,
    )
