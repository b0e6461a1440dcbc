"""What a channel needs once for an activity, made when a teacher asks for it in the dry run: such as a group in Moodle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotVisible, PlatformError
from lti_tool.grades.channels.channel import PreparedChannel
from lti_tool.models.courses import Context, Mode
from lti_tool.usecases.channel_preview import PREVIEW_SECONDS, plan, student_of
from lti_tool.usecases.choose_channels import only_looks, preview_channel, usable_channel
from lti_tool.usecases.hurried_session import HurriedSession
from lti_tool.usecases.native_credentials import native_access


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

    No transaction is open meanwhile. Making it twice makes it once. Raises as `preview_channel`; NotVisible
    `channel.not_prepared` for what nobody has as a step; Fixable `channel.only_looks` or `channel.prepare_failed`.
    """
    with database.read() as session:
        context = session.get_one(Context, context_key)
        channel, connection = usable_channel(session, context, name)
        if context.mode is not Mode.WRITE_BACK:
            raise only_looks()
        planned = [one for one in plan(session, context, clock()) if one.step.activity == activity]
    column = planned[0].step.column if planned else None
    if column is None or not isinstance(channel, PreparedChannel):
        raise NotVisible(
            "channel.not_prepared",
            "This activity is nobody's next step any more. Look at the preview again.",
        )
    try:
        with HurriedSession(local_origins, PREVIEW_SECONDS) as hurried:
            access = native_access(connection, hurried, secret, clock)
            channel.prepare(access, student_of(planned[0], connection), column)
    except PlatformError as error:
        raise Fixable("channel.prepare_failed", error.message, detail=error.code, status=502) from error
    preview_channel(database, secret, context_key, name, local_origins=local_origins, clock=clock)
