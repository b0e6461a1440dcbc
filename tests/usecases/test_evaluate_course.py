"""What the database knows of steps and scores, as the evaluation takes it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from lti_tool.models.courses import Membership
from lti_tool.models.learning import ModelTrial, Proposal, ProposalStatus
from lti_tool.pathways.evaluation.trails import Ending
from lti_tool.pathways.evaluation.uptake import Stage
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.usecases import decide
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.evaluate_course import load_course
from lti_tool.usecases.finish_step import finish
from lti_tool.usecases.plan_path import current_proposals, plan
from lti_tool.usecases.school_model import model_in_use, weights_in_order
from lti_tool.usecases.step_trails import step_lots, step_trails
from tests.factories import NOW
from tests.usecases.school import School


def test_steps_carry_their_moments_and_how_they_ended(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, ana, ben = school.rows(session)
        first = current_proposals(session, open_classroom(session, context=context, now=NOW))
        decide.approve(
            session,
            context=context,
            proposal_key=first[ana.id].id,
            teacher=teacher,
            now=NOW + timedelta(hours=1),
        )
        decide.veto(
            session,
            context=context,
            proposal_key=first[ben.id].id,
            teacher=teacher,
            now=NOW + timedelta(hours=2),
        )
        classroom = open_classroom(session, context=context, now=NOW + timedelta(days=1))
        finish(session, classroom=classroom, proposal=first[ana.id], done_at=classroom.now)
        plan(session, classroom=classroom, learners=classroom.learners)
        waiting = current_proposals(session, classroom)[ben.id]
        waiting.is_current, waiting.status = False, ProposalStatus.SUPERSEDED
        trails = {trail.id: trail for trail in step_trails(session, context=context, without=())}
        mine, turned_down = trails[str(first[ana.id].id)], trails[str(first[ben.id].id)]
        option = first[ana.id].recommendation["options"][0]
    assert (mine.learner_id, mine.activity_id, mine.skill_id, mine.kind) == (
        str(school.ana),
        option["activity_id"],
        option["skill_id"],
        option["reason"]["code"],
    )
    assert (mine.proposed_at, mine.approved_at, mine.done_at) == (
        NOW,
        NOW + timedelta(hours=1),
        NOW + timedelta(days=1),
    )
    assert (mine.ending, turned_down.ending) == (Ending.DONE, Ending.TURNED_DOWN)
    assert trails[str(waiting.id)].ending is Ending.GAVE_WAY
    assert {trail.ending for trail in trails.values()} == set(Ending)


def test_a_veto_that_was_taken_back_turned_nothing_down(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        proposal = current_proposals(session, open_classroom(session, context=context, now=NOW))[ben.id]
        decide.veto(session, context=context, proposal_key=proposal.id, teacher=teacher, now=NOW)
        decide.undo_last(session, context=context, teacher=teacher, now=NOW)
        endings = {trail.ending for trail in step_trails(session, context=context, without=())}
    assert Ending.TURNED_DOWN not in endings


def test_the_lot_that_was_drawn_is_known_with_its_probability(school: School) -> None:
    later = NOW + timedelta(days=15)
    with school.database.transaction() as session:
        context, teacher, ana, ben = school.rows(session)
        proposals = current_proposals(session, open_classroom(session, context=context, now=NOW))
        for person, rule, probability in ((ana, "exploration", 0.0125), (ben, "score", 0.9625)):
            proposal = proposals[person.id]
            recommendation = proposal.recommendation
            ledger = recommendation["ledger"] | {"rule": rule, "probability": probability}
            proposal.recommendation = recommendation | {"ledger": ledger}
        assert step_lots(session, context=context, without=(), now=later) == []
        decide.approve_all(session, context=context, teacher=teacher, now=NOW)
        proposals[ana.id].done_at = NOW + timedelta(days=14)
        proposals[ben.id].done_at = NOW + timedelta(days=14, minutes=1)
        session.flush()
        lots = {lot.learner_id: lot for lot in step_lots(session, context=context, without=(), now=later)}
        assert step_lots(session, context=context, without=(ana.id, ben.id), now=later) == []
        assert step_lots(session, context=context, without=(), now=NOW + timedelta(days=13)) == []
        proposals[ana.id].recommendation = proposals[ben.id].recommendation | {
            "ledger": {"rule": "score", "probability": 1.0}
        }
        session.flush()
        assert len(step_lots(session, context=context, without=(), now=later)) == 1
    mine, theirs = lots[str(school.ana)], lots[str(school.ben)]
    assert (mine.explored, mine.probability, mine.done) == (True, 0.0125, True)
    assert (theirs.explored, theirs.probability, theirs.done) == (False, 0.9625, False)


def test_test_students_are_in_no_number(school: School) -> None:
    with school.database.transaction() as session:
        context, _teacher, ana, _ben = school.rows(session)
        before = load_course(session, context=context, now=NOW)
        session.scalars(select(Membership).where(Membership.person_id == ana.id)).one().is_test = True
        after = load_course(session, context=context, now=NOW)
    assert (before.calibration.scores, before.uptake.whole[Stage.PROPOSED].learners) == (4, 2)
    assert (after.calibration.scores, after.uptake.whole[Stage.PROPOSED].learners) == (2, 1)


def test_weights_come_in_the_order_in_which_they_were_adopted(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        registration = context.deployment.registration_id
        assert weights_in_order(session, registration) == ()
        for days, adopted in ((3, True), (9, False), (6, True)):
            session.add(
                ModelTrial(
                    registration_id=registration,
                    version=f"v{days}",
                    tried_at=NOW + timedelta(days=days),
                    adopted=adopted,
                    weights=DEFAULT_PARAMETERS.weights(),
                    learners=30,
                    answers=900,
                    loss_in_use=0.6,
                    loss_fitted=0.5,
                )
            )
        session.flush()
        assert [each.parameters.version for each in weights_in_order(session, registration)] == ["v3", "v6"]
        assert model_in_use(session, registration, "any map").parameters.version == "v6"


def test_a_word_with_the_teacher_is_no_step(school: School) -> None:
    with school.database.transaction() as session:
        context, _teacher, ana, _ben = school.rows(session)
        proposal = session.scalars(select(Proposal).where(Proposal.person_id == ana.id)).one()
        talk = proposal.recommendation["options"][0] | {"activity_id": None, "skill_id": None}
        proposal.recommendation = proposal.recommendation | {"options": [talk]}
        session.flush()
        trails = step_trails(session, context=context, without=())
    assert {trail.learner_id for trail in trails} == {str(school.ben)}
