"""First questions: what they settle, when they stop, and that they place better than questions in any order."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.checks import AnswerOption, ChoiceQuestion, NumberQuestion, OrderItem, OrderQuestion
from lti_tool.pathways.diagnostic import (
    MOST_QUESTIONS,
    SLIP,
    Belief,
    DiagnosticQuestion,
    Standing,
    diagnostic_questions,
    first_belief,
    guess_of,
    next_question,
    settled,
)
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.skill_map import Prerequisite, Skill, SkillMap
from lti_tool.usecases.adopted_map import read_samples
from tests.factories import NOW

SAMPLE = read_samples(Path("configs/skill_maps"))[0]
QUESTIONS = diagnostic_questions(SAMPLE.skill_map, SAMPLE.checks)
PRIOR = first_belief(SAMPLE.skill_map, np.random.default_rng(7))


def ladder(*names: str) -> SkillMap:
    """A map on which each skill rests on the one before; the last is the goal."""
    return SkillMap(
        id="ladder",
        title="Ladder",
        grade=6,
        version="1",
        skills=tuple(Skill(id=name, title=name, goal=name == names[-1]) for name in names),
        prerequisites=tuple(Prerequisite(before, after) for before, after in pairwise(names)),
        activities=(),
    )


def two_skills() -> Belief:
    """Three states by hand: nothing, the first skill, both; as likely as each other."""
    known = np.array([[False, False], [True, False], [True, True]])
    return Belief(("first", "second"), np.array([True, True]), known, np.full(3, 1 / 3))


def asks(*skills: str, guess: float = 0.05) -> DiagnosticQuestion:
    return DiagnosticQuestion("check", "-".join(skills), skills, guess)


def test_an_answer_counts_as_worked_out_by_hand() -> None:
    belief = two_skills()
    assert belief.chances() == pytest.approx({"first": 2 / 3, "second": 1 / 3})
    # Right on the second: 0.05, 0.05 and 0.90 of a third each, so 0.90 of 1.00 for "both".
    right = belief.after(asks("second"), 1.0).chances()
    assert right == pytest.approx({"first": 0.95, "second": 0.90})
    # Wrong on the second: 0.95, 0.95 and 0.10 of 2.00 altogether.
    wrong = belief.after(asks("second"), 0.0).chances()
    assert wrong == pytest.approx({"first": 1.05 / 2.0, "second": 0.05})


def test_what_is_open_is_counted_in_bits() -> None:
    # H(1/3) twice: 2 · 0.9183 bits.
    assert two_skills().open_bits() == pytest.approx(1.8366, abs=1e-4)
    easy_to_guess, hard_to_guess = asks("first", guess=0.5), asks("first")
    assert two_skills().gain(hard_to_guess) > two_skills().gain(easy_to_guess) > 0


def test_the_chance_to_guess_follows_from_the_kind_of_question() -> None:
    options = tuple(AnswerOption(str(number), str(number), correct=number == 1) for number in range(4))
    items = tuple(OrderItem(str(number), str(number)) for number in range(3))
    assert guess_of(ChoiceQuestion(id="a", prompt="", options=options)) == 0.25
    assert guess_of(OrderQuestion(id="b", prompt="", items=items)) == pytest.approx(1 / 6)
    assert guess_of(NumberQuestion(id="c", prompt="", answer=1.0)) == 0.05


def test_every_state_holds_the_prerequisites_of_its_skills() -> None:
    for edge in SAMPLE.skill_map.prerequisites:
        if edge.kind == "hard":
            before, after = (PRIOR.skills.index(skill) for skill in (edge.before, edge.after))
            assert not (PRIOR.known[:, after] & ~PRIOR.known[:, before]).any()


def test_the_first_question_asks_for_the_middle_of_the_way() -> None:
    belief = first_belief(ladder("a", "b", "c", "d", "e"), np.random.default_rng(1))
    questions = [asks(skill) for skill in "abcde"]
    first = next_question(belief, questions, [])
    assert first is not None
    assert first.skills == ("c",)


def test_scores_from_before_count() -> None:
    [check] = [a for a in SAMPLE.skill_map.activities if a.id == "check-times-as-many"]
    [skill] = check.skills

    def chance(*fractions: float) -> float:
        pieces = [
            Evidence(f"{number}", "ana", check.id, fraction, NOW, attempt=number + 1)
            for number, fraction in enumerate(fractions)
        ]
        estimates = estimate_mastery(pieces, SAMPLE.skill_map, now=NOW)
        return first_belief(SAMPLE.skill_map, np.random.default_rng(7), estimates).chances()[skill]

    assert chance(0.0) < chance() == PRIOR.chances()[skill] < chance(1.0)


def right_on(known: frozenset[str], question: DiagnosticQuestion) -> float:
    return float(known.issuperset(question.skills))


@given(st.integers(0, len(PRIOR.known) - 1), st.integers(0, 2**15 - 1))
@settings(max_examples=15, deadline=None)
def test_it_ends_in_time_asks_nothing_twice_and_asks_the_same_again(state: int, luck: int) -> None:
    known = frozenset(np.array(PRIOR.skills)[PRIOR.known[state]])

    def asked() -> list[DiagnosticQuestion]:
        belief, questions = PRIOR, list[DiagnosticQuestion]()
        while (question := next_question(belief, QUESTIONS, questions)) is not None:
            slipped = (luck >> len(questions)) & 1 and len(questions) % 4 == 0
            questions.append(question)
            belief = belief.after(question, 0.0 if slipped else right_on(known, question))
        return questions

    first = asked()
    assert len(first) == len(set(first)) <= MOST_QUESTIONS
    assert first == asked()


@given(st.integers(0, len(PRIOR.known) - 1), st.sampled_from(QUESTIONS))
@settings(max_examples=60, deadline=None)
def test_a_right_answer_never_speaks_against_a_skill(state: int, question: DiagnosticQuestion) -> None:
    belief = PRIOR.after(QUESTIONS[state % len(QUESTIONS)], float(state % 2))
    before, right, wrong = (
        b.chances() for b in (belief, belief.after(question, 1.0), belief.after(question, 0.0))
    )
    for skill in question.skills:
        assert right[skill] >= before[skill] - 1e-12
        assert wrong[skill] <= before[skill] + 1e-12


def placed(known: frozenset[str], seed: int, *, chosen: bool) -> tuple[float, int]:
    """The share of needed skills that are placed as they are, and how many questions it took."""
    luck = np.random.default_rng(seed)
    belief, asked = PRIOR, list[DiagnosticQuestion]()
    any_order = [QUESTIONS[index] for index in luck.permutation(len(QUESTIONS))]
    while not settled(belief) and len(asked) < MOST_QUESTIONS:
        question = next_question(belief, QUESTIONS, asked) if chosen else any_order[len(asked)]
        if question is None:
            break
        chance = 1.0 - SLIP if known.issuperset(question.skills) else question.guess
        belief = belief.after(question, float(luck.random() < chance))
        asked.append(question)
    chances = belief.chances()
    needed = SAMPLE.skill_map.needed
    return sum((chances[skill] >= 0.5) == (skill in known) for skill in needed) / len(needed), len(asked)


def test_chosen_questions_place_better_with_fewer_than_questions_in_any_order() -> None:
    # Learners who are not from the sample of states that the belief is made of.
    learners = first_belief(SAMPLE.skill_map, np.random.default_rng(99))
    states = [frozenset(np.array(learners.skills)[learners.known[index]]) for index in range(40)]
    chosen = [placed(known, seed, chosen=True) for seed, known in enumerate(states)]
    any_order = [placed(known, seed, chosen=False) for seed, known in enumerate(states)]
    assert np.mean([share for share, _ in chosen]) > 0.95 > np.mean([share for share, _ in any_order])
    assert np.mean([count for _, count in chosen]) < 10 < np.mean([count for _, count in any_order])


def test_standings_are_words_for_what_is_sure() -> None:
    sure = two_skills().after(asks("second"), 1.0).standings()
    assert sure == {"first": Standing.KNOWN, "second": Standing.KNOWN}
    unsure = two_skills().after(asks("second"), 0.0).standings()
    assert unsure == {"first": Standing.OPEN, "second": Standing.NOT_YET}
