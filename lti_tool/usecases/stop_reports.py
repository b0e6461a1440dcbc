"""A family says: no more reports about our child, please; or, later: we want them again.

All links to the report end. Only the one by which the family said so stays, as the way back: it opens a page that
shows nothing of the child. So whoever has no account can change their mind as long as the link lives.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.launch import audit
from lti_tool.models.courses import Context
from lti_tool.models.families import FamilyLink
from lti_tool.usecases.family_links import end_links_of
from lti_tool.usecases.family_preferences import set_declined

BY_LINK = "family by link"


def stop_reports(
    session: Session,
    *,
    context: Context,
    person_key: int,
    now: datetime,
    actor: str,
    by_link: FamilyLink | None = None,
) -> None:
    """No more reports about this student in this course. `actor` is `BY_LINK` or somebody's `audit.person_name`."""
    set_declined(session, context=context, person_key=person_key, declined=True, now=now)
    end_links_of(session, context=context, person_key=person_key, now=now, save=by_link)
    _note(session, "family.reports_stopped", person_key, actor, now)


def want_reports_again(
    session: Session, *, context: Context, person_key: int, now: datetime, actor: str
) -> None:
    """Reports about this student may be made again."""
    set_declined(session, context=context, person_key=person_key, declined=False, now=now)
    _note(session, "family.reports_wanted", person_key, actor, now)


def _note(session: Session, action: str, person_key: int, actor: str, now: datetime) -> None:
    audit.record(session, actor=actor, action=action, subject=audit.person_name(person_key), now=now)
