"""Which two students shall work together, and which shall not: wishes of teachers, for teachers alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.groups import PairWish, WishKind
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class WishView:
    """One wish with both names."""

    key: int
    apart: bool
    names: tuple[str, str]


def wishes(session: Session, context: Context) -> tuple[PairWish, ...]:
    """All wishes of a course about students who are still in it."""
    here = {learner.id for learner in active_learners(session, context)}
    found = session.scalars(select(PairWish).where(PairWish.context_id == context.id).order_by(PairWish.id))
    return tuple(wish for wish in found if {wish.person_id, wish.other_id} <= here)


def wish_views(session: Session, context: Context, words: Words) -> tuple[WishView, ...]:
    """The wishes as a teacher reads them."""
    names = {learner.id: full_name(learner, words) for learner in active_learners(session, context)}
    return tuple(
        WishView(wish.id, wish.kind is WishKind.APART, (names[wish.person_id], names[wish.other_id]))
        for wish in wishes(session, context)
    )


def add_wish(
    session: Session,
    *,
    context: Context,
    one: int,
    other: int,
    kind: str,
    teacher: Person,
    now: datetime,
) -> None:
    """Note a wish; one about the same two takes the place of the one before.

    Raises NotVisible `student.not_found`, Fixable `wish.two_students` and `wish.kind`.
    """
    here = {learner.id for learner in active_learners(session, context)}
    if not {one, other} <= here:
        raise NotVisible("student.not_found", "There is no such student in this course.")
    if one == other:
        raise Fixable("wish.two_students", "Choose two different students.")
    if kind not in set(WishKind):
        raise Fixable("wish.kind", "Choose whether the two shall work together or not.")
    first, second = sorted((one, other))
    wish = session.scalar(
        select(PairWish).where(
            PairWish.context_id == context.id, PairWish.person_id == first, PairWish.other_id == second
        )
    )
    if wish is None:
        wish = PairWish(context_id=context.id, person_id=first, other_id=second)
        session.add(wish)
    wish.kind, wish.made_by, wish.made_at = WishKind(kind), teacher.id, now
    session.flush()


def end_wish(session: Session, *, context: Context, key: int) -> None:
    """Drop a wish. Raises NotVisible `wish.not_found`."""
    wish = session.scalar(select(PairWish).where(PairWish.context_id == context.id, PairWish.id == key))
    if wish is None:
        raise NotVisible("wish.not_found", "There is no such wish in this course.")
    session.delete(wish)
