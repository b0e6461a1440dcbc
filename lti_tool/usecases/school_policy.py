"""What administrators choose for all courses of a platform: defaults, locks, and how far courses may go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.launch import audit
from lti_tool.models.courses import Context, Mode
from lti_tool.models.platforms import Deployment, Registration
from lti_tool.models.policies import PlatformPolicy
from lti_tool.pathways.choices import SETTINGS, Choices
from lti_tool.usecases.course_rules import NOTHING, require_seen, require_sense, school_policy
from lti_tool.usecases.policy_form import FormView, form_view
from lti_tool.usecases.roll_out import lower_modes
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class SchoolPolicyView:
    """The page of one platform; `courses` are so many in each mode."""

    platform: Registration
    form: FormView
    highest_mode: Mode
    first_mode: Mode
    courses: dict[Mode, int]
    version: int
    changed_at: datetime | None


def look_at_school_policy(session: Session, *, registration: Registration, words: Words) -> SchoolPolicyView:
    """What holds for the courses of this platform."""
    kept = school_policy(session, registration.id)
    choices = Choices.of(kept.choices) if kept else NOTHING
    modes = [context.mode for context in _courses(session, registration)]
    return SchoolPolicyView(
        platform=registration,
        form=form_view(choices, own=choices, locked=kept.locked if kept else (), words=words),
        highest_mode=kept.highest_mode if kept else Mode.WRITE_BACK,
        first_mode=kept.first_mode if kept else Mode.WRITE_BACK,
        courses={mode: modes.count(mode) for mode in Mode},
        version=kept.version if kept else 0,
        changed_at=kept.changed_at if kept else None,
    )


def save_school_policy(
    session: Session,
    *,
    registration: Registration,
    choices: Choices,
    seen: int | None,
    locked: Collection[str],
    highest_mode: Mode,
    first_mode: Mode,
    actor: str,
    now: datetime,
) -> int:
    """Let this hold for all courses of a platform; gives back how many courses went back to a lower mode by it.

    Courses plan by it at their next reading. Raises Fixable `policy.makes_no_sense`, and `policy.changed` unless `seen`
    is the version that held until now, 0 before the first.
    """
    require_sense(choices)
    session.refresh(registration, with_for_update=True)  # two administrators may save at the same moment
    kept = school_policy(session, registration.id)
    require_seen(seen, kept.version if kept else 0)
    if kept is None:
        kept = PlatformPolicy(registration_id=registration.id, version=0)
        session.add(kept)
    kept.version += 1
    kept.choices, kept.locked = dict(choices.chosen), sorted(set(locked) & SETTINGS.keys())
    kept.highest_mode, kept.first_mode = highest_mode, first_mode.at_most(highest_mode)
    kept.changed_at = now
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="platform.policy_changed",
        subject=f"registration {registration.id}",
        now=now,
        version=str(kept.version),
        locked=str(len(kept.locked)),
        highest_mode=highest_mode.value,
    )
    return lower_modes(
        session, contexts=_courses(session, registration), highest=highest_mode, actor=actor, now=now
    )


def _courses(session: Session, registration: Registration) -> list[Context]:
    return list(
        session.scalars(
            select(Context)
            .join(Deployment, Context.deployment_id == Deployment.id)
            .where(Deployment.registration_id == registration.id)
            .order_by(Context.id)
        )
    )
