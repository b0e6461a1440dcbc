from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.pathways.checks import (
    AnswerOption,
    Check,
    ChoiceQuestion,
    ChoicesQuestion,
    NumberQuestion,
    OrderItem,
    OrderQuestion,
    ResponseError,
    TextQuestion,
    check_fraction,
    mark,
)

CHOICE = ChoiceQuestion(
    id="q",
    prompt="?",
    options=(
        AnswerOption("a", "A", correct=True),
        AnswerOption("b", "B", feedback="B is the other way round."),
    ),
    correct_feedback="Yes.",
    incorrect_feedback="Not yet.",
)
CHOICES = ChoicesQuestion(
    id="q",
    prompt="?",
    options=(
        AnswerOption("a", "A", True),
        AnswerOption("b", "B", True),
        AnswerOption("c", "C", feedback="Not C."),
    ),
)
ORDER = OrderQuestion(id="q", prompt="?", items=tuple(OrderItem(x, x) for x in "abcd"))
TEXT = TextQuestion(id="q", prompt="?", accept=("12:8", "12 to 8"))


def number(answer: float, tolerance: float = 0.0, unit: str = "") -> NumberQuestion:
    return NumberQuestion(id="q", prompt="?", answer=answer, tolerance=tolerance, unit=unit)


def test_a_choice_is_right_or_wrong_with_the_feedback_of_what_was_chosen() -> None:
    assert mark(CHOICE, "a").correct
    assert mark(CHOICE, "a").feedback == "Yes."
    assert mark(CHOICE, ["b"]).feedback == "B is the other way round."
    assert mark(CHOICE, "b").fraction == 0.0


@pytest.mark.parametrize(
    ("chosen", "fraction"),
    [(["a", "b"], 1.0), (["a"], 0.5), (["a", "c"], 0.0), (["a", "b", "c"], 0.5), (["c"], 0.0)],
)
def test_several_choices_earn_shares_and_wrong_ones_take_them_away(
    chosen: list[str], fraction: float
) -> None:
    assert mark(CHOICES, chosen).fraction == fraction


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("7/2", 3.5),
        ("3 1/2", 3.5),
        ("3½", 3.5),
        ("3,5", 3.5),
        (" 3.50 ", 3.5),
        ("-4", -4),
        ("−4", -4),
        ("-1/2", -0.5),
        ("1,200", 1200),
        ("1,200", 1.2),
        ("1 200", 1200),
        ("1,200.50", 1200.5),
        ("1.200,50", 1200.5),
        ("0,125", 0.125),
        (".5", 0.5),
        ("50 %", 0.5),
        ("$2.40", 2.4),
        ("+3", 3),
    ],
)
def test_numbers_are_read_as_learners_write_them(written: str, answer: float) -> None:
    assert mark(number(answer), written).correct


def test_the_unit_is_optional_and_a_wrong_one_is_asked_about_not_marked() -> None:
    question = number(3.5, unit="miles per hour")
    for written in ("3.5", "3.5 miles per hour", "3.5 Miles/hour", "7/2 mile per hour."):
        assert mark(question, written).correct, written
    with pytest.raises(ResponseError, match="its unit stands beside it"):
        mark(question, "3.5 apples")
    assert mark(number(50, unit="%"), "50 %").correct


def test_tolerance_is_kept_exactly() -> None:
    assert mark(number(0.333, tolerance=0.001), "1/3").correct
    assert not mark(number(0.333, tolerance=0.0001), "1/3").correct
    assert mark(number(0.1), "0.1").correct


@pytest.mark.parametrize("written", ["", "abc", "12:8", "7/0", "2 x 3", "1.2.3", "5 5", "3 1/2/4", "9" * 300])
def test_what_is_not_a_number_is_not_marked(written: str) -> None:
    with pytest.raises(ResponseError):
        mark(number(3), written)


@given(st.text(max_size=30))
def test_any_text_is_marked_or_refused(written: str) -> None:
    for question in (number(3.0, unit="km"), TEXT, CHOICE, ORDER, CHOICES):
        try:
            fraction = mark(question, written).fraction
        except ResponseError:
            continue
        assert 0.0 <= fraction <= 1.0


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=99))
def test_any_fraction_written_out_is_right(value: Fraction) -> None:
    assert mark(number(float(value)), f"{value.numerator}/{value.denominator}").correct


@pytest.mark.parametrize("written", ["12:8", " 12 : 8 ", "12 TO  8", "12:8."])
def test_text_is_folded(written: str) -> None:
    assert mark(TEXT, written).correct


def test_order_gives_part_marks_for_neighbours() -> None:
    assert mark(ORDER, list("abcd")).correct
    assert mark(ORDER, list("bcda")).fraction == pytest.approx(2 / 3)
    assert mark(ORDER, list("dcba")).fraction == 0.0


@pytest.mark.parametrize("given_ids", [["a", "b"], ["a", "a", "b", "c"], ["a", "b", "c", "x"], [], "abcd"])
def test_an_impossible_order_is_not_marked(given_ids: list[str]) -> None:
    with pytest.raises(ResponseError):
        mark(ORDER, given_ids)


def test_an_option_that_was_not_offered_is_not_marked() -> None:
    with pytest.raises(ResponseError, match="not one of the choices"):
        mark(CHOICE, "z")


@given(st.text(max_size=10))
def test_shown_items_are_shuffled_the_same_way_and_never_in_order(seed: str) -> None:
    shown = ORDER.shown_items(seed)
    assert shown == ORDER.shown_items(seed)
    assert sorted(item.id for item in shown) == list("abcd")
    assert shown != ORDER.items


def test_a_check_is_scored_by_points() -> None:
    check = Check("c", (CHOICE, TextQuestion(id="t", prompt="?", accept=("x",), points=3)))
    marks = {"q": mark(CHOICE, "a"), "t": mark(check.question("t"), "y")}
    assert check_fraction(check, marks) == 0.25
    assert check_fraction(check, {}) == 0.0
