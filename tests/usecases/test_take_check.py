"""Taking a check: marked by the server, once; score, evidence and next step in one transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Person
from lti_tool.models.gradebook import Column, OutboxEntry
from lti_tool.models.learning import CheckAttempt, CheckResponse, EvidenceRecord, Proposal, ProposalStatus
from lti_tool.pathways.checks import (
    Check,
    ChoiceQuestion,
    ChoicesQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    TextQuestion,
)
from lti_tool.usecases import activity, decide, take_check
from lti_tool.usecases.adopted_map import required_map
from lti_tool.usecases.next_step import next_step
from lti_tool.usecases.plan_path import chosen_option
from lti_tool.usecases.question_views import AnswerView
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW
from tests.usecases.school import School

LATER = NOW + timedelta(minutes=5)


def right_answer(question: Question) -> str | list[str]:
    """What earns all points."""
    match question:
        case ChoiceQuestion():
            return next(option.id for option in question.options if option.correct)
        case ChoicesQuestion():
            return [option.id for option in question.options if option.correct]
        case NumberQuestion():
            return f"{question.answer:.10g}"
        case TextQuestion():
            return question.accept[0]
        case OrderQuestion():
            return [item.id for item in question.items]


def _start(session: Session, school: School) -> tuple[Check, str]:
    context, _teacher, _ana, ben = school.rows(session)
    check = next(iter(required_map(session, context).checks.values()))
    attempt = activity.start(session, context=context, learner=ben, activity_id=check.activity_id, now=NOW)
    assert attempt is not None
    return check, attempt


def _answer(
    session: Session, school: School, attempt: str, question: str, response: str | list[str]
) -> AnswerView:
    context, _teacher, _ana, ben = school.rows(session)
    return take_check.answer(
        session,
        context=context,
        learner=ben,
        attempt_id=attempt,
        question_id=question,
        response=response,
        now=LATER,
        words=ENGLISH,
    )


def test_the_last_answer_brings_evidence_a_score_for_the_gradebook_and_a_new_plan(school: School) -> None:
    with school.database.transaction() as session:
        check, attempt = _start(session, school)
        for question in check.questions:
            assert _answer(session, school, attempt, question.id, right_answer(question)).correct
        context, _teacher, _ana, ben = school.rows(session)
        page = take_check.attempt_page(
            session, context=context, learner=ben, attempt_id=attempt, now=LATER, words=ENGLISH
        )
        possible = sum(question.points for question in check.questions)
        assert page.finished
        assert page.score_text == f"{possible:g} of {possible:g} points"
        assert page.next is not None
        assert page.next.step is not None
        assert page.next.step.activity_id != check.activity_id
        evidence = session.scalars(select(EvidenceRecord).where(EvidenceRecord.source == "check")).one()
        assert (evidence.person_id, evidence.fraction) == (ben.id, 1.0)
        entry = session.scalars(
            select(OutboxEntry).join(Column).where(Column.resource_id == check.activity_id)
        ).one()
        assert (entry.score_given, entry.score_maximum) == (possible, possible)


def test_the_first_answer_stands_and_a_repeat_gives_the_same_view(school: School) -> None:
    with school.database.transaction() as session:
        check, attempt = _start(session, school)
        question = next(q for q in check.questions if isinstance(q, ChoiceQuestion))
        wrong = next(option.id for option in question.options if not option.correct)
        first = _answer(session, school, attempt, question.id, wrong)
        again = _answer(session, school, attempt, question.id, right_answer(question))
        assert again == first
        assert not first.correct
        assert len(session.scalars(select(CheckResponse)).all()) == 1


def test_an_unreadable_answer_is_refused_with_a_sentence_and_stores_nothing(school: School) -> None:
    with school.database.transaction() as session:
        check, attempt = _start(session, school)
        question = next(q for q in check.questions if isinstance(q, NumberQuestion))
        with pytest.raises(Fixable) as refusal:
            _answer(session, school, attempt, question.id, "banana")
        assert refusal.value.code == "answer.unreadable"
        assert session.scalars(select(CheckResponse)).all() == []


def test_starting_again_returns_to_the_attempt_under_way(school: School) -> None:
    with school.database.transaction() as session:
        _check, attempt = _start(session, school)
        _check, again = _start(session, school)
        assert again == attempt
        assert len(session.scalars(select(CheckAttempt)).all()) == 1


def test_another_student_cannot_see_or_answer_the_attempt(school: School) -> None:
    with school.database.transaction() as session:
        check, attempt = _start(session, school)
        context, _teacher, ana, _ben = school.rows(session)
        with pytest.raises(NotVisible):
            take_check.answer(
                session,
                context=context,
                learner=ana,
                attempt_id=attempt,
                question_id=check.questions[0].id,
                response="1",
                now=LATER,
                words=ENGLISH,
            )


def test_knowing_it_already_is_settled_by_a_check_and_ends_the_step(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        page = next_step(session, context=context, learner=ben, now=NOW, words=ENGLISH)
        assert page is not None
        assert page.contestable
        decide.approve_all(session, context=context, teacher=teacher, now=NOW)
        before = current_skill(session, ben)
        attempt = activity.contest(session, context=context, learner=ben, now=NOW)
        activity_id = session.scalars(
            select(CheckAttempt.activity_id).where(CheckAttempt.public_id == attempt)
        ).one()
        check = required_map(session, context).checks[activity_id]
        for question in check.questions:
            _answer(session, school, attempt, question.id, right_answer(question))
        assert current_skill(session, ben) != before or not current_approved(session, ben)
        words = session.scalars(
            select(OutboxEntry.comment)
            .join(Column)
            .where(Column.tag == "waymark-next-step", OutboxEntry.person_id == ben.id)
        ).one()
        assert words is not None
        assert words.startswith("Done: ")


def test_a_contest_that_was_not_won_leaves_the_teachers_step(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, ben = school.rows(session)
        decide.approve_all(session, context=context, teacher=teacher, now=NOW)
        before = current_skill(session, ben)
        attempt = activity.contest(session, context=context, learner=ben, now=NOW)
        activity_id = session.scalars(
            select(CheckAttempt.activity_id).where(CheckAttempt.public_id == attempt)
        ).one()
        for question in required_map(session, context).checks[activity_id].questions:
            _answer(session, school, attempt, question.id, wrong_answer(question))
        assert current_skill(session, ben) == before
        assert current_approved(session, ben)


def current_approved(session: Session, learner: Person) -> bool:
    proposal = session.scalars(
        select(Proposal).where(Proposal.person_id == learner.id, Proposal.is_current)
    ).one()
    return proposal.status is ProposalStatus.APPROVED


def current_skill(session: Session, learner: Person) -> str | None:
    proposal = session.scalars(
        select(Proposal).where(Proposal.person_id == learner.id, Proposal.is_current)
    ).one()
    return chosen_option(proposal).skill_id


def wrong_answer(question: Question) -> str | list[str]:
    """What earns no points, or few."""
    match question:
        case ChoiceQuestion():
            return next(option.id for option in question.options if not option.correct)
        case ChoicesQuestion():
            return [option.id for option in question.options if not option.correct]
        case NumberQuestion():
            return f"{question.answer + 1000:g}"
        case TextQuestion():
            return "no idea"
        case OrderQuestion():
            return [item.id for item in reversed(question.items)]


def test_a_failure_in_the_middle_of_finishing_leaves_nothing_behind(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the lights went out")

    with school.database.transaction() as session:
        check, attempt = _start(session, school)
        for question in check.questions[:-1]:
            _answer(session, school, attempt, question.id, right_answer(question))
    last = check.questions[-1]
    monkeypatch.setattr(take_check, "propose", fail)
    with pytest.raises(RuntimeError), school.database.transaction() as session:
        _answer(session, school, attempt, last.id, right_answer(last))
    with school.database.read() as session:
        assert session.scalars(select(EvidenceRecord).where(EvidenceRecord.source == "check")).all() == []
        assert session.scalars(select(OutboxEntry)).all() == []
        assert len(session.scalars(select(CheckResponse)).all()) == len(check.questions) - 1
