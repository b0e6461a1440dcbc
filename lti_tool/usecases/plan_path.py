"""Making proposals: what each learner could do next, kept beside the decisions already taken."""

from __future__ import annotations

import random
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.reasons import can_be_said
from lti_tool.pathways.recommendation import Option, Recommendation
from lti_tool.pathways.recommender import recommend
from lti_tool.usecases.adopted_map import AdoptedMap
from lti_tool.usecases.classroom import Classroom


def plan(session: Session, *, classroom: Classroom, learners: Iterable[Person]) -> None:
    """Give each of `learners` a current proposal that fits the evidence.

    A step that the teacher approved stands until it is done, or until the skill map has it no longer; a proposal that
    nobody decided about gives way to a better one, and stays the same row when nothing in it changed.
    """
    current = current_proposals(session, classroom)
    for learner in learners:
        standing = current.get(learner.id)
        if standing is not None and _stands(standing, classroom.adopted):
            continue
        fresh = recommendation_for(classroom, learner)
        if standing is not None:
            if _same_options(standing, fresh):
                standing.recommendation = fresh.to_mapping()
                standing.skill_map_version = classroom.adopted.version
                continue
            supersede(standing)
            session.flush()
        session.add(
            Proposal(
                context_id=classroom.context.id,
                person_id=learner.id,
                recommendation=fresh.to_mapping(),
                skill_map_version=classroom.adopted.version,
                created_at=classroom.now,
            )
        )
    session.flush()


def recommendation_for(classroom: Classroom, learner: Person) -> Recommendation:
    """What the learning core recommends to one learner now.

    The generator is seeded by who and which day, so that opening a page twice shows the same step.
    """
    seed = f"{classroom.context.id}/{learner.id}/{classroom.now.date().isoformat()}"
    # Reproducible choice among near-equal options; nothing secret depends on it.
    generator = random.Random(seed)  # noqa: S311
    return recommend(
        classroom.state_of(learner), classroom.skill_map, classroom.policy, now=classroom.now, rng=generator
    )


def current_proposals(session: Session, classroom: Classroom) -> dict[int, Proposal]:
    """The current proposal of every learner of the course who has one, by person key."""
    proposals = session.scalars(
        select(Proposal).where(Proposal.context_id == classroom.context.id, Proposal.is_current)
    )
    return {proposal.person_id: proposal for proposal in proposals}


def proposals_of_all(session: Session, classroom: Classroom) -> dict[int, Proposal]:
    """The current proposal of every student of the class, made now for who has none."""
    found = current_proposals(session, classroom)
    missing = [learner for learner in classroom.learners if learner.id not in found]
    if missing:
        plan(session, classroom=classroom, learners=missing)
        found = current_proposals(session, classroom)
    return found


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


def _stands(proposal: Proposal, adopted: AdoptedMap) -> bool:
    """Whether the teacher approved it, and the skill map still has what it is about."""
    if proposal.status is not ProposalStatus.APPROVED:
        return False
    return proposal.skill_map_version == adopted.version or can_be_said(
        recommendation_of(proposal), adopted.skill_map
    )


def _same_options(proposal: Proposal, fresh: Recommendation) -> bool:
    before = [option.activity_id for option in recommendation_of(proposal).options]
    return before == [option.activity_id for option in fresh.options]
