"""The dry run of a channel: exactly what would be written, to whom.

It reads the LMS and writes nothing anywhere but here: it is kept, so that the page can show it, and so that only what
was shown can be turned on. Once a step or the connection has changed, it has to be made again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, PlatformError
from lti_tool.grades.channels.channel import Channel, Effect, Line, Student
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import NativeConnection
from lti_tool.usecases.channel_labels import effect_label
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.hurried_session import HurriedSession
from lti_tool.usecases.native_access import connection_of, opening_of
from lti_tool.usecases.step_channels import PlannedStep, planned_steps
from lti_tool.usecases.words import Words

# No request of a dry run begins later than this: a teacher waits at the screen.
PREVIEW_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One student in a dry run. `text` is what would be sent, where something is."""

    name: str
    title: str
    would_write: bool
    label: str
    where: str
    text: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class Preparable:
    """An activity for which Waymark can make what the channel needs."""

    activity: str
    title: str


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A dry run. `is_current` while nothing has changed since, and only then may it be turned on."""

    made_at: datetime
    fingerprint: str
    is_current: bool
    lines: tuple[PreviewLine, ...]
    to_prepare: tuple[Preparable, ...]

    @property
    def writes(self) -> int:
        """How many students would get something now."""
        return sum(line.would_write and line.is_approved for line in self.lines)


def plan(session: Session, context: Context, now: datetime) -> tuple[PlannedStep, ...]:
    """The steps that a dry run is about. Raises Fixable `course.not_set_up`."""
    return planned_steps(session, open_classroom(session, context=context, now=now))


def make_preview(
    database: Database,
    channel: Channel,
    connection: NativeConnection,
    planned: Sequence[PlannedStep],
    *,
    secret: str,
    local_origins: Iterable[str],
    clock: Callable[[], datetime],
) -> tuple[Line, ...]:
    """Ask the LMS, and change nothing; no transaction may be open. Raises Fixable `channel.preview_failed`."""
    students = [(student_of(one, connection), one.step) for one in planned]
    try:
        with HurriedSession(local_origins, PREVIEW_SECONDS) as hurried:
            opening = opening_of(database, hurried, secret, connection.context_id, clock=clock)
            return channel.describe(opening.access(), students) if opening else ()
    except PlatformError as error:
        raise Fixable(
            "channel.preview_failed",
            f"Nothing was written, and the preview could not be made. {error.message}",
            detail=error.code,
            status=502,
        ) from error


def student_of(one: PlannedStep, connection: NativeConnection) -> Student:
    """Whom a step is for, as channels know people."""
    person = one.person
    return Student(person.id, person.user_id, connection.native_ids.get(person.user_id, ""))


def to_keep(
    fingerprint: str, planned: Sequence[PlannedStep], lines: Sequence[Line], *, now: datetime
) -> dict[str, Any]:
    """What is kept of a dry run about `planned`, whose `fingerprint` was taken before the LMS was asked."""
    return {
        "made_at": now.isoformat(),
        "fingerprint": fingerprint,
        "lines": [
            {
                "student": line.student,
                "title": one.step.title,
                "effect": line.effect.value,
                "where": line.where,
                "text": line.text,
                "activity": one.step.activity,
                "can_prepare": line.can_prepare,
                "is_approved": one.is_approved,
            }
            for one, line in zip(planned, lines, strict=True)
        ],
    }


def fingerprint_of(session: Session, context: Context, planned: Iterable[PlannedStep]) -> str:
    """What a dry run was about: changes with every step, approval and connection."""
    connection = connection_of(session, context)
    where = [connection.root, connection.course, connection.encrypted_secret] if connection else []
    steps = [[one.person.id, one.step.to_mapping(), one.is_approved] for one in planned]
    return sha256(json.dumps([where, steps], sort_keys=True).encode()).hexdigest()[:32]


def look_at_preview(
    kept: Mapping[str, Any], *, current: str, names: Mapping[int, str], words: Words
) -> PreviewView:
    """A kept dry run as the page shows it, while `current` is the fingerprint of how things are.

    Students who have left since are not shown; it is not current then.
    """
    return PreviewView(
        made_at=datetime.fromisoformat(kept["made_at"]),
        fingerprint=kept["fingerprint"],
        is_current=kept["fingerprint"] == current,
        lines=tuple(
            PreviewLine(
                name=names[line["student"]],
                title=line["title"],
                would_write=line["effect"] == Effect.WRITTEN,
                label=effect_label(Effect(line["effect"]), words),
                where=line["where"],
                text=line["text"],
                is_approved=line["is_approved"],
            )
            for line in kept["lines"]
            if line["student"] in names
        ),
        to_prepare=tuple(
            dict.fromkeys(
                Preparable(line["activity"], line["title"])
                for line in kept["lines"]
                if line.get("can_prepare") and line["student"] in names
            )
        ),
    )
