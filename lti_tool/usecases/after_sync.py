"""What follows a reading of the gradebook, in the same transaction: evidence, then plans."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.column_matches import tag_new_columns
from lti_tool.usecases.copied_outcomes import decide_copied_outcomes
from lti_tool.usecases.copied_tags import tag_copied_columns
from lti_tool.usecases.evidence_records import record_results
from lti_tool.usecases.finish_step import finish_done_steps
from lti_tool.usecases.propose import propose
from lti_tool.usecases.standing_wishes import end_pins


def after_sync(session: Session, context: Context, now: datetime) -> None:
    """Record what changed as evidence, end steps that were done, and plan for every learner.

    Does nothing before a teacher has accepted a skill map.
    """
    adopted = adopted_map(session, context)
    if adopted is None:
        return
    decide_copied_outcomes(session, context=context, skill_map=adopted.skill_map)
    tag_copied_columns(session, context=context, skill_map=adopted.skill_map)
    tag_new_columns(session, context=context, skill_map=adopted.skill_map)
    record_results(session, context=context, skill_map=adopted.skill_map, now=now)
    classroom = open_classroom(session, context=context, now=now)
    finish_done_steps(session, classroom=classroom)
    end_pins(session, classroom=classroom)
    propose(session, classroom=classroom, learners=classroom.learners)
