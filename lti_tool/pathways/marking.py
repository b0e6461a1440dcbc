"""Marks one response to one question. What arrives from a browser is never trusted: it is checked, then marked here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from lti_tool.pathways.numbers import NotANumberError, fold, read_number, same_unit
from lti_tool.pathways.questions import (
    AnswerOption,
    ChoiceQuestion,
    ChoicesQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    TextQuestion,
)
from lti_tool.pathways.wording import N_

Response = str | list[str]
MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """How one response went: a fraction of the points in 0..1, and what to say to the learner ("" when nothing)."""

    fraction: float
    correct: bool
    feedback: str


class ResponseError(ValueError):
    """The response cannot be marked as it stands. The message is a sentence for the learner; nothing was marked."""

    code = "response.unreadable"


def mark(question: Question, response: Response) -> Mark:
    """Marks a response; raises ResponseError when it is empty, unreadable or names something that was not offered."""
    match question:
        case ChoiceQuestion():
            return _mark_choice(question, _text(response, N_("Choose one answer.")))
        case ChoicesQuestion():
            chosen = _ids(
                response, [option.id for option in question.options], N_("Choose at least one answer.")
            )
            return _mark_choices(question, chosen)
        case NumberQuestion():
            return _mark_number(question, _text(response, N_("Write a number.")))
        case TextQuestion():
            return _mark_text(question, _text(response, N_("Write an answer.")))
        case OrderQuestion():
            return _mark_order(
                question, _ids(response, [item.id for item in question.items], N_("Put all items in order."))
            )


def _mark_choice(question: ChoiceQuestion, response: str) -> Mark:
    for option in question.options:
        if option.id == response:
            return _mark(question, float(option.correct), option.feedback)
    raise ResponseError(N_("That answer is not one of the choices. Reload the page and choose again."))


def _mark_choices(question: ChoicesQuestion, chosen: Sequence[str]) -> Mark:
    """Each right choice earns its share and each wrong one takes a share away, never below 0."""
    right = {option.id for option in question.options if option.correct}
    hits = len(right.intersection(chosen))
    fraction = max(hits - (len(chosen) - hits), 0) / len(right)
    slip = next((option for option in question.options if _is_slip(option, chosen)), None)
    return _mark(question, fraction, slip.feedback if slip else "")


def _is_slip(option: AnswerOption, chosen: Sequence[str]) -> bool:
    """Whether the option was chosen wrongly and has something to say about it."""
    return option.id in chosen and not option.correct and bool(option.feedback)


def _mark_number(question: NumberQuestion, response: str) -> Mark:
    try:
        values, unit = read_number(response)
    except NotANumberError:
        raise ResponseError(N_("Write a number, for example 12, 3.5 or 7/2.")) from None
    percent = Fraction(1)
    if unit == "%" and same_unit(question.unit) != "%":
        percent = Fraction(1, 100)
    elif unit and not _unit_fits(unit, question.unit):
        # The page shows the unit; a sentence without values can be translated as it stands.
        raise ResponseError(
            N_("Write the number only; its unit stands beside it.")
            if question.unit
            else N_("Write the number only.")
        )
    # A decimal fraction from a file is a binary float: allow for its rounding, nothing more.
    allowed = question.tolerance + 1e-9 * max(1.0, abs(question.answer))
    return _mark(
        question, float(any(abs(float(value * percent) - question.answer) <= allowed for value in values))
    )


def _unit_fits(unit: str, asked: str) -> bool:
    """Whether the unit is the one asked for; a plural s does not matter."""
    return [word.rstrip("s") for word in same_unit(asked).split()] == [
        word.rstrip("s") for word in unit.split()
    ]


def _mark_text(question: TextQuestion, response: str) -> Mark:
    given = _fold_text(response)
    return _mark(question, float(any(given == _fold_text(text) for text in question.accept)))


def _fold_text(text: str) -> str:
    """Case and spaces evened out; spaces around signs and a full stop at the end do not matter: "12 : 8." is "12:8"."""
    return re.sub(r"\s*([:/,;=+*-])\s*", r"\1", fold(text)).rstrip(".").strip()


def _mark_order(question: OrderQuestion, given: Sequence[str]) -> Mark:
    """Part marks for neighbours that stand together in the right order."""
    right = [item.id for item in question.items]
    if len(given) != len(right):
        raise ResponseError(N_("Put all items in order."))
    pairs = set(pairwise(right))
    kept = sum(pair in pairs for pair in pairwise(given))
    return _mark(question, kept / len(pairs))


def _mark(question: Question, fraction: float, feedback: str = "") -> Mark:
    correct = fraction >= 1.0
    general = question.correct_feedback if correct else question.incorrect_feedback
    return Mark(fraction=fraction, correct=correct, feedback=feedback or general)


def _text(response: Response, ask: str) -> str:
    if isinstance(response, list) and len(response) == 1:
        response = response[0]
    if not isinstance(response, str) or not response.strip():
        raise ResponseError(ask)
    if len(response) > MAX_LENGTH:
        raise ResponseError(N_("That answer is too long. Write it in a few words."))
    return response.strip()


def _ids(response: Response, offered: Sequence[str], ask: str) -> list[str]:
    given = [response] if isinstance(response, str) and response else response
    if not isinstance(given, list) or not given:
        raise ResponseError(ask)
    if len(given) > len(offered) or len(set(given)) != len(given) or not set(given) <= set(offered):
        raise ResponseError(N_("Those answers do not fit this question. Reload the page and answer again."))
    return given
