"""Plans after a rule for one student or for the class has changed: at once, and what was announced with them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.learning import ProposalStatus
from lti_tool.usecases.announce_step import announce, withdraw
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.plan_path import current_proposals
from lti_tool.usecases.propose import propose


def plan_again(
    session: Session, *, context: Context, now: datetime, only: Collection[int] | None = None
) -> None:
    """Plan anew for the students with these keys, or for all.

    An approved step that may not be done any more is withdrawn from wherever it was announced. For single students the
    words of one that stands are written anew, too: it may take them other minutes now.
    """
    session.flush()
    classroom = open_classroom(session, context=context, now=now)
    learners = [learner for learner in classroom.learners if only is None or learner.id in only]
    before = current_proposals(session, classroom)
    approved = [
        (learner, before[learner.id])
        for learner in learners
        if learner.id in before and before[learner.id].status is ProposalStatus.APPROVED
    ]
    propose(session, classroom=classroom, learners=learners)
    for learner, proposal in approved:
        if not proposal.is_current:
            withdraw(session, classroom=classroom, person=learner)
        elif only is not None:
            announce(session, classroom=classroom, proposal=proposal)
