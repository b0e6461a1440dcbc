"""Things that come round by the clock happen once, however many worker processes look at the clock.

The turn is taken when it begins, so a process that dies over it leaves the next one to whoever looks next.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from lti_tool.launch.inserting import insert_once
from lti_tool.models.lanes import Turn


def take_turn(session: Session, name: str, *, every: timedelta, now: datetime) -> bool:
    """Whether it is our turn: nobody took it since `every` ago. A turn in the future is of a clock set back."""
    if insert_once(session, Turn, {"name": name, "taken_at": now}):
        return True
    due = or_(Turn.taken_at <= now - every, Turn.taken_at > now + every)
    taken = session.scalar(
        update(Turn).where(Turn.name == name, due).values(taken_at=now).returning(Turn.name)
    )
    return taken is not None
