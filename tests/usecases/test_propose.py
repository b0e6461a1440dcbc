"""Steps that are approved by themselves where a course chose that, and never where a teacher is deciding."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from lti_tool.models.gradebook import OutboxEntry
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.choices import Choices
from lti_tool.usecases import decide
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.course_rules import add_version
from tests.factories import NOW
from tests.usecases.school import School

LATER = NOW + timedelta(minutes=1)


def test_new_steps_are_approved_by_themselves_where_the_course_chose_that(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        add_version(session, context=context, own=Choices({"approval": "automatic"}), person=teacher, now=NOW)
        after_sync(session, context, LATER)
        standing = session.scalars(select(Proposal).where(Proposal.is_current)).all()
        assert {one.status for one in standing} == {ProposalStatus.PROPOSED}, "what waits goes on waiting"
        session.execute(delete(Proposal))
        after_sync(session, context, LATER)
        standing = session.scalars(select(Proposal).where(Proposal.is_current)).all()
        assert {one.status for one in standing} == {ProposalStatus.APPROVED}
        assert len(session.scalars(select(OutboxEntry)).all()) == 2
        decide.veto(session, context=context, proposal_key=standing[0].id, teacher=teacher, now=LATER)
        instead = session.scalars(
            select(Proposal).where(Proposal.person_id == standing[0].person_id, Proposal.is_current)
        ).one()
        assert instead.status is ProposalStatus.PROPOSED, "the teacher is at it"
