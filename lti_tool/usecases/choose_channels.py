"""By which channels a course brings approved steps to students: chosen by its teachers, each after a dry run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotVisible
from lti_tool.grades import step_wishes
from lti_tool.grades.channels import opening_grade
from lti_tool.grades.channels.choice import OPENING_GRADE, Way, channels_of
from lti_tool.grades.channels.opening_grade import OpeningGrade
from lti_tool.launch import audit
from lti_tool.models.channels import ChannelChoice
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import NativeConnection
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.channel_labels import channel_explanation, channel_label, preparing_label
from lti_tool.usecases.channel_preview import (
    PreviewView,
    fingerprint_of,
    look_at_preview,
    make_preview,
    plan,
    to_keep,
)
from lti_tool.usecases.classroom import active_learners, open_classroom
from lti_tool.usecases.connect_gradebook import look_at_connection
from lti_tool.usecases.names import full_name
from lti_tool.usecases.native_access import connection_of
from lti_tool.usecases.step_channels import bring_by, planned_steps
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel that this LMS offers. `preparing` says what can be made for an activity, where something can.

    `is_usable` unless it needs the gradebook connection, which is missing; `counts` where it writes points.
    """

    name: str
    label: str
    preparing: str
    explanation: tuple[str, ...]
    is_usable: bool
    counts: bool
    is_on: bool
    on_since: datetime | None
    preview: PreviewView | None


@dataclass(frozen=True, slots=True)
class ChannelsView:
    """All channels of a course. `is_set_up` once it has a skill map; `writes` when its mode lets us write."""

    is_connected: bool
    is_set_up: bool
    writes: bool
    channels: tuple[ChannelView, ...]


def look_at_channels(session: Session, *, context: Context, now: datetime, words: Words) -> ChannelsView:
    """What this course's LMS offers, what is on, and the latest dry runs."""
    is_set_up = adopted_map(session, context) is not None
    current = fingerprint_of(session, context, plan(session, context, now)) if is_set_up else ""
    is_connected = connection_of(session, context) is not None
    choices = {
        choice.channel: choice
        for choice in session.scalars(select(ChannelChoice).where(ChannelChoice.context_id == context.id))
    }
    names = {learner.id: full_name(learner, words) for learner in active_learners(session, context)}
    return ChannelsView(
        is_connected=is_connected,
        is_set_up=is_set_up,
        writes=context.mode.writes,
        channels=tuple(
            ChannelView(
                name=channel.name,
                label=channel_label(channel.name, words),
                preparing=preparing_label(channel.name, words),
                explanation=channel_explanation(channel.name, words),
                is_usable=is_connected or isinstance(channel, OpeningGrade),
                counts=isinstance(channel, OpeningGrade),
                is_on=choice is not None and choice.chosen_at is not None,
                on_since=choice.chosen_at if choice else None,
                preview=look_at_preview(choice.previewed, current=current, names=names, words=words)
                if choice and choice.previewed
                else None,
            )
            for channel in _offered(session, context)
            for choice in [choices.get(channel.name)]
        ),
    )


def preview_channel(
    database: Database,
    secret: str,
    context_key: int,
    name: str,
    *,
    local_origins: Iterable[str],
    clock: Callable[[], datetime],
) -> None:
    """Make the dry run of a channel and keep it; no transaction is open meanwhile.

    Raises NotVisible `channel.not_offered`, Fixable `channel.not_connected`, `course.not_set_up` or
    `channel.preview_failed`.
    """
    with database.read() as session:
        context = session.get_one(Context, context_key)
        channel = offered_channel(session, context, name)
        planned = plan(session, context, clock())
        fingerprint = fingerprint_of(session, context, planned)
        if isinstance(channel, OpeningGrade):
            steps = [(one.person, one.step) for one in planned]
            lines = opening_grade.describe(session, context=context, steps=steps)
        else:
            connection = needed_connection(session, context)
    if not isinstance(channel, OpeningGrade):
        lines = make_preview(
            database, channel, connection, planned, secret=secret, local_origins=local_origins, clock=clock
        )
    with database.transaction() as session:
        _choice(session, context_key, name).previewed = to_keep(fingerprint, planned, lines, now=clock())


