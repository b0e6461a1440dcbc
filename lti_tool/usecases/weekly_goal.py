"""My goal for this week: a number of steps, how many are finished, and what past weeks brought.

Counted are steps that were finished, each by evidence or because the student said so. Weeks begin on Monday, by universal
time, because platforms do not tell us a student's. A week without a finished step is not listed: nothing here counts what
was missed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch.inserting import insert_once
from lti_tool.models.courses import Context, Person, WeeklyGoal
from lti_tool.models.learning import Proposal
from lti_tool.pathways.wording import N_

MOST_STEPS = 10
WEEKS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PastWeek:
    """A week with at least one finished step; `wanted` is None when no goal was set."""

    monday: date
    finished: int
    wanted: int | None

    @property
    def is_reached(self) -> bool:
        """Whether there was a goal, and it was reached."""
        return self.wanted is not None and self.finished >= self.wanted


@dataclass(frozen=True, slots=True)
class WeekView:
    """This week's goal, if there is one, how many steps are finished, and the weeks before, the latest first."""

    monday: date
    finished: int
    wanted: int | None
    past: tuple[PastWeek, ...]


def own_week(session: Session, *, context: Context, learner: Person, now: datetime) -> WeekView:
    """A student's own week in this course."""
    this = monday_of(now)
    first = this - timedelta(weeks=WEEKS_SHOWN)
    done = session.scalars(
        select(Proposal.done_at).where(
            Proposal.context_id == context.id,
            Proposal.person_id == learner.id,
            Proposal.done_at >= datetime.combine(first, time(), tzinfo=now.tzinfo),
        )
    )
    finished = Counter(monday_of(moment) for moment in done if moment)
    wanted = {
        goal.monday: goal.steps
        for goal in session.scalars(
            select(WeeklyGoal).where(
                WeeklyGoal.context_id == context.id,
                WeeklyGoal.person_id == learner.id,
                WeeklyGoal.monday >= first,
            )
        )
    }
    return WeekView(
        monday=this,
        finished=finished[this],
        wanted=wanted.get(this),
        past=tuple(
            PastWeek(monday, finished[monday], wanted.get(monday))
            for monday in sorted(finished, reverse=True)
            if monday < this
        ),
    )


def set_goal(session: Session, *, context: Context, learner: Person, steps: int, now: datetime) -> None:
    """Set, change or, with 0, take back this week's goal. Raises Fixable `week.steps` for another number."""
    if not 0 <= steps <= MOST_STEPS:
        raise Fixable("week.steps", N_("Choose a number of steps from 1 to 10, or no goal."))
    key = {"context_id": context.id, "person_id": learner.id, "monday": monday_of(now)}
    of_this_week = select(WeeklyGoal).filter_by(**key)
    if steps == 0:
        session.execute(delete(WeeklyGoal).filter_by(**key))
    elif not insert_once(session, WeeklyGoal, {**key, "steps": steps}):
        session.scalars(of_this_week).one().steps = steps


def monday_of(moment: datetime) -> date:
    """The first day of the week of a moment."""
    day = moment.date()
    return day - timedelta(days=day.weekday())
