"""A course or link that was copied from one that we know: found by the ancestors that the platform names.

When a course is copied, the ids of the course and of its links change (LTI 1.3 Core, section 5.4.1 and
5.3.5). The variables `$Context.id.history` and `$ResourceLink.id.history` name the ancestors (appendix B);
they arrive as custom parameters. An ancestor counts only within the same deployment: ids of other schools
look just the same.

Here a copy is only noticed. What is taken over is decided by a teacher (`usecases.copy_course`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from lti_tool.launch.claims import Launch
from lti_tool.launch.inserting import insert_once
from lti_tool.launch.roles import Role
from lti_tool.models.courses import Context, CopyState, ResourceLink
from lti_tool.models.gradebook import LineItem
from lti_tool.models.learning import AdoptedSkillMap

Value = TypeVar("Value")

_SET_UP_COURSES = frozenset(
    {Role.INSTRUCTOR, Role.ADMINISTRATOR, Role.TEACHING_ASSISTANT, Role.CONTENT_DEVELOPER}
)


def follow_copies(
    session: Session, launch: Launch, *, context_key: int, activity_id: str | None
) -> str | None:
    """Notice what a launch says about copies; gives back the activity that it is about, if any.

    A launch outside of copies costs nothing here, or one insertion that usually does nothing where the
    link names an activity. `activity_id` is what is known already and stands.
    """
    if launch.context_history and not _SET_UP_COURSES.isdisjoint(launch.roles):
        offer_original(session, context_key=context_key, ancestors=launch.context_history)
    if launch.activity_id is not None and launch.resource_link_id:
        _remember(session, context_key, launch.resource_link_id, launch.activity_id)
    copied = launch.context_history or launch.resource_link_history
    if activity_id is not None or not copied or not launch.resource_link_id:
        return activity_id
    return _inherited_activity(session, context_key, launch) or _activity_of_column(
        session, context_key, launch.resource_link_id
    )


def offer_original(session: Session, *, context_key: int, ancestors: Sequence[str]) -> None:
    """Offer the set-up of the nearest of `ancestors` (ids of contexts) that has a skill map.

    Nothing happens in a course that has a skill map of its own, or that was offered one before: a teacher
    is asked once.
    """
    copy = session.execute(
        select(Context.deployment_id).where(
            Context.id == context_key, Context.copy_state.is_(None), ~_has_skill_map(context_key)
        )
    ).first()
    if copy is None:
        return
    known = {
        row.context_id: row.id
        for row in session.execute(
            select(Context.context_id, Context.id).where(
                Context.deployment_id == copy.deployment_id,
                Context.context_id.in_(ancestors),
                exists().where(AdoptedSkillMap.context_id == Context.id),
            )
        )
    }
    nearest = _first(ancestors, known)
    if nearest is not None:
        session.execute(
            update(Context)
            .where(Context.id == context_key, Context.copy_state.is_(None))
            .values(copied_from_id=nearest, copy_state=CopyState.OFFERED)
        )


def _inherited_activity(session: Session, context_key: int, launch: Launch) -> str | None:
    """The activity that this link, or the nearest of its ancestors in this deployment, was made for."""
    links = (launch.resource_link_id, *launch.resource_link_history)
    deployment = select(Context.deployment_id).where(Context.id == context_key).scalar_subquery()
    known = {
        row.resource_link_id: row.activity_id
        for row in session.execute(
            select(ResourceLink.resource_link_id, ResourceLink.activity_id)
            .join(Context, Context.id == ResourceLink.context_id)
            .where(Context.deployment_id == deployment, ResourceLink.resource_link_id.in_(links))
        )
    }
    found = _first(links, known)
    if found is not None and launch.resource_link_id not in known:
        _remember(session, context_key, launch.resource_link_id, found)
    return found


def _activity_of_column(session: Session, context_key: int, resource_link_id: str) -> str | None:
    """The activity of the link's own column, in a copy whose tags a teacher has taken over."""
    return session.scalar(
        select(LineItem.activity_id)
        .join(Context, Context.id == LineItem.context_id)
        .where(
            Context.id == context_key,
            Context.copy_state == CopyState.TAKEN,
            LineItem.resource_link_id == resource_link_id,
            LineItem.activity_id.is_not(None),
        )
        .limit(1)
    )


def _remember(session: Session, context_key: int, resource_link_id: str, activity_id: str) -> None:
    insert_once(
        session,
        ResourceLink,
        {"context_id": context_key, "resource_link_id": resource_link_id, "activity_id": activity_id},
    )


def _has_skill_map(context_key: int) -> ColumnElement[bool]:
    return exists().where(AdoptedSkillMap.context_id == context_key)


def _first(wanted: Iterable[str], known: dict[str, Value]) -> Value | None:
    return next((known[key] for key in wanted if key in known), None)
