"""Making proposals: what each learner could do next, kept beside the decisions already taken."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.reasons import can_be_said
from lti_tool.pathways.recommendation import Option, Recommendation
from lti_tool.pathways.recommender import recommend
from lti_tool.usecases.classroom import Classroom


def plan(session: Session, *, classroom: Classroom, learners: Iterable[Person]) -> tuple[Proposal, ...]:
    """Give each of `learners` a current proposal that fits the evidence; gives back the new ones.

    A step that the teacher approved stands until it is done, until the skill map has it no longer, or until an
    accommodation or what the class does together is against it; a proposal that
    nobody decided about gives way to a better one, and stays the same row when nothing in it changed.
    """
    current, new = current_proposals(session, classroom), list[Proposal]()
    for learner in learners:
        standing = current.get(learner.id)
        if standing is not None and _stands(standing, classroom):
            continue
        fresh = recommendation_for(classroom, learner)
        if standing is not None:
            if _same_options(standing, fresh):
                standing.recommendation = fresh.to_mapping()
                standing.skill_map_version = classroom.adopted.version
                continue
            supersede(standing)
            session.flush()
        new.append(
            Proposal(
                context_id=classroom.context.id,
                person_id=learner.id,
                recommendation=fresh.to_mapping(),
                skill_map_version=classroom.adopted.version,
                created_at=classroom.now,
            )
        )
        session.add(new[-1])
    session.flush()
    return tuple(new)


def recommendation_for(
    classroom: Classroom, learner: Person, *, challenge: float | None = None
) -> Recommendation:
    """What the learning core recommends to one learner now, or would at another wish for easier or harder work.

    The generator is seeded by who and which day, so that opening a page twice shows the same step.
    """
    seed = f"{classroom.context.id}/{learner.id}/{classroom.now.date().isoformat()}"
    # Reproducible choice among near-equal options; nothing secret depends on it.
    generator = random.Random(seed)  # noqa: S311
    state = classroom.state_of(learner)
    if challenge is not None:
        state = replace(state, challenge=challenge)
    return recommend(state, classroom.skill_map, classroom.policy, now=classroom.now, rng=generator)


def current_proposals(session: Session, classroom: Classroom) -> dict[int, Proposal]:
    """The current proposal of every learner of the course who has one, by person key."""
    proposals = session.scalars(
        select(Proposal).where(Proposal.context_id == classroom.context.id, Proposal.is_current)
    )
    return {proposal.person_id: proposal for proposal in proposals}


def supersede(proposal: Proposal) -> None:
    """End a proposal that gives way to a newer one."""
    proposal.is_current = False
    proposal.status = ProposalStatus.SUPERSEDED


def recommendation_of(proposal: Proposal) -> Recommendation:
    """The recommendation as it was made."""
    return Recommendation.from_mapping(proposal.recommendation)


def chosen_option(proposal: Proposal) -> Option:
    """The option that stands: the first, unless somebody preferred an alternative."""
    return recommendation_of(proposal).options[proposal.chosen]


def open_options(classroom: Classroom, proposal: Proposal) -> tuple[int, ...]:
    """Which options of a proposal nothing is against that came after it: accommodations, what the class does together."""
    return tuple(
        index
        for index, option in enumerate(recommendation_of(proposal).options)
        if classroom.may_be_own_step(proposal.person_id, option.activity_id)
    )


def _stands(proposal: Proposal, classroom: Classroom) -> bool:
    """Whether the teacher approved it, it is still open, and the skill map still has what it is about."""
    if proposal.status is not ProposalStatus.APPROVED:
        return False
    if proposal.chosen not in open_options(classroom, proposal):
        return False
    return proposal.skill_map_version == classroom.adopted.version or can_be_said(
        recommendation_of(proposal), classroom.skill_map
    )


def _same_options(proposal: Proposal, fresh: Recommendation) -> bool:
    before = [option.activity_id for option in recommendation_of(proposal).options]
    return before == [option.activity_id for option in fresh.options]
