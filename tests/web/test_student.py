"""The student's pages, with real use cases on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.models.gradebook import OutboxEntry
from lti_tool.models.learning import CheckAttempt, CheckResponse, EvidenceRecord, Proposal
from lti_tool.pathways.checks import (
    Check,
    ChoiceQuestion,
    ChoicesQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
)
from tests.factories import ratios
from tests.web.school import School, Visitor, open_school, text_of


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=2) as school:
        yield school


def check(activity_id: str) -> Check:
    return ratios().checks[activity_id]


def right_answer(question: Question) -> dict[str, object]:
    """The form fields of a right answer."""
    match question:
        case ChoiceQuestion() | ChoicesQuestion():
            return {"response": [option.id for option in question.options if option.correct]}
        case OrderQuestion():
            return {f"place-{item.id}": place for place, item in enumerate(question.items, start=1)}
        case NumberQuestion():
            return {"response": f"{float(question.answer):g}"}
        case _:
            return {"response": question.accept[0]}


def start(learner: Visitor, activity_id: str) -> str:
    """Start a check; returns the path of its page."""
    response = learner.post(f"activity/{activity_id}/start")
    assert response.status_code == 303
    return "checks/" + response.location.rpartition("/")[2]


def answer(learner: Visitor, path: str, question: Question, **fields: object) -> str:
    """Answer a question and read the page that follows."""
    return learner.follow(learner.post(f"{path}/answer", question=question.id, **fields))


def test_the_first_page_says_what_is_next_why_and_how_to_start(school: School) -> None:
    page = school.learner().read("next")
    assert "Hi Ana!" in page
    assert "Why now?" in page
    assert re.search(r"\d+ minutes", page)
    assert page.index("Start") < page.index("Or would you rather …") < page.index("My skills")
    assert page.count("Choose this") == 2


def test_no_page_of_a_student_speaks_of_being_behind(school: School) -> None:
    page = school.learner().read("next").lower()
    assert not re.search(r"\b(behind|weak|at risk|failed|wrong)\b", page)


def test_an_alternative_becomes_the_step_when_the_student_prefers_it(school: School) -> None:
    learner = school.learner()
    title = re.search(r'<li class="card stack-s">\s*<h3[^>]*>([^<]+)', learner.get("next").text)
    option = re.search(r'name="option" value="(\d)"', learner.get("next").text)
    assert title is not None
    assert option is not None
    page = learner.follow(learner.post("next/choose", option=option[1]))
    assert "Good choice." in page
    hero = re.search(r'<h2 id="step"><span[^>]*>([^<]+)', learner.get("next").text)
    assert hero is not None
    assert hero[1] == title[1]


def test_an_option_that_is_no_longer_there_is_refused_in_words(school: School) -> None:
    response = school.learner().post("next/choose", option=7)
    assert response.status_code == 409
    assert "Your next step has changed." in text_of(response)


@pytest.mark.parametrize("activity_id", ["check-times-as-many", "check-fractions-as-division"])
def test_a_check_is_taken_question_by_question_to_a_new_step(school: School, activity_id: str) -> None:
    learner, questions = school.learner(), check(activity_id).questions
    path = start(learner, activity_id)
    for number, question in enumerate(questions, start=1):
        asked = learner.read(path)
        assert f"Question {number} of {len(questions)}" in asked
        feedback = answer(learner, path, question, **right_answer(question))
        assert "Right!" in feedback
        assert ("See how it went" if number == len(questions) else "Next question") in feedback
    result = learner.read(path)
    assert "Everything right. Wonderful!" in result
    assert "Your new next step" in result
    with school.database.read() as session:
        evidence = session.scalars(select(EvidenceRecord).where(EvidenceRecord.source == "check")).one()
        assert (evidence.activity_id, evidence.fraction) == (activity_id, 1.0)
        score = session.scalars(select(OutboxEntry).where(OutboxEntry.score_given.is_not(None))).one()
        assert score.score_given == score.score_maximum


def test_a_not_yet_right_answer_gets_kind_feedback_and_its_number_leads_back_to_it(school: School) -> None:
    learner, questions = school.learner(), check("check-times-as-many").questions
    path = start(learner, "check-times-as-many")
    first = questions[0]
    assert isinstance(first, ChoiceQuestion)
    slip = next(option for option in first.options if not option.correct)
    page = answer(learner, path, first, response=slip.id)
    assert "Not yet." in page
    assert slip.text in page
    for question in questions[1:]:
        answer(learner, path, question, **right_answer(question))
    result = learner.read(path)
    assert "Well done!" in result
    assert f"{len(questions) - 1} of {len(questions)} right" in result
    assert "Question 1: not yet" in result
    assert "Not yet." in learner.read(path, q=first.id)


def test_the_result_says_what_moved_and_says_so_later_too(school: School) -> None:
    learner, questions = school.learner(), check("check-unit-rates").questions
    results = []
    for _attempt in range(2):
        path = start(learner, "check-unit-rates")
        for question in questions:
            answer(learner, path, question, **right_answer(question))
        results.append(path)
        with school.database.transaction() as session:  # it was a day earlier, and the one before it two
            for attempt in session.scalars(select(CheckAttempt)):
                assert attempt.finished_at
                attempt.finished_at -= timedelta(days=1)
            for record in session.scalars(select(EvidenceRecord).where(EvidenceRecord.source == "check")):
                record.occurred_at -= timedelta(days=1)
    first, second = map(learner.read, results)
    assert "“Unit rates”: from Not started to Growing" in first
    assert re.search(r"“Unit rates”: (Growing, as before|from Growing to Secure)", second)
    assert f"{len(questions)} of {len(questions)} right" in second


def test_an_answer_that_cannot_be_read_is_asked_for_again_with_what_was_written(school: School) -> None:
    learner, questions = school.learner(), check("check-times-as-many").questions
    path = start(learner, "check-times-as-many")
    answer(learner, path, questions[0], **right_answer(questions[0]))
    response = learner.post(f"{path}/answer", question=questions[1].id, response="about a lot")
    assert response.status_code == 422
    assert "Write a number, for example 12, 3.5 or 7/2." in text_of(response)
    assert 'value="about a lot"' in response.text
    assert 'aria-invalid="true"' in response.text
    with school.database.read() as session:
        assert len(session.scalars(select(CheckResponse)).all()) == 1


def test_two_items_on_one_place_are_no_order_yet(school: School) -> None:
    learner, questions = school.learner(), check("check-times-as-many").questions
    path = start(learner, "check-times-as-many")
    order = next(question for question in questions if isinstance(question, OrderQuestion))
    places = right_answer(order) | {f"place-{order.items[0].id}": 2}
    response = learner.post(f"{path}/answer", question=order.id, **places)
    assert response.status_code == 422
    assert "Put all items in order." in text_of(response)


def test_the_same_answer_sent_twice_counts_once(school: School) -> None:
    learner, question = school.learner(), check("check-times-as-many").questions[0]
    path = start(learner, "check-times-as-many")
    assert answer(learner, path, question, **right_answer(question)) == answer(
        learner, path, question, response="something else"
    )
    with school.database.read() as session:
        assert len(session.scalars(select(CheckResponse)).all()) == 1


def test_a_check_that_is_closed_takes_no_answer_and_says_so(school: School) -> None:
    learner, question = school.learner(), check("check-times-as-many").questions[0]
    path = start(learner, "check-times-as-many")
    with school.database.transaction() as session:
        session.scalars(select(CheckAttempt)).one().finished_at = school.now
    response = learner.post(f"{path}/answer", question=question.id, **right_answer(question))
    assert (response.status_code, "attempt.closed" in response.text) == (409, True)


def test_a_check_that_was_left_goes_on_where_it_was(school: School) -> None:
    learner, question = school.learner(), check("check-times-as-many").questions[0]
    path = start(learner, "check-times-as-many")
    answer(learner, path, question, **right_answer(question))
    assert start(learner, "check-times-as-many") == path
    assert "Question 2 of" in learner.read(path)


def test_an_activity_without_a_score_is_done_when_the_student_says_so(school: School) -> None:
    learner = school.learner()
    with school.database.read() as session:
        proposal = session.scalars(
            select(Proposal).where(Proposal.person_id == school.learner_keys[0], Proposal.is_current)
        ).one()
    options = [option["activity_id"] for option in proposal.recommendation["options"]]
    plain = next((option for option in options if option not in ratios().checks), None)
    assert plain is not None
    assert "I did this" in learner.follow(learner.post(f"activity/{plain}/start"))
    page = learner.follow(learner.post(f"activity/{plain}/done"))
    assert "Well done! Here is your next step." in page
    assert "You finished:" in page


def test_an_activity_of_the_course_says_where_to_find_it(school: School) -> None:
    page = school.learner().read("activity/worksheet-fair-shares")
    assert "You do this one in your course." in page


def test_an_attempt_of_somebody_else_is_not_there(school: School) -> None:
    path = start(school.learner(0), "check-times-as-many")
    other = school.learner(1)
    assert other.get(path).status_code == 404
    assert other.post(f"{path}/answer", question="q1", response="a").status_code == 404
    with school.database.read() as session:
        assert len(session.scalars(select(CheckAttempt)).all()) == 1


def test_unknown_activities_questions_and_attempts_are_not_there(school: School) -> None:
    learner = school.learner()
    path = start(learner, "check-times-as-many")
    assert learner.get("activity/no-such-thing").status_code == 404
    assert learner.post("activity/no-such-thing/start").status_code == 404
    assert learner.get("checks/no-such-thing").status_code == 404
    assert learner.post(f"{path}/answer", question="no-such-thing", response="a").status_code == 404


def test_a_course_that_is_not_set_up_yet_says_so_kindly(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1, adopted=False) as school:
        for path in ("next", "activity/check-times-as-many"):
            assert "Your teacher is still setting Waymark up for this course." in school.learner().read(path)


@pytest.mark.parametrize("role", ["instructor", "mentor"])
def test_only_students_have_a_next_step_of_their_own(school: School, role: str) -> None:
    assert school.visit(school.teacher_key, role).get("next").status_code == 403


def test_the_own_map_says_own_levels_in_words_with_shapes(school: School) -> None:
    page = school.learner().get("next").text
    picture = page.split('role="region"')[1].split("</svg>")[0]
    said = re.findall(r"<text x[^>]+>(\S) ([^<·]+?)(?: · goal)?</text>", picture)
    assert len(said) == picture.count('class="box')
    assert set(said) <= {("○", "Not started"), ("◐", "Growing"), ("●", "Secure"), ("★", "Lasting")}
    assert ("◐", "Growing") in said
    assert "<a " not in picture
    assert "share" not in picture, "nothing about the class"


def test_the_page_with_all_that_it_loads_is_small(school: School) -> None:
    learner = school.learner()
    page = learner.get("next")
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert assets
    sizes = {}
    for asset in assets:
        with learner.client.get(asset, base_url=school.origin) as loaded:
            sizes[asset] = len(loaded.data)
    assert "/static/teacher.css" not in sizes
    assert sizes["/static/waymark.css"] <= 20 * 1024
    assert len(page.data) + sum(sizes.values()) <= 60 * 1024
