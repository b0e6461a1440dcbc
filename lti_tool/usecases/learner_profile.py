"""One student as the teacher sees her: strengths first, then what is growing, then the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.reasons import Audience
from lti_tool.usecases.accommodations import AccommodationsView, look_at_accommodations
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.decide import undoable
from lti_tool.usecases.learner_notes import NotesView, look_at_notes
from lti_tool.usecases.names import full_name
from lti_tool.usecases.own_pace import OwnPaceView, own_pace
from lti_tool.usecases.propose import current_proposal
from lti_tool.usecases.review_submission import SittingView
from lti_tool.usecases.skill_views import EvidenceView, SkillView, evidence_views, skill_views
from lti_tool.usecases.standing_wishes import ClosedSkill, WishView, closed_skills, wish_views
from lti_tool.usecases.steps import StepView, step_views
from lti_tool.usecases.student_history import History, student_history
from lti_tool.usecases.student_voice import VoiceView, student_voice
from lti_tool.usecases.take_diagnostic import diagnostic_sittings
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A student's profile; `sittings` are the first questions that the student answered.

    `accommodations` are None for a reader who may not see them. `choice` are the activities that could come next, by skill.
    `can_undo` names the reader's latest decision where it was about this student alone.
    `students` are all of the course in the order of the roster; `previous` and `following` are those beside this one.
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
    notes: NotesView
    wishes: tuple[WishView, ...]
    closed: tuple[ClosedSkill, ...]
    choice: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    history: History
    can_undo: str | None
    students: tuple[tuple[int, str], ...]

    @property
    def previous(self) -> tuple[int, str] | None:
        """Who stands before this student in the roster."""
        at = [key for key, _name in self.students].index(self.person_key)
        return self.students[at - 1] if at else None

    @property
    def following(self) -> tuple[int, str] | None:
        """Who comes after this student in the roster."""
        at = [key for key, _name in self.students].index(self.person_key)
        return self.students[at + 1] if at + 1 < len(self.students) else None


def profile(
    session: Session,
    *,
    context: Context,
    person_key: int,
    reader: Person,
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
        notes=look_at_notes(
            session, context=context, reader=reader, now=now, words=words, person_key=learner.id
        ),
        wishes=wish_views(session, classroom=classroom, learner=learner, words=words),
        closed=closed_skills(classroom, learner, words),
        choice=_choice(classroom),
        history=student_history(session, classroom=classroom, learner=learner, words=words),
        can_undo=_can_undo(session, context, reader, proposal, words),
        students=tuple((one.id, full_name(one, words)) for one in classroom.learners),
    )


def _choice(classroom: Classroom) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Each activity under the first of its skills, in teaching order; those without skills cannot be planned."""
    skill_map = classroom.skill_map
    found: dict[str, list[tuple[str, str]]] = {
        skill_id: [] for layer in skill_map.layers() for skill_id in layer
    }
    for activity in skill_map.activities:
        if activity.skills and activity.id not in classroom.closed:
            found[next(iter(activity.skills))].append((activity.id, activity.title))
    return tuple(
        (skill_map.skill(key).title, tuple(activities)) for key, activities in found.items() if activities
    )


def _can_undo(
    session: Session, context: Context, reader: Person, proposal: Proposal, words: Words
) -> str | None:
    last = undoable(session, context=context, teacher=reader)
    about = session.get(Proposal, last[0].proposal_id) if len(last) == 1 else None
    if about is None or about.person_id != proposal.person_id:
        return None
    return words.gettext("Undo your latest decision")
