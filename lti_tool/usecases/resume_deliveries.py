"""After a reading that succeeded: what the platform did not permit is worth another try, since somebody may have
granted it. A teacher who opens the course again asks for such a reading.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Delivery, OutboxEntry

_NOT_PERMITTED = (
    "platform.forbidden",
    "grades.scores_not_permitted",
    "grades.columns_not_permitted",
    "grades.results_not_permitted",
    "grades.not_offered",
)


def resume_deliveries(session: Session, *, context: Context, now: datetime) -> None:
    """Make the course's deliveries that were not permitted due; they stay in sight until they succeed."""
    session.execute(
        update(OutboxEntry)
        .where(
            OutboxEntry.context_id == context.id,
            OutboxEntry.state == Delivery.ATTENTION,
            OutboxEntry.problem_code.in_(_NOT_PERMITTED),
        )
        .values(next_attempt_at=now)
    )
