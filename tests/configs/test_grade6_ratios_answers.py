"""Every answer of the sample course, worked out a second time from the numbers in its question."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise

import pytest

from lti_tool.pathways.checks import (
    Check,
    ChoiceQuestion,
    ChoicesQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    TextQuestion,
)

NUMBERS = {
    "tam-2": Fraction(24) * 4,
    "tam-3": Fraction(63, 7),
    "fad-3": Fraction(7, 2),
    "ef-2": Fraction(3, 5) * 20,
    "sc-3": 10 * Fraction(3, 2),
    "sc-5": Fraction(9, 6),
    "rl-4": Fraction(8 - 3),
    "efa-2": Fraction(10, 12) * 18,
    "er-2": Fraction(7, 4) * 20,
    "rt-1": Fraction(5, 3) * 12,
    "rt-3": Fraction(6, 4) * 10,
    "rta-1": Fraction(6, 4) * 14,
    "rta-2": Fraction(8, 3) * 27,
    "sh-1": Fraction(5, 5 + 3) * 24,
    "sh-3": Fraction(2 + 7, 7) * 21,
    "ur-1": Fraction(45, 3),
    "ura-1": Fraction(9, 4),
    "ura-3": Fraction(5, 2) * 7,
    "cr-3": Fraction(5, 6) * 12,
    "rp-1": Fraction(150, 2) * 5,
    "rp-3": Fraction(30, 12),
    "cu-1": Fraction(5 * 12),
    "cu-2": Fraction(150, 60),
    "gr-2": Fraction(4, 1) * 7,
    "pc-2": Fraction(25, 100) * 20,
    "pc-4": Fraction(30, 100) * 50,
    "pp-1": 12 / Fraction(40, 100),
    "pp-3": Fraction(18, 24) * 100,
    "pr-3": Fraction(5, 2) * 7,
    "mr-1": Fraction(6, 4) * 6,
    "mr-3": Fraction(4, 4 + 5) * 45,
}

# What each short text stands for, in simplest form where the question asks for it.
TEXTS: dict[str, tuple[int, ...]] = {
    "fad-2": (5, 8),
    "ef-4": Fraction(8, 12).as_integer_ratio(),
    "rl-2": (5, 5 + 9),
    "efa-1": Fraction(15, 20).as_integer_ratio(),
    "er-4": Fraction(18, 12).as_integer_ratio(),
    "ur-4": Fraction(3, 4).as_integer_ratio(),
    "mr-2": Fraction(16, 10).as_integer_ratio(),
    "gr-4": (5, 6 // 2 * 5),
}

ORDERS: dict[str, list[Fraction]] = {
    "tam-5": [Fraction(2 + 5), Fraction(2 * 4), Fraction(2 * 5), Fraction(2 + 10)],
    "fad-5": [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(5, 4)],
    "sc-4": [24 * Fraction(1, 3), 24 * Fraction(5, 6), 24 * Fraction(4, 4), 24 * Fraction(9, 8)],
    "efa-4": [Fraction(1, 3), Fraction(5, 12), Fraction(1, 2), Fraction(3, 4)],
    "rta-5": [Fraction(2), Fraction(3), Fraction(2, 5) * 10, Fraction(6)],
    "ur-5": [Fraction(20, 5), Fraction(10, 2), Fraction(18, 3), Fraction(7, 1)],
    "cr-2": [Fraction(4, 10), Fraction(10, 20), Fraction(3, 5), Fraction(7, 10)],
    "rp-4": [Fraction(15, 10), Fraction(8, 4), Fraction(5, 2), Fraction(3, 1)],
    "cu-5": [Fraction(45), Fraction(100, 2), Fraction(120), Fraction(2, 1000) * 1000 * 100],
    "pc-5": [Fraction(10, 100) * 200, Fraction(50, 100) * 60, Fraction(75, 100) * 80, Fraction(70)],
    "mr-6": [Fraction(24, 4), Fraction(24, 3), Fraction(24, 2), Fraction(24 * 5, 8)],
}
STEPS = {"rt-5", "sh-5", "pp-5"}
"""Orders of steps, not of amounts."""

# Whether an option is right, from the numbers that stand in it.
CHOICES: dict[str, Callable[[list[Fraction]], bool]] = {
    "tam-4": lambda n: n[1] == 3 * n[0],
    "fad-4": lambda n: n[0] < n[1],
    "fad-1": lambda n: n[0] == Fraction(3, 4),
    "ef-1": lambda n: n[0] == Fraction(2, 3),
    "ef-3": lambda n: n[0] == Fraction(1, 2),
    "sc-2": lambda n: n[0] * n[1] > 20,
    "rl-1": lambda n: n == [4, 6],
    "efa-3": lambda n: n[0] == Fraction(4, 6),
    "er-1": lambda n: n[0] / n[1] == Fraction(2, 3),
    "er-3": lambda n: n[0] / n[1] == Fraction(3, 2),
    "rt-2": lambda n: n[0] == Fraction(3, 2) * 6,
    "rt-4": lambda n: n[0] / n[1] == Fraction(5, 8),
    "sh-2": lambda n: n[0] == Fraction(4, 5) * 30,
    "ur-2": lambda n: n[0] == Fraction(20, 8),
    "cr-4": lambda n: n[0] / n[1] > Fraction(2, 3),
    "gr-1": lambda n: n[1] == Fraction(3, 2) * n[0],
    "gr-3": lambda n: 2 * n[1] == 5 * n[0],
    "pp-2": lambda n: n[0] == 60 - Fraction(25, 100) * 60,
    "pr-2": lambda n: len({second / first for first, second in zip(n[::2], n[1::2], strict=True)}) == 1,
    "mr-4": lambda n: n[0] == Fraction(25, 10),
    "mr-5": lambda n: n[0] / n[1] == Fraction(6, 9),
}

# Options that are sentences: words that stand only in right ones, and the numbers that make them right.
SENTENCES: dict[str, tuple[set[str], list[Fraction], list[float]]] = {
    "tam-1": ({"The tiger weighs 7 times"}, [Fraction(35, 5)], [7]),
    "ef-5": ({"Yes. There are twice"}, [Fraction(3, 4) - Fraction(6, 8)], [0]),
    "efa-5": ({"Multiply both by 2: 2/5 = 4/10"}, [Fraction(2, 5) - Fraction(4, 10)], [0]),
    "er-5": ({"there is not enough flour"}, [Fraction(5, 2) * 6], [15]),
    "rta-3": ({"10 + 15 = 25"}, [Fraction(10, 4) * 10], [25]),
    "rta-4": ({"fit is 8 and 30", "there should be 32"}, [Fraction(12, 3) * 8], [32]),
    "sh-4": ({"8 minutes", "24 minutes"}, [Fraction(40, 5), Fraction(3, 5) * 40], [8, 24]),
    "ur-3": ({"2 laps per minute", "1/2 minute per lap"}, [Fraction(12, 6), Fraction(6, 12)], [2, 0.5]),
    "ura-2": ({"8 ÷ 6 = 4/3"}, [Fraction(8, 6) * 3], [4]),
    "ura-4": (
        {"12 dollars for 4", "1/3 pound for 1", "1.50 dollars for half"},
        [Fraction(12, 4), 1 / Fraction(1, 3), Fraction(3, 2) / Fraction(1, 2)],
        [3, 3, 3],
    ),
    "cr-1": ({"Mix A"}, [Fraction(2, 5) * 40, Fraction(3, 8) * 40], [16, 15]),
    "cr-5": ({"15 of 20"}, [Fraction(18, 24) * 20], [15]),
    "rp-2": ({"Shop B: 40 cents"}, [Fraction(300, 6), Fraction(400, 10)], [50, 40]),
    "rp-5": (
        {"15 meters per second", "150 meters in 10", "2 seconds for 30"},
        [Fraction(90, 6), Fraction(90, 6) * 10, Fraction(90, 6) * 2],
        [15, 150, 30],
    ),
    "cu-4": ({"30 inches", "5/6 of a yard"}, [Fraction(5, 2) * 12, Fraction(5, 2) / 3 * 6], [30, 5]),
    "pc-3": ({"40 out of", "2/5", "8 out of 20"}, [Fraction(2, 5) * 100, Fraction(8, 20) * 100], [40, 40]),
    "pp-4": (
        {"number is 45.", "4.5", "is 27"},
        [9 / Fraction(20, 100), Fraction(45, 10), Fraction(60, 100) * 45],
        [45, 4.5, 27],
    ),
}
IDEAS = {"sc-1", "rl-3", "rl-5", "cu-3", "gr-5", "pc-1", "pr-1", "pr-5"}
"""Questions about what words mean; nothing to work out."""


@pytest.fixture(scope="session")
def questions(checks: Mapping[str, Check]) -> dict[str, Question]:
    return {question.id: question for check in checks.values() for question in check.questions}


def numbers_in(text: str) -> list[Fraction]:
    """Whole numbers, decimals, fractions and mixed numbers, in the order in which they stand."""
    found = re.findall(r"(?:(\d+) )?(\d+)/(\d+)|(\d+(?:\.\d+)?)", text)
    return [
        Fraction(plain) if plain else int(whole or 0) + Fraction(int(top), int(low))
        for whole, top, low, plain in found
    ]


def test_every_number_is_what_its_question_works_out_to(questions: Mapping[str, Question]) -> None:
    given = {q.id: Fraction(str(q.answer)) for q in questions.values() if isinstance(q, NumberQuestion)}
    assert given == NUMBERS


def test_every_accepted_ratio_or_fraction_is_the_one_worked_out(questions: Mapping[str, Question]) -> None:
    texts = {q.id: q.accept for q in questions.values() if isinstance(q, TextQuestion)}
    assert set(texts) == set(TEXTS) | {"ura-5", "pr-4"}
    for question_id, expected in TEXTS.items():
        for text in texts[question_id]:
            digits = tuple(int(number) for number in re.findall(r"\d+", text))
            assert digits in ((), expected), (question_id, text)
        assert any(re.search(r"\d", text) for text in texts[question_id])


def test_the_accepted_rates_and_rules_are_right(questions: Mapping[str, Question]) -> None:
    rate, rule = questions["ura-5"], questions["pr-4"]
    assert isinstance(rate, TextQuestion)
    assert isinstance(rule, TextQuestion)
    for text in rate.accept:
        assert numbers_in(text.replace(",", ".")) in ([Fraction(10, 4)], []), text
    for text in rule.accept:
        assert numbers_in(text) == [4], text
        assert "c" in text


def test_every_order_of_amounts_goes_up(questions: Mapping[str, Question]) -> None:
    orders = {q.id: q for q in questions.values() if isinstance(q, OrderQuestion)}
    assert set(orders) == set(ORDERS) | STEPS
    for question_id, amounts in ORDERS.items():
        assert len(orders[question_id].items) == len(amounts)
        assert all(first < second for first, second in pairwise(amounts)), question_id


def test_options_are_marked_correct_exactly_when_the_numbers_say_so(
    questions: Mapping[str, Question],
) -> None:
    for question_id, is_right in CHOICES.items():
        question = questions[question_id]
        assert isinstance(question, ChoiceQuestion | ChoicesQuestion)
        for option in question.options:
            numbers = numbers_in(option.text)
            worked_out = is_right(numbers) if len(numbers) > 1 or _one_is_enough(question_id) else False
            assert worked_out == option.correct, (question_id, option.text)


def _one_is_enough(question_id: str) -> bool:
    return question_id in {"fad-1", "ef-1", "ef-3", "efa-3", "rt-2", "sh-2", "ur-2", "pp-2", "mr-4"}


def test_sentences_are_marked_correct_exactly_when_the_numbers_say_so(
    questions: Mapping[str, Question],
) -> None:
    for question_id, (right_words, worked_out, expected) in SENTENCES.items():
        question = questions[question_id]
        assert isinstance(question, ChoiceQuestion | ChoicesQuestion)
        right = [option.text for option in question.options if option.correct]
        assert len(right) == len(right_words), question_id
        assert all(any(words in text for text in right) for words in right_words), question_id
        assert [float(value) for value in worked_out] == expected, question_id


def test_no_question_escapes_this_second_look(questions: Mapping[str, Question]) -> None:
    looked_at = [*NUMBERS, *TEXTS, "ura-5", "pr-4", *ORDERS, *STEPS, *CHOICES, *SENTENCES, *IDEAS]
    assert sorted(looked_at) == sorted(questions)
