"""Does it work here? One course: what was expected beside what came, and what followed from the suggestions.

Test students are not in it. Everything follows from evidence and steps as they stand now, so a corrected score corrects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Membership
from lti_tool.pathways.answers import Answer
from lti_tool.pathways.evaluation.calibration import Calibration, calibration_of
from lti_tool.pathways.evaluation.effects import Effect, effects_of
from lti_tool.pathways.evaluation.exploration import Exploration, exploration_of
from lti_tool.pathways.evaluation.following import Following, following_of, weeks_of
from lti_tool.pathways.evaluation.gains import gains_of
from lti_tool.pathways.evaluation.histories import Course
from lti_tool.pathways.evaluation.improvement import improvements
from lti_tool.pathways.evaluation.predictions import InUse, predict_in_order
from lti_tool.pathways.evaluation.trails import Trail
from lti_tool.pathways.evaluation.unanswered import Unanswered, unanswered_in
from lti_tool.pathways.evaluation.uptake import Funnel, funnel, funnels
from lti_tool.pathways.fitting import ease_for
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.recommendation import ReasonCode
from lti_tool.pathways.response import ResponseModel
from lti_tool.usecases.adopted_map import required_map
from lti_tool.usecases.evidence_records import evidence_by_learner
from lti_tool.usecases.school_model import weights_in_order
from lti_tool.usecases.step_trails import step_lots, step_trails

METHOD = "1"
"""Changes with the way in which predictions are held against scores, so that what was kept is worked out anew."""


@dataclass(frozen=True, slots=True)
class Uptake:
    """How far steps got: all of them, by the Monday of their week, by their kind."""

    whole: Funnel
    by_week: Mapping[date, Funnel]
    by_kind: Mapping[ReasonCode, Funnel]


@dataclass(frozen=True, slots=True)
class LoadedCourse:
    """What an evaluation is made from, read from the database, so that nothing is locked while it is worked out."""

    course: Course
    trails: list[Trail]
    exploration: Exploration
    weights: tuple[InUse, ...]
    map_version: int

    @property
    def answers(self) -> list[Answer]:
        return [answer for own in self.course.answers.values() for answer in own]

    @property
    def fingerprint(self) -> str:
        """What the calibration depends on: another one stands for other scores, weights or skills."""
        scores = sorted((a.at, a.learner_id, a.task.activity_id, a.fraction, a.worth) for a in self.answers)
        versions = [each.parameters.version for each in self.weights]
        return sha256(repr((METHOD, self.map_version, versions, scores)).encode()).hexdigest()

    @property
    def calibration(self) -> Calibration:
        """Expected beside observed; this takes longest by far."""
        return calibration_of(predict_in_order(self.answers, self.weights))

    @property
    def uptake(self) -> Uptake:
        """The funnel."""
        improved = improvements(self.course, self.trails)
        return Uptake(
            whole=funnel(self.trails, improved),
            by_week=funnels(self.trails, improved, lambda trail: trail.week),
            by_kind=funnels(self.trails, improved, lambda trail: trail.kind),
        )

    @property
    def effects(self) -> list[Effect]:
        """How learners went on after each activity."""
        return effects_of(gains_of(self.course, self.trails), self.course.skill_map)

    @property
    def following(self) -> Following:
        """Weeks with followed steps beside weeks without."""
        return following_of(weeks_of(self.course, self.trails))

    def unanswered(self, now: datetime) -> list[Unanswered]:
        """Low scores that nothing followed."""
        return unanswered_in(self.course, self.trails, miss_below=Policy().miss_below, now=now)


def load_course(session: Session, *, context: Context, now: datetime) -> LoadedCourse:
    """Read a course. Raises Fixable `course.not_set_up` before a skill map was accepted."""
    adopted = required_map(session, context)
    skill_map = adopted.skill_map
    tests = set(
        session.scalars(
            select(Membership.person_id).where(Membership.context_id == context.id, Membership.is_test)
        )
    )
    evidence = {
        str(key): pieces
        for key, pieces in evidence_by_learner(session, context=context, skill_map=skill_map).items()
        if key not in tests
    }
    weights = weights_in_order(session, context.deployment.registration_id)
    parameters = weights[-1].parameters if weights else DEFAULT_PARAMETERS
    course = Course.of(skill_map, evidence, ResponseModel(parameters))
    ease = ease_for([answer for own in course.answers.values() for answer in own], parameters)
    return LoadedCourse(
        course=Course(skill_map, evidence, course.answers, ResponseModel(parameters, ease)),
        trails=step_trails(session, context=context, without=tests),
        exploration=exploration_of(step_lots(session, context=context, without=tests, now=now)),
        weights=weights,
        map_version=adopted.version,
    )