def turn_on(
    session: Session,
    *,
    context: Context,
    teacher: Person,
    name: str,
    fingerprint: str,
    may_count: bool,
    now: datetime,
) -> None:
    """Bring every approved step by this channel from now on, those that stand already among them.

    `fingerprint` is that of the dry run on the teacher's screen; `may_count` is the teacher's word that points may
    take part in totals. Raises as `preview_channel`, Fixable `channel.only_looks`, `channel.would_count`, and Fixable
    `channel.preview_again` (409) where something has changed since.
    """
    channel = offered_channel(session, context, name)
    if not isinstance(channel, OpeningGrade):
        needed_connection(session, context)
    if not context.mode.writes:
        raise only_looks()
    if isinstance(channel, OpeningGrade) and not may_count:
        raise Fixable(
            "channel.would_count",
            "These points can change totals. Tick that you know this, or leave it off.",
        )
    classroom = open_classroom(session, context=context, now=now)
    planned = planned_steps(session, classroom)
    choice = _choice(session, context.id, name)
    shown = (choice.previewed or {}).get("fingerprint")
    if not fingerprint or not fingerprint == shown == fingerprint_of(session, context, planned):
        raise Fixable(
            "channel.preview_again",
            "Next steps or the connection have changed since you looked. Look at the preview again, then turn it on.",
            status=409,
        )
    choice.chosen_by_id, choice.chosen_at = teacher.id, now
    for one in planned:
        if one.is_approved:
            bring_by(session, classroom=classroom, channel=channel, person=one.person, step=one.step)
    _record(session, choice, teacher=teacher, action="channel.turned_on", now=now)


def turn_off(session: Session, *, context: Context, teacher: Person, name: str, now: datetime) -> None:
    """Bring nothing more by this channel, and take back what it brought, as far as that can be.

    Raises NotVisible `channel.not_on`.
    """
    choice = session.scalar(_of(context.id, name).where(ChannelChoice.chosen_at.is_not(None)))
    if choice is None:
        raise NotVisible("channel.not_on", "This is not turned on in this course.")
    choice.chosen_by_id = choice.chosen_at = choice.previewed = None
    step_wishes.take_back(session, context=context, channel=name, now=now)
    _record(session, choice, teacher=teacher, action="channel.turned_off", now=now)


def offers_ways(session: Session, context: Context) -> bool:
    """Whether this course's LMS has any way to students beside the words in the gradebook."""
    return bool(_offered(session, context))


def _offered(session: Session, context: Context) -> tuple[Way, ...]:
    """The channels of this course's LMS, chosen by the API that it has, and the grade wherever it takes grades."""
    connection = look_at_connection(session, context)
    native = channels_of(connection.product) if connection else ()
    return native if context.line_items_url is None else (*native, OPENING_GRADE)


def offered_channel(session: Session, context: Context, name: str) -> Way:
    """The channel of this name. Raises NotVisible `channel.not_offered` where this course's LMS has none."""
    channel = next((channel for channel in _offered(session, context) if channel.name == name), None)
    if channel is None:
        raise NotVisible(
            "channel.not_offered",
            "Your learning platform has no such way to students. Choose one of those shown.",
        )
    return channel


def needed_connection(session: Session, context: Context) -> NativeConnection:
    """The connection by which channels of the LMS's own API go. Raises Fixable `channel.not_connected`."""
    connection = connection_of(session, context)
    if connection is None:
        raise Fixable(
            "channel.not_connected",
            "Connect the gradebook first: Waymark reaches students by that connection.",
        )
    return connection


def only_looks() -> Fixable:
    """For what would write in a course in which we do not."""
    return Fixable(
        "channel.only_looks",
        "In this course Waymark only looks and writes nothing to your LMS, so there is nothing to turn on.",
    )


def _choice(session: Session, context_key: int, name: str) -> ChannelChoice:
    choice = session.scalar(_of(context_key, name).with_for_update())
    if choice is None:
        choice = ChannelChoice(context_id=context_key, channel=name)
        session.add(choice)
        session.flush()
    return choice


def _of(context_key: int, name: str) -> Select[ChannelChoice]:
    return select(ChannelChoice).where(ChannelChoice.context_id == context_key, ChannelChoice.channel == name)


def _record(session: Session, choice: ChannelChoice, *, teacher: Person, action: str, now: datetime) -> None:
    audit.record(
        session,
        actor=audit.person_name(teacher.id),
        action=action,
        subject=f"course {choice.context_id}",
        now=now,
        channel=choice.channel,
    )
