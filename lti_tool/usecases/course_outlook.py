"""The forecast of a course: what the learning core needs for it, taken from the classroom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lti_tool.models.courses import Person
from lti_tool.models.learning import DirectiveKind
from lti_tool.pathways.pace import Pace, pace_by_learner
from lti_tool.pathways.pacing import Learner, Outlook, class_outlook
from lti_tool.usecases.classroom import Classroom


def class_pace(classroom: Classroom) -> dict[str, Pace]:
    """Everybody's pace, by person key as text; empty while there is none to speak of."""
    return pace_by_learner(
        {str(learner.id): classroom.evidence.get(learner.id, ()) for learner in classroom.learners},
        now=classroom.now,
    )


def course_outlook(
    classroom: Classroom, learners: Sequence[Person] | None = None, *, until_secure: bool = True
) -> Outlook | None:
    """The outlook of the class, or of these learners of it; None while there is no pace to speak of.

    Each learner's luck hangs on course and person alone, so pages of one day agree.
    """
    pace = class_pace(classroom)
    if not pace:
        return None
    return class_outlook(
        [
            Learner(
                id=str(learner.id),
                evidence=classroom.evidence.get(learner.id, ()),
                estimates=classroom.estimates_of(learner),
                pace=pace[str(learner.id)],
                waived=_waived(classroom, learner),
            )
            for learner in (classroom.learners if learners is None else learners)
            if str(learner.id) in pace
        ],
        classroom.skill_map,
        classroom.policy,
        now=classroom.now,
        chance_of=lambda learner_id: np.random.default_rng([classroom.context.id, int(learner_id)]),
        ease=classroom.ease,
        until_secure=until_secure,
    )


def _waived(classroom: Classroom, learner: Person) -> frozenset[str]:
    return frozenset(
        directive.subject
        for directive in classroom.directives
        if directive.person_id == learner.id and directive.kind is DirectiveKind.WAIVE
    )
