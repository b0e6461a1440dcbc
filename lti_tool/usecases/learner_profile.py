"""One student as the teacher sees her: strengths first, then what is growing, then the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.learning import ProposalStatus
from lti_tool.pathways.reasons import Audience
from lti_tool.usecases.accommodations import AccommodationsView, look_at_accommodations
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.names import full_name
from lti_tool.usecases.own_pace import OwnPaceView, own_pace
from lti_tool.usecases.propose import current_proposal
from lti_tool.usecases.review_submission import SittingView
from lti_tool.usecases.skill_views import EvidenceView, SkillView, evidence_views, skill_views
from lti_tool.usecases.steps import StepView, step_views
from lti_tool.usecases.student_voice import VoiceView, student_voice
from lti_tool.usecases.take_diagnostic import diagnostic_sittings
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A student's profile; `sittings` are the first questions that the student answered.

    `accommodations` are None for a reader who may not see them.
    """

    person_key: int
    name: str
    strengths: tuple[SkillView, ...]
    growing: tuple[SkillView, ...]
    not_started: tuple[SkillView, ...]
    evidence: tuple[EvidenceView, ...]
    proposal_key: int
    approved: bool
    step: StepView
    alternatives: tuple[StepView, ...]
    pace: OwnPaceView
    sittings: tuple[SittingView, ...]
    voice: VoiceView
    accommodations: AccommodationsView | None


def profile(
    session: Session,
    *,
    context: Context,
    person_key: int,
    with_accommodations: bool,
    now: datetime,
    words: Words,
) -> ProfileView:
    """The profile of one student of this course; NotVisible `student.not_found` for anybody else."""
    classroom = open_classroom(session, context=context, now=now)
    learner = classroom.learner(person_key)
    skills = skill_views(classroom, learner, words)
    proposal = current_proposal(session, classroom=classroom, learner=learner)
    step, alternatives = step_views(
        classroom=classroom, proposal=proposal, audience=Audience.TEACHER, words=words
    )
    return ProfileView(
        person_key=learner.id,
        name=full_name(learner, words),
        strengths=tuple(skill for skill in skills if skill.level.at_least_secure),
        growing=tuple(
            skill for skill in skills if not skill.level.at_least_secure and skill.evidence_count > 0
        ),
        not_started=tuple(
            skill for skill in skills if not skill.level.at_least_secure and skill.evidence_count == 0
        ),
        evidence=evidence_views(classroom, learner, words),
        proposal_key=proposal.id,
        approved=proposal.status is ProposalStatus.APPROVED,
        step=step,
        alternatives=alternatives,
        pace=own_pace(session, classroom, learner, words),
        voice=student_voice(session, classroom, learner, words),
        sittings=diagnostic_sittings(session, context=context, learner=learner, words=words),
        accommodations=look_at_accommodations(classroom, learner, words) if with_accommodations else None,
    )
