"""How the writing to platforms goes, for those who run Waymark: numbers and reasons, no names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.grades import outbox, step_wishes
from lti_tool.grades.leases import CHANGED_AT_PLATFORM
from lti_tool.launch import audit
from lti_tool.launch.registration import find_registration_by_key
from lti_tool.models.channels import StepDelivery
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.models.platforms import Deployment, Registration
from lti_tool.usecases.compare_deliveries import REMOVED

# Somebody entered or removed a value in a gradebook: the teacher of the course decides, nobody else.
TEACHERS_DECIDE = frozenset({CHANGED_AT_PLATFORM, REMOVED, "score.grade_in_cell"})
# What is written to platforms: cells of gradebooks, and steps that go out by channels.
_KINDS: tuple[type[OutboxEntry | StepDelivery], ...] = (OutboxEntry, StepDelivery)
Kind = TypeVar("Kind", OutboxEntry, StepDelivery)
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
    for kind in _KINDS:
        for key, state, number, since in session.execute(
            select(Deployment.registration_id, kind.state, func.count(), func.min(kind.first_due_at))
            .join(Context, kind.context_id == Context.id)
            .join(Deployment, Context.deployment_id == Deployment.id)
            .group_by(Deployment.registration_id, kind.state)
        ):
            others, oldest = states[key].get(state, (0, since))
            states[key][state] = others + number, min(oldest, since)
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
    entries = _stopped(session, OutboxEntry, registration_key, code)
    for entry in entries:
        outbox.send_again(entry, now=now, may_replace=False)
    steps = _stopped(session, StepDelivery, registration_key, code)
    for step in steps:
        step_wishes.send_again(step, now=now)
    number = len(entries) + len(steps)
    if number:
        audit.record(
            session,
            actor=actor,
            action="deliveries.sent_again",
            subject=registration.label,
            now=now,
            code=code,
            number=str(number),
        )
    return number


def _stopped(session: Session, kind: type[Kind], registration_key: int, code: str) -> Sequence[Kind]:
    """What waits for a person for this reason."""
    return session.scalars(
        select(kind)
        .join(Context, kind.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .where(
            Deployment.registration_id == registration_key,
            kind.state == Delivery.ATTENTION,
            kind.problem_code == code,
        )
        .with_for_update(of=kind)
    ).all()


def _troubles(session: Session) -> dict[int, list[Trouble]]:
    """By registration. The words of one entry stand for all: they differ by values at most, which stay out."""
    found: dict[int, list[Trouble]] = defaultdict(list)
    for kind in _KINDS:
        for key, code, state, message, entries, courses, since in session.execute(
            select(
                Deployment.registration_id,
                kind.problem_code,
                kind.state,
                func.min(kind.problem_message),
                func.count(),
                func.count(kind.context_id.distinct()),
                func.min(kind.first_due_at),
            )
            .join(Context, kind.context_id == Context.id)
            .join(Deployment, Context.deployment_id == Deployment.id)
            .where(kind.problem_code.is_not(None))
            .group_by(Deployment.registration_id, kind.problem_code, kind.state)
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
    for troubles in found.values():
        troubles.sort(key=lambda trouble: (-trouble.entries, trouble.code))
    return found
