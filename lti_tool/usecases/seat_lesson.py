"""The one lesson for many becomes a table of the plan: led by an adult, and locked when groups are formed around it."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.models.courses import Context, Person
from lti_tool.models.groups import GroupPlan, Part, WishKind
from lti_tool.pathways.grouping import GroupKind
from lti_tool.pathways.mini_lesson import mini_lesson
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.form_groups import Asked, section_learners, situations_of
from lti_tool.usecases.group_plans import Seat, Slot, add_version, plan_of, require_plan, seats_of
from lti_tool.usecases.names import full_name
from lti_tool.usecases.pair_wishes import wishes
from lti_tool.usecases.words import Words


def seat_lesson(
    session: Session,
    *,
    context: Context,
    slot: Slot,
    after: int,
    teacher: Person,
    now: datetime,
    words: Words,
) -> GroupPlan:
    """Seat everybody whom the lesson serves at one table; who is at a locked one stays there.

    Of two who shall not work together the first by name is seated. Raises Fixable `groups.no_lesson`.
    """
    classroom = open_classroom(session, context=context, now=now)
    learners = section_learners(classroom, slot.section)
    plan = require_plan(session, context, slot, after) if plan_of(session, context, slot) else None
    asked = Asked.of(plan) if plan else Asked(adults=(full_name(teacher, words),))
    lesson = mini_lesson(
        situations_of(classroom, [learner for learner in learners if learner.id not in asked.absent])
    )
    if lesson is None or lesson.activity_id is None:
        raise Fixable(
            "groups.no_lesson",
            "No lesson serves enough of those who are there now. Form groups instead.",
            status=409,
        )
    tables = list(plan.tables) if plan else []
    locked = {table["number"] for table in tables if table["locked"]}
    kept = [seat for seat in seats_of(plan) if seat.place in locked] if plan else []
    apart = {
        frozenset({w.person_id, w.other_id}) for w in wishes(session, context) if w.kind is WishKind.APART
    }
    staying = {seat.person_key for seat in kept}
    served: list[int] = []
    for learner in learners:
        wanted = str(learner.id) in lesson.learner_ids and learner.id not in staying
        if wanted and not any(frozenset({learner.id, other}) in apart for other in served):
            served.append(learner.id)
    if len(served) < asked.smallest:
        raise Fixable(
            "groups.no_lesson",
            "Those whom the lesson serves sit at locked tables. Unlock one, and try again.",
            status=409,
        )
    before = {seat.person_key: seat for seat in seats_of(plan)} if plan else {}
    number = next(number for number in count(1) if number not in {table["number"] for table in tables})
    seats = [
        Seat(learner.id, Part.MEMBER, number)
        if learner.id in served
        else before.get(
            learner.id,
            Seat(learner.id, Part.ABSENT if learner.id in asked.absent else Part.LEFT_OVER, why=""),
        )
        for learner in learners
    ]
    occupied = {seat.place for seat in seats}
    tables = [table for table in tables if table["number"] in occupied]
    leading = {table["adult"] for table in tables}
    adult = next((name for name in asked.adults if name not in leading), full_name(teacher, words))
    table = {
        "number": number,
        "activity_id": lesson.activity_id,
        "kind": GroupKind.SHARED.value,
        "adult": adult,
        "locked": True,
        "lesson": True,
    }
    return add_version(
        session,
        context_key=context.id,
        slot=slot,
        after=after,
        limits=plan.limits if plan else {**asked.to_mapping(), "loosenings": []},
        tables=[*tables, table],
        seats=seats,
        teacher=teacher,
        now=now,
    )
