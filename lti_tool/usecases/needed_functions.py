"""Which functions of an LMS's own API whoever runs it has to permit for each use, where it permits them one by one.

The API and the channels say themselves what they need, and can call nothing else, so this is the whole list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.grades.channels.choice import channels_of
from lti_tool.grades.native_apis.choice import api_of
from lti_tool.models.channels import ChannelChoice
from lti_tool.models.courses import Context
from lti_tool.models.platforms import Deployment, Registration

READING: Final = "reading"
TESTING: Final = "testing"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of the API: READING, TESTING or the name of a channel; `courses` have turned that channel on."""

    name: str
    functions: tuple[str, ...]
    courses: int = 0

    @property
    def is_wanted(self) -> bool:
        """Whether something stops working without these functions."""
        return self.name == READING or self.courses > 0


def uses_of(session: Session, registration: Registration, product: str) -> tuple[Use, ...]:
    """Every use that needs functions, the reading first; none where the LMS has no such list."""
    api = api_of(product)
    turned_on = _turned_on(session, registration)
    found = [Use(READING, tuple(sorted(api.needs))), Use(TESTING, tuple(sorted(api.needs_for_test)))]
    found += [
        Use(channel.name, tuple(sorted(channel.needs)), turned_on.get(channel.name, 0))
        for channel in channels_of(product)
    ]
    return tuple(use for use in found if use.functions)


def _turned_on(session: Session, registration: Registration) -> dict[str, int]:
    rows = session.execute(
        select(ChannelChoice.channel, func.count(ChannelChoice.id).label("courses"))
        .join(Context, Context.id == ChannelChoice.context_id)
        .join(Deployment, Deployment.id == Context.deployment_id)
        .where(Deployment.registration_id == registration.id, ChannelChoice.chosen_at.is_not(None))
        .group_by(ChannelChoice.channel)
    )
    return {row.channel: row.courses for row in rows}
