"""What a channel needs once for an activity, made when a teacher asks for it in the dry run.

A group in Moodle, or the column whose grade opens the activity. No transaction is open while the LMS is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotVisible, PlatformError
from lti_tool.grades.channels import opening_grade
from lti_tool.grades.channels.channel import PreparedChannel
from lti_tool.grades.channels.choice import Way
from lti_tool.grades.channels.opening_grade import OpeningGrade
from lti_tool.grades.columns import bind_column, find_or_create_column
from lti_tool.http import OutboundSession
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Column, NativeConnection
from lti_tool.usecases.channel_preview import PREVIEW_SECONDS, plan, student_of
from lti_tool.usecases.choose_channels import needed_connection, offered_channel, only_looks, preview_channel
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.hurried_session import HurriedSession
from lti_tool.usecases.native_access import opening_of
from lti_tool.usecases.service_clients import service_client
from lti_tool.usecases.step_channels import PlannedStep, bring_by, chosen_channels, planned_steps

# Nobody still waits for a column that was asked for so long ago.
_COLUMN_TAKES = timedelta(minutes=1)


def prepare_activity(
    database: Database,
    secret: str,
    context_key: int,
    name: str,
    activity: str,
    *,
    local_origins: Iterable[str],
    clock: Callable[[], datetime],
) -> None:
    """Make what the channel needs for an activity that is somebody's step, and the dry run anew.

    Where the channel is on, approved steps with this activity go out by it now.

    Making it twice makes it once. Raises as `preview_channel`; NotVisible `channel.not_prepared` for what nobody has
    as a step; Fixable `channel.only_looks` or `channel.prepare_failed`.
    """
    with database.read() as session:
        context = session.get_one(Context, context_key)
        channel = offered_channel(session, context, name)
        connection = None if isinstance(channel, OpeningGrade) else needed_connection(session, context)
        if not context.mode.writes:
            raise only_looks()
        planned = [one for one in plan(session, context, clock()) if one.step.activity == activity]
    try:
        with HurriedSession(local_origins, PREVIEW_SECONDS) as hurried:
            preparing = _Preparing(database, secret, hurried, clock)
            if planned and isinstance(channel, OpeningGrade):
                preparing.column(context_key, planned[0])
            elif planned and connection is not None and isinstance(channel, PreparedChannel):
                preparing.channel(channel, connection, planned[0])
            else:
                raise _nobodys_step()
    except PlatformError as error:
        raise Fixable("channel.prepare_failed", error.message, detail=error.code, status=502) from error
    with database.transaction() as session:
        _bring_where_on(session, session.get_one(Context, context_key), channel, activity, now=clock())
    preview_channel(database, secret, context_key, name, local_origins=local_origins, clock=clock)


def _bring_where_on(
    session: Session, context: Context, channel: Way, activity: str, *, now: datetime
) -> None:
    if channel.name not in {chosen.name for chosen in chosen_channels(session, context)}:
        return
    classroom = open_classroom(session, context=context, now=now)
    for one in planned_steps(session, classroom):
        if one.is_approved and one.step.activity == activity:
            bring_by(
                session, classroom=classroom, channel=channel, person=one.person, step=one.step, anew=True
            )


@dataclass(frozen=True, slots=True)
class _Preparing:
    database: Database
    secret: str
    outbound: OutboundSession
    clock: Callable[[], datetime]

    def channel(self, channel: PreparedChannel, connection: NativeConnection, one: PlannedStep) -> None:
        """What a channel of the LMS's own API needs."""
        if one.step.column is None:
            raise _nobodys_step()
        opening = opening_of(
            self.database, self.outbound, self.secret, connection.context_id, clock=self.clock
        )
        if opening is None:
            raise _nobodys_step()
        channel.prepare(opening.access(), student_of(one, connection), one.step.column)

    def column(self, context_key: int, one: PlannedStep) -> None:
        """The column that opens the activity. A second click leaves it to the first; so does the first score."""
        now = self.clock()
        with self.database.transaction() as session:
            context = session.get_one(Context, context_key)
            known = opening_grade.find_column(session, context=context, activity=one.step.activity)
            if known is not None and not _is_overdue(known, now):
                return
            column = known or opening_grade.want_column(session, context=context, step=one.step, now=now)
            column.created_at = now
        with self.database.read() as session:
            context, column = session.get_one(Context, context_key), session.get_one(Column, column.id)
            registration = context.deployment.registration
        client = service_client(
            self.database, registration, outbound=self.outbound, secret=self.secret, clock=self.clock
        )
        found = find_or_create_column(client, context, column)
        with self.database.transaction() as session:
            bind_column(session, column_id=column.id, found=found, now=self.clock())


def _is_overdue(column: Column, now: datetime) -> bool:
    return column.line_item_id is None and column.created_at < now - _COLUMN_TAKES


def _nobodys_step() -> NotVisible:
    return NotVisible(
        "channel.not_prepared",
        "This activity is nobody's next step any more. Look at the preview again.",
    )
