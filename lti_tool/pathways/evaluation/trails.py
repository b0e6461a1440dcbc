"""What became of one suggested step, from the proposal to the end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from lti_tool.pathways.recommendation import ReasonCode


class Ending(StrEnum):
    """How a step ended, or that it did not yet."""

    OPEN = "open"
    DONE = "done"
    GAVE_WAY = "gave_way"
    """A newer step took its place."""
    TURNED_DOWN = "turned_down"
    """The teacher said: not this one."""


@dataclass(frozen=True, slots=True)
class Trail:
    """One step on its way; moments that are None did not come, or nobody noted them.

    A step may be done in the LMS without having been opened here, and may be opened before it is approved.
    """

    id: str
    learner_id: str
    activity_id: str
    skill_id: str | None
    kind: ReasonCode
    proposed_at: datetime
    approved_at: datetime | None = None
    seen_at: datetime | None = None
    started_at: datetime | None = None
    done_at: datetime | None = None
    ending: Ending = Ending.OPEN

    @property
    def stood(self) -> bool:
        """Whether it was there to be taken up: not turned down, and not replaced before anybody saw or approved it."""
        if self.ending is Ending.TURNED_DOWN:
            return False
        noticed = self.approved_at or self.seen_at or self.started_at
        return self.ending is not Ending.GAVE_WAY or noticed is not None

    @property
    def week(self) -> date:
        """The Monday of the week in which it was proposed."""
        return monday(self.proposed_at)


def monday(moment: datetime) -> date:
    """The Monday of the week of a moment (UTC: platforms do not tell the school's time zone)."""
    return moment.date() - timedelta(days=moment.weekday())
