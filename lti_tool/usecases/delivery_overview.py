"""How the writing to platforms goes, for those who run Waymark: numbers and reasons, no names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.grades.leases import CHANGED_AT_PLATFORM
from lti_tool.grades.outbox import send_again
from lti_tool.launch import audit
from lti_tool.launch.registration import find_registration_by_key
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.models.platforms import Deployment, Registration
from lti_tool.usecases.compare_deliveries import REMOVED

# Somebody entered or removed a value in a gradebook: the teacher of the course decides, nobody else.
TEACHERS_DECIDE = frozenset({CHANGED_AT_PLATFORM, REMOVED, "score.grade_in_cell"})
_WAITING = (Delivery.PENDING, Delivery.SENDING)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Deliveries that failed for one reason: how many, in how many courses, since when the oldest is due.

    `waits_for_person` where nothing happens by itself any more.
    """

    code: str
    message: str
    entries: int
    courses: int
    since: datetime
    waits_for_person: bool

    @property
    def teachers_decide(self) -> bool:
        """Whether it is not for the administration to send these again."""
        return self.code in TEACHERS_DECIDE


@dataclass(frozen=True, slots=True)
class PlatformDeliveries:
    """One platform: what was delivered, what is on its way, and what is in trouble, the most frequent first."""

    registration_key: int
    label: str
    delivered: int
    waiting: int
    waiting_since: datetime | None
    troubles: tuple[Trouble, ...]


def look_at_deliveries(session: Session) -> tuple[PlatformDeliveries, ...]:
    """Every platform, by name."""
    states: dict[int, dict[Delivery, tuple[int, datetime]]] = defaultdict(dict)
    for key, state, number, since in session.execute(
        select(
            Deployment.registration_id,
            OutboxEntry.state,
            func.count(),
            func.min(OutboxEntry.first_due_at),
        )
        .join(Context, OutboxEntry.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .group_by(Deployment.registration_id, OutboxEntry.state)
    ):
        states[key][state] = number, since
    troubles = _troubles(session)
    return tuple(
        PlatformDeliveries(
            registration_key=registration.id,
            label=registration.label,
            delivered=states[registration.id].get(Delivery.DELIVERED, (0, None))[0],
            waiting=sum(states[registration.id].get(state, (0, None))[0] for state in _WAITING),
            waiting_since=min(
                (states[registration.id][state][1] for state in _WAITING if state in states[registration.id]),
                default=None,
            ),
            troubles=tuple(troubles.get(registration.id, ())),
        )
        for registration in session.scalars(select(Registration).order_by(Registration.label))
    )


def send_trouble_again(
    session: Session, *, registration_key: int, code: str, actor: str, now: datetime
) -> int:
    """Send everything again that waits for a person at this platform for this reason; gives back how many.

    What a teacher has to decide is left alone, and a value that somebody entered is not replaced. Raises NotVisible
    `registration.not_found`.
    """
    registration = find_registration_by_key(session, registration_key)
    if code in TEACHERS_DECIDE:
        return 0
    entries = session.scalars(
        select(OutboxEntry)
        .join(Context, OutboxEntry.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .where(
            Deployment.registration_id == registration_key,
            OutboxEntry.state == Delivery.ATTENTION,
            OutboxEntry.problem_code == code,
        )
        .with_for_update(of=OutboxEntry)
    ).all()
    for entry in entries:
        send_again(entry, now=now, may_replace=False)
    if entries:
        audit.record(
            session,
            actor=actor,
            action="deliveries.sent_again",
            subject=registration.label,
            now=now,
            code=code,
            number=str(len(entries)),
        )
    return len(entries)


def _troubles(session: Session) -> dict[int, list[Trouble]]:
    """By registration. The words of one entry stand for all: they differ by values at most, which stay out."""
    found: dict[int, list[Trouble]] = defaultdict(list)
    number = func.count()
    for key, code, state, message, entries, courses, since in session.execute(
        select(
            Deployment.registration_id,
            OutboxEntry.problem_code,
            OutboxEntry.state,
            func.min(OutboxEntry.problem_message),
            number,
            func.count(OutboxEntry.context_id.distinct()),
            func.min(OutboxEntry.first_due_at),
        )
        .join(Context, OutboxEntry.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .where(OutboxEntry.problem_code.is_not(None))
        .group_by(Deployment.registration_id, OutboxEntry.problem_code, OutboxEntry.state)
        .order_by(number.desc(), OutboxEntry.problem_code)
    ):
        found[key].append(
            Trouble(
                code=code or "",
                message="" if code in TEACHERS_DECIDE else message or "",
                entries=entries,
                courses=courses,
                since=since,
                waits_for_person=state is Delivery.ATTENTION,
            )
        )
    return found
