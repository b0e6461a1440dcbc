"""What other settings would change, before they hold: who moves, by the same evidence. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import ProposalStatus
from lti_tool.pathways.choices import Choices
from lti_tool.pathways.recommendation import Option
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.class_buckets import buckets_of
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.course_policy import ChangeView, changes_between
from lti_tool.usecases.course_rules import course_rules, require_sense
from lti_tool.usecases.labels import bucket_label, level_label
from lti_tool.usecases.names import full_name
from lti_tool.usecases.plan_path import current_proposals, recommendation_for
from lti_tool.usecases.policy_form import fields_of
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class Move:
    """One student for whom something changes: which thing, and from what to what."""

    name: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PolicyPreview:
    """What would change. `kept` approved steps stand whatever is chosen; `fields` say the same again.

    `is_known` is false before a skill map is in use: then there is nothing to try the settings on.
    """

    changes: tuple[ChangeView, ...]
    fields: Mapping[str, str]
    is_known: bool
    learners: int
    buckets: tuple[Move, ...] = ()
    levels: tuple[Move, ...] = ()
    steps: tuple[Move, ...] = ()
    kept: int = 0

    @property
    def moves_nobody(self) -> bool:
        """Whether no student is touched."""
        return not (self.buckets or self.levels or self.steps)


def preview_policy(
    session: Session, *, context: Context, own: Choices, now: datetime, words: Words
) -> PolicyPreview:
    """Who would move if the course chose this. Raises Fixable `policy.makes_no_sense`."""
    rules = course_rules(session, context)
    then_rules = rules.with_own(own)
    require_sense(then_rules.choices)
    changes, fields = (
        changes_between(rules.choices, then_rules.choices, words),
        fields_of(then_rules.choices),
    )
    if adopted_map(session, context) is None:
        return PolicyPreview(changes, fields, False, 0)
    today = open_classroom(session, context=context, now=now)
    if not changes:
        return PolicyPreview(changes, fields, True, len(today.learners))
    then = replace(today, rules=then_rules)
    approved = {
        key
        for key, proposal in current_proposals(session, today).items()
        if proposal.status is ProposalStatus.APPROVED
    }
    open_to_change = [learner for learner in today.learners if learner.id not in approved]
    return PolicyPreview(
        changes=changes,
        fields=fields,
        is_known=True,
        learners=len(today.learners),
        buckets=_buckets(today, then, words),
        levels=_levels(today, then, words),
        steps=tuple(move for one in open_to_change if (move := _step(today, then, one, words))),
        kept=len(today.learners) - len(open_to_change),
    )


def _buckets(today: Classroom, then: Classroom, words: Words) -> tuple[Move, ...]:
    before, after = buckets_of(today), buckets_of(then)
    return tuple(
        Move(
            full_name(learner, words),
            "",
            bucket_label(before[learner.id], words),
            bucket_label(after[learner.id], words),
        )
        for learner in today.learners
        if before[learner.id] is not after[learner.id]
    )


def _levels(today: Classroom, then: Classroom, words: Words) -> tuple[Move, ...]:
    return tuple(
        Move(
            full_name(learner, words),
            skill.title,
            level_label(before.level, words),
            level_label(after.level, words),
        )
        for learner in today.learners
        for skill in today.skill_map.skills
        for before, after in [(today.estimates[learner.id][skill.id], then.estimates[learner.id][skill.id])]
        if before.level is not after.level
    )


def _step(today: Classroom, then: Classroom, learner: Person, words: Words) -> Move | None:
    before, after = (recommendation_for(classroom, learner).options[0] for classroom in (today, then))
    if before.activity_id == after.activity_id:
        return None
    return Move(full_name(learner, words), "", _title(today, before, words), _title(today, after, words))


def _title(classroom: Classroom, option: Option, words: Words) -> str:
    if option.activity_id is None:
        return words.gettext("Talk to your teacher")
    return classroom.skill_map.activity(option.activity_id).title
