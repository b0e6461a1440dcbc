"""What holds in a course: its own choices over the school's over the shipped ones, in versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.models.courses import Context, Mode, Person
from lti_tool.models.policies import CoursePolicy, PlatformPolicy
from lti_tool.pathways.choices import ChoiceError, Choices, Value

NOTHING = Choices({})


@dataclass(frozen=True, slots=True)
class CourseRules:
    """The choices that hold. `own` are the course's, `school` those of its platform; `locked` are the school's alone.

    `number` is the course's latest version and `school_number` the school's, 0 before the first.
    """

    choices: Choices
    own: Choices
    school: Choices
    locked: frozenset[str]
    number: int
    school_number: int
    highest_mode: Mode

    @property
    def version(self) -> str:
        """The name of these rules in ledgers."""
        return f"course {self.number}, school {self.school_number}"

    def with_own(self, own: Choices) -> CourseRules:
        """What would hold if the course chose this."""
        return CourseRules(
            own.over(self.school, self.locked),
            own,
            self.school,
            self.locked,
            self.number,
            self.school_number,
            self.highest_mode,
        )


def course_rules(session: Session, context: Context) -> CourseRules:
    """What holds in this course now."""
    newest = newest_version(session, context)
    school = school_policy(session, context.deployment.registration_id)
    own = Choices.of(newest.choices) if newest else NOTHING
    before = CourseRules(
        choices=NOTHING,
        own=NOTHING,
        school=Choices.of(school.choices) if school else NOTHING,
        locked=frozenset(school.locked) if school else frozenset(),
        number=newest.version if newest else 0,
        school_number=school.version if school else 0,
        highest_mode=school.highest_mode if school else Mode.WRITE_BACK,
    )
    return before.with_own(own)


def newest_version(session: Session, context: Context) -> CoursePolicy | None:
    """The version that counts; None where the course chose nothing yet."""
    return session.scalar(
        select(CoursePolicy)
        .where(CoursePolicy.context_id == context.id)
        .order_by(CoursePolicy.version.desc())
        .limit(1)
    )


def school_policy(session: Session, registration_key: int) -> PlatformPolicy | None:
    """What administrators chose for this platform, if anything."""
    return session.get(PlatformPolicy, registration_key)


def add_version(
    session: Session,
    *,
    context: Context,
    own: Choices,
    person: Person | None,
    now: datetime,
    seen: int | None = None,
) -> CourseRules:
    """Let the course choose this from now on, as a new version; the same again is none.

    What the school locked keeps the value that the course had chosen, so that it is there when the lock goes. `seen` is
    the version that the choices were made over. Raises Fixable `policy.makes_no_sense` for choices that contradict each
    other, and `policy.changed` where another version holds by now.
    """
    session.flush()
    session.refresh(context, with_for_update=True)  # two at once get two versions
    rules = course_rules(session, context)
    if seen is not None:
        require_seen(seen, rules.number)
    kept = {name: value for name, value in own.chosen.items() if name not in rules.locked}
    kept |= {name: value for name, value in rules.own.chosen.items() if name in rules.locked}
    wanted = rules.with_own(Choices(kept))
    require_sense(wanted.choices)
    if kept == dict(rules.own.chosen):
        return rules
    session.add(
        CoursePolicy(
            context_id=context.id,
            version=rules.number + 1,
            choices=kept,
            changed_by=person.id if person else None,
            changed_at=now,
        )
    )
    session.flush()
    return course_rules(session, context)


def require_seen(seen: int | None, number: int) -> None:
    """Raises Fixable `policy.changed` where a page showed another version than the one that holds."""
    if seen != number:
        raise Fixable(
            "policy.changed",
            "Somebody else changed these settings since the page was opened. Open Policy again, look at what holds now, "
            "and change it then.",
            status=409,
        )


def require_sense(choices: Choices) -> None:
    """Raises Fixable `policy.makes_no_sense` for choices that contradict each other."""
    try:
        choices.require_sense()
    except ChoiceError as problem:
        raise Fixable("policy.makes_no_sense", str(problem)) from None


def copy_rules(
    session: Session, *, context: Context, original: Context, person: Person | None, now: datetime
) -> None:
    """Let a course choose what another one chose."""
    newest = newest_version(session, original)
    if newest is not None:
        add_version(session, context=context, own=Choices.of(newest.choices), person=person, now=now)


def forget_rules(session: Session, *, context: Context) -> None:
    """Back to a course that chose nothing."""
    session.execute(delete(CoursePolicy).where(CoursePolicy.context_id == context.id))


def choices_to_keep(values: Mapping[str, Value], defaults: Choices) -> Choices:
    """Of all values on a form those that differ from what would hold anyway."""
    return Choices({name: value for name, value in values.items() if value != defaults.value(name)})
