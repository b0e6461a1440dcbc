"""A submission review names a learner: may this person look at that learner's work, and at which?

LTI Submission Review 1.0 (https://www.imsglobal.org/spec/lti-sr/v1p0). The platform's signature says that it
sent `for_user`, not that the person at the screen may see this learner: Moodle 5.1 signs a review for any
student who writes another student's number into its launch address. So the roles of the launch decide.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused
from lti_tool.launch.claims import Launch
from lti_tool.launch.roles import Role, is_staff
from lti_tool.models.courses import Membership, Person
from lti_tool.models.gradebook import LineItem

_MAY_REVIEW_ONE = frozenset({Role.LEARNER, Role.MENTOR})


def reviewed_learner(session: Session, launch: Launch, *, context_key: int) -> int:
    """The key of the learner whom this review is about.

    Teachers, assistants and administrators of the course may see every learner who has a membership in it,
    also an ended one: the platform's gradebook keeps the work of those who left, and asks us about it.
    Learners may see themselves, mentors the learners whom the same signed launch names.
    Raises LaunchRefused: `review.role` (403) for other roles, `review.user_not_found` (404) for a learner
    who is not in this course and, with the same words, for one whom this person may not see.
    """
    staff = is_staff(launch.roles)
    if not staff and _MAY_REVIEW_ONE.isdisjoint(launch.roles):
        raise LaunchRefused(
            "review.role", "Looking at a student's work is for people who teach this course.", status=403
        )
    found = session.scalar(
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.context_id == context_key,
            Membership.is_learner,
            Person.user_id == launch.for_user_id,
        )
    )
    if found is None or not (staff or _is_own(launch)):
        raise not_found()
    return found


def reviewed_activity(session: Session, launch: Launch, *, context_key: int) -> str | None:
    """The activity that a review is about: the link's own, else the one of the gradebook column, if known."""
    if launch.activity_id is not None or not launch.line_item_url:
        return launch.activity_id
    column = session.execute(
        select(LineItem.activity_id, LineItem.resource_id).where(
            LineItem.context_id == context_key, LineItem.url == launch.line_item_url
        )
    ).first()
    return (column.activity_id or column.resource_id or None) if column else None


def not_found() -> LaunchRefused:
    """The same answer for a learner who is not there and for one who is none of this person's concern."""
    return LaunchRefused(
        "review.user_not_found",
        "There is no such student for you in this course. Open your own work from the course, or ask your "
        "teacher.",
        status=404,
    )


def _is_own(launch: Launch) -> bool:
    if Role.LEARNER in launch.roles and launch.for_user_id == launch.user_id:
        return True
    return Role.MENTOR in launch.roles and launch.for_user_id in launch.mentee_user_ids
