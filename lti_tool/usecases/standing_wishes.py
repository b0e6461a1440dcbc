"""What a teacher wishes for a student beyond one step: pin an activity, open a skill, and lift either or a veto again.

A pin brings its activity at once and approves it, because choosing it is the approval. It holds until the activity is
done, or until the day that was given; then planning goes on by itself (`end_pins`). Only what even a teacher's choice
does not override stands in its way: closed activities, accommodations, the grade ceiling (`pathways.filters`).
A waived prerequisite lets work on what rests on it begin; nothing is said about the student's own skill by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import Directive, DirectiveKind, Proposal, ProposalStatus
from lti_tool.pathways.prerequisites import unmet_before
from lti_tool.pathways.recommendation import ReasonCode
from lti_tool.usecases.announce_step import announce, withdraw
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.names import full_name
from lti_tool.usecases.plan_path import chosen_option, current_proposals, plan, supersede
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class WishView:
    """A wish that holds. `text` says what it means, `who` and `since` whose it is and from when."""

    key: int
    kind: str
    text: str
    who: str
    since: datetime
    until: date | None


@dataclass(frozen=True, slots=True)
class ClosedSkill:
    """A skill that is not there yet and keeps `opens` closed; waiving it would let work on those begin."""

    skill_id: str
    title: str
    consequence: str


def pin(
    session: Session,
    *,
    context: Context,
    person_key: int,
    activity_id: str,
    until: date | None,
    teacher: Person,
    now: datetime,
) -> None:
    """This activity next for one student.

    Raises NotVisible `student.not_found`, Fixable `pin.activity`, `pin.day` and `pin.not_possible`.
    """
    classroom = open_classroom(session, context=context, now=now)
    learner = classroom.learner(person_key)
    if not _pin(session, classroom, [learner], activity_id=activity_id, until=until, teacher=teacher):
        raise Fixable(
            "pin.not_possible",
            "This activity is not open to this student: it is closed in the course, above the grade ceiling, or "
            "does not suit the accommodations. Choose another one.",
        )


def pin_for_all(
    session: Session,
    *,
    context: Context,
    activity_id: str,
    until: date | None,
    teacher: Person,
    now: datetime,
) -> int:
    """This activity next for everybody who is in the class today and for whom it is possible; returns how many.

    Raises Fixable `pin.activity`, `pin.day` and `pin.for_nobody`.
    """
    classroom = open_classroom(session, context=context, now=now)
    number = _pin(
        session, classroom, classroom.learners, activity_id=activity_id, until=until, teacher=teacher
    )
    if not number:
        raise Fixable("pin.for_nobody", "This activity is open to nobody in the class. Choose another one.")
    return number


def waive(
    session: Session, *, context: Context, person_key: int, skill_id: str, teacher: Person, now: datetime
) -> None:
    """Let a student begin with what rests on this skill.

    Raises NotVisible `student.not_found`, Fixable `waive.nothing_closed` where nothing waits for it.
    """
    classroom = open_classroom(session, context=context, now=now)
    learner = classroom.learner(person_key)
    if skill_id not in _kept_closed(classroom, learner):
        raise Fixable(
            "waive.nothing_closed",
            "Nothing waits for this skill any more. Look at the page again.",
            status=409,
        )
    session.add(_directive(classroom, learner, DirectiveKind.WAIVE, skill_id, teacher))
    session.flush()
    _plan_again(session, context, [learner], now)


def lift(session: Session, *, context: Context, key: int, teacher: Person, now: datetime) -> int:
    """End a wish; the student's next step follows. Returns whose wish it was.

    Raises NotVisible `wish.not_found`, Fixable `wish.ended` for one that has ended already.
    """
    wish = session.scalar(select(Directive).where(Directive.context_id == context.id, Directive.id == key))
    if wish is None:
        raise NotVisible("wish.not_found", "There is no such wish in this course.")
    if wish.lifted_at is not None:
        raise Fixable("wish.ended", "This has ended already. Look at the page again.", status=409)
    wish.lifted_at, wish.lifted_by = now, teacher.id
    session.flush()
    classroom = open_classroom(session, context=context, now=now)
    end_pins(session, classroom=classroom)
    plan(
        session, classroom=classroom, learners=[one for one in classroom.learners if one.id == wish.person_id]
    )
    return wish.person_id


def end_pins(session: Session, *, classroom: Classroom) -> None:
    """Let approved steps go that only a pin stood for which does not hold any more; planning follows."""
    here = {learner.id: learner for learner in classroom.learners}
    for proposal in current_proposals(session, classroom).values():
        if proposal.person_id not in here or proposal.status is not ProposalStatus.APPROVED:
            continue
        option = chosen_option(proposal)
        if option.reason.code is not ReasonCode.PINNED:
            continue
        if classroom.pinned(here[proposal.person_id]) == option.activity_id:
            continue
        supersede(proposal)
        withdraw(session, classroom=classroom, person=proposal.person)
    session.flush()


def wish_views(
    session: Session, *, classroom: Classroom, learner: Person, words: Words
) -> tuple[WishView, ...]:
    """The wishes that hold for a student, the newest first."""
    mine = [one for one in classroom.directives if one.person_id == learner.id and _holds(classroom, one)]
    people = select(Person).where(Person.id.in_({one.created_by for one in mine if one.created_by}))
    names = {person.id: full_name(person, words) for person in session.scalars(people)}
    return tuple(
        WishView(
            key=one.id,
            kind=one.kind.value,
            text=wish_text(classroom, one, words),
            who=names.get(one.created_by or 0, ""),
            since=one.created_at,
            until=one.until,
        )
        for one in reversed(mine)
    )


def wish_text(classroom: Classroom, wish: Directive, words: Words) -> str:
    """What a wish means; the same words for one that holds and for one of the past."""
    skill_map = classroom.skill_map
    if wish.kind is DirectiveKind.WAIVE:
        known = skill_map.has_skill(wish.subject)
        title = skill_map.skill(wish.subject).title if known else wish.subject
        return words.gettext("What rests on “%(skill)s” is open") % {"skill": title}
    title = skill_map.activity(wish.subject).title if skill_map.has_activity(wish.subject) else wish.subject
    said = {
        DirectiveKind.PIN: words.gettext("“%(activity)s” comes next"),
        DirectiveKind.VETO: words.gettext("“%(activity)s” is not suggested"),
    }
    return said[wish.kind] % {"activity": title}


def closed_skills(classroom: Classroom, learner: Person, words: Words) -> tuple[ClosedSkill, ...]:
    """The skills that could be waived for a student, in teaching order, each with what that would mean."""
    closed = _kept_closed(classroom, learner)
    skill_map = classroom.skill_map
    return tuple(
        ClosedSkill(
            skill_id=skill_id,
            title=skill_map.skill(skill_id).title,
            consequence=words.gettext(
                "Work on %(opened)s may begin before “%(skill)s” is there. The level of “%(skill)s” stays as it is."
            )
            % {
                "opened": ", ".join(f"“{skill_map.skill(later).title}”" for later in closed[skill_id]),
                "skill": skill_map.skill(skill_id).title,
            },
        )
        for layer in skill_map.layers()
        for skill_id in layer
        if skill_id in closed
    )


def _kept_closed(classroom: Classroom, learner: Person) -> dict[str, list[str]]:
    """Skills that are not met, each with the skills that wait for it."""
    state, closed = classroom.state_of(learner), dict[str, list[str]]()
    for skill in classroom.skill_map.skills:
        known = state.waived | state.placed
        for before in unmet_before(skill.id, state.estimates, classroom.skill_map, classroom.policy, known):
            closed.setdefault(before, []).append(skill.id)
    return closed


def _pin(
    session: Session,
    classroom: Classroom,
    learners: Iterable[Person],
    *,
    activity_id: str,
    until: date | None,
    teacher: Person,
) -> int:
    context, now = classroom.context, classroom.now
    if not classroom.skill_map.has_activity(activity_id):
        raise Fixable("pin.activity", "Choose an activity of the skill map.")
    if until is not None and until < now.date():
        raise Fixable("pin.day", "This day is over. Choose today or a later one, or leave it empty.")
    chosen = [learner for learner in learners if classroom.may_be_pinned(learner, activity_id)]
    keys = {learner.id for learner in chosen}
    for one in classroom.directives:
        if one.kind is DirectiveKind.PIN and one.person_id in keys:
            one.lifted_at, one.lifted_by = now, teacher.id
    current = current_proposals(session, classroom)
    for learner in chosen:
        if (standing := current.get(learner.id)) is not None:
            supersede(standing)
    session.flush()
    for learner in chosen:
        wish = _directive(classroom, learner, DirectiveKind.PIN, activity_id, teacher)
        wish.until = until
        session.add(wish)
    session.flush()
    proposals = _plan_again(session, context, chosen, now)
    for learner in chosen:
        proposal = proposals[learner.id]
        proposal.status, proposal.approved_at = ProposalStatus.APPROVED, now
        announce(session, classroom=classroom, proposal=proposal)
    session.flush()
    return len(chosen)


def _directive(
    classroom: Classroom, learner: Person, kind: DirectiveKind, subject: str, teacher: Person
) -> Directive:
    return Directive(
        context_id=classroom.context.id,
        person_id=learner.id,
        kind=kind,
        subject=subject,
        created_by=teacher.id,
        created_at=classroom.now,
    )


def _holds(classroom: Classroom, wish: Directive) -> bool:
    return wish.kind is not DirectiveKind.PIN or classroom.pin_holds(wish)


def _plan_again(
    session: Session, context: Context, learners: list[Person], now: datetime
) -> dict[int, Proposal]:
    classroom = open_classroom(session, context=context, now=now)
    plan(session, classroom=classroom, learners=learners)
    return current_proposals(session, classroom)
